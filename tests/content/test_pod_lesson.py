"""Lesson 2 says nothing about a node's namespaces, cables and rules that the engine does not say too."""

from __future__ import annotations

import re

import pytest

import netsim
from netsim.tools.iptables_save import iptables_save
from tests.content.claims import addresses_in, blocks, dialed, known_addresses, lesson_named, table

LESSON = lesson_named("a-pod-on-the-wire")
SIMULATION = LESSON.simulation()
PODS = {pod.name: pod for pod in SIMULATION.cluster.pods}
DESTINATIONS = {"web-0 on n1": "pod/shop/web-0", "web-1 on n2": "pod/shop/web-1", "n2 itself": "node/n2"}
ELSEWHERE = {"127.0.0.1/8", "10.244.1.2", "172.20.1.12"}


def typed(machine: str, line: str) -> list[str]:
    return [" ".join(printed.split()) for printed in netsim.Terminal(SIMULATION, machine).run(line).text.splitlines()]


def test_the_lists_of_interfaces_are_those_of_the_pod_and_of_its_node() -> None:
    told = [" ".join(line.split()) for line in blocks(LESSON, "interfaces")]
    assert told == [
        *typed("pod/shop/web-0", "ip -brief address"),
        *typed("node/n1", "ip -brief address"),
    ]


def test_every_iptables_line_is_one_of_n1s() -> None:
    rules = iptables_save(SIMULATION.network.namespaces["n1"]).splitlines()
    assert blocks(LESSON, "iptables")
    assert set(blocks(LESSON, "iptables")) <= set(rules)


@pytest.mark.parametrize("row", table(LESSON, "Pod"), ids=lambda row: row[0])
def test_a_pod_has_this_address(row: list[str]) -> None:
    assert [str(address) for address in PODS[row[0]].pod_ips] == [row[1]]


@pytest.mark.parametrize("row", table(LESSON, "Pod"), ids=lambda row: row[0])
def test_a_pod_declares_the_ports_of_the_table(row: list[str]) -> None:
    ports = [port for container in PODS[row[0]].containers for port in container.ports]
    declared = {number for port in ports for number in (port.port, port.host_port) if number}
    assert {int(number) for number in re.findall(r"\d+", row[2])} == declared


@pytest.mark.parametrize(
    ("pod", "port"), [("web-0", 8080), ("web-0", 9102), ("edge", 443), ("mon", 9100)], ids=lambda value: str(value)
)
def test_a_pod_listens_on_the_ports_of_the_table(pod: str, port: int) -> None:
    namespace = PODS[pod].namespace
    exchange = dialed(LESSON, "pod/ops/probe", f"pod/{namespace}/{pod}", port=port)
    assert exchange["client_sees"] == "connected"


@pytest.mark.parametrize("row", table(LESSON, "`mon` connects to"), ids=lambda row: row[0])
def test_the_receiver_sees_this_source_of_mon(row: list[str]) -> None:
    exchange = dialed(LESSON, "pod/ops/mon", DESTINATIONS[row[0]], port=8080)
    taps = [(hop["interface"], hop["packet"]["ip"]["source"]) for hop in exchange["request"]["hops"]]
    left_by = next(interface for interface, _source in taps if interface)
    assert [left_by, taps[-1][1]] == row[1:]


def test_a_pod_of_the_node_reaches_the_host_port_masqueraded() -> None:
    exchange = dialed(LESSON, "pod/ops/probe", "node/n1", port=8443)
    assert exchange["seen_by_server"]["source_ip"] == "10.244.1.1"


def test_nobody_on_n1_listens_on_the_host_port() -> None:
    assert not [line for line in typed("node/n1", "ss -lnt") if ":8443" in line]


def test_every_address_is_one_of_harbours() -> None:
    with_length = {
        str(address)
        for namespace in SIMULATION.network.namespaces.values()
        for interface in namespace.interfaces.values()
        for address in interface.addresses
    }
    assert addresses_in(LESSON) - known_addresses(SIMULATION) - with_length - ELSEWHERE == set()
