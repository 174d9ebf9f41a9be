"""How near a cluster's behavior comes to a goal: both, and the behavior before, are cells of lessons.runs.behavior.

    compared(before, goal, now) → Comparison

Each cell that had to change and did earns its share; each that had to stay and did not takes a share back: doing
nothing earns nothing, and harm costs. A cell that Kubernetes leaves open (None), in the goal or now, counts neither
way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

Cell = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Difference:
    """A cell that is not as the goal has it. `number` is its place among all cells, from 0."""

    number: int
    cell: Cell
    before: str | None
    goal: str | None
    now: str | None

    def document(self) -> dict[str, Any]:
        names = ("action", "source", "destination", "port", "protocol")
        told = {name: self.cell[name] for name in names}
        return {"number": self.number, **told, "goal": self.goal, "now": self.now, "problem": self.problem}

    @property
    def problem(self) -> str:
        """still-open | now-open | still-closed | now-closed | other"""
        if self.goal == "denied" and self.now == "allowed":
            return "still-open" if self.before == "allowed" else "now-open"
        if self.goal == "allowed" and self.now == "denied":
            return "still-closed" if self.before == "denied" else "now-closed"
        return "other"


@dataclass(frozen=True, slots=True)
class Comparison:
    """How many cells had to change and did (`mended`), how many had to stay and did not (`broken`)."""

    to_change: int
    mended: int
    to_keep: int
    broken: int
    wrong: tuple[Difference, ...]

    @property
    def fraction(self) -> Fraction:
        return Fraction(max(0, self.mended - self.broken), max(1, self.to_change))

    def counts(self) -> dict[str, int]:
        return {"to_change": self.to_change, "mended": self.mended, "to_keep": self.to_keep, "broken": self.broken}


def compared(before: Sequence[Cell], goal: Sequence[Cell], now: Sequence[Cell]) -> Comparison:
    """All three have the same cells in the same order."""
    to_change = mended = to_keep = broken = 0
    wrong: list[Difference] = []
    for number, (was, wanted, found) in enumerate(zip(before, goal, now, strict=True)):
        outcomes = was["outcome"], wanted["outcome"], found["outcome"]
        if None in outcomes[1:]:
            continue
        reached = outcomes[2] == outcomes[1]
        if outcomes[0] == outcomes[1]:
            to_keep, broken = to_keep + 1, broken + (not reached)
        else:
            to_change, mended = to_change + 1, mended + reached
        if not reached:
            wrong.append(Difference(number, wanted, *outcomes))
    return Comparison(to_change, mended, to_keep, broken, tuple(wrong))
