"""Practice never helps in a quiz that still counts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from lessons.models import Learner
from quizzes.models import Assignment, Policy, Quiz
from quizzes.review import openness, practice
from tests.quizzes.classroom import assign, enrol
from tests.quizzes.factories import make_attempt, make_policy, right, submit
from tests.quizzes.review.practice_questions import form, make_practice_quiz

pytestmark = pytest.mark.django_db
NOW = timezone.now()
HOUR = timedelta(hours=1)
Moment = Policy.Moment


@pytest.fixture
def quiz(db: None) -> Quiz:
    return make_practice_quiz()


@pytest.fixture
def learner(db: None) -> Learner:
    return Learner.objects.create()


def assigned(quiz: Quiz, learner: Learner, policy: dict[str, Any], **values: Any) -> Assignment:
    assignment = assign(quiz, policy=make_policy(**policy), **values)
    enrol(assignment, learner)
    return assignment


def is_open(quiz: Quiz, learner: Learner, now: Any = NOW) -> bool:
    return not openness.refusal(quiz, learner, now)


def test_a_quiz_without_rules_may_be_practiced_at_once(quiz: Quiz, learner: Learner) -> None:
    assert is_open(quiz, learner)


@pytest.mark.parametrize(
    "policy",
    [
        {"max_attempts": 2},
        {"penalty_percent": 10},
        {"key": Moment.CLOSED},
        {"feedback": Moment.CLOSED},
        {"key": Moment.NEVER},
    ],
    ids=str,
)
def test_a_quiz_whose_tries_or_key_are_kept_short_may_not(quiz: Quiz, learner: Learner, policy: dict[str, Any]) -> None:
    assigned(quiz, learner, policy)
    assert not is_open(quiz, learner)


def test_a_quiz_that_is_not_open_yet_may_not(quiz: Quiz, learner: Learner) -> None:
    assigned(quiz, learner, {}, opens_at=NOW + HOUR)
    assert not is_open(quiz, learner)
    assert is_open(quiz, learner, NOW + 2 * HOUR)


def test_a_key_that_shows_at_the_close_opens_practice_then(quiz: Quiz, learner: Learner) -> None:
    assigned(quiz, learner, {"key": Moment.CLOSED}, closes_at=NOW + HOUR)
    assert not is_open(quiz, learner)
    assert is_open(quiz, learner, NOW + 2 * HOUR)


def test_a_key_that_never_shows_keeps_practice_closed(quiz: Quiz, learner: Learner) -> None:
    assigned(quiz, learner, {"key": Moment.NEVER}, closes_at=NOW + HOUR)
    assert not is_open(quiz, learner, NOW + 2 * HOUR)


def test_the_last_try_opens_practice_when_it_is_handed_in(quiz: Quiz, learner: Learner) -> None:
    assigned(quiz, learner, {"max_attempts": 1})
    attempt = make_attempt(quiz, learner)
    assert not is_open(quiz, learner)
    submit(attempt, right(attempt))
    assert is_open(quiz, learner)


def test_nothing_is_asked_while_practice_is_closed(quiz: Quiz, learner: Learner) -> None:
    assigned(quiz, learner, {"max_attempts": 1})
    with pytest.raises(practice.PracticeRefusedError, match="after your last try"):
        practice.ask(learner, quiz.lesson, 1)


def test_a_question_that_was_asked_before_the_rules_came_is_not_answered(quiz: Quiz, learner: Learner) -> None:
    asked = practice.ask(learner, quiz.lesson, 1)
    assigned(quiz, learner, {"max_attempts": 1})
    with pytest.raises(practice.PracticeRefusedError):
        practice.answer(asked.pk, form(asked), uuid4())
