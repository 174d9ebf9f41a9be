"""NetworkPolicy and ClusterNetworkPolicy as the API has them, defaults filled in.

Field meanings: staging/src/k8s.io/api/networking/v1/types.go (kubernetes/kubernetes) and
apis/v1alpha2/clusternetworkpolicy_types.go (kubernetes-sigs/network-policy-api).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from netsim.kubernetes.objects import IPNetwork, KubernetesObject, Protocol
from netsim.kubernetes.selectors import LabelSelector


class PolicyType(StrEnum):
    """The two directions of a connection, seen from the Pod that a policy selects."""

    INGRESS = "Ingress"
    EGRESS = "Egress"


@dataclass(frozen=True, slots=True)
class IPBlock:
    """Addresses in `cidr` that are in none of `excepts`."""

    cidr: IPNetwork
    excepts: tuple[IPNetwork, ...] = ()

    @property
    def text(self) -> str:
        return str(self.cidr) + (f" except {', '.join(map(str, self.excepts))}" if self.excepts else "")


@dataclass(frozen=True, slots=True)
class NetworkPolicyPeer:
    """One element of `from` or `to`: an `ip_block`, or selectors of which all that are given must match."""

    pod_selector: LabelSelector | None = None
    namespace_selector: LabelSelector | None = None
    ip_block: IPBlock | None = None


@dataclass(frozen=True, slots=True)
class NetworkPolicyPort:
    """`port` None is every port of `protocol`; a name is resolved by each destination Pod; `end_port` is inclusive."""

    protocol: Protocol = Protocol.TCP
    port: int | str | None = None
    end_port: int | None = None


@dataclass(frozen=True, slots=True)
class NetworkPolicyRule:
    """What one rule allows: any of `peers` (none: everybody) on any of `ports` (none: all ports, all protocols)."""

    peers: tuple[NetworkPolicyPeer, ...] = ()
    ports: tuple[NetworkPolicyPort, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkPolicy(KubernetesObject):
    """networking.k8s.io/v1; `policy_types` is resolved (pkg/apis/networking/v1/defaults.go)."""

    pod_selector: LabelSelector
    policy_types: frozenset[PolicyType]
    ingress: tuple[NetworkPolicyRule, ...] = ()
    egress: tuple[NetworkPolicyRule, ...] = ()


class Tier(StrEnum):
    """Admin policies are asked before NetworkPolicies, Baseline ones after them."""

    ADMIN = "Admin"
    BASELINE = "Baseline"


class Action(StrEnum):
    """What a matching rule does; Pass skips the rest of its tier."""

    ACCEPT = "Accept"
    DENY = "Deny"
    PASS = "Pass"  # noqa: S105


@dataclass(frozen=True, slots=True)
class NamespacedPod:
    """Pods by the labels of their namespace and their own; an empty selector selects all."""

    namespace_selector: LabelSelector = field(default_factory=LabelSelector)
    pod_selector: LabelSelector = field(default_factory=LabelSelector)


@dataclass(frozen=True, slots=True)
class ClusterNetworkPolicyPeer:
    """Exactly one field is set; none at all means that the manifest has a kind of peer that is not known here."""

    pods: NamespacedPod | None = None
    nodes: LabelSelector | None = None
    networks: tuple[IPNetwork, ...] = ()
    domain_names: tuple[str, ...] = ()

    @property
    def unknown(self) -> bool:
        return self == ClusterNetworkPolicyPeer()


@dataclass(frozen=True, slots=True)
class ClusterNetworkPolicyPort:
    """One element of `protocols`: ports `first` to `last` of `protocol`, or the port that a Pod calls `name`."""

    protocol: Protocol | None = None
    first: int = 1
    last: int = 65535
    name: str = ""


@dataclass(frozen=True, slots=True)
class ClusterNetworkPolicyRule:
    """`peers` is never empty; without `ports` every protocol matches, ICMP too."""

    action: Action
    peers: tuple[ClusterNetworkPolicyPeer, ...]
    ports: tuple[ClusterNetworkPolicyPort, ...] = ()
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterNetworkPolicy(KubernetesObject):
    """policy.networking.k8s.io/v1alpha2; a lower `priority` (0 to 1000) is asked first."""

    tier: Tier
    priority: int
    subject: NamespacedPod
    ingress: tuple[ClusterNetworkPolicyRule, ...] = ()
    egress: tuple[ClusterNetworkPolicyRule, ...] = ()
