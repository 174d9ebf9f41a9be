"""What a learner's answers say about an objective: mastered when M of the last N were right.

Practice and quizzes count alike. The same variant of the same question counts once, by its newest answer: so nobody
masters an objective by typing one answer again and again. An objective with fewer than M variants needs all of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any

from django.conf import settings
from django.db.models import F, OuterRef, Q, Subquery

from lessons.models import Course, Learner
from quizzes.models import Grade, Mark, PracticeAnswer, Question
from quizzes.questions import variants

Objective = tuple[int, int]
"""The id of a lesson, and the place of an objective in its list, from 1."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One answer to one variant of a question."""

    lesson_id: int
    objective: int
    revision_id: int
    right: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class Mastery:
    """`right` of the `asked` newest answers; mastered with `needed` right ones."""

    right: int
    asked: int
    needed: int

    @property
    def mastered(self) -> bool:
        return self.right >= self.needed


def mastery(learner: Learner, course: Course) -> dict[Objective, Mastery]:
    """For each objective that the learner was ever asked about."""
    return masteries([learner.pk], course)[learner.pk]


def masteries(learners: Collection[int], course: Course) -> dict[int, dict[Objective, Mastery]]:
    """The same for many learners, by their keys, in three queries."""
    answers: dict[int, dict[Objective, list[Evidence]]] = {learner: defaultdict(list) for learner in learners}
    for learner, evidence in every_answer(learners, course):
        answers[learner][evidence.lesson_id, evidence.objective].append(evidence)
    counts = variant_counts(course) if any(answers.values()) else {}
    return {
        learner: {key: judged(newest_first(rows), counts.get(key, len(rows))) for key, rows in by_objective.items()}
        for learner, by_objective in answers.items()
    }


def variant_counts(course: Course) -> dict[Objective, int]:
    """For each objective with questions in how many variants it can be asked about."""
    questions = Question.objects.filter(quiz__lesson__course=course, objective__isnull=False).order_by()
    counts: dict[Objective, int] = defaultdict(int)
    keys = (variants.KEY, variants.CROSSED)
    rows = questions.values_list("quiz__lesson", "objective", *(f"spec__{key}" for key in keys))
    for lesson_id, objective, *values in rows:
        given = {key: value for key, value in zip(keys, values, strict=True) if value is not None}
        counts[lesson_id, objective or 0] += variants.count(given)
    return counts


def judged(newest: list[Evidence], variant_count: int) -> Mastery:
    """`newest`: answers about one objective, newest first; it can be asked about in so many variants."""
    needed, last = settings.REVIEW_MASTERY
    needed = max(1, min(needed, variant_count))
    distinct = list({evidence.revision_id: evidence for evidence in reversed(newest)}.values())
    window = list(newest_first(distinct))[:last]
    return Mastery(sum(evidence.right for evidence in window), len(window), needed)


def newest_first(rows: Iterable[Evidence]) -> list[Evidence]:
    return sorted(rows, key=lambda evidence: evidence.at, reverse=True)


def every_answer(learners: Collection[int], course: Course) -> Iterator[tuple[int, Evidence]]:
    """With the key of whose it is."""
    practiced = PracticeAnswer.objects.filter(
        learner__in=learners, lesson__course=course, right__isnull=False, answered_at__isnull=False
    )
    practice: Any = practiced.values_list("learner", "lesson", "objective", "revision", "right", "answered_at")
    newest = Grade.objects.filter(attempt=OuterRef("grade__attempt")).order_by("-run").values("pk")[:1]
    marks = Mark.objects.filter(
        grade=Subquery(newest),
        grade__attempt__learner__in=learners,
        grade__attempt__quiz__lesson__course=course,
        grade__attempt__submitted_at__isnull=False,
        answer__revision__question__objective__isnull=False,
    )
    graded: Any = marks.annotate(is_right=Q(earned=F("points"))).values_list(
        "grade__attempt__learner",
        "grade__attempt__quiz__lesson",
        "answer__revision__question__objective",
        "answer__revision",
        "is_right",
        "grade__attempt__submitted_at",
    )
    for learner, *answer in chain(practice, graded):
        yield learner, Evidence(*answer)
