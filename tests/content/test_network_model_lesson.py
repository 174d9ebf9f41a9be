"""Lesson 3: who sees whom in Harbour, with and without a tunnel, is what its tables and explanations say."""

from __future__ import annotations

from typing import Any

import pytest

from tests.content.claims import addresses_in, dialed, known_addresses, lesson_named, table

LESSON = lesson_named("the-network-model")
ROUTED = LESSON.experiment("from-the-world").compare[0].changes
FLOWS = {
    "probe → web-0, same node": ("pod/ops/probe", "pod/shop/web-0", 8080),
    "probe → api-0, other node": ("pod/ops/probe", "pod/shop/api-0", 9090),
    "probe → n1, its own node": ("pod/ops/probe", "node/n1", 22),
    "probe → n2, another node": ("pod/ops/probe", "node/n2", 22),
    "n1 → web-0": ("node/n1", "pod/shop/web-0", 8080),
    "probe → the world": ("pod/ops/probe", "203.0.113.50", 443),
    "the world → api-0": ("external", "pod/shop/api-0", 9090),
}
ELSEWHERE = {"10.0.0.0/8", "10.244.2.30"}


def told(exchange: dict[str, Any]) -> str:
    """The cell of the table: the source on arrival, and whether anybody translated."""
    hops = exchange["request"]["hops"]
    if exchange["request"]["disposition"] == "NO_ROUTE":
        return "does not arrive"
    translated = any(step["kind"] == "nat" for hop in hops for step in hop["steps"])
    return hops[-1]["packet"]["ip"]["source"] + (", NAT" if translated else "")


@pytest.mark.parametrize(("column", "changes"), [(1, ""), (2, ROUTED)], ids=["flannel", "Calico"])
@pytest.mark.parametrize("row", table(LESSON, "flow"), ids=lambda row: row[0])
def test_the_receiver_sees_this_source(row: list[str], column: int, changes: str) -> None:
    source, destination, port = FLOWS[row[0]]
    assert told(dialed(LESSON, source, destination, changes, port=port)) == row[column]


def test_between_pods_of_different_nodes_nothing_is_translated() -> None:
    exchange = LESSON.played(LESSON.experiment("a-pod-on-another-node"))
    hops = [hop for way in ("request", "reply") for hop in exchange[way]["hops"]]
    assert not [step for hop in hops for step in hop["steps"] if step["kind"] == "nat"]


def test_the_outer_packet_is_the_one_of_the_worked_trace() -> None:
    exchange = LESSON.played(LESSON.experiment("a-pod-on-another-node"))
    outer = next(hop["packet"] for hop in exchange["request"]["hops"] if hop["packet"]["inner"])
    assert (outer["ip"]["source"], outer["ip"]["destination"]) == ("172.20.1.11", "172.20.2.13")
    assert outer["udp"]["destination_port"] == 8472


@pytest.mark.parametrize(
    ("source", "destination", "port"),
    [
        pytest.param("node/n2", "pod/shop/web-0", 8080, id="n2 to a Pod elsewhere"),
        pytest.param("pod/ops/probe", "pod/shop/api-0", 9090, id="Pods of other nodes"),
    ],
)
def test_a_node_that_does_not_forward_spares_what_does_not_cross_it(source: str, destination: str, port: int) -> None:
    experiment = LESSON.experiment("forwarding-off")
    simulation = LESSON.simulation(faults=experiment.faults)
    probe = experiment.probe
    assert probe is not None
    other = probe.model_copy(update={"source": source, "destination": destination, "port": port})
    assert simulation.trace(other.probe()).client_sees == "connected"


def test_every_address_is_one_of_harbours() -> None:
    known = known_addresses(LESSON.simulation()) | known_addresses(LESSON.simulation(ROUTED))
    assert addresses_in(LESSON) - known - ELSEWHERE == set()
