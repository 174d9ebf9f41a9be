"""IP sets: lists of addresses and ports that one rule can ask at once, as ``ipset`` shows them.

Sources: net/netfilter/ipset/ip_set_core.c (ip_set_test), ip_set_hash_*.c, ip_set_bitmap_port.c, ip_set_list_set.c.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address

from netsim.linux.routing import IPNetwork
from netsim.packet import IPAddress, Protocol


class SetType(StrEnum):
    """What the entries of a set hold, in this order; the kernel's names."""

    HASH_IP = "hash:ip"
    HASH_NET = "hash:net"
    HASH_IP_PORT = "hash:ip,port"
    HASH_IP_PORT_IP = "hash:ip,port,ip"
    HASH_IP_PORT_NET = "hash:ip,port,net"
    BITMAP_PORT = "bitmap:port"
    LIST_SET = "list:set"

    @property
    def dimensions(self) -> int:
        """How many of ``src`` and ``dst`` a rule must give at least."""
        return self.count(",") + 1


@dataclass(frozen=True, slots=True)
class Entry:
    """One element of a set; which fields it needs depends on the type of the set.

    ``address`` is a network in ``hash:net``, ``other`` is the third dimension; ``nomatch`` makes a network an exception
    from the wider ones.
    """

    address: IPAddress | IPNetwork | None = None
    protocol: Protocol | None = None
    port: int | None = None
    other: IPAddress | IPNetwork | None = None
    nomatch: bool = False
    comment: str = field(default="", compare=False)

    @property
    def text(self) -> str:
        """The element as ``ipset save`` prints it: ``10.244.1.2,tcp:8080,10.244.1.2``."""
        ports = None if self.port is None else f"{self.protocol}:{self.port}" if self.protocol else str(self.port)
        words = [_address_text(each) for each in (self.address,) if each is not None]
        words += [ports] if ports is not None else []
        words += [_address_text(self.other)] if self.other is not None else []
        return ",".join(words) + (" nomatch" if self.nomatch else "")


def _address_text(address: IPAddress | IPNetwork) -> str:
    """A network of one address prints as that address."""
    return str(address).removesuffix("/32" if address.version == 4 else "/128")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a rule looks up in a set: the address and the port that each of its directions takes from the packet."""

    version: int
    protocol: Protocol
    addresses: tuple[int, ...]
    ports: tuple[int | None, ...]


_Key = tuple[object, ...]


class IpSet:
    """A set of ``entries``; a ``list:set`` has ``members`` instead. ``version`` is that of the addresses, 4 or 6."""

    def __init__(
        self,
        name: str,
        type: SetType,
        version: int = 4,
        entries: Iterable[Entry] = (),
        *,
        members: Iterable[IpSet] = (),
        comments: bool = False,
    ) -> None:
        self.name = name
        self.type = type
        self.version = version
        self.members = list(members)
        self.comments = comments
        self._entries: dict[_Key, Entry] = {}
        self._lengths: Counter[int] = Counter()
        for entry in entries:
            self.add(entry)

    def add(self, entry: Entry) -> None:
        """``ipset add``; an element that is there stays as it is (``-exist``)."""
        key = self._key(entry)
        if key not in self._entries:
            self._entries[key] = entry
            self._lengths[_prefix_length(self._network(entry))] += 1

    def remove(self, entry: Entry) -> None:
        """``ipset del``; KeyError when the element is not there."""
        del self._entries[self._key(entry)]
        length = _prefix_length(self._network(entry))
        self._lengths[length] -= 1
        if not self._lengths[length]:
            del self._lengths[length]

    def flush(self) -> None:
        """``ipset flush``"""
        self._entries.clear()
        self._lengths.clear()
        self.members.clear()

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries.values())

    def __len__(self) -> int:
        return len(self._entries) or len(self.members)

    def holds(self, asked: Asked) -> bool:
        """Whether what is asked for is in the set (ip_set_test); never with fewer directions than dimensions."""
        if self.type is SetType.LIST_SET:
            return any(member.holds(asked) for member in self.members)
        if len(asked.addresses) < self.type.dimensions:
            return False
        if self.type is SetType.BITMAP_PORT:
            return asked.protocol in _BITMAP_PROTOCOLS and (asked.ports[0],) in self._entries
        if asked.version != self.version:
            return False
        found = self._found(asked)
        return found is not None and not found.nomatch

    def _found(self, asked: Asked) -> Entry | None:
        first = asked.addresses[0]
        if self.type is SetType.HASH_IP:
            return self._entries.get((first,))
        if self.type is SetType.HASH_NET:
            return self._longest((), first)
        port = (first, asked.protocol, asked.ports[1])
        match self.type:
            case SetType.HASH_IP_PORT:
                return self._entries.get(port)
            case SetType.HASH_IP_PORT_IP:
                return self._entries.get((*port, asked.addresses[2]))
            case _:
                return self._longest(port, asked.addresses[2])

    def _longest(self, before: _Key, address: int) -> Entry | None:
        """The entry whose network holds ``address``, the longest prefix first."""
        bits = 32 if self.version == 4 else 128
        for length in sorted(self._lengths, reverse=True):
            found = self._entries.get((*before, length, address >> (bits - length)))
            if found is not None:
                return found
        return None

    def _key(self, entry: Entry) -> _Key:
        """What the element is found by; ValueError when a part that the type needs is missing or of another version."""
        address, other, port = entry.address, entry.other, (entry.protocol, entry.port)
        if all(each is None or each.version == self.version for each in (address, other)):
            try:
                match self.type:
                    case SetType.HASH_IP:
                        return (_number(address),)
                    case SetType.HASH_NET:
                        return _network_key(address)
                    case SetType.HASH_IP_PORT:
                        return (_number(address), *port)
                    case SetType.HASH_IP_PORT_IP:
                        return (_number(address), *port, _number(other))
                    case SetType.HASH_IP_PORT_NET:
                        return (_number(address), *port, *_network_key(other))
                    case SetType.BITMAP_PORT if entry.port is not None:
                        return (entry.port,)
            except TypeError:
                pass
        kind = f"{self.type} of IPv{self.version}"
        raise ValueError(f"{entry.text!r} cannot be an element of {self.name}, which is {kind}")

    def _network(self, entry: Entry) -> IPAddress | IPNetwork | None:
        return entry.other if self.type is SetType.HASH_IP_PORT_NET else entry.address

    def save(self) -> str:
        """The lines of ``ipset save``, without the seed of the hash (``initval``), which a kernel draws at random."""
        lines = [f"create {self.name} {self.type}{self._header()}"]
        lines += [f"add {self.name} {entry.text}{self._comment(entry)}" for entry in self]
        lines += [f"add {self.name} {member.name}" for member in self.members]
        return "".join(f"{line}\n" for line in lines)

    def _comment(self, entry: Entry) -> str:
        return f' comment "{entry.comment}"' if entry.comment else ""

    def _header(self) -> str:
        comment = " comment" if self.comments else ""
        match self.type:
            case SetType.BITMAP_PORT:
                return f" range 0-65535{comment}"
            case SetType.LIST_SET:
                return f" size {max(8, len(self.members))}{comment}"
            case _:
                family = "inet" if self.version == 4 else "inet6"
                return f" family {family} hashsize 1024 maxelem 65536{comment} bucketsize 12"


_BITMAP_PROTOCOLS = (Protocol.TCP, Protocol.UDP)
"""ip_set_get_ip4_port is asked for the port, and bitmap_port_kadt takes that of TCP and UDP only."""


def _number(address: IPAddress | IPNetwork | None) -> int:
    """An address as an integer; TypeError for a network and for nothing."""
    if isinstance(address, IPv4Address | IPv6Address):
        return int(address)
    raise TypeError(address)


def _network_key(network: IPAddress | IPNetwork | None) -> tuple[int, int]:
    """(prefix length, leading bits); a single address is a network of its own. TypeError for nothing."""
    if network is None:
        raise TypeError(network)
    length = _prefix_length(network)
    number = int(network) if isinstance(network, IPv4Address | IPv6Address) else int(network.network_address)
    return length, number >> (network.max_prefixlen - length)


def _prefix_length(network: IPAddress | IPNetwork | None) -> int:
    if network is None:
        return 0
    return network.max_prefixlen if isinstance(network, IPv4Address | IPv6Address) else network.prefixlen
