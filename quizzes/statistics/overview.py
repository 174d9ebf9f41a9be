"""The quizzes of a course side by side, and the class's way through them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import fmean, median

from quizzes.models import Quiz
from quizzes.percentages import percent_of
from quizzes.statistics import measures
from quizzes.statistics.first_attempts import newest_grades
from quizzes.statistics.scopes import Scope

MOST_WEEKS = 26


@dataclass(frozen=True, slots=True)
class QuizSummary:
    """`scores` as in items.QuizStatistics; `passed` counts first attempts."""

    quiz: Quiz
    scores: tuple[float, ...]
    passed: int

    @property
    def count(self) -> int:
        return len(self.scores)

    @property
    def enough(self) -> bool:
        return self.count >= measures.ENOUGH

    @property
    def mean(self) -> float:
        return fmean(self.scores)

    @property
    def median(self) -> float:
        return median(self.scores)

    @property
    def passed_share(self) -> float:
        return self.passed / self.count


@dataclass(frozen=True, slots=True)
class Week:
    """`count` first attempts were submitted in the seven days from `begins`; `mean` of their scores, None for none."""

    begins: date
    count: int
    mean: float | None


@dataclass(frozen=True, slots=True)
class Overview:
    quizzes: tuple[QuizSummary, ...]
    weeks: tuple[Week, ...]

    @property
    def count(self) -> int:
        return sum(quiz.count for quiz in self.quizzes)


def overview(scope: Scope) -> Overview:
    """Two queries, however many attempts there are."""
    quizzes = Quiz.objects.filter(lesson__course=scope.course).select_related("lesson__course")
    scores: dict[int, list[float]] = defaultdict(list)
    passed: dict[int, int] = defaultdict(int)
    dated: list[tuple[date, float]] = []
    grades = newest_grades(scope).values_list(
        "attempt__quiz", "raw_score", "max_score", "attempt__pass_percent", "attempt__submitted_at"
    )
    for quiz, raw, most, pass_percent, submitted_at in grades:
        fraction = float(raw / most)
        scores[quiz].append(fraction)
        passed[quiz] += percent_of(raw, most) >= pass_percent
        if submitted_at is not None:
            dated.append((submitted_at.date(), fraction))
    return Overview(
        tuple(
            QuizSummary(quiz, tuple(scores[quiz.pk]), passed[quiz.pk]) for quiz in quizzes.order_by("lesson__position")
        ),
        weeks_of(dated),
    )


def weeks_of(dated: list[tuple[date, float]]) -> tuple[Week, ...]:
    """From the first week to the last, Mondays first, with those between in which nobody submitted; MOST_WEEKS at most,
    the newest ones."""
    if not dated:
        return ()
    by_week: dict[date, list[float]] = defaultdict(list)
    for day, fraction in dated:
        by_week[day - timedelta(days=day.weekday())].append(fraction)
    first, last = min(by_week), max(by_week)
    first = max(first, last - timedelta(weeks=MOST_WEEKS - 1))
    mondays = [first + timedelta(weeks=number) for number in range((last - first).days // 7 + 1)]
    return tuple(
        Week(monday, len(by_week[monday]), fmean(by_week[monday]) if by_week[monday] else None) for monday in mondays
    )
