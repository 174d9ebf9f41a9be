"""What a change did to the nodes: devices and routes that came or went, and how many rules there are now.

differences(before, after) → (MachineDifference, ...)      both `machines` of lessons.playground.stage.play
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Machine = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RuleCount:
    name: str
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class MachineDifference:
    """Lines as `ip` prints them; `rules` only where their number changed."""

    name: str
    devices_added: tuple[str, ...]
    devices_removed: tuple[str, ...]
    routes_added: tuple[str, ...]
    routes_removed: tuple[str, ...]
    rules: tuple[RuleCount, ...]


def differences(before: Sequence[Machine], after: Sequence[Machine]) -> tuple[MachineDifference, ...]:
    """Only machines that differ; a machine that is there on one side only differs in everything."""
    return tuple(_differences(before, after))


def _differences(before: Sequence[Machine], after: Sequence[Machine]) -> Iterator[MachineDifference]:
    old, new = ({machine["name"]: machine for machine in machines} for machines in (before, after))
    for name in dict.fromkeys([*old, *new]):
        was, now = old.get(name, NOTHING), new.get(name, NOTHING)
        found = MachineDifference(
            name,
            *_added_and_removed(was["devices"], now["devices"]),
            *_added_and_removed(was["routes"], now["routes"]),
            tuple(
                RuleCount(sort, was["rules"].get(sort, 0), now["rules"].get(sort, 0))
                for sort in dict.fromkeys([*was["rules"], *now["rules"]])
                if was["rules"].get(sort, 0) != now["rules"].get(sort, 0)
            ),
        )
        if found != MachineDifference(name, (), (), (), (), ()):
            yield found


NOTHING: Machine = {"devices": (), "routes": (), "rules": {}}


def _added_and_removed(was: Sequence[str], now: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return tuple(line for line in now if line not in was), tuple(line for line in was if line not in now)
