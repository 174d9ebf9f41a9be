"""The histogram of a regrade: where its bars and labels stand. The table beside it has the same numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import wrap

from quizzes.regrading.table import Bar

HEIGHT, TOP, BOTTOM = 220, 28, 168
LINE = 9  # letters below a bar
LEFT, STEP, GAP = 12, 62, 10


@dataclass(frozen=True, slots=True)
class FootLine:
    text: str
    y: int


@dataclass(frozen=True, slots=True)
class DrawnBar:
    """In units of the view box. `tone`: gain, loss or same; `foot` is what stands below, in one or two lines."""

    x: int
    y: int
    width: int
    height: int
    middle: int
    tone: str
    number: int
    number_y: int
    foot: tuple[FootLine, ...]


@dataclass(frozen=True, slots=True)
class Plot:
    width: int
    height: int
    bottom: int
    bars: tuple[DrawnBar, ...]


def plot_of(bars: Sequence[Bar]) -> Plot:
    most = max((bar.number for bar in bars), default=1) or 1
    drawn = tuple(draw(bar, place, most) for place, bar in enumerate(bars))
    return Plot(2 * LEFT + STEP * len(bars), HEIGHT, BOTTOM, drawn)


def draw(bar: Bar, place: int, most: int) -> DrawnBar:
    height = round((BOTTOM - TOP) * bar.number / most)
    height = max(height, 3) if bar.number else 0
    x = LEFT + STEP * place + GAP // 2
    tone = "gain" if bar.high > 0 else "loss" if bar.low < 0 else "same"
    lines = wrap(bar.label.replace(" %", "\N{NO-BREAK SPACE}%"), LINE)
    foot = tuple(FootLine(text, BOTTOM + 20 + 17 * number) for number, text in enumerate(lines))
    top, width = BOTTOM - height, STEP - GAP
    return DrawnBar(x, top, width, height, x + width // 2, tone, bar.number, top - 7, foot)
