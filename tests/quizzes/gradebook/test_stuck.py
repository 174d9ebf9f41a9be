"""Who may need help: each rule, just met and just not."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from classes.models import CourseClass, Enrolment
from lessons.models import Experiment, Prediction
from quizzes.gradebook.stuck import WRONG_IN_A_ROW
from quizzes.models import Attempt, Quiz
from tests.quizzes.gradebook.factories import DAY, NOW, assign, make_grade, make_small_quiz
from tests.quizzes.gradebook.test_table import row_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana(ana: Enrolment) -> Enrolment:
    joined(ana, NOW)
    return ana


def joined(enrolment: Enrolment, moment: datetime) -> None:
    Enrolment.objects.filter(pk=enrolment.pk).update(joined_at=moment)


def reasons(course_class: CourseClass) -> list[str]:
    return [reason.text for reason in row_of(course_class).reasons]


@pytest.mark.parametrize(
    ("points", "stuck"),
    [([3], False), ([3, 5], True), ([3, 6], False), ([6, 3, 3], False)],
    ids=["one failed", "two failed", "the second passed", "the first passed"],
)
def test_two_attempts_without_passing(
    course_class: CourseClass, ana: Enrolment, points: list[int], stuck: bool
) -> None:
    quiz = make_small_quiz()
    assign(course_class, quiz)
    for earned in points:
        make_grade(ana, quiz, [earned])
    assert reasons(course_class) == (["2 attempts at “Quiz 1”, none passed"] if stuck else [])


def predict(enrolment: Enrolment, quiz: Quiz, outcomes: str) -> None:
    """`outcomes`: r and w for right and wrong first predictions, W for wrong ones of a second round."""
    for place, outcome in enumerate(outcomes):
        experiment = Experiment.objects.create(
            lesson=quiz.lesson, slug=f"e{place}", title="E", action={"probe": {}}, question="?"
        )
        Prediction.objects.create(
            learner=enrolment.learner, experiment=experiment, option_text="x", right=outcome == "r",
            round=2 if outcome == "W" else 1,
        )  # fmt: skip


@pytest.mark.parametrize(
    ("outcomes", "stuck"),
    [("ww", False), ("www", True), ("rwww", True), ("wwwr", False), ("wrww", False), ("wwW", False)],
)
def test_three_wrong_first_predictions_in_a_row(
    course_class: CourseClass, ana: Enrolment, outcomes: str, stuck: bool
) -> None:
    predict(ana, make_small_quiz(), outcomes)
    expected = [f"{WRONG_IN_A_ROW} wrong predictions in a row in “Lesson 1”"] if stuck else []
    assert reasons(course_class) == expected


def test_wrong_ones_in_different_lessons_are_not_in_a_row(course_class: CourseClass, ana: Enrolment) -> None:
    predict(ana, make_small_quiz(1), "ww")
    predict(ana, make_small_quiz(2), "ww")
    assert reasons(course_class) == []


def test_who_went_on_to_another_lesson_is_not_stuck_in_the_one_before(
    course_class: CourseClass, ana: Enrolment
) -> None:
    predict(ana, make_small_quiz(1), "www")
    predict(ana, make_small_quiz(2), "r")
    assert reasons(course_class) == []


@pytest.mark.parametrize(
    ("away", "opens", "closes", "stuck"),
    [
        (7 * DAY, None, None, True),
        (7 * DAY - timedelta(seconds=1), None, None, False),
        (9 * DAY, NOW + DAY, None, False),
        (9 * DAY, None, NOW - DAY, False),
        (9 * DAY, None, NOW + DAY, True),
    ],
    ids=["seven days", "nearly seven days", "not open yet", "closed", "closes tomorrow"],
)
def test_seven_days_away_while_work_is_due(
    course_class: CourseClass,
    ana: Enrolment,
    away: timedelta,
    opens: datetime | None,
    closes: datetime | None,
    stuck: bool,
) -> None:
    assign(course_class, make_small_quiz(), opens_at=opens, closes_at=closes)
    joined(ana, NOW - away)
    assert reasons(course_class) == ([f"Nothing done for {away.days} days, and “Quiz 1” is open"] if stuck else [])


def test_who_does_anything_is_not_away(course_class: CourseClass, ana: Enrolment) -> None:
    quiz, other = make_small_quiz(1), make_small_quiz(2)
    assign(course_class, quiz)
    assign(course_class, other)
    joined(ana, NOW - 30 * DAY)
    attempt = make_grade(ana, other, [9])
    Attempt.objects.filter(pk=attempt.pk).update(submitted_at=NOW - 6 * DAY)
    assert reasons(course_class) == []


def test_who_has_left_is_not_stuck(course_class: CourseClass, ana: Enrolment) -> None:
    assign(course_class, make_small_quiz())
    Enrolment.objects.filter(pk=ana.pk).update(joined_at=NOW - 30 * DAY, left_at=NOW)
    assert reasons(course_class) == []
