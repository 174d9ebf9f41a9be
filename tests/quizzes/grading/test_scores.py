"""Which score of an attempt counts."""

from __future__ import annotations

from decimal import Decimal

import pytest

from quizzes.grading import grader
from quizzes.grading.scores import Score, score_of
from quizzes.models import Attempt, ManualGrade
from tests.quizzes.factories import MAX_SCORE, make_attempt, submit, wrong

pytestmark = pytest.mark.django_db


@pytest.fixture
def attempt() -> Attempt:
    attempt = make_attempt()
    submit(attempt, wrong(attempt))
    grader.perform(attempt.pk)
    return attempt


def score(attempt: Attempt) -> Score:
    found = score_of(attempt)
    assert found is not None
    return found


def set_by_hand(attempt: Attempt, points: int | None) -> None:
    ManualGrade.objects.create(attempt=attempt, score=points, reason="It was a fair answer.")


def test_an_attempt_that_is_not_graded_has_no_score() -> None:
    assert score_of(make_attempt()) is None


def test_the_engine_s_score_counts_where_nobody_says_otherwise(attempt: Attempt) -> None:
    assert (score(attempt).score, score(attempt).passed) == (Decimal(0), False)


def test_a_person_s_score_wins(attempt: Attempt) -> None:
    set_by_hand(attempt, MAX_SCORE)
    assert (score(attempt).percent, score(attempt).passed) == (100, True)


def test_the_newest_of_a_person_s_scores_counts(attempt: Attempt) -> None:
    set_by_hand(attempt, 4)
    set_by_hand(attempt, 2)
    assert score(attempt).score == 2


def test_a_person_can_take_their_score_back(attempt: Attempt) -> None:
    set_by_hand(attempt, 4)
    set_by_hand(attempt, None)
    assert score(attempt).score == 0


def test_the_engine_s_grade_stays_beside_a_person_s(attempt: Attempt) -> None:
    set_by_hand(attempt, 4)
    assert score(attempt).grade.score == 0
