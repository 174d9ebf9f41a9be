"""flannel: with VXLAN one tunnel device a node and three permanent entries for every other node; with host-gw a route.

Sources: flannel-io/flannel pkg/backend/vxlan (device, route, ARP and FDB entry, DirectRouting), pkg/backend/hostgw,
pkg/trafficmngr/iptables/iptables.go (FLANNEL-POSTRTG, FLANNEL-FWD), Documentation/backends.md, and its CNI
configuration, which delegates to the bridge plugin with isDefaultGateway and hairpinMode.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, ip_interface

from netsim.cni.bridge import add_bridge, add_pod
from netsim.device_names import virtual_mac
from netsim.errors import NetsimError
from netsim.kubernetes.cluster import Cluster
from netsim.kubernetes.objects import Node
from netsim.kubernetes.settings import ClusterNetwork, OptionValue
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
from netsim.network import Network
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


def plan_vxlan(network: Network, cluster: Cluster) -> None:
    """Program flannel's VXLAN backend on every node and give every Pod its namespace.

    Raises NetsimError for IPv6 Pod ranges, InputError for a node without a Pod subnet and for unknown options.
    """
    options = _vxlan_options(cluster.settings)
    leases = tuple(_lease(node) for node in cluster.nodes)
    for lease in leases:
        namespace = network.namespaces[lease.node.name]
        _add_tunnel(namespace, lease, options)
        for other in leases:
            if other is lease:
                continue
            if options.direct_routing and _share_a_link(cluster, lease, other):
                _add_direct_route(namespace, other)
            else:
                _add_remote(namespace, other)
    _plan_pods(network, cluster, leases, options.mtu - OVERHEAD)


def plan_host_gw(network: Network, cluster: Cluster) -> None:
    """Program flannel's host-gw backend: a route via every other node, which only works on a shared link.

    A node in another subnet gets no route, as the kernel refuses a gateway that it cannot reach directly.
    Raises NetsimError for IPv6 Pod ranges, InputError for a node without a Pod subnet and for unknown options.
    """
    _known_options(cluster.settings, {})
    leases = tuple(_lease(node) for node in cluster.nodes)
    for lease in leases:
        for other in leases:
            if other is not lease and _share_a_link(cluster, lease, other):
                _add_direct_route(network.namespaces[lease.node.name], other)
    _plan_pods(network, cluster, leases, cluster.settings.underlay.mtu)


def _vxlan_options(settings: ClusterNetwork) -> VxlanOptions:
    given = _known_options(settings, VXLAN_OPTIONS)
    return VxlanOptions(
        mtu=int(given.get("mtu", settings.underlay.mtu)),
        vni=int(given.get("vni", VNI)),
        port=int(given.get("port", PORT)),
        direct_routing=bool(given.get("directRouting", False)),
    )


def _known_options(settings: ClusterNetwork, known: Mapping[str, range | None]) -> Mapping[str, OptionValue]:
    for name, value in settings.cni.options.items():
        place = f"spec.cni.options.{name}"
        if name not in known:
            listed = ", ".join(known) or "none"
            raise settings.source.error(place, f"flannel {settings.cni.backend} has no such option; known: {listed}")
        numbers = known[name]
        if numbers is None and not isinstance(value, bool):
            raise settings.source.error(place, f"must be true or false, not {value!r}")
        if numbers is not None and (type(value) is not int or value not in numbers):
            raise settings.source.error(place, f"must be a number from {numbers[0]} to {numbers[-1]}, not {value!r}")
    return settings.cni.options


def _share_a_link(cluster: Cluster, one: Lease, other: Lease) -> bool:
    underlay = cluster.settings.underlay
    return underlay.subnet_of(one.public_ip) == underlay.subnet_of(other.public_ip)


def _plan_pods(network: Network, cluster: Cluster, leases: tuple[Lease, ...], mtu: int) -> None:
    """What all backends do: the rules of each node, its bridge and its Pods."""
    cluster_range = _cluster_range(cluster)
    for lease in leases:
        namespace = network.namespaces[lease.node.name]
        add_bridge(namespace, (lease.subnet,), mtu)
        add_masquerade_rules(namespace, cluster_range, lease.subnet)
        add_forward_rules(namespace, cluster_range)
        for pod in cluster.pods_on(lease.node.name):
            if pod.pod_ips and not pod.host_network:
                add_pod(network, lease.node, pod, (lease.subnet,), (cluster_range,), mtu)


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
