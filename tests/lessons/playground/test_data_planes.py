"""Every data plane, proxy mode and mesh can be drawn and told, not only the one that the first lesson shows."""

from __future__ import annotations

from typing import Any

import pytest

import netsim
from lessons.picture import drawing as diagrams
from lessons.picture import narration
from tests.lessons.planes import MESHES, MODES, PLANES, PROBES, harbour, meshed, packet, request

Parts = list[dict[str, Any]]


def playbacks(simulation: netsim.Simulation) -> list[Parts]:
    return [packet(simulation, probe) for probe in PROBES]


def assert_told_and_drawn(simulation: netsim.Simulation, parts: Parts) -> None:
    told = narration.rows(parts)
    assert all(row["sentence"] and row["layers"] for row in told)
    picture = diagrams.draw(simulation, parts, {})
    drawn = {element["data"]["id"] for element in picture["elements"]}
    assert {stop["element"] for stop in picture["stops"]} <= drawn
    assert len(picture["stops"]) == len(told)


@pytest.mark.parametrize("plane", PLANES)
def test_a_way_through_any_data_plane_is_told_and_drawn(plane: str) -> None:
    for parts in playbacks(harbour(plane)):
        assert_told_and_drawn(harbour(plane), parts)


@pytest.mark.parametrize("mode", MODES)
def test_a_way_in_any_proxy_mode_is_told_and_drawn(mode: str) -> None:
    simulation = harbour(mode=mode)
    for parts in playbacks(simulation):
        assert_told_and_drawn(simulation, parts)


@pytest.mark.parametrize("mesh", MESHES)
def test_a_request_through_any_mesh_is_told_and_drawn(mesh: str) -> None:
    simulation = meshed(mesh)
    assert_told_and_drawn(simulation, request(simulation, "pod/shop/web-0", "http://api.shop/"))
