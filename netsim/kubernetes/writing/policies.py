"""NetworkPolicy and ClusterNetworkPolicy."""

from __future__ import annotations

from netsim.kubernetes.policies import (
    ClusterNetworkPolicy,
    ClusterNetworkPolicyPeer,
    ClusterNetworkPolicyPort,
    ClusterNetworkPolicyRule,
    IPBlock,
    NamespacedPod,
    NetworkPolicy,
    NetworkPolicyPeer,
    NetworkPolicyPort,
    NetworkPolicyRule,
    PolicyType,
)
from netsim.kubernetes.selectors import LabelSelector
from netsim.kubernetes.writing.metadata import manifest
from netsim.kubernetes.writing.values import Manifest, compact, selector_of, texts

UNKNOWN_PEER = "unknown"
"""The key of a peer whose kind is of a later version of the API: such a peer matches nothing."""


def write_network_policy(item: NetworkPolicy) -> Manifest:
    spec = {
        "podSelector": selector_of(item.pod_selector),
        "policyTypes": [str(each) for each in PolicyType if each in item.policy_types],
        "ingress": [_rule(each, "from") for each in item.ingress],
        "egress": [_rule(each, "to") for each in item.egress],
    }
    return manifest(item, "networking.k8s.io/v1", "NetworkPolicy", spec=compact(spec))


def _rule(rule: NetworkPolicyRule, peers_key: str) -> Manifest:
    return compact({peers_key: [_peer(each) for each in rule.peers], "ports": [_port(each) for each in rule.ports]})


def _peer(peer: NetworkPolicyPeer) -> Manifest:
    return compact(
        {
            "namespaceSelector": _optional(peer.namespace_selector),
            "podSelector": _optional(peer.pod_selector),
            "ipBlock": None if peer.ip_block is None else _ip_block(peer.ip_block),
        }
    )


def _optional(selector: LabelSelector | None) -> Manifest | None:
    return None if selector is None else selector_of(selector)


def _ip_block(block: IPBlock) -> Manifest:
    return compact({"cidr": str(block.cidr), "except": texts(block.excepts)})


def _port(port: NetworkPolicyPort) -> Manifest:
    return compact({"protocol": str(port.protocol), "port": port.port, "endPort": port.end_port})


def write_cluster_network_policy(item: ClusterNetworkPolicy) -> Manifest:
    spec = {
        "tier": str(item.tier),
        "priority": item.priority,
        "subject": _pods(item.subject),
        "ingress": [_cluster_rule(each, "from") for each in item.ingress],
        "egress": [_cluster_rule(each, "to") for each in item.egress],
    }
    return manifest(item, "policy.networking.k8s.io/v1alpha2", "ClusterNetworkPolicy", spec=compact(spec))


def _pods(pods: NamespacedPod) -> Manifest:
    namespaces, selected = selector_of(pods.namespace_selector), selector_of(pods.pod_selector)
    return (
        {"pods": {"namespaceSelector": namespaces, "podSelector": selected}} if selected else {"namespaces": namespaces}
    )


def _cluster_rule(rule: ClusterNetworkPolicyRule, peers_key: str) -> Manifest:
    return compact(
        {
            "name": rule.name,
            "action": str(rule.action),
            peers_key: [_cluster_peer(each) for each in rule.peers],
            "protocols": [_protocol(each) for each in rule.ports],
        }
    )


def _cluster_peer(peer: ClusterNetworkPolicyPeer) -> Manifest:
    if peer.pods is not None:
        return _pods(peer.pods)
    if peer.nodes is not None:
        return {"nodes": selector_of(peer.nodes)}
    known = compact({"networks": texts(peer.networks), "domainNames": list(peer.domain_names)})
    return known or {UNKNOWN_PEER: {}}


def _protocol(port: ClusterNetworkPolicyPort) -> Manifest:
    if port.protocol is None:
        return {"destinationNamedPort": port.name}
    numbers = {"number": port.first} if port.first == port.last else {"range": {"start": port.first, "end": port.last}}
    return {port.protocol.lower(): {"destinationPort": numbers}}
