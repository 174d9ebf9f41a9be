"""What is left of the points that an attempt earned."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizzes.grading.deductions import after, with_more_time

POINTS = st.decimals(min_value=0, max_value=10_000, places=2)
PERCENTS = st.lists(st.integers(min_value=0, max_value=100), max_size=4)


def left(raw: Decimal, percents: list[int]) -> Decimal:
    return after(raw, [{"reason": "tries", "percent": percent} for percent in percents])


@pytest.mark.parametrize(
    ("percents", "score"),
    [([], "8.00"), ([25], "6.00"), ([10, 15], "6.00"), ([60, 60], "0.00"), ([33], "5.36")],
    ids=str,
)
def test_percents_are_taken_off_what_was_earned(percents: list[int], score: str) -> None:
    assert left(Decimal(8), percents) == Decimal(score)


@given(POINTS, PERCENTS)
def test_a_deduction_never_adds_points_and_never_costs_more_than_there_are(raw: Decimal, percents: list[int]) -> None:
    assert 0 <= left(raw, percents) <= raw


@given(POINTS, PERCENTS, st.integers(min_value=0, max_value=100))
def test_one_more_deduction_never_leaves_more(raw: Decimal, percents: list[int], further: int) -> None:
    assert left(raw, [*percents, further]) <= left(raw, percents)


@given(POINTS, POINTS, PERCENTS)
def test_a_better_answer_is_never_worth_less(one: Decimal, other: Decimal, percents: list[int]) -> None:
    assert left(min(one, other), percents) <= left(max(one, other), percents)


LATE, TRIES = {"reason": "late", "percent": 30}, {"reason": "tries", "percent": 20}


@pytest.mark.parametrize(
    ("due", "left"),
    [
        pytest.param([], [TRIES], id="no longer late"),
        pytest.param([LATE], [TRIES, LATE], id="as late as before"),
        pytest.param([{**LATE, "percent": 10}], [TRIES, {**LATE, "percent": 10}], id="less"),
        pytest.param([{**LATE, "percent": 50}], [TRIES, LATE], id="never more"),
        pytest.param([{**TRIES, "percent": 90}], [TRIES], id="tries as they were"),
    ],
)
def test_more_time_takes_off_lateness_alone_and_adds_nothing(
    due: list[dict[str, Any]], left: list[dict[str, Any]]
) -> None:
    assert with_more_time([TRIES, LATE], due) == left
