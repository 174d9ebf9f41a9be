"""Every pair of Pods at once: may the one open a connection to the other?

Pods are taken in classes and ports in ranges that no policy tells apart, so that the work does not grow with the
number of pairs. ``evaluation`` gives the same answers one by one; a test compares the two.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cached_property

from netsim.errors import NetsimError
from netsim.kubernetes.cluster import Cluster
from netsim.kubernetes.objects import Pod, Protocol
from netsim.kubernetes.policies import PolicyType
from netsim.packet import parse_port
from netsim.policy.classes import Classes, PodClass, bits, columns
from netsim.policy.compiled import enforced_policies
from netsim.policy.evaluation import Flow, Truth, exempt
from netsim.policy.notices import policy_notices
from netsim.policy.parties import named_ports, pod_party
from netsim.policy.points import PortRange
from netsim.policy.rows import Answer, RowMaker, port_space, refined


class Matrix:
    """All classes on one port, as one answer each for what it may send and for what may be sent to it."""

    def __init__(self, egress: Sequence[Answer], ingress: Sequence[Answer]) -> None:
        self._egress = egress
        self._ingress = ingress

    def verdict(self, source: int, destination: int) -> Truth:
        """For Pods of two classes that are not the same Pod and not a Pod and its own node."""
        egress, ingress = self._egress[source], self._ingress[destination]
        if not (egress.accepted >> destination & 1 and ingress.accepted >> source & 1):
            return False
        return None if egress.undefined >> destination & 1 or ingress.undefined >> source & 1 else True

    def rows(self) -> Iterator[tuple[int, int]]:
        """For each class the classes that it surely reaches, and those for which the answer is open.

        Both directions meet here: an ingress answer holds for a set of destinations and accepts a set of sources.
        """
        destinations: defaultdict[Answer, int] = defaultdict(int)
        for number, answer in enumerate(self._ingress):
            destinations[answer] |= 1 << number
        width = len(self._ingress)
        accepting = columns([answer.accepted for answer in destinations], width)
        doubting = columns([answer.undefined for answer in destinations], width)
        union = _Union(list(destinations.values()))
        for egress, accepts, doubts in zip(self._egress, accepting, doubting, strict=True):
            maybe = egress.accepted & union.of(accepts)
            undefined = maybe & (egress.undefined | union.of(doubts))
            yield maybe & ~undefined, undefined


class Reachability:
    """The answers for one cluster.

    ``pods`` are those that have a network, in the cluster's order; ``notices`` say which policies take no effect there.
    """

    def __init__(self, cluster: Cluster) -> None:
        self.pods: tuple[Pod, ...] = tuple(pod for pod in cluster.pods if pod.pod_ips and not pod.finished)
        self.notices = policy_notices(cluster)
        policies = enforced_policies(cluster)
        self._classes = Classes(self.pods, policies)
        self.space = port_space(policies, self.classes)
        self._class_of = [0] * len(self.pods)
        for number, each in enumerate(self.classes):
            for member in each.members:
                self._class_of[member] = number
        makers = {d: RowMaker(d, policies[d], self._classes, self.space) for d in PolicyType}
        self._egress = [makers[PolicyType.EGRESS].row(number) for number in range(len(self.classes))]
        self._ingress = [makers[PolicyType.INGRESS].row(number) for number in range(len(self.classes))]
        self._matrices: dict[int, Matrix] = {}

    @property
    def classes(self) -> tuple[PodClass, ...]:
        """Pods that no selector, no address block and no named port of a policy tells apart."""
        return self._classes.classes

    @cached_property
    def port_classes(self) -> tuple[tuple[PortRange, ...], ...]:
        """Ranges of ports on which all answers are the same, together."""
        cuts = {points for row in {*self._egress, *self._ingress} for points, _ in row.segments}
        pieces = refined(self.space.everything, cuts)
        return tuple(tuple(self.space.ranges[point] for point in bits(piece)) for piece in pieces)

    def matrix(self, protocol: Protocol | None, port: int = 1) -> Matrix:
        """All classes on one port; ``protocol`` None is ICMP, which has none."""
        point = self.space.point(protocol, port)
        if point not in self._matrices:
            egress, ingress = ([row.at(point) for row in rows] for rows in (self._egress, self._ingress))
            self._matrices[point] = Matrix(egress, ingress)
        return self._matrices[point]

    def allowed(self, protocol: Protocol | None, port: int | str = 1) -> Iterator[list[Truth]]:
        """A list for each Pod: may it open a connection to each Pod? None where Kubernetes leaves the answer undefined.

        ``protocol`` None is ICMP, whose ``port`` does not matter. A name of a port is resolved by destination;
        NetsimError where no Pod declares it.
        """
        rows = self._expanded(self.matrix(protocol, port)) if isinstance(port, int) else self._by_name(protocol, port)
        neighbours = self._exempt_destinations()
        for source, row in enumerate(rows):
            for destination in neighbours[source]:
                row[destination] = True
            yield row

    def verdict(self, source: int, destination: int, protocol: Protocol | None, port: int = 1) -> Truth:
        """One pair, by positions in ``pods``; None where Kubernetes leaves the answer undefined."""
        flow = Flow(pod_party(self.pods[source]), pod_party(self.pods[destination]), protocol, port)
        if exempt(flow):
            return True
        return self.matrix(protocol, port).verdict(self._class_of[source], self._class_of[destination])

    def _expanded(self, matrix: Matrix) -> Iterator[list[Truth]]:
        width = len(self.classes)
        rows = list(matrix.rows())
        known: dict[int, list[Truth]] = {}
        for number in self._class_of:
            if number not in known:
                reached, undefined = (format(mask, f"0{width}b")[::-1] for mask in rows[number])
                by_class: list[Truth] = [
                    None if u == "1" else r == "1" for r, u in zip(reached, undefined, strict=True)
                ]
                known[number] = [by_class[other] for other in self._class_of]
            yield known[number].copy()

    def _by_name(self, protocol: Protocol | None, name: str) -> Iterator[list[Truth]]:
        numbers = [named_ports(pod, name, protocol) for pod in self.pods]
        wanted = sorted({port.number for found in numbers for port in found})
        if not wanted:
            raise NetsimError(f"port: no Pod has a port named {name!r} for {protocol}")
        by_number = {number: self._expanded(self.matrix(protocol, number)) for number in wanted}
        for _ in self.pods:
            rows = {number: next(rows) for number, rows in by_number.items()}
            yield [_agreed([rows[port.number][i] for port in found]) for i, found in enumerate(numbers)]

    def _exempt_destinations(self) -> list[list[int]]:
        """For each Pod itself, and what shares a node with it across the border of the host network."""
        on_node: defaultdict[tuple[str, bool], list[int]] = defaultdict(list)
        for position, pod in enumerate(self.pods):
            on_node[pod.node_name, pod.host_network].append(position)
        return [
            [position, *(on_node.get((pod.node_name, not pod.host_network), ()) if pod.node_name else ())]
            for position, pod in enumerate(self.pods)
        ]


def reach_question(protocol: str, port: str) -> tuple[Protocol | None, int | str]:
    """Protocol (None for ICMP) and port, a number or a name, from words; NetsimError where they are none."""
    if protocol.upper() == "ICMP":
        if port:
            raise NetsimError("port: ICMP has no ports; leave it out")
        return None, 1
    if protocol.upper() not in list(Protocol):
        raise NetsimError(f"protocol: {protocol!r} is not tcp, udp, sctp or icmp")
    if not port:
        raise NetsimError("port: missing; give a number or the name of a container port")
    try:
        return Protocol(protocol.upper()), parse_port(port) if port.isdecimal() else port
    except ValueError as error:
        raise NetsimError(f"port: {error}") from None


class _Union:
    """Unions of sets, chosen by a column of "0" and "1"; equal columns are worked out once."""

    def __init__(self, sets: list[int]) -> None:
        self._sets = sets
        self._known: dict[tuple[str, ...], int] = {}

    def of(self, column: tuple[str, ...]) -> int:
        if column not in self._known:
            found = 0
            for chosen, each in zip(column, self._sets, strict=True):
                if chosen == "1":
                    found |= each
            self._known[column] = found
        return self._known[column]


def _agreed(answers: list[Truth]) -> Truth:
    """The answer for a name: no port of that name cannot be reached; several that differ leave it open."""
    if not answers:
        return False
    return answers[0] if len(set(answers)) == 1 else None
