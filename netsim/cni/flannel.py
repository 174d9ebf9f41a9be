"""flannel: on each node a bridge with its Pods behind it, and one of four ways to the Pods of other nodes.

``vxlan`` has a tunnel device and three permanent entries for every other node, ``wireguard`` and ``ipip`` have tunnels
of their own, ``host-gw`` has routes. In a dual-stack cluster each IP family has a tunnel device of its own.

Sources: flannel-io/flannel pkg/backend/{vxlan,hostgw,wireguard,ipip}, Documentation/backends.md, and its CNI
configuration, which delegates to the bridge plugin with isDefaultGateway and hairpinMode.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from ipaddress import ip_interface

from netsim.cni.bridge import add_bridge, plan_pod_on_bridge, plug_in_pod, pod_outline
from netsim.cni.flannel_rules import add_forward_rules, add_masquerade_rules
from netsim.cni.options import Allowed, known_options
from netsim.cni.plugin import has_own_network, networked_pods_on, share_a_link
from netsim.device_names import LONGEST_DEVICE_NAME, virtual_mac
from netsim.errors import NetsimError
from netsim.kubernetes.cluster import Cluster
from netsim.kubernetes.objects import Node, Pod
from netsim.linux.interfaces import InterfaceAddress, Ipip, Vxlan, Wireguard, WireguardPeer
from netsim.linux.namespace import NetworkNamespace
from netsim.linux.routing import IPNetwork, Route, Scope
from netsim.network import Outline
from netsim.packet import IPAddress

DEVICE = "eth0"
VXLAN_DEVICES = {4: "flannel", 6: "flannel-v6"}
"""What stands before the VNI in the names of the devices."""
VXLAN_PORT = 8472
"""The port of Linux's own VXLAN driver before IANA gave out 4789."""
VXLAN_OVERHEAD = 50
"""Outer Ethernet 14, IPv4 20, UDP 8 and VXLAN 8 bytes; the Pods' MTU is the same where the outer header is IPv6."""
VXLAN6_HEADROOM = 70
"""What the kernel at least takes off the MTU of a VXLAN device between IPv6 addresses (vxlan_config_apply)."""
IPIP_DEVICE, IPIP_OVERHEAD = "flannel.ipip", 20
WIREGUARD_DEVICES = {4: "flannel-wg", 6: "flannel-wg-v6"}
WIREGUARD_PORTS = {4: 51820, 6: 51821}
WIREGUARD_OVERHEAD = 80
"""Outer IPv6 40, UDP 8 and WireGuard 32 bytes, in either family."""
LEAST_MTU = 68


@dataclass(frozen=True, slots=True)
class Lease:
    """What flannel stores about a node in one IP family: its Pod subnet and where its tunnel ends."""

    node: Node
    subnet: IPNetwork
    public_ip: IPAddress

    @property
    def tunnel_address(self) -> InterfaceAddress:
        """The first address of the subnet, alone."""
        return ip_interface(self.subnet.network_address)


class Flannel:
    """What all backends do; ``overhead`` is what the backend puts around a packet, in bytes."""

    overhead = 0
    options: Mapping[str, Allowed] = {}
    """What ``cni.options`` may hold."""

    def __init__(self, cluster: Cluster) -> None:
        """Raises NetsimError for Pod ranges of which two are of one family, InputError for a node without a Pod subnet
        or an address in each family, for a Pod address outside its node's subnet, and for unknown options."""
        self.cluster = cluster
        self.given = known_options(cluster.settings, self.options)
        self.outer_mtu = int(self.given.get("mtu", cluster.settings.underlay.mtu))
        self.mtu = self.outer_mtu - self.overhead
        self.cluster_ranges = _cluster_ranges(cluster)
        self.leases = {node.name: tuple(_lease(node, version) for version in self.cluster_ranges)
                       for node in cluster.nodes}  # fmt: skip
        for pod in cluster.pods:
            if has_own_network(pod) and pod.node_name in self.leases:
                self.outline(pod)

    def outline(self, pod: Pod) -> Outline:
        leases = self.leases[pod.node_name]
        return pod_outline(pod, leases[0].node, tuple(lease.subnet for lease in leases))

    def plan_node(self, namespace: NetworkNamespace, node: Node) -> None:
        leases = self.leases[node.name]
        for lease in leases:
            self.add_routes(namespace, lease)
        add_bridge(namespace, (lease.subnet for lease in leases), self.mtu)
        for lease in leases:
            cluster_range = self.cluster_ranges[lease.subnet.version]
            add_masquerade_rules(namespace, cluster_range, lease.subnet)
            add_forward_rules(namespace, cluster_range)
        for pod in networked_pods_on(self.cluster, node):
            plug_in_pod(namespace, pod, self.mtu)

    def plan_pod(self, namespace: NetworkNamespace, pod: Pod) -> None:
        plan_pod_on_bridge(namespace, pod, self.outline(pod), tuple(self.cluster_ranges.values()), self.mtu)

    def add_routes(self, namespace: NetworkNamespace, lease: Lease) -> None:
        """How this node reaches the Pods of every other one, in the lease's IP family."""
        raise NotImplementedError

    def others(self, lease: Lease) -> Iterator[Lease]:
        """The leases of the other nodes in the same IP family."""
        every = (other for leases in self.leases.values() for other in leases)
        return (o for o in every if o.node is not lease.node and o.subnet.version == lease.subnet.version)

    def goes_direct(self, one: Lease, other: Lease) -> bool:
        """DirectRouting: no tunnel where both nodes are on one link."""
        return bool(self.given.get("directRouting", False)) and self.share_a_link(one, other)

    def share_a_link(self, one: Lease, other: Lease) -> bool:
        return share_a_link(self.cluster, one.node, other.node)


class FlannelHostGateway(Flannel):
    """The host-gw backend: a route via every other node, which only works on a shared link.

    A node in another subnet gets no route, as the kernel refuses a gateway that it cannot reach directly.
    """

    def add_routes(self, namespace: NetworkNamespace, lease: Lease) -> None:
        for other in self.others(lease):
            if self.share_a_link(lease, other):
                _add_direct_route(namespace, other)


class FlannelVxlan(Flannel):
    """The VXLAN backend: a route, an ARP entry and an FDB entry for every other node."""

    overhead = VXLAN_OVERHEAD
    options: Mapping[str, Allowed] = {
        "mtu": range(LEAST_MTU + VXLAN_OVERHEAD, 65536),
        "vni": range(1, 1 << 24),
        "port": range(1, 65536),
        "directRouting": None,
    }

    def __init__(self, cluster: Cluster) -> None:
        super().__init__(cluster)
        self.vni = int(self.given.get("vni", 1))
        self.devices = {version: f"{VXLAN_DEVICES[version]}.{self.vni}" for version in self.cluster_ranges}
        for device in self.devices.values():
            if len(device) > LONGEST_DEVICE_NAME:
                message = f"the device {device} would have a name of more than {LONGEST_DEVICE_NAME} characters"
                raise cluster.settings.source.error("spec.cni.options.vni", message)

    def add_routes(self, namespace: NetworkNamespace, lease: Lease) -> None:
        device = self.devices[lease.subnet.version]
        mtu = self.mtu if lease.subnet.version == 4 else min(self.mtu, self.outer_mtu - VXLAN6_HEADROOM)
        namespace.add_interface(
            Vxlan(
                name=device, mac=_tunnel_mac(lease, device), mtu=mtu, addresses=(lease.tunnel_address,),
                vni=self.vni, port=int(self.given.get("port", VXLAN_PORT)), local=lease.public_ip, underlying=DEVICE,
            )
        )  # fmt: skip
        for other in self.others(lease):
            if self.goes_direct(lease, other):
                _add_direct_route(namespace, other)
            else:
                _add_remote(namespace, other, device)


class FlannelIpip(Flannel):
    """The IP-in-IP backend, IPv4 only: the route's gateway is the other node, through the tunnel device."""

    overhead = IPIP_OVERHEAD
    options: Mapping[str, Allowed] = {"mtu": range(LEAST_MTU + IPIP_OVERHEAD, 65536), "directRouting": None}

    def __init__(self, cluster: Cluster) -> None:
        super().__init__(cluster)
        if 6 in self.cluster_ranges:
            raise NetsimError("flannel's ipip backend carries IPv4 only; leave the IPv6 podCIDR out")

    def add_routes(self, namespace: NetworkNamespace, lease: Lease) -> None:
        namespace.add_interface(
            Ipip(name=IPIP_DEVICE, mac="", mtu=self.mtu, addresses=(lease.tunnel_address,), local=lease.public_ip)
        )
        for other in self.others(lease):
            if self.goes_direct(lease, other):
                _add_direct_route(namespace, other)
            else:
                namespace.routes.add(
                    Route(destination=other.subnet, gateway=other.public_ip, device=IPIP_DEVICE, onlink=True)
                )


class FlannelWireguard(Flannel):
    """The WireGuard backend: one route for all Pods into the device, which knows a peer for every other node."""

    overhead = WIREGUARD_OVERHEAD
    options: Mapping[str, Allowed] = {"mtu": range(LEAST_MTU + WIREGUARD_OVERHEAD, 65536)}

    def add_routes(self, namespace: NetworkNamespace, lease: Lease) -> None:
        version = lease.subnet.version
        device, port = WIREGUARD_DEVICES[version], WIREGUARD_PORTS[version]
        peers = tuple(
            WireguardPeer(_public_key(other.node), other.public_ip, port, (other.subnet,))
            for other in self.others(lease)
        )
        namespace.add_interface(
            Wireguard(name=device, mac="", mtu=self.mtu, addresses=(lease.tunnel_address,), port=port, peers=peers)
        )
        namespace.routes.add(Route(destination=self.cluster_ranges[version], device=device, scope=Scope.LINK))


def _cluster_ranges(cluster: Cluster) -> dict[int, IPNetwork]:
    """The Pod range of each IP family."""
    ranges: dict[int, IPNetwork] = {cidr.version: cidr for cidr in cluster.settings.pod_cidrs}
    if len(ranges) < len(cluster.settings.pod_cidrs):
        listed = ", ".join(str(each) for each in cluster.settings.pod_cidrs)
        raise NetsimError(f"flannel takes one podCIDR of each IP family, not {listed}")
    return ranges


def _lease(node: Node, version: int) -> Lease:
    subnet = next((cidr for cidr in node.pod_cidrs if cidr.version == version), None)
    address = next((address for address in node.addresses if address.version == version), None)
    if subnet is None:
        raise node.meta.error("spec.podCIDR", f"flannel needs an IPv{version} podCIDR for node {node.name}")
    if address is None:
        raise node.meta.error("status.addresses", f"flannel needs an IPv{version} InternalIP for node {node.name}")
    return Lease(node, subnet, address)


def _tunnel_mac(lease: Lease, device: str) -> str:
    return virtual_mac(f"{lease.node.name}/{device}")


def _public_key(node: Node) -> str:
    """A key's text; nothing is encrypted here."""
    return b64encode(sha256(f"{node.name} wireguard".encode()).digest()).decode()


def _add_remote(namespace: NetworkNamespace, other: Lease, device: str) -> None:
    """How to reach another node's Pods: by which gateway, at which MAC address, behind which machine."""
    gateway, mac = other.tunnel_address.ip, _tunnel_mac(other, device)
    namespace.routes.add(Route(destination=other.subnet, gateway=gateway, device=device, onlink=True))
    namespace.add_neighbour(device, gateway, mac)
    namespace.add_fdb(device, mac, other.public_ip)


def _add_direct_route(namespace: NetworkNamespace, other: Lease) -> None:
    namespace.routes.add(Route(destination=other.subnet, gateway=other.public_ip, device=DEVICE))
