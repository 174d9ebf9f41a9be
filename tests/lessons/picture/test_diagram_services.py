"""How Services stand above their Pods. Pods a to f stand side by side, 148 apart."""

from __future__ import annotations

from itertools import pairwise

import pytest

from lessons.picture.canvas import Box
from lessons.picture.services import Placed, ServiceLabel, crossings, height, place

PODS = {name: Box(70 + 148 * number, 300, 140, 100) for number, name in enumerate("abcdef")}


def placed(*sets: str) -> list[Placed]:
    """Services S0, S1 … with the Pods that each string names."""
    services = [ServiceLabel(f"S{number}", "Service\naddress", tuple(pods)) for number, pods in enumerate(sets)]
    return place(services, PODS, 0, 880, 0)


def box_of(found: list[Placed], name: str) -> Box:
    return next(each.box for each in found if each.service.name == name)


@pytest.mark.parametrize(
    "sets",
    [("a", "b"), ("ab", "cd"), ("cd", "ab"), ("af", "cd"), ("ac", "df"), ("abc", "def"), ("af", "bc", "de")],
    ids=lambda sets: ",".join(sets),
)
def test_sets_that_do_not_alternate_are_drawn_without_a_crossing(sets: tuple[str, ...]) -> None:
    assert crossings(placed(*sets)) == 0


def test_sets_that_alternate_cross_once_at_least() -> None:
    assert crossings(placed("ad", "cf")) == 1


def test_a_service_between_the_pods_of_another_stands_below_it() -> None:
    found = placed("af", "cd")
    assert box_of(found, "S0").bottom < box_of(found, "S1").top


def test_services_stand_over_their_pods_in_one_row() -> None:
    found = placed("ab", "ef")
    assert box_of(found, "S0").y == box_of(found, "S1").y
    assert 70 < box_of(found, "S0").x < 218 + 62
    assert 662 < box_of(found, "S1").x < 810 + 62


def test_lines_of_several_services_meet_a_pod_side_by_side() -> None:
    drops = sorted(each.drops["a"] for each in placed("a", "a", "a"))
    assert len(set(drops)) == 3
    assert PODS["a"].x < drops[0] < drops[-1] < PODS["a"].right


def test_a_service_without_pods_is_drawn_without_lines() -> None:
    (found,) = placed("")
    assert found.drops == {}


def test_more_services_than_fit_stand_side_by_side_all_the_same() -> None:
    found = sorted(placed(*["a"] * 8), key=lambda each: each.box.x)
    assert all(one.box.right < other.box.left for one, other in pairwise(found))


def test_no_services_need_no_room() -> None:
    assert height([], PODS) == 0


@pytest.mark.parametrize("sets", [("c", "acd"), ("acd", "c"), ("e", "bef")], ids=lambda sets: ",".join(sets))
def test_lines_turn_at_the_heights_that_cross_least(sets: tuple[str, ...]) -> None:
    """The other order of heights crosses twice."""
    assert crossings(placed(*sets)) == 1
