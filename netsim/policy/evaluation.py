"""One connection, asked of every policy, rule by rule, with the reason for each answer.

Where the API leaves the answer open it has three values: a match or a verdict is True, False or None for "undefined".
Sources: api/networking/v1/types.go, the NetworkPolicy page of kubernetes.io, and the tiers of
apis/v1alpha2/clusternetworkpolicy_types.go in kubernetes-sigs/network-policy-api.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from netsim.kubernetes.objects import IPAddress, Protocol
from netsim.kubernetes.policies import Action, PolicyType
from netsim.policy.compiled import CompiledPolicy, CompiledRule, Peer, PolicySet, PolicyTier, Ports
from netsim.policy.parties import Party, named_ports

Truth = bool | None
"""None is "undefined": implementations may differ."""


@dataclass(frozen=True, slots=True)
class Flow:
    """A connection that somebody opens. ``protocol`` None is ICMP, which has no ``port``."""

    source: Party
    destination: Party
    protocol: Protocol | None = Protocol.TCP
    port: int | None = None

    @property
    def source_address(self) -> IPAddress:
        return self._addresses()[0]

    @property
    def destination_address(self) -> IPAddress:
        return self._addresses()[1]

    def _addresses(self) -> tuple[IPAddress, IPAddress]:
        """The first pair of addresses of one family; without such a pair the two cannot talk, and any will do."""
        for destination in self.destination.addresses:
            for source in self.source.addresses:
                if source.version == destination.version:
                    return source, destination
        return self.source.addresses[0], self.destination.addresses[0]


@dataclass(frozen=True, slots=True)
class Finding:
    """Whether something matched, and why or why not."""

    matches: Truth
    why: str


@dataclass(frozen=True, slots=True)
class RuleReport:
    """What became of one rule. ``peers`` has a finding for every peer; ``ports`` for the ports as a whole."""

    rule: CompiledRule
    peers: tuple[Finding, ...]
    ports: Finding

    @property
    def matches(self) -> Truth:
        return both(either(finding.matches for finding in self.peers), self.ports.matches)


@dataclass(frozen=True, slots=True)
class PolicyReport:
    """A policy that selects the subject, and all its rules."""

    policy: CompiledPolicy
    rules: tuple[RuleReport, ...]

    @property
    def matching(self) -> tuple[RuleReport, ...]:
        """The rules that may decide: those that may match, up to the first that surely does."""
        found = []
        for report in self.rules:
            if report.matches is not False:
                found.append(report)
            if report.matches is True:
                break
        return tuple(found)


@dataclass(frozen=True, slots=True)
class DirectionReport:
    """The answer of one direction: ``allowed``, the sentence that says what decided, and every policy asked."""

    direction: PolicyType
    subject: Party
    allowed: Truth
    decided_by: str
    policies: tuple[PolicyReport, ...] = ()


def both(*truths: Truth) -> Truth:
    """And, in three values."""
    if False in truths:
        return False
    return None if None in truths else True


def either(truths: Iterable[Truth]) -> Truth:
    """Or, in three values."""
    known = tuple(truths)
    if True in known:
        return True
    return None if None in known else False


def evaluate(policies: PolicySet, flow: Flow, direction: PolicyType) -> DirectionReport:
    """Ask the policies of one direction about a flow."""
    subject, peer = _ends(flow, direction)
    if exemption := exempt(flow):
        return DirectionReport(direction, subject, True, exemption)
    if subject.pod is None:
        return DirectionReport(direction, subject, True, f"policies select Pods only, and {subject.text} is none")
    pod = subject.pod
    selecting = [policy for policy in policies[direction] if policy.subject.names(pod)]
    if pod.host_network:
        selecting = [policy for policy in selecting if policy.tier is PolicyTier.NETWORK_POLICY]
    reports = tuple(PolicyReport(p, tuple(_ask(rule, flow, direction) for rule in p.rules)) for p in selecting)
    outcome = _Tiers(flow, peer).decide(reports)
    allowed, decided_by = outcome
    if pod.host_network and allowed is not True:
        allowed = None
        decided_by = (
            f"undefined for a host-network Pod: most plugins ignore it; one that does not would say: {decided_by}"
        )
    return DirectionReport(direction, subject, allowed, decided_by, reports)


def exempt(flow: Flow) -> str:
    """Why policies have no say: a Pod cannot block itself nor its own node (kubernetes.io, NetworkPolicy); else ""."""
    source, destination = flow.source, flow.destination
    if source.pod is not None and destination.pod is not None and source.pod.key == destination.pod.key:
        return "a Pod cannot block access to itself"
    if source.node and source.node == destination.node and source.on_host_network is not destination.on_host_network:
        return f"traffic between a Pod and its own node, {source.node}, is always allowed"
    return ""


def _ends(flow: Flow, direction: PolicyType) -> tuple[Party, Party]:
    """(subject, peer) of a direction."""
    if direction is PolicyType.INGRESS:
        return flow.destination, flow.source
    return flow.source, flow.destination


class _Tiers:
    """The order of evaluation: Admin by priority, NetworkPolicies together, Baseline by priority, else allowed."""

    def __init__(self, flow: Flow, peer: Party) -> None:
        self._flow = flow
        self._peer = peer

    def decide(self, reports: tuple[PolicyReport, ...]) -> tuple[Truth, str]:
        verdicts: list[tuple[Truth, str]] = []
        if not self._in_order(_of_tier(reports, PolicyTier.ADMIN), verdicts):
            return _merged(verdicts)
        isolating = _of_tier(reports, PolicyTier.NETWORK_POLICY)
        if isolating:
            verdicts.append(self._together(isolating))
        elif self._in_order(_of_tier(reports, PolicyTier.BASELINE), verdicts):
            verdicts.append((True, "no policy decides, so the connection is allowed"))
        return _merged(verdicts)

    def _in_order(self, reports: list[PolicyReport], verdicts: list[tuple[Truth, str]]) -> bool:
        """Collect what the policies of one tier may decide; say whether the next tier may have to be asked."""
        passed = False
        for _, group in groupby(reports, key=lambda report: report.policy.priority):
            undecided = True
            for report in group:
                matching = report.matching
                for found in matching:
                    passed |= found.rule.action is Action.PASS
                    if found.rule.action is not Action.PASS:
                        verb = "accepts" if found.rule.action is Action.ACCEPT else "denies"
                        sentence = f"{found.rule.text} of {report.policy.text} {verb} it"
                        verdicts.append((found.rule.action is Action.ACCEPT, sentence))
                undecided &= not any(found.matches is True for found in matching)
            if not undecided:
                return passed
        return True

    def _together(self, reports: list[PolicyReport]) -> tuple[Truth, str]:
        names = ", ".join(report.policy.text for report in reports)
        if self._flow.protocol is None:
            return None, f"NetworkPolicy says nothing of ICMP, and {names} isolates the Pod"
        open_answers = []
        for report in reports:
            for rule in report.rules:
                sentence = f"{rule.rule.text} of {report.policy.text}"
                if rule.matches is True:
                    return True, f"{sentence} allows it"
                if rule.matches is None:
                    open_answers.append(sentence)
        if open_answers:
            return None, f"{open_answers[0]} may or may not match"
        direction = reports[0].policy.direction.lower()
        return False, f"{names} isolates the Pod for {direction}, and no rule allows it"


def _of_tier(reports: tuple[PolicyReport, ...], tier: PolicyTier) -> list[PolicyReport]:
    return [report for report in reports if report.policy.tier is tier]


def _merged(verdicts: list[tuple[Truth, str]]) -> tuple[Truth, str]:
    """One answer of all that are possible."""
    answers = {verdict for verdict, _ in verdicts}
    if len(answers) == 1:
        return verdicts[0]
    sentences = "; or ".join(dict.fromkeys(sentence for _, sentence in verdicts))
    return None, f"undefined: {sentences}"


def _ask(rule: CompiledRule, flow: Flow, direction: PolicyType) -> RuleReport:
    _, peer = _ends(flow, direction)
    address = flow.source_address if direction is PolicyType.INGRESS else flow.destination_address
    return RuleReport(
        rule, tuple(peer_finding(each, peer, address) for each in rule.peers), ports_finding(rule.ports, flow)
    )


def peer_finding(peer: Peer, party: Party, address: IPAddress) -> Finding:
    """Whether a rule's peer stands for a party with this address."""
    if peer.everybody:
        return Finding(True, "no peer is given, so everybody is meant")
    if peer.pods is not None:
        if party.pod is None:
            return Finding(False, f"{peer.text}: {party.text} is not a Pod")
        if party.pod.host_network:
            return Finding(False, f"{peer.text}: {party.text} uses its node's network, and selectors do not see it")
        return _selection_finding(peer, party)
    if peer.domain_names:
        outside = party.pod is None and not party.node
        return Finding(None if outside else False, f"{peer.text}: depends on what they resolve to")
    for block in peer.blocks:
        if address.version == block.cidr.version and address in block.cidr:
            excepted = next((inner for inner in block.excepts if address in inner), None)
            if excepted is None:
                return Finding(True, f"{peer.text}: {address} is in {block.cidr}")
            return Finding(False, f"{peer.text}: {address} is in the exception {excepted}")
    return Finding(False, f"{peer.text}: {address} is not among them")


def _selection_finding(peer: Peer, party: Party) -> Finding:
    assert peer.pods is not None
    assert party.pod is not None
    if party.pod.namespace not in peer.pods.namespaces:
        return Finding(False, f"{peer.text}: {party.text} is in another namespace")
    if not peer.pods.pod_selector.matches(party.pod.meta.labels):
        labels = ",".join(f"{key}={value}" for key, value in party.pod.meta.labels.items()) or "no labels"
        return Finding(False, f"{peer.text}: {party.text} has {labels}")
    return Finding(True, f"{peer.text}: {party.text} is one of them")


def ports_finding(ports: tuple[Ports, ...], flow: Flow) -> Finding:
    """Whether a rule's ports include that of the flow."""
    if not ports:
        return Finding(True, "no port is given, so all are meant")
    if flow.protocol is None:
        return Finding(False, "the rule names ports, and ICMP has none")
    findings = [_port_finding(each, flow) for each in ports]
    matches = either(finding.matches for finding in findings)
    telling = [finding.why for finding in findings if finding.matches is matches]
    return Finding(matches, telling[0] if matches else "; ".join(telling))


def _port_finding(ports: Ports, flow: Flow) -> Finding:
    wanted = f"{flow.protocol} {flow.port}"
    if ports.protocol not in (None, flow.protocol):
        return Finding(False, f"{ports.text} is not {wanted}")
    if not ports.name:
        holds = flow.port is not None and ports.first <= flow.port <= ports.last
        return Finding(holds, f"{ports.text} {'includes' if holds else 'is not'} {wanted}")
    pod = flow.destination.pod
    if pod is None:
        return Finding(False, f"{ports.text}: {flow.destination.text} has no names for its ports")
    found = named_ports(pod, ports.name, flow.protocol)
    if not found:
        return Finding(False, f"{flow.destination.text} has no {ports.text}")
    numbers = " or ".join(str(each.number) for each in found)
    for each in found:
        if each.number == flow.port:
            return Finding(True if each.certain else None, f"{ports.text} is {numbers} in {flow.destination.text}")
    return Finding(False, f"{ports.text} is {numbers} in {flow.destination.text}, not {flow.port}")
