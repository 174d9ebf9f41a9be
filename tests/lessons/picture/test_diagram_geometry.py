"""The pictures of all data planes, measured on their elements: nothing covers anything, nothing crosses needlessly."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import netsim
from lessons.picture.canvas import LABEL_SIZE, SMALLEST_ZOOM
from lessons.picture.drawing import MAX_BESIDE, draw
from tests.lessons import pictures
from tests.lessons.planes import MESHES, MODES, NODE_LOCAL_DNS, PLANES, PROBES, harbour, meshed, packet, request

SCENES = Path(__file__).parents[2] / "netsim" / "scenes"
PAGE, BESIDE, PHONE = 1216 - 8, 1216 - 392 - 8, 390 - 16
"""Widths of a picture on a page of 1280 px, beside the packet's panel, and on a phone."""
ONE_MORE = """\
apiVersion: v1
kind: Pod
metadata: {name: late, namespace: shop}
spec: {nodeName: n2, containers: [{name: x}]}
"""
ONE_MORE_STILL = "---\n" + ONE_MORE.replace("name: late", "name: later")
Diagram = dict[str, Any]


def played(simulation: netsim.Simulation, show: dict[str, Any] | None = None) -> list[Diagram]:
    """The picture of each of the packets that every test of the data planes sends."""
    return [draw(simulation, packet(simulation, probe), show or {}) for probe in PROBES]


def in_mesh(mesh: str) -> list[Diagram]:
    simulation = meshed(mesh)
    return [draw(simulation, request(simulation, "pod/shop/web-0", "http://api.shop/"), {})]


def of_file(name: str) -> list[Diagram]:
    text = (SCENES / name).read_text()
    return [draw(netsim.Simulation(netsim.load_cluster([(name, text)])), (), {})]


def with_local_dns(mode: str) -> list[Diagram]:
    simulation = harbour(mode=mode, changes=NODE_LOCAL_DNS)
    caches = [f"{pod.namespace}/{pod.name}" for pod in simulation.cluster.pods if pod.host_network]
    return [draw(simulation, (), {"pods": ["ops/probe", *caches], "ends": ["node/n1"]})]


CASES: dict[str, Callable[[], list[Diagram]]] = {
    **{plane: partial(lambda plane: played(harbour(plane)), plane) for plane in PLANES},
    **{mode: partial(lambda mode: played(harbour(mode=mode)), mode) for mode in MODES},
    **{mesh: partial(in_mesh, mesh) for mesh in MESHES},
    **{name: partial(of_file, name) for name in ("kubectl-dump.yaml", "services.yaml")},
    "NodeLocal DNS": partial(with_local_dns, "iptables"),
    "NodeLocal DNS with IPVS": partial(with_local_dns, "ipvs"),
}


@pytest.fixture(params=CASES.values(), ids=CASES.keys(), scope="module")
def diagrams(request: pytest.FixtureRequest) -> list[Diagram]:
    make: Callable[[], list[Diagram]] = request.param
    return make()


def test_no_two_boxes_or_captions_overlap(diagrams: list[Diagram]) -> None:
    assert [found for diagram in diagrams if (found := pictures.overlapping(diagram))] == []


def test_no_wire_runs_through_a_box_or_a_caption(diagrams: list[Diagram]) -> None:
    assert [found for diagram in diagrams if (found := pictures.obstructed(diagram))] == []


def test_wires_cross_only_where_pods_of_services_alternate(diagrams: list[Diagram]) -> None:
    for diagram in diagrams:
        unavoidable = {name for pair in pictures.interleaved(diagram) for name in pair}
        crossing = pictures.crossings(diagram)
        assert [pair for pair in crossing if not all(name.split()[1] in unavoidable for name in pair)] == []


def test_wires_are_upright_or_level(diagrams: list[Diagram]) -> None:
    assert [found for diagram in diagrams if (found := pictures.slanted(diagram))] == []


def test_wires_end_at_the_edges_of_what_they_join(diagrams: list[Diagram]) -> None:
    assert [found for diagram in diagrams if (found := pictures.loose(diagram))] == []


def test_labels_fit_their_boxes(diagrams: list[Diagram]) -> None:
    assert [found for diagram in diagrams if (found := pictures.too_long(diagram))] == []


def test_everything_is_inside_the_picture(diagrams: list[Diagram]) -> None:
    assert [found for diagram in diagrams if (found := pictures.outside(diagram))] == []


def three_by_three() -> Diagram:
    """Harbour with three Pods on each node, all Services, the router and the client."""
    return draw(harbour(changes=ONE_MORE), (), {})


def test_three_nodes_of_three_pods_keep_labels_of_12_pixels_on_a_page_of_1280() -> None:
    diagram = three_by_three()
    assert sum(name.startswith("pod:") for name in pictures.boxes(diagram)) == 9
    assert LABEL_SIZE * PAGE / diagram["size"][0] >= 12


def test_a_picture_beside_its_panel_keeps_labels_of_12_pixels() -> None:
    assert LABEL_SIZE * BESIDE / MAX_BESIDE >= 12
    assert LABEL_SIZE * SMALLEST_ZOOM >= 12


@pytest.mark.parametrize("plane", PLANES)
def test_a_node_with_three_pods_fills_a_phone(plane: str) -> None:
    node = pictures.boxes(draw(harbour(plane), (), {}))["node:n1"]
    assert LABEL_SIZE * PHONE / (node.right - node.left + 8) >= 11.5


NODES = {"nodes": ["n1", "n2", "n3"], "services": []}


def positions(diagram: Diagram) -> dict[str, dict[str, float]]:
    return {e["data"]["id"]: e["position"] for e in diagram["elements"] if "position" in e}


@pytest.mark.parametrize("plane", PLANES)
def test_one_more_pod_takes_a_free_slot_and_moves_nothing(plane: str) -> None:
    before = positions(draw(harbour(plane), (), NODES | {"pods": ["ops/probe", "shop/web-1", "shop/api-0"]}))
    shown = NODES | {"pods": ["ops/probe", "shop/web-1", "shop/api-0", "shop/late"]}
    after = positions(draw(harbour(plane, changes=ONE_MORE), (), shown))
    assert "pod:shop/late" in after
    assert {name: after[name] for name in before} == before


@pytest.mark.parametrize("plane", [plane for plane in PLANES if not plane.startswith("cilium")])
def test_without_a_free_slot_a_node_grows_and_none_of_its_devices_moves(plane: str) -> None:
    two, three = (
        positions(draw(harbour(plane, changes=ONE_MORE + ONE_MORE_STILL), (), NODES | {"pods": list(pods)}))
        for pods in (("shop/web-1", "shop/late"), ("shop/web-1", "shop/late", "shop/later"))
    )
    own = ("interface:n2:", "interface:shop/", "process:shop/")
    bars = ("interface:n2:cni0", "interface:n2:weave")
    devices = [name for name in two if name.startswith(own) and name not in bars]
    assert {name: three[name] for name in devices} == {name: two[name] for name in devices}


def test_without_a_free_slot_the_columns_to_the_right_move_as_they_are() -> None:
    before, after = positions(draw(harbour(), (), {})), positions(draw(harbour(changes=ONE_MORE), (), {}))
    moved = {name: after[name]["x"] - before[name]["x"] for name in before if ":n1" in name or "n3" in name}
    assert {shift for name, shift in moved.items() if ":n1" in name} == {0}
    assert len({shift for name, shift in moved.items() if ":n3" in name and not name.startswith("service:")}) == 1
    assert {after[name]["y"] - before[name]["y"] for name in before} == {0}


def test_router_and_client_stay_when_a_node_joins_their_subnet() -> None:
    alone, both = (positions(draw(harbour(), (), {"nodes": nodes, "services": []})) for nodes in (["n1"], ["n1", "n2"]))
    outside = ("router:router:", "outside:external:")
    assert {name: both[name] for name in outside} == {name: alone[name] for name in outside}


@pytest.mark.parametrize("part", ["netfilter:{}:", "routing:{}:", "interface:{}:cni0", "interface:{}:eth0"])
def test_the_same_part_is_at_the_same_height_in_every_node(part: str) -> None:
    placed = positions(draw(harbour(), (), {}))
    assert len({placed[part.format(node)]["y"] for node in ("n1", "n2", "n3")}) == 1


def test_the_ends_of_a_packet_are_drawn_before_it_is_sent() -> None:
    simulation, show = harbour(), NODES | {"pods": ["shop/web-1"], "external": False}
    parts = packet(simulation, netsim.Probe("node/n1", "pod/shop/web-1", 8080))
    before = draw(simulation, (), show | {"ends": ["node/n1", "pod/shop/web-1"]})
    assert before["elements"] == draw(simulation, parts, show)["elements"]
    assert "process:n1:" in pictures.boxes(before)
