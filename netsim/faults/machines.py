"""Faults of a node's kernel: sysctls, routes, firewall policies, bridges and tables that are full."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from ipaddress import ip_network

from netsim.faults.kinds import AmendNetwork, Choice, FaultKind
from netsim.kubernetes.cluster import Cluster
from netsim.linux.interfaces import Veth
from netsim.linux.namespace import NetworkNamespace
from netsim.linux.netfilter import Accept, ConnectionState, Drop, ProtocolIs, StateIs, iptables_table
from netsim.network import Network
from netsim.packet import Protocol

NODE = {"node": "the Node to break; otherwise the one that the description names"}
EVERY_NODE = {"node": "the only Node to break; otherwise all are broken"}
FLOWS = 262_144


def on_one_node(change: Callable[[NetworkNamespace], None], default: int = 0) -> AmendNetwork:
    """Change the kernel of the node that the fault names, else of the one at index ``default``."""

    def amend(network: Network, cluster: Cluster, choice: Choice) -> None:
        network.amend(choice.node(cluster.nodes, default).name, change)

    return amend


def on_every_node(change: Callable[[NetworkNamespace], None]) -> AmendNetwork:
    """Change the kernel of every node, or of the one that the fault names."""

    def amend(network: Network, cluster: Cluster, choice: Choice) -> None:
        nodes = (choice.node(cluster.nodes),) if "node" in choice.fault.options else cluster.nodes
        for node in nodes:
            network.amend(node.name, change)

    return amend


def setting(values: dict[str, int]) -> Callable[[NetworkNamespace], None]:
    """The change that ``sysctl -w`` makes."""
    return lambda namespace: namespace.sysctls.update(values)


def _forbid_forwarding(namespace: NetworkNamespace) -> None:
    """The policy DROP that Docker sets, and nobody's rules to let the Pods through."""
    filter_table = namespace.netfilter.table("filter")
    filter_table.chain("FORWARD").policy = Drop()
    for chain in filter_table.chains.values():
        chain.rules = [rule for rule in chain.rules if not _lets_pods_through(chain.name, rule.target)]


def _lets_pods_through(chain: str, target: object) -> bool:
    return isinstance(target, Accept) and chain.startswith(("FLANNEL-FWD", "CNI-FORWARD", "FORWARD", "cali-", "WEAVE"))


def _turn_hairpin_off(namespace: NetworkNamespace) -> None:
    for name, interface in namespace.interfaces.items():
        if isinstance(interface, Veth) and interface.hairpin:
            namespace.interfaces[name] = replace(interface, hairpin=False)


def _lose_default_route(namespace: NetworkNamespace) -> None:
    namespace.routes.remove(ip_network("0.0.0.0/0"))


def _leave_legacy_rules(namespace: NetworkNamespace) -> None:
    """Rules of the other iptables, in tables of their own at the same hooks, which iptables-save does not list."""
    table = iptables_table("filter", 4)
    table.name = "legacy filter"
    table.chain("FORWARD").append(Drop(), ProtocolIs(Protocol.TCP), StateIs(frozenset({ConnectionState.NEW})))
    namespace.netfilter.tables[4, table.name] = table


def _fill_conntrack(namespace: NetworkNamespace) -> None:
    namespace.sysctls["net.netfilter.nf_conntrack_max"] = FLOWS
    namespace.sysctls["net.netfilter.nf_conntrack_count"] = FLOWS


def _lose_clashes(namespace: NetworkNamespace) -> None:
    namespace.enters_clashes = False


FAULTS = (
    FaultKind(
        number=11, name="ip-forward-off", title="A node does not forward",
        symptom="everything that crosses the second node dies, its own traffic is fine; sysctl says ip_forward = 0",
        remedy="net.ipv4.ip_forward = 1, in a file that survives a restart", options=NODE,
        amend_network=on_one_node(setting({"net.ipv4.ip_forward": 0, "net.ipv6.conf.all.forwarding": 0}), default=1),
    ),
    FaultKind(
        number=12, name="forward-policy-drop", title="The policy of FORWARD is DROP",
        symptom="as with forwarding off, but the sysctl is 1 and the chain's counters grow",
        remedy="accept the Pod range in FORWARD, or remove what set the policy", options=NODE,
        amend_network=on_one_node(_forbid_forwarding, default=1),
    ),
    FaultKind(
        number=15, name="bridge-nf-off", title="Bridged packets skip iptables",
        symptom="a Service works where the chosen Pod is on another node and times out where it is on the same one",
        remedy="load br_netfilter and set net.bridge.bridge-nf-call-iptables = 1", options=EVERY_NODE,
        amend_network=on_every_node(
            setting({"net.bridge.bridge-nf-call-iptables": 0, "net.bridge.bridge-nf-call-ip6tables": 0})
        ),
    ),
    FaultKind(
        number=29, name="conntrack-full", title="The connection tracking table is full",
        symptom="new connections through the first node time out, old ones go on; the kernel logs: table full",
        remedy="raise nf_conntrack_max, shorten time-outs, or track fewer flows", options=NODE,
        amend_network=on_one_node(_fill_conntrack),
    ),
    FaultKind(
        number=34, name="hairpin-off", title="The bridge sends no frame back to where it came from",
        symptom="a Pod's calls to its own Service time out whenever it is chosen itself",
        remedy="hairpinMode true in the CNI configuration", options=EVERY_NODE,
        amend_network=on_every_node(_turn_hairpin_off),
    ),
    FaultKind(
        number=38, name="dns-race", title="A kernel loses one of two packets that open the same connection at once",
        symptom="some lookups take five seconds longer; conntrack -S counts insert_failed",
        remedy="a kernel since 5.7, a DNS cache on each node, TCP, or single-request-reopen in dnsConfig",
        options=EVERY_NODE, amend_network=on_every_node(_lose_clashes),
    ),
    FaultKind(
        number=41, name="iptables-legacy-rules", title="Rules of iptables-legacy beside those of iptables-nft",
        symptom="connections through the second node time out and iptables-save has no rule that drops them",
        remedy="flush the variant that nobody uses: iptables-legacy -F", options=NODE,
        amend_network=on_one_node(_leave_legacy_rules, default=1),
    ),
    FaultKind(
        number=49, name="no-default-route", title="A node has no default route",
        symptom="from the node itself a ClusterIP is “network is unreachable”, from its Pods it works",
        remedy="a default route, or a route for the Service range", options=NODE,
        amend_network=on_one_node(_lose_default_route),
    ),
)  # fmt: skip
