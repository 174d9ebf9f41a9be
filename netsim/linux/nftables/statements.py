"""What rules of nftables consist of: conditions, changes and verdicts, one class each.

A rule runs its statements one after another until one of them breaks off, because the packet does not match, or gives
a verdict (nft_do_chain in net/netfilter/nf_tables_core.c).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol as StructuralType

from netsim.linux.netfilter import ConnectionState, RejectWith, RuleContext, Verdict
from netsim.linux.netfilter import Dnat as DnatVerdict
from netsim.linux.netfilter import Masquerade as MasqueradeVerdict
from netsim.linux.netfilter import Reject as RejectVerdict
from netsim.linux.nftables.expressions import Address, Concatenation, Expression, RandomNumber, Side
from netsim.linux.nftables.sets import AddressSet, NamedSet, VerdictMap
from netsim.linux.nftables.verdicts import Goto, Jump, Return
from netsim.packet import IPAddress, Protocol


class Break(Enum):
    """The rule does not match: the packet goes on with the next rule."""

    NEXT_RULE = "break"


Result = Break | Verdict | Jump | Goto | Return | None
"""What a statement comes to; None goes on with the rule."""


@dataclass(slots=True)
class Evaluation:
    """A rule at work. ``element`` is the text of the map element that it found."""

    context: RuleContext
    sets: Mapping[str, NamedSet | VerdictMap]
    family: str
    element: str = ""


class Statement(StructuralType):
    @property
    def text(self) -> str: ...

    def run(self, evaluation: Evaluation) -> Result: ...


def _break_unless(matches: bool) -> Break | None:
    return None if matches else Break.NEXT_RULE


@dataclass(frozen=True, slots=True)
class AddressIn:
    """``ip saddr 10.0.0.0/8``, ``ip saddr != { … }``: an address in ranges that the rule itself lists."""

    address: Address
    ranges: AddressSet
    negate: bool = False

    @property
    def text(self) -> str:
        return f"{self.address.text} {'!= ' if self.negate else ''}{self.ranges.text}"

    def run(self, evaluation: Evaluation) -> Result:
        value = self.address.read(evaluation.context)
        return _break_unless(value is not None and self.ranges.holds(value[0]) is not self.negate)


@dataclass(frozen=True, slots=True)
class InNamedSet:
    """``ip daddr @cluster-ips``: the key is an element of a set, or was added by a rule."""

    expression: Address | Concatenation
    name: str

    @property
    def text(self) -> str:
        return f"{self.expression.text} @{self.name}"

    def run(self, evaluation: Evaluation) -> Result:
        key = self.expression.read(evaluation.context)
        added = evaluation.context.remembered.get(_list_name(evaluation, self.name), ())
        return _break_unless(key is not None and (key in evaluation.sets[self.name].elements or key[0] in added))


@dataclass(frozen=True, slots=True)
class Remember:
    """``update @NAME { ip saddr }``: add the source to a set, and start its timeout anew."""

    name: str
    version: int = 4

    @property
    def text(self) -> str:
        return f"update @{self.name} {{ {Address(Side.SOURCE, self.version).text} }}"

    def run(self, evaluation: Evaluation) -> Result:
        context = evaluation.context
        context.remembered.setdefault(_list_name(evaluation, self.name), set()).add(context.source)
        return None


def _list_name(evaluation: Evaluation, name: str) -> str:
    return f"{evaluation.family} {name}"


@dataclass(frozen=True, slots=True)
class InInterface:
    """``iif "cni0"``: the device that the packet came by; with any ending in ``iifname "cali*"``."""

    name: str
    negate: bool = False

    @property
    def text(self) -> str:
        selector = "iifname" if self.name.endswith("*") else "iif"
        return f'{selector} {"!= " if self.negate else ""}"{self.name}"'

    def run(self, evaluation: Evaluation) -> Result:
        device = evaluation.context.in_interface or ""
        named = device.startswith(self.name[:-1]) if self.name.endswith("*") else device == self.name
        return _break_unless(named is not self.negate)


@dataclass(frozen=True, slots=True)
class ProtocolIs:
    """``meta l4proto tcp``"""

    protocol: Protocol

    @property
    def text(self) -> str:
        return f"meta l4proto {self.protocol}"

    def run(self, evaluation: Evaluation) -> Result:
        return _break_unless(evaluation.context.protocol is self.protocol)


@dataclass(frozen=True, slots=True)
class MarkHas:
    """``meta mark & BITS != 0``: any of the bits is set."""

    bits: int

    @property
    def text(self) -> str:
        return f"meta mark & 0x{self.bits:08x} != 0x00000000"

    def run(self, evaluation: Evaluation) -> Result:
        return _break_unless(bool(evaluation.context.mark & self.bits))


@dataclass(frozen=True, slots=True)
class SetMarkBits:
    """``meta mark set meta mark | BITS``"""

    bits: int

    @property
    def text(self) -> str:
        return f"meta mark set meta mark | 0x{self.bits:08x}"

    def run(self, evaluation: Evaluation) -> Result:
        evaluation.context.mark |= self.bits
        return None


@dataclass(frozen=True, slots=True)
class FlipMarkBits:
    """``meta mark set meta mark ^ BITS``"""

    bits: int

    @property
    def text(self) -> str:
        return f"meta mark set meta mark ^ 0x{self.bits:08x}"

    def run(self, evaluation: Evaluation) -> Result:
        evaluation.context.mark ^= self.bits
        return None


@dataclass(frozen=True, slots=True)
class StateIs:
    """``ct state established,related``: any of them."""

    states: tuple[ConnectionState, ...]
    _wanted: frozenset[ConnectionState] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_wanted", frozenset(self.states))

    @property
    def text(self) -> str:
        return f"ct state {','.join(state.lower() for state in self.states)}"

    def run(self, evaluation: Evaluation) -> Result:
        return _break_unless(not self._wanted.isdisjoint(evaluation.context.states))


@dataclass(frozen=True, slots=True)
class DestinationTranslated:
    """``ct status dnat``"""

    text = "ct status dnat"

    def run(self, evaluation: Evaluation) -> Result:
        return _break_unless(ConnectionState.DNAT in evaluation.context.states)


@dataclass(frozen=True, slots=True)
class AddressIsLocal:
    """``fib daddr type local``: the address is one of this namespace's own."""

    side: Side

    @property
    def text(self) -> str:
        return f"fib {self.side} type local"

    def run(self, evaluation: Evaluation) -> Result:
        context = evaluation.context
        packet = context.packet
        return _break_unless(context.is_local(packet.source if self.side is Side.SOURCE else packet.destination))


@dataclass(frozen=True, slots=True)
class LookUpVerdict:
    """``ip daddr . meta l4proto . th dport vmap @service-ips``: the verdict of the element with that key."""

    expression: Expression
    name: str

    @property
    def text(self) -> str:
        return f"{self.expression.text} vmap @{self.name}"

    def run(self, evaluation: Evaluation) -> Result:
        named = evaluation.sets[self.name]
        key = self.expression.read(evaluation.context)
        if key is None or not isinstance(named, VerdictMap) or key not in named.elements:
            return Break.NEXT_RULE
        evaluation.element = named.element_text(key)
        return named.elements[key][0].run(evaluation)


def _map_text(values: Sequence[Statement | Endpoint]) -> str:
    return f"{{ {', '.join(f'{number} : {value.text}' for number, value in enumerate(values))} }}"


@dataclass(frozen=True, slots=True)
class RandomVerdict:
    """``numgen random mod N vmap { 0 : goto …, 1 : goto … }``"""

    verdicts: tuple[Jump | Goto, ...]

    @property
    def text(self) -> str:
        return f"{RandomNumber(len(self.verdicts)).text} vmap {_map_text(self.verdicts)}"

    def run(self, evaluation: Evaluation) -> Result:
        number = RandomNumber(len(self.verdicts)).draw(evaluation.context)
        evaluation.element = f"{number} : {self.verdicts[number].text}"
        return self.verdicts[number]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """``ADDRESS . PORT``, the data of a map that ``dnat`` asks."""

    address: IPAddress
    port: int

    @property
    def text(self) -> str:
        return f"{self.address} . {self.port}"


@dataclass(frozen=True, slots=True)
class RandomDnat:
    """``dnat ip to numgen random mod N map { 0 : ADDRESS . PORT, … }``, in the words of nft 1.0.6.

    kube-proxy writes ``dnat ip addr . port to``, which means the same and which nft also takes.
    """

    endpoints: tuple[Endpoint, ...]

    @property
    def text(self) -> str:
        family = "ip" if self.endpoints[0].address.version == 4 else "ip6"
        return f"dnat {family} to {RandomNumber(len(self.endpoints)).text} map {_map_text(self.endpoints)}"

    def run(self, evaluation: Evaluation) -> Result:
        number = RandomNumber(len(self.endpoints)).draw(evaluation.context)
        chosen = self.endpoints[number]
        evaluation.element = f"{number} : {chosen.text}"
        return DnatVerdict(chosen.address, chosen.port)


@dataclass(frozen=True, slots=True)
class Dnat:
    """``dnat to ADDRESS:PORT``"""

    address: IPAddress
    port: int

    @property
    def text(self) -> str:
        host = f"[{self.address}]" if self.address.version == 6 else str(self.address)
        return f"dnat to {host}:{self.port}"

    def run(self, evaluation: Evaluation) -> Result:
        return DnatVerdict(self.address, self.port)


@dataclass(frozen=True, slots=True)
class Masquerade:
    """``masquerade fully-random``"""

    text = "masquerade fully-random"

    def run(self, evaluation: Evaluation) -> Result:
        return MasqueradeVerdict(random_fully=True)


@dataclass(frozen=True, slots=True)
class Reject:
    """``reject``: answer port unreachable, in ICMP of the packet's version."""

    text = "reject"

    def run(self, evaluation: Evaluation) -> Result:
        return RejectVerdict(RejectWith.PORT_UNREACHABLE, evaluation.context.packet.version)
