"""``-m recent``: the lists of addresses that a rule keeps and asks (net/netfilter/xt_recent.c)."""

from __future__ import annotations

from dataclasses import dataclass

from netsim.linux.netfilter.context import RuleContext


@dataclass(frozen=True, slots=True)
class RecentlySeen:
    """``--rcheck``: the source is in the list and was put there within ``seconds``; no time passes in the engine."""

    list_name: str
    seconds: int
    version: int = 4

    @property
    def text(self) -> str:
        return f"-m recent --rcheck --seconds {self.seconds} --reap {_list_text(self.list_name, self.version)}"

    def matches(self, context: RuleContext) -> bool:
        return context.source in context.remembered.get(self.list_name, ())


@dataclass(frozen=True, slots=True)
class RememberSource:
    """``--set``: put the source into the list as soon as the match is reached; always true."""

    list_name: str
    version: int = 4

    @property
    def text(self) -> str:
        return f"-m recent --set {_list_text(self.list_name, self.version)}"

    def matches(self, context: RuleContext) -> bool:
        context.remembered.setdefault(self.list_name, set()).add(context.source)
        return True


def _list_text(name: str, version: int) -> str:
    mask = "255.255.255.255" if version == 4 else "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"
    return f"--name {name} --mask {mask} --rsource"
