"""Rules in chains, and chains in tables: iptables' rule set of one namespace."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from netsim.linux.netfilter.basechains import Outcome
from netsim.linux.netfilter.chains import Chains
from netsim.linux.netfilter.context import Hook, Priority, RuleContext
from netsim.linux.netfilter.matches import Match
from netsim.linux.netfilter.rulelist import WORTH_AN_INDEX, RuleList
from netsim.linux.netfilter.targets import Accept, Continue, Drop, Goto, Target


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


@dataclass(slots=True)
class Chain:
    """``hook`` and ``priority`` make it a base chain, whose ``policy`` is the verdict when no rule gave one."""

    name: str
    rules: list[Rule] = field(default_factory=RuleList)
    hook: Hook | None = None
    priority: int = Priority.FILTER
    policy: Accept | Drop = field(default_factory=Accept)

    def append(self, target: Target, *matches: Match, note: str = "") -> None:
        self.rules.append(Rule(matches, target, note))

    def prepend(self, target: Target, *matches: Match) -> None:
        self.rules.insert(0, Rule(matches, target))

    def by_policy(self, evaluated: int) -> Outcome:
        """The end of a walk in which no rule gave a verdict."""
        return Outcome(self.policy, self.policy.text, evaluated, by_rule=False)

    def candidates(self, context: RuleContext) -> Iterable[tuple[int, Rule]]:
        """The rules that may match the packet, in order, with their numbers from 1."""
        if len(self.rules) <= WORTH_AN_INDEX:
            return enumerate(self.rules, 1)
        if not isinstance(self.rules, RuleList):
            self.rules = RuleList(self.rules)
        return self.rules.candidates(context)


@dataclass(slots=True)
class Table:
    """A named set of chains for one IP version."""

    name: str
    version: int
    chains: Chains = field(default_factory=Chains)

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
