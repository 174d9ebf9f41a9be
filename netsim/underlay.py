"""The network that the nodes stand in: a switch with one bridge a subnet, a router between them, a client outside.

    external ── router ──┬── br-rack-a ── n1, n2
                         └── br-rack-b ── n3

The router knows its own links only: what is addressed to a Pod or Service address, or to nobody, is answered with
ICMP network unreachable, as by a data-centre router that the cluster has no routing protocol with.
"""

from __future__ import annotations

from ipaddress import ip_interface, ip_network

from netsim.device_names import device_name, machine_mac, virtual_mac
from netsim.kubernetes.cluster import Cluster
from netsim.kubernetes.objects import Node
from netsim.kubernetes.settings import Subnet, Underlay
from netsim.linux.interfaces import Bridge, InterfaceAddress, Veth
from netsim.linux.namespace import NetworkNamespace, Socket
from netsim.linux.routing import Route
from netsim.network import Network
from netsim.packet import IPAddress, Protocol

SWITCH = "underlay"
ROUTER = "router"
EXTERNAL = "external"

OUTSIDE_SERVICES = ((Protocol.TCP, 80), (Protocol.TCP, 443), (Protocol.TCP, 53), (Protocol.UDP, 53))
"""What the machine outside serves, so that a packet to the world has somewhere to arrive."""


def build_underlay(network: Network, cluster: Cluster) -> None:
    """Add the switch, the router, the client outside and every node's own namespace with its ``eth0``.

    Raises InputError for a node whose first address is in none of the subnets or whose name the underlay needs.
    """
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
        address = ip_interface(f"{subnet.gateway}/{subnet.cidr.prefixlen}")
        _plug_in(network, router, device_name("eth-", subnet.name), (address,), subnet, underlay.mtu)
    _add_client(network, router, settings.external_client, underlay.mtu)
    for node in cluster.nodes:
        _add_node(network, node, underlay)


def bridge_name(subnet: Subnet) -> str:
    """The switch's bridge for a subnet."""
    return device_name("br-", subnet.name)


def _plug_in(
    network: Network, machine: NetworkNamespace, device: str, addresses: tuple[InterfaceAddress, ...], subnet: Subnet,
    mtu: int,
) -> None:  # fmt: skip
    """Cable ``device`` of a machine to a port of the subnet's bridge."""
    switch = network.namespaces[SWITCH]
    port = device_name("r-", subnet.name) if machine.name == ROUTER else device_name("p-", machine.name)
    network.connect(
        machine,
        Veth(
            name=device, mac=machine_mac(f"{machine.name}/{device}"), mtu=mtu, addresses=addresses,
            peer_namespace=SWITCH, peer_name=port,
        ),
        switch,
        Veth(
            name=port, mac=virtual_mac(f"{SWITCH}/{port}"), mtu=mtu, master=bridge_name(subnet),
            peer_namespace=machine.name, peer_name=device,
        ),
    )  # fmt: skip


def _add_client(network: Network, router: NetworkNamespace, client: IPAddress, mtu: int) -> None:
    link = ip_network(f"{client}/{24 if client.version == 4 else 64}", strict=False)
    gateway = link.network_address + (1 if client != link.network_address + 1 else 2)
    external = network.add(NetworkNamespace(EXTERNAL))
    network.connect(
        router,
        Veth(
            name="outside", mac=machine_mac(f"{ROUTER}/outside"), mtu=mtu,
            addresses=(ip_interface(f"{gateway}/{link.prefixlen}"),), peer_namespace=EXTERNAL, peer_name="eth0",
        ),
        external,
        Veth(
            name="eth0", mac=machine_mac(f"{EXTERNAL}/eth0"), mtu=mtu,
            addresses=(ip_interface(f"{client}/{link.prefixlen}"),), peer_namespace=ROUTER, peer_name="outside",
        ),
    )  # fmt: skip
    external.routes.add(_default_route(gateway))
    external.sockets += [Socket(protocol, port, "the machine outside") for protocol, port in OUTSIDE_SERVICES]


def _add_node(network: Network, node: Node, underlay: Underlay) -> None:
    if node.name in (SWITCH, ROUTER, EXTERNAL):
        raise node.meta.error("metadata.name", f"{node.name!r} is taken by a machine of the underlay; rename the node")
    if not node.addresses:
        raise node.meta.error("status.addresses", f"node {node.name} has no InternalIP")
    subnet = underlay.subnet_of(node.addresses[0])
    if subnet is None:
        known = ", ".join(str(subnet.cidr) for subnet in underlay.subnets)
        raise node.meta.error(
            "status.addresses",
            f"the address {node.addresses[0]} of node {node.name} is in no subnet of the underlay ({known})",
        )
    namespace = network.add(NetworkNamespace(node.name, node=node.name))
    addresses = tuple(_on_link(address, subnet) for address in node.addresses)
    _plug_in(network, namespace, "eth0", addresses, subnet, underlay.mtu)
    namespace.routes.add(_default_route(subnet.gateway))


def _on_link(address: IPAddress, subnet: Subnet) -> InterfaceAddress:
    """A node's address with its subnet's prefix; an address of another range stands alone."""
    prefix = subnet.cidr.prefixlen if address in subnet.cidr else address.max_prefixlen
    return ip_interface(f"{address}/{prefix}")


def _default_route(gateway: IPAddress) -> Route:
    everywhere = ip_network("0.0.0.0/0" if gateway.version == 4 else "::/0")
    return Route(destination=everywhere, gateway=gateway, device="eth0")
