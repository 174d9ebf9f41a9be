"""What the API server refuses in a policy is refused here, with the key and what is allowed."""

from __future__ import annotations

from typing import Any

import pytest

from netsim.errors import InputError
from tests.netsim.policy.clusters import Document, cluster, cluster_policy, policy, rule

BLOCK = {"ipBlock": {"cidr": "10.0.0.0/8"}}


def with_port(**port: Any) -> Document:
    return policy(ingress=[{"ports": [port]}])


def with_peer(**peer: Any) -> Document:
    return policy(ingress=[{"from": [peer]}])


def with_rule(*rules: Document, **spec: Any) -> Document:
    return cluster_policy("one", "Admin", 1, ingress=list(rules), **spec)


def with_protocol(protocol: Document) -> Document:
    return with_rule(rule("Deny", protocols=[protocol]))


CASES: dict[str, tuple[Document, str]] = {
    "endPort below port": (
        with_port(port=80, endPort=79),
        "spec.ingress[0].ports[0].endPort: must be greater than or equal to port, which is 80"),
    "endPort without port": (
        with_port(endPort=90), "spec.ingress[0].ports[0].endPort: may not be specified when port is not specified"),
    "endPort with a name": (
        with_port(port="http", endPort=90),
        "spec.ingress[0].ports[0].endPort: may not be specified when port is a name"),
    "port in quotes": (
        with_port(port="80"),
        'spec.ingress[0].ports[0].port: must be the number 80 without quotes; "80" would be the name of a port'),
    "port out of range": (
        with_port(port=70000),
        "spec.ingress[0].ports[0].port: must be a whole number from 1 to 65535, not the number 70000"),
    "protocol ICMP": (
        with_port(protocol="ICMP"),
        "spec.ingress[0].ports[0].protocol: must be one of TCP, UDP, SCTP, not 'ICMP'"),
    "empty peer": (
        with_peer(), "spec.ingress[0].from[0]: must specify a peer: podSelector, namespaceSelector or ipBlock"),
    "block with a selector": (
        with_peer(podSelector={}, **BLOCK),
        "spec.ingress[0].from[0]: may not specify both ipBlock and another peer"),
    "exception equal to the block": (
        with_peer(ipBlock={"cidr": "10.0.0.0/8", "except": ["10.0.0.0/8"]}),
        "spec.ingress[0].from[0].ipBlock.except[0]: must be a strict subset of cidr, which is 10.0.0.0/8"),
    "exception outside of the block": (
        with_peer(ipBlock={"cidr": "10.0.0.0/8", "except": ["11.0.0.0/16"]}),
        "spec.ingress[0].from[0].ipBlock.except[0]: must be a strict subset of cidr, which is 10.0.0.0/8"),
    "exception of another family": (
        with_peer(ipBlock={"cidr": "10.0.0.0/8", "except": ["fd00::/16"]}),
        "spec.ingress[0].from[0].ipBlock.except[0]: must be a strict subset of cidr, which is 10.0.0.0/8"),
    "block that is none": (
        with_peer(ipBlock={"cidr": "10.0.0.0"}),
        "spec.ingress[0].from[0].ipBlock.cidr: '10.0.0.0' is not a CIDR: write address/prefix length, such as"),
    "misspelled peer": (
        with_peer(podSelectors={}), "spec.ingress[0].from[0].podSelectors: unknown key (did you mean podSelector?)"),
    "unknown policy type": (
        policy(policyTypes=["ingress"]),
        "spec.policyTypes[0]: must be one of Ingress, Egress, not 'ingress' (did you mean Ingress?)"),
    "three policy types": (
        policy(policyTypes=["Ingress", "Egress", "Ingress"]),
        "spec.policyTypes: may not specify more than two policyTypes"),
    "to in an ingress rule": (
        policy(ingress=[{"to": []}]), "spec.ingress[0].to: unknown key"),
    "operator In without values": (
        policy(podSelector={"matchExpressions": [{"key": "a", "operator": "In"}]}),
        "spec.podSelector.matchExpressions[0].values: must list at least one value for the operator In"),
    "tier that is none": (
        cluster_policy("one", "admin", 1), "spec.tier: must be one of Admin, Baseline, not 'admin'"),
    "priority too high": (
        cluster_policy("one", "Admin", 1001),
        "spec.priority: must be a whole number from 0 to 1000, not the number 1001"),
    "subject with both": (
        cluster_policy("one", "Admin", 1, {"namespaces": {}, "pods": {"podSelector": {}}}),
        "spec.subject: must have exactly one of namespaces, pods, not 2 keys"),
    "subject of nodes": (
        cluster_policy("one", "Admin", 1, {"nodes": {}}), "spec.subject.nodes: unknown key"),
    "pods without a podSelector": (
        cluster_policy("one", "Admin", 1, {"pods": {"namespaceSelector": {}}}),
        "spec.subject.pods.podSelector: missing"),
    "rule without peers": (
        with_rule({"action": "Deny", "from": []}), "spec.ingress[0].from: must have at least one item"),
    "action that is none": (
        with_rule(rule("Allow")), "spec.ingress[0].action: must be one of Accept, Deny, Pass, not 'Allow'"),
    "empty peer of a ClusterNetworkPolicy": (
        with_rule(rule("Deny", {})),
        "spec.ingress[0].from[0]: must have exactly one of namespaces, pods, not 0 keys"),
    "26 rules": (
        with_rule(*[rule("Deny")] * 26), "spec.ingress: must have at most 25 items, not 26"),
    "26 peers": (
        with_rule(rule("Deny", *[{"namespaces": {}}] * 26)),
        "spec.ingress[0].from: must have at most 25 items, not 26"),
    "rule name of 101 characters": (
        with_rule(rule("Deny", name="n" * 101)), "spec.ingress[0].name: must have at most 100 characters"),
    "empty protocols": (
        with_rule(rule("Deny", protocols=[])), "spec.ingress[0].protocols: must have at least one item"),
    "range of one port": (
        with_protocol({"tcp": {"destinationPort": {"range": {"start": 80, "end": 80}}}}),
        "spec.ingress[0].protocols[0].tcp.destinationPort.range.end: must be greater than start, which is 80"),
    "number and range": (
        with_protocol({"tcp": {"destinationPort": {"number": 1, "range": {"start": 80, "end": 81}}}}),
        "spec.ingress[0].protocols[0].tcp.destinationPort: must have exactly one of number, range, not 2 keys"),
    "protocol without a port": (
        with_protocol({"tcp": {}}), "spec.ingress[0].protocols[0].tcp.destinationPort: missing"),
    "unknown protocol": (
        with_protocol({"icmp": {}}), "spec.ingress[0].protocols[0].icmp: unknown key"),
    "named port with networks": (
        cluster_policy("one", "Admin", 1, egress=[
            rule("Deny", {"networks": ["10.0.0.0/8"]}, side="to", protocols=[{"destinationNamedPort": "dns"}])]),
        "spec.egress[0].protocols: destinationNamedPort cannot be used with networks, nodes or domainNames"),
    "domain names that are denied": (
        cluster_policy("one", "Admin", 1, egress=[rule("Deny", {"domainNames": ["example.org"]}, side="to")]),
        "spec.egress[0].action: must be Accept where a peer has domainNames"),
    "domain name that is none": (
        cluster_policy("one", "Admin", 1, egress=[rule("Accept", {"domainNames": ["*"]}, side="to")]),
        "spec.egress[0].to[0].domainNames[0]: '*' is not a domain name"),
    "network with host bits": (
        cluster_policy("one", "Admin", 1, egress=[rule("Deny", {"networks": ["10.0.0.1/8"]}, side="to")]),
        "spec.egress[0].to[0].networks[0]: '10.0.0.1/8' is not a CIDR: it has host bits set"),
}  # fmt: skip


@pytest.mark.parametrize(("document", "message"), CASES.values(), ids=CASES.keys())
def test_a_policy_that_the_api_refuses_is_refused(document: Document, message: str) -> None:
    with pytest.raises(InputError) as caught:
        cluster(document)
    assert str(caught.value).startswith(f"more.json:1: {message}")


def test_a_policy_in_a_wrong_version_is_no_misspelling_but_a_wrong_group_is() -> None:
    misplaced = cluster_policy("one", "Admin", 1) | {"apiVersion": "networking.k8s.io/v1"}
    with pytest.raises(InputError, match="did you mean ClusterNetworkPolicy in policy.networking.k8s.io/v1alpha2?"):
        cluster(misplaced)
