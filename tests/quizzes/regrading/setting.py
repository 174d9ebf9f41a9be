"""A quiz of two questions, taken and graded, whose key is then corrected.

    true    options 0 and 2 are right, 2 points      source    10.244.1.2, by the engine, 1 point

Learners answer all right or all wrong; `true` is corrected so that option 1 alone is right.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from lessons.models import Learner
from quizzes.grading import grader
from quizzes.grading.scores import score_of
from quizzes.models import Attempt, Quiz, Regrade
from quizzes.regrading import running
from tests.quizzes.factories import make_attempt, make_quiz, submit

REASON = "The key was wrong."


def two_questions() -> Quiz:
    return make_quiz(slugs=("true", "source"))


def taken(quiz: Quiz, answers: Any, learner: Learner | None = None) -> Attempt:
    attempt = make_attempt(quiz, learner or Learner.objects.create())
    submit(attempt, answers(attempt))
    grader.perform(attempt.pk)
    return Attempt.objects.get(pk=attempt.pk)


def correct(quiz: Quiz, slug: str = "true", **spec: Any) -> None:
    question = quiz.questions.get(slug=slug)
    question.spec = question.spec | spec
    question.save()


def only_option_1(quiz: Quiz) -> list[dict[str, Any]]:
    options = quiz.questions.get(slug="true").spec["options"]
    return [option | {"correct": index == 1} for index, option in enumerate(options)]


def compared(quiz: Quiz, by: Any, **values: Any) -> Regrade:
    regrade = running.request(quiz, reason=REASON, by=by, **values)
    running.advance(regrade.pk)
    regrade.refresh_from_db()
    return regrade


def applied(quiz: Quiz, by: Any, **values: Any) -> Regrade:
    regrade = compared(quiz, by, **values)
    running.apply(regrade)
    running.advance(regrade.pk)
    regrade.refresh_from_db()
    return regrade


def points(attempt: Attempt) -> Decimal:
    score = score_of(Attempt.objects.get(pk=attempt.pk))
    assert score is not None
    return score.score


def effects(regrade: Regrade) -> dict[int, str]:
    return dict(regrade.changes.values_list("attempt_id", "effect"))
