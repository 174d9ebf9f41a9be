"""When a learner comes back to an objective."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from fsrs import Rating

from quizzes.review.memory import Memory, rating, reviewed

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


def after(*fractions: float) -> tuple[Memory, datetime]:
    """The memory after reviews, each at the moment that the one before said, and when the last one was."""
    card: dict[str, Any] | None = None
    now = NOON
    for fraction in fractions:
        memory = reviewed(card, rating(Fraction(fraction)), now)
        card, at, now = memory.card, now, memory.due_at
    return memory, at


def interval(*fractions: float) -> timedelta:
    memory, at = after(*fractions)
    return memory.due_at - at


@pytest.mark.parametrize(
    ("fraction", "rated"),
    [(Fraction(0), Rating.Again), (Fraction(1, 2), Rating.Hard), (Fraction(1), Rating.Good)],
    ids=str,
)
def test_the_share_of_the_points_is_the_rating(fraction: Fraction, rated: Rating) -> None:
    assert rating(fraction) == rated


def test_what_was_never_right_comes_back_in_this_session() -> None:
    assert interval(0) == timedelta(minutes=10)


def test_what_was_right_at_once_comes_back_the_day_after() -> None:
    assert interval(1) == timedelta(days=1)


def test_intervals_grow_while_answers_are_right() -> None:
    spans = [interval(*[1] * count) for count in range(1, 7)]
    assert spans == sorted(spans)
    assert spans[-1] > timedelta(days=30)


def test_forgetting_brings_it_back_in_this_session() -> None:
    assert interval(1, 1, 1, 0) == timedelta(minutes=10)


def test_the_same_answers_give_the_same_date() -> None:
    assert after(1, 1, 0.5, 1) == after(1, 1, 0.5, 1)
