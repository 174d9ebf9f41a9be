"""Practice day by day: where the bars of the plot stand. The table beside it has the same numbers."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from lessons.models import Learner

DAYS = 28
WIDTH, HEIGHT = 560, 150
LEFT, RIGHT, TOP, BOTTOM = 34, 556, 12, 122
GAP = 3
LEAST_TOP = 4
"""Answers that the full height stands for at least: one answer does not fill the plot."""


@dataclass(frozen=True, slots=True)
class Day:
    """A day in UTC. Places are in units of the view box; `right_y` and `wrong_y` are upper edges."""

    day: date
    right: int
    wrong: int
    x: float
    right_y: float
    right_height: float
    wrong_y: float
    wrong_height: float


@dataclass(frozen=True, slots=True)
class PracticePlot:
    days: tuple[Day, ...]
    most: int
    bar_width: float

    width, height = WIDTH, HEIGHT
    left, right, top, bottom = LEFT, RIGHT, TOP, BOTTOM
    label_y = BOTTOM + 20

    @property
    def labelled(self) -> tuple[Day, ...]:
        """One a week, today the last."""
        return self.days[6::7]

    @property
    def count(self) -> int:
        return sum(day.right + day.wrong for day in self.days)

    @property
    def right_count(self) -> int:
        return sum(day.right for day in self.days)

    @property
    def practiced(self) -> tuple[Day, ...]:
        """For the table: days without practice are left out."""
        return tuple(day for day in self.days if day.right or day.wrong)


def practice_plot(learner: Learner | None, now: datetime) -> PracticePlot:
    today = now.astimezone(UTC).date()
    first = today - timedelta(days=DAYS - 1)
    counts = counted(learner, first) if learner else Counter()
    dates = [first + timedelta(days=number) for number in range(DAYS)]
    most = max(LEAST_TOP, *(counts[day, True] + counts[day, False] for day in dates))
    step = (RIGHT - LEFT) / DAYS
    unit = (BOTTOM - TOP) / most
    places = [LEFT + number * step + GAP / 2 for number in range(DAYS)]
    days = tuple(bar(day, counts[day, True], counts[day, False], x, unit) for day, x in zip(dates, places, strict=True))
    return PracticePlot(days, most, round(step - GAP, 2))


def bar(day: date, right: int, wrong: int, x: float, unit: float) -> Day:
    right_height, wrong_height = right * unit, wrong * unit
    return Day(
        day=day,
        right=right,
        wrong=wrong,
        x=round(x, 2),
        right_y=round(BOTTOM - right_height, 2),
        right_height=round(right_height, 2),
        wrong_y=round(BOTTOM - right_height - wrong_height, 2),
        wrong_height=round(wrong_height, 2),
    )


def counted(learner: Learner, first: date) -> Counter[tuple[date, bool]]:
    """How many answers were right, and how many were not, on each day from `first` on."""
    start = datetime(first.year, first.month, first.day, tzinfo=UTC)
    graded = learner.practice_answers.filter(answered_at__gte=start, right__isnull=False).order_by()
    rows = graded.values_list("answered_at", "right")
    return Counter((at.astimezone(UTC).date(), right) for at, right in rows if at is not None and right is not None)
