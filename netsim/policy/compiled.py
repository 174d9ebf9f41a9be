"""Both kinds of policy in one form, in the order in which they are asked, with all selectors bound to the cluster.

What a name or a selector of namespaces means is settled here; Pods are left to whoever asks, one by one
(``evaluation``) or all at once (``reachability``), or who makes rules of it (``calico`` and the other planners).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from ipaddress import ip_network

from netsim.kubernetes.cluster import Cluster
from netsim.kubernetes.objects import Pod, Protocol
from netsim.kubernetes.policies import (
    Action,
    ClusterNetworkPolicy,
    ClusterNetworkPolicyPeer,
    ClusterNetworkPolicyPort,
    ClusterNetworkPolicyRule,
    IPBlock,
    NetworkPolicy,
    NetworkPolicyPeer,
    NetworkPolicyPort,
    NetworkPolicyRule,
    PolicyType,
    Tier,
)
from netsim.kubernetes.selectors import LabelSelector
from netsim.packet import HIGHEST_PORT


class PolicyTier(StrEnum):
    """What is asked first, second and third."""

    ADMIN = "Admin"
    NETWORK_POLICY = "NetworkPolicy"
    BASELINE = "Baseline"


@dataclass(frozen=True, slots=True)
class Selection:
    """Pods by the names of their namespaces and by their labels; never one that uses its node's network."""

    namespaces: frozenset[str]
    pod_selector: LabelSelector
    text: str

    def names(self, pod: Pod) -> bool:
        """Whether namespace and labels fit, whatever network the Pod uses."""
        return pod.namespace in self.namespaces and self.pod_selector.matches(pod.meta.labels)


@dataclass(frozen=True, slots=True)
class Peer:
    """Who may be at the other end: everybody, or selected Pods, addresses in blocks, or what DNS names stand for."""

    text: str
    everybody: bool = False
    pods: Selection | None = None
    blocks: tuple[IPBlock, ...] = ()
    domain_names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ports:
    """Ports `first` to `last`, or those that a destination Pod calls `name`; `protocol` None is any of the three."""

    protocol: Protocol | None
    first: int = 1
    last: int = HIGHEST_PORT
    name: str = ""

    @property
    def text(self) -> str:
        protocol = str(self.protocol) if self.protocol else "any protocol"
        if self.name:
            return f"port {self.name!r} ({protocol})"
        if (self.first, self.last) == (1, HIGHEST_PORT):
            return f"every {protocol} port"
        return f"{protocol} {self.first}" + (f"-{self.last}" if self.last != self.first else "")


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """`place` is the key in the manifest; no `ports` are all ports of all protocols; no `peers` match nobody."""

    place: str
    action: Action
    peers: tuple[Peer, ...]
    ports: tuple[Ports, ...] = ()
    name: str = ""

    @property
    def text(self) -> str:
        return f"{self.place} ({self.name})" if self.name else self.place


@dataclass(frozen=True, slots=True)
class CompiledPolicy:
    """One policy in one direction. `priority` orders policies of a tier; NetworkPolicies all have the same."""

    tier: PolicyTier
    namespace: str
    name: str
    direction: PolicyType
    subject: Selection
    rules: tuple[CompiledRule, ...]
    priority: int = 0

    @property
    def text(self) -> str:
        if self.tier is PolicyTier.NETWORK_POLICY:
            return f"NetworkPolicy {self.namespace}/{self.name}"
        return f"ClusterNetworkPolicy {self.name} ({self.tier} tier, priority {self.priority})"


PolicySet = dict[PolicyType, tuple[CompiledPolicy, ...]]
"""The policies of each direction in the order of their tiers, priorities and names."""

EVERYBODY = Peer("everybody", everybody=True)


def compile_policies(cluster: Cluster) -> PolicySet:
    """The policies of a cluster, whether or not its plugin enforces them."""
    compiler = _Compiler(cluster)
    found: PolicySet = {}
    for direction in PolicyType:
        policies = [compiler.network_policy(p, direction) for p in cluster.network_policies
                    if direction in p.policy_types]  # fmt: skip
        policies += [compiler.cluster_policy(p, direction) for p in cluster.cluster_network_policies
                     if p.ingress or p.egress]  # fmt: skip
        tiers = list(PolicyTier)
        effective = (p for p in policies if p.rules or p.tier is PolicyTier.NETWORK_POLICY)
        found[direction] = tuple(
            sorted(effective, key=lambda p: (tiers.index(p.tier), p.priority, p.namespace, p.name))
        )
    return found


def enforced_policies(cluster: Cluster) -> PolicySet:
    """The policies that take effect in a cluster; none where nobody enforces them."""
    if not cluster.settings.enforces_policy:
        return dict.fromkeys(PolicyType, ())
    policies = compile_policies(cluster)
    if cluster.settings.enforces_cluster_policy:
        return policies
    return {
        direction: tuple(policy for policy in found if policy.tier is PolicyTier.NETWORK_POLICY)
        for direction, found in policies.items()
    }


class _Compiler:
    """Binds selectors of namespaces and nodes to those of one cluster, each selector once."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._every_namespace = frozenset(namespace.name for namespace in cluster.namespaces)
        self._by_selector: dict[str, frozenset[str]] = {"": self._every_namespace}
        self._one = cache(lambda name: frozenset((name,)))

    def network_policy(self, policy: NetworkPolicy, direction: PolicyType) -> CompiledPolicy:
        rules = policy.ingress if direction is PolicyType.INGRESS else policy.egress
        return CompiledPolicy(
            tier=PolicyTier.NETWORK_POLICY,
            namespace=policy.namespace,
            name=policy.name,
            direction=direction,
            subject=self._in_namespace(policy.namespace, policy.pod_selector),
            rules=tuple(
                self._rule(rule, f"{direction.lower()}[{index}]", policy.namespace) for index, rule in enumerate(rules)
            ),
        )

    def cluster_policy(self, policy: ClusterNetworkPolicy, direction: PolicyType) -> CompiledPolicy:
        rules = policy.ingress if direction is PolicyType.INGRESS else policy.egress
        subject = policy.subject
        return CompiledPolicy(
            tier=PolicyTier.ADMIN if policy.tier is Tier.ADMIN else PolicyTier.BASELINE,
            namespace="",
            name=policy.name,
            direction=direction,
            subject=self._selected(subject.namespace_selector, subject.pod_selector),
            rules=tuple(self._cluster_rule(rule, f"{direction.lower()}[{index}]") for index, rule in enumerate(rules)),
            priority=policy.priority,
        )

    def _rule(self, rule: NetworkPolicyRule, place: str, namespace: str) -> CompiledRule:
        peers = tuple(self._peer(peer, namespace) for peer in rule.peers) or (EVERYBODY,)
        return CompiledRule(place, Action.ACCEPT, peers, tuple(map(_ports, rule.ports)))

    def _peer(self, peer: NetworkPolicyPeer, namespace: str) -> Peer:
        if peer.ip_block is not None:
            return Peer(f"addresses in {peer.ip_block.text}", blocks=(peer.ip_block,))
        pod_selector = peer.pod_selector or LabelSelector()
        if peer.namespace_selector is None:
            selection = self._in_namespace(namespace, pod_selector)
        else:
            selection = self._selected(peer.namespace_selector, pod_selector)
        return Peer(selection.text, pods=selection)

    def _cluster_rule(self, rule: ClusterNetworkPolicyRule, place: str) -> CompiledRule:
        """A rule; one with a peer of an unknown kind fails closed, as the API's documentation demands."""
        if any(peer.unknown for peer in rule.peers):
            if rule.action is Action.ACCEPT:
                return CompiledRule(place, rule.action, (), (), rule.name)
            return CompiledRule(place, Action.DENY, (EVERYBODY,), (), rule.name)
        peers = tuple(map(self._cluster_peer, rule.peers))
        return CompiledRule(place, rule.action, peers, tuple(map(_cluster_ports, rule.ports)), rule.name)

    def _cluster_peer(self, peer: ClusterNetworkPolicyPeer) -> Peer:
        if peer.pods is not None:
            selection = self._selected(peer.pods.namespace_selector, peer.pods.pod_selector)
            return Peer(selection.text, pods=selection)
        if peer.nodes is not None:
            nodes = [node for node in self._cluster.nodes if peer.nodes.matches(node.meta.labels)]
            blocks = tuple(IPBlock(ip_network(address)) for node in nodes for address in node.addresses)
            return Peer(f"nodes{_with(peer.nodes)}", blocks=blocks)
        if peer.networks:
            blocks = tuple(map(IPBlock, peer.networks))
            return Peer(f"addresses in {', '.join(map(str, peer.networks))}", blocks=blocks)
        return Peer(f"the domain names {', '.join(peer.domain_names)}", domain_names=peer.domain_names)

    def _in_namespace(self, namespace: str, pod_selector: LabelSelector) -> Selection:
        text = f"Pods{_with(pod_selector)} in namespace {namespace}"
        return Selection(self._one(namespace), pod_selector, text)

    def _selected(self, namespaces: LabelSelector, pods: LabelSelector) -> Selection:
        key = namespaces.text
        if key not in self._by_selector:
            matching = (each.name for each in self._cluster.namespaces if namespaces.matches(each.meta.labels))
            self._by_selector[key] = frozenset(matching)
        where = f"namespaces with {key}" if key else "every namespace"
        return Selection(self._by_selector[key], pods, f"Pods{_with(pods)} in {where}")


def _with(selector: LabelSelector) -> str:
    return f" with {selector.text}" if selector.text else ""


def _ports(port: NetworkPolicyPort) -> Ports:
    match port.port:
        case None:
            return Ports(port.protocol)
        case str(name):
            return Ports(port.protocol, name=name)
        case first:
            return Ports(port.protocol, first, port.end_port or first)


def _cluster_ports(port: ClusterNetworkPolicyPort) -> Ports:
    return Ports(port.protocol, port.first, port.last, port.name)
