"""Where a learner stands with a quiz that they took on their own before it counted for a class."""

from __future__ import annotations

import pytest

from lessons.models import Learner
from quizzes.attempts import taking
from quizzes.attempts.history import Overview, overview
from quizzes.grading import grader
from quizzes.models import Policy, Quiz
from tests.quizzes.classroom import HOUR, NOON, assign, enrol
from tests.quizzes.factories import make_attempt, make_policy, make_quiz, right, submit

pytestmark = pytest.mark.django_db


@pytest.fixture
def quiz() -> Quiz:
    return make_quiz(slugs=("sees",))


def taken_alone_then_in_class(quiz: Quiz, **policy: object) -> tuple[Learner, Overview]:
    """One graded attempt on their own, then one under way for a class."""
    learner = Learner.objects.create()
    attempt = make_attempt(quiz, learner)
    submit(attempt, right(attempt))
    grader.perform(attempt.pk)
    enrol(assign(quiz, policy=make_policy(**policy)), learner)
    taking.start(quiz, learner, NOON)
    return learner, overview(quiz, learner, NOON)


def test_an_attempt_on_ones_own_is_listed_apart(quiz: Quiz) -> None:
    _, found = taken_alone_then_in_class(quiz)
    assert ([row.number for row in found.past], [row.number for row in found.others]) == ([1], [1])


def test_an_attempt_on_ones_own_is_not_the_best_of_the_class(quiz: Quiz) -> None:
    assert taken_alone_then_in_class(quiz)[1].best is None


def test_what_was_set_aside_has_no_number(quiz: Quiz) -> None:
    learner = Learner.objects.create()
    taking.start(quiz, learner, NOON)
    enrol(assign(quiz), learner)
    taking.start(quiz, learner, NOON)
    assert [row.number for row in overview(quiz, learner, NOON).others] == [None]


def test_what_is_taken_off_the_next_try_is_said_before(quiz: Quiz) -> None:
    _, found = taken_alone_then_in_class(quiz, penalty_percent=25)
    assert found.coming == [{"reason": "tries", "percent": 25}]


def test_coming_late_is_said_before(quiz: Quiz) -> None:
    learner = Learner.objects.create()
    late = make_policy(late_penalty_percent=20)
    enrol(assign(quiz, policy=late, closes_at=NOON - HOUR, late_until=NOON + HOUR), learner)
    assert overview(quiz, learner, NOON).coming == [{"reason": "late", "percent": 20}]


@pytest.mark.parametrize(
    ("feedback", "key", "begins"),
    [
        (Policy.Moment.GRADED, Policy.Moment.GRADED, []),
        (Policy.Moment.GRADED, Policy.Moment.CLOSED, ["Right"]),
        (Policy.Moment.CLOSED, Policy.Moment.CLOSED, ["Points", "Right"]),
        (Policy.Moment.CLOSED, Policy.Moment.GRADED, ["Points", "Right"]),
    ],
    ids=["all at once", "key later", "both later", "key never before the points"],
)
def test_the_page_of_a_quiz_says_what_will_show_later(
    quiz: Quiz, feedback: Policy.Moment, key: Policy.Moment, begins: list[str]
) -> None:
    learner = Learner.objects.create()
    enrol(assign(quiz, policy=make_policy(feedback=feedback, key=key), closes_at=NOON + HOUR), learner)
    assert [note.split()[0] for note in overview(quiz, learner, NOON).notes] == begins
