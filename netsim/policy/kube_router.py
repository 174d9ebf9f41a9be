"""Policies as kube-router's policy controller programs them, which k3s runs beside flannel: a chain a Pod and a policy.

    FORWARD, INPUT, OUTPUT -> KUBE-ROUTER-* -> KUBE-POD-FW-* (of the Pod) -> KUBE-NWPLCY-* (of a policy)

A policy marks what it allows; the Pod's chain rejects what has no mark in the end. Source: cloudnativelabs/kube-router
pkg/controllers/netpol (network_policy_controller.go, pod.go, policy.go). Differences: only the policies that select a
Pod of the node have chains, and one with two directions has two, so that what it lets out is not taken for what it lets
in; the NFLOG rule before each REJECT is left out; and ClusterNetworkPolicy, which kube-router does not know, is asked
in chains of the same make (KUBE-CLPLCY-*).
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from hashlib import sha256
from ipaddress import ip_network

from netsim.kubernetes.cluster import Cluster
from netsim.kubernetes.objects import IPAddress, Node, Pod
from netsim.kubernetes.policies import Action, PolicyType
from netsim.linux.ipset import Entry, IpSet, SetType
from netsim.linux.namespace import NetworkNamespace
from netsim.linux.netfilter import (
    Accept,
    Chain,
    Comment,
    ConnectionState,
    Destination,
    DestinationIsLocal,
    Drop,
    Jump,
    MarkIs,
    Match,
    ProtocolIs,
    Reject,
    Return,
    SetMark,
    Source,
    SourceIsLocal,
    StateIs,
)
from netsim.linux.netfilter.multiport import DestinationPorts
from netsim.linux.netfilter.sets import InSet
from netsim.packet import Protocol as WireProtocol
from netsim.policy.compiled import CompiledPolicy, CompiledRule, Peer, PolicyTier, Selection, enforced_policies
from netsim.policy.members import Members, networks, of_version, selecting
from netsim.policy.portmatches import by_protocol, single_matches

ALLOWED = 0x10000
"""What a policy's chain marks a packet with."""
COMPLIES = 0x20000
"""What a Pod's chain marks it with when it has no objection."""
TIER_IS_OVER = 0x80000
"""A ClusterNetworkPolicy accepted the packet or passed it on."""
TOP = {"INPUT": "KUBE-ROUTER-INPUT", "FORWARD": "KUBE-ROUTER-FORWARD", "OUTPUT": "KUBE-ROUTER-OUTPUT"}
DEFAULT_CHAIN = "KUBE-NWPLCY-DEFAULT"
NODE_PORTS = (30000, 32767)
ESTABLISHED = StateIs(frozenset({ConnectionState.RELATED, ConnectionState.ESTABLISHED}))
INVALID = StateIs(frozenset({ConnectionState.INVALID}))
SIDES: dict[PolicyType, type[Destination] | type[Source]] = {PolicyType.INGRESS: Destination, PolicyType.EGRESS: Source}


class KubeRouter:
    """The controller of every node of a cluster."""

    def __init__(self, cluster: Cluster) -> None:
        self.policies = enforced_policies(cluster)
        self.members = Members(cluster)
        self.service_cidrs = cluster.settings.service_cidrs
        self._cluster = cluster

    def plan_node(self, namespace: NetworkNamespace, node: Node) -> None:
        """Program the chains and sets for the Pods of one node, in both IP versions that they use."""
        pods = [pod for pod in self._cluster.pods_on(node.name) if pod.pod_ips and not pod.host_network]
        for version in (4, 6):
            if any(of_version(pod, version) for pod in pods):
                _NodeRules(self, namespace, version).program(pods)


def hashed(*words: str) -> str:
    """Sixteen characters by which kube-router tells chains, sets and rules apart."""
    return base64.b32encode(sha256("".join(words).encode()).digest()).decode()[:16]


def pod_chain(pod: Pod, version: int) -> str:
    return f"KUBE-POD-FW-{hashed(pod.namespace, '/', pod.name, str(version))}"


def policy_chain(policy: CompiledPolicy, version: int) -> str:
    kind = "NW" if policy.tier is PolicyTier.NETWORK_POLICY else "CL"
    return f"KUBE-{kind}PLCY-{hashed(policy.direction, policy.text, str(version))}"


def marked(mark: int, negate: bool = False) -> MarkIs:
    return MarkIs(mark, mark, negate)


class _NodeRules:
    """The rules of one node in one IP version."""

    def __init__(self, router: KubeRouter, namespace: NetworkNamespace, version: int) -> None:
        self._router = router
        self._namespace = namespace
        self._version = version
        self._table = namespace.netfilter.table("filter", version)

    def program(self, pods: list[Pod]) -> None:
        for hook, chain in TOP.items():
            spec = f"-mcomment--commentkube-router netpol-j{chain}"
            self._table.chain(hook).prepend(Jump(chain), Comment(f"kube-router netpol - {hashed(hook, spec)}"))
            self._table.chain(chain)
        self._let_services_in()
        self._table.chain(DEFAULT_CHAIN).append(
            SetMark(ALLOWED, ALLOWED), Comment("rule to mark traffic matching a network policy")
        )
        for pod in pods:
            for address in of_version(pod, self._version):
                self._dispatch(pod, address)
                self._program_pod(pod, address)
        for chain in TOP.values():
            words = Comment("rule to explicitly ACCEPT traffic that comply to network policies")
            self._table.chain(chain).append(Accept(), words, marked(COMPLIES))

    def _let_services_in(self) -> None:
        """What kube-proxy will translate, or IPVS take, is judged at the Pod that it ends at."""
        chain = self._table.chain(TOP["INPUT"])
        for cidr in self._router.service_cidrs:
            if cidr.version == self._version:
                chain.append(
                    Return(), Destination(cidr), Comment("allow traffic to primary/secondary cluster IP range")
                )
        for protocol in (WireProtocol.TCP, WireProtocol.UDP):
            words = Comment(f"allow LOCAL {protocol.upper()} traffic to node ports")
            chain.append(
                Return(), ProtocolIs(protocol), words, DestinationIsLocal(), DestinationPorts((NODE_PORTS,))
            )  # fmt: skip

    def _dispatch(self, pod: Pod, address: IPAddress) -> None:
        """Send a Pod's packets to its chain: what it sends at all three hooks, what is for it at two."""
        name, network = pod_chain(pod, self._version), ip_network(address)
        called = f"POD name:{pod.name} namespace: {pod.namespace}"
        towards = Comment(f"rule to jump traffic destined to {called} to chain {name}")
        away = Comment(f"rule to jump traffic from {called} to chain {name}")
        for hook in ("FORWARD", "OUTPUT"):
            self._table.chain(TOP[hook]).append(Jump(name), Destination(network), towards)
        for hook in TOP:
            self._table.chain(TOP[hook]).append(Jump(name), Source(network), away)

    def _program_pod(self, pod: Pod, address: IPAddress) -> None:
        chain, network = self._table.chain(pod_chain(pod, self._version)), ip_network(address)
        chain.append(Accept(), Comment("rule for stateful firewall for pod"), ESTABLISHED)
        chain.append(Drop(), Comment("rule to drop invalid state for pod"), INVALID)
        chain.append(
            Accept(), Destination(network),
            Comment("rule to permit the traffic traffic to pods when source is the pod's local node"), SourceIsLocal(),
        )  # fmt: skip
        isolated_by: list[str] = []
        for direction in PolicyType:
            asked = selecting(self._router.policies, pod, direction)
            isolated_by += [f"{p.text} ({direction.lower()})" for p in asked if p.tier is PolicyTier.NETWORK_POLICY]
            self._ask(chain, asked, direction, SIDES[direction](network))
        called = f"POD name:{pod.name} namespace: {pod.namespace}"
        chain.append(
            Reject(version=self._version),
            Comment(f"rule to REJECT traffic destined for {called}"), marked(ALLOWED, negate=True),
            note=f"{', '.join(isolated_by)} isolates Pod {pod.namespace}/{pod.name}, and no rule allows the packet",
        )  # fmt: skip
        chain.append(SetMark(0, ALLOWED | TIER_IS_OVER))
        words = Comment("set mark to ACCEPT traffic that comply to network policies")
        chain.append(SetMark(COMPLIES, COMPLIES), words)

    def _ask(self, chain: Chain, asked: list[CompiledPolicy], direction: PolicyType, side: Match) -> None:
        """Jump to the policies of one direction: Admin ones, then NetworkPolicies or, without any, Baseline ones."""
        tiers = {tier: [policy for policy in asked if policy.tier is tier] for tier in PolicyTier}
        self._ask_in_order(chain, tiers[PolicyTier.ADMIN], side)
        isolating = tiers[PolicyTier.NETWORK_POLICY]
        for policy in isolating:
            self._jump(chain, policy, side)
        if not isolating:
            if tiers[PolicyTier.BASELINE]:
                chain.append(SetMark(0, TIER_IS_OVER), side, marked(ALLOWED, negate=True))
                self._ask_in_order(chain, tiers[PolicyTier.BASELINE], side)
            words = Comment(f"run through default {direction.lower()} network policy chain")
            chain.append(Jump(DEFAULT_CHAIN), side, words)

    def _ask_in_order(self, chain: Chain, policies: list[CompiledPolicy], side: Match) -> None:
        for policy in policies:
            self._jump(chain, policy, side, marked(TIER_IS_OVER, negate=True))

    def _jump(self, chain: Chain, policy: CompiledPolicy, side: Match, *conditions: Match) -> None:
        name = policy_chain(policy, self._version)
        kind = "nw" if policy.tier is PolicyTier.NETWORK_POLICY else "cluster"
        chain.append(Jump(name), side, *conditions, Comment(f"run through {kind} policy {policy.name}"))
        if name not in self._table.chains:
            self._table.chain(name)
            self._program_policy(name, policy)

    def _program_policy(self, name: str, policy: CompiledPolicy) -> None:
        ingress = policy.direction is PolicyType.INGRESS
        prefix = "DST" if ingress else "SRC"
        subjects = self._pods_set(f"{prefix}-{hashed(policy.direction, policy.text)}", policy.subject)
        subject = InSet(subjects, ("dst" if ingress else "src",))
        for rule in policy.rules:
            for number, peer in enumerate(rule.peers):
                matches = self._peer_matches(policy, rule, number, peer)
                if matches is not None:
                    pair = (matches, (subject,)) if ingress else ((subject,), matches)
                    for ports in self._port_matches(policy, rule, peer):
                        self._decide(self._table.chain(name), policy, rule, ports, (*pair[0], *pair[1]))

    def _decide(
        self,
        chain: Chain,
        policy: CompiledPolicy,
        rule: CompiledRule,
        ports: tuple[Match, ...],
        pair: tuple[Match, ...],
    ) -> None:
        source, *rest = ports or (None,)
        protocol = () if source is None else (source,)
        note = f"{rule.text} of {policy.text}"
        where = f" namespace {policy.namespace}" if policy.namespace else ""
        verb = {Action.ACCEPT: "ACCEPT", Action.DENY: "REJECT", Action.PASS: "PASS"}[rule.action]
        words = Comment(
            f"rule to {verb} traffic from source pods to dest pods selected by policy name {policy.name}{where}"
        )
        matches = (*protocol, words, *pair, *rest)
        if rule.action is Action.DENY:
            chain.append(Reject(version=self._version), *matches, note=f"{note} denies it")
            return
        if policy.tier is PolicyTier.NETWORK_POLICY:
            mark = ALLOWED
        else:
            mark = TIER_IS_OVER | (ALLOWED if rule.action is Action.ACCEPT else 0)
        chain.append(SetMark(mark, mark), *matches, note=note)
        chain.append(Return(), *matches, MarkIs(mark, mark), note=note)

    def _peer_matches(
        self, policy: CompiledPolicy, rule: CompiledRule, number: int, peer: Peer
    ) -> tuple[Match, ...] | None:
        """A match for one peer, none for everybody; None for a peer that nobody can be in this IP version."""
        if peer.everybody:
            return ()
        prefix, side = ("SRC", "src") if policy.direction is PolicyType.INGRESS else ("DST", "dst")
        name = f"{prefix}-{hashed(policy.text, rule.place, str(number))}"
        if peer.pods is not None:
            return (InSet(self._pods_set(name, peer.pods), (side,)),)
        ranges = dict(networks(peer.blocks, self._version))
        if not ranges:
            return None
        entries = [Entry(network, nomatch=excepted) for network, excepted in ranges.items()]
        return (InSet(self._kept(IpSet(self._set_name(name), SetType.HASH_NET, self._version, entries)), (side,)),)

    def _port_matches(self, policy: CompiledPolicy, rule: CompiledRule, peer: Peer) -> Iterator[tuple[Match, ...]]:
        if not rule.ports:
            yield ()
        for protocol, spans in by_protocol(rule.ports).items():
            yield from single_matches(protocol, spans)
        members = self._router.members
        ingress = policy.direction is PolicyType.INGRESS
        destinations = members.pods(policy.subject) if ingress else members.pods_of_peer(peer)
        for ports in (each for each in rule.ports if each.name):
            for (protocol, number), pods in members.resolved(ports, destinations).items():
                words = (policy.text, rule.place, ports.name, peer.text, str(protocol), str(number))
                addresses = [address for pod in pods for address in of_version(pod, self._version)]
                with_port = self._addresses_set(f"DST-{hashed(*words)}", addresses)
                for matches in single_matches(protocol, [(number, number)]):
                    yield (*matches, InSet(with_port, ("dst",)))

    def _pods_set(self, name: str, selection: Selection) -> IpSet:
        return self._addresses_set(name, self._router.members.addresses(selection, self._version))

    def _addresses_set(self, name: str, addresses: tuple[IPAddress, ...] | list[IPAddress]) -> IpSet:
        entries = [Entry(address) for address in addresses]
        return self._kept(IpSet(self._set_name(name), SetType.HASH_IP, self._version, entries))

    def _set_name(self, name: str) -> str:
        return f"{'inet6:' if self._version == 6 else ''}KUBE-{name}"

    def _kept(self, ipset: IpSet) -> IpSet:
        return self._namespace.ipsets.setdefault(ipset.name, ipset)
