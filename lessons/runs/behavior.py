"""How a cluster behaves, cut into cells that can be compared with those of another cluster, one by one.

    cells(simulation, actions) → [{"action", "source", "destination", "port", "protocol", "outcome"}, ...]

A `reach` makes a cell for each ordered pair of different Pods; its outcome is "allowed", "denied", or None where
Kubernetes leaves it open. A `probe` or a `request` makes one cell; its outcome is what can come of it, over all random
choices: "connected: shop/web-0 | connected: shop/web-1", or IMPOSSIBLE with a reason where the cluster has no such
machine, Service or name. `action` counts from 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import permutations
from typing import Any

from django.utils.translation import gettext_noop

import netsim
from lessons import phrases
from lessons.content.action_schema import Action, ProbeSpec, ReachSpec, RequestSpec
from lessons.runs.observations import observe

Cell = dict[str, Any]
ACTIONS = ("reach", "probe", "request")
IMPOSSIBLE = "impossible"
NOT_COMPARED = gettext_noop("{kind}: behaviors are compared by {known}")
phrases.register(NOT_COMPARED)
WORDS: Mapping[bool | None, str | None] = {True: "allowed", False: "denied", None: None}


def cells(simulation: netsim.Simulation, actions: Iterable[Action]) -> list[Cell]:
    """Raises netsim.NetsimError for a `reach` that does not fit the cluster, and for actions not of ACTIONS."""
    found: list[Cell] = []
    for number, action in enumerate(actions):
        if action.kind not in ACTIONS:
            raise netsim.NetsimError(NOT_COMPARED.format(kind=action.kind, known=", ".join(ACTIONS)))
        found += ({"action": number, **cell} for cell in READERS[action.kind](simulation, action))
    return found


def _pairs(simulation: netsim.Simulation, action: Action) -> Iterator[Cell]:
    spec: ReachSpec = action.spec
    document = observe(simulation, action).document
    for source, destination in permutations(document["pods"], 2):
        yield {
            "source": f"pod/{source}",
            "destination": f"pod/{destination}",
            "port": _port_number(simulation.cluster, destination, spec.port),
            "protocol": spec.protocol,
            "outcome": WORDS[document["to"][destination]["from"][source]],
        }


def _port_number(cluster: netsim.Cluster, pod: str, port: int | str | None) -> int | None:
    """The number that a port's name has at this Pod; None where it has none."""
    if port is None or isinstance(port, int) or port.isdecimal():
        return None if port is None else int(port)
    declared = cluster.pod(*pod.split("/", 1)).spec.ports
    return next((each.port for each in declared if each.name == port), None)


def _packet(simulation: netsim.Simulation, action: Action) -> Iterator[Cell]:
    spec: ProbeSpec = action.spec
    try:
        ends = {_delivery(netsim.exchange_document(branch)) for branch in simulation.branches(spec.probe())}
    except netsim.NetsimError as error:
        ends = {f"{IMPOSSIBLE}: {error}"}
    yield {
        "source": spec.source,
        "destination": spec.destination,
        "port": spec.port,
        "protocol": spec.protocol,
        "outcome": " | ".join(sorted(ends)),
    }


def _delivery(exchange: Mapping[str, Any]) -> str:
    server = exchange["server"]
    if exchange["client_sees"] != "connected" or server is None:
        return str(exchange["client_sees"])
    return f"connected: {_machine(server)}"


def _machine(server: Mapping[str, Any]) -> str:
    return "/".join(part for part in (server.get("namespace"), server["name"]) if part)


def _request(simulation: netsim.Simulation, action: Action) -> Iterator[Cell]:
    spec: RequestSpec = action.spec
    try:
        branches = netsim.request_branches(simulation, spec.probe())
        ends = {_response(netsim.request_document(branch)) for branch in branches}
    except netsim.NetsimError as error:
        ends = {f"{IMPOSSIBLE}: {error}"}
    yield {
        "source": spec.source,
        "destination": f"{spec.method} {spec.url}",
        "port": None,
        "protocol": "http",
        "outcome": " | ".join(sorted(ends)),
    }


def _response(document: Mapping[str, Any]) -> str:
    if document["status"] is None:
        return str(document["client_sees"])
    application = document["application"]
    return f"{document['status']}: {application}" if application else str(document["status"])


READERS = {"reach": _pairs, "probe": _packet, "request": _request}
