"""Why one party may or may not open a connection to another: every policy that selects either, rule by rule."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address

from netsim.errors import NetsimError
from netsim.kubernetes.cluster import WORKLOADS, Cluster
from netsim.kubernetes.objects import Pod, Protocol
from netsim.kubernetes.policies import PolicyType
from netsim.packet import parse_port
from netsim.policy.compiled import CompiledPolicy, PolicySet, enforced_policies
from netsim.policy.evaluation import DirectionReport, Flow, Truth, both, evaluate
from netsim.policy.notices import policy_notices
from netsim.policy.parties import Party, named_ports, node_party, party_at, pod_party

PARTY_FORMS = "pod/NAMESPACE/NAME, deploy/NAMESPACE/NAME, node/NAME, external[/IP] or an IP address"


@dataclass(frozen=True, slots=True)
class Bystander:
    """A policy that selects one of the two, but for the other direction."""

    policy: CompiledPolicy
    selected: Party

    @property
    def text(self) -> str:
        other = "ingress to" if self.policy.direction is PolicyType.INGRESS else "egress from"
        return f"{self.policy.text} selects {self.selected.text}, but for {other} it only"


@dataclass(frozen=True, slots=True)
class Explanation:
    """``allowed`` is what happens, None where that is undefined; ``notices`` say which policies take no effect."""

    flow: Flow
    egress: DirectionReport
    ingress: DirectionReport
    bystanders: tuple[Bystander, ...]
    notices: tuple[str, ...]

    @property
    def allowed(self) -> Truth:
        return both(self.egress.allowed, self.ingress.allowed)

    @property
    def decided_by(self) -> str:
        """One sentence for each direction that made the answer what it is."""
        telling = [each for each in (self.egress, self.ingress) if each.allowed is self.allowed]
        return "; ".join(f"{each.direction.lower()}: {each.decided_by}" for each in telling)


def explain(cluster: Cluster, source: str, destination: str, protocol: str = "tcp") -> Explanation:
    """Explain one connection from ``source`` to ``destination``, both in the forms of ``PARTY_FORMS``.

    ``destination`` ends with ``:PORT``, a number or the name of a Pod's port; ``protocol`` is tcp, udp, sctp or icmp.
    Without a port the first one is taken that the destination Pod declares. NetsimError for what does not fit the
    cluster.
    """
    kind = _protocol(protocol)
    name, port = _split(destination)
    to = _party(cluster, name)
    flow = Flow(_party(cluster, source), to, kind, _port(to, kind, port))
    policies = enforced_policies(cluster)
    return Explanation(
        flow,
        evaluate(policies, flow, PolicyType.EGRESS),
        evaluate(policies, flow, PolicyType.INGRESS),
        tuple(_bystanders(policies, flow)),
        policy_notices(cluster),
    )


def _bystanders(policies: PolicySet, flow: Flow) -> Iterator[Bystander]:
    egress, ingress = PolicyType.EGRESS, PolicyType.INGRESS
    for party, asked, other in ((flow.source, egress, ingress), (flow.destination, ingress, egress)):
        if party.pod is not None and flow.source != flow.destination:
            having_a_say = {policy.text for policy in policies[asked] if policy.subject.names(party.pod)}
            for policy in policies[other]:
                if policy.subject.names(party.pod) and policy.text not in having_a_say:
                    yield Bystander(policy, party)


def _protocol(text: str) -> Protocol | None:
    if text.upper() == "ICMP":
        return None
    try:
        return Protocol(text.upper())
    except ValueError:
        raise NetsimError(f"protocol: {text!r} is not tcp, udp, sctp or icmp") from None


def _split(destination: str) -> tuple[str, str]:
    """Party and port; an IPv6 address with a port stands in brackets."""
    if destination.startswith("["):
        host, _, rest = destination[1:].partition("]")
        return host, rest.removeprefix(":")
    if destination.count(":") > 1:
        return destination, ""
    host, _, port = destination.partition(":")
    return host, port


def _party(cluster: Cluster, text: str) -> Party:
    match text.split("/"):
        case ["pod", namespace, name]:
            return pod_party(_networked(cluster.pod(namespace, name)))
        case [kind, namespace, name] if kind in WORKLOADS:
            return pod_party(_networked(cluster.first_pod(kind, namespace, name)))
        case ["node", name]:
            return node_party(cluster.node(name))
        case ["external"]:
            return party_at(cluster, cluster.settings.external_client)
        case ["external", address] | [address]:
            try:
                return party_at(cluster, ip_address(address))
            except ValueError:
                raise NetsimError(f"{text!r} is not {PARTY_FORMS}") from None
        case _:
            raise NetsimError(f"{text!r} is not {PARTY_FORMS}")


def _networked(pod: Pod) -> Pod:
    if not pod.pod_ips:
        raise NetsimError(f"Pod {pod.namespace}/{pod.name} is {pod.phase} and has no network: {pod.pending_reason}")
    return pod


def _port(party: Party, protocol: Protocol | None, text: str) -> int | None:
    if protocol is None:
        return None
    if text.isdecimal():
        try:
            return parse_port(text)
        except ValueError as error:
            raise NetsimError(f"destination: port {error}") from None
    if text:
        found = named_ports(party.pod, text, protocol) if party.pod is not None else ()
        if not found:
            raise NetsimError(f"destination: {party.text} has no {protocol} port named {text!r}")
        return found[0].number
    declared = [] if party.pod is None else [p.port for p in party.pod.spec.ports if p.protocol is protocol]
    if not declared:
        raise NetsimError(f"destination: {party.text} declares no {protocol} port; say which one is meant, as in :80")
    return declared[0]
