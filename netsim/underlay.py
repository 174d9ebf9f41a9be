"""The network that the nodes stand in: a switch with one bridge a subnet, a router between them, a client outside.

    external ── router ──┬── br-rack-a ── n1, n2
                         └── br-rack-b ── n3

Where nodes have addresses of a second IP version, each link has a subnet of that version as well: the /64 (or /24) of
those addresses, with the router at its first one and a second address for the client outside.

The router knows its own links only: what is addressed to a Pod or Service address, or to nobody, is answered with
ICMP network unreachable, as by a data-centre router that the cluster has no routing protocol with.
"""

from __future__ import annotations

from ipaddress import ip_interface, ip_network

from netsim.device_names import device_name, machine_mac, virtual_mac
from netsim.kubernetes.cluster import Cluster
from netsim.kubernetes.objects import Node
from netsim.kubernetes.settings import EXTERNAL_CLIENTS, ClusterNetwork, Subnet, Underlay
from netsim.linux.interfaces import Bridge, InterfaceAddress, Veth
from netsim.linux.namespace import NetworkNamespace, Socket
from netsim.linux.routing import EVERYWHERE, IPNetwork, Route
from netsim.network import Network, Outline
from netsim.packet import IPAddress, Protocol

SWITCH = "underlay"
ROUTER = "router"
EXTERNAL = "external"
NODE_DEVICE = "eth0"
LINK_LOCAL = ip_network("169.254.0.0/16")
LINK_LENGTH = {4: 24, 6: 64}
"""The prefix length of a link that no document describes."""

OUTSIDE_SERVICES = ((Protocol.TCP, 80), (Protocol.TCP, 443), (Protocol.TCP, 53), (Protocol.UDP, 53))
"""What the machine outside serves, so that a packet to the world has somewhere to arrive."""


def build_underlay(network: Network, cluster: Cluster) -> None:
    """Add the switch with a port for every node, the router and the client outside."""
    settings = cluster.settings
    underlay = settings.underlay
    switch = network.add(NetworkNamespace(SWITCH))
    switch.sysctls["net.bridge.bridge-nf-call-iptables"] = 0
    switch.sysctls["net.bridge.bridge-nf-call-ip6tables"] = 0
    router = network.add(NetworkNamespace(ROUTER))
    router.sysctls["net.ipv4.ip_forward"] = 1
    router.sysctls["net.ipv6.conf.all.forwarding"] = 1
    for subnet in underlay.subnets:
        bridge = bridge_name(subnet)
        switch.add_interface(Bridge(name=bridge, mac=virtual_mac(f"{SWITCH}/{bridge}"), mtu=underlay.mtu))
        second = [_second_link(node, subnet) for node in cluster.nodes if subnet_of_node(node, underlay) == subnet]
        links = dict.fromkeys(link for link in (subnet.cidr, *second) if link is not None)
        addresses = tuple(ip_interface(f"{_gateway(link, subnet)}/{link.prefixlen}") for link in links)
        router.add_interface(_card(ROUTER, router_device(subnet), addresses, underlay.mtu))
        switch.add_interface(_port(ROUTER, router_device(subnet), subnet, underlay.mtu))
    _add_client(network, router, _outside_addresses(cluster), underlay.mtu)
    for node in cluster.nodes:
        switch.add_interface(_port(node.name, NODE_DEVICE, subnet_of_node(node, underlay), underlay.mtu))


def bridge_name(subnet: Subnet) -> str:
    """The switch's bridge for a subnet."""
    return device_name("br-", subnet.name)


def router_device(subnet: Subnet) -> str:
    """The router's card in a subnet."""
    return device_name("eth-", subnet.name)


def _port_name(machine: str, device: str) -> str:
    return device_name("r-", device.removeprefix("eth-")) if machine == ROUTER else device_name("p-", machine)


def _card(machine: str, device: str, addresses: tuple[InterfaceAddress, ...], mtu: int) -> Veth:
    """A machine's end of its cable to the switch."""
    return Veth(
        name=device, mac=machine_mac(f"{machine}/{device}"), mtu=mtu, addresses=addresses,
        peer_namespace=SWITCH, peer_name=_port_name(machine, device),
    )  # fmt: skip


def _port(machine: str, device: str, subnet: Subnet, mtu: int) -> Veth:
    """The switch's end of a machine's cable: a port of the subnet's bridge."""
    name = _port_name(machine, device)
    return Veth(
        name=name, mac=virtual_mac(f"{SWITCH}/{name}"), mtu=mtu, master=bridge_name(subnet),
        peer_namespace=machine, peer_name=device,
    )  # fmt: skip


def _outside_addresses(cluster: Cluster) -> tuple[IPAddress, ...]:
    """The client's address, and one of the other IP version where nodes have such addresses."""
    client = cluster.settings.external_client
    both = any(address.version != client.version for node in cluster.nodes for address in node.addresses)
    second = EXTERNAL_CLIENTS[6 if client.version == 4 else 4]
    return (client, second) if both else (client,)


def _add_client(network: Network, router: NetworkNamespace, clients: tuple[IPAddress, ...], mtu: int) -> None:
    links = tuple(ip_network(f"{client}/{LINK_LENGTH[client.version]}", strict=False) for client in clients)
    gateways = tuple(
        link.network_address + (1 if client != link.network_address + 1 else 2)
        for client, link in zip(clients, links, strict=True)
    )
    external = network.add(NetworkNamespace(EXTERNAL))
    network.connect(
        router,
        Veth(
            name="outside", mac=machine_mac(f"{ROUTER}/outside"), mtu=mtu, addresses=_with_length(gateways),
            peer_namespace=EXTERNAL, peer_name="eth0",
        ),
        external,
        Veth(
            name="eth0", mac=machine_mac(f"{EXTERNAL}/eth0"), mtu=mtu, addresses=_with_length(clients),
            peer_namespace=ROUTER, peer_name="outside",
        ),
    )  # fmt: skip
    for gateway in gateways:
        external.routes.add(_default_route(gateway))
    external.sockets += [Socket(protocol, port, "the machine outside") for protocol, port in OUTSIDE_SERVICES]


def _with_length(addresses: tuple[IPAddress, ...]) -> tuple[InterfaceAddress, ...]:
    return tuple(ip_interface(f"{address}/{LINK_LENGTH[address.version]}") for address in addresses)


def check_node(node: Node, underlay: Underlay) -> None:
    """Raise InputError for a node whose first address is in none of the subnets, or whose name or address the underlay
    needs."""
    if node.name in (SWITCH, ROUTER, EXTERNAL):
        raise node.meta.error("metadata.name", f"{node.name!r} is taken by a machine of the underlay; rename the node")
    if not node.addresses:
        raise node.meta.error("status.addresses", f"node {node.name} has no InternalIP")
    subnet = subnet_of_node(node, underlay)
    second = _second_link(node, subnet)
    if second is not None and _gateway(second, subnet) in node.addresses:
        raise node.meta.error("status.addresses", f"{_gateway(second, subnet)} is the router's address on {second}")


def subnet_of_node(node: Node, underlay: Underlay) -> Subnet:
    """The subnet whose link a node is on, by its first address; InputError where that is in none."""
    subnet = underlay.subnet_of(node.addresses[0])
    if subnet is None:
        known = ", ".join(str(subnet.cidr) for subnet in underlay.subnets)
        raise node.meta.error(
            "status.addresses",
            f"the address {node.addresses[0]} of node {node.name} is in no subnet of the underlay ({known})",
        )
    return subnet


def node_outline(node: Node, settings: ClusterNetwork) -> Outline:
    """A node as its neighbors on the underlay know it: plugins may give it more addresses, of Pods and Services."""
    return Outline(
        node.name,
        node=node.name,
        plugs=((NODE_DEVICE, machine_mac(f"{node.name}/{NODE_DEVICE}")),),
        addresses=_node_addresses(node, settings.underlay),
        ranges=(*settings.pod_cidrs, *settings.service_cidrs, *node.pod_cidrs, LINK_LOCAL),
    )


def plan_machine(namespace: NetworkNamespace, node: Node, underlay: Underlay) -> None:
    """A node before Kubernetes: its network card and its default route."""
    namespace.add_interface(_card(node.name, NODE_DEVICE, _node_addresses(node, underlay), underlay.mtu))
    subnet = subnet_of_node(node, underlay)
    for link in (subnet.cidr, _second_link(node, subnet)):
        if link is not None:
            namespace.routes.add(_default_route(_gateway(link, subnet)))


def _second_link(node: Node, subnet: Subnet) -> IPNetwork | None:
    """The subnet of the other IP version on a node's link, where the node has such an address."""
    other = next((address for address in node.addresses if address.version != subnet.cidr.version), None)
    return None if other is None else ip_network(f"{other}/{LINK_LENGTH[other.version]}", strict=False)


def _gateway(link: IPNetwork, subnet: Subnet) -> IPAddress:
    return subnet.gateway if link == subnet.cidr else link.network_address + 1


def _node_addresses(node: Node, underlay: Underlay) -> tuple[InterfaceAddress, ...]:
    subnet = subnet_of_node(node, underlay)
    return tuple(_on_link(address, subnet) for address in node.addresses)


def _on_link(address: IPAddress, subnet: Subnet) -> InterfaceAddress:
    """A node's address with its link's prefix; a further one of the same version but another range stands alone."""
    if address.version != subnet.cidr.version:
        return ip_interface(f"{address}/{LINK_LENGTH[address.version]}")
    prefix = subnet.cidr.prefixlen if address in subnet.cidr else address.max_prefixlen
    return ip_interface(f"{address}/{prefix}")


def _default_route(gateway: IPAddress) -> Route:
    return Route(destination=EVERYWHERE[gateway.version], gateway=gateway, device=NODE_DEVICE)
