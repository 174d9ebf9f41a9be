"""Pod addresses, in the order in which Pods start: as host-local IPAM gives them, from the node's range, .2 upwards,
and as Calico and Weave do, which know nothing of the nodes' ranges.

Sources: containernetworking/plugins, plugins/ipam/host-local (the first address of the range is the gateway's), and
those of ``blocks``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain

from netsim.kubernetes.controllers.blocks import (
    WITHOUT_TUNNEL,
    block_affinities,
    first_addresses,
    free_blocks,
    shares,
    tunnel_addresses,
)
from netsim.kubernetes.controllers.pod_cidrs import OWN_RANGES
from netsim.kubernetes.controllers.ranges import one_per_family
from netsim.kubernetes.objects import IPAddress, IPNetwork, Node, Pod, PodPhase
from netsim.kubernetes.settings import ClusterNetwork, CniPlugin

HOST_LOCAL_PLUGINS = (CniPlugin.BRIDGE, CniPlugin.FLANNEL)
"""Plugins that can only use addresses of the node's own range."""


SMALLEST_RANGE = 4
"""Network, gateway, one Pod, broadcast (Canonicalize in containernetworking/plugins host-local/backend/allocator)."""


@dataclass(frozen=True, slots=True)
class Source:
    """Addresses of one family for one node, best first, and what the plugin says when none is left."""

    addresses: Iterator[IPAddress]
    exhausted: str


Sources = Mapping[str, tuple[Source, ...]]


def assign_addresses(pods: tuple[Pod, ...], nodes: tuple[Node, ...], settings: ClusterNetwork) -> tuple[Pod, ...]:
    """Give an address of each family to each placed Pod that has none; a Pod for which none is left stays Pending.

    Raises InputError for a given address that is taken, or that no Pod on its node can have.
    """
    by_name = {node.name: node for node in nodes}
    taken: dict[IPAddress, str] = {ip: f"Node {node.name}" for node in nodes for ip in node.addresses}
    for pod in pods:
        if pod.node_name and not pod.host_network and not pod.finished:
            _claim(pod, by_name[pod.node_name], taken, settings)
    match settings.cni.plugin:
        case CniPlugin.CALICO:
            sources = _calico_sources(pods, nodes, settings)
        case CniPlugin.WEAVE:
            sources = _weave_sources(pods, nodes, settings)
        case _:
            sources = {node.name: tuple(_host_local(node, cidr) for cidr in node.pod_cidrs) for node in nodes}
    return tuple(_with_addresses(pod, by_name, sources, taken) for pod in pods)


def _host_local(node: Node, cidr: IPNetwork) -> Source:
    if cidr.num_addresses < SMALLEST_RANGE:
        raise node.meta.error(
            "spec.podCIDR", f"{cidr} is too small: host-local needs at least {SMALLEST_RANGE} addresses"
        )
    addresses = (cidr[index] for index in range(2, cidr.num_addresses - 1))
    exhausted = f"failed to allocate for range 0: no IP addresses available in range set: {cidr[1]}-{cidr[-2]}"
    return Source(addresses, exhausted)


def _calico_sources(pods: tuple[Pod, ...], nodes: tuple[Node, ...], settings: ClusterNetwork) -> Sources:
    """The rest of a node's blocks, then new blocks, where a tunnel keeps the first address of each."""
    affinities = block_affinities(nodes, pods, settings)
    tunnels = {address for own in tunnel_addresses(affinities, pods, settings).values() for address in own}
    free = free_blocks(settings, [block for blocks in affinities.values() for block in blocks])
    first = 0 if settings.cni.backend == WITHOUT_TUNNEL else 1

    def source(blocks: tuple[IPNetwork, ...], pool: IPNetwork) -> Source:
        own = (a for block in blocks if block.version == pool.version for a in block if a not in tunnels)
        claimed = (block[index] for block in free[pool] for index in range(first, block.num_addresses))
        exhausted = f"failed to request IPv{pool.version} addresses: no blocks of {pool} are free"
        return Source(chain(own, claimed), exhausted)

    return {node.name: tuple(source(affinities[node.name], pool) for pool in settings.pod_cidrs) for node in nodes}


def _weave_sources(pods: tuple[Pod, ...], nodes: tuple[Node, ...], settings: ClusterNetwork) -> Sources:
    """A node's share of the range, but for the address of its bridge."""
    (pool, *_) = settings.pod_cidrs
    kept = {pool[0], pool[-1], *first_addresses(nodes, pods, pool).values()}

    def source(share: Iterable[IPAddress]) -> Source:
        return Source((a for a in share if a not in kept), f"no address of {pool} is left for this peer")

    parts = shares(nodes, pool)
    return {node.name: (source(parts.get(node.name, ())),) for node in nodes}


def _claim(pod: Pod, node: Node, taken: dict[IPAddress, str], settings: ClusterNetwork) -> None:
    for ip in pod.pod_ips:
        if ip in taken:
            raise pod.meta.error("status.podIP", f"{ip} is already the address of {taken[ip]}")
        ranges = [cidr for cidr in node.pod_cidrs if cidr.version == ip.version]
        if settings.cni.plugin in HOST_LOCAL_PLUGINS and not any(ip in cidr for cidr in ranges):
            wanted = ", ".join(map(str, node.pod_cidrs))
            message = f"{ip} is not in the podCIDR of Node {node.name}, which is {wanted}"
            raise pod.meta.error("status.podIP", message)
        if settings.cni.plugin not in OWN_RANGES and any(ip in (cidr[0], cidr[1]) for cidr in ranges):
            raise pod.meta.error("status.podIP", f"{ip} is the network or gateway address of Node {node.name}'s range")
        taken[ip] = f"Pod {pod.namespace}/{pod.name}"


def _with_addresses(pod: Pod, nodes: dict[str, Node], sources: Sources, taken: dict[IPAddress, str]) -> Pod:
    if not pod.node_name or pod.finished or pod.phase is PodPhase.PENDING:
        return pod
    node = nodes[pod.node_name]
    if pod.host_network:
        return replace(pod, pod_ips=one_per_family(node.addresses), host_ip=node.addresses[0])
    addresses = list(pod.pod_ips)
    for source in sources[node.name] if not addresses else ():
        address = next((ip for ip in source.addresses if ip not in taken), None)
        if address is None:
            return replace(pod, phase=PodPhase.PENDING, ready=False, pending_reason=source.exhausted)
        taken[address] = f"Pod {pod.namespace}/{pod.name}"
        addresses.append(address)
    return replace(pod, pod_ips=tuple(addresses), host_ip=node.addresses[0])
