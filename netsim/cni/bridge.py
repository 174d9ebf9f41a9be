"""What the reference bridge plugin does on one node: a bridge that is the Pods' gateway, and a cable to each Pod.

Source: containernetworking/plugins plugins/main/bridge/bridge.go. Host ends are named ``veth`` and eight hexadecimal
digits (pkg/ip/link_linux.go RandomVethName); here the digits follow from the Pod's name instead of chance.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_interface, ip_network

from netsim.device_names import address_mac, name_hash, virtual_mac
from netsim.kubernetes.objects import Node, Pod
from netsim.linux.interfaces import Bridge, InterfaceAddress, Veth
from netsim.linux.namespace import NetworkNamespace
from netsim.linux.routing import IPNetwork, Route
from netsim.network import Network
from netsim.packet import IPAddress

BRIDGE = "cni0"


def gateway_of(subnet: IPNetwork) -> IPAddress:
    """The bridge's address: the first of the node's Pod subnet, as host-local's default gateway."""
    return subnet.network_address + 1


def add_bridge(node: NetworkNamespace, subnets: Iterable[IPNetwork], mtu: int) -> None:
    """Give a node its bridge, with an address in each Pod subnet, and let it forward."""
    addresses = tuple(ip_interface(f"{gateway_of(subnet)}/{subnet.prefixlen}") for subnet in subnets)
    node.add_interface(Bridge(name=BRIDGE, mac=address_mac(addresses[0].ip), mtu=mtu, addresses=addresses))
    node.sysctls["net.ipv4.ip_forward"] = 1
    if any(address.version == 6 for address in addresses):
        node.sysctls["net.ipv6.conf.all.forwarding"] = 1


def pod_namespace_name(pod: Pod) -> str:
    """The name of a Pod's own network namespace."""
    return f"{pod.namespace}/{pod.name}"


def host_device(pod: Pod) -> str:
    """The node's end of a Pod's cable."""
    return f"veth{name_hash(pod_namespace_name(pod), 8)}"


def add_pod(
    network: Network, node: Node, pod: Pod, subnets: tuple[IPNetwork, ...], cluster_ranges: tuple[IPNetwork, ...],
    mtu: int,
) -> NetworkNamespace:  # fmt: skip
    """Make a Pod's namespace, plug its ``eth0`` into the node's bridge and route ``cluster_ranges`` and the default
    through it (isDefaultGateway, hairpinMode).

    Raises InputError for a Pod address outside the node's Pod subnets.
    """
    name = pod_namespace_name(pod)
    namespace = network.add(NetworkNamespace(name, node=node.name, pod=(pod.namespace, pod.name)))
    addresses = tuple(_address_on_link(pod, node, address, subnets) for address in pod.pod_ips)
    host_end = host_device(pod)
    network.connect(
        namespace,
        Veth(
            name="eth0", mac=address_mac(addresses[0].ip), mtu=mtu, addresses=addresses,
            peer_namespace=node.name, peer_name=host_end,
        ),
        network.namespaces[node.name],
        Veth(
            name=host_end, mac=virtual_mac(f"{node.name}/{host_end}"), mtu=mtu, master=BRIDGE, hairpin=True,
            peer_namespace=name, peer_name="eth0",
        ),
    )  # fmt: skip
    _add_routes(namespace, addresses, cluster_ranges)
    return namespace


def _address_on_link(pod: Pod, node: Node, address: IPAddress, subnets: tuple[IPNetwork, ...]) -> InterfaceAddress:
    for subnet in subnets:
        if address in subnet:
            return ip_interface(f"{address}/{subnet.prefixlen}")
    listed = ", ".join(str(subnet) for subnet in subnets)
    raise pod.meta.error("status.podIP", f"{address} is outside the Pod range of its node {node.name} ({listed})")


def _add_routes(
    namespace: NetworkNamespace, addresses: tuple[InterfaceAddress, ...], cluster_ranges: tuple[IPNetwork, ...]
) -> None:
    for address in addresses:
        gateway = gateway_of(address.network)
        for destination in (_everywhere(address.version), *cluster_ranges):
            if destination.version == address.version:
                namespace.routes.add(Route(destination=destination, gateway=gateway, device="eth0"))


def _everywhere(version: int) -> IPNetwork:
    return ip_network("0.0.0.0/0" if version == 4 else "::/0")
