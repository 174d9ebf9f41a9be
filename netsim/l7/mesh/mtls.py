"""Whether a workload accepts plain text: Istio's PeerAuthentication, Linkerd's default inbound policy.

Sources: security/v1/peer_authentication.proto of istio/api (workload over namespace over mesh; the oldest of equals);
"Authorization policy" in Linkerd's reference for ``config.linkerd.io/default-inbound-policy``.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_network

from netsim.kubernetes.cluster import Cluster
from netsim.kubernetes.mesh import ROOT_NAMESPACE, MtlsMode, PeerAuthentication
from netsim.kubernetes.objects import Pod
from netsim.packet import IPAddress

DEFAULT_POLICY = "config.linkerd.io/default-inbound-policy"
CLUSTER_NETWORKS = tuple(
    ip_network(text) for text in ("10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16", "fd00::/8")
)
"""``clusterNetworks`` of Linkerd's Helm chart."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What is asked of a client; ``because`` names the object that says so."""

    mode: str
    because: str


def istio_mode(cluster: Cluster, pod: Pod, port: int) -> Rule:
    """The mode for a port of a Pod: STRICT, PERMISSIVE (the default) or DISABLE."""
    for policy in _by_precedence(cluster, pod):
        name = f"PeerAuthentication {policy.namespace}/{policy.name}"
        if policy.ports.get(port, MtlsMode.UNSET) is not MtlsMode.UNSET:
            return Rule(policy.ports[port], f"{name} for port {port}")
        if policy.mode is not MtlsMode.UNSET:
            return Rule(policy.mode, name)
    return Rule(MtlsMode.PERMISSIVE, "no PeerAuthentication says otherwise")


def _by_precedence(cluster: Cluster, pod: Pod) -> list[PeerAuthentication]:
    """The policies that are for a Pod: its own, its namespace's, the mesh's; older ones first among equals."""
    ranked = []
    for policy in cluster.peer_authentications:
        if policy.selector is not None:
            fits = policy.namespace == pod.namespace and policy.selector.matches(pod.meta.labels)
            rank = 0
        else:
            fits = policy.namespace in (pod.namespace, ROOT_NAMESPACE)
            rank = 1 if policy.namespace == pod.namespace else 2
        if fits:
            ranked.append((rank, policy.created or "9999", policy.name, policy))
    return [policy for *_, policy in sorted(ranked, key=lambda entry: entry[:3])]


def linkerd_policy(cluster: Cluster, pod: Pod) -> Rule:
    """The default policy of a Pod's proxy: that of its annotation, else of its namespace's, else open to all."""
    own = pod.meta.annotations.get(DEFAULT_POLICY)
    if own is not None:
        return Rule(own, f"the annotation {DEFAULT_POLICY} of Pod {pod.namespace}/{pod.name}")
    namespace = next((each for each in cluster.namespaces if each.name == pod.namespace), None)
    if namespace is not None and DEFAULT_POLICY in namespace.meta.annotations:
        return Rule(namespace.meta.annotations[DEFAULT_POLICY], f"the annotation of Namespace {pod.namespace}")
    return Rule("all-unauthenticated", "Linkerd's default")


def linkerd_admits(rule: Rule, client: IPAddress, authenticated: bool) -> bool:
    """Whether a default inbound policy lets a client in; an unknown policy lets nobody in."""
    near = any(client in network for network in CLUSTER_NETWORKS)
    match rule.mode:
        case "all-unauthenticated" | "audit":
            return True
        case "cluster-unauthenticated":
            return near
        case "all-authenticated":
            return authenticated
        case "cluster-authenticated":
            return authenticated and near
        case _:
            return False
