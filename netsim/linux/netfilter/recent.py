"""``-m recent``: the lists of addresses that a rule keeps and asks (net/netfilter/xt_recent.c)."""

from __future__ import annotations

from dataclasses import dataclass

from netsim.linux.netfilter.context import RuleContext


@dataclass(frozen=True, slots=True)
class RecentlySeen:
    """``--rcheck``: the source is in the list and was put there within ``seconds``.

    A trace starts with empty lists, as the engine has no clock, so it never holds.
    """

    list_name: str
    seconds: int
    version: int = 4

    @property
    def text(self) -> str:
        return f"-m recent --rcheck --seconds {self.seconds} --reap {_list_text(self.list_name, self.version)}"

    def matches(self, context: RuleContext) -> bool:
        return False


@dataclass(frozen=True, slots=True)
class RememberSource:
    """``--set``: put the source into the list; always true."""

    list_name: str
    version: int = 4

    @property
    def text(self) -> str:
        return f"-m recent --set {_list_text(self.list_name, self.version)}"

    def matches(self, context: RuleContext) -> bool:
        return True


def _list_text(name: str, version: int) -> str:
    mask = "255.255.255.255" if version == 4 else "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"
    return f"--name {name} --mask {mask} --rsource"
