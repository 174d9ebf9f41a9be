"""Lesson 16: each ticket of the incident is what the engine finds, and each fault is needed for one of them."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from lessons.content.action_schema import Action, FaultSpec
from lessons.runs.scenarios import Scenario
from tests.content.claims import addresses_in, known_addresses, lesson_named, table
from tests.content.shipped import result_of

LESSON = lesson_named("what-is-changing")
FIVE = LESSON.experiment("capstone-api").faults
MADE_UP = {"10.0.0.5/24", "10.96.200.200"}
"""The ipBlock with host bits of a question's explanation, and an address of the Service range that nobody has."""

NODE_PORT = next(int(port) for row in table(LESSON, "ticket") for port in re.findall(r"node port (\d+)", row[1]))
TICKETS: dict[str, tuple[dict[str, Any], str, object]] = {
    "1": ({"probe": {"from": "pod/shop/web-0", "to": "svc/shop/api", "port": 80}}, "client_sees", "timeout"),
    "2": ({"request": {"from": "external", "url": "http://shop.example/"}}, "status", 500),
    "3": (
        {"probe": {"from": "pod/ops/probe", "to": "pod/shop/api-0", "port": 9090, "size": 4000}},
        "client_sees", "connected, then stalled",
    ),
    "4": ({"probe": {"from": "external", "to": "node/n3", "port": NODE_PORT}}, "client_sees", "timeout"),
    "5": ({"lookup": {"from": "pod/ops/probe", "name": "web.shop"}}, "rcode", "timeout"),
}  # fmt: skip
CAUSE = {
    "1": "selector-typo", "2": "reference-grant-missing", "3": "pod-mtu-too-large", "4": "external-traffic-local",
    "5": "egress-without-dns",
}  # fmt: skip
tickets = pytest.mark.parametrize("ticket", [pytest.param(number, id=f"ticket {number}") for number in TICKETS])


def found(ticket: str, faults: tuple[FaultSpec, ...]) -> object:
    """What the ticket's action finds at its path with these faults."""
    action, path, _ = TICKETS[ticket]
    scenario = Scenario(LESSON.scene, (), Action.model_validate(action), faults=faults)
    return result_of(json.dumps(scenario.request("trace")))["exchange"][path]


def test_the_text_has_the_five_tickets() -> None:
    assert [row[0] for row in table(LESSON, "ticket")] == list(TICKETS)


@tickets
def test_with_all_faults_the_ticket_is_right(ticket: str) -> None:
    assert found(ticket, FIVE) == TICKETS[ticket][2]


@tickets
def test_without_faults_the_ticket_would_not_exist(ticket: str) -> None:
    assert found(ticket, ()) != TICKETS[ticket][2]


@tickets
def test_the_repair_of_its_cause_closes_the_ticket(ticket: str) -> None:
    others = tuple(fault for fault in FIVE if fault.name != CAUSE[ticket])
    assert len(others) == len(FIVE) - 1
    assert found(ticket, others) == found(ticket, ())


def test_the_first_ticket_is_a_refusal_where_nobody_drops_icmp() -> None:
    others = tuple(fault for fault in FIVE if fault.name != "pod-mtu-too-large")
    assert found("1", others) == "refused"


def test_the_node_port_works_where_the_fourth_ticket_says() -> None:
    action = Action.model_validate({"probe": {"from": "external", "to": "node/n1", "port": NODE_PORT}})
    scenario = Scenario(LESSON.scene, (), action, faults=FIVE)
    assert result_of(json.dumps(scenario.request("trace")))["exchange"]["client_sees"] == "connected"


def test_a_cluster_without_a_mode_has_the_rules_of_iptables() -> None:
    experiment = LESSON.experiment("stale-sentence")
    n1 = LESSON.simulation(experiment.changes).network.namespaces["n1"].netfilter
    assert "mode" not in experiment.changes
    assert "KUBE-SERVICES" in n1.tables[4, "nat"].chains


def test_every_address_in_the_text_is_one_of_harbours() -> None:
    assert addresses_in(LESSON) - known_addresses(LESSON.simulation()) - MADE_UP == set()
