"""``-m physdev``: a rule that asks by which port of a bridge a packet came (net/netfilter/xt_physdev.c)."""

from __future__ import annotations

from dataclasses import dataclass

from netsim.linux.netfilter.context import RuleContext


@dataclass(frozen=True, slots=True)
class PhysdevIsIn:
    """``--physdev-is-in``: the packet came in by a port of a bridge."""

    negate: bool = False

    @property
    def text(self) -> str:
        return f"-m physdev{' !' if self.negate else ''} --physdev-is-in"

    def matches(self, context: RuleContext) -> bool:
        return context.bridged is not self.negate
