"""Policies as Calico's agent Felix programs them: a chain for each direction of a Pod and of a policy.

    FORWARD -> cali-FORWARD -> cali-from-wl-dispatch -> cali-fw-DEVICE -> cali-po-POLICY  (egress)
                            -> cali-to-wl-dispatch   -> cali-tw-DEVICE -> cali-pi-POLICY  (ingress)

A policy marks what it accepts or passes on; at the end of the tier of NetworkPolicies what has no mark is dropped, and
a Pod that no policy selects is let through by the profile of its namespace. Source: projectcalico/calico felix/rules
(static.go, dispatch.go, endpoints.go, policy.go), felix/hashutils, felix/fv/cali-iptables-dump.txt. Differences: no
chains for the profiles of service accounts, and only policies that select a Pod of the node have chains.
ClusterNetworkPolicies are in tiers of their own around that of NetworkPolicies.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from hashlib import sha256
from ipaddress import ip_network

from netsim.cni.calico_rules import WORKLOADS
from netsim.cni.felix import FelixChain
from netsim.cni.plugin import pod_namespace_name
from netsim.kubernetes.cluster import Cluster
from netsim.kubernetes.objects import IPNetwork, Node, Pod
from netsim.kubernetes.policies import Action, PolicyType
from netsim.linux.interfaces import Veth
from netsim.linux.ipset import Entry, IpSet, SetType
from netsim.linux.namespace import NetworkNamespace
from netsim.linux.netfilter import (
    Accept,
    Comment,
    ConnectionState,
    Destination,
    Drop,
    Goto,
    InInterface,
    Jump,
    MarkIs,
    Match,
    OutInterface,
    ProtocolIs,
    Return,
    SetMark,
    Source,
    StateIs,
)
from netsim.linux.netfilter.multiport import DestinationPorts
from netsim.linux.netfilter.sets import InSet
from netsim.packet import Protocol
from netsim.policy.calico_ipvs import check_incoming, check_outgoing, uses_ipvs, write_chains
from netsim.policy.compiled import CompiledPolicy, CompiledRule, Peer, PolicyTier, Ports, enforced_policies
from netsim.policy.members import WIRE_PROTOCOLS, Members, of_version, selecting
from netsim.policy.portmatches import by_protocol, multiport_matches

ACCEPTED, PASSED, OUTSIDE_EXCEPTIONS = 0x10000, 0x20000, 0x40000
ALL_MARKS = 0xF0000
LONGEST_CHAIN_NAME = 28
VXLAN_PORT = 4789
EMPTY_CHAINS = ("cali-from-hep-forward", "cali-to-hep-forward", "cali-cidr-block", "cali-from-host-endpoint",
                "cali-to-host-endpoint")  # fmt: skip
"""Chains for host endpoints and blocked ranges, of which there are none."""
TIERS = {PolicyTier.ADMIN: "kube-admin", PolicyTier.NETWORK_POLICY: "default", PolicyTier.BASELINE: "kube-baseline"}
ESTABLISHED = StateIs(frozenset({ConnectionState.RELATED, ConnectionState.ESTABLISHED}))
INVALID = StateIs(frozenset({ConnectionState.INVALID}))
ENDPOINT_CHAINS = {PolicyType.INGRESS: "cali-tw-", PolicyType.EGRESS: "cali-fw-"}
POLICY_CHAINS = {PolicyType.INGRESS: "cali-pi-", PolicyType.EGRESS: "cali-po-"}
PROFILE_CHAINS = {PolicyType.INGRESS: "cali-pri-", PolicyType.EGRESS: "cali-pro-"}


class Felix:
    """The agent of every node of a cluster."""

    def __init__(self, cluster: Cluster) -> None:
        self.policies = enforced_policies(cluster)
        self.members = Members(cluster)
        self._cluster = cluster

    def plan_node(self, namespace: NetworkNamespace, node: Node) -> None:
        """Program the chains and sets for the Pods of one node."""
        pods = [p for p in self._cluster.pods_on(node.name) if p.pod_ips and not p.host_network]
        versions = sorted({address.version for pod in self._cluster.pods for address in pod.pod_ips} or {4})
        for version in versions:
            _NodeRules(self, namespace, version).program([pod for pod in pods if of_version(pod, version)])


def limited(prefix: str, name: str) -> str:
    """A chain's name, hashed where it would be too long for iptables (felix/hashutils GetLengthLimitedID)."""
    if len(prefix + name) <= LONGEST_CHAIN_NAME and not name.startswith("_"):
        return prefix + name
    digest = base64.urlsafe_b64encode(sha256(name.encode()).digest()).decode()
    return f"{prefix}_{digest[: LONGEST_CHAIN_NAME - 1 - len(prefix)]}"


def policy_name(policy: CompiledPolicy) -> str:
    """As Calico calls a policy that it made from one of Kubernetes' (libcalico-go lib/names)."""
    if policy.tier is PolicyTier.NETWORK_POLICY:
        return f"{policy.namespace}/knp.default.{policy.name}"
    return f"kcnp.{TIERS[policy.tier]}.{policy.name}"


def marked(mark: int) -> MarkIs:
    return MarkIs(mark, mark)


class _NodeRules:
    """The rules of one node in one IP version."""

    def __init__(self, felix: Felix, namespace: NetworkNamespace, version: int) -> None:
        self._felix = felix
        self._namespace = namespace
        self._version = version
        self._table = namespace.netfilter.table("filter", version)
        self._devices = {
            interface.peer_namespace: interface.name
            for interface in namespace.interfaces.values()
            if isinstance(interface, Veth)
        }

    def program(self, pods: list[Pod]) -> None:
        self._hook_in()
        for direction in PolicyType:
            for pod in pods:
                self._program_pod(pod, direction)
        self._dispatch(pods, "cali-from-wl-dispatch", PolicyType.EGRESS)
        self._dispatch(pods, "cali-to-wl-dispatch", PolicyType.INGRESS)
        if uses_ipvs(self._namespace):
            write_chains(self._namespace, self._version, [self._devices[pod_namespace_name(pod)] for pod in pods])

    def _hook_in(self) -> None:
        """What Felix puts into the built-in chains, and its own chains at these hooks (static.go)."""
        for hook in ("INPUT", "FORWARD", "OUTPUT"):
            FelixChain(self._table, hook).insert(Jump(f"cali-{hook}"))
        for empty in EMPTY_CHAINS:
            self._table.chain(empty)
        last = self._chain("FORWARD")
        last.append(Accept(), Comment("Policy explicitly accepted packet."), marked(ACCEPTED))
        last.append(SetMark(ACCEPTED, ACCEPTED))
        forward = self._chain("cali-FORWARD")
        forward.append(SetMark(0, ALL_MARKS & ~ACCEPTED))
        forward.append(Jump("cali-from-hep-forward"), MarkIs(0, ACCEPTED))
        forward.append(Jump("cali-from-wl-dispatch"), InInterface(WORKLOADS))
        forward.append(Jump("cali-to-wl-dispatch"), OutInterface(WORKLOADS))
        forward.append(Jump("cali-to-hep-forward"))
        forward.append(Jump("cali-cidr-block"))
        self._guard_node()

    def _guard_node(self) -> None:
        """What Pods send to their node, and what the node sends; the latter is never refused."""
        host_accepts = Comment("Host endpoint policy accepted packet.")
        incoming = self._chain("cali-INPUT")
        if uses_ipvs(self._namespace):
            check_incoming(incoming)
        incoming.append(Goto("cali-wl-to-host"), InInterface(WORKLOADS))
        incoming.append(Accept(), marked(ACCEPTED))
        incoming.append(SetMark(0, ALL_MARKS))
        incoming.append(Jump("cali-from-host-endpoint"))
        incoming.append(Accept(), host_accepts, marked(ACCEPTED))
        to_host = self._chain("cali-wl-to-host")
        to_host.append(Jump("cali-from-wl-dispatch"))
        to_host.append(Accept(), Comment("Configured DefaultEndpointToHostAction"))
        outgoing = self._chain("cali-OUTPUT")
        outgoing.append(Accept(), marked(ACCEPTED))
        if uses_ipvs(self._namespace):
            check_outgoing(outgoing)
        outgoing.append(Return(), OutInterface(WORKLOADS))
        outgoing.append(SetMark(0, ALL_MARKS))
        outgoing.append(Jump("cali-to-host-endpoint"), StateIs(frozenset({ConnectionState.DNAT}), negate=True))
        outgoing.append(Accept(), host_accepts, marked(ACCEPTED))

    def _chain(self, name: str) -> FelixChain:
        self._table.chain(name)
        return FelixChain(self._table, name)

    def _dispatch(self, pods: list[Pod], name: str, direction: PolicyType) -> None:
        chain = self._chain(name)
        for device in sorted(self._devices[pod_namespace_name(pod)] for pod in pods):
            match: Match = OutInterface(device) if direction is PolicyType.INGRESS else InInterface(device)
            chain.append(Goto(ENDPOINT_CHAINS[direction] + device), match)
        chain.append(Drop(), Comment("Unknown interface"))

    def _program_pod(self, pod: Pod, direction: PolicyType) -> None:
        device = self._devices[pod_namespace_name(pod)]
        chain = self._chain(ENDPOINT_CHAINS[direction] + device)
        chain.append(Accept(), ESTABLISHED)
        chain.append(Drop(), INVALID)
        chain.append(SetMark(0, ACCEPTED))
        if direction is PolicyType.EGRESS:
            words = Comment("Drop VXLAN encapped packets originating in workloads")
            chain.append(Drop(), ProtocolIs(Protocol.UDP), words, DestinationPorts((VXLAN_PORT,)))
        asked = selecting(self._felix.policies, pod, direction)
        for tier in PolicyTier:
            self._ask(chain, tier, [policy for policy in asked if policy.tier is tier])
        profile = PROFILE_CHAINS[direction]
        chain.append(Jump(self._profile(profile, pod.namespace, direction)))
        chain.append(Return(), Comment("Return if profile accepted"), marked(ACCEPTED))
        chain.append(Drop(), Comment("Drop if no profiles matched"))

    def _ask(self, chain: FelixChain, tier: PolicyTier, policies: list[CompiledPolicy]) -> None:
        """One tier: its policies in order, until one accepts the packet or passes it on."""
        if not policies:
            return
        chain.append(SetMark(0, PASSED), Comment(f"Start of tier {TIERS[tier]}"))
        for policy in policies:
            chain.append(Jump(self._policy(policy)), MarkIs(0, PASSED))
            chain.append(Return(), Comment("Return if policy accepted"), marked(ACCEPTED))
        if tier is PolicyTier.NETWORK_POLICY:
            names = ", ".join(policy.text for policy in policies)
            chain.append(
                Drop(), Comment("End of tier default. Drop if no policies passed packet"), MarkIs(0, PASSED),
                note=f"{names} isolates the Pod for {policies[0].direction.lower()}, and no rule allows the packet",
            )  # fmt: skip

    def _profile(self, prefix: str, namespace: str, direction: PolicyType) -> str:
        """The profile of a namespace, which accepts everything."""
        name = limited(prefix, f"kns.{namespace}")
        if name not in self._table.chains:
            words = Comment(f"Profile kns.{namespace} {direction.lower()}")
            chain = self._chain(name)
            chain.append(SetMark(ACCEPTED, ACCEPTED), words)
            chain.append(Return(), words, marked(ACCEPTED))
        return name

    def _policy(self, policy: CompiledPolicy) -> str:
        name = limited(POLICY_CHAINS[policy.direction], f"{TIERS[policy.tier]}/{policy_name(policy)}")
        if name not in self._table.chains:
            chain = self._chain(name)
            for rule in policy.rules:
                for peer in rule.peers:
                    for peer_matches in self._peer(chain, policy, peer):
                        for port_matches in self._ports(policy, rule, peer):
                            self._decide(chain, policy, rule, (*port_matches, *peer_matches))
        return name

    def _decide(
        self, chain: FelixChain, policy: CompiledPolicy, rule: CompiledRule, matches: tuple[Match, ...]
    ) -> None:
        words = Comment(f"Policy {policy_name(policy)} {policy.direction.lower()}")
        note = f"{rule.text} of {policy.text}"
        if rule.action is Action.DENY:
            chain.append(Drop(), words, *matches, note=f"{note} denies it")
            return
        mark = ACCEPTED if rule.action is Action.ACCEPT else PASSED
        chain.append(SetMark(mark, mark), words, *matches, note=note)
        chain.append(Return(), words, marked(mark))

    def _peer(self, chain: FelixChain, policy: CompiledPolicy, peer: Peer) -> Iterator[tuple[Match, ...]]:
        """The matches for a peer, one rule for each; a rule before them marks what is outside of a block's exceptions.

        Two -s in one rule are not possible (policy.go, matchBlockBuilder).
        """
        ingress = policy.direction is PolicyType.INGRESS
        side = Source if ingress else Destination
        if peer.everybody:
            yield ()
        if peer.pods is not None:
            networks = [ip_network(a) for a in self._felix.members.addresses(peer.pods, self._version)]
            members = self._set("s", peer.text, SetType.HASH_NET, [Entry(network) for network in networks])
            yield (InSet(members, ("src" if ingress else "dst",)),)
        for block in peer.blocks:
            if block.cidr.version == self._version:
                if block.excepts:
                    self._mark_outside(chain, side, block.excepts)
                    yield side(block.cidr), marked(OUTSIDE_EXCEPTIONS)
                else:
                    yield (side(block.cidr),)

    def _mark_outside(
        self, chain: FelixChain, side: type[Source] | type[Destination], excepts: tuple[IPNetwork, ...]
    ) -> None:
        chain.append(SetMark(OUTSIDE_EXCEPTIONS, OUTSIDE_EXCEPTIONS))
        for network in excepts:
            chain.append(SetMark(0, OUTSIDE_EXCEPTIONS), side(network))

    def _ports(self, policy: CompiledPolicy, rule: CompiledRule, peer: Peer) -> Iterator[tuple[Match, ...]]:
        if not rule.ports:
            yield ()
        for protocol, spans in by_protocol(rule.ports).items():
            yield from multiport_matches(protocol, spans)
        for ports in (each for each in rule.ports if each.name):
            yield (InSet(self._named_ports(policy, ports, peer), ("dst", "dst")),)

    def _named_ports(self, policy: CompiledPolicy, ports: Ports, peer: Peer) -> IpSet:
        """The set of addresses and ports that a name means in the Pods that may be the destination."""
        members, ingress = self._felix.members, policy.direction is PolicyType.INGRESS
        destinations = members.pods(policy.subject) if ingress else members.pods_of_peer(peer)
        entries = [
            Entry(address, WIRE_PROTOCOLS[protocol], number)
            for (protocol, number), pods in members.resolved(ports, destinations).items()
            for pod in pods
            for address in of_version(pod, self._version)
        ]
        whose = policy.subject.text if ingress else peer.text
        return self._set("n", f"{ports.text} of {whose}", SetType.HASH_IP_PORT, entries)

    def _set(self, kind: str, text: str, type: SetType, entries: list[Entry]) -> IpSet:
        digest = base64.urlsafe_b64encode(sha256(text.encode()).digest()).decode()[:23]
        name = f"cali{self._version}0{kind}:{digest}"
        return self._namespace.ipsets.setdefault(name, IpSet(name, type, self._version, entries))
