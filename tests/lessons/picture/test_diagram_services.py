"""How Services stand above their Pods. Pods a to f stand side by side, 148 apart."""

from __future__ import annotations

from itertools import pairwise, permutations

import pytest

from lessons.picture.canvas import Box
from lessons.picture.services import Arrangement, Placed, ServiceLabel, place

PODS = {name: Box(70 + 148 * number, 300, 140, 100) for number, name in enumerate("abcdef")}


def arranged(*sets: str, lines: tuple[str, ...] = ()) -> Arrangement:
    """Services S0, S1 … with the Pods that each string names, and lines from above."""
    services = [ServiceLabel(f"S{number}", "Service\naddress", tuple(pods)) for number, pods in enumerate(sets)]
    return place([service.item for service in services], PODS, (0, 880), 0, lines)


def placed(*sets: str) -> list[Placed]:
    return list(arranged(*sets).placed)


def crossings(found: list[Placed]) -> int:
    """How often upright lines cross level ones."""
    return sum(_crosses(one, other) for one, other in permutations(found, 2))


def _crosses(one: Placed, other: Placed) -> int:
    if not one.drops or not other.drops:
        return 0
    left, right = min([other.box.x, *other.drops.values()]), max([other.box.x, *other.drops.values()])
    level, across = one.box.bottom + one.turn, other.box.bottom + other.turn
    drops = sum(left < x < right for x in one.drops.values()) if level < across else 0
    return drops + int(left < one.box.x < right and one.box.bottom < across < level)


def box_of(found: list[Placed], name: str) -> Box:
    return next(each.box for each in found if each.item.name == name)


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
    assert arranged().bottom == 0


@pytest.mark.parametrize("sets", [("c", "acd"), ("acd", "c"), ("e", "bef")], ids=lambda sets: ",".join(sets))
def test_lines_turn_at_the_heights_that_cross_least(sets: tuple[str, ...]) -> None:
    """The other order of heights crosses twice."""
    assert crossings(placed(*sets)) == 1


def test_a_line_from_above_ends_on_top_of_its_service() -> None:
    (passage,) = arranged("a", "f", lines=("S1",)).passages
    assert passage.way == passage.x == box_of(placed("a", "f"), "S1").x


def test_a_line_to_a_pod_passes_beside_every_service() -> None:
    found = arranged("a", "c", "ae", lines=("c",))
    (passage,) = found.passages
    assert not any(each.box.left <= passage.way <= each.box.right for each in found.placed)
    assert max(each.box.bottom for each in found.placed) < passage.turn < found.bottom


@pytest.mark.parametrize("sets", [("a",), ("a", "b"), ("f",), ("e", "f")], ids=lambda sets: ",".join(sets))
def test_a_line_to_a_pod_meets_it_on_the_side_of_its_services_line_from_which_it_comes(sets: tuple[str, ...]) -> None:
    pod = sets[-1]
    found = arranged(*sets, lines=(pod,))
    (passage,) = found.passages
    service = next(each for each in found.placed if pod in each.drops)
    assert (passage.x < service.drops[pod]) == (passage.way < service.box.x)


def test_lines_that_pass_the_same_gap_stand_beside_each_other() -> None:
    ways = [passage.way for passage in arranged("af", "c", lines=("c", "c", "d")).passages]
    assert len(set(ways)) == 3


def test_services_between_the_lines_of_another_stay_between_them() -> None:
    found = arranged("ae", "d", "d")
    outer = next(each for each in found.placed if each.item.name == "S0")
    inner = [each.box for each in found.placed if each.item.name != "S0"]
    assert min(outer.drops.values()) < min(box.left for box in inner)
    assert max(box.right for box in inner) < max(outer.drops.values())
