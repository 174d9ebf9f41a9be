"""Netfilter: tables of chains of rules, and what walking them does to a packet.

A chain with a hook is a base chain; at each hook the base chains of all tables run in the order of their priority
(``enum nf_ip_hook_priorities`` in include/uapi/linux/netfilter_ipv4.h). Rules print as ``iptables-save`` prints them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple
from typing import Protocol as StructuralType

from netsim.linux.routing import IPNetwork
from netsim.packet import IPAddress, Packet, Protocol


class Hook(StrEnum):
    PREROUTING = "PREROUTING"
    INPUT = "INPUT"
    FORWARD = "FORWARD"
    OUTPUT = "OUTPUT"
    POSTROUTING = "POSTROUTING"


class Priority:
    """Where the kernel's own users and iptables' tables sit at a hook; lower runs first."""

    RAW = -300
    CONNTRACK = -200
    MANGLE = -150
    DSTNAT = -100
    FILTER = 0
    SECURITY = 50
    SRCNAT = 100


class ConnectionState(StrEnum):
    """What ``-m conntrack --ctstate`` can ask for."""

    NEW = "NEW"
    ESTABLISHED = "ESTABLISHED"
    RELATED = "RELATED"
    INVALID = "INVALID"
    UNTRACKED = "UNTRACKED"
    DNAT = "DNAT"
    SNAT = "SNAT"


class RuleContext:
    """What the rules of one base chain can see of a packet; ``mark`` is what they may change.

    ``decide`` answers a random match of the given probability; ``is_local`` says whether this namespace owns an
    address.
    """

    __slots__ = (
        "decide", "destination", "destination_port", "in_interface", "is_local", "mark", "out_interface",
        "packet", "protocol", "source", "source_port", "states",
    )  # fmt: skip

    def __init__(
        self,
        packet: Packet,
        *,
        in_interface: str | None,
        out_interface: str | None,
        states: frozenset[ConnectionState],
        is_local: Callable[[IPAddress], bool],
        decide: Callable[[float], bool],
    ) -> None:
        self.packet = packet
        self.source = int(packet.source)
        self.destination = int(packet.destination)
        self.protocol = packet.protocol
        self.source_port, self.destination_port = packet.ports or (None, None)
        self.in_interface = in_interface
        self.out_interface = out_interface
        self.mark = packet.mark
        self.states = states
        self.is_local = is_local
        self.decide = decide


class Match(StructuralType):
    """One condition of a rule. ``text`` is its words in an ``iptables-save`` line."""

    @property
    def text(self) -> str: ...

    def matches(self, context: RuleContext) -> bool: ...


def _not(negate: bool) -> str:
    return "! " if negate else ""


class _Prefix:
    """An address range compared as integers, since a trace asks it often."""

    __slots__ = ("bits", "network", "value")

    def __init__(self, network: IPNetwork) -> None:
        self.network = network
        self.bits = network.max_prefixlen - network.prefixlen
        self.value = int(network.network_address) >> self.bits

    def holds(self, address: int) -> bool:
        return address >> self.bits == self.value


@dataclass(frozen=True, slots=True)
class Source:
    """``-s NETWORK``"""

    network: IPNetwork
    negate: bool = False
    _prefix: _Prefix = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_prefix", _Prefix(self.network))

    @property
    def text(self) -> str:
        return f"{_not(self.negate)}-s {self.network}"

    def matches(self, context: RuleContext) -> bool:
        return self._prefix.holds(context.source) is not self.negate


@dataclass(frozen=True, slots=True)
class Destination:
    """``-d NETWORK``"""

    network: IPNetwork
    negate: bool = False
    _prefix: _Prefix = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_prefix", _Prefix(self.network))

    @property
    def text(self) -> str:
        return f"{_not(self.negate)}-d {self.network}"

    def matches(self, context: RuleContext) -> bool:
        return self._prefix.holds(context.destination) is not self.negate


@dataclass(frozen=True, slots=True)
class InInterface:
    """``-i NAME``; a trailing ``+`` stands for any ending."""

    name: str
    negate: bool = False

    @property
    def text(self) -> str:
        return f"{_not(self.negate)}-i {self.name}"

    def matches(self, context: RuleContext) -> bool:
        return _names(self.name, context.in_interface) is not self.negate


@dataclass(frozen=True, slots=True)
class OutInterface:
    """``-o NAME``; a trailing ``+`` stands for any ending."""

    name: str
    negate: bool = False

    @property
    def text(self) -> str:
        return f"{_not(self.negate)}-o {self.name}"

    def matches(self, context: RuleContext) -> bool:
        return _names(self.name, context.out_interface) is not self.negate


def _names(pattern: str, interface: str | None) -> bool:
    if interface is None:
        return False
    return interface.startswith(pattern[:-1]) if pattern.endswith("+") else interface == pattern


@dataclass(frozen=True, slots=True)
class ProtocolIs:
    """``-p PROTOCOL``"""

    protocol: Protocol

    @property
    def text(self) -> str:
        return f"-p {self.protocol}"

    def matches(self, context: RuleContext) -> bool:
        return context.protocol is self.protocol


@dataclass(frozen=True, slots=True)
class Comment:
    """``-m comment --comment "…"``: always true."""

    words: str

    @property
    def text(self) -> str:
        return f'-m comment --comment "{self.words}"'

    def matches(self, context: RuleContext) -> bool:
        return True


@dataclass(frozen=True, slots=True)
class TransportModule:
    """``-m tcp`` with nothing asked: true for that protocol, as ``-p`` beside it already demands."""

    protocol: Protocol

    @property
    def text(self) -> str:
        return f"-m {self.protocol}"

    def matches(self, context: RuleContext) -> bool:
        return context.protocol is self.protocol


@dataclass(frozen=True, slots=True)
class DestinationPort:
    """``-m tcp --dport PORT``"""

    protocol: Protocol
    port: int

    @property
    def text(self) -> str:
        return f"-m {self.protocol} --dport {self.port}"

    def matches(self, context: RuleContext) -> bool:
        return context.destination_port == self.port and context.protocol is self.protocol


@dataclass(frozen=True, slots=True)
class MarkIs:
    """``-m mark --mark VALUE/MASK``"""

    value: int
    mask: int
    negate: bool = False

    @property
    def text(self) -> str:
        return f"-m mark {_not(self.negate)}--mark {self.value:#x}/{self.mask:#x}"

    def matches(self, context: RuleContext) -> bool:
        return (context.mark & self.mask == self.value) is not self.negate


@dataclass(frozen=True, slots=True)
class StateIs:
    """``-m conntrack --ctstate A,B``"""

    states: frozenset[ConnectionState]
    negate: bool = False

    @property
    def text(self) -> str:
        listed = ",".join(state for state in _STATE_ORDER if state in self.states)
        return f"-m conntrack {_not(self.negate)}--ctstate {listed}"

    def matches(self, context: RuleContext) -> bool:
        return bool(self.states & context.states) is not self.negate


_STATE_ORDER = (
    ConnectionState.INVALID, ConnectionState.NEW, ConnectionState.RELATED, ConnectionState.ESTABLISHED,
    ConnectionState.UNTRACKED, ConnectionState.SNAT, ConnectionState.DNAT,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class DestinationIsLocal:
    """``-m addrtype --dst-type LOCAL``"""

    @property
    def text(self) -> str:
        return "-m addrtype --dst-type LOCAL"

    def matches(self, context: RuleContext) -> bool:
        return context.is_local(context.packet.destination)


@dataclass(frozen=True, slots=True)
class SourceIsLocal:
    """``-m addrtype --src-type LOCAL``"""

    @property
    def text(self) -> str:
        return "-m addrtype --src-type LOCAL"

    def matches(self, context: RuleContext) -> bool:
        return context.is_local(context.packet.source)


@dataclass(frozen=True, slots=True)
class Statistic:
    """``-m statistic --mode random --probability P``. The kernel keeps P in units of 2^-31."""

    probability: float

    @property
    def text(self) -> str:
        kept = round(self.probability * 0x80000000) / 0x80000000
        return f"-m statistic --mode random --probability {kept:.11f}"

    def matches(self, context: RuleContext) -> bool:
        return context.decide(self.probability)


class RejectWith(StrEnum):
    """``--reject-with``: what the sender gets to hear."""

    PORT_UNREACHABLE = "icmp-port-unreachable"
    NET_UNREACHABLE = "icmp-net-unreachable"
    HOST_UNREACHABLE = "icmp-host-unreachable"
    ADMIN_PROHIBITED = "icmp-admin-prohibited"
    TCP_RESET = "tcp-reset"


@dataclass(frozen=True, slots=True)
class Accept:
    text = "ACCEPT"


@dataclass(frozen=True, slots=True)
class Drop:
    text = "DROP"


ICMPV6_REJECTS = {
    RejectWith.PORT_UNREACHABLE: "icmp6-port-unreachable",
    RejectWith.NET_UNREACHABLE: "icmp6-no-route",
    RejectWith.HOST_UNREACHABLE: "icmp6-addr-unreachable",
    RejectWith.ADMIN_PROHIBITED: "icmp6-adm-prohibited",
}
"""ip6tables' words for the same answers (extensions/libip6t_REJECT.c)."""


@dataclass(frozen=True, slots=True)
class Reject:
    answer: RejectWith = RejectWith.PORT_UNREACHABLE
    version: int = 4

    @property
    def text(self) -> str:
        answer = ICMPV6_REJECTS.get(self.answer, self.answer) if self.version == 6 else self.answer
        return f"REJECT --reject-with {answer}"


@dataclass(frozen=True, slots=True)
class Return:
    text = "RETURN"


@dataclass(frozen=True, slots=True)
class Jump:
    chain: str

    @property
    def text(self) -> str:
        return self.chain


@dataclass(frozen=True, slots=True)
class Dnat:
    """``DNAT --to-destination ADDRESS:PORT``; no port keeps the packet's."""

    address: IPAddress
    port: int | None = None

    @property
    def text(self) -> str:
        host = f"[{self.address}]" if self.address.version == 6 and self.port else str(self.address)
        return f"DNAT --to-destination {host}" + (f":{self.port}" if self.port else "")


@dataclass(frozen=True, slots=True)
class Masquerade:
    """Source NAT to the first address of the interface that the packet leaves by."""

    random_fully: bool = False

    @property
    def text(self) -> str:
        return "MASQUERADE --random-fully" if self.random_fully else "MASQUERADE"


@dataclass(frozen=True, slots=True)
class SetMark:
    """``MARK --set-xmark VALUE/MASK``: clear the bits of MASK, then exclusive-or VALUE."""

    value: int
    mask: int

    @property
    def text(self) -> str:
        return f"MARK --set-xmark {self.value:#x}/{self.mask:#x}"

    def apply(self, mark: int) -> int:
        return mark & ~self.mask & 0xFFFFFFFF ^ self.value


@dataclass(frozen=True, slots=True)
class Continue:
    """A rule without ``-j``: it only counts, and the walk goes on."""

    text = ""


Target = Accept | Drop | Reject | Return | Jump | Dnat | Masquerade | SetMark | Continue
Verdict = Accept | Drop | Reject | Dnat | Masquerade
"""What ends the walk of a base chain."""


@dataclass(frozen=True, slots=True)
class Rule:
    """All ``matches`` must hold for ``target`` to act."""

    matches: tuple[Match, ...]
    target: Target

    @property
    def text(self) -> str:
        """The rule in an ``iptables-save`` line, after ``-A CHAIN``."""
        words = [match.text for match in self.matches]
        return " ".join(words if isinstance(self.target, Continue) else [*words, f"-j {self.target.text}"])


@dataclass(slots=True)
class Chain:
    """``hook`` and ``priority`` make it a base chain, whose ``policy`` is the verdict when no rule gave one."""

    name: str
    rules: list[Rule] = field(default_factory=list)
    hook: Hook | None = None
    priority: int = Priority.FILTER
    policy: Accept | Drop = Accept()

    def append(self, target: Target, *matches: Match) -> None:
        self.rules.append(Rule(matches, target))

    def prepend(self, target: Target, *matches: Match) -> None:
        self.rules.insert(0, Rule(matches, target))


@dataclass(slots=True)
class Table:
    """A named set of chains for one IP version."""

    name: str
    version: int
    chains: dict[str, Chain] = field(default_factory=dict)

    def chain(self, name: str) -> Chain:
        """The chain of that name, made when it is not there yet."""
        return self.chains.setdefault(name, Chain(name))

    @property
    def is_nat(self) -> bool:
        return self.name == "nat"


BUILT_IN = {
    "raw": (Priority.RAW, (Hook.PREROUTING, Hook.OUTPUT)),
    "mangle": (Priority.MANGLE, tuple(Hook)),
    "nat": (Priority.DSTNAT, (Hook.PREROUTING, Hook.INPUT, Hook.OUTPUT, Hook.POSTROUTING)),
    "filter": (Priority.FILTER, (Hook.INPUT, Hook.FORWARD, Hook.OUTPUT)),
}
"""Priority and built-in chains of each iptables table, in the order in which they run at a hook."""


def iptables_table(name: str, version: int) -> Table:
    """An empty iptables table with its built-in chains; KeyError for a table that iptables does not have."""
    priority, hooks = BUILT_IN[name]
    table = Table(name, version)
    for hook in hooks:
        at = Priority.SRCNAT if name == "nat" and hook in (Hook.INPUT, Hook.POSTROUTING) else priority
        table.chains[hook] = Chain(hook, hook=hook, priority=at)
    return table


class RuleHit(NamedTuple):
    """A rule that matched: ``number`` counts from 1 within the chain, as in ``iptables -L --line-numbers``."""

    table: str
    chain: str
    number: int
    rule: Rule

    @property
    def text(self) -> str:
        return f"-A {self.chain} {self.rule.text}"


class Netfilter:
    """The rule set of one namespace."""

    def __init__(self) -> None:
        self.tables: dict[tuple[int, str], Table] = {}
        self._base_chains: dict[tuple[int, Hook], list[tuple[Table, Chain]]] | None = None

    def table(self, name: str, version: int = 4) -> Table:
        """iptables' table of that name, made when it is not there yet."""
        if (version, name) not in self.tables:
            self.tables[version, name] = iptables_table(name, version)
            self._base_chains = None
        return self.tables[version, name]

    def base_chains(self, version: int, hook: Hook) -> list[tuple[Table, Chain]]:
        """The base chains at a hook in the order in which they run."""
        if self._base_chains is None:
            self._base_chains = {}
            for table in self.tables.values():
                for chain in table.chains.values():
                    if chain.hook is not None:
                        self._base_chains.setdefault((table.version, chain.hook), []).append((table, chain))
            for chains in self._base_chains.values():
                chains.sort(key=lambda pair: pair[1].priority)
        return self._base_chains.get((version, hook), [])

    def __iter__(self) -> Iterator[Table]:
        return iter(self.tables.values())


def traverse(table: Table, base: Chain, context: RuleContext, hits: list[RuleHit]) -> Verdict:
    """Walk a base chain as the kernel does; append every rule that matched to ``hits``; return what ended the walk."""
    chain, index = base, 0
    callers: list[tuple[Chain, int]] = []
    while True:
        if index == len(chain.rules):
            if not callers:
                return base.policy
            chain, index = callers.pop()
            continue
        rule = chain.rules[index]
        index += 1
        if not all(match.matches(context) for match in rule.matches):
            continue
        hits.append(RuleHit(table.name, chain.name, index, rule))
        match rule.target:
            case Jump(name):
                callers.append((chain, index))
                chain, index = table.chains[name], 0
            case Return():
                if not callers:
                    return base.policy
                chain, index = callers.pop()
            case SetMark() as set_mark:
                context.mark = set_mark.apply(context.mark)
            case Continue():
                continue
            case verdict:
                return verdict
