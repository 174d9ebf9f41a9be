"""From a cluster to its network: underlay, CNI plugin, kube-proxy, host ports, in the order of a real node's start.

Machines and Pods are planned one at a time, when a packet or a reader first needs them: a cluster of a hundred nodes
costs as much as the nodes that are visited.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from netsim.cni.bridged_nodes import BridgedNodes
from netsim.cni.calico import Calico
from netsim.cni.cilium import Cilium
from netsim.cni.flannel import FlannelHostGateway, FlannelIpip, FlannelVxlan, FlannelWireguard
from netsim.cni.plugin import (
    NETWORK_NAME,
    NETWORK_NAMES,
    InsertsRules,
    MapsHostPorts,
    PlansRouter,
    Plugin,
    has_own_network,
    networked_pods_on,
)
from netsim.cni.portmap import plan_host_ports
from netsim.cni.weave import Weave
from netsim.errors import NetsimError
from netsim.faults import amend_network, proxy_views
from netsim.kubernetes.cluster import Cluster
from netsim.kubernetes.objects import Node, Pod
from netsim.kubernetes.settings import BACKENDS, CniPlugin, CniSettings, ProxyMode
from netsim.l7.mesh.plan import MeshPlanner
from netsim.linux.namespace import NetworkNamespace
from netsim.load_balancer import announce_load_balancers
from netsim.network import Network
from netsim.node_local_dns import plan_node_local_dns
from netsim.policy.calico import Felix
from netsim.policy.cilium import CiliumPolicies
from netsim.policy.kube_router import KubeRouter
from netsim.policy.weave_npc import WeaveNpc
from netsim.processes import check_listening_annotations, listening_sockets
from netsim.proxy.iptables import IptablesProxy
from netsim.proxy.ipvs import IpvsProxy
from netsim.proxy.nftables import NftablesProxy
from netsim.underlay import ROUTER, build_underlay, check_node, node_outline, plan_machine


class Proxy(Protocol):
    """kube-proxy in one mode, made once for a cluster."""

    def plan_node(self, namespace: NetworkNamespace, node: Node) -> None:
        """Program the Services on one node, whose devices are there already."""
        ...


class NoProxy:
    """No kube-proxy runs: Services have no rules."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster

    def plan_node(self, namespace: NetworkNamespace, node: Node) -> None:
        """Leave the node as it is."""


CNI_PLUGINS: Mapping[tuple[CniPlugin, str], Callable[[Cluster], Plugin]] = {
    (CniPlugin.BRIDGE, ""): BridgedNodes,
    (CniPlugin.CILIUM, "vxlan"): Cilium,
    (CniPlugin.CILIUM, "native"): Cilium,
    (CniPlugin.FLANNEL, "vxlan"): FlannelVxlan,
    (CniPlugin.FLANNEL, "host-gw"): FlannelHostGateway,
    (CniPlugin.FLANNEL, "wireguard"): FlannelWireguard,
    (CniPlugin.FLANNEL, "ipip"): FlannelIpip,
    **{(CniPlugin.CALICO, backend): Calico for backend in BACKENDS[CniPlugin.CALICO]},
    **{(CniPlugin.WEAVE, backend): Weave for backend in BACKENDS[CniPlugin.WEAVE]},
}
"""How to make the planner of each plugin and backend."""

PROXIES: Mapping[ProxyMode, Callable[[Cluster], Proxy]] = {
    ProxyMode.IPTABLES: IptablesProxy,
    ProxyMode.NFTABLES: NftablesProxy,
    ProxyMode.IPVS: IpvsProxy,
    ProxyMode.NONE: NoProxy,
}


class PolicyPlanner(Protocol):
    """An agent that turns policies into rules, made once for a cluster."""

    def plan_node(self, namespace: NetworkNamespace, node: Node) -> None:
        """Program the policies on one node, after the plugin and kube-proxy."""
        ...


POLICIES: Mapping[CniPlugin, Callable[[Cluster], PolicyPlanner]] = {
    CniPlugin.BRIDGE: KubeRouter,
    CniPlugin.FLANNEL: KubeRouter,
    CniPlugin.CALICO: Felix,
    CniPlugin.CILIUM: CiliumPolicies,
    CniPlugin.WEAVE: WeaveNpc,
}
"""Who enforces policies beside each plugin, in a cluster where they are enforced."""


@dataclass(frozen=True, slots=True)
class NodePlanners:
    """All that programs the namespaces of a cluster's nodes and Pods."""

    cluster: Cluster
    plugin: Plugin
    proxy: Proxy
    stale_proxies: Mapping[str, Proxy]
    policies: PolicyPlanner | None
    mesh: MeshPlanner

    def plan_node(self, node: Node, namespace: NetworkNamespace) -> None:
        plan_machine(namespace, node, self.cluster.settings.underlay)
        self.plugin.plan_node(namespace, node)
        for pod in self.cluster.pods_on(node.name):
            if pod.host_network:
                namespace.sockets += listening_sockets(pod)
        self.stale_proxies.get(node.name, self.proxy).plan_node(namespace, node)
        plan_node_local_dns(namespace, self.cluster, node)
        if not isinstance(self.plugin, MapsHostPorts):
            network = NETWORK_NAMES.get(self.cluster.settings.cni.plugin, NETWORK_NAME)
            for pod in networked_pods_on(self.cluster, node):
                plan_host_ports(namespace, pod, self.plugin.outline(pod).addresses, network)
        if isinstance(self.plugin, InsertsRules):
            self.plugin.insert_rules(namespace)
        if self.policies is not None:
            self.policies.plan_node(namespace, node)
        self.mesh.plan_node(namespace, node)

    def plan_pod(self, pod: Pod, namespace: NetworkNamespace) -> None:
        self.plugin.plan_pod(namespace, pod)
        namespace.sockets += listening_sockets(pod)
        self.mesh.plan_pod(namespace, pod)


def build_network(cluster: Cluster) -> Network:
    """Everything that the cluster's machines and Pods know about the network.

    Raises NetsimError for a plugin, backend or proxy mode that is not available, InputError for faults and for objects
    that the planners cannot use.
    """
    for node in cluster.nodes:
        check_node(node, cluster.settings.underlay)
    check_listening_annotations(cluster)
    stale = {node: _proxy(view) for node, view in proxy_views(cluster).items()}
    planners = NodePlanners(cluster, _plugin(cluster), _proxy(cluster), stale, _policies(cluster), MeshPlanner(cluster))
    network = Network()
    build_underlay(network, cluster)
    if isinstance(planners.plugin, PlansRouter):
        planners.plugin.plan_router(network.namespaces[ROUTER])
    announce_load_balancers(network, cluster)
    for node in cluster.nodes:
        network.defer(node_outline(node, cluster.settings), partial(planners.plan_node, node))
    nodes = {node.name for node in cluster.nodes}
    for pod in cluster.pods:
        if has_own_network(pod) and pod.node_name in nodes:
            network.defer(planners.plugin.outline(pod), partial(planners.plan_pod, pod))
    amend_network(network, cluster)
    return network


def _plugin(cluster: Cluster) -> Plugin:
    cni = cluster.settings.cni
    make = CNI_PLUGINS.get((cni.plugin, cni.backend))
    if make is None:
        available = ", ".join(_words(CniSettings(*key)) for key in CNI_PLUGINS)
        raise NetsimError(f"the CNI plugin {_words(cni)} is not available yet; available: {available}")
    return make(cluster)


def _policies(cluster: Cluster) -> PolicyPlanner | None:
    """The agent that enforces policies; None where nobody does. Calico's has rules for a cluster without any, too."""
    plugin = cluster.settings.cni.plugin
    written = cluster.network_policies or cluster.cluster_network_policies or plugin is CniPlugin.CALICO
    return POLICIES[plugin](cluster) if written and cluster.settings.enforces_policy and plugin in POLICIES else None


def _words(cni: CniSettings) -> str:
    return f"{cni.plugin} {cni.backend}".strip()


def _proxy(cluster: Cluster) -> Proxy:
    mode = cluster.settings.proxy.mode
    if mode not in PROXIES:
        raise NetsimError(f"the kube-proxy mode {mode} is not available yet; available: {', '.join(PROXIES)}")
    return PROXIES[mode](cluster)
