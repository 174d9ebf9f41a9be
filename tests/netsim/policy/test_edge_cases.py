"""What the API says where people and tools go wrong; the cluster is drawn in clusters.py.

Every case is asked of the matrix and of the explanation, which reach their answers by different ways.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.netsim.policy.clusters import (
    HTTP,
    Document,
    cluster,
    cluster_policy,
    explained,
    from_pod,
    pod,
    policy,
    rule,
    selector,
    verdict,
)

BLUE = {"namespaceSelector": {"matchLabels": {"team": "blue"}}}
IN, OUT = {"policyTypes": ["Ingress"]}, {"policyTypes": ["Egress"]}
DENY_IN, DENY_OUT = policy(**IN), policy(**OUT)
NOT_DB = {"matchExpressions": [{"key": "tier", "operator": "NotIn", "values": ["db"]}]}
NOT_A = {"matchExpressions": [{"key": "pod", "operator": "NotIn", "values": ["a"]}]}
HOST_POD = pod("x/host", hostNetwork=True, nodeName="n2", ports=[{"containerPort": 90}])
TWO_NAMES = pod("x/b", "10.244.1.11", ports=[{"containerPort": 81, "name": "http"}])
BOTH_PROTOCOLS = [
    {"name": "one", "ports": [{"containerPort": 53, "name": "dns", "protocol": "UDP"}]},
    {"name": "two", "ports": [{"containerPort": 5353, "name": "dns"}]},
]
SIDECAR = [{"name": "proxy", "restartPolicy": "Always", "ports": [{"containerPort": 90, "name": "proxy"}]}]
TWICE = [{"name": "one", "ports": HTTP}, {"name": "two", "ports": [{"containerPort": 81, "name": "http"}]}]


def ingress(*rules: Document, **more: Any) -> Document:
    return policy(ingress=list(rules), **more)


def ports(*listed: Document) -> Document:
    return {"ports": list(listed)}


CASES: dict[str, tuple[list[Document], str, str, int | str, str, bool | None]] = {
    "1 an empty podSelector selects the policy's namespace": ([DENY_IN], "y/a", "x/a", 80, "TCP", False),
    "1 and no other namespace": ([DENY_IN], "x/a", "y/a", 80, "TCP", True),
    "2 an empty peer podSelector admits its own namespace": (
        [ingress({"from": [{"podSelector": {}}]})], "x/b", "x/a", 80, "TCP", True),
    "2 and nobody else": ([ingress({"from": [{"podSelector": {}}]})], "y/a", "x/a", 80, "TCP", False),
    "3 an empty namespaceSelector admits all namespaces": (
        [ingress({"from": [{"namespaceSelector": {}}]})], "y/a", "x/a", 80, "TCP", True),
    "4 both selectors in one element mean AND": (
        [ingress({"from": [BLUE | {"podSelector": selector("a")}]})], "y/b", "x/a", 80, "TCP", False),
    "4 in two elements OR": (
        [ingress({"from": [BLUE, {"podSelector": selector("c")}]})], "y/b", "x/a", 80, "TCP", True),
    "5 an empty from admits everybody": ([ingress({"from": []})], "y/a", "x/a", 80, "TCP", True),
    "6 an empty rule admits everything": ([ingress({})], "y/a", "x/a", 9, "UDP", True),
    "7 an empty ingress admits nothing": ([ingress()], "x/b", "x/a", 80, "TCP", False),
    "8 a protocol without a port is all its ports": (
        [ingress(ports({"protocol": "UDP"}))], "x/b", "x/a", 9, "UDP", True),
    "8 and no other protocol": ([ingress(ports({"protocol": "UDP"}))], "x/b", "x/a", 9, "TCP", False),
    "9 a port without a protocol is TCP": ([ingress(ports({"port": 80}))], "x/b", "x/a", 80, "UDP", False),
    "10 an empty port is TCP": ([ingress(ports({}))], "x/b", "x/a", 9, "TCP", True),
    "10 and TCP only": ([ingress(ports({}))], "x/b", "x/a", 9, "UDP", False),
    "11 endPort belongs to the range": ([ingress(ports({"port": 80, "endPort": 90}))], "x/b", "x/a", 90, "TCP", True),
    "11 what is beyond does not": ([ingress(ports({"port": 80, "endPort": 90}))], "x/b", "x/a", 91, "TCP", False),
    "11 endPort may equal port": ([ingress(ports({"port": 80, "endPort": 80}))], "x/b", "x/a", 80, "TCP", True),
    "12 a name is resolved by the destination": (
        [TWO_NAMES, ingress(ports({"port": "http"}))], "x/a", "x/b", 81, "TCP", True),
    "12 by each for itself": ([TWO_NAMES, ingress(ports({"port": "http"}))], "x/b", "x/a", 81, "TCP", False),
    "12 for egress, too": (
        [TWO_NAMES, policy(**OUT, egress=[ports({"port": "http"})])], "x/a", "x/b", 81, "TCP", True),
    "13 a name counts for its protocol only": (
        [pod("x/b", "10.244.1.11", containers=BOTH_PROTOCOLS), ingress(ports({"port": "dns", "protocol": "UDP"}))],
        "x/a", "x/b", 53, "UDP", True),
    "13 the same name of another protocol is another port": (
        [pod("x/b", "10.244.1.11", containers=BOTH_PROTOCOLS), ingress(ports({"port": "dns", "protocol": "UDP"}))],
        "x/a", "x/b", 5353, "UDP", False),
    "13 a name with two numbers is undefined": (
        [pod("x/b", "10.244.1.11", containers=TWICE), ingress(ports({"port": "http"}))], "x/a", "x/b", 81, "TCP", None),
    "14 a name that a Pod lacks matches nothing": (
        [ingress(ports({"port": "admin"}))], "x/b", "x/a", 80, "TCP", False),
    "16 the name of a sidecar's port is undefined": (
        [pod("x/b", "10.244.1.11", initContainers=SIDECAR), ingress(ports({"port": "proxy"}))],
        "x/a", "x/b", 90, "TCP", None),
    "16 a container's port of that name comes first": (
        [pod("x/b", "10.244.1.11", initContainers=[SIDECAR[0] | {"ports": [{"containerPort": 90, "name": "http"}]}]),
         ingress(ports({"port": "http"}))], "x/a", "x/b", 80, "TCP", True),
    "17 without policyTypes there is no egress isolation": ([policy(ingress=[])], "x/a", "y/a", 80, "TCP", True),
    "17 nor with an empty egress": ([policy(egress=[])], "x/a", "y/a", 80, "TCP", True),
    "18 egress rules alone isolate for ingress, too": ([policy(egress=[{}])], "y/a", "x/a", 80, "TCP", False),
    "19 policyTypes Egress ignores ingress rules": ([policy(**OUT, ingress=[])], "y/a", "x/a", 80, "TCP", True),
    "20 ingress isolation leaves egress alone": ([DENY_IN], "x/a", "y/a", 80, "TCP", True),
    "21 policies add up": ([DENY_IN, ingress({}, name="open")], "y/a", "x/a", 80, "TCP", True),
    "22 both ends must agree": ([policy(**OUT, egress=[{}]), policy("y", **IN)], "x/a", "y/a", 80, "TCP", False),
    "23 a policy selects Pods of its own namespace only": ([policy("y", **IN)], "y/a", "x/a", 80, "TCP", True),
    "24 a Pod cannot block itself": ([policy(policyTypes=["Ingress", "Egress"])], "x/a", "x/a", 80, "TCP", True),
    "25 a Pod cannot block its own node": ([HOST_POD, DENY_IN], "x/host", "x/c", 80, "TCP", True),
    "25 another node it can": ([HOST_POD, DENY_IN], "x/host", "x/a", 80, "TCP", False),
    "26 two Pods on one node are not exempt": ([DENY_IN], "x/b", "x/a", 80, "TCP", False),
    "27 a host-network subject is undefined": ([HOST_POD, DENY_IN], "x/a", "x/host", 90, "TCP", None),
    "28 a selector does not see a host-network peer": (
        [HOST_POD, ingress(from_pod("host"))], "x/host", "x/a", 80, "TCP", False),
    "28 a block with its node's address does": (
        [HOST_POD, ingress({"from": [{"ipBlock": {"cidr": "192.168.1.12/32"}}]})], "x/host", "x/a", 80, "TCP", True),
    "29 a block means Pods, too": (
        [ingress({"from": [{"ipBlock": {"cidr": "10.244.1.12/32"}}]})], "y/a", "x/a", 80, "TCP", True),
    "30 an exception is out": (
        [ingress({"from": [{"ipBlock": {"cidr": "10.244.0.0/16", "except": ["10.244.1.12/32"]}}]})],
        "y/a", "x/a", 80, "TCP", False),
    "30 unless another rule has it": (
        [ingress({"from": [{"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.244.1.12/32"]}}, BLUE]})],
        "y/a", "x/a", 80, "TCP", True),
    "31 ::/0 does not mean IPv4": (
        [ingress({"from": [{"ipBlock": {"cidr": "::/0"}}]})], "y/a", "x/a", 80, "TCP", False),
    "34 host bits in a block are dropped": (
        [ingress({"from": [{"ipBlock": {"cidr": "10.244.1.99/24"}}]})], "y/a", "x/a", 80, "TCP", True),
    "35 NotIn matches Pods without the label": (
        [ingress({"from": [{"podSelector": NOT_DB}]})], "x/b", "x/a", 80, "TCP", True),
    "35 and not those with it": ([ingress({"from": [{"podSelector": NOT_A}]})], "x/a", "x/b", 80, "TCP", False),
    "36 every namespace has its name as a label": (
        [ingress({"from": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "y"}}}]})],
        "y/a", "x/a", 80, "TCP", True),
    "41 ICMP under isolation is undefined": ([DENY_IN], "x/b", "x/a", 1, "ICMP", None),
    "41 even where all ports are open": ([ingress({})], "x/b", "x/a", 1, "ICMP", None),
    "41 without isolation it passes": ([], "x/b", "x/a", 1, "ICMP", True),
    "43 SCTP admits no TCP": ([ingress(ports({"protocol": "SCTP", "port": 80}))], "x/b", "x/a", 80, "TCP", False),
    "44 a rule holds for a port that nobody declares": ([ingress(ports({"port": 9}))], "x/b", "x/a", 9, "TCP", True),
    "45 replicas are subject to policy as others are": (
        [policy(podSelector=selector("a"), **IN)], "x/b", "x/a", 80, "TCP", False),
    "46 the lower number is asked first": (
        [cluster_policy("deny", "Admin", 2, ingress=[rule("Deny")]),
         cluster_policy("accept", "Admin", 1, ingress=[rule("Accept")])], "y/a", "x/a", 80, "TCP", True),
    "46 Pass leaves the tier": (
        [cluster_policy("pass", "Admin", 1, ingress=[rule("Pass")]),
         cluster_policy("deny", "Admin", 2, ingress=[rule("Deny")])], "y/a", "x/a", 80, "TCP", True),
    "46 and goes on to NetworkPolicies": (
        [cluster_policy("pass", "Admin", 1, ingress=[rule("Pass")]), DENY_IN], "y/a", "x/a", 80, "TCP", False),
    "46 Accept at egress still needs ingress": (
        [cluster_policy("accept", "Admin", 1, egress=[rule("Accept", side="to")]), DENY_IN],
        "y/a", "x/a", 80, "TCP", False),
    "46 a NetworkPolicy ends the evaluation before Baseline": (
        [cluster_policy("deny", "Baseline", 1, ingress=[rule("Deny")]), ingress({})], "y/a", "x/a", 80, "TCP", True),
    "46 Baseline decides for the others": (
        [cluster_policy("deny", "Baseline", 1, ingress=[rule("Deny")])], "y/a", "x/a", 80, "TCP", False),
    "46 equal priorities that disagree are undefined": (
        [cluster_policy("deny", "Admin", 1, ingress=[rule("Deny")]),
         cluster_policy("accept", "Admin", 1, ingress=[rule("Accept")])], "y/a", "x/a", 80, "TCP", None),
    "46 equal priorities that agree are not": (
        [cluster_policy("one", "Admin", 1, ingress=[rule("Deny")]),
         cluster_policy("two", "Admin", 1, ingress=[rule("Deny")])], "y/a", "x/a", 80, "TCP", False),
    "47 a ClusterNetworkPolicy isolates nobody": (
        [cluster_policy("some", "Admin", 1, ingress=[rule("Accept", {"pods": {"podSelector": selector("b")}})])],
        "y/a", "x/a", 80, "TCP", True),
    "48 networks mean Pods, too": (
        [cluster_policy("none", "Admin", 1, egress=[rule("Deny", {"networks": ["0.0.0.0/0"]}, side="to")])],
        "y/a", "x/a", 80, "TCP", False),
    "48 and ICMP": (
        [cluster_policy("none", "Admin", 1, egress=[rule("Deny", {"networks": ["0.0.0.0/0"]}, side="to")])],
        "y/a", "x/a", 1, "ICMP", False),
    "49 a named port brings its own protocol": (
        [pod("x/b", "10.244.1.11", containers=BOTH_PROTOCOLS),
         cluster_policy("dns", "Admin", 1, ingress=[rule("Deny", protocols=[{"destinationNamedPort": "dns"}])])],
        "x/a", "x/b", 53, "UDP", False),
    "52 a namespace that no object makes has its name": (
        [pod("z/a", "10.244.2.20"), ingress({"from": [{"namespaceSelector": {"matchLabels": {
            "kubernetes.io/metadata.name": "z"}}}]})], "z/a", "x/a", 80, "TCP", True),
    "a peer of an unknown kind makes Deny deny all": (
        [cluster_policy("new", "Admin", 1, ingress=[rule("Deny", {"planets": {}})])], "y/a", "x/a", 80, "TCP", False),
    "and makes Accept match nothing": (
        [cluster_policy("new", "Admin", 1, ingress=[rule("Accept", {"planets": {}})]), DENY_IN],
        "y/a", "x/a", 80, "TCP", False),
    "a host-network Pod is no subject of a ClusterNetworkPolicy": (
        [HOST_POD, cluster_policy("deny", "Admin", 1, ingress=[rule("Deny")])], "x/a", "x/host", 90, "TCP", True),
    "nodes are meant by their addresses": (
        [HOST_POD, cluster_policy("deny", "Admin", 1, egress=[rule("Deny", {"nodes": {}}, side="to")])],
        "x/a", "x/host", 90, "TCP", False),
}  # fmt: skip


@pytest.mark.parametrize(("objects", "source", "to", "port", "protocol", "wanted"), CASES.values(), ids=CASES.keys())
def test_case(objects: list[Document], source: str, to: str, port: int, protocol: str, wanted: bool | None) -> None:
    found = cluster(*objects)
    assert verdict(found, source, to, port, protocol) is wanted
    assert explained(found, source, to, port, protocol.lower()).allowed is wanted


FROM_OUTSIDE = {
    "3 a namespaceSelector does not mean the outside": ([ingress({"from": [{"namespaceSelector": {}}]})], "x/a", False),
    "5 an empty from does": ([ingress({"from": []})], "x/a", True),
    "39 a client's address in a block, if it is still seen": (
        [ingress({"from": [{"ipBlock": {"cidr": "203.0.113.0/24"}}]})], "x/a", True),
}  # fmt: skip


@pytest.mark.parametrize(("objects", "to", "wanted"), FROM_OUTSIDE.values(), ids=FROM_OUTSIDE.keys())
def test_from_outside(objects: list[Document], to: str, wanted: bool) -> None:
    assert explained(cluster(*objects), "external", to).allowed is wanted


def test_15_a_named_port_matches_nothing_outside_and_other_rules_hold() -> None:
    named = cluster(policy(**OUT, egress=[ports({"port": "http"})]))
    assert explained(named, "x/a", "external/203.0.113.50").allowed is False
    both = cluster(policy(**OUT, egress=[ports({"port": "http"}), ports({"port": 80})]))
    assert explained(both, "x/a", "external/203.0.113.50").allowed is True


def test_domain_names_leave_the_outside_open_and_mean_no_pod() -> None:
    names = rule("Accept", {"domainNames": ["example.org"]}, side="to")
    found = cluster(
        cluster_policy("names", "Admin", 1, egress=[names, rule("Deny", {"networks": ["0.0.0.0/0"]}, side="to")])
    )
    assert explained(found, "x/a", "external/203.0.113.50").allowed is None
    assert verdict(found, "x/a", "x/b") is False


def test_37_changed_labels_take_effect() -> None:
    renamed = pod("y/a", "10.244.1.12")
    renamed["metadata"]["labels"] = {"pod": "friend"}
    admits = ingress({"from": [{"namespaceSelector": {}, "podSelector": selector("friend")}]})
    assert verdict(cluster(admits), "y/a", "x/a") is False
    assert verdict(cluster(admits, renamed), "y/a", "x/a") is True
