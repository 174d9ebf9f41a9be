"""Lesson 5: bytes, ports, MTUs, tables and lines of traceroute are those of Harbour in each of its modes."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

import netsim
from tests.content.claims import addresses_in, blocks, dialed, known_addresses, lesson_named, table

LESSON = lesson_named("routes-tunnels-mtu")
NETWORK = next(d for d in yaml.safe_load_all(LESSON.scene) if d["kind"] == "ClusterNetwork")
MODES = {
    "plain routes": {"plugin": "flannel", "backend": "host-gw"},
    "IP in IP": {"plugin": "calico", "backend": "ipip"},
    "VXLAN, flannel": {"plugin": "flannel", "backend": "vxlan"},
    "VXLAN, Calico": {"plugin": "calico", "backend": "vxlan"},
    "WireGuard, flannel": {"plugin": "flannel", "backend": "wireguard"},
}
FILLS_WIREGUARD_BLOCKS = 20
"""Bytes of data that make the inner packet 48 bytes long with its headers: WireGuard pads to multiples of 16."""
ELSEWHERE = {"10.244.2.1"}


def network(cni: dict[str, Any], mtu: int = 1500) -> str:
    """The cluster's settings with another plugin or other links."""
    spec = NETWORK["spec"]
    changed = spec | {"cni": cni, "underlay": spec["underlay"] | {"mtu": mtu}}
    return yaml.safe_dump(NETWORK | {"spec": changed})


def between_the_nodes(mode: str) -> dict[str, Any]:
    """The packet of a ping from the probe to web-1 as it leaves n1."""
    changes = network(MODES[mode])
    exchange = dialed(LESSON, "pod/ops/probe", "pod/shop/web-1", changes, protocol="icmp", size=FILLS_WIREGUARD_BLOCKS)
    return next(
        hop["packet"] for hop in exchange["request"]["hops"]
        if (hop["netns"], hop["interface"], hop["direction"]) == ("n1", "eth0", "out")
    )  # fmt: skip


@pytest.mark.parametrize("row", table(LESSON, "way"), ids=lambda row: row[0])
def test_wrapping_costs_the_bytes_of_the_table(row: list[str]) -> None:
    packet = between_the_nodes(row[0])
    inner = packet["inner"] or packet
    assert packet["ip"]["length"] - inner["ip"]["length"] == int(row[1])


@pytest.mark.parametrize("row", table(LESSON, "way"), ids=lambda row: row[0])
def test_pods_have_the_mtu_and_the_mss_of_the_table(row: list[str]) -> None:
    changes = network(MODES[row[0]])
    mtu = LESSON.simulation(changes).network.namespaces["ops/probe"].interfaces["eth0"].mtu
    first = dialed(LESSON, "pod/ops/probe", "pod/shop/web-1", changes, port=8080)["request"]["hops"][0]
    assert [str(mtu), str(first["packet"]["tcp"]["mss"])] == row[2:4]


@pytest.mark.parametrize("row", table(LESSON, "way"), ids=lambda row: row[0])
def test_the_underlay_sees_what_the_table_says(row: list[str]) -> None:
    packet = between_the_nodes(row[0])
    seen = f"UDP {packet['udp']['destination_port']}" if "udp" in packet else packet["ip"]["protocol"]
    assert seen == {"the Pods’ own packets": "icmp", "IP protocol 4": "ipencap"}.get(row[4], row[4])


def test_links_of_9001_bytes_leave_8951() -> None:
    probe = LESSON.simulation(network(MODES["VXLAN, flannel"], 9001)).network.namespaces["ops/probe"]
    assert probe.interfaces["eth0"].mtu == 8951


def test_the_headers_in_the_middle_of_the_table_are_fifty_bytes() -> None:
    counted = [int(row[1]) for row in table(LESSON, "header")[1:5]]
    assert counted == [20, 8, 8, 14]


def test_the_evidence_is_what_n1_prints() -> None:
    terminal = netsim.Terminal(LESSON.simulation(), "node/n1")
    printed = [
        line.strip()
        for command in ("ip route", "ip neigh", "bridge fdb show dev flannel.1")
        for line in terminal.run(command).text.splitlines()
    ]
    told = blocks(LESSON, "evidence")
    assert len(told) == 3
    assert [line for line in told if not any(f"{line} ".startswith(f"{found} ") for found in printed)] == []


@pytest.mark.parametrize(("size", "answered"), [(1422, True), (1423, False)])
def test_the_largest_ping_is_that_of_the_text(size: int, answered: bool) -> None:
    ping = f"ping -c 1 -M do -s {size} 10.244.3.7"
    assert ("1 received" in netsim.Terminal(LESSON.simulation(), "pod/ops/probe").run(ping).text) is answered


def test_the_ttl_of_the_inner_packet_counts_two_routers() -> None:
    assert LESSON.played(LESSON.experiment("outer-destination"))["seen_by_server"]["ttl"] == 62


@pytest.mark.parametrize(
    ("source", "destination", "sees"),
    [("node/n1", "node/n3", "connected"), ("pod/ops/probe", "pod/shop/web-0", "connected"),
     ("pod/ops/probe", "pod/shop/api-0", "timeout")],
    ids=["node to node", "Pods of one node", "Pods of two nodes"],
)  # fmt: skip
def test_a_blocked_tunnel_shows_itself_as_the_table_of_symptoms_says(source: str, destination: str, sees: str) -> None:
    ping = dialed(LESSON, source, destination, faults=("tunnel-port-blocked",), protocol="icmp")
    assert ping["client_sees"] == sees


def test_every_address_is_one_of_harbours() -> None:
    known = known_addresses(LESSON.simulation())
    assert addresses_in(LESSON) - known - ELSEWHERE == set()
