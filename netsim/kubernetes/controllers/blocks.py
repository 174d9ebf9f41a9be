"""The ranges of plugins that ignore ``spec.podCIDR``: Calico's blocks and Weave's shares of the Pod CIDR.

Sources: projectcalico/calico libcalico-go/lib/ipam (a block belongs to the node that it has an affinity to; further
blocks are claimed when those are full), where the order of free blocks is drawn from the node's name and here is
ascending; weaveworks/weave ipam/ring (peers start with equal parts of the range).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping

from netsim.kubernetes.controllers.ranges import block_around, overlap
from netsim.kubernetes.objects import IPAddress, IPNetwork, Node, Pod
from netsim.kubernetes.settings import ClusterNetwork

BLOCK_LENGTH = {4: 26, 6: 122}
"""``blockSize`` of an IPPool, unless the pool says otherwise."""
WITHOUT_TUNNEL = "none"
"""The backend of Calico whose nodes need no address for a tunnel device."""

Affinities = Mapping[str, tuple[IPNetwork, ...]]


def block_affinities(nodes: tuple[Node, ...], pods: tuple[Pod, ...], settings: ClusterNetwork) -> Affinities:
    """The blocks of each node, ascending: those that most of the Pods in them are on, and for a node that has none of
    a family the next free one of the pool.

    A Pod in another node's block has borrowed its address.
    """
    owned: defaultdict[str, list[IPNetwork]] = defaultdict(list)
    for block, users in _users(pods).items():
        owned[users.most_common(1)[0][0]].append(block)
    free = free_blocks(settings, [block for blocks in owned.values() for block in blocks])
    for node in nodes:
        for pool in settings.pod_cidrs:
            if all(block.version != pool.version for block in owned[node.name]):
                owned[node.name] += [block for block in (next(free[pool], None),) if block is not None]
    return {name: tuple(sorted(blocks, key=lambda b: (b.version, int(b[0])))) for name, blocks in owned.items()}


def _users(pods: tuple[Pod, ...]) -> Mapping[IPNetwork, Counter[str]]:
    """How many Pods of each node are in each block."""
    users: defaultdict[IPNetwork, Counter[str]] = defaultdict(Counter)
    for pod in pods:
        if pod.node_name and not pod.host_network and not pod.finished:
            for address in pod.pod_ips:
                users[block_around(address, BLOCK_LENGTH[address.version])][pod.node_name] += 1
    return users


def free_blocks(settings: ClusterNetwork, taken: list[IPNetwork]) -> dict[IPNetwork, Iterator[IPNetwork]]:
    """For each pool the blocks that nobody has, each to be given out once."""
    return {pool: _free(pool, taken) for pool in settings.pod_cidrs}


def _free(pool: IPNetwork, taken: list[IPNetwork]) -> Iterator[IPNetwork]:
    used = [block for block in taken if overlap(block, pool)]
    length = max(BLOCK_LENGTH[pool.version], pool.prefixlen)
    return (block for block in pool.subnets(new_prefix=length) if not any(overlap(block, each) for each in used))


def tunnel_addresses(
    affinities: Affinities, pods: tuple[Pod, ...], settings: ClusterNetwork
) -> Mapping[str, tuple[IPAddress, ...]]:
    """The address of each node's tunnel device in each family: the lowest one of its blocks that no Pod has."""
    if settings.cni.backend == WITHOUT_TUNNEL:
        return dict.fromkeys(affinities, ())
    taken = {address for pod in pods if not pod.host_network and not pod.finished for address in pod.pod_ips}
    return {node: tuple(_lowest(blocks, taken)) for node, blocks in affinities.items()}


def _lowest(blocks: tuple[IPNetwork, ...], taken: set[IPAddress]) -> Iterator[IPAddress]:
    for version in (4, 6):
        unused = (a for block in blocks if block.version == version for a in block if a not in taken)
        address = next(unused, None)
        if address is not None:
            yield address


def shares(nodes: tuple[Node, ...], pool: IPNetwork) -> Mapping[str, IPNetwork]:
    """The part of the pool that each node gives addresses from: equal parts, as many as the next power of two."""
    bits = (len(nodes) - 1).bit_length()
    parts: Iterator[IPNetwork] = pool.subnets(prefixlen_diff=min(bits, pool.max_prefixlen - pool.prefixlen))
    return {node.name: part for node, part in zip(nodes, parts, strict=False)}


def first_addresses(nodes: tuple[Node, ...], pods: tuple[Pod, ...], pool: IPNetwork) -> Mapping[str, IPAddress]:
    """The address of each node's bridge: the first of its share that no Pod has, and that is not the pool's own."""
    taken = {address for pod in pods if not pod.host_network and not pod.finished for address in pod.pod_ips}
    taken |= {pool[0], pool[-1]}
    found = {name: next((a for a in share if a not in taken), None) for name, share in shares(nodes, pool).items()}
    return {name: address for name, address in found.items() if address is not None}
