"""What the policies that select a class allow it, for all peers and all ports at once.

A ``Row`` is the answer of one direction for one subject. The order of evaluation is that of ``evaluation``, on sets of
classes instead of one connection: what may be accepted and what may be denied are kept apart, and where both hold the
API leaves the answer open.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

from netsim.kubernetes.policies import Action, PolicyType
from netsim.policy.classes import Classes, PodClass, PortTable, bits
from netsim.policy.compiled import CompiledPolicy, CompiledRule, PolicySet, PolicyTier, Ports
from netsim.policy.points import PortSpace


class Part(NamedTuple):
    """At these ``points`` a rule surely matches the peers in ``sure``, and perhaps those in ``maybe`` (all of sure)."""

    points: int
    sure: int
    maybe: int


class Answer(NamedTuple):
    """Peers that are accepted or may be, and those of them that may as well be denied; all others are denied."""

    accepted: int
    undefined: int = 0


@dataclass(frozen=True, slots=True)
class Row:
    """An answer for each of some disjoint sets of points, which together are all points."""

    segments: tuple[tuple[int, Answer], ...]

    def at(self, point: int) -> Answer:
        return next(answer for points, answer in self.segments if points >> point & 1)


def port_space(policies: PolicySet, classes: Iterable[PodClass]) -> PortSpace:
    """The ports as these policies cut them, with the numbers that names stand for in the Pods."""
    written = [
        (ports.protocol, ports.first, ports.last)
        for of_direction in policies.values()
        for policy in of_direction
        for rule in policy.rules
        for ports in rule.ports
        if not ports.name
    ]
    named = {
        (protocol, port.number, port.number)
        for each in classes
        for _, protocol, numbers in each.kind.ports
        for port in numbers
    }
    return PortSpace([*written, *named])


class RowMaker:
    """Makes the rows of one direction; classes that the same policies select share theirs."""

    def __init__(
        self, direction: PolicyType, policies: Sequence[CompiledPolicy], classes: Classes, space: PortSpace
    ) -> None:
        self._direction = direction
        self._classes = classes
        self._space = space
        self._policies = policies
        self._selecting: list[list[int]] = [[] for _ in classes.classes]
        self._names_ports = [any(p.name for rule in policy.rules for p in rule.ports) for policy in policies]
        self._tables = self._port_tables()
        self._rules: dict[tuple[int, PortTable], list[tuple[Action, list[Part]]]] = {}
        self._rows: dict[tuple[tuple[int, ...], PortTable, bool], Row] = {}
        for number, policy in enumerate(policies):
            for position in bits(classes.named(policy.subject)):
                self._selecting[position].append(number)

    def row(self, position: int) -> Row:
        """The row of the class at a position."""
        subject = self._classes.classes[position]
        numbers = tuple(self._selecting[position])
        if subject.on_host_network:
            numbers = tuple(n for n in numbers if self._policies[n].tier is PolicyTier.NETWORK_POLICY)
        resolves = self._direction is PolicyType.INGRESS and any(self._names_ports[number] for number in numbers)
        ports = subject.kind.ports if resolves else ()
        key = numbers, ports, subject.on_host_network
        if key not in self._rows:
            self._rows[key] = self._made(numbers, ports, subject.on_host_network)
        return self._rows[key]

    def _port_tables(self) -> dict[PortTable, int]:
        """The classes that names of ports mean the same in; those without any such name are left out."""
        found: dict[PortTable, int] = {}
        for position, each in enumerate(self._classes.classes):
            if each.kind.ports:
                found[each.kind.ports] = found.get(each.kind.ports, 0) | 1 << position
        return found

    def _made(self, numbers: tuple[int, ...], ports: PortTable, on_host_network: bool) -> Row:
        asked = [(self._policies[number], self._rules_of(number, ports)) for number in numbers]
        cuts = {part.points for _, rules in asked for _, parts in rules for part in parts}
        everybody, icmp = self._classes.everybody, 1 << self._space.icmp
        found: dict[Answer, int] = {}
        for points in refined(self._space.everything, [*cuts, icmp]):
            answer = _Tiers(everybody, points & -points, points == icmp).decide(asked)
            if on_host_network:
                answer = Answer(everybody, everybody & ~answer.accepted | answer.undefined)
            found[answer] = found.get(answer, 0) | points
        return Row(tuple((points, answer) for answer, points in found.items()))

    def _rules_of(self, number: int, ports: PortTable) -> list[tuple[Action, list[Part]]]:
        key = number, ports if self._names_ports[number] else ()
        if key not in self._rules:
            rules = self._policies[number].rules
            self._rules[key] = [(rule.action, self._parts(rule, self._peers_of(rule), ports)) for rule in rules]
        return self._rules[key]

    def _peers_of(self, rule: CompiledRule) -> int:
        found = 0
        for peer in rule.peers:
            found |= self._classes.peer(peer)
        return found

    def _parts(self, rule: CompiledRule, peers: int, ports_of_subject: PortTable) -> list[Part]:
        if not rule.ports:
            return [Part(self._space.everything, peers, peers)]
        parts = []
        for ports in rule.ports:
            if not ports.name:
                parts.append(Part(self._space.span(ports.protocol, ports.first, ports.last), peers, peers))
            elif self._direction is PolicyType.INGRESS:
                parts += self._named(ports_of_subject, ports, peers)
            else:
                for table, positions in self._tables.items():
                    parts += self._named(table, ports, peers & positions)
        return parts

    def _named(self, table: PortTable, ports: Ports, peers: int) -> list[Part]:
        return [
            Part(1 << self._space.point(protocol, port.number), peers if port.certain else 0, peers)
            for name, protocol, numbers in table
            for port in numbers
            if name == ports.name and ports.protocol in (None, protocol) and peers
        ]


Asked = list[tuple[CompiledPolicy, list[tuple[Action, list[Part]]]]]


class _Tiers:
    """Admin by priority, NetworkPolicies together, Baseline by priority, else accepted; at one point."""

    def __init__(self, everybody: int, point: int, is_icmp: bool) -> None:
        self._everybody = everybody
        self._point = point
        self._is_icmp = is_icmp
        self._accepted = 0
        self._denied = 0

    def decide(self, asked: Asked) -> Answer:
        rest = self._in_order([each for each in asked if each[0].tier is PolicyTier.ADMIN], self._everybody)
        isolating = [each for each in asked if each[0].tier is PolicyTier.NETWORK_POLICY]
        if isolating:
            self._together(isolating, rest)
        else:
            baseline = [each for each in asked if each[0].tier is PolicyTier.BASELINE]
            undecided = self._in_order(baseline, rest)
            self._accepted |= undecided
        return Answer(self._accepted, self._accepted & self._denied)

    def _in_order(self, asked: Asked, peers: int) -> int:
        """Ask the policies of a tier about ``peers``; return those about whom the next tier may be asked."""
        passed, undecided = 0, peers
        for _, group in groupby(asked, key=lambda each: each[0].priority):
            left = undecided
            for _, rules in group:
                unmatched = left
                for action, parts in rules:
                    sure, maybe = self._matched(parts)
                    if action is Action.ACCEPT:
                        self._accepted |= unmatched & maybe
                    elif action is Action.DENY:
                        self._denied |= unmatched & maybe
                    else:
                        passed |= unmatched & maybe
                    unmatched &= ~sure
                undecided &= unmatched
        return undecided | passed

    def _together(self, asked: Asked, peers: int) -> None:
        if self._is_icmp:
            self._accepted |= peers
            self._denied |= peers
            return
        surely, perhaps = 0, 0
        for _, rules in asked:
            for _, parts in rules:
                sure, maybe = self._matched(parts)
                surely |= sure
                perhaps |= maybe
        self._accepted |= peers & perhaps
        self._denied |= peers & ~surely

    def _matched(self, parts: list[Part]) -> tuple[int, int]:
        sure, maybe = 0, 0
        for part in parts:
            if part.points & self._point:
                sure |= part.sure
                maybe |= part.maybe
        return sure, maybe


def refined(whole: int, cuts: Iterable[int]) -> list[int]:
    """Cut a set into the largest pieces that every cut holds wholly or not at all."""
    pieces = [whole]
    for cut in cuts:
        pieces = [half for piece in pieces for half in (piece & cut, piece & ~cut) if half]
    return pieces
