"""What a lesson's text claims, read from its Markdown, so that tests can compare it with the engine."""

from __future__ import annotations

import re
from typing import Any

import netsim
from lessons.content.action_schema import FaultSpec, ProbeSpec
from tests.content.shipped import LESSONS, ShippedLesson

ADDRESS = re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?:/\d{1,2})?(?!\.?\d|\.in-addr)")


def lesson_named(slug: str) -> ShippedLesson:
    [found] = (lesson for lesson in LESSONS if lesson.text.slug == slug)
    return found


def blocks(lesson: ShippedLesson, language: str) -> list[str]:
    """The lines of all code blocks of one language; a backslash at the end of a line continues it."""
    found = re.findall(rf"^```{language}\n(.*?)^```", lesson.text.body, re.MULTILINE | re.DOTALL)
    return [line for block in found for line in re.sub(r" \\\n +", " ", block).splitlines()]


def table(lesson: ShippedLesson, heading: str, number: int = 0) -> list[list[str]]:
    """The rows of the table whose first column has this heading, the first such table or a later one; no backticks."""
    lines = lesson.text.body.splitlines()
    start = [place for place, line in enumerate(lines) if line.startswith(f"| {heading} |")][number]
    rows = []
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip().replace("`", "") for cell in line.strip("|").split("|")])
    return rows


def dialed(
    lesson: ShippedLesson, source: str, destination: str, changes: str = "", faults: tuple[str, ...] = (), **probe: Any
) -> dict[str, Any]:
    """The exchange of a connection through the lesson's scene; `faults` are names."""
    spec = ProbeSpec.model_validate({"from": source, "to": destination, **probe})
    return lesson.exchange(spec, changes, tuple(FaultSpec(name=name) for name in faults))


def packet_at(exchange: dict[str, Any], netns: str, interface: str, direction: str) -> dict[str, Any]:
    """The innermost packet of the request that a capture there sees."""
    for hop in exchange["request"]["hops"]:
        if (hop["netns"], hop["interface"], hop["direction"]) == (netns, interface, direction):
            packet: dict[str, Any] = hop["packet"]["inner"] or hop["packet"]
            return packet
    raise AssertionError(f"the packet never passes {netns} {interface} {direction}")


def known_addresses(simulation: netsim.Simulation) -> set[str]:
    """Every address and prefix of the cluster: of interfaces, Services, ranges and routes."""
    interfaces = [i for n in simulation.network.namespaces.values() for i in n.interfaces.values()]
    settings = simulation.cluster.settings
    known = {str(address.ip) for interface in interfaces for address in interface.addresses}
    for service in simulation.cluster.services:
        known |= {str(address) for address in service.cluster_ips}
        known |= {str(ingress.ip) for ingress in service.load_balancer_ingress}
    known |= {str(cidr) for cidr in (*settings.pod_cidrs, *settings.service_cidrs)}
    known |= {str(route.destination) for n in simulation.network.namespaces.values() for route in n.routes}
    return known | {f"{address}/32" for address in known if "/" not in address}


def addresses_in(lesson: ShippedLesson) -> set[str]:
    """Every IPv4 address and prefix that a learner reads in the lesson."""
    return set(ADDRESS.findall(lesson.words()))
