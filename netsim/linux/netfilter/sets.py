"""``-m set``: a rule that asks an IP set (net/netfilter/xt_set.c)."""

from __future__ import annotations

from dataclasses import dataclass, field

from netsim.linux.ipset import Asked, IpSet
from netsim.linux.netfilter.context import RuleContext

DIRECTIONS = ("src", "dst")
MOST_DIRECTIONS = 6
"""IPSET_DIM_MAX (include/uapi/linux/netfilter/ipset/ip_set.h)."""


@dataclass(frozen=True, slots=True, eq=False)
class InSet:
    """``--match-set NAME src,dst``: ``directions`` says for each dimension which end of the packet to take.

    ValueError for directions that ``iptables`` would not take. Two are equal when they ask the same of a set of the
    same name, so that traces through two plans of one cluster compare.
    """

    ipset: IpSet
    directions: tuple[str, ...]
    negate: bool = False
    _from_source: tuple[bool, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if not 1 <= len(self.directions) <= MOST_DIRECTIONS or not set(self.directions) <= set(DIRECTIONS):
            raise ValueError(f"{','.join(self.directions)!r} is not a list of one to six of src and dst")
        object.__setattr__(self, "_from_source", tuple(direction == "src" for direction in self.directions))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, InSet) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)

    @property
    def text(self) -> str:
        return f"-m set {'! ' if self.negate else ''}--match-set {self.ipset.name} {','.join(self.directions)}"

    def matches(self, context: RuleContext) -> bool:
        asked = Asked(
            context.packet.version,
            context.protocol,
            tuple(context.source if source else context.destination for source in self._from_source),
            tuple(context.source_port if source else context.destination_port for source in self._from_source),
        )
        return self.ipset.holds(asked) is not self.negate
