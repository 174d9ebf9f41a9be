"""Where the lines, bars and labels of the pictures stand, in units of their view boxes; templates draw them.

Numbers are texts that do not depend on the language. Every picture has a table with the same numbers beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from quizzes.statistics import measures
from quizzes.statistics.items import ItemStatistics
from quizzes.statistics.overview import Week

WIDTH, HEIGHT = 400, 290
LEFT, RIGHT, TOP, BOTTOM = 48, 374, 28, 230
MOST_DATES = 6
WIDE, HIGH = 16.0, 13.0  # what the number of a point takes up
AROUND = ((0, -11), (17, 4), (-17, 4), (0, 22), (19, -9), (-19, -9), (19, 17), (-19, 17), (0, -26), (0, 36))


@dataclass(frozen=True, slots=True)
class Mark:
    """A label, a bar or a point. `shape` is a class of the style sheet, `title` names what it shows.

    `width` and `height` are a bar's; of a point `label_x` and `label_y` say where its text stands.
    """

    x: str
    y: str
    text: str = ""
    width: str = ""
    height: str = ""
    label_x: str = ""
    label_y: str = ""
    shape: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class Plot:
    """`marks` are bars or points; `guides` are lines: class, x1, y1, x2, y2."""

    x_labels: tuple[Mark, ...]
    y_labels: tuple[Mark, ...]
    marks: tuple[Mark, ...]
    guides: tuple[tuple[str, str, str, str, str], ...] = ()
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = RIGHT
    top: int = TOP
    bottom: int = BOTTOM
    middle_x: int = (LEFT + RIGHT) // 2
    middle_y: int = (TOP + BOTTOM) // 2
    foot: int = BOTTOM + 22
    title_y: int = BOTTOM + 48


def histogram(fractions: Sequence[float], pass_percent: int) -> Plot:
    """Learners for each tenth of the points; a guide stands where the quiz is passed."""
    counts = measures.histogram(fractions)
    top = scale_top(max(counts))
    step = (RIGHT - LEFT) / len(counts)
    bars = tuple(
        Mark(
            x=text(LEFT + step * number + 2),
            y=text(y_of(count / top)),
            width=text(step - 4),
            height=text(BOTTOM - y_of(count / top)),
            text=str(count) if count else "",
            shape="bar bar--passed" if 100 * number / len(counts) >= pass_percent else "bar",
        )
        for number, count in enumerate(counts)
    )
    passing = text(x_of(pass_percent / 100))
    return Plot(
        x_labels=tuple(Mark(text(x_of(share / 100)), "", f"{share} %") for share in range(0, 101, 20)),
        y_labels=counts_axis(top),
        marks=bars,
        guides=(("guide", passing, str(TOP - 8), passing, str(BOTTOM)),),
    )


def scatter(items: Sequence[ItemStatistics]) -> Plot | None:
    """Questions by facility and discrimination, from -0.5 (or the lowest) to 1; None where no question has both.

    A question with a finding is a diamond, the others are circles. Numbers that would touch stand aside.
    """
    shown = [item for item in items if item.enough and item.discrimination is not None]
    if not shown:
        return None
    lowest = -1.0 if min(item.discrimination or 0.0 for item in shown) < -0.45 else -0.5
    places = [(x_of(item.facility), y_of(((item.discrimination or 0.0) - lowest) / (1 - lowest))) for item in shown]
    taken = [(x, y + 4) for x, y in places]
    points = []
    for item, (x, y) in zip(shown, places, strict=True):
        shape = "diamond" if item.findings else "dot"
        label_x, label_y = map(text, free_place(x, y, taken))
        points.append(
            Mark(text(x), text(y), str(item.number), label_x=label_x, label_y=label_y, shape=shape, title=item.slug)
        )
    zero = text(y_of(-lowest / (1 - lowest)))
    ticks = [lowest + 0.5 * number for number in range(round((1 - lowest) / 0.5) + 1)]
    return Plot(
        x_labels=tuple(Mark(text(x_of(share / 100)), "", f"{share} %") for share in range(0, 101, 20)),
        y_labels=tuple(
            Mark("", text(y_of((tick - lowest) / (1 - lowest))), f"{tick:g}".replace("-", "−")) for tick in ticks
        ),
        marks=tuple(points),
        guides=(("guide", str(LEFT), zero, str(RIGHT), zero),),
    )


def free_place(x: float, y: float, taken: list[tuple[float, float]]) -> tuple[float, float]:
    """Where the number of a point may stand without touching another one; the last place if none is free."""
    place = (x, y)
    for dx, dy in AROUND:
        place = (x + dx, y + dy)
        if all(abs(place[0] - other[0]) > WIDE or abs(place[1] - other[1]) > HIGH for other in taken):
            break
    taken.append(place)
    return place


def progress(weeks: Sequence[Week]) -> Plot | None:
    """First attempts each week as bars; None for fewer than two weeks."""
    if len(weeks) < 2:
        return None
    top = scale_top(max(week.count for week in weeks))
    step = (RIGHT - LEFT) / len(weeks)
    middles = [LEFT + step * (number + 0.5) for number in range(len(weeks))]
    every = ceil(len(weeks) / MOST_DATES)
    bars = [
        Mark(
            x=text(x - step * 0.36),
            y=text(y_of(week.count / top)),
            width=text(step * 0.72),
            height=text(BOTTOM - y_of(week.count / top)),
            shape="bar bar--passed",
        )
        for x, week in zip(middles, weeks, strict=True)
    ]
    return Plot(
        x_labels=tuple(
            Mark(text(x), "", f"{week.begins:%m-%d}")
            for number, (x, week) in enumerate(zip(middles, weeks, strict=True))
            if number % every == 0
        ),
        y_labels=counts_axis(top),
        marks=tuple(bars),
    )


def counts_axis(top: int) -> tuple[Mark, ...]:
    return tuple(Mark("", text(y_of(part / 4)), str(top * part // 4)) for part in range(5))


def scale_top(most: int) -> int:
    """The end of an axis of counts: the smallest of 4, 8, 20, 40, 80, 200, … that holds them all."""
    size = 1
    while most > 20 * size:
        size *= 10
    return next(end for end in (4 * size, 8 * size, 20 * size) if most <= end)


def x_of(share: float) -> float:
    return LEFT + (RIGHT - LEFT) * share


def y_of(share: float) -> float:
    return BOTTOM - (BOTTOM - TOP) * share


def text(value: float) -> str:
    return f"{round(value, 1):g}"
