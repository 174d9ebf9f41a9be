"""Which score of an attempt counts: the newest that a person gave, else the newest that the engine found."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import QuerySet

from quizzes.models import Attempt, Grade, ManualGrade
from quizzes.percentages import percent_of

COUNTING = ("attempt", "run", "raw_score", "deductions", "score", "max_score")
"""What of a grade says how much it is worth."""


@dataclass(frozen=True, slots=True)
class Score:
    """What counts of one attempt. `grade` is the engine's newest, `before` the one before it; `manual` the person's,
    where it wins over them."""

    attempt: Attempt
    grade: Grade
    manual: ManualGrade | None
    before: Grade | None = None

    @property
    def score(self) -> Decimal:
        return self.grade.score if self.manual is None or self.manual.score is None else self.manual.score

    @property
    def max_score(self) -> Decimal:
        return self.grade.max_score

    @property
    def percent(self) -> Decimal:
        """0 to 100."""
        return percent_of(self.score, self.max_score)

    @property
    def passed(self) -> bool:
        return self.percent >= self.attempt.pass_percent


def score_of(attempt: Attempt) -> Score | None:
    """None until it is graded. Reads attempt.grades and attempt.manual_grades, which lists prefetch."""
    return counted(attempt, attempt.grades.all(), attempt.manual_grades.all())


def scores_of(attempts: QuerySet[Attempt]) -> dict[int, Score]:
    """score_of by attempt, for as many as a class has, in three queries; without those that are not graded."""
    keys = attempts.order_by().values("pk")
    grades: dict[int, list[Grade]] = defaultdict(list)
    for grade in Grade.objects.filter(attempt__in=keys).only(*COUNTING).order_by():
        grades[grade.attempt_id].append(grade)
    manual_grades: dict[int, list[ManualGrade]] = defaultdict(list)
    for row in ManualGrade.objects.filter(attempt__in=keys).order_by():
        manual_grades[row.attempt_id].append(row)
    found = (counted(attempt, grades[attempt.pk], manual_grades[attempt.pk]) for attempt in attempts)
    return {score.attempt.pk: score for score in found if score is not None}


def counted(attempt: Attempt, grades: Iterable[Grade], manual_grades: Iterable[ManualGrade]) -> Score | None:
    found = list(grades)
    if not found:
        return None
    if len(found) > 1:
        found.sort(key=lambda grade: grade.run)
    manual = max(manual_grades, key=lambda row: row.pk, default=None)
    before = found[-2] if len(found) > 1 else None
    return Score(attempt, found[-1], None if manual is None or manual.score is None else manual, before)


def best(scores: list[Score]) -> Score | None:
    """The best of a learner's attempts at a quiz: it is the one that counts."""
    return max(scores, key=lambda score: (score.percent, -score.attempt.number), default=None)
