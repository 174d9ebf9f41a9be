"""Lesson 12 says nothing about Harbour's policies that the engine does not say too.

shop/web-0 (n1) <── ops/probe only, 8080        shop/api-0 (n3) <── web only, 9090        shop/db-0 (n2) <── everybody
"""

from __future__ import annotations

from typing import Any

import pytest
import yaml

import netsim
from lessons.content.action_schema import FaultSpec
from tests.content.claims import addresses_in, dialed, known_addresses, lesson_named, table

LESSON = lesson_named("network-policy")
OF_THE_TEXT_ONLY = {"169.254.20.10", "10.0.0.5/24", "10.32.0.0/12"}
"""A cache that Harbour does not run, an example of host bits, a setting of a fault."""
WEB, API, DB = "shop/web-0", "shop/api-0", "shop/db-0"
PROBE, BACKUP, TESTER, DNS = "ops/probe", "ops/backup", "shop/tester", "kube-system/coredns-a"


def policy(spec: dict[str, Any], name: str = "more") -> str:
    metadata = {"name": name, "namespace": "shop"}
    kind = {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy"}
    return yaml.safe_dump({**kind, "metadata": metadata, "spec": {"podSelector": {}, **spec}})


def reaches(source: str, destination: str, changes: str = "", port: int = 8080) -> bool | None:
    reach = netsim.reach_document(
        netsim.Reachability(LESSON.simulation(changes).cluster), *netsim.reach_question("tcp", str(port))
    )
    names = reach["pods"]
    allowed: bool | None = reach["allowed"][names.index(source)][names.index(destination)]
    return allowed


def admits(peers: list[dict[str, Any]] | None) -> set[str]:
    """Who may connect to web-0 when its one policy has these peers."""
    rule: dict[str, Any] = {} if peers is None else {"from": peers}
    spec = {"podSelector": {"matchLabels": {"app": "web"}}, "policyTypes": ["Ingress"], "ingress": [rule]}
    changes = policy(spec, "web-from-probe")
    return {pod for pod in (API, DB, PROBE, BACKUP, TESTER, DNS) if reaches(pod, WEB, changes)}


@pytest.mark.parametrize(("row", "pair"), [(0, (PROBE, WEB, 8080)), (1, (WEB, API, 9090))], ids=["web", "api"])
def test_a_policy_admits_whom_the_table_says_on_that_port_alone(row: int, pair: tuple[str, str, int]):
    source, destination, port = pair
    assert f"TCP {port}" in table(LESSON, "policy")[row][2]
    assert reaches(source, destination, port=port)
    assert not reaches(source, destination, port=port + 1)
    assert not reaches(BACKUP, destination, port=port)


OPS = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "ops"}}}
PROBES = {"podSelector": {"matchLabels": {"app": "probe"}}}
PEERS: dict[str, tuple[list[dict[str, Any]] | None, set[str]]] = {
    "- podSelector: {…}": ([PROBES], {TESTER}),
    "- namespaceSelector: {…}": ([OPS], {PROBE, BACKUP}),
    "one item with both": ([OPS | PROBES], {PROBE}),
    "two items": ([OPS, PROBES], {PROBE, BACKUP, TESTER}),
    "- ipBlock: {cidr: …}": ([{"ipBlock": {"cidr": "203.0.113.0/24"}}], set()),
    "no from or to at all": (None, {API, DB, PROBE, BACKUP, TESTER, DNS}),
}


@pytest.mark.parametrize("row", table(LESSON, "written as"), ids=lambda row: row[0])
def test_peers_mean_what_the_table_says(row: list[str]):
    peers, admitted = PEERS[row[0]]
    assert admits(peers) == admitted


ABSENT_OR_EMPTY = {
    "no rule": ({"ingress": []}, False),
    "a rule without any restriction": ({"ingress": [{}]}, True),
}


@pytest.mark.parametrize("case", ABSENT_OR_EMPTY)
def test_an_empty_list_closes_and_an_empty_rule_opens(case: str):
    rules, opened = ABSENT_OR_EMPTY[case]
    assert reaches(BACKUP, DB, policy({"policyTypes": ["Ingress"], **rules})) is opened


def test_without_policy_types_an_egress_rule_isolates_for_ingress_too():
    assert reaches(BACKUP, DB, policy({"egress": [{}]})) is False


def test_without_policy_types_an_ingress_rule_leaves_egress_open():
    assert reaches(DB, BACKUP, policy({"ingress": [{}]})) is True


@pytest.mark.parametrize("half", ["Egress", "Ingress"])
def test_one_half_of_a_connection_alone_helps_nobody(half: str):
    default_deny = policy({"policyTypes": ["Ingress", "Egress"]}, "deny")
    allowed = policy({"policyTypes": [half], half.lower(): [{}]}, "half")
    assert reaches(TESTER, DB, f"{default_deny}---\n{allowed}") is False


def test_policies_add_up():
    deny = policy({"policyTypes": ["Ingress"]}, "deny")
    allow = policy({"policyTypes": ["Ingress"], "ingress": [{}]}, "allow")
    assert reaches(BACKUP, DB, f"{deny}---\n{allow}") is True


@pytest.mark.parametrize(("node", "seen"), [("n3", "connected"), ("n1", "timeout")], ids=["own", "another"])
def test_only_the_own_node_gets_past_a_default_deny(node: str, seen: str):
    deny = policy({"policyTypes": ["Ingress", "Egress"]})
    assert dialed(LESSON, f"node/{node}", f"pod/{API}", deny, port=9090)["client_sees"] == seen


def test_from_pod_to_pod_a_wrong_cluster_cidr_changes_nothing():
    exchange = dialed(LESSON, f"pod/{WEB}", f"pod/{API}", faults=("wrong-cluster-cidr",), port=9090)
    assert (exchange["client_sees"], exchange["seen_by_server"]["source_ip"]) == ("connected", "10.244.1.5")


def test_the_fault_of_the_exercise_sets_the_range_that_the_text_names():
    fault = FaultSpec(name="wrong-cluster-cidr")
    settings = LESSON.simulation(faults=(fault,)).cluster.settings
    assert [str(cidr) for cidr in settings.proxy.cluster_cidrs] == ["10.32.0.0/12"]


def test_a_cluster_wide_policy_isolates_nobody_by_selecting():
    subject = {"namespaces": {}}
    rule = {"name": "none", "action": "Deny", "from": [{"namespaces": {"matchLabels": {"no": "such"}}}]}
    spec = {"tier": "Baseline", "priority": 1, "subject": subject, "ingress": [rule]}
    kind = {"apiVersion": "policy.networking.k8s.io/v1alpha2", "kind": "ClusterNetworkPolicy"}
    assert reaches(BACKUP, DB, yaml.safe_dump({**kind, "metadata": {"name": "one"}, "spec": spec})) is True


def test_every_address_in_the_text_is_one_of_harbours():
    assert addresses_in(LESSON) - known_addresses(LESSON.simulation()) - OF_THE_TEXT_ONLY == set()
