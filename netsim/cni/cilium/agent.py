"""From objects to maps: what Cilium's agent on each node knows of Pods, nodes and Services.

Sources: cilium/cilium pkg/ipcache, pkg/loadbalancer, pkg/maglev (not used: the default algorithm is random).
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network

from netsim.cni.cilium.maps import (
    FIRST_CLUSTER_IDENTITY,
    REMOTE_NODE_IDENTITY,
    ClusterMaps,
    Endpoint,
    Frontend,
    FrontendKind,
    NodeMaps,
    Remote,
)
from netsim.cni.plugin import has_own_network, networked_pods_on, pod_namespace_name
from netsim.device_names import name_hash, virtual_mac
from netsim.errors import NetsimError
from netsim.kubernetes.cluster import Cluster
from netsim.kubernetes.objects import Node, Pod
from netsim.packet import IPAddress, Protocol
from netsim.proxy.endpoints import Backend, UsableEndpoints
from netsim.proxy.service_ports import ProxiedPort
from netsim.proxy.services import ClusterServices


def lxc_device(pod: Pod) -> str:
    """The node's end of a Pod's cable: ``lxc`` and twelve hexadecimal digits (pkg/datapath/connector)."""
    return f"lxc{name_hash(pod_namespace_name(pod), 12)}"


def pod_address(pod: Pod) -> IPv4Address:
    """InputError for a Pod without an IPv4 address."""
    found = next((address for address in pod.pod_ips if isinstance(address, IPv4Address)), None)
    if found is None:
        raise pod.meta.error("status.podIP", f"Cilium needs an IPv4 address for Pod {pod_namespace_name(pod)}")
    return found


def pod_mac(pod: Pod) -> str:
    return virtual_mac(pod_namespace_name(pod))


class Agents:
    """The agents of all nodes; what they have in common is worked out once, what a node has of its own once asked."""

    def __init__(self, cluster: Cluster, *, tunneled: bool) -> None:
        """Raises NetsimError for IPv6 Pod ranges, InputError for nodes and Pods without an IPv4 address."""
        if any(cidr.version == 6 for cidr in cluster.settings.pod_cidrs):
            raise NetsimError("Cilium is available with an IPv4 podCIDR only; leave the IPv6 range out")
        self.cluster = cluster
        self.tunneled = tunneled
        self.services = ClusterServices(cluster)
        self.nodes = {node.name: node for node in cluster.nodes}
        self.pod_ranges = {node.name: _pod_range(node) for node in cluster.nodes}
        self.node_addresses = {node.name: _node_address(node) for node in cluster.nodes}
        self.pods = [pod for pod in cluster.pods if has_own_network(pod) and pod.node_name in self.nodes]
        self.identities = _identities(self.pods)
        self.routers = router_addresses(cluster)
        self.shared = ClusterMaps(
            self._ipcache(),
            tuple((network, self.node_addresses[name]) for name, network in self.pod_ranges.items()),
        )
        self._maps: dict[str, NodeMaps] = {}

    def maps(self, node_name: str) -> NodeMaps:
        """The maps of one node."""
        if node_name not in self._maps:
            self._maps[node_name] = self._make_maps(self.nodes[node_name])
        return self._maps[node_name]

    def endpoint(self, pod: Pod) -> Endpoint:
        device = lxc_device(pod)
        return Endpoint(
            pod_namespace_name(pod), pod_address(pod), self.identities[_labels(pod)], device,
            virtual_mac(f"{pod.node_name}/{device}"), pod_mac(pod),
        )  # fmt: skip

    def _ipcache(self) -> dict[IPAddress, Remote]:
        known: dict[IPAddress, Remote] = {
            pod_address(pod): Remote(self.identities[_labels(pod)], pod.node_name, self.node_addresses[pod.node_name])
            for pod in self.pods
        }
        for node in self.nodes.values():
            known |= {address: Remote(REMOTE_NODE_IDENTITY, node.name) for address in node.addresses}
            known[self.routers[node.name]] = Remote(REMOTE_NODE_IDENTITY, node.name, self.node_addresses[node.name])
        return known

    def _make_maps(self, node: Node) -> NodeMaps:
        router = self.routers[node.name]
        maps = NodeMaps(
            node.name, router, self.node_addresses[node.name], frozenset({router, *node.addresses}), self.shared
        )
        for pod in networked_pods_on(self.cluster, node):
            endpoint = self.endpoint(pod)
            maps.endpoints[endpoint.address] = endpoint
            _enter_host_ports(maps, pod, endpoint)
        for port in self.services.ports[4]:
            _enter(maps, port, self.services.endpoints(port, node.name, node.zone).usable)
        return maps


def _enter(maps: NodeMaps, port: ProxiedPort, usable: UsableEndpoints) -> None:
    """All addresses and ports of one Service port, each with the backends of its traffic policy."""
    internal = usable.local if port.internal_local else usable.cluster
    external = usable.local if port.external_local else usable.cluster

    def frontend(kind: FrontendKind, *, ranges: bool = False) -> Frontend:
        affinity = port.affinity_seconds is not None
        return Frontend(kind, port.name, internal, external, port.source_ranges if ranges else (), affinity)

    def listen(addresses: Iterable[IPAddress], entry: Frontend) -> None:
        maps.frontends |= {(address, port.port, port.protocol): entry for address in addresses}

    listen((port.cluster_ip,), frontend(FrontendKind.CLUSTER_IP))
    listen(port.external_ips, frontend(FrontendKind.EXTERNAL_IP))
    listen(port.load_balancer_ips, frontend(FrontendKind.LOAD_BALANCER, ranges=True))
    if port.node_port:
        maps.node_ports[port.node_port, port.protocol] = frontend(FrontendKind.NODE_PORT)


def _enter_host_ports(maps: NodeMaps, pod: Pod, endpoint: Endpoint) -> None:
    """The ports of the machine that the Pod's containers ask for; with a host IP only on that address."""
    for port in pod.spec.ports:
        if not port.host_port:
            continue
        protocol = Protocol(port.protocol.lower())
        backend = (Backend(endpoint.address, port.port, is_local=True),)
        frontend = Frontend(FrontendKind.HOST_PORT, f"{endpoint.name}:{port.host_port}", backend, backend)
        if port.host_ip is None or port.host_ip.is_unspecified:
            maps.host_ports[port.host_port, protocol] = frontend
        else:
            maps.frontends[port.host_ip, port.host_port, protocol] = frontend


def _pod_range(node: Node) -> IPv4Network:
    found = next((cidr for cidr in node.pod_cidrs if isinstance(cidr, IPv4Network)), None)
    if found is None:
        raise node.meta.error("spec.podCIDR", f"Cilium needs an IPv4 podCIDR for node {node.name}")
    return found


def _node_address(node: Node) -> IPAddress:
    found = next((address for address in node.addresses if address.version == 4), None)
    if found is None:
        raise node.meta.error("status.addresses", f"Cilium needs an IPv4 InternalIP for node {node.name}")
    return found


def router_addresses(cluster: Cluster) -> dict[str, IPv4Address]:
    """The address of cilium_host on each node, by name; InputError for a node without an IPv4 Pod range."""
    used = {address for pod in cluster.pods if has_own_network(pod) for address in pod.pod_ips}
    return {node.name: _router(node, _pod_range(node), used) for node in cluster.nodes}


def _router(node: Node, network: IPv4Network, used: set[IPAddress]) -> IPv4Address:
    """The first of the node's range that no Pod has."""
    for address in network.hosts():
        if address not in used:
            return address
    raise node.meta.error("spec.podCIDR", f"{network} has no address left for cilium_host of node {node.name}")


Labels = tuple[str, tuple[tuple[str, str], ...]]


def _labels(pod: Pod) -> Labels:
    """What makes Pods alike for policies: their namespace and their labels."""
    return pod.namespace, tuple(sorted(pod.meta.labels.items()))


def _identities(pods: list[Pod]) -> dict[Labels, int]:
    """A number for each set of labels, in the order of the sets (a real cluster numbers them as they come)."""
    return {labels: FIRST_CLUSTER_IDENTITY + n for n, labels in enumerate(sorted({_labels(pod) for pod in pods}))}
