"""Routes and the longest-prefix match, as ``ip route`` shows and the kernel's FIB does it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network

from netsim.packet import IPAddress

IPNetwork = IPv4Network | IPv6Network

EVERYWHERE: Mapping[int, IPNetwork] = {4: IPv4Network("0.0.0.0/0"), 6: IPv6Network("::/0")}
"""All addresses of an IP version: the destination of default routes."""


def host_network(address: IPAddress) -> IPNetwork:
    """The network that holds this address only."""
    if address.version == 4:
        return IPv4Network((int(address), 32))
    return IPv6Network((int(address), 128))


class RouteKind(StrEnum):
    """The types of routes (``RTN_*`` in include/uapi/linux/rtnetlink.h).

    LOCAL is for this machine. BLACKHOLE drops in silence, UNREACHABLE and PROHIBIT answer with an ICMP error; THROW
    goes on with the next rule of the routing policy.
    """

    UNICAST = "unicast"
    LOCAL = "local"
    BROADCAST = "broadcast"
    BLACKHOLE = "blackhole"
    UNREACHABLE = "unreachable"
    PROHIBIT = "prohibit"
    THROW = "throw"


class Scope(StrEnum):
    """How far away the destination is: behind a gateway, on the link itself, or in this machine."""

    GLOBAL = "global"
    LINK = "link"
    HOST = "host"


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One line of ``ip route``. ``gateway`` None means that the destination is on the link of ``device``."""

    destination: IPNetwork
    device: str | None = None
    gateway: IPAddress | None = None
    source: IPAddress | None = None
    kind: RouteKind = RouteKind.UNICAST
    scope: Scope = Scope.GLOBAL
    protocol: str | None = None
    metric: int = 0
    onlink: bool = False

    def text(self) -> str:
        """The line that ``ip route show`` prints for it."""
        words = [] if self.kind is RouteKind.UNICAST else [str(self.kind)]
        words.append("default" if self.destination.prefixlen == 0 else _short(self.destination))
        if self.gateway is not None:
            words += ["via", str(self.gateway)]
        if self.device is not None:
            words += ["dev", self.device]
        if self.protocol:
            words += ["proto", self.protocol]
        if self.scope is not Scope.GLOBAL:
            words += ["scope", self.scope]
        if self.source is not None:
            words += ["src", str(self.source)]
        if self.metric:
            words += ["metric", str(self.metric)]
        if self.onlink:
            words.append("onlink")
        return " ".join(words)


class RoutingTable:
    """One routing table. A later route to the same prefix with a lower metric wins; with an equal one it replaces."""

    def __init__(self) -> None:
        self._by_length: dict[tuple[int, int], dict[int, list[Route]]] = {}

    def add(self, route: Route) -> None:
        network = route.destination
        prefixes = self._by_length.setdefault((network.version, network.prefixlen), {})
        same = [r for r in prefixes.get(int(network.network_address), []) if r.metric != route.metric]
        prefixes[int(network.network_address)] = sorted([*same, route], key=lambda r: r.metric)
        self._by_length = dict(sorted(self._by_length.items(), key=lambda item: (item[0][0], -item[0][1])))

    def remove(self, destination: IPNetwork) -> None:
        """Delete every route to exactly this prefix; KeyError when there is none."""
        prefixes = self._by_length.get((destination.version, destination.prefixlen), {})
        if prefixes.pop(int(destination.network_address), None) is None:
            raise KeyError(f"no route to {destination}")

    def remove_through(self, device: str) -> None:
        """Delete every route that leaves by this device."""
        for prefixes in self._by_length.values():
            for address, routes in list(prefixes.items()):
                kept = [route for route in routes if route.device != device]
                if kept:
                    prefixes[address] = kept
                else:
                    del prefixes[address]

    def lookup(self, destination: IPAddress) -> Route | None:
        """The route with the longest prefix that holds ``destination``, or None."""
        version, bits, value = destination.version, destination.max_prefixlen, int(destination)
        for (family, length), prefixes in self._by_length.items():
            if family != version:
                continue
            routes = prefixes.get(value >> (bits - length) << (bits - length))
            if routes:
                return routes[0]
        return None

    def __iter__(self) -> Iterator[Route]:
        """Shortest prefix first, then by address: the order of ``ip route``."""
        routes = [route for prefixes in self._by_length.values() for group in prefixes.values() for route in group]
        return iter(
            sorted(
                routes, key=lambda r: (r.destination.version, r.destination.prefixlen > 0, int(r.destination[0]),
                                       r.destination.prefixlen, r.metric),
            )
        )  # fmt: skip


MAIN_TABLE, LOCAL_TABLE = "main", "local"


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutingRule:
    """One line of ``ip rule`` (of ``ip -6 rule`` for ``version`` 6): which packets ask which table.

    A ``mask`` of 0 matches every mark; ``in_interface`` is ``lo`` for packets of this machine's own. Lower ``priority``
    runs first (net/core/fib_rules.c).
    """

    priority: int
    table: str
    version: int = 4
    source: IPNetwork | None = None
    destination: IPNetwork | None = None
    mark: int = 0
    mask: int = 0
    in_interface: str | None = None
    negate: bool = False

    def text(self) -> str:
        """The line that ``ip rule show`` prints for it, without its number."""
        words = ["not"] if self.negate else []
        words += ["from", "all" if self.source is None else _short(self.source)]
        if self.destination is not None:
            words += ["to", _short(self.destination)]
        if self.mask:
            words += ["fwmark", f"{self.mark:#x}" + ("" if self.mask == 0xFFFFFFFF else f"/{self.mask:#x}")]
        if self.in_interface is not None:
            words += ["iif", self.in_interface]
        return " ".join([*words, "lookup", self.table])

    def matches(self, source: IPAddress | None, destination: IPAddress, mark: int, in_interface: str) -> bool:
        """Whether a packet asks this rule's table; without a ``source`` only rules for all sources match."""
        holds = (
            (self.source is None or (source is not None and source in self.source))
            and (self.destination is None or destination in self.destination)
            and mark & self.mask == self.mark
            and self.in_interface in (None, in_interface)
        )
        return holds is not self.negate


DEFAULT_RULES = tuple(
    RoutingRule(priority=priority, table=table, version=version)
    for version in (4, 6)
    for priority, table in ((0, LOCAL_TABLE), (32766, MAIN_TABLE), (32767, "default"))
    if (version, table) != (6, "default")
)
"""What every namespace starts with (``fib_default_rules_init`` in net/ipv4/fib_rules.c, net/ipv6/fib6_rules.c)."""


def _short(network: IPNetwork) -> str:
    return str(network.network_address) if network.prefixlen == network.max_prefixlen else str(network)
