"""Rules in chains, and the chains of a table by name, some of which are written down only when somebody looks."""

from __future__ import annotations

from collections.abc import Callable, ItemsView, Iterable, Iterator, KeysView, Mapping, ValuesView
from dataclasses import dataclass, field
from typing import Any

from netsim.linux.netfilter.basechains import Outcome
from netsim.linux.netfilter.context import Hook, Priority, RuleContext
from netsim.linux.netfilter.matches import Match
from netsim.linux.netfilter.rulelist import WORTH_AN_INDEX, RuleList
from netsim.linux.netfilter.rules import Rule
from netsim.linux.netfilter.targets import Accept, Drop, Target


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


Write = Callable[[], Mapping[str, Chain]]


class Chains(dict[str, Chain]):
    """A dict that can be promised chains: a packet needs few of the thousands that kube-proxy writes.

    A promised chain is there as soon as it is asked for by name; asking for all chains writes every promised one.
    """

    def __init__(self) -> None:
        super().__init__()
        self._promised: dict[str, Write] = {}
        self._led_to: set[str] = set()

    def promise(self, names: Iterable[str], write: Write, leading_to: str) -> None:
        """``write`` makes the chains of these names, and others, called ``leading_to``…, that only they lead to."""
        for name in names:
            self._promised[name] = write
        self._led_to.add(leading_to)

    def _look_for(self, name: object) -> bool:
        """Write what may hold the chain; whether it is there."""
        if super().__contains__(name):
            return True
        if name in self._promised:
            self._keep(self._promised[str(name)])
        elif isinstance(name, str) and any(name.startswith(prefix) for prefix in self._led_to):
            self._write_all()
        return super().__contains__(name)

    def _write_all(self) -> None:
        for write in dict.fromkeys(self._promised.values()):
            self._keep(write)

    def _keep(self, write: Write) -> None:
        for name, chain in write().items():
            self._promised.pop(name, None)
            super().setdefault(name, chain)

    def __missing__(self, name: str) -> Chain:
        if self._look_for(name):
            return super().__getitem__(name)
        raise KeyError(name)

    def __contains__(self, name: object) -> bool:
        return name in self._promised or self._look_for(name)

    def __delitem__(self, name: str) -> None:
        self._look_for(name)
        super().__delitem__(name)

    def __iter__(self) -> Iterator[str]:
        self._write_all()
        return super().__iter__()

    def __len__(self) -> int:
        self._write_all()
        return super().__len__()

    def keys(self) -> KeysView[str]:  # type: ignore[override]
        self._write_all()
        return super().keys()

    def values(self) -> ValuesView[Chain]:  # type: ignore[override]
        self._write_all()
        return super().values()

    def items(self) -> ItemsView[str, Chain]:  # type: ignore[override]
        self._write_all()
        return super().items()

    def get(self, name: str, default: Any = None) -> Any:
        return super().__getitem__(name) if self._look_for(name) else default

    def setdefault(self, name: str, default: Chain) -> Chain:
        return super().__getitem__(name) if self._look_for(name) else super().setdefault(name, default)

    def pop(self, name: str, *default: Any) -> Any:
        self._look_for(name)
        return super().pop(name, *default)

    def clear(self) -> None:
        self._promised.clear()
        super().clear()
