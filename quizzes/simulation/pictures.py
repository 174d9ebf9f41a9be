"""The picture of a question's cluster before its packet moves: what learners may choose in it.

    picture_of(scenario) → Picture        drawn in this process, which takes milliseconds, and kept for the next request
    device_name("interface:n1:cni0")      “cni0 of n1”, and the same for a link

Nothing in it depends on the packet but the machines at its two ends.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _

import netsim
from lessons.content.manifests import ManifestError
from lessons.inspection import devices as inspection
from lessons.inspection.devices import PART_NAMES
from lessons.picture import svg
from lessons.picture.canvas import SMALLEST_ZOOM
from lessons.runs import scenarios
from lessons.runs.scenarios import Scenario
from quizzes.simulation.engine import refused

CHOOSABLE = "pick"
LINE, TUNNEL = "wire", "tunnel-wire"
LINKED = ("interface", "link", "router", "outside")
"""What a link of the network joins; other lines of a picture stand for no link."""
BETWEEN = {"link": "underlay", "router": "router", "outside": "external"}
"""The kind of an element that belongs to no node → the namespace that it stands for."""


@dataclass(frozen=True, slots=True)
class Device:
    """A box of the picture: its element, what it is called, and where it is, in model pixels from the upper left."""

    element: str
    label: str | Promise
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Link:
    """A line of the picture that packets cross: a cable, or the port of a bridge. `path`: SVG path data."""

    element: str
    path: str


@dataclass(frozen=True, slots=True)
class Machine:
    """The devices of one node or Pod; `place` is "" for what belongs to none."""

    place: str
    devices: tuple[Device, ...]

    @property
    def is_pod(self) -> bool:
        return "/" in self.place


@dataclass(frozen=True, slots=True)
class Picture:
    diagram: Mapping[str, Any]
    machines: tuple[Machine, ...]
    links: tuple[Link, ...]

    @property
    def least_width(self) -> int:
        """In CSS pixels: narrower than this its words would be too small, so it scrolls."""
        return round(self.diagram["size"][0] * SMALLEST_ZOOM)

    @property
    def elements(self) -> frozenset[str]:
        return frozenset(device.element for machine in self.machines for device in machine.devices)

    @property
    def names(self) -> tuple[str, ...]:
        """The machines at which a packet may end: Pods and nodes as a probe names them, and what is between them."""
        found = [str(element["data"]["id"]) for element in self.diagram["elements"]]
        named = [name.replace(":", "/", 1) for name in found if name.startswith(("pod:", "node:"))]
        kinds = {name.partition(":")[0] for name in found}
        return (*sorted(named), *(name for kind, name in BETWEEN.items() if kind in kinds))


def picture_of(scenario: Scenario) -> Picture:
    """Raises UngradableQuestionError for a cluster that the engine refuses."""
    try:
        diagram = drawn(json.dumps(scenario.request("diagram"), sort_keys=True))
    except (ManifestError, netsim.NetsimError) as error:
        raise refused(error) from error
    boxes = {
        element["data"]["id"]: element
        for element in diagram["elements"]
        if "w" in element["data"] and CHOOSABLE in element["classes"].split()
    }
    machines = (
        Machine(group.place, tuple(device(part, boxes[part.element]) for part in group.parts if part.element in boxes))
        for group in inspection.parts(diagram)
    )
    return Picture(diagram, tuple(machine for machine in machines if machine.devices), tuple(links(diagram)))


def links(diagram: Mapping[str, Any]) -> Iterator[Link]:
    """In drawing order. The line from a tunnel to its underlying device is none: nothing leaves the node there."""
    paths = svg.ways(diagram)
    for element in diagram["elements"]:
        kinds, name = element["classes"].split(), str(element["data"]["id"])
        if LINE in kinds and TUNNEL not in kinds and all(end.partition(":")[0] in LINKED for end in ends(name)):
            yield Link(name, paths[name])


def ends(element: str) -> list[str]:
    """The two elements that a line joins; none for an element that is no line."""
    kind, *joined = element.split(" ")
    return joined if kind == LINE else []


@lru_cache(maxsize=64)
def drawn(request: str) -> Mapping[str, Any]:
    diagram: Mapping[str, Any] = scenarios.play("diagram", json.loads(request))["diagram"]
    return diagram


def device(part: inspection.Part, element: Mapping[str, Any]) -> Device:
    width, height = element["data"]["w"], element["data"]["h"]
    x, y = element["position"]["x"] - width / 2, element["position"]["y"] - height / 2
    return Device(part.element, part.label, x, y, width, height)


def device_name(element: str) -> str:
    """What an element is called where no picture is beside it, in the language of the reader."""
    if joined := ends(element):
        one, other = map(device_name, joined)
        return _("%(one)s – %(other)s") % {"one": one, "other": other}
    kind, _colon, rest = element.partition(":")
    place, _colon, own = rest.partition(":")
    label = own if kind == "interface" and own else str(PART_NAMES.get(kind, kind))
    if kind in BETWEEN:
        return label
    return _("%(device)s of %(machine)s") % {"device": label, "machine": place}
