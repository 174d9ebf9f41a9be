"""What an attempt's grade would become: with the quiz's questions as they are now, as it was before a regrade, with the
time that was granted since. Stores nothing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_noop

from lessons import phrases
from quizzes.errors import CannotCarryOverError, UngradableQuestionError
from quizzes.grading.deductions import after, with_more_time
from quizzes.grading.scoring import Scores, grade_one
from quizzes.models import Attempt, Grade, Mark, Question, Quiz, Regrade, RegradeChange
from quizzes.percentages import percent_of
from quizzes.policies.deducting import deductions_of
from quizzes.regrading.corrected import corrected

Effect = RegradeChange.Effect
NEWER_GRADE = gettext_noop("It has a newer grade since, and keeps that.")
phrases.register(NEWER_GRADE)
KEEP, FULL, DROP = "keep", "full", "drop"
TREATMENTS = (KEEP, FULL, DROP)
"""Instead of grading a question again: its marks stay, everyone has its points, it no longer counts."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """The newest `grade`, and what it would become: `scores` before `deductions`, which are percents of them.

    `problems`: why something keeps what it has, with the name of what does.
    """

    grade: Grade
    scores: Scores
    deductions: Sequence[Mapping[str, Any]]
    problems: tuple[str, ...] = ()
    changed: bool = False

    @property
    def score(self) -> Decimal:
        return after(self.scores.score, self.deductions)

    @property
    def percent(self) -> Decimal:
        return percent_of(self.score, self.scores.max_score)

    def effect(self, *, may_lower: bool) -> Effect:
        if not self.changed:
            return Effect.FAILED if self.problems else Effect.SAME
        if self.percent < self.grade.percent:
            return Effect.DOWN if may_lower else Effect.KEPT
        return Effect.UP if self.percent > self.grade.percent else Effect.OTHER


def compare(grade: Grade, questions: Mapping[str, Question], treatments: Mapping[str, str]) -> Comparison:
    """`questions`: those of the quiz by slug. Runs the engine."""
    results: list[dict[str, Any]] = []
    problems: list[str] = []
    marks = grade.marks.select_related("answer__revision").order_by("answer__position")
    for mark in marks:
        try:
            results.append(new_result(mark, questions, treatments))
        except (CannotCarryOverError, UngradableQuestionError) as error:
            results.append(mark.result)
            problems.append(f"{mark.answer.revision.slug}: {error}")
    changed = any(is_another(mark, result) for mark, result in zip(marks, results, strict=True))
    return Comparison(grade, Scores.of(results), grade.deductions, tuple(problems), changed)


def before_regrade(grade: Grade, regrade: Regrade) -> Comparison:
    """Marks and deductions as they were before what the regrade added. A grade that is newer than that stays."""
    if grade.regrade_id != regrade.pk:
        return Comparison(grade, scores_of_marks(grade), grade.deductions, (NEWER_GRADE,))
    former = Grade.objects.filter(attempt=grade.attempt_id, run__lt=grade.run).latest("run")
    return Comparison(grade, scores_of_marks(former), former.deductions, changed=True)


def with_granted_time(grade: Grade, attempt: Attempt) -> Comparison:
    """The same marks, with no more taken off for lateness than the rules take now."""
    deductions = with_more_time(grade.deductions, deductions_of(attempt))
    return Comparison(grade, scores_of_marks(grade), deductions, changed=deductions != grade.deductions)


def scores_of_marks(grade: Grade) -> Scores:
    return Scores.of(mark.result for mark in grade.marks.order_by("answer__position"))


def new_result(mark: Mark, questions: Mapping[str, Question], treatments: Mapping[str, str]) -> dict[str, Any]:
    """The result of one answer. A question that was taken out of the quiz keeps what it was worth."""
    slug = mark.answer.revision.slug
    if treatments.get(slug) == KEEP:
        return mark.result
    if treatments.get(slug) == DROP:
        return {**mark.result, "points": 0, "earned": "0.00"}
    if treatments.get(slug) == FULL:
        return {**mark.result, "earned": f"{mark.points:.2f}", "verdict": "right"}
    question = questions.get(slug)
    return mark.result if question is None else grade_one(corrected(mark.answer, question))


def is_another(mark: Mark, result: Mapping[str, Any]) -> bool:
    """Whether the points differ. New words alone are no reason for a new grade."""
    return (Decimal(result["earned"]), result["points"]) != (mark.earned, mark.points)


def questions_by_slug(quiz: Quiz) -> dict[str, Question]:
    questions = quiz.questions.select_related("quiz__lesson__scene", "quiz__lesson__course")
    return {question.slug: question for question in questions}


def digest_of(quiz: Quiz) -> str:
    """Changes whenever the key of one of the questions may have: with them, the scene or an experiment."""
    lesson = quiz.lesson
    content = {
        "questions": list(quiz.questions.order_by("slug").values_list("slug", "kind", "points", "spec")),
        "scene": lesson.scene.manifests if lesson.scene else "",
        "experiments": list(lesson.experiments.order_by("slug").values_list("slug", "changes", "faults", "action")),
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
