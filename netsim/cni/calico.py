"""Calico: each Pod behind a routed cable of its own, and routes to the blocks of addresses that other nodes have.

Without an overlay BGP carries the routes; IP-in-IP and VXLAN hide Pod addresses from the network between the nodes,
always or, with cross-subnet, only from routers. Sources: projectcalico/calico
cni-plugin/pkg/dataplane/linux/dataplane_linux.go (cables), felix/dataplane/linux (sysctls, tunnels, routes, ARP and FDB
entries), felix/routetable (ARP entries of Pods), confd/etc/calico/confd/templates/bird.cfg.template (recursive next
hops), and tigera/docs calico/networking/configuring/{vxlan-ipip,mtu}.mdx.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, ip_address, ip_interface, ip_network

from netsim.cni.calico_names import workload_interface
from netsim.cni.calico_rules import FelixRules
from netsim.cni.options import Allowed, known_options
from netsim.cni.plugin import has_own_network, networked_pods_on, pod_namespace_name, share_a_link
from netsim.device_names import virtual_mac
from netsim.errors import NetsimError
from netsim.kubernetes.cluster import Cluster
from netsim.kubernetes.controllers.blocks import block_affinities, tunnel_addresses
from netsim.kubernetes.objects import Node, Pod
from netsim.kubernetes.settings import ClusterNetwork
from netsim.linux.interfaces import Ipip, Veth, Vxlan
from netsim.linux.namespace import NetworkNamespace
from netsim.linux.routing import EVERYWHERE, Route, RouteKind, Scope
from netsim.network import Outline

VXLAN_TUNNEL, IPIP_TUNNEL = "vxlan.calico", "tunl0"
OVERHEAD = {None: 0, IPIP_TUNNEL: 20, VXLAN_TUNNEL: 50}
"""Bytes of outer headers: IPv4 20; Ethernet 14, IPv4 20, UDP 8 and VXLAN 8."""
VNI, PORT = 4096, 4789
GATEWAY = ip_address("169.254.1.1")
"""The address that nobody has: the node's end of the cable answers for it (proxy_arp)."""
HOST_MAC = "ee:ee:ee:ee:ee:ee"
CABLE_SYSCTLS = ("proxy_arp", "route_localnet")
"""What Felix switches on for each cable beside ``forwarding``, which ``ip_forward`` has switched on already."""
FELIX_PROTOCOL, BIRD_PROTOCOL = "80", "bird"
CROSS_SUBNET = {"VXLANCrossSubnet": VXLAN_TUNNEL, "IPIPCrossSubnet": IPIP_TUNNEL}
"""The values of ``encapsulation`` in an operator's IPPool."""

COMMON_OPTIONS: Mapping[str, Allowed] = {"mtu": range(68, 65536), "natOutgoing": None}
VXLAN_OPTIONS: Mapping[str, Allowed] = {"vxlanVNI": range(1, 1 << 24), "vxlanPort": range(1, 65536)}
OPTIONS: Mapping[str, Mapping[str, Allowed]] = {
    "none": {**COMMON_OPTIONS, "bgpPeerRouter": None},
    "ipip": COMMON_OPTIONS,
    "vxlan": {**COMMON_OPTIONS, **VXLAN_OPTIONS},
    "cross-subnet": {**COMMON_OPTIONS, **VXLAN_OPTIONS, "encapsulation": tuple(CROSS_SUBNET)},
}
"""What ``cni.options`` may hold with each backend: names of FelixConfiguration, IPPool and Installation, and
``bgpPeerRouter``, with which the underlay's router learns the nodes' routes by BGP."""


@dataclass(frozen=True, slots=True)
class CalicoOptions:
    """``mtu`` is that of Pods and tunnel devices in bytes; ``tunnel`` the device of the overlay, if there is one."""

    mtu: int
    tunnel: str | None
    cross_subnet: bool
    nat_outgoing: bool
    vni: int
    port: int
    peers_with_router: bool


@dataclass(frozen=True, slots=True)
class Host:
    """What Calico knows of a node. ``borrowed`` are the addresses of its Pods that lie in other nodes' blocks."""

    node: Node
    address: IPv4Address
    blocks: tuple[IPv4Network, ...]
    borrowed: tuple[IPv4Network, ...]
    tunnel_address: IPv4Address | None
    tunnel_mac: str

    @property
    def destinations(self) -> tuple[IPv4Network, ...]:
        """What others reach through this node."""
        return self.blocks + self.borrowed


class Calico:
    """All backends."""

    def __init__(self, cluster: Cluster) -> None:
        """Raises NetsimError for IPv6 Pod ranges, InputError for a node without an IPv4 address and for options."""
        self.cluster = cluster
        self.options = _options(cluster.settings)
        self.pool = _pool(cluster.settings)
        self.hosts = _hosts(cluster)
        self.rules = FelixRules(
            (self.pool,),
            self.options.tunnel,
            nat_outgoing=self.options.nat_outgoing,
            vxlan_port=self.options.port if self.options.tunnel == VXLAN_TUNNEL else None,
        )

    def outline(self, pod: Pod) -> Outline:
        return Outline(
            pod_namespace_name(pod), node=pod.node_name, pod=pod.key,
            plugs=(("eth0", virtual_mac(pod_namespace_name(pod))),),
            addresses=tuple(ip_interface(address) for address in pod.pod_ips),
        )  # fmt: skip

    def plan_node(self, namespace: NetworkNamespace, node: Node) -> None:
        host = self.hosts[node.name]
        namespace.sysctls["net.ipv4.ip_forward"] = 1
        if self.options.tunnel is not None and host.tunnel_address is not None:
            self._add_tunnel(namespace, host, host.tunnel_address)
        for block in host.blocks:
            namespace.routes.add(Route(destination=block, kind=RouteKind.BLACKHOLE, protocol=self._protocol))
        for other in self.hosts.values():
            if other is not host:
                self._add_remote(namespace, host, other)
        for pod in networked_pods_on(self.cluster, node):
            _plug_in_pod(namespace, pod, self.outline(pod), self.options.mtu)

    def insert_rules(self, namespace: NetworkNamespace) -> None:
        """Felix keeps its rules ahead of kube-proxy's."""
        self.rules.write(namespace)

    def plan_pod(self, namespace: NetworkNamespace, pod: Pod) -> None:
        outline = self.outline(pod)
        ((device, mac),) = outline.plugs
        namespace.add_interface(
            Veth(
                name=device, mac=mac, mtu=self.options.mtu, addresses=outline.addresses,
                peer_namespace=pod.node_name, peer_name=workload_interface(pod),
            )
        )  # fmt: skip
        namespace.routes.add(Route(destination=ip_network(GATEWAY), device=device, scope=Scope.LINK))
        namespace.routes.add(Route(destination=EVERYWHERE[4], gateway=GATEWAY, device=device))

    def plan_router(self, namespace: NetworkNamespace) -> None:
        """With ``bgpPeerRouter`` the router learns by BGP which node has which block."""
        if not self.options.peers_with_router:
            return
        for host in self.hosts.values():
            link = namespace.routes.lookup(host.address)
            assert link is not None
            for destination in host.destinations:
                namespace.routes.add(
                    Route(destination=destination, gateway=host.address, device=link.device, protocol=BIRD_PROTOCOL)
                )

    @property
    def _protocol(self) -> str:
        """Who programs the routes: Felix those of pools with an overlay, BIRD all others (ProgramClusterRoutes)."""
        return BIRD_PROTOCOL if self.options.tunnel is None else FELIX_PROTOCOL

    def _add_tunnel(self, namespace: NetworkNamespace, host: Host, address: IPv4Address) -> None:
        mtu, addresses = self.options.mtu, (ip_interface(address),)
        if self.options.tunnel == IPIP_TUNNEL:
            namespace.add_interface(Ipip(name=IPIP_TUNNEL, mac="", mtu=mtu, addresses=addresses))
            return
        namespace.add_interface(
            Vxlan(
                name=VXLAN_TUNNEL, mac=host.tunnel_mac, mtu=mtu, addresses=addresses,
                vni=self.options.vni, port=self.options.port, local=host.address, underlying="eth0",
            )
        )  # fmt: skip

    def _add_remote(self, namespace: NetworkNamespace, host: Host, other: Host) -> None:
        """The routes to what another node has, and where its tunnel ends."""
        tunnel = self.options.tunnel
        if tunnel is None:
            routes = _through_the_underlay(namespace, other)
        elif self.options.cross_subnet and share_a_link(self.cluster, host.node, other.node):
            routes = _direct(other)
        elif other.tunnel_address is None:
            return
        elif tunnel == IPIP_TUNNEL:
            routes = _via(other, other.address, IPIP_TUNNEL)
        else:
            routes = _via(other, other.tunnel_address, VXLAN_TUNNEL)
            namespace.add_neighbour(VXLAN_TUNNEL, other.tunnel_address, other.tunnel_mac)
            namespace.add_fdb(VXLAN_TUNNEL, other.tunnel_mac, other.address)
        for route in routes:
            namespace.routes.add(route)


def _through_the_underlay(namespace: NetworkNamespace, other: Host) -> Iterator[Route]:
    """BIRD's routes: the next hop is the other node or, where that is not on the link, whoever leads to it."""
    way = namespace.routes.lookup(other.address)
    assert way is not None
    for destination in other.destinations:
        yield Route(
            destination=destination, gateway=way.gateway or other.address, device=way.device, protocol=BIRD_PROTOCOL
        )


def _direct(other: Host) -> Iterator[Route]:
    return _via(other, other.address, "eth0")


def _via(other: Host, gateway: IPv4Address, device: str) -> Iterator[Route]:
    for destination in other.destinations:
        yield Route(destination=destination, gateway=gateway, device=device, protocol=FELIX_PROTOCOL, onlink=True)


def _plug_in_pod(namespace: NetworkNamespace, pod: Pod, outline: Outline, mtu: int) -> None:
    """The node's end of a Pod's cable, with a route and a permanent ARP entry for each of the Pod's addresses."""
    device = workload_interface(pod)
    ((_, pod_mac),) = outline.plugs
    namespace.add_interface(
        Veth(name=device, mac=HOST_MAC, mtu=mtu, peer_namespace=pod_namespace_name(pod), peer_name="eth0")
    )
    for setting in CABLE_SYSCTLS:
        namespace.sysctls[f"net.ipv4.conf.{device}.{setting}"] = 1
    for address in outline.addresses:
        namespace.routes.add(Route(destination=address.network, device=device, scope=Scope.LINK))
        namespace.add_neighbour(device, address.ip, pod_mac)


def _options(settings: ClusterNetwork) -> CalicoOptions:
    backend = settings.cni.backend
    given = known_options(settings, OPTIONS[backend])
    tunnel = {
        "none": None,
        "ipip": IPIP_TUNNEL,
        "vxlan": VXLAN_TUNNEL,
        "cross-subnet": CROSS_SUBNET[str(given.get("encapsulation", "VXLANCrossSubnet"))],
    }[backend]
    return CalicoOptions(
        mtu=int(given.get("mtu", settings.underlay.mtu - OVERHEAD[tunnel])),
        tunnel=tunnel,
        cross_subnet=backend == "cross-subnet",
        nat_outgoing=bool(given.get("natOutgoing", True)),
        vni=int(given.get("vxlanVNI", VNI)),
        port=int(given.get("vxlanPort", PORT)),
        peers_with_router=bool(given.get("bgpPeerRouter", False)),
    )


def _pool(settings: ClusterNetwork) -> IPv4Network:
    ranges = settings.pod_cidrs
    if len(ranges) == 1 and isinstance(ranges[0], IPv4Network):
        return ranges[0]
    listed = ", ".join(str(each) for each in ranges)
    raise NetsimError(f"calico is available with one IPv4 podCIDR so far, not with {listed}")


def _hosts(cluster: Cluster) -> dict[str, Host]:
    affinities = block_affinities(cluster.nodes, cluster.pods, cluster.settings)
    tunnels = tunnel_addresses(affinities, cluster.pods, cluster.settings)
    blocks = {node: tuple(b for b in own if isinstance(b, IPv4Network)) for node, own in affinities.items()}
    return {node.name: _host(cluster, node, blocks[node.name], tunnels[node.name]) for node in cluster.nodes}


def _host(cluster: Cluster, node: Node, blocks: tuple[IPv4Network, ...], tunnels: tuple[object, ...]) -> Host:
    address = next((each for each in node.addresses if isinstance(each, IPv4Address)), None)
    if address is None:
        raise node.meta.error("status.addresses", f"calico needs an IPv4 InternalIP for node {node.name}")
    own = (ip for pod in cluster.pods_on(node.name) if has_own_network(pod) for ip in pod.pod_ips)
    borrowed = (ip for ip in own if isinstance(ip, IPv4Address) and not any(ip in block for block in blocks))
    return Host(
        node,
        address,
        blocks,
        tuple(IPv4Network(ip) for ip in borrowed),
        next((each for each in tunnels if isinstance(each, IPv4Address)), None),
        virtual_mac(f"{node.name}/{VXLAN_TUNNEL}"),
    )
