"""Which score of an attempt counts: the newest that a person gave, else the newest that the engine found."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from quizzes.models import Attempt, Grade, ManualGrade


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
        return 100 * self.score / self.max_score if self.max_score else Decimal(0)

    @property
    def passed(self) -> bool:
        return self.percent >= self.attempt.pass_percent


def score_of(attempt: Attempt) -> Score | None:
    """None until it is graded. Reads attempt.grades and attempt.manual_grades, which lists prefetch."""
    grades = sorted(attempt.grades.all(), key=lambda grade: grade.run)
    if not grades:
        return None
    manual = max(attempt.manual_grades.all(), key=lambda row: row.pk, default=None)
    before = grades[-2] if len(grades) > 1 else None
    return Score(attempt, grades[-1], None if manual is None or manual.score is None else manual, before)


def best(scores: list[Score]) -> Score | None:
    """The best of a learner's attempts at a quiz: it is the one that counts."""
    return max(scores, key=lambda score: (score.percent, -score.attempt.number), default=None)
