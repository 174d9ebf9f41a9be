"""Does what an action says on a simulation, and tells what was found as one JSON document.

    observe(simulation, action) → Observation(document, parts)

`document` is what conditions point into; docs/adding-a-lesson.md lists its keys for each action. `parts` are the
exchanges in it that can be played, in order, each with a title.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

from django.utils.translation import gettext_noop

import netsim
from lessons import phrases
from lessons.content.action_schema import Action, CniSpec, CommandSpec, LookupSpec, ProbeSpec, ReachSpec, RequestSpec

Document = dict[str, Any]
NO_POD = gettext_noop("reach.pods: the cluster has no Pod {name} with a network of its own")
phrases.register(NO_POD)


@dataclass(frozen=True, slots=True)
class Observation:
    """Each part is {"title": str, "exchange": Document, "security": str, "decision": Document or None}; the title is
    empty where there is only one, `security` says how a connection is protected: "none", "TLS", "mTLS" or "HBONE", and
    `decision` what the proxy that took it made of its request."""

    document: Document
    parts: tuple[Document, ...] = ()


def observe(simulation: netsim.Simulation, action: Action) -> Observation:
    """Raises netsim.NetsimError for an action that does not fit the cluster."""
    return OBSERVERS[action.kind](simulation, action.spec)


def _part(title: str, exchange: Document, security: str = "none", decision: Document | None = None) -> Document:
    return {"title": title, "exchange": exchange, "security": security, "decision": decision}


def _packet(simulation: netsim.Simulation, spec: ProbeSpec) -> Observation:
    document = netsim.exchange_document(simulation.trace(spec.probe()))
    return Observation(document, (_part("", document),))


def _request(simulation: netsim.Simulation, spec: RequestSpec) -> Observation:
    document = netsim.request_document(netsim.send_request(simulation, spec.probe()))
    titled = [(f"{leg['sender']} → {leg['receiver']}", leg) for leg in document["legs"]]
    parts = (_part(title, leg["exchange"], leg["security"], leg["decision"]) for title, leg in titled)
    return Observation(document, tuple(parts))


def _lookup(simulation: netsim.Simulation, spec: LookupSpec) -> Observation:
    resolver = netsim.Resolver(simulation.session(), simulation.cluster, spec.source)
    resolution = resolver.lookup(spec.name, tuple(netsim.RecordType(each) for each in spec.types))
    document = netsim.resolution_document(resolution)
    parts = tuple(_queries(_telling(document["queries"]), "client"))
    return Observation(document | {"query_count": len(document["queries"])}, parts)


def _telling(queries: list[Document]) -> list[Document]:
    """Of the queries that were sent: the first one, and the first with an answer or, where there is none, the last."""
    sent = [query for query in queries if query["exchange"] is not None]
    found = next((query for query in sent if query["answers"]), None) or (sent[-1] if sent else None)
    return [query for query in sent if query is sent[0] or query is found]


def _queries(queries: list[Document], sender: str) -> Iterator[Document]:
    for query in queries:
        if query["exchange"] is not None:
            title = f"{sender} asks {query['server']} for {query['type']} {query['name']}"
            yield _part(title, query["exchange"])
        yield from _queries(query["upstream"], query["server"])


def _reach(simulation: netsim.Simulation, spec: ReachSpec) -> Observation:
    reach = netsim.Reachability(simulation.cluster)
    question = netsim.reach_question(spec.protocol, "" if spec.port is None else str(spec.port))
    whole = netsim.reach_document(reach, *question)
    for name in spec.pods or ():
        if name not in whole["pods"]:
            raise netsim.NetsimError(NO_POD.format(name=name))
    names = list(spec.pods or whole["pods"])
    place = {name: index for index, name in enumerate(whole["pods"])}
    to: dict[str, dict[str, dict[str, bool | None]]] = {name: {"from": {}} for name in names}
    for source, destination in product(names, names):
        to[destination]["from"][source] = whole["allowed"][place[source]][place[destination]]
    others = [to[one]["from"][other] for one, other in product(names, names) if one != other]
    return Observation(
        {
            "pods": names,
            "protocol": whole["protocol"],
            "port": whole["port"],
            "notices": whole["notices"],
            "to": to,
            "pairs": len(others),
            "allowed_pairs": others.count(True),
        }
    )


def _command(simulation: netsim.Simulation, spec: CommandSpec) -> Observation:
    terminal = netsim.Terminal(simulation, spec.at)
    typed = [(line, terminal.run(line)) for line in (*spec.before, spec.line)]
    _, last = typed[-1]
    document: Document = {
        "at": spec.at,
        "output": last.text,
        "exit_code": last.exit_code,
        "lines": [line.rstrip() for line in last.text.splitlines()],
        "session": [{"line": line, "output": output.text, "exit_code": output.exit_code} for line, output in typed],
    }
    return Observation(document)


def _cni(simulation: netsim.Simulation, spec: CniSpec) -> Observation:
    """On a machine of its own: the cluster has no part in it."""
    attachment = netsim.Attachment(spec.container, f"/var/run/netns/{spec.container}", arguments=spec.arguments)
    runs = netsim.run_commands("conflist", spec.conflist, list(spec.commands), attachment, spec.files)
    return Observation({"runs": netsim.runs_document(runs)["commands"]})


OBSERVERS: Mapping[str, Callable[[netsim.Simulation, Any], Observation]] = {
    "probe": _packet,
    "request": _request,
    "lookup": _lookup,
    "reach": _reach,
    "command": _command,
    "cni": _cni,
}
