"""Rows of boxes above each other, and the room between two rows, in which lines turn.

spread(wanted, widths, left, right)   where the boxes of a row stand
levels(lines)                         at which height each line turns: as few crossings as possible
crossings(lines, levels)              how many there are
corridor(x, boxes)                    where a line from above passes a row
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, permutations

from lessons.picture.canvas import Box

GAP = 18
FIRST_TURN, TURN_STEP, LAST_TURN = 10, 7, 4
MOST_PERMUTED = 6


@dataclass(frozen=True, slots=True)
class Line:
    """From above at `stem` down to one height, sideways, and down to each of `drops`."""

    stem: float
    drops: tuple[float, ...]

    @property
    def left(self) -> float:
        return min([self.stem, *self.drops])

    @property
    def right(self) -> float:
        return max([self.stem, *self.drops])

    def crosses(self, lower: Line) -> int:
        """How often it crosses a line that turns lower."""
        if not self.drops or not lower.drops:
            return 0
        drops = sum(lower.left < x < lower.right for x in self.drops)
        return drops + int(self.left < lower.stem < self.right)


def room(lines: int) -> float:
    """Height of a channel in which so many lines turn, 0 for none."""
    return FIRST_TURN + TURN_STEP * lines + LAST_TURN if lines else 0


def turn(level: int) -> float:
    """How far below the row above a line of this level turns."""
    return FIRST_TURN + TURN_STEP * level


def levels(lines: Sequence[Line]) -> Sequence[int]:
    """For each line how many others turn above it: the order with fewest crossings, or of many lines a good one."""
    numbers = range(len(lines))
    cost = [[one.crosses(other) for other in lines] for one in lines]
    if len(lines) <= MOST_PERMUTED:
        return min(permutations(numbers), key=lambda found: _crossings(cost, found))
    order: list[int] = []
    for line in sorted(numbers, key=lambda n: lines[n].left - lines[n].right):
        above = [sum(cost[line][other] for other in order[place:]) for place in range(len(order) + 1)]
        below = [sum(cost[other][line] for other in order[:place]) for place in range(len(order) + 1)]
        order.insert(min(range(len(order) + 1), key=lambda place: above[place] + below[place]), line)
    return [order.index(number) for number in numbers]


def crossings(lines: Sequence[Line], found: Sequence[int]) -> int:
    """How often these lines cross at these levels."""
    return _crossings([[one.crosses(other) for other in lines] for one in lines], found)


def _crossings(cost: Sequence[Sequence[int]], found: Sequence[int]) -> int:
    """`cost[a][b]` is how often line a crosses line b where it turns above it."""
    pairs = combinations(range(len(found)), 2)
    return sum(cost[a][b] if found[a] < found[b] else cost[b][a] for a, b in pairs)


def spread(wanted: Sequence[float], widths: Sequence[float], left: float, right: float) -> list[float]:
    """The wanted middles, moved apart from left to right, then back from the right edge where there is no room."""
    xs: list[float] = []
    edge = left
    for x, width in zip(wanted, widths, strict=True):
        xs.append(max(x, edge + width / 2))
        edge = xs[-1] + width / 2 + GAP
    limit = max(right, left + sum(widths) + GAP * (len(widths) - 1))
    for index in reversed(range(len(xs))):
        xs[index] = min(xs[index], limit - widths[index] / 2)
        limit = xs[index] - widths[index] / 2 - GAP
    return xs


def corridor(x: float, boxes: Sequence[Box], left: float) -> float:
    """The way past these boxes that is nearest to `x` and not left of `left`: in the middle of the gap beside one."""
    ways = [x, *(box.right + GAP / 2 for box in boxes), *(box.left - GAP / 2 for box in boxes)]
    free = [way for way in ways if way >= left and not any(box.left < way < box.right for box in boxes)]
    return min(free, key=lambda way: abs(way - x))
