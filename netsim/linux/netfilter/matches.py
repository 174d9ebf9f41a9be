"""The conditions of rules: one class for each iptables option that the engine knows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol as StructuralType

from netsim.linux.netfilter.context import ConnectionState, RuleContext
from netsim.linux.routing import IPNetwork, RouteKind
from netsim.packet import Protocol


class Match(StructuralType):
    """One condition of a rule. ``text`` is its words in an ``iptables-save`` line."""

    @property
    def text(self) -> str: ...

    def matches(self, context: RuleContext) -> bool: ...


def _not(negate: bool) -> str:
    return "! " if negate else ""


@dataclass(frozen=True, slots=True)
class _AddressMatch:
    """An address range. It is compared as integers, since a trace asks it often."""

    network: IPNetwork
    negate: bool = False
    _host_bits: int = field(init=False, repr=False, compare=False)
    _prefix: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        bits = self.network.max_prefixlen - self.network.prefixlen
        object.__setattr__(self, "_host_bits", bits)
        object.__setattr__(self, "_prefix", int(self.network.network_address) >> bits)

    @property
    def is_one_address(self) -> bool:
        return self._host_bits == 0

    def _holds(self, address: int) -> bool:
        return (address >> self._host_bits == self._prefix) is not self.negate


@dataclass(frozen=True, slots=True)
class Source(_AddressMatch):
    """``-s NETWORK``"""

    @property
    def text(self) -> str:
        return f"{_not(self.negate)}-s {self.network}"

    def matches(self, context: RuleContext) -> bool:
        return self._holds(context.source)


@dataclass(frozen=True, slots=True)
class Destination(_AddressMatch):
    """``-d NETWORK``"""

    @property
    def text(self) -> str:
        return f"{_not(self.negate)}-d {self.network}"

    def matches(self, context: RuleContext) -> bool:
        return self._holds(context.destination)


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
class SourcePort:
    """``-m tcp --sport PORT``"""

    protocol: Protocol
    port: int

    @property
    def text(self) -> str:
        return f"-m {self.protocol} --sport {self.port}"

    def matches(self, context: RuleContext) -> bool:
        return context.source_port == self.port and context.protocol is self.protocol


@dataclass(frozen=True, slots=True)
class DestinationPortIsNot:
    """``-m tcp ! --dport PORT``"""

    protocol: Protocol
    port: int

    @property
    def text(self) -> str:
        return f"-m {self.protocol} ! --dport {self.port}"

    def matches(self, context: RuleContext) -> bool:
        return context.destination_port != self.port and context.protocol is self.protocol


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
    """``-m addrtype --src-type LOCAL``; ``on_out_interface`` asks for an address of the device that the packet leaves
    by (``--limit-iface-out``)."""

    negate: bool = False
    on_out_interface: bool = False

    @property
    def text(self) -> str:
        limit = " --limit-iface-out" if self.on_out_interface else ""
        return f"-m addrtype {_not(self.negate)}--src-type LOCAL{limit}"

    def matches(self, context: RuleContext) -> bool:
        source = context.packet.source
        if self.on_out_interface:
            return (context.device_of(source) == context.out_interface) is not self.negate
        return context.is_local(source) is not self.negate


@dataclass(frozen=True, slots=True)
class ReversePathFails:
    """``-m rpfilter --validmark --invert``: an answer would not leave by the device that the packet came in by
    (net/ipv4/netfilter/ipt_rpfilter.c)."""

    text = "-m rpfilter --validmark --invert"

    def matches(self, context: RuleContext) -> bool:
        if context.in_interface == "lo":
            return False
        packet = context.packet
        route = context.lookup(packet.source, packet.destination, context.mark)
        return route is None or route.kind is not RouteKind.UNICAST or route.device != context.in_interface


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
