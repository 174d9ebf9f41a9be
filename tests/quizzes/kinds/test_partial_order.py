"""What must come before what: the longest run in a right order is that of a plain search, whatever the order."""

from __future__ import annotations

from graphlib import CycleError
from itertools import combinations, permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizzes.kinds.partial_order import Before, closed, longest_run, width

COUNT = 6


@st.composite
def orders(draw: st.DrawFn) -> Before:
    """Any acyclic order of a few things: each comes after some of those with smaller numbers, which are mixed then."""
    numbers = draw(st.permutations(range(COUNT)))
    earlier = [draw(st.sets(st.integers(0, thing - 1))) if thing else set() for thing in range(COUNT)]
    return closed({numbers[thing]: [numbers[each] for each in earlier[thing]] for thing in range(COUNT)})


def keeps(run: tuple[int, ...], before: Before) -> bool:
    return not any(later in before[thing] for thing, later in combinations(run, 2))


def plain_search(given_order: list[int], before: Before) -> int:
    runs = (run for size in range(COUNT, 0, -1) for run in combinations(given_order, size) if keeps(run, before))
    return len(next(runs))


@given(before=orders(), given_order=st.permutations(range(COUNT)))
def test_the_longest_run_is_that_of_a_plain_search(before: Before, given_order: list[int]) -> None:
    assert longest_run(given_order, before) == plain_search(given_order, before)


@given(before=orders(), given_order=st.permutations(range(COUNT)))
def test_a_run_is_complete_where_nothing_comes_too_early_and_never_shorter_than_the_width(
    before: Before, given_order: list[int]
) -> None:
    run = longest_run(given_order, before)
    assert (run == COUNT) == keeps(tuple(given_order), before)
    assert run >= width(before)


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        pytest.param({0: [], 1: [0], 2: [1]}, 1, id="a chain"),
        pytest.param({0: [], 1: [0], 2: [0], 3: [1, 2]}, 2, id="a diamond"),
        pytest.param({0: [], 1: [], 2: []}, 3, id="no order"),
        pytest.param({0: [], 1: [0], 2: [], 3: [2]}, 2, id="two chains"),
    ],
)
def test_the_width_is_the_shortest_run_that_any_order_has(before: dict[int, list[int]], expected: int) -> None:
    order = closed(before)
    assert width(order) == expected == min(longest_run(each, order) for each in permutations(before))


def test_what_comes_before_something_comes_before_all_that_follows_it() -> None:
    assert closed({2: [1], 1: [0]}) == {0: frozenset(), 1: {0}, 2: {0, 1}}


def test_a_circle_is_named() -> None:
    with pytest.raises(CycleError) as error:
        closed({0: [1], 1: [0], 2: []})
    assert set(error.value.args[1]) == {0, 1}
