"""The rules of one chain, with an index of those that can match one destination only.

The kernel compares a packet with rule after rule. A chain of kube-proxy's may have thousands of them that ask for one
address or port each; the engine goes straight to those that ask for the packet's, and still counts the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from netsim.linux.netfilter.context import RuleContext
from netsim.linux.netfilter.matches import Destination, DestinationPort, Statistic
from netsim.linux.netfilter.rules import Rule
from netsim.packet import Protocol

WORTH_AN_INDEX = 16
"""Shorter chains are walked rule by rule."""


class RuleList(list[Rule]):
    """A list that forgets its index whenever it changes."""

    _index: Index | None = None

    def candidates(self, context: RuleContext) -> Iterator[tuple[int, Rule]]:
        """The rules that may match the packet, in order, with their numbers from 1; the others certainly do not."""
        if self._index is None:
            self._index = _index_of(self)
        return ((place + 1, self[place]) for place in self._index.places(context))


def _forgetting(name: str) -> Callable[..., Any]:
    change = getattr(list, name)

    def method(self: RuleList, *arguments: Any, **options: Any) -> Any:
        self._index = None
        return change(self, *arguments, **options)

    return method


for _name in ("append", "insert", "extend", "pop", "remove", "clear", "reverse", "sort",
              "__setitem__", "__delitem__", "__iadd__", "__imul__"):  # fmt: skip
    setattr(RuleList, _name, _forgetting(_name))


@dataclass(frozen=True, slots=True)
class Index:
    """Places by the exact destination address or port that the rules there ask for; ``others`` ask for neither."""

    by_address: dict[int, list[int]]
    by_port: dict[tuple[Protocol, int], list[int]]
    others: list[int]

    def places(self, context: RuleContext) -> Sequence[int]:
        found = self.by_address.get(context.destination, [])
        if context.destination_port is not None:
            found = found + self.by_port.get((context.protocol, context.destination_port), [])
        return sorted(found + self.others)


def _index_of(rules: Iterable[Rule]) -> Index:
    index = Index({}, {}, [])
    for place, rule in enumerate(rules):
        match _exact(rule):
            case Destination() as match:
                index.by_address.setdefault(int(match.network.network_address), []).append(place)
            case DestinationPort(protocol, port):
                index.by_port.setdefault((protocol, port), []).append(place)
            case _:
                index.others.append(place)
    return index


def _exact(rule: Rule) -> Destination | DestinationPort | None:
    """What the rule asks for and only one destination can be; a rule that rolls dice is asked every time."""
    exact: Destination | DestinationPort | None = None
    for match in rule.matches:
        if isinstance(match, Statistic):
            return None
        if isinstance(match, Destination) and not match.negate and match.is_one_address:
            return match
        if isinstance(match, DestinationPort):
            exact = match
    return exact
