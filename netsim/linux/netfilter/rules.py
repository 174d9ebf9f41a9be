"""A rule: what must hold of a packet, and what becomes of the packet then."""

from __future__ import annotations

from dataclasses import dataclass, field

from netsim.linux.netfilter.matches import Match
from netsim.linux.netfilter.targets import Continue, Goto, Target


@dataclass(frozen=True, slots=True)
class Rule:
    """All ``matches`` must hold for ``target`` to act. ``note`` says why the rule is there, if whoever made it says so;
    it is no part of what iptables knows."""

    matches: tuple[Match, ...]
    target: Target
    note: str = field(default="", compare=False)

    @property
    def text(self) -> str:
        """The rule in an ``iptables-save`` line, after ``-A CHAIN``."""
        words = [match.text for match in self.matches]
        if isinstance(self.target, Continue):
            return " ".join(words)
        return " ".join([*words, f"{'-g' if isinstance(self.target, Goto) else '-j'} {self.target.text}"])

    def line(self, chain: str) -> str:
        """The line of ``iptables-save``."""
        return f"-A {chain} {self.text}"
