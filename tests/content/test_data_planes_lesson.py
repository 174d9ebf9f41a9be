"""Lesson 6 says about each data plane what the engine says when Harbour runs it."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

import netsim
from tests.content.claims import addresses_in, blocks, dialed, known_addresses, lesson_named, table

LESSON = lesson_named("choosing-a-data-plane")
SETTINGS = next(document for document in yaml.safe_load_all(LESSON.scene) if document["kind"] == "ClusterNetwork")
PLANES: dict[str, dict[str, Any]] = {
    "flannel, VXLAN": {"plugin": "flannel", "backend": "vxlan"},
    "flannel, host-gw": {"plugin": "flannel", "backend": "host-gw"},
    "Calico, BGP with the router": {"plugin": "calico", "backend": "none", "options": {"bgpPeerRouter": True}},
    "Calico, IP-in-IP": {"plugin": "calico", "backend": "ipip"},
    "Calico, VXLAN": {"plugin": "calico", "backend": "vxlan"},
    "Cilium, VXLAN": {"plugin": "cilium", "backend": "vxlan"},
}
OF_EVERY_POD = re.compile(r"^(veth|cali|lxc)[0-9a-f]+$")
ADDRESSES_OF_OTHER_WORLDS = {"169.254.1.1", "10.0.2.15"}
"""Calico's next hop that nobody has, and the card of virtual machines that flannel picks by mistake."""


def on(plane: str) -> str:
    """The scene's settings with this data plane."""
    proxy = "none" if plane.startswith("Cilium") else "iptables"
    return yaml.safe_dump(SETTINGS | {"spec": SETTINGS["spec"] | {"cni": PLANES[plane], "proxy": {"mode": proxy}}})


def simulation(plane: str) -> netsim.Simulation:
    return LESSON.simulation(on(plane))


def devices(plane: str) -> set[str]:
    """n1's devices besides eth0, those of Pods as the table writes them; a bridged veth is no sign of anything."""
    names = set(simulation(plane).network.namespaces["n1"].interfaces) - {"lo", "eth0"}
    shown = {f"{found[1]}…" if (found := OF_EVERY_POD.match(name)) else name for name in names}
    return shown - {"veth…"}


def wire(plane: str) -> str:
    """What leaves n1 for api-0 on n3, in the words of the table."""
    exchange = dialed(LESSON, "pod/ops/probe", "pod/shop/api-0", on(plane), port=9090)
    if exchange["verdict"] != "ACCEPTED":
        return "no way across the router"
    [packet] = [
        hop["packet"] for hop in exchange["request"]["hops"]
        if (hop["netns"], hop["interface"], hop["direction"]) == ("n1", "eth0", "out")
    ]  # fmt: skip
    if packet["inner"] is None:
        return "the Pod’s packet as it is"
    return "IP protocol 4" if packet["ip"]["protocol"] == "ipencap" else f"UDP {packet['udp']['destination_port']}"


ROWS = pytest.mark.parametrize("row", table(LESSON, "data plane"), ids=lambda row: row[0])


@ROWS
def test_n1_has_these_devices(row: list[str]) -> None:
    assert devices(row[0]) == set(row[1].split(", "))


@ROWS
def test_this_travels_from_n1_to_n3(row: list[str]) -> None:
    assert wire(row[0]) == row[2]


@ROWS
def test_pods_have_this_mtu(row: list[str]) -> None:
    assert str(simulation(row[0]).network.namespaces["ops/probe"].interfaces["eth0"].mtu) == row[3]


def test_the_table_has_all_planes() -> None:
    assert [row[0] for row in table(LESSON, "data plane")] == list(PLANES)


@pytest.mark.parametrize(
    ("number", "plane"),
    list(
        enumerate(
            ["flannel, VXLAN", "flannel, host-gw", "Calico, BGP with the router", "Calico, VXLAN", "Cilium, VXLAN"]
        )
    ),
    ids=str,
)
def test_the_route_to_the_pods_of_n2_is_n1s(number: int, plane: str) -> None:
    routes = [route.text() for route in simulation(plane).network.namespaces["n1"].routes]
    assert blocks(LESSON, "routes")[number] in routes


def test_the_policy_in_the_text_is_that_of_the_experiment() -> None:
    text = yaml.safe_load("\n".join(blocks(LESSON, "yaml")))
    assert text == yaml.safe_load(LESSON.experiment("policy-on-flannel").changes)


def test_the_lonely_node_has_no_route_from_bird_but_its_own_blackhole() -> None:
    experiment = LESSON.experiment("no-session")
    n2 = LESSON.simulation(experiment.changes, experiment.faults).network.namespaces["n2"]
    assert [route.text() for route in n2.routes if "proto bird" in route.text()] == [
        "blackhole 10.244.2.0/26 proto bird"
    ]


def test_the_four_wires_of_calico_differ() -> None:
    played = LESSON.played(LESSON.experiment("calico-overlay"))
    firsts = [
        next(h["packet"] for h in exchange["request"]["hops"] if h["interface"] == "eth0" and h["netns"] == "n1")
        for exchange in (played, *played["compare"])
    ]
    assert [(packet["ip"]["protocol"], packet["inner"] is None) for packet in firsts] == [
        ("tcp", True), ("udp", False), ("udp", False), ("ipencap", False),
    ]  # fmt: skip


def test_every_address_in_the_text_is_one_of_harbours() -> None:
    known = set().union(*(known_addresses(simulation(plane)) for plane in PLANES))
    assert addresses_in(LESSON) - known - ADDRESSES_OF_OTHER_WORLDS == set()
