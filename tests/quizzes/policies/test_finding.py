"""Whose rules hold: the newest class's, the quiz's own, or none; and what comes later for a running attempt."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from classes.models import Enrolment, Role
from lessons.models import Learner
from quizzes.attempts import taking
from quizzes.models import Attempt, Quiz
from quizzes.policies.finding import rules_for, rules_of
from quizzes.policies.rules import Moment, Rules
from tests.lessons.factories import make_instructor
from tests.quizzes.classroom import HOUR, MINUTE, NOON, assign, enrol, extend
from tests.quizzes.factories import make_policy, make_quiz

pytestmark = pytest.mark.django_db


@pytest.fixture
def quiz() -> Quiz:
    return make_quiz(slugs=("true",))


def started(enrolment: Enrolment, quiz: Quiz) -> Attempt:
    return taking.start(quiz, enrolment.learner, NOON)


def test_a_quiz_without_a_policy_is_free(quiz: Quiz) -> None:
    assert rules_for(quiz, Learner.objects.create()) == Rules()


def test_a_quiz_in_no_class_is_taken_by_its_own_policy(quiz: Quiz) -> None:
    quiz.policy = make_policy(max_attempts=2, time_limit_minutes=5, cooldown_minutes=3, key=Moment.LAST_TRY)
    rules = rules_for(quiz, None)
    assert (rules.max_attempts, rules.time_limit, rules.cooldown, rules.key) == (
        2,
        5 * MINUTE,
        3 * MINUTE,
        Moment.LAST_TRY,
    )


def test_the_class_says_when_and_its_policy_how(quiz: Quiz) -> None:
    enrolment = enrol(assign(quiz, policy=make_policy(max_attempts=1), closes_at=NOON))
    rules = rules_for(quiz, enrolment.learner)
    assert (rules.max_attempts, rules.closes_at, rules.enrolment) == (1, NOON, enrolment)


def test_a_class_without_a_policy_has_the_quizs_own(quiz: Quiz) -> None:
    quiz.policy = make_policy(max_attempts=2)
    assert rules_for(quiz, enrol(assign(quiz)).learner).max_attempts == 2


def test_of_several_classes_the_newest_counts(quiz: Quiz) -> None:
    first, learner = enrol(assign(quiz)), Learner.objects.create()
    enrol(assign(quiz), learner)
    newest = enrol(assign(quiz), learner)
    assert rules_for(quiz, learner).enrolment == newest
    assert rules_for(quiz, first.learner).enrolment == first


@pytest.mark.parametrize(
    "values", [{"left_at": NOON}, {"role": Role.INSTRUCTOR}], ids=["who left", "who teaches the class"]
)
def test_a_class_does_not_count_for(values: dict[str, object], quiz: Quiz) -> None:
    assert rules_for(quiz, enrol(assign(quiz), **values).learner).enrolment is None


def test_a_stand_in_has_the_rules_of_the_class_and_counts_for_none(quiz: Quiz) -> None:
    stand_in = Learner.objects.create(stand_in_of=make_instructor())
    enrol(assign(quiz, closes_at=NOON + HOUR), stand_in)
    attempt = taking.start(quiz, stand_in, NOON)
    assert (attempt.deadline_at, attempt.enrolment) == (NOON + HOUR, None)
    assert rules_of(attempt).closes_at == NOON + HOUR


def test_extra_time_and_extension_are_applied(quiz: Quiz) -> None:
    enrolment = enrol(assign(quiz, policy=make_policy(time_limit_minutes=10), closes_at=NOON), time_factor=2)
    extend(enrolment, quiz, extra_minutes=5, closes_at=NOON + HOUR)
    rules = rules_for(quiz, enrolment.learner)
    assert (rules.time_limit, rules.closes_at, rules.extra_time) == (25 * MINUTE, NOON + HOUR, True)


def test_an_attempt_keeps_the_policy_that_it_was_started_with(quiz: Quiz) -> None:
    quiz.policy = make_policy(max_attempts=2, penalty_percent=10)
    quiz.save()
    attempt = taking.start(quiz, Learner.objects.create(), NOON)
    quiz.policy.penalty_percent = 50
    quiz.policy.save()
    assert rules_of(attempt).penalty_percent == 10


def test_feedback_shows_by_the_policy_as_it_is_now(quiz: Quiz) -> None:
    attempt = taking.start(quiz, Learner.objects.create(), NOON)
    quiz.policy = make_policy(key=Moment.NEVER)
    quiz.save()
    assert rules_of(Attempt.objects.get(pk=attempt.pk)).key == Moment.NEVER


def test_an_extension_granted_later_counts_for_a_running_attempt(quiz: Quiz) -> None:
    enrolment = enrol(assign(quiz, policy=make_policy(time_limit_minutes=10)))
    attempt = started(enrolment, quiz)
    extend(enrolment, quiz, extra_minutes=5)
    assert rules_of(attempt).deadline(NOON) == NOON + 15 * MINUTE


@pytest.mark.parametrize("closes_at", [NOON + 2 * HOUR, NOON + MINUTE, None], ids=["later", "sooner", "not at all"])
def test_a_class_closed_at_another_time_never_shortens_a_running_attempt(
    closes_at: datetime | None, quiz: Quiz
) -> None:
    assignment = assign(quiz, closes_at=NOON + HOUR)
    attempt = started(enrol(assignment), quiz)
    assignment.closes_at = closes_at
    assignment.save()
    expected = None if closes_at is None else max(closes_at, NOON + HOUR)
    assert rules_of(attempt).closes_at == expected


def test_time_is_kept_with_the_attempt(quiz: Quiz) -> None:
    attempt = started(enrol(assign(quiz, policy=make_policy(time_limit_minutes=10))), quiz)
    assert (attempt.started_at, attempt.deadline_at) == (NOON, NOON + timedelta(minutes=10))
