"""Weave Net: one Ethernet for all Pods of the cluster, with a bridge on each node and an overlay between the bridges.

    Pods ── vethwepl… ── weave ── vethwe-bridge ═ vethwe-datapath ── datapath ── vxlan-6784       (fastdp)
    Pods ── vethwepl… ── weave ── vethwe-bridge ═ vethwe-pcap, which the router process reads     (sleeve)

No packet between Pods is routed, so its TTL stays, also across nodes. Sources: weaveworks/weave net/bridge.go (devices,
filter rules), net/expose.go (chain WEAVE), router/fastdp.go (tunnel numbers, TTL and DF), router/sleeve.go,
prog/weave-kube/launch.sh (MTU 1376, no-masq-local), plugin/net/cni.go (Pods). Peers have random short ids of twelve
bits there; here they are counted. Encryption is off, as it is unless a password is given.
"""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Address, IPv4Network, ip_interface, ip_network

from netsim.cni.options import Allowed, known_options
from netsim.cni.plugin import has_own_network, networked_pods_on, pod_namespace_name
from netsim.device_names import name_hash, virtual_mac
from netsim.errors import NetsimError
from netsim.kubernetes.cluster import Cluster
from netsim.kubernetes.controllers.blocks import first_addresses, shares
from netsim.kubernetes.objects import Node, Pod
from netsim.kubernetes.settings import ClusterNetwork
from netsim.linux.interfaces import Bridge, CapturedVeth, Datapath, DatapathVxlan, OverlayPeer, Veth
from netsim.linux.ipset import Entry, IpSet, SetType
from netsim.linux.namespace import NetworkNamespace
from netsim.linux.netfilter import (
    Accept,
    Comment,
    ConnectionState,
    Destination,
    InInterface,
    Jump,
    Masquerade,
    OutInterface,
    Return,
    Source,
    StateIs,
)
from netsim.linux.netfilter.sets import InSet
from netsim.linux.routing import EVERYWHERE, Route
from netsim.network import Outline
from netsim.packet import IPAddress

BRIDGE, BRIDGE_END = "weave", "vethwe-bridge"
DATAPATH, DATAPATH_END = "datapath", "vethwe-datapath"
PCAP_END = "vethwe-pcap"
FASTDP_PORT, SLEEVE_PORT = 6784, 6783
VXLAN_PORT_DEVICE = f"vxlan-{FASTDP_PORT}"
MTU = 1376
"""1460 bytes, the smallest underlay in sight, less 20, 8, 8 and 14 of headers and 34 for ESP."""
SHORT_ID_BITS = 12
NO_MASQUERADE = "weaver-no-masq-local"
MULTICAST = ip_network("224.0.0.0/4")
OPTIONS: Mapping[str, Allowed] = {"mtu": range(68, 65536), "noMasqLocal": None}
"""What ``cni.options`` may hold: weave-kube's WEAVE_MTU and NO_MASQ_LOCAL."""


class Weave:
    """Both ways to carry frames: fastdp and sleeve."""

    def __init__(self, cluster: Cluster) -> None:
        """Raises NetsimError for IPv6 Pod ranges, InputError for a Pod address outside the range, for a node without
        an IPv4 address and for unknown options."""
        self.cluster = cluster
        options = known_options(cluster.settings, OPTIONS)
        self.mtu = int(options.get("mtu", MTU))
        self.keeps_local_clients = bool(options.get("noMasqLocal", True))
        self.fastdp = cluster.settings.cni.backend == "fastdp"
        self.range = _range(cluster.settings)
        self.shares = shares(cluster.nodes, self.range)
        self.gateways = first_addresses(cluster.nodes, cluster.pods, self.range)
        self.addresses = {node.name: _address(node) for node in cluster.nodes}
        self.numbers = {node.name: number for number, node in enumerate(cluster.nodes, 1)}
        self.stations = {node.name: self._stations(node) for node in cluster.nodes}
        for pod in cluster.pods:
            if has_own_network(pod):
                _check(pod, self.range)

    def outline(self, pod: Pod) -> Outline:
        return Outline(
            pod_namespace_name(pod), node=pod.node_name, pod=pod.key, plugs=(("eth0", _pod_mac(pod)),),
            addresses=tuple(ip_interface(f"{address}/{self.range.prefixlen}") for address in pod.pod_ips),
        )  # fmt: skip

    def plan_node(self, namespace: NetworkNamespace, node: Node) -> None:
        namespace.sysctls["net.ipv4.ip_forward"] = 1
        address = ip_interface(f"{self.gateways[node.name]}/{self.range.prefixlen}")
        namespace.add_interface(Bridge(name=BRIDGE, mac=_bridge_mac(node), mtu=self.mtu, addresses=(address,)))
        if self.fastdp:
            self._add_datapath(namespace, node)
        else:
            self._add_captured_cable(namespace, node)
        for pod in networked_pods_on(self.cluster, node):
            self._plug_in_pod(namespace, pod)
        self._write_nat(namespace, node)

    def insert_rules(self, namespace: NetworkNamespace) -> None:
        """FORWARD lets the Pods' traffic pass, ahead of everybody's rules (ensureRulesAtTop)."""
        filtering = namespace.netfilter.table("filter")
        forward = filtering.chain("FORWARD")
        filtering.chain("WEAVE-EXPOSE").append(Accept(), Destination(self.range))
        out = OutInterface(BRIDGE)
        known = StateIs(frozenset({ConnectionState.RELATED, ConnectionState.ESTABLISHED}))
        forward.prepend(Accept(), out, known)
        forward.prepend(Accept(), InInterface(BRIDGE), OutInterface(BRIDGE, negate=True))
        forward.prepend(Jump("WEAVE-EXPOSE"), out)
        forward.prepend(Accept(), InInterface(BRIDGE), out)

    def plan_pod(self, namespace: NetworkNamespace, pod: Pod) -> None:
        outline = self.outline(pod)
        ((device, mac),) = outline.plugs
        namespace.add_interface(
            Veth(
                name=device, mac=mac, mtu=self.mtu, addresses=outline.addresses,
                peer_namespace=pod.node_name, peer_name=host_device(pod),
            )
        )  # fmt: skip
        namespace.routes.add(Route(destination=EVERYWHERE[4], gateway=self.gateways[pod.node_name], device=device))

    def _add_datapath(self, namespace: NetworkNamespace, node: Node) -> None:
        own = virtual_mac(f"{node.name}/{DATAPATH}")
        namespace.add_interface(Datapath(name=DATAPATH, mac=own, mtu=self.mtu))
        _add_cable_end(namespace, node, BRIDGE_END, DATAPATH_END, BRIDGE, self.mtu)
        _add_cable_end(namespace, node, DATAPATH_END, BRIDGE_END, DATAPATH, self.mtu)
        namespace.add_interface(
            DatapathVxlan(
                name=VXLAN_PORT_DEVICE, mac=virtual_mac(f"{node.name}/{VXLAN_PORT_DEVICE}"), mtu=65535,
                master=DATAPATH, port=FASTDP_PORT, local=self.addresses[node.name], peers=self._peers(node),
            )
        )  # fmt: skip

    def _add_captured_cable(self, namespace: NetworkNamespace, node: Node) -> None:
        _add_cable_end(namespace, node, BRIDGE_END, PCAP_END, BRIDGE, self.mtu)
        namespace.add_interface(
            CapturedVeth(
                name=PCAP_END, mac=virtual_mac(f"{node.name}/{PCAP_END}"), mtu=self.mtu,
                peer_namespace=node.name, peer_name=BRIDGE_END,
                port=SLEEVE_PORT, local=self.addresses[node.name], peers=self._peers(node),
            )
        )  # fmt: skip

    def _peers(self, node: Node) -> tuple[OverlayPeer, ...]:
        """Every other node, with the tunnel's number: the sender's short id, and above it the receiver's."""
        own = self.numbers[node.name]
        return tuple(
            OverlayPeer(name, address, own | self.numbers[name] << SHORT_ID_BITS, self.stations[name])
            for name, address in self.addresses.items()
            if name != node.name
        )

    def _stations(self, node: Node) -> tuple[tuple[str, str, str], ...]:
        pods = networked_pods_on(self.cluster, node)
        return (node.name, BRIDGE, _bridge_mac(node)), *((pod_namespace_name(p), "eth0", _pod_mac(p)) for p in pods)

    def _plug_in_pod(self, namespace: NetworkNamespace, pod: Pod) -> None:
        device = host_device(pod)
        namespace.add_interface(
            Veth(
                name=device, mac=virtual_mac(f"{pod.node_name}/{device}"), mtu=self.mtu, master=BRIDGE, hairpin=True,
                peer_namespace=pod_namespace_name(pod), peer_name="eth0",
            )
        )  # fmt: skip

    def _write_nat(self, namespace: NetworkNamespace, node: Node) -> None:
        """What enters or leaves the Pods' network gets the node's address, but not what is for this node's Pods."""
        nat = namespace.netfilter.table("nat")
        nat.chain("POSTROUTING").append(Jump("WEAVE"))
        chain = nat.chain("WEAVE")
        if self.keeps_local_clients:
            share = self.shares[node.name]
            local = namespace.add_ipset(IpSet(NO_MASQUERADE, SetType.HASH_NET, entries=(Entry(share),)))
            chain.append(Return(), InSet(local, ("dst",)), Comment("Prevent SNAT to locally running containers"))
        chain.append(Return(), Source(self.range), Destination(MULTICAST))
        chain.append(Masquerade(), Source(self.range, negate=True), Destination(self.range))
        chain.append(Masquerade(), Source(self.range), Destination(self.range, negate=True))


def host_device(pod: Pod) -> str:
    """The node's end of a Pod's cable: seven digits that are the container's there and the Pod's here."""
    return f"vethwepl{name_hash(pod_namespace_name(pod), 7)}"


def _add_cable_end(namespace: NetworkNamespace, node: Node, name: str, other: str, master: str, mtu: int) -> None:
    """One end of a cable between two bridges of the same node."""
    namespace.add_interface(
        Veth(
            name=name, mac=virtual_mac(f"{node.name}/{name}"), mtu=mtu, master=master,
            peer_namespace=node.name, peer_name=other,
        )
    )  # fmt: skip


def _bridge_mac(node: Node) -> str:
    return virtual_mac(f"{node.name}/{BRIDGE}")


def _pod_mac(pod: Pod) -> str:
    return virtual_mac(pod_namespace_name(pod))


def _range(settings: ClusterNetwork) -> IPv4Network:
    ranges = settings.pod_cidrs
    if len(ranges) == 1 and isinstance(ranges[0], IPv4Network):
        return ranges[0]
    raise NetsimError(f"weave knows IPv4 only: give it one IPv4 podCIDR, not {', '.join(map(str, ranges))}")


def _address(node: Node) -> IPv4Address:
    address = next((each for each in node.addresses if isinstance(each, IPv4Address)), None)
    if address is None:
        raise node.meta.error("status.addresses", f"weave needs an IPv4 InternalIP for node {node.name}")
    return address


def _check(pod: Pod, pool: IPv4Network) -> None:
    strangers: list[IPAddress] = [address for address in pod.pod_ips if address not in pool]
    if strangers:
        raise pod.meta.error("status.podIP", f"{strangers[0]} is outside {pool}, the range of all Pods under weave")
