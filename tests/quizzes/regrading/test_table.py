"""The sums and the picture of what a regrade found."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any

import pytest

from quizzes.grading import manual_grades
from quizzes.regrading import table
from quizzes.regrading.plot import plot_of
from quizzes.regrading.table import Bar
from tests.lessons.factories import make_user
from tests.quizzes.factories import right, wrong
from tests.quizzes.regrading.setting import compared, correct, only_option_1, taken, two_questions


@pytest.mark.parametrize(
    ("difference", "number"),
    [("0", 0), ("0.01", 1), ("10", 1), ("10.01", 2), ("100", 10), ("-0.01", -1), ("-10", -1), ("-33.33", -4)],
)
def test_a_difference_falls_into_the_bar_that_ends_with_it(difference: str, number: int) -> None:
    assert table.bin_of(Decimal(difference)) == number


@pytest.mark.parametrize(
    ("bar", "label"),
    [
        (Bar(0, 0, 1), "no change"),
        (Bar(0, 10, 1), "up to +10 %"),
        (Bar(-10, 0, 1), "up to −10 %"),
        (Bar(20, 30, 1), "+20 … +30 %"),
        (Bar(-30, -20, 1), "−30 … −20 %"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_bar_is_named_by_what_it_holds(bar: Bar, label: str) -> None:
    assert bar.label == label


def test_bars_have_no_gap_and_always_show_both_sides() -> None:
    bars = list(table.bars(Counter({0: 5, 3: 1})))
    assert [(bar.low, bar.high, bar.number) for bar in bars] == [
        (-10, 0, 0), (0, 0, 5), (0, 10, 0), (10, 20, 0), (20, 30, 1)
    ]  # fmt: skip


def test_without_attempts_there_is_no_bar() -> None:
    assert list(table.bars(Counter())) == []


def test_the_tallest_bar_fills_the_picture_and_even_one_attempt_is_seen() -> None:
    plot = plot_of([Bar(-10, 0, 1), Bar(0, 0, 400), Bar(0, 10, 0)])
    one, many, none = plot.bars
    assert (many.y, many.y + many.height, none.height) == (28, plot.bottom, 0)
    assert one.height == 3
    assert [bar.tone for bar in plot.bars] == ["loss", "same", "gain"]


@pytest.mark.django_db
class TestSummary:
    def test_says_who_would_pass_and_who_no_longer(self) -> None:
        quiz, ada = two_questions(), make_user("ada")
        quiz.pass_percent = 60
        quiz.save()
        taken(quiz, lambda attempt: wrong(attempt, "true") | right(attempt, "source"))
        taken(quiz, right)
        correct(quiz, options=only_option_1(quiz))
        found = table.summary(compared(quiz, ada, may_lower=True))
        assert (found.changing, found.passing, found.failing) == (2, 1, 1)

    def test_counts_what_is_kept_as_no_change(self) -> None:
        quiz, ada = two_questions(), make_user("ada")
        taken(quiz, right)
        correct(quiz, options=only_option_1(quiz))
        found = table.summary(compared(quiz, ada))
        assert (found.changing, {bar.label: bar.number for bar in found.bars}["no change"]) == (0, 1)

    def test_says_nothing_of_an_attempt_whose_score_a_person_set(self) -> None:
        quiz, ada = two_questions(), make_user("ada")
        attempt = taken(quiz, wrong)
        manual_grades.give(attempt, Decimal(3), "On paper.", ada)
        correct(quiz, options=only_option_1(quiz))
        found: Any = table.summary(compared(quiz, ada, treatments={"source": "full"}))
        assert (found.changing, found.passing) == (1, 0)
