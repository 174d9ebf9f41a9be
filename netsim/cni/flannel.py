"""flannel with its VXLAN backend: one tunnel device a node, and three permanent entries for every other node.

Sources: flannel-io/flannel pkg/backend/vxlan (device, route, ARP and FDB entry), pkg/trafficmngr/iptables/iptables.go
(FLANNEL-POSTRTG, FLANNEL-FWD), Documentation/kubernetes (bridge plugin as delegate with isDefaultGateway, hairpinMode).
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network, ip_interface

from netsim.cni.bridge import add_bridge, add_pod
from netsim.device_names import virtual_mac
from netsim.errors import NetsimError
from netsim.kubernetes.cluster import Cluster
from netsim.kubernetes.objects import Node
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


def plan_vxlan(network: Network, cluster: Cluster) -> None:
    """Program flannel on every node and give every Pod its namespace.

    Raises NetsimError for IPv6 Pod ranges, InputError for a node without a Pod subnet.
    """
    cluster_range = _cluster_range(cluster)
    leases = tuple(_lease(node) for node in cluster.nodes)
    mtu = cluster.settings.underlay.mtu - OVERHEAD
    for lease in leases:
        namespace = network.namespaces[lease.node.name]
        add_bridge(namespace, (lease.subnet,), mtu)
        _add_tunnel(namespace, lease, mtu)
        for other in leases:
            if other is not lease:
                _add_remote(namespace, other)
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


def _add_tunnel(namespace: NetworkNamespace, lease: Lease, mtu: int) -> None:
    namespace.add_interface(
        Vxlan(
            name=TUNNEL, mac=lease.mac, mtu=mtu, addresses=(ip_interface(f"{lease.tunnel_address}/32"),),
            vni=VNI, port=PORT, local=lease.public_ip, underlying="eth0",
        )
    )  # fmt: skip


def _add_remote(namespace: NetworkNamespace, other: Lease) -> None:
    """How to reach another node's Pods: by which gateway, at which MAC address, behind which machine."""
    namespace.routes.add(
        Route(destination=other.subnet, gateway=other.tunnel_address, device=TUNNEL, onlink=True)
    )  # fmt: skip
    namespace.add_neighbour(TUNNEL, other.tunnel_address, other.mac)
    namespace.add_fdb(TUNNEL, other.mac, other.public_ip)


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
