"""The range of Pod addresses of each node, as kube-controller-manager's node IPAM controller gives them out."""

from __future__ import annotations

from dataclasses import replace

from netsim.kubernetes.controllers.ranges import block_around, contains, overlap, smallest_cover
from netsim.kubernetes.objects import IPAddress, IPNetwork, Node, Pod
from netsim.kubernetes.settings import ClusterNetwork

NODE_MASK = {4: 24, 6: 64}
"""kube-controller-manager's --node-cidr-mask-size-ipv4 and -ipv6."""
WIDEST_POD_CIDR = {4: 16, 6: 56}


def assign_pod_cidrs(
    nodes: tuple[Node, ...], pods: tuple[Pod, ...], settings: ClusterNetwork
) -> tuple[tuple[Node, ...], ClusterNetwork]:
    """Give each node a range of each Pod CIDR: its own, the one that its Pods are in, or the next that is free.

    Where the files do not give the Pod CIDR, it becomes the one that the given ranges and addresses imply. Raises
    InputError for a range outside the Pod CIDR, for one that overlaps another, and where there is no room.
    """
    if "podCIDR" not in settings.written:
        settings = replace(settings, pod_cidrs=_implied_pod_cidrs(nodes, pods, settings.pod_cidrs))
    allocator = _Allocator(settings)
    known = [_given_or_inferred(node, pods, settings) for node in nodes]
    for node, cidrs in zip(nodes, known, strict=True):
        allocator.claim(node, cidrs)
    completed = (
        replace(node, pod_cidrs=allocator.complete(node, cidrs)) for node, cidrs in zip(nodes, known, strict=True)
    )
    return tuple(completed), settings


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


def _given_or_inferred(node: Node, pods: tuple[Pod, ...], settings: ClusterNetwork) -> tuple[IPNetwork, ...]:
    """Return the node's ranges as written; else, for each Pod CIDR, the lowest block that its Pods are in."""
    if node.pod_cidrs:
        return node.pod_cidrs
    addresses = [ip for pod in pods if pod.node_name == node.name for ip in _own_addresses(pod)]
    lowest = {
        pod_cidr: min((ip for ip in addresses if ip in pod_cidr), key=int, default=None)
        for pod_cidr in settings.pod_cidrs
    }
    return tuple(block_around(ip, _node_mask(pod_cidr)) for pod_cidr, ip in lowest.items() if ip is not None)


class _Allocator:
    """The ranges that are taken, each with the node that has it."""

    def __init__(self, settings: ClusterNetwork) -> None:
        self.settings = settings
        self.taken: dict[IPNetwork, str] = {}

    def claim(self, node: Node, cidrs: tuple[IPNetwork, ...]) -> None:
        for cidr in cidrs:
            if not any(contains(pod_cidr, cidr) for pod_cidr in self.settings.pod_cidrs):
                ranges = ", ".join(map(str, self.settings.pod_cidrs))
                raise node.meta.error("spec.podCIDR", f"{cidr} is not in the cluster's podCIDR, which is {ranges}")
            for other, owner in self.taken.items():
                if overlap(cidr, other):
                    message = f"{cidr} of Node {node.name} overlaps {other} of Node {owner}"
                    raise node.meta.error("spec.podCIDR", message)
            self.taken[cidr] = node.name

    def complete(self, node: Node, cidrs: tuple[IPNetwork, ...]) -> tuple[IPNetwork, ...]:
        """Return the ranges of a node in the order of the Pod CIDRs; one with ranges of its own gets no others."""
        if node.pod_cidrs:
            return cidrs
        known = {cidr.version: cidr for cidr in cidrs}
        return tuple(known.get(pod_cidr.version) or self._next(pod_cidr, node) for pod_cidr in self.settings.pod_cidrs)

    def _next(self, pod_cidr: IPNetwork, node: Node) -> IPNetwork:
        for candidate in pod_cidr.subnets(new_prefix=_node_mask(pod_cidr)):
            if not any(overlap(candidate, other) for other in self.taken):
                self.taken[candidate] = node.name
                return candidate
        message = f"{pod_cidr} has no /{_node_mask(pod_cidr)} left for Node {node.name}"
        raise self.settings.source.error("spec.podCIDR", message)
