"""Lesson 8 says nothing about Harbour's doors that the engine does not say too.

client 203.0.113.50 ── router ── rack a: n1 (web-0, ops/probe), n2 (web-1)   rack b: n3 (api-0)

Service shop/web: ClusterIP 10.96.41.80:80, node port 30080, balancer 198.51.100.20:80 → 8080
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

import pytest
import yaml

import netsim
from netsim.tools.iptables_save import iptables_save
from tests.content.claims import addresses_in, blocks, dialed, known_addresses, lesson_named, packet_at, table

LESSON = lesson_named("services-from-outside")
WEB = next(
    document
    for document in yaml.safe_load_all(LESSON.scene)
    if document["kind"] == "Service" and document["metadata"]["name"] == "web"
)
BALANCER = "198.51.100.20"
THE_THIRD_POD_OF_A_COMPARISON = "10.244.3.8"
NO_MACHINE_OF_HARBOUR = {"127.0.0.1", "198.18.0.0/15", THE_THIRD_POD_OF_A_COMPARISON}


def web(**spec: Any) -> str:
    """The Service web with other fields in its spec."""
    return yaml.safe_dump(WEB | {"spec": WEB["spec"] | spec})


LOCAL = web(externalTrafficPolicy="Local", healthCheckNodePort=31500)
POLICIES = {"Cluster": "", "Local": LOCAL}


def test_every_iptables_line_is_one_of_n1s() -> None:
    assert set(blocks(LESSON, "iptables")) <= set(
        iptables_save(LESSON.simulation().network.namespaces["n1"]).splitlines()
    )


def test_the_three_ways_in_are_those_of_the_service() -> None:
    simulation = LESSON.simulation()
    nodes = ", ".join(str(node.addresses[0]) for node in simulation.cluster.nodes)
    port = WEB["spec"]["ports"][0]
    assert [row[1:] for row in table(LESSON, "way in")] == [
        [WEB["spec"]["clusterIP"], str(port["port"])],
        [nodes, str(port["nodePort"])],
        [BALANCER, str(port["port"])],
    ]


TAPS = {
    "the client’s eth0, leaving": ("external", "eth0", "out"),
    "n1’s eth0, arriving": ("n1", "eth0", "in"),
    "n1’s flannel.1, leaving": ("n1", "flannel.1", "out"),
    "web-1’s eth0, arriving": ("shop/web-1", "eth0", "in"),
}


@pytest.mark.parametrize("row", table(LESSON, "where"), ids=lambda row: row[0])
def test_the_packet_has_these_addresses_there(row: list[str]) -> None:
    ip = packet_at(dialed(LESSON, "external", "node/n1", port=30080, seed=1), *TAPS[row[0]])["ip"]
    assert row[1:] == [ip["source"], ip["destination"]]


@pytest.mark.parametrize("row", table(LESSON, "policy"), ids=lambda row: " ".join(row[:3]))
def test_the_server_sees_the_source_in_the_table(row: list[str]) -> None:
    policy, node, endpoint, source = row
    server = endpoint.split()[0]
    simulation = LESSON.simulation(POLICIES[policy])
    branches = simulation.branches(netsim.Probe("external", f"node/{node}", 30080))
    seen = {
        document["server"]["name"]: document["seen_by_server"]["source_ip"]
        for document in (netsim.exchange_document(branch) for branch in branches)
    }
    assert seen[server] == source


@pytest.mark.parametrize("row", table(LESSON, "node"), ids=lambda row: row[0])
def test_the_health_check_answers_as_the_table_says(row: list[str]) -> None:
    node, endpoints, status = row
    reason = dialed(LESSON, "external", f"node/{node}", LOCAL, port=31500)["reason"]
    assert f"{status}, {endpoints} local endpoints" in reason


@pytest.mark.parametrize("row", table(LESSON, "node", 1), ids=lambda row: row[0])
def test_the_shares_of_the_table_are_those_of_an_even_balancer(row: list[str]) -> None:
    _, pods, of_the_node, of_a_pod = row
    assert (Fraction(of_the_node), Fraction(of_a_pod)) == (Fraction(1, 2), Fraction(1, 2) / int(pods))


@pytest.mark.parametrize("mode", ["iptables", "nftables"])
@pytest.mark.parametrize("row", table(LESSON, "dialed"), ids=lambda row: row[0])
def test_the_doors_of_n1_are_open_as_the_table_says(row: list[str], mode: str) -> None:
    address, port = row[0].split()[0].split(":")
    source = {"outside": "external", "probe": "pod/ops/probe", "itself": "node/n1"}[row[0].split()[-1]]
    faults = ("localhost-node-port",) if mode == "nftables" else ()
    found = dialed(LESSON, source, address, faults=faults, port=int(port))["client_sees"]
    assert found == row[1 if mode == "iptables" else 2]


@pytest.mark.parametrize(
    ("changes", "probed", "seen"),
    [
        (LOCAL, ("external", "node/n3", 30080), "timeout"),
        (LOCAL, ("pod/shop/api-0", BALANCER, 80), "connected"),
        (web(loadBalancerSourceRanges=["198.18.0.0/15"]), ("external", BALANCER, 80), "timeout"),
        (web(loadBalancerSourceRanges=["198.18.0.0/15"]), ("external", "node/n2", 30080), "connected"),
    ],
    ids=["n3 under Local", "a Pod dials the balancer", "outside of the ranges", "the node port beside the ranges"],
)
def test_the_client_sees_what_the_text_says(changes: str, probed: tuple[str, str, int], seen: str) -> None:
    source, destination, port = probed
    assert dialed(LESSON, source, destination, changes, port=port)["client_sees"] == seen


@pytest.mark.parametrize(("client", "servers"), [("ops/probe", {"web-0"}), ("shop/api-0", {"web-0", "web-1"})])
def test_a_preference_for_the_node_falls_back(client: str, servers: set[str]) -> None:
    simulation = LESSON.simulation(web(trafficDistribution="PreferSameNode"))
    branches = simulation.branches(netsim.Probe(f"pod/{client}", "svc/shop/web", 80))
    assert {netsim.exchange_document(branch)["server"]["name"] for branch in branches} == servers


def test_the_router_sends_packets_for_the_balancers_address_to_n1() -> None:
    exchange = dialed(LESSON, "external", BALANCER, port=80)
    nodes = [hop["node"] for hop in exchange["request"]["hops"] if hop["node"]]
    assert nodes[0] == "n1"
    assert packet_at(exchange, "n1", "eth0", "in")["ip"]["destination"] == BALANCER


def test_the_static_part_of_the_node_ports_is_that_of_the_keps_formula() -> None:
    first, last = map(int, re.findall(r"take one from (\d+) to (\d+)", LESSON.text.body)[0])
    size = 32767 - first + 1
    assert (first, last) == (30000, first + min(max(16, size // 32), 128) - 1)


def test_every_address_in_the_text_is_one_of_harbours() -> None:
    assert addresses_in(LESSON) - known_addresses(LESSON.simulation()) - NO_MACHINE_OF_HARBOUR == set()
