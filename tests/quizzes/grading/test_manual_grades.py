"""Scores that people give, on an attempt whose answers were all wrong."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from quizzes.grading import grader, manual_grades
from quizzes.grading.scores import score_of
from quizzes.models import Attempt, Grade, ManualGrade
from quizzes.signals import grade_changed
from tests.lessons.factories import make_user
from tests.quizzes.factories import MAX_SCORE, make_attempt, submit, wrong

pytestmark = pytest.mark.django_db
WHY = "The question was unclear."


@pytest.fixture
def attempt() -> Attempt:
    attempt = make_attempt()
    submit(attempt, wrong(attempt))
    grader.perform(attempt.pk)
    return attempt


@pytest.fixture
def instructor() -> Any:
    return make_user("ada")


@pytest.fixture
def changed() -> Iterator[list[Attempt]]:
    heard: list[Attempt] = []

    def listen(attempt: Attempt, **_: Any) -> None:
        heard.append(attempt)

    grade_changed.connect(listen)
    yield heard
    grade_changed.disconnect(listen)


def test_a_person_s_score_counts_and_the_engine_s_stays(attempt: Attempt, instructor: Any) -> None:
    manual_grades.give(attempt, Decimal("2.5"), WHY, instructor)
    score = score_of(attempt)
    assert score is not None
    assert (score.score, score.grade.score) == (Decimal("2.5"), 0)


@pytest.mark.parametrize("points", [Decimal("-0.01"), MAX_SCORE + Decimal("0.01")])
def test_a_score_outside_the_attempt_s_points_is_refused(attempt: Attempt, instructor: Any, points: Decimal) -> None:
    with pytest.raises(ValidationError, match="between 0 and 6"):
        manual_grades.give(attempt, points, WHY, instructor)


@pytest.mark.parametrize("points", [Decimal(0), Decimal(MAX_SCORE)])
def test_the_limits_themselves_are_scores(attempt: Attempt, instructor: Any, points: Decimal) -> None:
    assert manual_grades.give(attempt, points, WHY, instructor).score == points


def test_a_score_without_a_reason_is_refused(attempt: Attempt, instructor: Any) -> None:
    with pytest.raises(ValidationError, match="Say why"):
        manual_grades.give(attempt, Decimal(1), "  ", instructor)
    assert not ManualGrade.objects.exists()


def test_an_attempt_under_way_gets_no_score(instructor: Any) -> None:
    with pytest.raises(ValidationError, match="not graded yet"):
        manual_grades.give(make_attempt(), Decimal(1), WHY, instructor)


def test_the_engine_s_score_counts_again_once_a_person_s_is_taken_back(attempt: Attempt, instructor: Any) -> None:
    manual_grades.give(attempt, Decimal(5), WHY, instructor)
    manual_grades.take_back(attempt, "Wrong attempt.", instructor)
    score = score_of(attempt)
    assert score is not None
    assert (score.score, score.manual) == (0, None)


def test_nothing_can_be_taken_back_that_nobody_gave(attempt: Attempt, instructor: Any) -> None:
    with pytest.raises(ValidationError, match="nothing to take back"):
        manual_grades.take_back(attempt, WHY, instructor)


def test_every_score_stays_in_the_history_with_its_reason(attempt: Attempt, instructor: Any) -> None:
    manual_grades.give(attempt, Decimal(5), WHY, instructor)
    manual_grades.take_back(attempt, "Wrong attempt.", instructor)
    assert [(event.score, event.reason, event.by) for event in manual_grades.history(attempt)] == [
        (0, "", None),
        (5, WHY, instructor),
        (None, "Wrong attempt.", instructor),
    ]


def test_whoever_listens_hears_of_each_change(attempt: Attempt, instructor: Any, changed: list[Attempt]) -> None:
    manual_grades.give(attempt, Decimal(5), WHY, instructor)
    manual_grades.take_back(attempt, "Wrong attempt.", instructor)
    assert changed == [attempt, attempt]


def test_the_engine_s_grade_is_a_row_of_its_own(attempt: Attempt, instructor: Any) -> None:
    manual_grades.give(attempt, Decimal(5), WHY, instructor)
    assert Grade.objects.filter(attempt=attempt).count() == 1
