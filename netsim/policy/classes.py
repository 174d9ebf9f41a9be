"""Pods that no policy can tell apart, as one class; sets of classes are the bits of a Python int.

Pods are first grouped by what is cheap to read (their namespace and the labels that some selector mentions), then
groups that every selector treats alike become one class. So the work grows with the number of different Pods.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from hashlib import blake2b
from operator import and_, or_
from typing import NamedTuple

from netsim.kubernetes.objects import IPAddress, Pod, Protocol
from netsim.kubernetes.policies import IPBlock
from netsim.kubernetes.selectors import LabelSelector, Operator, Requirement
from netsim.policy.compiled import CompiledPolicy, Peer, PolicySet, Selection
from netsim.policy.parties import NamedPort, named_ports

OTHER = ""
"""Stands for a label value that no selector mentions; a mentioned one has a "=" before it."""

PortTable = tuple[tuple[str, Protocol, tuple[NamedPort, ...]], ...]
"""What the names of ports that some policy uses mean in a Pod."""


class Kind(NamedTuple):
    """What policies can see of a Pod. ``node`` is "" unless it uses its node's network."""

    namespace: str
    labels: tuple[tuple[str, str], ...]
    block: int
    ports: PortTable
    node: str


@dataclass(frozen=True, slots=True)
class PodClass:
    """``members`` are indexes of Pods; ``kind`` is that of the first of them."""

    members: tuple[int, ...]
    kind: Kind

    @property
    def on_host_network(self) -> bool:
        return bool(self.kind.node)


def bits(mask: int) -> Iterator[int]:
    """The positions of the ones."""
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest


def columns(masks: Sequence[int], width: int) -> Iterator[tuple[str, ...]]:
    """For each of ``width`` positions the column of "0" and "1" that the masks have there."""
    if not masks:
        return iter([()] * width)
    return zip(*(format(mask, f"0{width}b")[::-1] for mask in masks), strict=True)


class AddressBlocks:
    """All address blocks of a set of policies, cut where any of them begins or ends."""

    def __init__(self, blocks: Iterable[IPBlock]) -> None:
        self._starts: list[tuple[int, int]] = sorted(
            {
                edge
                for block in blocks
                for network in (block.cidr, *block.excepts)
                for edge in (
                    (network.version, int(network.network_address)),
                    (network.version, int(network.broadcast_address) + 1),
                )
            }
        )

    def piece(self, address: IPAddress) -> int:
        """The number of the piece that an address lies in: each block holds a piece wholly or not at all."""
        return bisect_right(self._starts, (address.version, int(address)))

    def pieces(self, block: IPBlock) -> set[int]:
        held = self._range(block.cidr.version, int(block.cidr.network_address), int(block.cidr.broadcast_address))
        for inner in block.excepts:
            held -= self._range(inner.version, int(inner.network_address), int(inner.broadcast_address))
        return held

    def _range(self, version: int, first: int, last: int) -> set[int]:
        return set(range(bisect_right(self._starts, (version, first)), bisect_right(self._starts, (version, last)) + 1))


class Classes:
    """The classes of a list of Pods under a set of policies, and what each selector and block means in them."""

    def __init__(self, pods: Sequence[Pod], policies: PolicySet) -> None:
        self._every_policy = [policy for of_direction in policies.values() for policy in of_direction]
        peers = [peer for policy in self._every_policy for rule in policy.rules for peer in rule.peers]
        self._selections = _unique([p.subject for p in self._every_policy] + [p.pods for p in peers if p.pods])
        self._blocks = AddressBlocks(block for peer in peers for block in peer.blocks)
        groups = _grouped(pods, self._selections, self._blocks, _port_names(self._every_policy))
        merged = self._merged(groups, peers)
        self.classes = tuple(PodClass(tuple(members), kind) for kind, members in merged)
        self._index = _Index([each.kind for each in self.classes], self._blocks)
        self.everybody = (1 << len(self.classes)) - 1
        self.host_network = sum(1 << i for i, each in enumerate(self.classes) if each.on_host_network)

    def named(self, selection: Selection) -> int:
        """The classes whose namespace and labels fit, host-network Pods included."""
        return self._index.selection(selection)

    def peer(self, peer: Peer) -> int:
        """The classes that a rule's peer stands for."""
        return self.everybody if peer.everybody else self._index.peer(peer)

    def _merged(self, groups: dict[Kind, list[int]], peers: Sequence[Peer]) -> list[tuple[Kind, list[int]]]:
        kinds = list(groups)
        index = _Index(kinds, self._blocks)
        masks = [index.selection(selection) for selection in self._selections]
        masks += [index.peer(peer) for peer in peers if peer.blocks]
        alike: dict[tuple[bytes, PortTable, str], tuple[Kind, list[int]]] = {}
        for kind, column in zip(kinds, columns(masks, len(kinds)), strict=True):
            fingerprint = blake2b("".join(column).encode(), digest_size=16).digest()
            first = alike.setdefault((fingerprint, kind.ports, kind.node), (kind, []))
            first[1].extend(groups[kind])
        return list(alike.values())


class _Index:
    """Sets of kinds by namespace, label and address, from which those of selectors are put together."""

    def __init__(self, kinds: Sequence[Kind], blocks: AddressBlocks) -> None:
        self._blocks = blocks
        self._everything = (1 << len(kinds)) - 1
        self._namespaces: defaultdict[str, int] = defaultdict(int)
        self._keys: defaultdict[str, int] = defaultdict(int)
        self._labels: defaultdict[tuple[str, str], int] = defaultdict(int)
        self._pieces: defaultdict[int, int] = defaultdict(int)
        self._hosts = 0
        self._known: dict[frozenset[str], int] = {}
        for position, kind in enumerate(kinds):
            bit = 1 << position
            self._namespaces[kind.namespace] |= bit
            self._pieces[kind.block] |= bit
            self._hosts |= bit if kind.node else 0
            for key, value in kind.labels:
                self._keys[key] |= bit
                self._labels[key, value] |= bit

    def selection(self, selection: Selection) -> int:
        return self._in_namespaces(selection.namespaces) & self._labeled(selection.pod_selector)

    def peer(self, peer: Peer) -> int:
        found = 0 if peer.pods is None else self.selection(peer.pods) & ~self._hosts
        for block in peer.blocks:
            for piece in self._blocks.pieces(block):
                found |= self._pieces.get(piece, 0)
        return found

    def _in_namespaces(self, names: frozenset[str]) -> int:
        if names not in self._known:
            self._known[names] = reduce(or_, (self._namespaces.get(name, 0) for name in names), 0)
        return self._known[names]

    def _labeled(self, selector: LabelSelector) -> int:
        wanted = [self._labels.get((key, f"={value}"), 0) for key, value in selector.match_labels.items()]
        wanted += [self._required(requirement) for requirement in selector.match_expressions]
        return reduce(and_, wanted, self._everything)

    def _required(self, requirement: Requirement) -> int:
        has = self._keys.get(requirement.key, 0)
        listed = reduce(or_, (self._labels.get((requirement.key, f"={v}"), 0) for v in requirement.values), 0)
        match requirement.operator:
            case Operator.IN:
                return listed
            case Operator.NOT_IN:
                return self._everything & ~listed
            case Operator.EXISTS:
                return has
            case Operator.DOES_NOT_EXIST:
                return self._everything & ~has
            case operator:
                raise ValueError(f"{operator} is for nodes, not for labels of Pods")


def _unique(selections: Iterable[Selection]) -> list[Selection]:
    """One of each: selections that are written alike in the same namespaces select the same Pods."""
    return list({selection.text: selection for selection in selections}.values())


def _port_names(policies: Iterable[CompiledPolicy]) -> frozenset[str]:
    return frozenset(ports.name for policy in policies for rule in policy.rules for ports in rule.ports if ports.name)


def _mentioned(selections: Iterable[Selection]) -> dict[str, set[str]]:
    """The label keys that selectors ask for, with the values they name."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for selection in selections:
        for key, value in selection.pod_selector.match_labels.items():
            found[key].add(value)
        for requirement in selection.pod_selector.match_expressions:
            found[requirement.key].update(requirement.values)
    return dict(found)


def _grouped(
    pods: Sequence[Pod], selections: Sequence[Selection], blocks: AddressBlocks, port_names: frozenset[str]
) -> dict[Kind, list[int]]:
    mentioned = _mentioned(selections)
    groups: dict[Kind, list[int]] = {}
    for position, pod in enumerate(pods):
        kind = Kind(
            pod.namespace,
            _seen_labels(pod.meta.labels, mentioned),
            blocks.piece(pod.pod_ips[0]),
            _port_table(pod, port_names) if port_names else (),
            pod.node_name if pod.host_network else "",
        )
        groups.setdefault(kind, []).append(position)
    return groups


def _seen_labels(labels: Mapping[str, str], mentioned: Mapping[str, set[str]]) -> tuple[tuple[str, str], ...]:
    seen = [(k, f"={v}" if v in mentioned[k] else OTHER) for k, v in labels.items() if k in mentioned]
    return tuple(sorted(seen))


def _port_table(pod: Pod, names: frozenset[str]) -> PortTable:
    used = sorted({(port.name, port.protocol) for port in pod.spec.ports if port.name in names})
    return tuple((name, protocol, named_ports(pod, name, protocol)) for name, protocol in used)
