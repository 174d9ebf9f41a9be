"""The mark of a connection, beside that of a packet (net/netfilter/xt_connmark.c)."""

from __future__ import annotations

from dataclasses import dataclass

from netsim.linux.netfilter.context import RuleContext


@dataclass(frozen=True, slots=True)
class ConnectionMarkIs:
    """``-m connmark --mark VALUE/MASK``"""

    value: int
    mask: int
    negate: bool = False

    @property
    def text(self) -> str:
        return f"-m connmark {'! ' if self.negate else ''}--mark {self.value:#x}/{self.mask:#x}"

    def matches(self, context: RuleContext) -> bool:
        return (context.connection_mark & self.mask == self.value) is not self.negate
