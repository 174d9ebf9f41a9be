"""What iptables' and nftables' rule sets have in common: base chains at hooks, and the hits of a walk through one."""

from __future__ import annotations

from typing import NamedTuple
from typing import Protocol as StructuralType

from netsim.linux.netfilter.context import RuleContext
from netsim.linux.netfilter.targets import Verdict


class RuleText(StructuralType):
    """A rule of either kind, as the program that lists it prints it."""

    @property
    def text(self) -> str: ...

    def line(self, chain: str) -> str:
        """The rule together with the chain that it stands in."""
        ...


class RuleHit(NamedTuple):
    """A rule that matched: ``number`` counts from 1 within the chain, as in ``iptables -L --line-numbers``.

    ``element`` is the element of an nftables map that the rule looked up, "" where it looked nothing up.
    """

    table: str
    chain: str
    number: int
    rule: RuleText
    element: str = ""

    @property
    def text(self) -> str:
        line = self.rule.line(self.chain)
        return f"{line} ({self.element})" if self.element else line


class Outcome(NamedTuple):
    """The end of a walk: the verdict and its text, how many rules the kernel evaluated for it, whether they matched or
    not, and whether the last rule hit gave the verdict (else the policy did)."""

    verdict: Verdict
    text: str
    evaluated: int
    by_rule: bool


class BaseChain(StructuralType):
    """A chain that the kernel calls at a hook. ``is_nat``: for new connections only, to decide on a translation."""

    @property
    def table_name(self) -> str: ...

    @property
    def name(self) -> str: ...

    @property
    def priority(self) -> int: ...

    @property
    def is_nat(self) -> bool: ...

    @property
    def is_silent(self) -> bool:
        """Whether every packet passes unseen: no rules, and the policy accepts."""
        ...

    def walk(self, context: RuleContext, hits: list[RuleHit]) -> Outcome:
        """Walk as the kernel does; append every rule that matched to ``hits``."""
        ...
