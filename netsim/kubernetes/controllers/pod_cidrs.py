"""The range of Pod addresses of each node, as kube-controller-manager's node IPAM controller gives them out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from netsim.kubernetes.controllers.ranges import block_around, contains, overlap, smallest_cover
from netsim.kubernetes.objects import IPAddress, IPNetwork, Node, Pod
from netsim.kubernetes.settings import ClusterNetwork, CniPlugin

OWN_RANGES = (CniPlugin.CALICO, CniPlugin.WEAVE)
"""Plugins that give addresses without looking at the nodes' ranges."""
NODE_MASK = {4: 24, 6: 64}
"""kube-controller-manager's --node-cidr-mask-size-ipv4 and -ipv6."""
WIDEST_POD_CIDR = {4: 16, 6: 56}


def assign_pod_cidrs(
    nodes: tuple[Node, ...], pods: tuple[Pod, ...], settings: ClusterNetwork
) -> tuple[tuple[Node, ...], ClusterNetwork]:
    """Give each node a range of each Pod CIDR: its own, the one that its Pods are in, or the next that is free.

    Where the plugin has ranges of its own, Pods tell nothing, and a node's range may lie anywhere.

    Where the files do not give the Pod CIDR, it becomes the one that the given ranges and addresses imply. Raises
    InputError for a range outside the Pod CIDR, for one that overlaps another, and where there is no room.
    """
    if "podCIDR" not in settings.written:
        given = () if settings.cni.plugin is CniPlugin.WEAVE else nodes
        settings = replace(settings, pod_cidrs=_implied_pod_cidrs(given, pods, settings.pod_cidrs))
    on_node: defaultdict[str, list[IPAddress]] = defaultdict(list)
    for pod in pods:
        on_node[pod.node_name] += _own_addresses(pod)
    tells = settings.cni.plugin not in OWN_RANGES
    known = {node.name: node.pod_cidrs or (_inferred(on_node[node.name], settings) if tells else ()) for node in nodes}
    _check(nodes, known, settings.pod_cidrs if tells else ())
    free = _FreeBlocks(settings, [cidr for cidrs in known.values() for cidr in cidrs])
    return tuple(
        replace(node, pod_cidrs=node.pod_cidrs or free.complete(node, known[node.name])) for node in nodes
    ), settings


def _implied_pod_cidrs(
    nodes: tuple[Node, ...], pods: tuple[Pod, ...], defaults: tuple[IPNetwork, ...]
) -> tuple[IPNetwork, ...]:
    """Keep the defaults if what is given fits into them, else cover what is given."""
    given = [cidr for node in nodes for cidr in node.pod_cidrs]
    given += [block_around(ip, NODE_MASK[ip.version]) for pod in pods for ip in _own_addresses(pod)]
    implied: list[IPNetwork] = []
    for version in (4, 6):
        of_family = [cidr for cidr in given if cidr.version == version]
        if all(any(contains(default, cidr) for default in defaults) for cidr in of_family):
            implied += [default for default in defaults if default.version == version]
        else:
            implied.append(smallest_cover(of_family, WIDEST_POD_CIDR[version]))
    return tuple(implied)


def _own_addresses(pod: Pod) -> tuple[IPAddress, ...]:
    return () if pod.host_network or pod.finished else pod.pod_ips


def _node_mask(pod_cidr: IPNetwork) -> int:
    return max(NODE_MASK[pod_cidr.version], pod_cidr.prefixlen)


def _inferred(addresses: list[IPAddress], settings: ClusterNetwork) -> tuple[IPNetwork, ...]:
    """Return, for each Pod CIDR, the lowest block that Pods of a node have addresses in."""
    lowest = {
        pod_cidr: min((ip for ip in addresses if ip in pod_cidr), key=int, default=None)
        for pod_cidr in settings.pod_cidrs
    }
    return tuple(block_around(ip, _node_mask(pod_cidr)) for pod_cidr, ip in lowest.items() if ip is not None)


def _check(nodes: tuple[Node, ...], known: dict[str, tuple[IPNetwork, ...]], pod_cidrs: tuple[IPNetwork, ...]) -> None:
    """Refuse ranges outside the Pod CIDRs, where there are any to keep to, and two that overlap: networks nest, so in
    order they are neighbors."""
    ranges = [(cidr, node) for node in nodes for cidr in known[node.name]]
    for cidr, node in ranges:
        if pod_cidrs and not any(contains(pod_cidr, cidr) for pod_cidr in pod_cidrs):
            allowed = ", ".join(map(str, pod_cidrs))
            raise node.meta.error("spec.podCIDR", f"{cidr} is not in the cluster's podCIDR, which is {allowed}")
    ranges.sort(key=lambda each: (each[0].version, int(each[0].network_address), each[0].prefixlen))
    for (cidr, owner), (other, node) in pairwise(ranges):
        if overlap(cidr, other):
            message = f"{other} of Node {node.name} overlaps {cidr} of Node {owner.name}"
            raise node.meta.error("spec.podCIDR", message)


class _FreeBlocks:
    """The blocks of each Pod CIDR that no node has, each given out once."""

    def __init__(self, settings: ClusterNetwork, taken: list[IPNetwork]) -> None:
        self.settings = settings
        self.blocks = {pod_cidr: _free_blocks(pod_cidr, taken) for pod_cidr in settings.pod_cidrs}

    def complete(self, node: Node, known: tuple[IPNetwork, ...]) -> tuple[IPNetwork, ...]:
        """Return the ranges of a node, one of each Pod CIDR; `known` are those that it has."""
        by_version: dict[int, IPNetwork] = {cidr.version: cidr for cidr in known}
        return tuple(by_version.get(cidr.version) or self._next(cidr, node) for cidr in self.settings.pod_cidrs)

    def _next(self, pod_cidr: IPNetwork, node: Node) -> IPNetwork:
        block = next(self.blocks[pod_cidr], None)
        if block is None:
            message = f"{pod_cidr} has no /{_node_mask(pod_cidr)} left for Node {node.name}"
            raise self.settings.source.error("spec.podCIDR", message)
        return block


def _free_blocks(pod_cidr: IPNetwork, taken: list[IPNetwork]) -> Iterator[IPNetwork]:
    mask = _node_mask(pod_cidr)
    wide = [cidr for cidr in taken if cidr.version == pod_cidr.version and cidr.prefixlen < mask]
    used = {block_around(c.network_address, mask) for c in taken if c.version == pod_cidr.version and c not in wide}
    for block in pod_cidr.subnets(new_prefix=mask):
        if block not in used and not any(contains(cidr, block) for cidr in wide):
            yield block
