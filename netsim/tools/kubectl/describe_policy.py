"""``kubectl describe networkpolicy`` (kubectl pkg/describe describeNetworkPolicySpec)."""

from __future__ import annotations

from collections.abc import Iterator

from netsim.kubernetes.cluster import Cluster
from netsim.kubernetes.policies import NetworkPolicy, NetworkPolicyPeer, NetworkPolicyRule, PolicyType
from netsim.tools.kubectl.columns import AGE
from netsim.tools.kubectl.describe_workloads import NONE, pairs
from netsim.tools.kubectl.tables import Row

WORDS = {PolicyType.INGRESS: ("From", "source"), PolicyType.EGRESS: ("To", "destination")}


def network_policy(cluster: Cluster, item: NetworkPolicy) -> list[Row]:
    every = f"{NONE} (Allowing the specific traffic to all pods in this namespace)"
    lines = [f"  PodSelector:     {item.pod_selector.text or every}"]
    for direction, rules in ((PolicyType.INGRESS, item.ingress), (PolicyType.EGRESS, item.egress)):
        if direction in item.policy_types:
            lines += [f"  Allowing {direction.lower()} traffic:", *_rules(direction, rules)]
        else:
            lines.append(f"  Not affecting {direction.lower()} traffic")
    types = ", ".join(str(each) for each in PolicyType if each in item.policy_types)
    return [
        ["Name:", item.name],
        ["Namespace:", item.namespace],
        ["Created on:", AGE],
        *pairs("Labels", item.meta.labels),
        *pairs("Annotations", item.meta.annotations, ": "),
        ["Spec:"],
        *([line] for line in lines),
        [f"  Policy Types: {types}"],
    ]


def _rules(direction: PolicyType, rules: tuple[NetworkPolicyRule, ...]) -> Iterator[str]:
    if not rules:
        yield f"    {NONE} (Selected pods are isolated for {direction.lower()} connectivity)"
    for number, rule in enumerate(rules):
        if number:
            yield "    ----------"
        yield from _ports(rule)
        yield from _peers(direction, rule)


def _ports(rule: NetworkPolicyRule) -> Iterator[str]:
    """A port that is left out is a null pointer, which Go prints as ``<nil>``."""
    if not rule.ports:
        yield "    To Port: <any> (traffic allowed to all ports)"
    for port in rule.ports:
        first = "<nil>" if port.port is None else str(port.port)
        named = f"To Port: {first}" if port.end_port is None else f"To Port Range: {first}-{port.end_port}"
        yield f"    {named}/{port.protocol}"


def _peers(direction: PolicyType, rule: NetworkPolicyRule) -> Iterator[str]:
    word, side = WORDS[direction]
    if not rule.peers:
        yield f"    {word}: <any> (traffic not restricted by {side})"
    for peer in rule.peers:
        yield f"    {word}:"
        yield from _peer(peer)


def _peer(peer: NetworkPolicyPeer) -> Iterator[str]:
    if peer.namespace_selector is not None:
        yield f"      NamespaceSelector: {peer.namespace_selector.text or NONE}"
    if peer.pod_selector is not None:
        yield f"      PodSelector: {peer.pod_selector.text or NONE}"
    if peer.ip_block is not None:
        yield "      IPBlock:"
        yield f"        CIDR: {peer.ip_block.cidr}"
        yield f"        Except: {', '.join(map(str, peer.ip_block.excepts))}"
