"""What a device of the picture holds after an action: its state as the usual programs print it, and what was used.

    play(request) → {
        "title", "detail"      what was picked
        "sections": [{name, command, open, lines: [{text, hits}], hits}, ...]
    }

A request is that of a trace, or of the cluster alone, with the picture's `element` beside it. The action is played
again in a session, so that the kernels remember it. A line's `hits` counts how often this action's packets used it: a
rule that matched, a route that was taken, an entry that was found (lessons.inspection.evidence).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml
from django.utils.translation import gettext_noop

import netsim
from lessons import phrases
from lessons.content.action_schema import Action
from lessons.inspection import objects
from lessons.inspection.evidence import Evidence, evidence_of
from lessons.picture.objects import OBJECTS
from lessons.runs import scenarios
from lessons.runs.observations import Observation, observe

Section = dict[str, Any]
MOST_LINES = 2_000
NO_POLICY = gettext_noop("{direction}: no policy selects this Pod, so everything is allowed")
SELECTS = gettext_noop("{direction}: {policy} selects {words}")
NO_RULE = gettext_noop("    no rule: it allows nothing")
NO_PART = gettext_noop("element: {name} is no part of the picture")
phrases.register(NO_POLICY, SELECTS, NO_RULE, NO_PART)


@dataclass(frozen=True, slots=True)
class Element:
    """A part of the picture: its sort, the namespace or object that it belongs to, and the device if it is one."""

    kind: str
    place: str
    device: str = ""

    @classmethod
    def parse(cls, name: str) -> Element:
        """Raises netsim.NetsimError for what is no element's name."""
        kind, _, rest = name.partition(":")
        place, _, device = rest.partition(":")
        if kind not in KINDS or not place:
            raise netsim.NetsimError(NO_PART.format(name=repr(name)))
        return cls(kind, place, device)


MACHINE_PARTS = ("pod", "node", "netns", "process", "interface", "netfilter", "routing")
KINDS = (*MACHINE_PARTS, *OBJECTS, "service", "link", "router", "outside")
COMMANDS = {
    "interfaces": "ip addr",
    "routes": "ip route",
    "routing rules": "ip rule",
    "neighbors": "ip neigh",
    "forwarding database": "bridge fdb",
    "iptables": "iptables-save",
    "ip6tables": "ip6tables-save",
    "nftables": "nft list ruleset",
    "ipvs": "ipvsadm -Ln",
    "connections": "conntrack -L",
    "sockets": "ss -lntu",
    "resolver": "cat /etc/resolv.conf",
    "kernel settings": "sysctl -a",
}
HEADLINES = {"connections": 1, "sockets": 1, "ipvs": 3}
"""Lines that a program prints over an empty table."""

OPEN = {
    "interface": ("device", "interfaces", "forwarding database"),
    "netfilter": ("iptables", "nftables", "ipvs", "connections"),
    "routing": ("routes", "routing rules", "programs"),
    "process": ("sockets", "resolver"),
    "pod": ("policies", "interfaces", "sockets"),
    "node": ("interfaces", "routes"),
    "netns": ("interfaces", "routes"),
    "router": ("routes",),
    "outside": ("routes",),
}
"""The sections that somebody who picked this sort of element looks for first."""


def play(request: Mapping[str, Any]) -> dict[str, Any]:
    """Raises manifests.ManifestError or netsim.NetsimError for content that the engine refuses."""
    element = Element.parse(request["element"])
    simulation = scenarios.simulation_of(request)
    action = Action.model_validate(request["action"]) if "action" in request else None
    seen = observe(simulation, action) if action is not None else Observation({})
    evidence = evidence_of([part["exchange"] for part in seen.parts])
    if element.kind == "service":
        return _service(simulation, element)
    if element.kind in OBJECTS:
        name = f"{element.kind}:{element.place}:"
        title, sections = objects.sections_of(simulation.cluster, name, seen.document.get("decisions", ()))
        return {"title": title, "detail": "", "sections": sections}
    if element.kind in ("link", "router"):
        return _outside_cluster(simulation, element, evidence)
    return _machine(simulation, action, element, evidence)


def _machine(
    simulation: netsim.Simulation, action: Action | None, element: Element, evidence: Evidence
) -> dict[str, Any]:  # fmt: skip
    where = _machine_name(element)
    terminal = _after(simulation, action, where)
    sections = [
        _section(name, command, terminal, element, evidence) for name, command in _commands(simulation, element)
    ]
    sections.append(_programs(simulation, element, evidence))
    if "/" in element.place and element.kind != "outside":
        sections.insert(0, _policies(simulation.cluster, element))
    shown = [section for section in sections if section["lines"]]
    for section in shown:
        section["open"] = section["name"] in OPEN.get(element.kind, ())
    shown.sort(key=lambda section: not section["open"])
    return {"title": element.device or element.place, "detail": where, "sections": shown}


def _commands(simulation: netsim.Simulation, element: Element) -> Iterator[tuple[str, str]]:
    """The sections' names and commands: those of a device that was picked are about it alone."""
    own: dict[str, str] = {}
    if element.kind == "interface" and element.device:
        device, devices = element.device, simulation.network.namespaces[_netns(simulation, element)].interfaces
        is_bridge = any(each.master == device for each in devices.values())
        own = {
            "device": f"ip -d link show dev {device}",
            "interfaces": f"ip addr show dev {device}",
            "forwarding database": f"bridge fdb show {'br' if is_bridge else 'dev'} {device}",
        }
    yield from (own | {name: command for name, command in COMMANDS.items() if name not in own}).items()


def _machine_name(element: Element) -> str:
    if element.kind == "outside":
        return "external"
    return f"pod/{element.place}" if "/" in element.place else f"node/{element.place}"


def _after(simulation: netsim.Simulation, action: Action | None, where: str) -> netsim.Terminal:
    """A prompt on a machine, in a session in which the action has happened."""
    session = simulation.session()
    sent: list[netsim.Exchange] = []
    if action is None:
        return netsim.Terminal(simulation, where, session)
    if action.probe is not None:
        sent.append(session.trace(action.probe.probe()))
    elif action.request is not None:
        result = netsim.send_request(simulation, action.request.probe(), session.memory)
        sent += [leg.exchange for leg in result.legs]
    elif action.lookup is not None:
        kinds = tuple(netsim.RecordType(each) for each in action.lookup.types)
        resolution = netsim.Resolver(session, simulation.cluster, action.lookup.source).lookup(
            action.lookup.name, kinds
        )
        sent += [query.exchange for query in resolution.queries if query.exchange is not None]
    elif action.command is not None:
        typed = netsim.Terminal(simulation, action.command.at, session)
        for line in (*action.command.before, action.command.line):
            typed.run(line)
        return typed.on(where)
    return netsim.Terminal(simulation, where, session, sent)


def _section(
    name: str, command: str, terminal: netsim.Terminal, element: Element, evidence: Evidence
) -> Section:  # fmt: skip
    output = terminal.run(command)
    lines = output.text.splitlines() if output.exit_code == 0 else []
    if len(lines) <= HEADLINES.get(name, 0):
        lines = []
    if name == "connections":
        lines = [line for line in lines if not line.startswith("conntrack v")]
    return _told(name, command, lines, element.place, evidence)


def _told(name: str, command: str, lines: list[str], place: str, evidence: Evidence) -> Section:
    counts = evidence.counts(place, name, lines)
    told = [{"text": text, "hits": hits} for text, hits in zip(lines, counts, strict=True)][:MOST_LINES]
    return {
        "name": name,
        "command": command,
        "open": False,
        "lines": told,
        "left_out": max(0, len(lines) - MOST_LINES),
        "hits": sum(1 for hits in counts if hits),
    }


def _programs(simulation: netsim.Simulation, element: Element, evidence: Evidence) -> Section:
    lines = netsim.show(simulation.network.namespaces[_netns(simulation, element)], "programs").text.splitlines()
    return _told("programs", "bpftool net", lines, element.place, evidence)


def _netns(simulation: netsim.Simulation, element: Element) -> str:
    """The namespace of an element: a Pod on the host network has its node's."""
    if "/" not in element.place:
        return element.place
    pod = simulation.cluster.pod(*element.place.split("/", 1))
    return pod.node_name if pod.host_network else element.place


def _outside_cluster(simulation: netsim.Simulation, element: Element, evidence: Evidence) -> dict[str, Any]:
    """A subnet's switch or the router: machines that nobody logs in to."""
    namespace = simulation.network.namespaces.get(element.place)
    if namespace is None:
        raise netsim.NetsimError(objects.NO_ELEMENT.format(name=f"{element.kind} {element.place!r}"))
    shows = {"interfaces": "links", "routes": "routes"} if element.kind == "router" else {"ports": "links"}
    sections = []
    for name, what in shows.items():
        lines = netsim.show(namespace, what).text.splitlines()
        sections.append(_told(name, "", lines, element.place, evidence) | {"open": True})
    return {"title": element.device or element.place, "detail": element.kind, "sections": sections}


def _service(simulation: netsim.Simulation, element: Element) -> dict[str, Any]:
    """The Service and its EndpointSlices as the API has them."""
    namespace, _, name = element.place.partition("/")
    simulation.cluster.service(namespace, name)
    found = [each for each in netsim.manifests_of(simulation.cluster) if _belongs(each, namespace, name)]
    sections = []
    for manifest in sorted(found, key=lambda each: str(each["kind"]), reverse=True):
        text = yaml.safe_dump(manifest, sort_keys=False, allow_unicode=True)
        lines = [{"text": line, "hits": 0} for line in text.splitlines()]
        command = f"kubectl -n {namespace} get {manifest['kind'].lower()} {manifest['metadata']['name']} -o yaml"
        sections.append(
            {"name": manifest["kind"], "command": command, "open": True, "lines": lines, "left_out": 0, "hits": 0}
        )
    return {"title": element.place, "detail": "Service", "sections": sections}


def _belongs(manifest: Mapping[str, Any], namespace: str, name: str) -> bool:
    metadata = manifest["metadata"]
    if metadata.get("namespace") != namespace:
        return False
    if manifest["kind"] == "EndpointSlice":
        return bool((metadata.get("labels") or {}).get("kubernetes.io/service-name") == name)
    return bool(manifest["kind"] == "Service" and metadata["name"] == name)


def _policies(cluster: netsim.Cluster, element: Element) -> Section:
    """The policies that select the Pod, with their rules, in both directions."""
    pod = f"pod/{element.place}"
    told = [
        ("ingress", netsim.explanation_document(netsim.explain(cluster, "external", pod, "icmp"))["ingress"]),
        ("egress", netsim.explanation_document(netsim.explain(cluster, pod, "external", "icmp"))["egress"]),
    ]
    texts = [line for direction, report in told for line in _policy_lines(direction, report)]
    lines = [{"text": text, "hits": 0} for text in texts]
    return {"name": "policies", "command": "", "open": False, "lines": lines, "left_out": 0, "hits": 0}


def _policy_lines(direction: str, report: Mapping[str, Any]) -> Iterator[str]:
    if not report["policies"]:
        yield NO_POLICY.format(direction=direction)
    for policy in report["policies"]:
        yield SELECTS.format(direction=direction, policy=policy["policy"], words=policy["selects"])
        for rule in policy["rules"]:
            yield f"    {rule['place']}: {rule['action']}"
        if not policy["rules"]:
            yield NO_RULE
