"""The formulas, against values worked out by hand.

Item-rest correlation of ten weak attempts (item 0, rest 0.4) and ten strong ones (item 1, rest 0.8): the rest is a
straight line in the item, so it is 1. Where half of each group is right it is 0.

Homogeneity of (30 right, 10 not) and (20, 20): 50 of 80 are right, so 25 and 15 are expected of each 40. χ² is
2 · 25/25 + 2 · 25/15 = 16/3 with one degree of freedom; its tail is erfc(√(8/3)) = 0.020921.
Tails: with two degrees of freedom exp(-x/2); the 5 % points of the tables are 3.841 (1), 5.991 (2), 7.815 (3),
9.488 (4), 11.070 (5).
"""

from __future__ import annotations

import pytest

from quizzes.statistics import measures

CLEAR = [(0.0, 0.4)] * 10 + [(1.0, 0.8)] * 10
NOTHING = ([(0.0, 0.4), (1.0, 0.4), (0.0, 0.8), (1.0, 0.8)]) * 5


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        (CLEAR, 1.0),
        ([(1 - item, rest) for item, rest in CLEAR], -1.0),
        (NOTHING, 0.0),
        (CLEAR[1:], None),
        ([(1.0, rest) for _item, rest in CLEAR], None),
        ([(item, 0.5) for item, _rest in CLEAR], None),
    ],
    ids=["perfect", "upside down", "none", "one attempt too few", "all right here", "all the same elsewhere"],
)
def test_discrimination(pairs: list[tuple[float, float]], expected: float | None) -> None:
    assert measures.item_rest_correlation(pairs) == (None if expected is None else pytest.approx(expected))


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ([(30, 10), (20, 20)], 0.020921),
        ([(20, 20), (20, 20)], 1.0),
        ([(30, 10)], None),
        ([(20, 0), (20, 0)], None),
        ([(0, 20), (0, 20)], None),
        ([(9, 1), (10, 0)], None),
        ([(30, 30)] * 4 + [(1, 0)], None),
        ([(18, 2), (16, 4)], None),
        ([], None),
    ],
    ids=[
        "apart",
        "equal",
        "one variant",
        "all right",
        "all wrong",
        "below 1 expected",
        "below 1 in one of five",
        "3 expected twice",
        "none",
    ],
)
def test_variants_are_compared_by_chi_square(counts: list[tuple[int, int]], expected: float | None) -> None:
    assert measures.homogeneity(counts) == (None if expected is None else pytest.approx(expected, abs=1e-5))


@pytest.mark.parametrize(("value", "degrees"), [(3.841, 1), (5.991, 2), (7.815, 3), (9.488, 4), (11.070, 5)])
def test_the_tail_has_the_five_percent_points_of_the_tables(value: float, degrees: int) -> None:
    assert measures.chi_square_tail(value, degrees) == pytest.approx(0.05, abs=2e-5)


@pytest.mark.parametrize(
    ("fraction", "number"),
    [(0.0, 0), (0.0999, 0), (0.1, 1), (0.3, 3), (0.7, 7), (0.95, 9), (1.0, 9), (0.3 / 3, 1)],
)
def test_a_score_falls_into_the_tenth_that_begins_at_or_below_it(fraction: float, number: int) -> None:
    assert measures.histogram([fraction])[number] == 1
