"""Nodes: the three there are where the files have none, their addresses in the underlay, and their Pod ranges."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from itertools import chain, count

from netsim.kubernetes.controllers.pod_cidrs import assign_pod_cidrs
from netsim.kubernetes.controllers.ranges import block_around, one_per_family, smallest_cover
from netsim.kubernetes.objects import HOSTNAME_LABEL, IPAddress, IPNetwork, Node, ObjectMeta, Pod
from netsim.kubernetes.settings import ClusterNetwork, Subnet

DEFAULT_NAMES = ("node1", "node2", "node3")
FIRST_HOST = 11
MAX_NODES = 200
SUBNET_LENGTH = {4: 24, 6: 64}
WIDEST_SUBNET = {4: 16, 6: 48}


def complete_nodes(
    written: tuple[Node, ...], pods: tuple[Pod, ...], settings: ClusterNetwork
) -> tuple[tuple[Node, ...], ClusterNetwork]:
    """Return the nodes with labels, addresses and Pod ranges, and the settings with the ranges that nodes imply.

    Raises InputError for an address or range that is taken, lies outside its network or finds no room.
    """
    nodes = written or _nodes_named_by(pods) or tuple(Node(meta=ObjectMeta(name)) for name in DEFAULT_NAMES)
    if len(nodes) > MAX_NODES:
        raise nodes[MAX_NODES].meta.error("", f"more than the {MAX_NODES} Nodes that a cluster may have")
    nodes = tuple(_with_labels(node) for node in nodes)
    settings = _with_underlay(nodes, settings)
    nodes = _with_addresses(nodes, settings)
    _check_addresses(nodes, settings)
    return assign_pod_cidrs(nodes, pods, settings)


def _nodes_named_by(pods: tuple[Pod, ...]) -> tuple[Node, ...]:
    """Make the nodes that running Pods of a dump stand on, where the dump has no nodes: status.hostIP tells them."""
    found: dict[str, Node] = {}
    for pod in pods:
        if pod.node_name and pod.host_ip is not None:
            meta = ObjectMeta(pod.node_name, source=pod.meta.source)
            found.setdefault(pod.node_name, Node(meta=meta, addresses=(pod.host_ip,)))
    return tuple(found[name] for name in sorted(found))


def _with_labels(node: Node) -> Node:
    """Add the labels that a kubelet gives its node."""
    own = {HOSTNAME_LABEL: node.name, "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64"}
    return replace(node, meta=replace(node.meta, labels=own | dict(node.meta.labels)))


def _with_underlay(nodes: tuple[Node, ...], settings: ClusterNetwork) -> ClusterNetwork:
    """Take the underlay from the nodes' addresses where the files do not describe it and the default does not fit."""
    primary = [address for node in nodes for address in one_per_family(node.addresses)]
    if "underlay" in settings.written or all(settings.underlay.subnet_of(address) for address in primary):
        return settings
    taken = {address for node in nodes for address in node.addresses}
    subnets = [
        subnet
        for version, name in ((4, "underlay"), (6, "underlay6"))
        for subnet in _subnets_around([address for address in primary if address.version == version], name, taken)
    ]
    return replace(settings, underlay=replace(settings.underlay, subnets=tuple(subnets)))


def _subnets_around(addresses: list[IPAddress], name: str, taken: Collection[IPAddress]) -> list[Subnet]:
    """Make one subnet for all addresses, which have one family, or one for each block if they are too far apart."""
    if not addresses:
        return []
    version = addresses[0].version
    blocks = list(dict.fromkeys(block_around(address, SUBNET_LENGTH[version]) for address in addresses))
    cover = smallest_cover(blocks, SUBNET_LENGTH[version])
    if cover.prefixlen >= WIDEST_SUBNET[version]:
        return [Subnet(name, cover, _free_gateway(cover, taken))]
    return [Subnet(f"{name}-{n}", block, _free_gateway(block, taken)) for n, block in enumerate(blocks, 1)]


def _free_gateway(block: IPNetwork, taken: Collection[IPAddress]) -> IPAddress:
    """Take the first host of a subnet, or the last that no node has."""
    return next(block[index] for index in chain((1,), count(-2, -1)) if block[index] not in taken)


def _with_addresses(nodes: tuple[Node, ...], settings: ClusterNetwork) -> tuple[Node, ...]:
    """Give each node without an InternalIP the next free address of the first subnet, from .11 on."""
    subnet = settings.underlay.subnets[0]
    taken = {address for node in nodes for address in node.addresses} | {subnet.gateway}
    free = (address for address in _hosts(subnet.cidr) if address not in taken)
    completed = []
    for node in nodes:
        address = None if node.addresses else next(free, None)
        if not node.addresses and address is None:
            message = f"{subnet.cidr} has no address left for Node {node.name}"
            raise settings.source.error("spec.underlay", message)
        completed.append(node if address is None else replace(node, addresses=(address,)))
    return tuple(completed)


def _hosts(cidr: IPNetwork) -> Iterator[IPAddress]:
    first = FIRST_HOST if cidr.num_addresses > 2 * FIRST_HOST else 2
    return (cidr[index] for index in range(first, cidr.num_addresses - 1))


def _check_addresses(nodes: tuple[Node, ...], settings: ClusterNetwork) -> None:
    owners: dict[IPAddress, str] = {s.gateway: f"the router in subnet {s.name}" for s in settings.underlay.subnets}
    for node in nodes:
        for address in node.addresses:
            if address in owners:
                message = f"{address} is already the address of {owners[address]}"
                raise node.meta.error("status.addresses", message)
            owners[address] = f"Node {node.name}"
        if settings.underlay.subnet_of(node.addresses[0]) is None:
            subnets = ", ".join(str(subnet.cidr) for subnet in settings.underlay.subnets)
            message = f"{node.addresses[0]} is not in the underlay, which is {subnets}"
            raise node.meta.error("status.addresses", message)
