"""The newest grades and marks of first attempts, in a number of queries that does not depend on how many there are."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from quizzes.models import Grade, Mark, Quiz
from quizzes.statistics.scopes import Scope


@dataclass(frozen=True, slots=True)
class Answered:
    """One question of one attempt. `seconds`: since the answer saved before it; None for one that was not saved."""

    mark: int
    attempt: int
    slug: str
    position: int
    revision: int
    response: Any
    points: int
    earned: float
    verdict: str
    seconds: float | None

    @property
    def fraction(self) -> float:
        return self.earned / self.points


def newest_grades(scope: Scope) -> QuerySet[Grade]:
    later = Grade.objects.filter(attempt=OuterRef("attempt"), run__gt=OuterRef("run")).order_by()
    return Grade.objects.filter(~Exists(later), attempt__in=scope.first_attempts(), max_score__gt=0).order_by()


def answered(scope: Scope, quiz: Quiz) -> tuple[Answered, ...]:
    """Every question of every first attempt at a quiz, without those that a regrade dropped (worth no points)."""
    marks = Mark.objects.filter(grade__in=newest_grades(scope).filter(attempt__quiz=quiz), points__gt=0)
    found = marks.order_by("answer__attempt", "answer__position").values_list(
        "pk",
        "answer__attempt",
        "answer__revision__slug",
        "answer__revision__question__position",
        "answer__revision",
        "answer__response",
        "points",
        "earned",
        "verdict",
        "answer__saved_at",
        "answer__attempt__started_at",
    )
    rows = list(found)
    times = seconds_of([(row[0], row[1], row[9], row[10]) for row in rows])
    return tuple(
        Answered(row[0], row[1], row[2], row[3] or 0, row[4], row[5], row[6], float(row[7]), row[8], times.get(row[0]))
        for row in rows
    )


def seconds_of(saves: list[tuple[int, int, datetime | None, datetime]]) -> dict[int, float]:
    """For each mark the seconds between the last save of its answer and the save or the start before it.

    `saves`: (mark, attempt, saved_at, started_at). An answer that was never saved has none.
    """
    by_attempt: dict[int, list[tuple[datetime, int, datetime]]] = defaultdict(list)
    for mark, attempt, saved_at, started_at in saves:
        if saved_at is not None:
            by_attempt[attempt].append((saved_at, mark, started_at))
    seconds: dict[int, float] = {}
    for saved in by_attempt.values():
        before = saved[0][2]
        for moment, mark, _started_at in sorted(saved):
            seconds[mark] = (moment - before).total_seconds()
            before = moment
    return seconds
