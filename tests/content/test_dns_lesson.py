"""Lesson 9 says nothing about Harbour's names that the engine does not say too.

ops/probe (n1), ops/agent (host network of n2), CoreDNS on n1 and n3; in shop: web, headless db (db-0, db-1), alias pay
"""

from __future__ import annotations

from typing import Any

import pytest
import yaml

import netsim
from lessons.content.action_schema import FaultSpec
from tests.content.claims import addresses_in, blocks, dialed, known_addresses, lesson_named, table

LESSON = lesson_named("dns")
ADDRESS_TYPES = (netsim.RecordType.A, netsim.RecordType.AAAA)
NO_MACHINE_OF_HARBOUR = {"169.254.20.10", "10.244.2.30"}
"""The cache on a node, and a Pod that a question adds."""
NDOTS_2 = LESSON.experiment("the-final-dot").compare[0].changes


def looked_up(source: str, name: str, changes: str = "", types: tuple[netsim.RecordType, ...] = ADDRESS_TYPES) -> Any:
    simulation = LESSON.simulation(changes)
    return netsim.Resolver(simulation.session(), simulation.cluster, f"pod/{source}").lookup(name, types)


@pytest.mark.parametrize("row", table(LESSON, "from"), ids=lambda row: " ".join(row[:2]))
def test_a_name_costs_as_many_queries_as_the_table_says(row: list[str]) -> None:
    source, name, queries = row
    assert len(looked_up(source, name).queries) == int(queries)


@pytest.mark.parametrize(("name", "ndots_5", "ndots_2"), [("api.example.com", 8, 2), ("db-0.db.shop", 4, 6)])
def test_a_smaller_ndots_makes_some_names_dearer(name: str, ndots_5: int, ndots_2: int) -> None:
    counts = [len(looked_up("ops/probe", name, changes).queries) for changes in ("", NDOTS_2)]
    assert counts == [ndots_5, ndots_2]


def test_six_of_the_eight_answers_for_a_name_outside_are_nxdomain() -> None:
    outcomes = [query.outcome for query in looked_up("ops/probe", "api.example.com").queries]
    assert (outcomes.count("NXDOMAIN"), len(outcomes)) == (6, 8)


@pytest.mark.parametrize("row", table(LESSON, "name"), ids=lambda row: row[0])
def test_a_name_answers_what_the_table_says(row: list[str]) -> None:
    name, _, told = row
    assert ", ".join(f"{record.type} {record.data}" for record in looked_up("ops/probe", name).answers) == told


NAME_SERVERS = {"the cluster’s DNS": "10.96.0.10", "whatever the node asks": "203.0.113.50", "what its": "192.0.2.53"}


@pytest.mark.parametrize("row", table(LESSON, "dnsPolicy"), ids=lambda row: row[0])
def test_a_pod_asks_whom_the_table_says(row: list[str]) -> None:
    policy = row[0].partition(",")[0]
    host = "hostNetwork" in row[0] or policy == "ClusterFirstWithHostNet"
    spec: dict[str, Any] = {
        "nodeName": "n2",
        "hostNetwork": host,
        "dnsPolicy": policy,
        "containers": [{"name": "tool"}],
    }
    if policy == "None":
        spec["dnsConfig"] = {"nameservers": [NAME_SERVERS["what its"]]}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "tool", "namespace": "ops"}, "spec": spec}
    terminal = netsim.Terminal(LESSON.simulation(yaml.safe_dump(pod)), "pod/ops/tool")
    [asked] = (server for told, server in NAME_SERVERS.items() if row[1].startswith(told))
    assert f"nameserver {asked}" in terminal.run("cat /etc/resolv.conf").text.splitlines()


def test_the_resolv_conf_is_the_probes() -> None:
    printed = netsim.Terminal(LESSON.simulation(), "pod/ops/probe").run("cat /etc/resolv.conf").text
    assert printed.splitlines() == blocks(LESSON, "resolv.conf")


@pytest.mark.parametrize(
    ("name", "record_type", "data"),
    [
        ("_http._tcp.web.shop.svc.cluster.local.", "SRV", "0 100 80 web.shop.svc.cluster.local"),
        ("80.41.96.10.in-addr.arpa.", "PTR", "web.shop.svc.cluster.local"),
    ],
    ids=["SRV", "PTR"],
)
def test_ports_and_addresses_have_the_records_of_the_text(name: str, record_type: str, data: str) -> None:
    [record] = looked_up("ops/probe", name, types=(netsim.RecordType(record_type),)).answers
    assert str(record.data) == data
    assert name.rstrip(".") in LESSON.text.body


def test_records_live_for_30_seconds() -> None:
    assert {record.ttl for record in looked_up("ops/probe", "web.shop").answers} == {30}


ASKED = {
    "ClusterFirst": ("probe", "", "10.96.0.10"),
    "ClusterFirst, with hostNetwork: true": ("agent", "", "203.0.113.50"),
    "ClusterFirstWithHostNet": ("agent", LESSON.experiment("host-network").compare[0].changes, "10.96.0.10"),
}


@pytest.mark.parametrize("policy", [row[0] for row in table(LESSON, "dnsPolicy")][:3])
def test_a_policy_leads_to_the_server_of_the_table(policy: str) -> None:
    pod, changes, server = ASKED[policy]
    assert str(looked_up(f"ops/{pod}", "web.shop", changes).queries[0].server) == server


@pytest.mark.parametrize(("port", "seen"), [(80, "refused"), (5432, "connected")])
def test_a_headless_service_translates_no_port(port: int, seen: str) -> None:
    assert dialed(LESSON, "pod/ops/probe", "db.shop.svc.cluster.local", port=port)["client_sees"] == seen


def test_a_service_without_endpoints_still_has_its_name() -> None:
    simulation = LESSON.simulation(faults=(FaultSpec(name="selector-typo"),))
    answers = netsim.Resolver(simulation.session(), simulation.cluster, "pod/ops/probe").lookup("web.shop").answers
    assert [str(record.data) for record in answers] == ["10.96.41.80"]


def test_every_address_in_the_text_is_one_of_harbours() -> None:
    assert addresses_in(LESSON) - known_addresses(LESSON.simulation()) - NO_MACHINE_OF_HARBOUR == set()
