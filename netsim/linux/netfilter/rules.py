"""Rules in chains, chains in tables, and the walk of a packet through them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from netsim.linux.netfilter.context import Hook, Priority, RuleContext
from netsim.linux.netfilter.matches import Match
from netsim.linux.netfilter.targets import Accept, Continue, Drop, Jump, Return, SetMark, Target, Verdict


@dataclass(frozen=True, slots=True)
class Rule:
    """All ``matches`` must hold for ``target`` to act."""

    matches: tuple[Match, ...]
    target: Target

    @property
    def text(self) -> str:
        """The rule in an ``iptables-save`` line, after ``-A CHAIN``."""
        words = [match.text for match in self.matches]
        return " ".join(words if isinstance(self.target, Continue) else [*words, f"-j {self.target.text}"])


@dataclass(slots=True)
class Chain:
    """``hook`` and ``priority`` make it a base chain, whose ``policy`` is the verdict when no rule gave one."""

    name: str
    rules: list[Rule] = field(default_factory=list)
    hook: Hook | None = None
    priority: int = Priority.FILTER
    policy: Accept | Drop = field(default_factory=Accept)

    def append(self, target: Target, *matches: Match) -> None:
        self.rules.append(Rule(matches, target))

    def prepend(self, target: Target, *matches: Match) -> None:
        self.rules.insert(0, Rule(matches, target))


@dataclass(slots=True)
class Table:
    """A named set of chains for one IP version."""

    name: str
    version: int
    chains: dict[str, Chain] = field(default_factory=dict)

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


class RuleHit(NamedTuple):
    """A rule that matched: ``number`` counts from 1 within the chain, as in ``iptables -L --line-numbers``."""

    table: str
    chain: str
    number: int
    rule: Rule

    @property
    def text(self) -> str:
        return f"-A {self.chain} {self.rule.text}"


class Netfilter:
    """The rule set of one namespace."""

    def __init__(self) -> None:
        self.tables: dict[tuple[int, str], Table] = {}
        self._base_chains: dict[tuple[int, Hook], list[tuple[Table, Chain]]] | None = None

    def table(self, name: str, version: int = 4) -> Table:
        """iptables' table of that name, made when it is not there yet."""
        if (version, name) not in self.tables:
            self.tables[version, name] = iptables_table(name, version)
            self._base_chains = None
        return self.tables[version, name]

    def base_chains(self, version: int, hook: Hook) -> list[tuple[Table, Chain]]:
        """The base chains at a hook in the order in which they run."""
        if self._base_chains is None:
            self._base_chains = {}
            for table in self.tables.values():
                for chain in table.chains.values():
                    if chain.hook is not None:
                        self._base_chains.setdefault((table.version, chain.hook), []).append((table, chain))
            for chains in self._base_chains.values():
                chains.sort(key=lambda pair: pair[1].priority)
        return self._base_chains.get((version, hook), [])

    def __iter__(self) -> Iterator[Table]:
        return iter(self.tables.values())


def traverse(table: Table, base: Chain, context: RuleContext, hits: list[RuleHit]) -> Verdict:
    """Walk a base chain as the kernel does; append every rule that matched to ``hits``; return what ended the walk."""
    chain, index = base, 0
    callers: list[tuple[Chain, int]] = []
    while True:
        if index == len(chain.rules):
            if not callers:
                return base.policy
            chain, index = callers.pop()
            continue
        rule = chain.rules[index]
        index += 1
        if not all(match.matches(context) for match in rule.matches):
            continue
        hits.append(RuleHit(table.name, chain.name, index, rule))
        match rule.target:
            case Jump(name):
                callers.append((chain, index))
                chain, index = table.chains[name], 0
            case Return():
                if not callers:
                    return base.policy
                chain, index = callers.pop()
            case SetMark() as set_mark:
                context.mark = set_mark.apply(context.mark)
            case Continue():
                continue
            case verdict:
                return verdict
