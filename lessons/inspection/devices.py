"""Looks into a part of the picture after a run of the engine: which parts there are, and what the picked one holds.

parts(diagram) → groups for a list       look(run, element) → Inspection
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lessons.models import SimulationRun
from lessons.picture.objects import OBJECTS
from lessons.runs import plays
from lessons.runs.answers import Answer, ask_all
from lessons.runs.polling import WAIT_SECONDS, poll_delay

Kind = SimulationRun.Kind
Text = str | Promise
INSPECTABLE = (Kind.TRACE, Kind.STAGE)
PART_NAMES: dict[str, Text] = {
    "process": gettext_lazy("process and sockets"),
    "netfilter": gettext_lazy("rules"),
    "routing": gettext_lazy("routes"),
    "router": gettext_lazy("router"),
    "outside": gettext_lazy("client outside"),
    "link": gettext_lazy("underlay"),
    "service": gettext_lazy("Service"),
    "pod": gettext_lazy("policies and everything else"),
    "ingress": "Ingress",
    "gateway": "Gateway",
    "httproute": "HTTPRoute",
    "tcproute": "TCPRoute",
}


@dataclass(frozen=True, slots=True)
class Part:
    element: str
    label: Text


@dataclass(frozen=True, slots=True)
class PartGroup:
    """The parts of one machine, or of the network between them (`place` "")."""

    place: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Inspection:
    """`result` is that of inspector.play; without one `message` says what to do. Polls as the playground."""

    element: str
    result: dict[str, Any] | None
    message: str = ""
    poll: int = 0
    poll_ms: int | None = None

    @property
    def used(self) -> int:
        """How many lines of all sections the packets used."""
        return sum(section["hits"] for section in self.result["sections"]) if self.result else 0


def parts(diagram: Mapping[str, Any] | None) -> tuple[PartGroup, ...]:
    """The parts of a picture that can be looked into, by machine, in drawing order."""
    grouped: dict[str, list[Part]] = {}
    for element in diagram["elements"] if diagram else ():
        name = str(element["data"]["id"])
        kind, _colon, rest = name.partition(":")
        place, _colon, device = rest.partition(":")
        if kind == "interface" and device:
            grouped.setdefault(place, []).append(Part(name, device))
        elif kind in ("process", "netfilter", "routing", "pod"):
            grouped.setdefault(place, []).append(Part(name, PART_NAMES[kind]))
        elif kind in ("router", "outside"):
            grouped.setdefault("", []).append(Part(name, PART_NAMES[kind]))
        elif kind in ("link", "service") or (kind in OBJECTS and not device):
            grouped.setdefault("", []).append(Part(name, f"{PART_NAMES[kind]} {device or place}"))
    return tuple(PartGroup(place, tuple(found)) for place, found in _machines_last(grouped))


def _machines_last(grouped: Mapping[str, list[Part]]) -> Iterator[tuple[str, list[Part]]]:
    """Nodes, then Pods, then what belongs to no machine."""
    return iter(sorted(grouped.items(), key=lambda item: (item[0] == "", "/" in item[0])))


def look(run: SimulationRun, element: str, *, poll: int = 0) -> Inspection:
    """What the element holds after this run."""
    if run.kind not in INSPECTABLE:
        return Inspection(element, None, _("There is nothing to look into here."))
    if not element:
        return Inspection(element, None, _("Pick a part of the picture, in the list or by clicking it."))
    question = plays.Question(dict(run.request) | {"element": element})
    (answer,) = ask_all([(Kind.INSPECT, question)], wait_seconds=WAIT_SECONDS)
    return Inspection(element, answer.result, answer.message, poll, _delay(answer, poll))


def _delay(answer: Answer, poll: int) -> int | None:
    if answer.result is not None or answer.refused:
        return None
    return poll_delay(poll, slow=answer.state == "unavailable")
