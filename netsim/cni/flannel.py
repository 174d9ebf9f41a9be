"""flannel: with VXLAN one tunnel device a node and three permanent entries for every other node; with host-gw a route.

Sources: flannel-io/flannel pkg/backend/vxlan (device, route, ARP and FDB entry, DirectRouting), pkg/backend/hostgw,
pkg/trafficmngr/iptables/iptables.go (FLANNEL-POSTRTG, FLANNEL-FWD), Documentation/backends.md, and its CNI
configuration, which delegates to the bridge plugin with isDefaultGateway and hairpinMode.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, ip_interface

from netsim.cni.bridge import add_bridge, plan_pod_on_bridge, plug_in_pod, pod_outline
from netsim.cni.options import known_options
from netsim.cni.plugin import has_own_network, networked_pods_on
from netsim.device_names import virtual_mac
from netsim.errors import NetsimError
from netsim.kubernetes.cluster import Cluster
from netsim.kubernetes.objects import Node, Pod
from netsim.kubernetes.settings import ClusterNetwork
from netsim.linux.interfaces import Vxlan
from netsim.linux.namespace import NetworkNamespace
from netsim.linux.netfilter import (
    Accept,
    Comment,
    Destination,
    Jump,
    MarkIs,
    Masquerade,
    Return,
    Source,
)
from netsim.linux.routing import Route
from netsim.network import Outline
from netsim.packet import IPAddress

TUNNEL = "flannel.1"
VNI = 1
PORT = 8472
"""The port of Linux's own VXLAN driver before IANA gave out 4789."""
OVERHEAD = 50
"""Outer Ethernet 14, IPv4 20, UDP 8 and VXLAN 8 bytes."""
VXLAN_OPTIONS: Mapping[str, range | None] = {
    "mtu": range(68 + OVERHEAD, 65536),
    "vni": range(1, 1 << 24),
    "port": range(1, 65536),
    "directRouting": None,
}
"""What ``cni.options`` may hold, and the numbers that are allowed; None for true or false."""
PROXY_MARK = 0x4000
MULTICAST = IPv4Network("224.0.0.0/4")


@dataclass(frozen=True, slots=True)
class Lease:
    """What flannel stores about a node: its Pod subnet and where its tunnel ends."""

    node: Node
    subnet: IPv4Network
    public_ip: IPAddress
    mac: str

    @property
    def tunnel_address(self) -> IPAddress:
        return self.subnet.network_address


@dataclass(frozen=True, slots=True)
class VxlanOptions:
    """The backend's own settings, under ``cni.options``. ``mtu`` is that of the packets outside the tunnel."""

    mtu: int
    vni: int = VNI
    port: int = PORT
    direct_routing: bool = False


class Flannel:
    """What all backends do: on each node a bridge with its Pods behind it, and the rules of flanneld."""

    def __init__(self, cluster: Cluster, mtu: int) -> None:
        """``mtu`` is the Pods'. Raises NetsimError for IPv6 Pod ranges, InputError for a node without a Pod subnet, for
        a Pod address outside its node's, and for unknown options."""
        self.cluster = cluster
        self.mtu = mtu
        self.cluster_range = _cluster_range(cluster)
        self.leases = {node.name: _lease(node) for node in cluster.nodes}
        for pod in cluster.pods:
            if has_own_network(pod) and pod.node_name in self.leases:
                self.outline(pod)

    def outline(self, pod: Pod) -> Outline:
        lease = self.leases[pod.node_name]
        return pod_outline(pod, lease.node, (lease.subnet,))

    def plan_node(self, namespace: NetworkNamespace, node: Node) -> None:
        lease = self.leases[node.name]
        self.add_routes(namespace, lease)
        add_bridge(namespace, (lease.subnet,), self.mtu)
        add_masquerade_rules(namespace, self.cluster_range, lease.subnet)
        add_forward_rules(namespace, self.cluster_range)
        for pod in networked_pods_on(self.cluster, node):
            plug_in_pod(namespace, pod, self.mtu)

    def plan_pod(self, namespace: NetworkNamespace, pod: Pod) -> None:
        plan_pod_on_bridge(namespace, pod, self.outline(pod), (self.cluster_range,), self.mtu)

    def add_routes(self, namespace: NetworkNamespace, lease: Lease) -> None:
        """How this node reaches the Pods of every other one."""
        raise NotImplementedError

    def others(self, lease: Lease) -> Iterator[Lease]:
        return (other for other in self.leases.values() if other is not lease)

    def share_a_link(self, one: Lease, other: Lease) -> bool:
        underlay = self.cluster.settings.underlay
        return underlay.subnet_of(one.public_ip) == underlay.subnet_of(other.public_ip)


class FlannelVxlan(Flannel):
    """The VXLAN backend; with DirectRouting it tunnels only what crosses a router."""

    def __init__(self, cluster: Cluster) -> None:
        self.options = _vxlan_options(cluster.settings)
        super().__init__(cluster, self.options.mtu - OVERHEAD)

    def add_routes(self, namespace: NetworkNamespace, lease: Lease) -> None:
        _add_tunnel(namespace, lease, self.options)
        for other in self.others(lease):
            if self.options.direct_routing and self.share_a_link(lease, other):
                _add_direct_route(namespace, other)
            else:
                _add_remote(namespace, other)


class FlannelHostGateway(Flannel):
    """The host-gw backend: a route via every other node, which only works on a shared link.

    A node in another subnet gets no route, as the kernel refuses a gateway that it cannot reach directly.
    """

    def __init__(self, cluster: Cluster) -> None:
        known_options(cluster.settings, {})
        super().__init__(cluster, cluster.settings.underlay.mtu)

    def add_routes(self, namespace: NetworkNamespace, lease: Lease) -> None:
        for other in self.others(lease):
            if self.share_a_link(lease, other):
                _add_direct_route(namespace, other)


def _vxlan_options(settings: ClusterNetwork) -> VxlanOptions:
    given = known_options(settings, VXLAN_OPTIONS)
    return VxlanOptions(
        mtu=int(given.get("mtu", settings.underlay.mtu)),
        vni=int(given.get("vni", VNI)),
        port=int(given.get("port", PORT)),
        direct_routing=bool(given.get("directRouting", False)),
    )


def _cluster_range(cluster: Cluster) -> IPv4Network:
    ranges = cluster.settings.pod_cidrs
    if len(ranges) == 1 and isinstance(ranges[0], IPv4Network):
        return ranges[0]
    listed = ", ".join(str(each) for each in ranges)
    raise NetsimError(f"flannel is available with one IPv4 podCIDR so far, not with {listed}")


def _lease(node: Node) -> Lease:
    subnet = next((cidr for cidr in node.pod_cidrs if isinstance(cidr, IPv4Network)), None)
    address = next((address for address in node.addresses if address.version == 4), None)
    if subnet is None:
        raise node.meta.error("spec.podCIDR", f"flannel needs an IPv4 podCIDR for node {node.name}")
    if address is None:
        raise node.meta.error("status.addresses", f"flannel needs an IPv4 InternalIP for node {node.name}")
    return Lease(node, subnet, address, virtual_mac(f"{node.name}/{TUNNEL}"))


def _add_tunnel(namespace: NetworkNamespace, lease: Lease, options: VxlanOptions) -> None:
    namespace.add_interface(
        Vxlan(
            name=TUNNEL, mac=lease.mac, mtu=options.mtu - OVERHEAD,
            addresses=(ip_interface(f"{lease.tunnel_address}/32"),),
            vni=options.vni, port=options.port, local=lease.public_ip, underlying="eth0",
        )
    )  # fmt: skip


def _add_remote(namespace: NetworkNamespace, other: Lease) -> None:
    """How to reach another node's Pods: by which gateway, at which MAC address, behind which machine."""
    namespace.routes.add(
        Route(destination=other.subnet, gateway=other.tunnel_address, device=TUNNEL, onlink=True)
    )  # fmt: skip
    namespace.add_neighbour(TUNNEL, other.tunnel_address, other.mac)
    namespace.add_fdb(TUNNEL, other.mac, other.public_ip)


def _add_direct_route(namespace: NetworkNamespace, other: Lease) -> None:
    namespace.routes.add(Route(destination=other.subnet, gateway=other.public_ip, device="eth0"))


def add_masquerade_rules(namespace: NetworkNamespace, cluster: IPv4Network, subnet: IPv4Network) -> None:
    """FLANNEL-POSTRTG: what leaves the cluster, or enters the overlay from a node itself, gets the node's address."""
    nat = namespace.netfilter.table("nat")
    comment = Comment("flanneld masq")
    nat.chain("POSTROUTING").append(Jump("FLANNEL-POSTRTG"), comment)
    chain = nat.chain("FLANNEL-POSTRTG")
    chain.append(Return(), MarkIs(PROXY_MARK, PROXY_MARK), comment)
    chain.append(Return(), Source(subnet), Destination(cluster), comment)
    chain.append(Return(), Source(cluster), Destination(subnet), comment)
    chain.append(Return(), Source(cluster, negate=True), Destination(subnet), comment)
    chain.append(Masquerade(random_fully=True), Source(cluster), Destination(MULTICAST, negate=True), comment)
    chain.append(Masquerade(random_fully=True), Source(cluster, negate=True), Destination(cluster), comment)


def add_forward_rules(namespace: NetworkNamespace, cluster: IPv4Network) -> None:
    """FLANNEL-FWD: Pod traffic is forwarded whatever the policy of FORWARD is."""
    filter_table = namespace.netfilter.table("filter")
    comment = Comment("flanneld forward")
    filter_table.chain("FORWARD").append(Jump("FLANNEL-FWD"), comment)
    chain = filter_table.chain("FLANNEL-FWD")
    chain.append(Accept(), Source(cluster), comment)
    chain.append(Accept(), Destination(cluster), comment)
