"""bridge + host-local + portmap on every node, and static routes between the nodes: a cluster without an agent.

The configuration list that each node has is bridge (isDefaultGateway, hairpinMode, ipMasq) with host-local, then
portmap; the routes are what somebody types: ``ip route add PODCIDR via NODE``. A node in another subnet gets no route,
as the kernel refuses a gateway that it cannot reach directly.

ipMasq knows the node's own Pod subnet only, so a Pod on another node sees the node's address as the source; switch it
off (``options: {ipMasq: false}``) where something else translates what leaves the cluster.

Sources: containernetworking/plugins plugins/main/bridge, pkg/ip/ipmasq_iptables_linux.go.
"""

from __future__ import annotations

from collections.abc import Mapping

from netsim.cni.bridge import add_bridge, plan_pod_on_bridge, plug_in_pod, pod_outline
from netsim.cni.masquerade import masquerade
from netsim.cni.options import Allowed, known_options
from netsim.cni.plugin import NETWORK_NAME, container_id, has_own_network, networked_pods_on, share_a_link
from netsim.kubernetes.cluster import Cluster
from netsim.kubernetes.objects import Node, Pod
from netsim.linux.interfaces import InterfaceAddress
from netsim.linux.namespace import NetworkNamespace
from netsim.linux.routing import Route
from netsim.network import Outline

OPTIONS: Mapping[str, Allowed] = {"mtu": range(576, 65536), "ipMasq": None, "hairpinMode": None}


class BridgedNodes:
    """The planner of the plugin ``bridge``, in one IP family or in two."""

    def __init__(self, cluster: Cluster) -> None:
        """Raises InputError for a node without a Pod subnet, for a Pod address outside its node's, and for options."""
        options = known_options(cluster.settings, OPTIONS)
        self.cluster = cluster
        self.mtu = int(options.get("mtu", cluster.settings.underlay.mtu))
        self.masquerades = bool(options.get("ipMasq", True))
        self.hairpin = bool(options.get("hairpinMode", True))
        self.nodes = {node.name: node for node in cluster.nodes}
        for node in cluster.nodes:
            if not node.pod_cidrs:
                raise node.meta.error("spec.podCIDR", f"the bridge plugin needs a podCIDR for node {node.name}")
        for pod in cluster.pods:
            if has_own_network(pod) and pod.node_name in self.nodes:
                self.outline(pod)

    def outline(self, pod: Pod) -> Outline:
        node = self.nodes[pod.node_name]
        return pod_outline(pod, node, node.pod_cidrs)

    def plan_node(self, namespace: NetworkNamespace, node: Node) -> None:
        add_bridge(namespace, node.pod_cidrs, self.mtu)
        for other in self.cluster.nodes:
            if other is not node:
                self._add_routes(namespace, node, other)
        for pod in networked_pods_on(self.cluster, node):
            plug_in_pod(namespace, pod, self.mtu, hairpin=self.hairpin)
            if self.masquerades:
                self._masquerade(namespace, pod, self.outline(pod).addresses)

    def plan_pod(self, namespace: NetworkNamespace, pod: Pod) -> None:
        plan_pod_on_bridge(namespace, pod, self.outline(pod), (), self.mtu)

    def _add_routes(self, namespace: NetworkNamespace, node: Node, other: Node) -> None:
        """A route to each Pod subnet of another node, via its address of that family on the shared link."""
        if not share_a_link(self.cluster, node, other):
            return
        for cidr in other.pod_cidrs:
            gateway = next((address for address in other.addresses if address.version == cidr.version), None)
            if gateway is not None:
                namespace.routes.add(Route(destination=cidr, gateway=gateway, device="eth0"))

    def _masquerade(self, namespace: NetworkNamespace, pod: Pod, addresses: tuple[InterfaceAddress, ...]) -> None:
        for address in addresses:
            nat = namespace.netfilter.table("nat", address.version)
            masquerade(nat, NETWORK_NAME, container_id(pod), address)
