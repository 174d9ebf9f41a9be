"""Faults in NetworkPolicies that a cluster has: what they forget, whom they name, and which port they mean."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from ipaddress import ip_network

from netsim.faults.kinds import Choice, EditObjects, FaultKind
from netsim.kubernetes.objects import KubernetesObject, ObjectMeta, Protocol
from netsim.kubernetes.parsing import Manifests
from netsim.kubernetes.policies import (
    NetworkPolicy,
    NetworkPolicyPeer,
    NetworkPolicyPort,
    NetworkPolicyRule,
    PolicyType,
)
from netsim.kubernetes.selectors import LabelSelector

POLICY = {"policy": "the NetworkPolicy to break, as NAMESPACE/NAME"}
Rules = tuple[NetworkPolicyRule, ...]
NOBODYS_LABEL = {"netsim.dev/team": "nobody"}


def _edit(
    suits: Callable[[NetworkPolicy], bool], change: Callable[[NetworkPolicyRule, Manifests], NetworkPolicyRule]
) -> EditObjects:
    """An edit of every rule of one policy that suits."""

    def edit(manifests: Manifests, choice: Choice) -> Manifests:
        broken = choice.policy(manifests.network_policies, suits)
        changed = replace(
            broken,
            ingress=tuple(change(rule, manifests) for rule in broken.ingress),
            egress=tuple(change(rule, manifests) for rule in broken.egress),
        )
        policies = tuple(changed if each is broken else each for each in manifests.network_policies)
        return replace(manifests, network_policies=policies)

    return edit


def _any_peer(wanted: Callable[[NetworkPolicyPeer], bool]) -> Callable[[NetworkPolicy], bool]:
    return lambda policy: any(wanted(peer) for rule in (*policy.ingress, *policy.egress) for peer in rule.peers)


def _has_namespaces(peer: NetworkPolicyPeer) -> bool:
    return peer.namespace_selector is not None


def _has_both(peer: NetworkPolicyPeer) -> bool:
    return peer.namespace_selector is not None and peer.pod_selector is not None


def _is_one_address(peer: NetworkPolicyPeer) -> bool:
    return peer.ip_block is not None and peer.ip_block.cidr.num_addresses == 1


def _forget_dns(manifests: Manifests, choice: Choice) -> Manifests:
    """A namespace may talk TCP to every Pod, and nobody thought of UDP port 53."""
    namespace = choice.text("namespace", _busiest_namespace(manifests, choice))
    everybody = NetworkPolicyPeer(namespace_selector=LabelSelector(), pod_selector=LabelSelector())
    policy = NetworkPolicy(
        meta=ObjectMeta("egress-to-pods", namespace),
        pod_selector=LabelSelector(),
        policy_types=frozenset({PolicyType.EGRESS}),
        egress=(NetworkPolicyRule((everybody,), (NetworkPolicyPort(Protocol.TCP),)),),
    )
    return replace(manifests, network_policies=(*manifests.network_policies, policy))


def _busiest_namespace(manifests: Manifests, choice: Choice) -> str:
    """The first namespace of the files that holds an application."""
    objects: tuple[KubernetesObject, ...] = (*manifests.workloads, *manifests.pods)
    found = [each.namespace for each in objects if each.namespace != "kube-system"]
    if not found:
        raise choice.error("", "the cluster has no Pods that a policy could isolate")
    return found[0]


def _ask_for_a_missing_label(rule: NetworkPolicyRule, manifests: Manifests) -> NetworkPolicyRule:
    nobody = LabelSelector(match_labels=NOBODYS_LABEL)
    return replace(
        rule,
        peers=tuple(replace(peer, namespace_selector=nobody) if _has_namespaces(peer) else peer for peer in rule.peers),
    )


def _split_selectors(rule: NetworkPolicyRule, manifests: Manifests) -> NetworkPolicyRule:
    """One dash too many: what was one peer with two conditions is two peers now."""
    peers: list[NetworkPolicyPeer] = []
    for peer in rule.peers:
        both = _has_both(peer)
        peers += [replace(peer, pod_selector=None), replace(peer, namespace_selector=None)] if both else [peer]
    return replace(rule, peers=tuple(peers))


def _name_service_port(rule: NetworkPolicyRule, manifests: Manifests) -> NetworkPolicyRule:
    """Replace each port by that of a Service which sends to it, or by 80."""
    by_target = {port.target_port: port.port for service in manifests.services for port in service.ports}
    ports = tuple(replace(each, port=by_target.get(_target(each), 80), end_port=None) for each in rule.ports)
    return replace(rule, ports=ports)


def _target(port: NetworkPolicyPort) -> int | str:
    return port.port if port.port is not None else ""


def _keep_host_bits(rule: NetworkPolicyRule, manifests: Manifests) -> NetworkPolicyRule:
    """Where one address was meant, the prefix lets in its whole neighborhood."""
    peers = []
    for peer in rule.peers:
        if peer.ip_block is not None and _is_one_address(peer):
            length = peer.ip_block.cidr.max_prefixlen - 8
            wide = ip_network(f"{peer.ip_block.cidr.network_address}/{length}", strict=False)
            peers.append(replace(peer, ip_block=replace(peer.ip_block, cidr=wide)))
        else:
            peers.append(peer)
    return replace(rule, peers=tuple(peers))


FAULTS = (
    FaultKind(
        number=7, name="egress-without-dns", title="A policy for egress forgot DNS",
        symptom="names time out, addresses work; nslookup gets no answer",
        remedy="allow UDP and TCP port 53 to kube-dns", options={"namespace": "whose Pods are isolated"},
        edit_objects=_forget_dns,
    ),
    FaultKind(
        number=21, name="namespace-label-missing", title="A policy selects namespaces by a label that nobody set",
        symptom="calls from the other namespace time out; kubectl get ns --show-labels",
        remedy="select by kubernetes.io/metadata.name, or set the label", options=POLICY,
        edit_objects=_edit(_any_peer(_has_namespaces), _ask_for_a_missing_label),
    ),
    FaultKind(
        number=47, name="one-dash-too-many", title="Two peers where one with both selectors was meant",
        symptom="far more is allowed than was meant", remedy="put both selectors into one list item", options=POLICY,
        edit_objects=_edit(_any_peer(_has_both), _split_selectors),
    ),
    FaultKind(
        number=48, name="policy-service-port", title="A policy names the Service's port instead of the Pods'",
        symptom="traffic by the Service is dropped although its port is allowed",
        remedy="name the port that the Pods listen on", options=POLICY,
        edit_objects=_edit(
            lambda policy: any(rule.ports for rule in (*policy.ingress, *policy.egress)), _name_service_port
        ),
    ),
    FaultKind(
        number=52, name="ip-block-host-bits", title="An ipBlock with host bits means the whole network",
        symptom="a neighbor of the one address that was meant gets in; Kubernetes 1.36 and later refuse the manifest",
        remedy="a /32 for one address", options=POLICY,
        edit_objects=_edit(_any_peer(_is_one_address), _keep_host_bits),
    ),
)  # fmt: skip
