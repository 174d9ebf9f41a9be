"""What had to change and did earns its share; what had to stay and did not takes a share back."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizzes.kinds.behavior_score import Comparison, compared

A, D, OPEN = "allowed", "denied", None
outcomes = st.sampled_from([A, D, OPEN])


def cells(*found: str | None) -> list[dict[str, Any]]:
    return [
        {"action": 0, "source": "pod/a/x", "destination": f"pod/a/{i}", "port": 80, "protocol": "tcp", "outcome": each}
        for i, each in enumerate(found)
    ]


def comparison(before: list[Any], goal: list[Any], now: list[Any]) -> Comparison:
    return compared(cells(*before), cells(*goal), cells(*now))


@pytest.mark.parametrize(
    ("now", "fraction"),
    [
        pytest.param([D, D, A, A, A], Fraction(1), id="the goal"),
        pytest.param([A, A, A, A, A], Fraction(0), id="nothing done"),
        pytest.param([D, A, A, A, A], Fraction(1, 2), id="half done"),
        pytest.param([D, D, D, A, A], Fraction(1, 2), id="done, with one broken"),
        pytest.param([D, D, D, D, D], Fraction(0), id="everything shut"),
        pytest.param([A, A, D, A, A], Fraction(0), id="harm alone is not worth less than nothing"),
        pytest.param([D, OPEN, A, A, A], Fraction(1), id="what is left open now is not counted"),
        pytest.param([D, D, OPEN, OPEN, OPEN], Fraction(1), id="nor as broken"),
    ],
)
def test_what_a_behavior_is_worth(now: list[Any], fraction: Fraction) -> None:
    assert comparison([A] * 5, [D, D, A, A, A], now).fraction == fraction


def test_what_the_goal_leaves_open_is_not_counted() -> None:
    found = comparison([A, A, A], [D, OPEN, A], [D, D, A])
    assert (found.fraction, found.to_change, found.to_keep, found.wrong) == (1, 1, 1, ())


@pytest.mark.parametrize(
    ("before", "goal", "now", "problem"),
    [
        pytest.param(A, D, A, "still-open", id="was open and still is"),
        pytest.param(D, D, A, "now-open", id="was shut and is open"),
        pytest.param(D, A, D, "still-closed", id="was shut and still is"),
        pytest.param(A, A, D, "now-closed", id="was open and is shut"),
        pytest.param("timeout", "connected: a/x", "refused", "other", id="a packet's end"),
    ],
)
def test_what_is_wrong_has_a_name(before: str, goal: str, now: str, problem: str) -> None:
    [difference] = comparison([before], [goal], [now]).wrong
    assert (difference.problem, difference.number) == (problem, 0)


@given(st.lists(st.tuples(outcomes, outcomes, outcomes), min_size=1, max_size=12))
def test_doing_nothing_earns_nothing_and_more_harm_never_earns_more(triples: list[tuple[Any, Any, Any]]) -> None:
    before, goal, now = (list(each) for each in zip(*triples, strict=True))
    assert comparison(before, goal, before).fraction == 0
    earned = comparison(before, goal, now).fraction
    assert 0 <= earned <= 1
    for index, (was, wanted, found) in enumerate(triples):
        if was == wanted == found == A:
            worse = [*now[:index], D, *now[index + 1 :]]
            assert comparison(before, goal, worse).fraction <= earned


@given(st.lists(st.tuples(outcomes, outcomes), min_size=1, max_size=12))
def test_only_the_goal_earns_everything(pairs: list[tuple[Any, Any]]) -> None:
    before, goal = (list(each) for each in zip(*pairs, strict=True))
    found = comparison(before, goal, goal)
    assert found.fraction == bool(found.to_change)
    assert found.wrong == ()
