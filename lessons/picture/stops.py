"""A packet's stops in a diagram: at which element it rests, and along which edges it comes there.

placed_stops(canvas, visited, scene) → [{element, at, path, edges, view, read}, ...]
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from lessons.picture.canvas import Canvas, line_name
from lessons.picture.itinerary import Stop
from lessons.picture.objects import Plate
from lessons.picture.places import PlaceKind
from lessons.picture.scene import DiagramScene

NARROW_VIEW = 440
CORNER = 2
BESIDE_WIRE = 16

Neighbors = Mapping[str, Mapping[str, str]]


def placed_stops(canvas: Canvas, visited: Sequence[Stop], scene: DiagramScene) -> list[dict[str, Any]]:
    """Each stop's element and the way to it. A new turn starts where it is, without a way."""
    neighbors = _wired(canvas)
    placed: list[dict[str, Any]] = []
    last: Stop | None = None
    for stop in visited:
        element = _element(canvas, stop, scene)
        path = [element]
        if last is not None and (last.part, last.turn) == (stop.part, stop.turn):
            path = _path(neighbors, [placed[-1]["element"], *_forwarding(canvas, last), element])
        at = _resting_point(canvas, element, path)
        placed.append(
            {
                "element": element,
                "at": at,
                "path": path,
                "edges": [neighbors[one][other] for one, other in pairwise(path) if other in neighbors[one]],
                "view": _view(canvas, at[0], stop.node),
                "read": _read(canvas, stop, scene.plates),
            }
        )
        last = stop
    return placed


def _read(canvas: Canvas, stop: Stop, plates: Sequence[Plate]) -> list[str]:
    """The plates that the stop's proxy reads, the chips whose rules took the request, and the lines between them."""
    if stop.decision is None:
        return []
    pod = stop.place.netns if "/" in stop.place.netns else stop.place.interface
    own = {plate.name for plate in plates if pod in plate.readers}
    read = [plate for plate in plates if plate.name in own or own.intersection(plate.gateways)]
    taken = {each["candidate"] for each in stop.decision["tried"] if each["matched"]}
    chips = [chip for plate in read for chip in plate.chips if chip.rule in taken]
    ends = [(plate.name, f"pod:{pod}") for plate in read]
    ends += [(chip.name, service) for chip in chips for service in chip.services]
    ends += [(plate.name, gateway) for plate in read for gateway in plate.gateways if not taken.isdisjoint(plate.rules)]
    lines = {line_name(*pair) for pair in ends}
    drawn = [element["data"]["id"] for element in canvas.elements if element["data"]["id"] in lines]
    return [*(plate.name for plate in read), *(chip.name for chip in chips), *drawn]


def _element(canvas: Canvas, stop: Stop, scene: DiagramScene) -> str:
    """The element that shows a place; a device without one of its own is shown by its namespace's routing."""
    place = stop.place
    if place.kind is PlaceKind.LINK:
        return scene.link_of_port[stop.interface or ""]
    names = [f"{place.kind}:{place.netns}:{place.interface}", f"{place.kind}:{place.netns}:"]
    if place.kind is PlaceKind.PROCESS:
        names += [name for name in canvas.boxes if name.startswith(f"process:{place.netns}:")]
    names += [f"routing:{place.netns}:", f"process:{place.netns}:"]
    return next(filter(canvas.has, names))


def _forwarding(canvas: Canvas, stop: Stop) -> list[str]:
    """The node's routing, where the packet was forwarded between this stop and the next."""
    routing = f"routing:{stop.place.netns}:"
    forwarded = any(step["kind"] == "forward" for step in stop.steps)
    return [routing] if forwarded and stop.place.kind is not PlaceKind.ROUTING and canvas.has(routing) else []


def _wired(canvas: Canvas) -> dict[str, dict[str, str]]:
    """For each element its neighbors, and the edge to each."""
    neighbors: dict[str, dict[str, str]] = {name: {} for name in canvas.boxes}
    for element in canvas.elements:
        if element["classes"].startswith("wire"):
            data = element["data"]
            neighbors[data["source"]][data["target"]] = data["id"]
            neighbors[data["target"]][data["source"]] = data["id"]
    return neighbors


def _path(neighbors: Neighbors, places: Sequence[str]) -> list[str]:
    """The shortest way along edges from each of these places to the next."""
    path = [places[0]]
    for start, end in pairwise(places):
        path += _shortest(neighbors, start, end)[1:]
    return path


def _shortest(neighbors: Neighbors, start: str, end: str) -> list[str]:
    """Both ends included; straight there when nothing drawn connects them."""
    came_from: dict[str, str] = {start: ""}
    queue = deque([start])
    while queue:
        here = queue.popleft()
        if here == end:
            break
        for other in neighbors[here]:
            if other not in came_from:
                came_from[other] = here
                queue.append(other)
    else:
        return [start, end]
    path = [end]
    while came_from[path[-1]]:
        path.append(came_from[path[-1]])
    return path[::-1]


def _resting_point(canvas: Canvas, element: str, path: Sequence[str]) -> list[float]:
    """The upper right corner; on a subnet's long bar above where the packet came in."""
    box = canvas.boxes[element]
    if element.startswith(f"{PlaceKind.LINK}:") and len(path) > 1:
        entered = canvas.boxes[path[-2]].x + BESIDE_WIRE
        return [min(max(entered, box.left), box.right - CORNER), box.top + CORNER]
    return [box.right - CORNER, box.top + CORNER]


def _view(canvas: Canvas, x: float, node: str | None) -> list[float]:
    """The column of the node that the packet is in or under, where a narrow screen can show it, else what is around."""
    columns = (name for name, box in canvas.boxes.items() if name.startswith("node:") and box.left <= x <= box.right)
    column = f"node:{node}" if node else next(columns, "")
    if canvas.has(column):
        left, right = canvas.span([column])
        if right - left <= NARROW_VIEW + 40:
            return [left, right]
    return [x - NARROW_VIEW / 2, x + NARROW_VIEW / 2]
