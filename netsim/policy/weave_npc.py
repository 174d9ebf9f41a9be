"""NetworkPolicies as weave-npc programs them: what no rule accepts on its way into or out of a Pod is dropped.

    FORWARD -i weave -> WEAVE-NPC-EGRESS -> WEAVE-NPC-EGRESS-DEFAULT, WEAVE-NPC-EGRESS-CUSTOM
            -o weave -> WEAVE-NPC        -> WEAVE-NPC-DEFAULT, WEAVE-NPC-INGRESS

The DEFAULT chains let Pods be that no policy isolates. Source: weaveworks/weave npc/controller.go, npc/constants.go,
npc/namespace.go, npc/rule.go and prog/weave-npc/main.go. Differences: names of sets are hexadecimal, the NFLOG rules
are left out, and egress asks whether the sender is a Pod of the node where weave-npc asks whether the frame came in by
``vethwe-bridge``. ClusterNetworkPolicy is not enforced.
"""

from __future__ import annotations

from collections.abc import Iterator

from netsim.cni.weave import BRIDGE, MULTICAST
from netsim.device_names import name_hash
from netsim.kubernetes.cluster import Cluster
from netsim.kubernetes.objects import IPAddress, Node
from netsim.kubernetes.policies import PolicyType
from netsim.linux.ipset import Entry, IpSet, SetType
from netsim.linux.namespace import NetworkNamespace
from netsim.linux.netfilter import (
    Accept,
    Comment,
    ConnectionState,
    Destination,
    DestinationIsLocal,
    Drop,
    InInterface,
    Jump,
    MarkIs,
    Match,
    OutInterface,
    Return,
    Rule,
    SetMark,
    Source,
    StateIs,
    Target,
)
from netsim.linux.netfilter.sets import InSet
from netsim.policy.compiled import CompiledPolicy, CompiledRule, Peer, enforced_policies
from netsim.policy.members import Members, of_version
from netsim.policy.portmatches import by_protocol, single_matches

ACCEPTED = 0x40000
"""The mark of what may leave its Pod."""
MOST_NAMES = 5
"""How many policies the reason of a drop names: one rule drops for all Pods of the node."""
INGRESS, INGRESS_DEFAULT, INGRESS_CUSTOM = "WEAVE-NPC", "WEAVE-NPC-DEFAULT", "WEAVE-NPC-INGRESS"
EGRESS, EGRESS_DEFAULT, EGRESS_CUSTOM = "WEAVE-NPC-EGRESS", "WEAVE-NPC-EGRESS-DEFAULT", "WEAVE-NPC-EGRESS-CUSTOM"
EGRESS_ACCEPT = "WEAVE-NPC-EGRESS-ACCEPT"
ESTABLISHED = StateIs(frozenset({ConnectionState.RELATED, ConnectionState.ESTABLISHED}))
NEW = StateIs(frozenset({ConnectionState.NEW}))
UNMARKED = MarkIs(ACCEPTED, ACCEPTED, negate=True)
SIDES = {PolicyType.INGRESS: ("dst", "src"), PolicyType.EGRESS: ("src", "dst")}
"""Where the selected Pod and where its peer stand in a packet."""


class WeaveNpc:
    """The agent of every node of a cluster; weave knows IPv4 only."""

    def __init__(self, cluster: Cluster) -> None:
        self.policies = enforced_policies(cluster)
        self.members = Members(cluster)
        self.namespaces = [namespace.name for namespace in cluster.namespaces]
        self._cluster = cluster

    def plan_node(self, namespace: NetworkNamespace, node: Node) -> None:
        """Program chains and sets; the rules are the same on every node but for the set of its own Pods."""
        rules = _NodeRules(self, namespace)
        pods = self._cluster.pods_on(node.name)
        rules.program([a for pod in pods if not pod.host_network for a in of_version(pod, 4)])

    def isolated(self, direction: PolicyType) -> set[IPAddress]:
        """The addresses of the Pods that some policy selects in a direction."""
        selected = (self.members.addresses(policy.subject, 4) for policy in self.policies[direction])
        return {address for addresses in selected for address in addresses}


class _NodeRules:
    """The rules of one node."""

    def __init__(self, agent: WeaveNpc, namespace: NetworkNamespace) -> None:
        self._agent = agent
        self._namespace = namespace
        self._table = namespace.netfilter.table("filter")

    def program(self, local: list[IPAddress]) -> None:
        own = self._set("local pods", SetType.HASH_IP, [Entry(address) for address in local])
        self._hook_in()
        self._guard_entry(own)
        self._guard_exit(own)
        for direction in PolicyType:
            self._let_unisolated(direction)
            for policy in self._agent.policies[direction]:
                self._program_policy(policy)

    def _hook_in(self) -> None:
        before = Comment("NOTE: this must go before '-j KUBE-FORWARD'")
        into, out_of = OutInterface(BRIDGE), InInterface(BRIDGE)
        unallowed = "no NetworkPolicy that isolates the Pod for ingress allows the packet"
        self._table.chain("FORWARD").rules[:0] = [
            Rule((out_of, before), Jump(EGRESS)),
            Rule((into, before), Jump(INGRESS)),
            Rule((into,), Drop(), f"{unallowed} ({self._names(PolicyType.INGRESS)})"),
        ]
        self._table.chain("INPUT").prepend(Jump(EGRESS), out_of)

    def _names(self, direction: PolicyType) -> str:
        names = [policy.text for policy in self._agent.policies[direction]]
        more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
        return ", ".join(names[:MOST_NAMES]) + more

    def _guard_entry(self, own: IpSet) -> None:
        chain = self._table.chain(INGRESS)
        chain.append(Accept(), ESTABLISHED)
        chain.append(Accept(), Destination(MULTICAST))
        chain.append(Jump(INGRESS_DEFAULT), NEW)
        chain.append(Jump(INGRESS_CUSTOM), NEW)
        chain.append(Accept(), InSet(own, ("dst",), negate=True))
        self._table.chain(INGRESS_DEFAULT)
        self._table.chain(INGRESS_CUSTOM)

    def _guard_exit(self, own: IpSet) -> None:
        chain = self._table.chain(EGRESS)
        chain.append(Accept(), ESTABLISHED)
        chain.append(Return(), InSet(own, ("src",), negate=True))
        chain.append(Return(), DestinationIsLocal())
        chain.append(Return(), Destination(MULTICAST))
        chain.append(Jump(EGRESS_DEFAULT), NEW)
        chain.append(Jump(EGRESS_CUSTOM), NEW, UNMARKED)
        unallowed = "no NetworkPolicy that isolates the Pod for egress allows the packet"
        chain.append(Drop(), UNMARKED, note=f"{unallowed} ({self._names(PolicyType.EGRESS)})")
        self._table.chain(EGRESS_ACCEPT).append(SetMark(ACCEPTED, ACCEPTED))
        self._table.chain(EGRESS_DEFAULT)
        self._table.chain(EGRESS_CUSTOM)

    def _let_unisolated(self, direction: PolicyType) -> None:
        """A rule for each namespace: its Pods that no policy isolates."""
        isolated = self._agent.isolated(direction)
        for name in self._agent.namespaces:
            free = [a for a in self._agent.members.addresses_in(name, 4) if a not in isolated]
            members = self._set(f"{direction} default {name}", SetType.HASH_IP, [Entry(address) for address in free])
            words = Comment(f"DefaultAllow {direction.lower()} isolation for namespace: {name}")
            self._accept(direction, INGRESS_DEFAULT, EGRESS_DEFAULT, (InSet(members, (SIDES[direction][0],)), words))

    def _accept(
        self, direction: PolicyType, into: str, out_of: str, matches: tuple[Match, ...], note: str = ""
    ) -> None:
        """Let it in, or mark that it may go out."""
        if direction is PolicyType.INGRESS:
            self._table.chain(into).append(Accept(), *matches, note=note)
            return
        targets: tuple[Target, ...] = (Jump(EGRESS_ACCEPT), Return())
        for target in targets:
            self._table.chain(out_of).append(target, *matches, note=note)

    def _program_policy(self, policy: CompiledPolicy) -> None:
        subjects = self._pods(f"pods: {policy.subject.text}", self._agent.members.addresses(policy.subject, 4))
        subject = InSet(subjects, (SIDES[policy.direction][0],))
        for rule in policy.rules:
            note = f"{rule.text} of {policy.text} allows it"
            for peer in rule.peers:
                for at_peer in self._peer_matches(policy.direction, peer):
                    words = Comment(f"{policy.subject.text} {policy.direction.lower()}: {peer.text}"[:255])
                    for protocol, rest in self._port_matches(policy, rule, peer):
                        matches = (*protocol, *at_peer, subject, *rest, words)
                        self._accept(policy.direction, INGRESS_CUSTOM, EGRESS_CUSTOM, matches, note)

    def _peer_matches(self, direction: PolicyType, peer: Peer) -> Iterator[tuple[Match, ...]]:
        side = SIDES[direction][1]
        if peer.everybody:
            yield ()
        if peer.pods is not None:
            members = self._pods(f"pods: {peer.text}", self._agent.members.addresses(peer.pods, 4))
            yield (InSet(members, (side,)),)
        for block in peer.blocks:
            if block.cidr.version == 4:
                network: Match = Source(block.cidr) if side == "src" else Destination(block.cidr)
                entries = [Entry(inner) for inner in block.excepts]
                outside = self._set(f"except: {block.text}", SetType.HASH_NET, entries) if entries else None
                yield (network,) if outside is None else (network, InSet(outside, (side,), negate=True))

    def _port_matches(
        self, policy: CompiledPolicy, rule: CompiledRule, peer: Peer
    ) -> Iterator[tuple[tuple[Match, ...], tuple[Match, ...]]]:
        """(protocol, ports) of each rule; a port's name becomes a number and the Pods that mean it by that name."""
        if not rule.ports:
            yield (), ()
        for protocol, spans in by_protocol(rule.ports).items():
            for first, *rest in single_matches(protocol, spans):
                yield (first,), tuple(rest)
        members, ingress = self._agent.members, policy.direction is PolicyType.INGRESS
        destinations = members.pods(policy.subject) if ingress else members.pods_of_peer(peer)
        for ports in (each for each in rule.ports if each.name):
            for (protocol, number), pods in members.resolved(ports, destinations).items():
                addresses = tuple(address for pod in pods for address in of_version(pod, 4))
                text = f"{ports.text} {number}/{protocol}: {peer.text}: {policy.subject.text}"
                for first, *rest in single_matches(protocol, [(number, number)]):
                    yield (first,), (*rest, InSet(self._pods(text, addresses), ("dst",)))

    def _pods(self, text: str, addresses: tuple[IPAddress, ...]) -> IpSet:
        return self._set(text, SetType.HASH_IP, [Entry(address) for address in addresses])

    def _set(self, text: str, type: SetType, entries: list[Entry]) -> IpSet:
        name = f"weave-{name_hash(text, 25)}"
        return self._namespace.ipsets.setdefault(name, IpSet(name, type, 4, entries))
