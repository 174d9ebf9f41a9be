"""Lesson 15: what it says of faults, signals and tools is what Harbour shows when it is broken like that."""

from __future__ import annotations

from typing import Any

import pytest

import netsim
from lessons.content.action_schema import FaultSpec
from lessons.content.course_files import read_lesson
from tests.content.claims import addresses_in, dialed, known_addresses, lesson_named, table
from tests.content.shipped import COURSE

LESSON = lesson_named("troubleshooting")
CAUSES = {
    "the selector matches no Pod": "selector-typo",
    "the target port is wrong": "target-port-mismatch",
    "a firewall drops the tunnel’s UDP port": "tunnel-port-blocked",
    "n2 does not forward": "ip-forward-off",
    "the way back is not the way in": "rp-filter-strict",
    "the Service says UDP instead of TCP": "service-protocol-udp",
}
PLACES = {
    "on n1": "n1",
    "in web-1": "shop/web-1",
    "between the nodes": "underlay",
    "on n2": "n2",
    "on the router": "router",
}


def faults(*names: str) -> tuple[FaultSpec, ...]:
    return tuple(FaultSpec(name=name, options={"node": "n2"} if name == "ip-forward-off" else {}) for name in names)


def typed(machine: str, line: str, *broken: str) -> str:
    return netsim.Terminal(LESSON.simulation(faults=faults(*broken)), machine).run(line).text


@pytest.mark.parametrize("row", table(LESSON, "cause"), ids=lambda row: row[0])
def test_a_fault_shows_itself_as_the_table_says(row: list[str]) -> None:
    probe = netsim.Probe("pod/ops/probe", "svc/shop/web", 80, seed=1)
    simulation = LESSON.simulation(faults=faults(CAUSES[row[0]]))
    exchange = netsim.exchange_document(simulation.trace(probe))
    assert exchange["client_sees"] == row[1]
    assert exchange["request"]["hops"][-1]["netns"] == PLACES[row[2]]


SIGNS: dict[str, tuple[str, dict[str, dict[str, Any]]]] = {
    "refused, at once": ("refused", {"selector-typo": {}, "target-port-mismatch": {}}),
    "timeout": ("timeout", {"tunnel-port-blocked": {}, "rp-filter-strict": {}}),
    "unreachable": ("unreachable", {"kube-proxy-down": {}}),
    "connected, then nothing": ("connected, then stalled", {"pod-mtu-too-large": {"size": 20_000}}),
    "reset in the middle": ("reset", {"late-packets": {"late_segment": True}}),
}
"""Row -> what the client sees, and the fault -> what its probe needs."""


@pytest.mark.parametrize("row", table(LESSON, "the client says"), ids=lambda row: row[0])
def test_the_client_says_what_the_table_says(row: list[str]) -> None:
    if row[0] == "NXDOMAIN":
        assert row[0] in typed("pod/ops/probe", "nslookup web.ops.svc.cluster.local")
        return
    seen, ways = SIGNS[row[0]]
    for fault, needs in ways.items():
        probe = netsim.Probe("pod/ops/probe", "svc/shop/web", 80, seed=1, **needs)
        exchange = netsim.exchange_document(LESSON.simulation(faults=faults(fault)).trace(probe))
        assert exchange["client_sees"] == seen, fault


def test_unreachable_is_a_router_without_a_route() -> None:
    probe = netsim.Probe("pod/ops/probe", "svc/shop/web", 80)
    [said] = (row[1] for row in table(LESSON, "the client says") if row[0] == "unreachable")
    assert f"{LESSON.simulation(faults=faults('kube-proxy-down')).trace(probe).reason}".startswith(
        said.removeprefix("a ")
    )


def test_the_target_port_in_the_last_trace_is_the_one_of_its_text() -> None:
    last = dialed(LESSON, "pod/ops/probe", "svc/shop/web", faults=("target-port-mismatch",), port=80, seed=1)
    assert last["request"]["hops"][-1]["packet"]["tcp"]["destination_port"] == 7777


@pytest.mark.parametrize("fault", ["tunnel-port-blocked", "ip-forward-off"])
def test_a_ping_between_the_nodes_separates_nothing(fault: str) -> None:
    assert "1 received" in typed("node/n1", "ping -c 1 172.20.1.12", fault)


@pytest.mark.parametrize(("size", "answered"), [(1422, True), (1423, False), (1472, False)])
def test_the_largest_ping_is_that_of_the_text(size: int, answered: bool) -> None:
    assert ("1 received" in typed("pod/ops/probe", f"ping -c 1 -M do -s {size} 10.244.2.6")) is answered


@pytest.mark.parametrize(("size", "answered"), [(1422, True), (1472, False)])
def test_with_a_large_pod_mtu_the_larger_ping_disappears_without_a_message(size: int, answered: bool) -> None:
    printed = typed("pod/ops/probe", f"ping -c 1 -M do -s {size} 10.244.2.6", "pod-mtu-too-large")
    assert (("1 received" in printed), "too long" in printed) == (answered, False)


def test_a_node_sees_the_router_under_the_tunnel() -> None:
    assert "172.20.1.1 " in typed("node/n1", "traceroute -n 172.20.2.13")


def test_stars_follow_the_first_line_when_the_tunnel_is_blocked() -> None:
    lines = typed("pod/ops/probe", "traceroute -n -m 3 10.244.2.6", "tunnel-port-blocked").splitlines()
    assert ["10.244.1.1" in lines[1], *("* * *" in line for line in lines[2:])] == [True, True, True]


CASES = {
    "case-1": ("svc/shop/web", 80, {"refused"}),
    "case-2": ("svc/shop/web", 80, {"refused"}),
    "case-3": ("svc/shop/web", 80, {"connected", "timeout"}),
    "case-4": ("svc/shop/api", 80, {"connected"}),
    "case-5": ("svc/shop/web", 80, {"connected"}),
    "case-6": ("svc/shop/web", 80, {"connected", "timeout"}),
    "case-7": ("svc/shop/web", 80, {"connected"}),
    "case-8": ("svc/shop/web", 80, {"unreachable"}),
}


def case_faults(slug: str) -> tuple[FaultSpec, ...]:
    playground = read_lesson(COURSE / LESSON.folder).playground
    assert playground is not None
    [toggle] = (toggle for toggle in playground.toggles if toggle.slug == slug)
    return toggle.faults


@pytest.mark.parametrize("slug", sorted(CASES))
def test_a_case_of_the_playground_shows_what_its_label_says(slug: str) -> None:
    destination, port, seen = CASES[slug]
    simulation = LESSON.simulation(faults=case_faults(slug))
    branches = simulation.branches(netsim.Probe("pod/ops/probe", destination, port))
    assert {netsim.exchange_document(branch)["client_sees"] for branch in branches} == seen


def test_every_address_in_the_text_is_one_of_harbours() -> None:
    assert addresses_in(LESSON) - known_addresses(LESSON.simulation()) == set()


def test_pods_that_fail_their_probe_say_so_in_the_places_of_the_takeaway() -> None:
    pods = typed("operator", "kubectl get pods -n shop -l app=web --no-headers", "readiness-fails").splitlines()
    assert [line.split()[1] for line in pods] == ["0/1", "0/1"]
    assert "Readiness probe failed" in typed("operator", "kubectl describe pod web-0 -n shop", "readiness-fails")


def test_a_log_shows_who_came() -> None:
    terminal = netsim.Terminal(LESSON.simulation(), "operator")
    terminal.run("kubectl exec -n ops probe -- curl -s http://10.244.2.6:8080/")
    assert terminal.run("kubectl logs -n shop web-1").text.startswith("10.244.1.9:")
