"""A course with a quiz is completed when the quiz is passed, too."""

from __future__ import annotations

import pytest

from lessons import progress
from lessons.certificates import issuing
from quizzes.grading import grader
from quizzes.models import Attempt, Quiz
from tests.quizzes.factories import make_attempt, right, submit, wrong

pytestmark = pytest.mark.django_db


@pytest.fixture
def attempt() -> Attempt:
    """Under way, in the quiz of a lesson that the learner has completed."""
    attempt = make_attempt()
    progress.record_completed(attempt.learner, attempt.quiz.lesson)
    return attempt


def left(attempt: Attempt) -> list[str]:
    return [each.text for each in issuing.missing(attempt.quiz.lesson.course, attempt.learner)]


def test_a_quiz_that_is_not_passed_is_missing(attempt: Attempt) -> None:
    submit(attempt, wrong(attempt))
    grader.perform(attempt.pk)
    assert left(attempt) == [f"Pass “{attempt.quiz.title}”."]


def test_nothing_is_missing_once_it_is_passed(attempt: Attempt) -> None:
    submit(attempt, right(attempt))
    grader.perform(attempt.pk)
    assert left(attempt) == []


def test_a_draft_is_not_asked_for(attempt: Attempt) -> None:
    Quiz.objects.update(status="draft")
    assert left(attempt) == []
