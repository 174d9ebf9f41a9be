"""Policies as Cilium enforces them: an eBPF program on each Pod's device asks who the other end is.

The program looks the addresses of a packet up as identities (the ipcache) and asks the policy map of its Pod; only the
first packet of a connection is asked about, answers pass. Source: cilium/cilium bpf/bpf_lxc.c (cil_from_container and
cil_to_container), bpf/lib/policy.h. Differences: the rules are evaluated when a packet comes, where Cilium keeps what
they come to in maps; and ClusterNetworkPolicy is enforced, too.
"""

from __future__ import annotations

from dataclasses import dataclass

from netsim.cni.cilium.agent import router_addresses
from netsim.cni.plugin import has_own_network
from netsim.kubernetes.cluster import Cluster
from netsim.kubernetes.objects import IPAddress, Node, Protocol
from netsim.kubernetes.policies import PolicyType
from netsim.linux.bpf import AttachPoint, DeviceVerdict, PacketContext, Pass, Shot
from netsim.linux.interfaces import Veth
from netsim.linux.namespace import NetworkNamespace
from netsim.linux.netfilter import ConnectionState
from netsim.packet import Packet
from netsim.policy.compiled import enforced_policies
from netsim.policy.evaluation import DirectionReport, Flow, evaluate
from netsim.policy.parties import Party, node_party, pod_party

POINTS = {PolicyType.EGRESS: AttachPoint.INGRESS, PolicyType.INGRESS: AttachPoint.EGRESS}
"""What a Pod sends comes in on the node's end of its cable."""


class CiliumPolicies:
    """What the agents of a cluster know: its policies, and who has which address."""

    def __init__(self, cluster: Cluster) -> None:
        self.policies = enforced_policies(cluster)
        routers = router_addresses(cluster)
        parties = [node_party(node) for node in cluster.nodes]
        parties += [pod_party(pod) for pod in cluster.pods if has_own_network(pod)]
        self._by_address = {address: party for party in parties for address in party.addresses}
        self._by_address |= {routers[node.name]: node_party(node) for node in cluster.nodes}

    def party(self, address: IPAddress) -> Party:
        """Whoever has an address; nobody known is the identity "world"."""
        return self._by_address.get(address) or Party(f"address {address}", (address,))

    def plan_node(self, namespace: NetworkNamespace, node: Node) -> None:
        """Load the programs on the devices of a node's Pods, ahead of those that forward."""
        for interface in list(namespace.interfaces.values()):
            if isinstance(interface, Veth) and "/" in interface.peer_namespace:
                for direction, point in POINTS.items():
                    namespace.programs.attach(interface.name, point, PolicyProgram(self, direction), first=True)


@dataclass(frozen=True, slots=True)
class PolicyProgram:
    """The policy of one Pod in one direction."""

    agent: CiliumPolicies
    direction: PolicyType

    @property
    def name(self) -> str:
        return f"cil_lxc_policy_{self.direction.lower()}"

    def run(self, context: PacketContext) -> DeviceVerdict:
        """Let a known connection pass; drop a new one that the policies deny."""
        packet = context.packet
        if context.state is not ConnectionState.NEW:
            return Pass(packet, "an answer, or part of a connection that was allowed")
        report = evaluate(self.agent.policies, self._flow(packet), self.direction)
        if allows(report):
            return Pass(packet, f"policy {self.direction.lower()}: {report.decided_by}")
        return Shot(f"policy denied ({self.direction.lower()}): {report.decided_by}")

    def _flow(self, packet: Packet) -> Flow:
        protocol, port = None, None
        if packet.ports is not None:
            protocol, port = Protocol(packet.protocol.upper()), packet.ports[1]
        return Flow(self.agent.party(packet.source), self.agent.party(packet.destination), protocol, port)


def allows(report: DirectionReport) -> bool:
    """What Cilium makes of an answer that the API leaves open: a rule for all ports is one for ICMP, too."""
    if report.allowed is None:
        return any(rule.matches for policy in report.policies for rule in policy.rules)
    return report.allowed
