"""Lesson 1 says nothing about interfaces, routes, prefixes and TTLs of Harbour that the engine does not say too."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest

import netsim
from lessons.content.action_schema import ProbeSpec
from tests.content.claims import addresses_in, blocks, dialed, known_addresses, lesson_named, table

LESSON = lesson_named("addresses-prefixes-next-hop")
NAMESPACES = LESSON.simulation().network.namespaces
INTERFACES = {
    "probe’s eth0": ("ops/probe", "eth0"),
    "n1’s cni0, the bridge for its Pods": ("n1", "cni0"),
    "n1’s eth0": ("n1", "eth0"),
    "n2’s eth0": ("n2", "eth0"),
    "r1 in rack A": ("router", "eth-rack-a"),
    "r1 in rack B": ("router", "eth-rack-b"),
    "n3’s eth0": ("n3", "eth0"),
}
ROUTED = LESSON.experiment("no-better-route").compare[0].changes
WAYS = {
    "to web-0, over n1’s bridge": ("pod/shop/web-0", 8080, ""),
    "to web-0, where Calico routes on n1 instead of bridging": ("pod/shop/web-0", 8080, ROUTED),
    "to web-1 on n2": ("pod/shop/web-1", 8080, ""),
    "to api-0 on n3, if r1 knows the Pod ranges": ("pod/shop/api-0", 9090, ROUTED),
}
ELSEWHERE = {
    "10.96.41.80", "192.168.1.1", "192.168.0.0/16", "192.168.50.0/24", "192.168.50.0/26", "192.168.0.5/24",
    "10.0.0.5/24", "010.0.0.5", "10.0.0.0/24", "10.0.0.5/32", "0.0.0.0/0", "10.244.9.9", "127.0.0.0/8",
    "10.96.0.0/12", "10.111.255.255", "172.17.0.0/16", "172.20.1.0/24", "10.244.0.0", "10.244.0.0/17",
    "10.244.0.0/18", "10.244.0.0/19", "10.244.0.0/20", "203.0.113.50",
}  # fmt: skip
"""Examples of prefixes, of what the API refuses, and of addresses that nobody on Harbour has."""


@pytest.mark.parametrize("row", table(LESSON, "interface"), ids=lambda row: row[0])
def test_an_interface_has_these_addresses(row: list[str]) -> None:
    netns, name = INTERFACES[row[0]]
    interface = NAMESPACES[netns].interfaces[name]
    assert [str(interface.addresses[0]), interface.mac] == row[1:]


def test_the_routing_table_is_the_whole_one_of_n1() -> None:
    printed = netsim.Terminal(LESSON.simulation(), "node/n1").run("ip route").text
    assert [line.strip() for line in printed.splitlines()] == blocks(LESSON, "routes")


@pytest.mark.parametrize("row", table(LESSON, "destination"), ids=lambda row: row[0])
def test_the_longest_prefix_wins_as_the_table_says(row: list[str]) -> None:
    route = NAMESPACES["n1"].routes.lookup(ip_address(row[0]))
    assert route is not None
    prefix = "default" if route.destination == ip_network("0.0.0.0/0") else str(route.destination)
    hop = str(route.gateway) if route.gateway else f"itself, on {route.device}"
    assert [prefix, hop] == row[1:]


@pytest.mark.parametrize("row", table(LESSON, "way from the probe"), ids=lambda row: row[0])
def test_the_ttl_on_arrival_is_that_of_the_table(row: list[str]) -> None:
    destination, port, changes = WAYS[row[0]]
    exchange = dialed(LESSON, "pod/ops/probe", destination, changes, port=port)
    assert str(exchange["seen_by_server"]["ttl"]) == row[2]


@pytest.mark.parametrize("row", table(LESSON, "range"), ids=lambda row: row[0])
def test_a_range_has_as_many_addresses_as_the_table_says(row: list[str]) -> None:
    network = ip_network(f"10.244.0.0{row[0]}")
    assert [str(32 - network.prefixlen), str(network.num_addresses)] == row[1:3]


def test_the_report_of_r1_comes_from_its_address_in_rack_a() -> None:
    reply = LESSON.played(LESSON.experiment("no-better-route"))["reply"]["hops"][0]
    assert (reply["netns"], reply["packet"]["ip"]["source"]) == ("router", "172.20.1.1")


def test_the_pod_of_the_last_trace_is_reached_through_two_routers() -> None:
    probe = ProbeSpec.model_validate({"from": "pod/shop/web-1", "to": "pod/shop/web-0", "port": 8080})
    assert LESSON.exchange(probe)["seen_by_server"]["ttl"] == 62


def test_every_address_is_one_of_harbours_or_an_example() -> None:
    known = known_addresses(LESSON.simulation()) | known_addresses(LESSON.simulation(ROUTED)) | ELSEWHERE
    with_length = {str(address) for n in NAMESPACES.values() for i in n.interfaces.values() for address in i.addresses}
    assert addresses_in(LESSON) - known - with_length == set()
