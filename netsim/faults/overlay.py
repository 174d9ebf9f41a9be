"""Faults between the nodes: firewalls on the way, tunnels that end nowhere, packets that do not fit, odd routes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from ipaddress import IPv4Network, ip_interface, ip_network

from netsim.errors import InputError
from netsim.faults.kinds import Choice, FaultKind
from netsim.kubernetes.cluster import Cluster
from netsim.linux.interfaces import (
    Bridge,
    CapturedVeth,
    DatapathVxlan,
    Geneve,
    Interface,
    Ipip,
    Loopback,
    Veth,
    Vxlan,
    Wireguard,
)
from netsim.linux.namespace import FdbEntry, NetworkNamespace
from netsim.linux.netfilter import DestinationPort, Drop, Match, ProtocolIs, SetMark
from netsim.linux.routing import Route
from netsim.network import Network
from netsim.packet import IPAddress, Protocol
from netsim.proxy.config import MASQUERADE_MARK
from netsim.underlay import EXTERNAL, NODE_DEVICE, ROUTER, SWITCH

NAT_CARD = "10.0.2.15"
"""What VirtualBox gives the first card of every machine."""


def _block_on_underlay(network: Network, *matches: Match) -> None:
    """A firewall in the switch."""

    def filter_frames(switch: NetworkNamespace) -> None:
        switch.sysctls["net.bridge.bridge-nf-call-iptables"] = 1
        switch.netfilter.table("filter").chain("FORWARD").append(Drop(), *matches)

    network.amend(SWITCH, filter_frames)


def _block_tunnel(network: Network, cluster: Cluster, choice: Choice) -> None:
    """Drop what tunnels send between any nodes; the first node's devices tell their ports or protocol."""
    interfaces = network.namespaces[cluster.nodes[0].name].interfaces.values()
    outer = [matches for each in interfaces if (matches := _outer_headers(each))]
    if not outer:
        raise choice.error("", "this cluster's CNI plugin has no tunnel")
    for matches in outer:
        _block_on_underlay(network, *matches)


def _outer_headers(interface: Interface) -> tuple[Match, ...]:
    """What a firewall knows a tunnel by; nothing for a device that is none."""
    match interface:
        case Vxlan() | Geneve() | Wireguard() | DatapathVxlan() | CapturedVeth():
            return ProtocolIs(Protocol.UDP), DestinationPort(Protocol.UDP, interface.port)
        case Ipip():
            return (ProtocolIs(Protocol.IPIP),)
        case _:
            return ()


def _no_tunnel(choice: Choice) -> InputError:
    return choice.error("", "this cluster's CNI plugin has no VXLAN tunnel")


def _enlarge_pods(network: Network, cluster: Cluster, choice: Choice) -> None:
    """Pods believe in the underlay's MTU, and the ICMP errors that would tell them better are filtered."""
    mtu = cluster.settings.underlay.mtu
    nodes = {node.name for node in cluster.nodes}
    for name in network.namespaces:
        if name in nodes:
            network.amend(name, lambda namespace: _resize(namespace, mtu, _is_towards_pods))
            network.amend(name, _swallow_fragmentation_needed)
        elif name not in (SWITCH, ROUTER, EXTERNAL):
            network.amend(name, lambda namespace: _resize(namespace, mtu, lambda each: not isinstance(each, Loopback)))


def _is_towards_pods(interface: Interface) -> bool:
    return isinstance(interface, Bridge) or (isinstance(interface, Veth) and interface.name != NODE_DEVICE)


def _resize(namespace: NetworkNamespace, mtu: int, wanted: Callable[[Interface], bool]) -> None:
    for name, interface in namespace.interfaces.items():
        if wanted(interface):
            namespace.interfaces[name] = replace(interface, mtu=mtu)


def _swallow_fragmentation_needed(namespace: NetworkNamespace) -> None:
    """``iptables -A OUTPUT -p icmp -j DROP``, which some hardening guides advise."""
    namespace.netfilter.table("filter").chain("OUTPUT").append(Drop(), ProtocolIs(Protocol.ICMP))


def _advertise_wrong_card(network: Network, cluster: Cluster, choice: Choice) -> None:
    """flanneld took the first card, behind which every node has the same address."""
    wrong = ip_interface(f"{NAT_CARD}/24")
    if not any(isinstance(each, Vxlan) for each in network.namespaces[cluster.nodes[0].name].interfaces.values()):
        raise _no_tunnel(choice)
    for node in cluster.nodes:
        network.amend(node.name, lambda namespace: _point_tunnels_at(namespace, wrong.ip))


def _point_tunnels_at(namespace: NetworkNamespace, address: IPAddress) -> None:
    for key, entry in namespace.fdb.items():
        namespace.fdb[key] = FdbEntry(entry.mac, entry.device, address)


def _overlap(network: Network, cluster: Cluster, choice: Choice) -> None:
    """The office outside uses addresses of the last node's Pod range."""
    last = cluster.nodes[-1]
    subnet = next((each for each in last.pod_cidrs if isinstance(each, IPv4Network)), None)
    if subnet is None:
        raise choice.error("", f"node {last.name} has no IPv4 Pod range that anything could overlap")
    office = subnet[-20]
    link = network.namespaces[ROUTER].interfaces["outside"]

    def move_in(external: NetworkNamespace) -> None:
        card = external.interfaces["eth0"]
        external.add_interface(replace(card, addresses=(ip_interface(f"{office}/32"), *card.addresses)))
        default = external.routes.lookup(cluster.settings.underlay.subnets[0].gateway)
        assert default is not None
        external.routes.add(replace(default, source=office))

    network.amend(EXTERNAL, move_in)
    network.amend(
        ROUTER, lambda router: router.routes.add(Route(destination=ip_network(f"{office}/32"), device=link.name))
    )


def _lose_bgp_routes(network: Network, cluster: Cluster, choice: Choice) -> None:
    """No session with any peer: a node forgets what it learned, and keeps the block that is its own."""
    node = choice.node(cluster.nodes)
    learned = [route for route in network.namespaces[node.name].routes if _is_from_bgp(route)]
    if not learned:
        raise choice.error("", "this cluster's CNI plugin has no routes from BGP")
    for route in learned:
        network.namespaces[node.name].routes.remove(route.destination)


def _is_from_bgp(route: Route) -> bool:
    return route.protocol == "bird" and route.gateway is not None


def _return_elsewhere(network: Network, cluster: Cluster, choice: Choice) -> None:
    """Strict reverse-path filtering on a node whose route back does not leave by where the packet came in."""
    node = choice.node(cluster.nodes, 1)
    others = [each for each in cluster.nodes if each is not node]
    if not others:
        raise choice.error("", "it takes two nodes")

    def be_strict(namespace: NetworkNamespace) -> None:
        namespace.sysctls["net.ipv4.conf.all.rp_filter"] = 1
        for other in others:
            for subnet in other.pod_cidrs:
                if subnet.version == 4:
                    namespace.routes.add(Route(destination=subnet, device=NODE_DEVICE, gateway=_gateway(namespace)))

    network.amend(node.name, be_strict)


def _gateway(namespace: NetworkNamespace) -> IPAddress | None:
    default = next((route for route in namespace.routes if route.destination == ip_network("0.0.0.0/0")), None)
    return None if default is None else default.gateway


def _spoil_checksums(network: Network, cluster: Cluster, choice: Choice) -> None:
    """An old kernel and an old kube-proxy: the outer packet keeps the mark, so it is masqueraded a second time.

    kube-proxy takes the mark away before it masquerades since 1.19 (kubernetes/kubernetes pull request 92035).
    """
    first = network.namespaces[cluster.nodes[0].name]
    if not any(isinstance(each, Vxlan) and not each.external for each in first.interfaces.values()):
        raise _no_tunnel(choice)
    if "KUBE-POSTROUTING" not in first.netfilter.table("nat").chains:
        raise choice.error("", "kube-proxy masquerades without iptables here")
    for node in cluster.nodes:
        network.amend(node.name, _keep_mark)
        network.amend(node.name, _translate_offloaded)


def _keep_mark(namespace: NetworkNamespace) -> None:
    chain = namespace.netfilter.table("nat").chain("KUBE-POSTROUTING")
    chain.rules = [rule for rule in chain.rules if rule.target != SetMark(MASQUERADE_MARK, 0)]


def _translate_offloaded(namespace: NetworkNamespace) -> None:
    for name, interface in namespace.interfaces.items():
        if isinstance(interface, Vxlan):
            namespace.interfaces[name] = replace(interface, spoils_checksums=True)


FAULTS = (
    FaultKind(
        number=8, name="tunnel-port-blocked", title="A firewall between the nodes drops the tunnel",
        symptom="Pods of one node reach each other, those of different nodes do not; nodes ping each other",
        remedy="allow the tunnel's UDP port, or IP protocol 4, between the nodes", amend_network=_block_tunnel,
    ),
    FaultKind(
        number=9, name="pod-mtu-too-large", title="Pods do not know that the tunnel needs room",
        symptom="small answers arrive, large ones hang; a ping of 1472 bytes with DF is lost in silence",
        remedy="a Pod MTU of the underlay's less the tunnel's overhead", amend_network=_enlarge_pods,
    ),
    FaultKind(
        number=10, name="bgp-down", title="A node has no BGP session",
        symptom="its Pods reach no Pod of another node, and the other way round; the peer is not Established",
        remedy="let TCP port 179 through between the nodes", options={"node": "the Node, the first unless given"},
        amend_network=_lose_bgp_routes,
    ),
    FaultKind(
        number=13, name="wrong-interface", title="Every node advertises the address of its first card",
        symptom=f"nothing crosses nodes; all public-ip annotations say {NAT_CARD}",
        remedy="tell flannel the interface (--iface)", amend_network=_advertise_wrong_card,
    ),
    FaultKind(
        number=14, name="overlapping-ranges", title="The office network overlaps the Pod range",
        symptom="the client outside gets no answer; ip route get for its address takes a Pod route",
        remedy="renumber one of the two", amend_network=_overlap,
    ),
    FaultKind(
        number=31, name="rp-filter-strict", title="The way back is not the way in",
        symptom="packets arrive, as a capture shows, and are never answered; martian source in the kernel log",
        remedy="rp_filter = 2 (loose), or a route back by the same device",
        options={"node": "the Node that drops; the second unless given"}, amend_network=_return_elsewhere,
    ),
    FaultKind(
        number=39, name="checksum-offload", title="Offloading spoils the checksum of masqueraded tunnel packets",
        symptom="from a node, a Service with its endpoint on another node times out; from Pod to Pod all is well",
        remedy="a newer kernel and kube-proxy, or ethtool -K flannel.1 tx-checksum-ip-generic off",
        amend_network=_spoil_checksums,
    ),
)  # fmt: skip
