"""What the reference bridge plugin does on one node: a bridge that is the Pods' gateway, and a cable to each Pod.

Source: containernetworking/plugins plugins/main/bridge/bridge.go. Host ends are named ``veth`` and eight hexadecimal
digits (pkg/ip/link_linux.go RandomVethName); here the digits follow from the Pod's name instead of chance.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_interface

from netsim.cni.plugin import pod_namespace_name
from netsim.device_names import address_mac, name_hash, virtual_mac
from netsim.kubernetes.objects import Node, Pod
from netsim.linux.interfaces import Bridge, InterfaceAddress, Veth
from netsim.linux.namespace import NetworkNamespace
from netsim.linux.routing import EVERYWHERE, IPNetwork, Route
from netsim.network import Outline
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


def host_device(pod: Pod) -> str:
    """The node's end of a Pod's cable."""
    return f"veth{name_hash(pod_namespace_name(pod), 8)}"


def pod_outline(pod: Pod, node: Node, subnets: tuple[IPNetwork, ...]) -> Outline:
    """A Pod as its node knows it; InputError for an address outside the node's Pod subnets."""
    addresses = tuple(_address_on_link(pod, node, address, subnets) for address in pod.pod_ips)
    return Outline(
        pod_namespace_name(pod), node=node.name, pod=pod.key,
        plugs=(("eth0", address_mac(addresses[0].ip)),), addresses=addresses,
    )  # fmt: skip


def plug_in_pod(node: NetworkNamespace, pod: Pod, mtu: int, *, hairpin: bool = True) -> None:
    """The node's end of a Pod's cable, a port of the bridge; ``hairpin`` is hairpinMode."""
    name = host_device(pod)
    node.add_interface(
        Veth(
            name=name, mac=virtual_mac(f"{node.name}/{name}"), mtu=mtu, master=BRIDGE, hairpin=hairpin,
            peer_namespace=pod_namespace_name(pod), peer_name="eth0",
        )
    )  # fmt: skip


def plan_pod_on_bridge(
    namespace: NetworkNamespace, pod: Pod, outline: Outline, cluster_ranges: tuple[IPNetwork, ...], mtu: int
) -> None:
    """A Pod's end: ``eth0``, with ``cluster_ranges`` and everything else behind the bridge (isDefaultGateway)."""
    ((device, mac),) = outline.plugs
    namespace.add_interface(
        Veth(
            name=device, mac=mac, mtu=mtu, addresses=outline.addresses,
            peer_namespace=pod.node_name, peer_name=host_device(pod),
        )
    )  # fmt: skip
    _add_routes(namespace, outline.addresses, cluster_ranges)


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
        for destination in (EVERYWHERE[address.version], *cluster_ranges):
            if destination.version == address.version:
                namespace.routes.add(Route(destination=destination, gateway=gateway, device="eth0"))
