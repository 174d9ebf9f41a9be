"""Services above the nodes, each tied to the Pods behind it by a line that turns corners.

    place(services, boxes, width) → where each Service stands, in which row, and how its lines run

A Service's lines go down to a height of its own, sideways, and down to its Pods. One whose Pods lie between two Pods of
another stands below the other's line, so that nested sets of Pods are drawn without a crossing. Where sets interleave
some crossing is unavoidable; then the order of the heights is the one with fewest.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise, permutations

from lessons.picture.canvas import Box

WIDTH, LINE_HEIGHT, PADDING = 192, 16, 10
GAP = 18
FIRST_TURN, TURN_STEP = 10, 7
FIRST_DROP, LAST_DROP, DROP_STEP = 46, 64, 12
"""Where lines meet a Pod, right of its middle, so that they do not run through the caption of its node."""
MOST_PERMUTED = 6


@dataclass(frozen=True, slots=True)
class ServiceLabel:
    """`pods` are the ready endpoints as NAMESPACE/NAME; lines of the label are separated by line feeds; `role` is the
    word that marks it as who is asked, "" otherwise."""

    name: str
    label: str
    pods: tuple[str, ...]
    role: str = ""


@dataclass(frozen=True, slots=True)
class Placed:
    """A Service's box, and for each Pod drawn behind it where its line arrives; `turn` is below the box."""

    service: ServiceLabel
    box: Box
    turn: float
    drops: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class _Wish:
    """A Service with the places on its Pods' tops that its lines want; `row` counts the Services that enclose it."""

    service: ServiceLabel
    drops: Mapping[str, float]
    row: int

    @property
    def middle(self) -> float:
        return (min(self.drops.values()) + max(self.drops.values())) / 2 if self.drops else 0.0


def height(services: Sequence[ServiceLabel], pods: Mapping[str, Box]) -> float:
    """Room from the top of the first row to the nodes, 0 without Services."""
    wishes = _wishes(services, pods)
    return sum(_row_height(wishes, row) for row in range(_rows(wishes)))


def place(
    services: Sequence[ServiceLabel], pods: Mapping[str, Box], left: float, right: float, top: float
) -> list[Placed]:
    """`pods` are the boxes of the drawn Pods; each row is as wide as from `left` to `right`, or wider if it must be."""
    wishes = _wishes(services, pods)
    placed: list[Placed] = []
    for row in range(_rows(wishes)):
        in_row = sorted((wish for wish in wishes if wish.row == row), key=lambda wish: wish.middle)
        if not in_row:
            continue
        xs = _spread([wish.middle if wish.drops else (left + right) / 2 for wish in in_row], left, right)
        levels = _levels(in_row, xs)
        tallest = max(map(_height, in_row))
        for wish, x, level in zip(in_row, xs, levels, strict=True):
            box = Box(x, top + tallest - _height(wish) / 2, WIDTH, _height(wish))
            placed.append(Placed(wish.service, box, FIRST_TURN + TURN_STEP * level, wish.drops))
        top += _row_height(wishes, row)
    return placed


def crossings(placed: Sequence[Placed]) -> int:
    """How often the lines of these Services cross each other."""
    return sum(_crosses(one, other) for one in placed for other in placed if one is not other)


def _wishes(services: Sequence[ServiceLabel], pods: Mapping[str, Box]) -> list[_Wish]:
    """Lines of several Services to one Pod arrive side by side."""
    drawn = [(service, [pod for pod in service.pods if pod in pods]) for service in services]
    lines = Counter(pod for _, behind in drawn for pod in behind)
    taken: Counter[str] = Counter()
    wishes = []
    for service, behind in drawn:
        drops = {}
        for pod in behind:
            step = min(DROP_STEP, (LAST_DROP - FIRST_DROP) / max(1, lines[pod] - 1))
            drops[pod] = pods[pod].x + FIRST_DROP + step * taken[pod]
            taken[pod] += 1
        wishes.append(_Wish(service, drops, 0))
    return [_Wish(wish.service, wish.drops, sum(_encloses(other, wish) for other in wishes)) for wish in wishes]


def _encloses(outer: _Wish, inner: _Wish) -> bool:
    """Whether the inner one's box and lines fit between two neighboring lines of the outer one."""
    if outer is inner or not inner.drops:
        return False
    low = min([*inner.drops.values(), inner.middle - WIDTH / 2])
    high = max([*inner.drops.values(), inner.middle + WIDTH / 2])
    return any(left < low and high < right for left, right in pairwise(sorted(outer.drops.values())))


def _rows(wishes: Sequence[_Wish]) -> int:
    return max((wish.row for wish in wishes), default=-1) + 1


def _height(wish: _Wish) -> float:
    return LINE_HEIGHT * len(wish.service.label.split("\n")) + PADDING


def _row_height(wishes: Sequence[_Wish], row: int) -> float:
    in_row = [wish for wish in wishes if wish.row == row]
    return max(map(_height, in_row)) + FIRST_TURN + TURN_STEP * len(in_row) + 4 if in_row else 0


def _spread(wanted: Sequence[float], left: float, right: float) -> list[float]:
    """The wanted middles, moved apart from left to right, then back from the right edge where there is no room."""
    pitch = WIDTH + GAP
    xs: list[float] = []
    for x in wanted:
        least = xs[-1] + pitch if xs else left + WIDTH / 2
        xs.append(max(x, least))
    limit = max(right, left + len(wanted) * pitch - GAP) - WIDTH / 2
    for index in reversed(range(len(xs))):
        xs[index] = min(xs[index], limit)
        limit = xs[index] - pitch
    return xs


def _levels(in_row: Sequence[_Wish], xs: Sequence[float]) -> Sequence[int]:
    """For each Service of a row how many others turn above it: the order with fewest crossings."""
    numbers = range(len(in_row))
    if len(in_row) > MOST_PERMUTED:
        by_width = sorted(numbers, key=lambda n: -_reach(in_row[n], xs[n]))
        return [by_width.index(number) for number in numbers]

    def cost(levels: Sequence[int]) -> int:
        lines = [
            Placed(w.service, Box(x, 0, 0, 0), level + 1, w.drops)
            for w, x, level in zip(in_row, xs, levels, strict=True)
        ]
        return crossings(lines)

    return min(permutations(numbers), key=cost)


def _reach(wish: _Wish, x: float) -> float:
    return max([x, *wish.drops.values()]) - min([x, *wish.drops.values()])


def _crosses(one: Placed, other: Placed) -> int:
    """How many upright lines of `one` cross the sideways line of `other`."""
    if not one.drops or not other.drops:
        return 0
    left, right = min([other.box.x, *other.drops.values()]), max([other.box.x, *other.drops.values()])
    level, across = one.box.bottom + one.turn, other.box.bottom + other.turn
    drops = sum(left < x < right for x in one.drops.values()) if level < across else 0
    stem = int(left < one.box.x < right and one.box.bottom < across < level)
    return drops + stem
