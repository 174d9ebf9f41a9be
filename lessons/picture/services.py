"""What stands above the nodes, Services before all, each tied to Pods by a line that turns corners.

    place(items, pods, span, top, lines) → Arrangement: where each item stands, in which row, how its lines run

An item's lines go down to a height of its own, sideways, and down to its Pods. One whose Pods lie between two Pods of
another stands below the other's line, so that nested sets of Pods are drawn without a crossing. Where sets interleave
some crossing is unavoidable; then the order of the heights is the one with fewest. Lines that come from above, to an
item or to a Pod, pass beside the items that are in their way.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from lessons.picture.canvas import Box
from lessons.picture.channels import GAP, Line, corridor, levels, room, spread, turn

WIDTH, LINE_HEIGHT, PADDING = 192, 16, 10
FIRST_DROP, LAST_DROP, DROP_STEP = 46, 64, 12
"""Where lines meet a Pod, right of its middle, so that they do not run through the caption of its node."""
ARRIVAL_STEP = 16
"""How far apart several lines from above meet an item."""
LINE_GAP = 4
"""How far apart lines stand that pass items on the same way."""


@dataclass(frozen=True, slots=True)
class Item:
    """A box that is to stand above the nodes; `pods` are those that it is tied to, as NAMESPACE/NAME."""

    name: str
    pods: tuple[str, ...]
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class ServiceLabel:
    """`pods` are the ready endpoints as NAMESPACE/NAME; lines of the label are separated by line feeds; `role` is the
    word that marks it as who is asked, "" otherwise."""

    name: str
    label: str
    pods: tuple[str, ...]
    role: str = ""

    @property
    def item(self) -> Item:
        return Item(self.name, self.pods, WIDTH, LINE_HEIGHT * len(self.label.split("\n")) + PADDING)


@dataclass(frozen=True, slots=True)
class Placed:
    """An item's box, and for each of its Pods that is drawn where its line arrives; `turn` is below the box."""

    item: Item
    box: Box
    turn: float
    drops: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Passage:
    """A line from above to `target`: past `depth` rows of items at `way`, then at the height `turn` to `x` on its
    top. In front of the first row there is nothing to pass, and `way` is `x`."""

    target: str
    depth: int
    way: float
    x: float
    turn: float = 0


@dataclass(frozen=True, slots=True)
class Arrangement:
    """`passages` are in the order of the lines that were asked for; `bottom` is where the nodes may begin."""

    placed: tuple[Placed, ...]
    passages: tuple[Passage, ...]
    bottom: float


@dataclass(frozen=True, slots=True)
class _Wish:
    """An item with the places on its Pods' tops that its lines want; `row` counts the items that enclose it."""

    item: Item
    drops: Mapping[str, float]
    row: int

    @property
    def middle(self) -> float:
        return (min(self.drops.values()) + max(self.drops.values())) / 2 if self.drops else 0.0


Row = Sequence[tuple[_Wish, Box]]


def place(
    items: Sequence[Item], pods: Mapping[str, Box], span: tuple[float, float], top: float,
    lines: Sequence[str] = (),
) -> Arrangement:  # fmt: skip
    """`pods` are the boxes of the drawn Pods, of which only what is left and right counts; each row is as wide as
    `span`, (left, right), or wider if it must be. `lines` are the targets of lines from above: an item's name, or a
    Pod of `pods`."""
    rows, passages = _laid_out(items, pods, span, lines, frozenset())
    if from_left := frozenset(passage.target for passage in passages if _comes_from_left(passage, rows)):
        rows, passages = _laid_out(items, pods, span, lines, from_left)
    placed: list[Placed] = []
    for number, row in enumerate(rows):
        arriving = [n for n, passage in enumerate(passages) if passage.depth == number + 1]
        bottom = top + max((wish.item.height for wish, _ in row), default=0)
        found = levels(
            [Line(box.x, tuple(wish.drops.values())) for wish, box in row]
            + [Line(passages[n].way, (passages[n].x,)) for n in arriving]
        )
        for (wish, box), level in zip(row, found, strict=False):
            standing = box._replace(y=bottom - wish.item.height / 2)
            placed.append(Placed(wish.item, standing, turn(level), wish.drops))
        for n, level in zip(arriving, found[len(row) :], strict=True):
            passages[n] = replace(passages[n], turn=bottom + turn(level))
        top = bottom + room(len(found))
    return Arrangement(tuple(placed), tuple(passages), top)


def _laid_out(
    items: Sequence[Item], pods: Mapping[str, Box], span: tuple[float, float], lines: Sequence[str],
    first: Collection[str],
) -> tuple[list[Row], list[Passage]]:  # fmt: skip
    """Items in their rows, heights still open, and the ways of the lines. On the Pods of `first` lines from above
    arrive left of those from items, on others right of them."""
    above = Counter(lines)
    wishes = _wishes(items, pods, above, Counter({pod: above[pod] for pod in first}))
    number_of_rows = max((wish.row for wish in wishes), default=-1) + 1
    rows = []
    for number in range(number_of_rows):
        in_row = [wish for wish in wishes if wish.row == number]
        rows.append(_row(in_row, _between(in_row, wishes) or span))
    return rows, _passages(lines, rows, pods, span[0], first)


def _comes_from_left(passage: Passage, rows: Sequence[Row]) -> bool:
    """Whether a line to a Pod passes left of all items that have a line to it."""
    stems = [box.x for row in rows for wish, box in row if passage.target in wish.drops]
    return bool(stems) and passage.way < min(stems)


def _wishes(items: Sequence[Item], pods: Mapping[str, Box], above: Counter[str], taken: Counter[str]) -> list[_Wish]:
    """Lines of several items to one Pod arrive side by side; room is left for those from `above`, and to the left of
    theirs for those that have `taken` it."""
    drawn = [(item, [pod for pod in item.pods if pod in pods]) for item in items]
    lines = Counter(pod for _, behind in drawn for pod in behind) + above
    wishes = []
    for item, behind in drawn:
        drops = {}
        for pod in behind:
            drops[pod] = _drop(pods[pod], taken[pod], lines[pod])
            taken[pod] += 1
        wishes.append(_Wish(item, drops, 0))
    return [_Wish(wish.item, wish.drops, sum(_encloses(other, wish) for other in wishes)) for wish in wishes]


def _drop(pod: Box, number: int, lines: int) -> float:
    """Where a line meets a Pod, of so many that do."""
    return pod.x + FIRST_DROP + number * min(DROP_STEP, (LAST_DROP - FIRST_DROP) / max(1, lines - 1))


def _encloses(outer: _Wish, inner: _Wish) -> bool:
    return outer is not inner and _gap(outer, inner) is not None


def _gap(outer: _Wish, inner: _Wish) -> tuple[float, float] | None:
    """The two neighboring lines of the outer one between which the inner one's box and lines fit."""
    if not inner.drops:
        return None
    low = min([*inner.drops.values(), inner.middle - inner.item.width / 2])
    high = max([*inner.drops.values(), inner.middle + inner.item.width / 2])
    gaps = pairwise(sorted(outer.drops.values()))
    return next(((left, right) for left, right in gaps if left < low and high < right), None)


def _between(in_row: Sequence[_Wish], wishes: Sequence[_Wish]) -> tuple[float, float] | None:
    """The gap of another's lines in which all items of a row stand, None where there is no such one."""
    gaps = [{_gap(outer, inner) for outer in wishes if _encloses(outer, inner)} for inner in in_row]
    common = [gap for gap in set.intersection(*gaps) if gap] if gaps else []
    left, right = max(common, default=(0, 0))
    return (left + GAP / 2, right - GAP / 2) if common else None


def _row(wishes: Sequence[_Wish], span: tuple[float, float]) -> Row:
    """From left to right; heights are not known yet."""
    in_row = sorted(wishes, key=lambda wish: wish.middle)
    wanted = [wish.middle if wish.drops else sum(span) / 2 for wish in in_row]
    xs = spread(wanted, [wish.item.width for wish in in_row], *span)
    return [(wish, Box(x, 0, wish.item.width, wish.item.height)) for wish, x in zip(in_row, xs, strict=True)]


def _passages(
    lines: Sequence[str], rows: Sequence[Row], pods: Mapping[str, Box], left: float, first: Collection[str]
) -> list[Passage]:
    standing = {wish.item.name: (depth, box) for depth, row in enumerate(rows) for wish, box in row}
    behind = Counter(pod for row in rows for wish, _ in row for pod in wish.drops)
    several, taken = Counter(lines), Counter[str]()
    found: list[Passage] = []
    for target in lines:
        if target in pods:
            before = 0 if target in first else behind[target]
            depth, x = len(rows), _drop(pods[target], before + taken[target], behind[target] + several[target])
        else:
            depth, box = standing[target]
            x = box.x + (taken[target] - (several[target] - 1) / 2) * ARRIVAL_STEP
        taken[target] += 1
        way = corridor(x, [box for row in rows[:depth] for _, box in row], left)
        found.append(Passage(target, depth, way + LINE_GAP * sum(each.way == way for each in found), x))
    return found
