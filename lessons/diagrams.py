"""The picture of a cluster and of a packet's way through it, as data that a browser only has to draw.

    draw(simulation, parts, show) → {
        "elements": [...]            Cytoscape's JSON: nodes with positions, edges with the points where they end
        "size": [width, height]      in model pixels
        "wide": bool                 whether it needs the page's whole width
        "summary": [sentence, ...]   the picture in words
        "stops": [{element, at, path, edges, view}, ...]   one for each row of lessons.narration.rows
    }

`at` is the point where the packet rests, beside the element's label; `path` lists the elements from the stop before to
this one, `edges` the edges between them; `view` is the (left, right) part of the picture that a narrow screen shows.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import netsim
from lessons.diagram_layout import (
    BAR_HEIGHT,
    BOX_HEIGHT,
    COLUMN_GAP,
    MAX_BESIDE,
    NODE_HEIGHT,
    SERVICE_WIDTH,
    Canvas,
    NodeColumn,
    draw_node,
)
from lessons.diagram_scene import DiagramScene, ServiceLabel, read_scene
from lessons.itinerary import Parts, Stop, stops
from lessons.places import PlaceKind

Document = Mapping[str, Any]

MARGIN = 6
NARROW_VIEW = 420
CORNER = 2
BESIDE_WIRE = 16
CLIENT_WIDTH = 170
TURN, TURN_STEP = 12, 4
"""How far below a Service its lines turn sideways, each Service's a little lower than the one before."""


def draw(simulation: netsim.Simulation, parts: Parts, show: Document) -> dict[str, Any]:
    """The cluster, limited to what `show` names (lessons.content_schema.ShowSpec), and the stops of these exchanges
    (see lessons.itinerary.stops); without parts there are none.

    What a packet visits is drawn even where `show` leaves it out. Raises netsim.NetsimError for a name that is not
    in the cluster.
    """
    visited = stops(parts)
    scene = read_scene(simulation, show, visited)
    canvas = Canvas()
    top = MARGIN + (BOX_HEIGHT + 26 if scene.services else 0)
    width = _draw_columns(canvas, scene.nodes, top)
    height = _draw_underlay(canvas, scene, top + NODE_HEIGHT + 26, width)
    _draw_services(canvas, scene.services, width)
    return {
        "elements": canvas.elements,
        "size": [width + MARGIN, height + MARGIN],
        "wide": width > MAX_BESIDE,
        "summary": list(scene.summary),
        "stops": _placed(canvas, visited, scene),
    }


def _draw_columns(canvas: Canvas, nodes: Sequence[NodeColumn], top: float) -> float:
    """All nodes from left to right; returns where the last one ends."""
    left: float = MARGIN
    for node in nodes:
        draw_node(canvas, node, left, top)
        left += node.width + COLUMN_GAP
    return left - COLUMN_GAP


def _draw_underlay(canvas: Canvas, scene: DiagramScene, top: float, width: float) -> float:
    """A bar for each subnet, the router and the client; returns where they end."""
    y = top + BAR_HEIGHT / 2
    for link in scene.links:
        left, right = canvas.span([f"node:{name}" for name in link.nodes])
        canvas.box(link.name, "underlay", link.label, ((left + right) / 2, y), (right - left, BAR_HEIGHT))
        for uplink in link.uplinks:
            canvas.wire(uplink, link.name)
    if not scene.router:
        return top + BAR_HEIGHT
    below = top + BAR_HEIGHT + 24 + BOX_HEIGHT / 2
    middle = (MARGIN + width) / 2
    router = "router:router:"
    x = middle - (CLIENT_WIDTH / 2 + 30 if scene.client else 0)
    if len(scene.links) > 1:
        x = canvas.span([scene.links[0].name])[1] + COLUMN_GAP / 2
    canvas.box(router, "machine", "router", (x, below), (CLIENT_WIDTH, BOX_HEIGHT))
    for link in scene.links:
        canvas.wire(link.name, router)
    if scene.client:
        client = "outside:external:"
        label = f"client outside\n{scene.client}"
        canvas.box(client, "machine", label, (x + CLIENT_WIDTH + 60, below), (CLIENT_WIDTH, BOX_HEIGHT))
        canvas.wire(router, client)
    return below + BOX_HEIGHT / 2


def _draw_services(canvas: Canvas, services: Sequence[ServiceLabel], width: float) -> None:
    """Side by side above the nodes, each over its endpoints where there is room, tied to the Pods behind it."""
    left: float = MARGIN
    for position, service in enumerate(services):
        backends = [f"pod:{netns}" for netns in service.pods if canvas.has(f"pod:{netns}")]
        wanted = sum(canvas.span(backends)) / 2 if backends else (MARGIN + width) / 2
        rest = (len(services) - position - 1) * (SERVICE_WIDTH + COLUMN_GAP)
        x = min(max(wanted, left + SERVICE_WIDTH / 2), width - rest - SERVICE_WIDTH / 2)
        canvas.box(service.name, "service", service.label, (x, MARGIN + BOX_HEIGHT / 2), (SERVICE_WIDTH, BOX_HEIGHT))
        for backend in backends:
            canvas.elbow(service.name, backend, "selects", TURN + TURN_STEP * position)
        left = x + SERVICE_WIDTH / 2 + COLUMN_GAP


def _placed(canvas: Canvas, visited: Sequence[Stop], scene: DiagramScene) -> list[dict[str, Any]]:
    """Each stop's element and the way to it. A new turn starts where it is, without a way."""
    neighbours = _wired(canvas)
    placed: list[dict[str, Any]] = []
    here, turn = "", (-1, -1)
    for stop in visited:
        element = _element(canvas, stop, scene)
        path = _path(neighbours, here, element) if (stop.part, stop.turn) == turn else [element]
        at = _resting_point(canvas, element, path)
        placed.append(
            {
                "element": element,
                "at": at,
                "path": path,
                "edges": [neighbours[one][other] for one, other in pairwise(path)],
                "view": _view(canvas, at[0], stop.node),
            }
        )
        here, turn = element, (stop.part, stop.turn)
    return placed


def _element(canvas: Canvas, stop: Stop, scene: DiagramScene) -> str:
    """The element that shows a place; a device without one of its own is shown by its namespace's routing."""
    place = stop.place
    if place.kind is PlaceKind.LINK:
        return scene.link_of_port[stop.interface or ""]
    names = (f"{place.kind}:{place.netns}:{place.interface}", f"routing:{place.netns}:", f"process:{place.netns}:")
    return next(filter(canvas.has, names))


def _wired(canvas: Canvas) -> dict[str, dict[str, str]]:
    """For each element its neighbours, and the edge to each."""
    neighbours: dict[str, dict[str, str]] = {name: {} for name in canvas.centers}
    for element in canvas.elements:
        if element["classes"].startswith("wire"):
            data = element["data"]
            neighbours[data["source"]][data["target"]] = data["id"]
            neighbours[data["target"]][data["source"]] = data["id"]
    return neighbours


def _path(neighbours: Mapping[str, Mapping[str, str]], start: str, end: str) -> list[str]:
    """The shortest way along edges, both ends included; straight there when nothing drawn connects them."""
    came_from: dict[str, str] = {start: ""}
    queue = deque([start])
    while queue:
        here = queue.popleft()
        if here == end:
            break
        for other in neighbours[here]:
            if other not in came_from:
                came_from[other] = here
                queue.append(other)
    else:
        return [end]
    path = [end]
    while came_from[path[-1]]:
        path.append(came_from[path[-1]])
    return path[::-1]


def _resting_point(canvas: Canvas, element: str, path: Sequence[str]) -> list[float]:
    """The upper right corner; on a subnet's long bar above where the packet came in."""
    x, y, width, height = canvas.centers[element]
    if element.startswith(f"{PlaceKind.LINK}:") and len(path) > 1:
        entered = canvas.centers[path[-2]][0] - BESIDE_WIRE
        return [min(max(entered, x - width / 2), x + width / 2 - CORNER), y - height / 2 + CORNER]
    return [x + width / 2 - CORNER, y - height / 2 + CORNER]


def _view(canvas: Canvas, x: float, node: str | None) -> list[float]:
    if node and canvas.has(f"node:{node}"):
        left, right = canvas.span([f"node:{node}"])
        if right - left <= NARROW_VIEW:
            return [left, right]
    return [x - NARROW_VIEW / 2, x + NARROW_VIEW / 2]
