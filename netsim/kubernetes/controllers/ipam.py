"""Pod addresses, as host-local IPAM gives them: from the node's range, .2 upwards, in the order in which Pods start.

Source: containernetworking/plugins, plugins/ipam/host-local: the first address of the range is the gateway's.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from netsim.kubernetes.controllers.ranges import one_per_family
from netsim.kubernetes.objects import IPAddress, IPNetwork, Node, Pod, PodPhase
from netsim.kubernetes.settings import ClusterNetwork, CniPlugin

HOST_LOCAL_PLUGINS = (CniPlugin.BRIDGE, CniPlugin.FLANNEL)
"""Plugins that can only use addresses of the node's own range; the others have an IPAM of their own."""


def assign_addresses(pods: tuple[Pod, ...], nodes: tuple[Node, ...], settings: ClusterNetwork) -> tuple[Pod, ...]:
    """Give an address of each family to each placed Pod that has none; a Pod for which none is left stays Pending.

    Raises InputError for a given address that is taken, or that no Pod on its node can have.
    """
    by_name = {node.name: node for node in nodes}
    taken: dict[IPAddress, str] = {ip: f"Node {node.name}" for node in nodes for ip in node.addresses}
    for pod in pods:
        if pod.node_name and not pod.host_network and not pod.finished:
            _claim(pod, by_name[pod.node_name], taken, settings)
    free = {(node.name, cidr): _addresses(cidr) for node in nodes for cidr in node.pod_cidrs}
    return tuple(_with_addresses(pod, by_name, free, taken) for pod in pods)


def _claim(pod: Pod, node: Node, taken: dict[IPAddress, str], settings: ClusterNetwork) -> None:
    for ip in pod.pod_ips:
        if ip in taken:
            raise pod.meta.error("status.podIP", f"{ip} is already the address of {taken[ip]}")
        ranges = [cidr for cidr in node.pod_cidrs if cidr.version == ip.version]
        if settings.cni.plugin in HOST_LOCAL_PLUGINS and not any(ip in cidr for cidr in ranges):
            wanted = ", ".join(map(str, node.pod_cidrs))
            message = f"{ip} is not in the podCIDR of Node {node.name}, which is {wanted}"
            raise pod.meta.error("status.podIP", message)
        if any(ip in (cidr[0], cidr[1]) for cidr in ranges):
            raise pod.meta.error("status.podIP", f"{ip} is the network or gateway address of Node {node.name}'s range")
        taken[ip] = f"Pod {pod.namespace}/{pod.name}"


def _addresses(cidr: IPNetwork) -> Iterator[IPAddress]:
    return (cidr[index] for index in range(2, cidr.num_addresses - 1))


def _with_addresses(
    pod: Pod,
    nodes: dict[str, Node],
    free: dict[tuple[str, IPNetwork], Iterator[IPAddress]],
    taken: dict[IPAddress, str],
) -> Pod:
    if not pod.node_name or pod.finished or pod.phase is PodPhase.PENDING:
        return pod
    node = nodes[pod.node_name]
    if pod.host_network:
        return replace(pod, pod_ips=one_per_family(node.addresses), host_ip=node.addresses[0])
    addresses = list(pod.pod_ips)
    for cidr in node.pod_cidrs if not addresses else ():
        address = next((ip for ip in free[node.name, cidr] if ip not in taken), None)
        if address is None:
            reason = f"failed to allocate for range 0: no IP addresses available in range set: {cidr[1]}-{cidr[-2]}"
            return replace(pod, phase=PodPhase.PENDING, ready=False, pending_reason=reason)
        taken[address] = f"Pod {pod.namespace}/{pod.name}"
        addresses.append(address)
    return replace(pod, pod_ips=tuple(addresses), host_ip=node.addresses[0])
