"""The picture of a cluster and of a packet's way through it, as data that a browser only has to draw.

    draw(simulation, parts, show) → {
        "elements": [...]            Cytoscape's JSON: nodes with positions, edges with the points where they end
        "size": [width, height]      in model pixels
        "wide": bool                 whether it needs the page's whole width
        "summary": [sentence, ...]   the picture in words
        "stops": [{element, at, path, edges, view, read}, ...]   one for each row of lessons.picture.narration.rows
    }

`at` is the point where the packet rests, beside the element's label; `path` lists the elements from the stop before to
this one, `edges` the edges between them; `view` is the (left, right) part of the picture that a narrow screen shows;
`read` are the elements of what a proxy reads there, and of the rules by which it decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import netsim
from lessons.picture import plates
from lessons.picture.canvas import Box, Canvas, with_role
from lessons.picture.columns import BAR_HEIGHT, BOX_HEIGHT, COLUMN_GAP, Rows
from lessons.picture.itinerary import Parts, stops
from lessons.picture.layout import draw_node
from lessons.picture.roles import OUTSIDE_ELEMENT
from lessons.picture.scene import DiagramScene, read_scene
from lessons.picture.stops import placed_stops

Document = Mapping[str, Any]

MARGIN = 4
MAX_BESIDE = 974
"""Three nodes of two slots. A diagram wider than this has the page's whole width, and its panel below."""
ROUTER_WIDTH, CLIENT_WIDTH, ROUTER_REACH, INDENT = 120, 150, 90, 11
ROUTER = "router:router:"


def draw(simulation: netsim.Simulation, parts: Parts, show: Document) -> dict[str, Any]:
    """The cluster, limited to what `show` names (content_schema.ShowSpec), and the stops of these exchanges
    (see lessons.picture.itinerary.stops); without parts there are none.

    What a packet visits is drawn even where `show` leaves it out. `show["ends"]` names where packets will start and end
    (pod/NAMESPACE/NAME, node/NAME, external), so that the picture need not change when they come, `show["roles"]` who
    is marked as "from", "to" or "at". Raises netsim.NetsimError for a name that is not in the cluster.
    """
    visited = stops(parts)
    scene = read_scene(simulation, show, visited)
    canvas = Canvas()
    above = _draw_columns(canvas, scene)
    _draw_underlay(canvas, scene)
    plates.draw(canvas, above)
    right, bottom = canvas.extent
    return {
        "elements": canvas.elements,
        "size": [right + MARGIN, bottom + MARGIN],
        "wide": right + MARGIN > MAX_BESIDE,
        "summary": list(scene.summary),
        "stops": placed_stops(canvas, visited, scene),
    }


def _draw_columns(canvas: Canvas, scene: DiagramScene) -> plates.Above:
    """All nodes from left to right, below the room that is needed above them; returns what stands there."""
    rows = Rows.of(scene.nodes)
    trial = Canvas()
    _draw_nodes(trial, scene, rows, 0)
    pods = {name.removeprefix("pod:"): box for name, box in trial.boxes.items() if name.startswith("pod:")}
    span = trial.span([f"node:{node.name}" for node in scene.nodes]) if scene.nodes else (MARGIN, MARGIN)
    above = plates.arrange(scene.plates, scene.services, pods, span, MARGIN)
    _draw_nodes(canvas, scene, rows, above.bottom)
    return above


def _draw_nodes(canvas: Canvas, scene: DiagramScene, rows: Rows, top: float) -> None:
    left: float = MARGIN
    for node in scene.nodes:
        draw_node(canvas, node, rows, left, top)
        left += node.width + COLUMN_GAP


def _draw_underlay(canvas: Canvas, scene: DiagramScene) -> None:
    """A bar for each subnet, below them the router and the client."""
    y = max((canvas.boxes[f"node:{node.name}"].bottom for node in scene.nodes), default=0) + 18 + BAR_HEIGHT / 2
    for link in scene.links:
        left, right = canvas.span([f"node:{name}" for name in link.nodes])
        canvas.box(link.name, "underlay", "", Box((left + right) / 2, y, right - left, BAR_HEIGHT), pick=False)
        canvas.caption(f"caption:{link.name}", link.label, left + 12, y, "caption link-caption")
        for uplink in link.uplinks:
            canvas.wire(uplink, link.name)
    if scene.router and scene.links:
        _draw_router(canvas, scene, y + BAR_HEIGHT / 2 + 18 + BOX_HEIGHT / 2)


def _draw_router(canvas: Canvas, scene: DiagramScene, y: float) -> None:
    """Under all subnets that it joins; the client beside it, on the side that has room."""
    first, last = canvas.boxes[scene.links[0].name], canvas.boxes[scene.links[-1].name]
    if first is last:
        left, right = first.left + INDENT, first.left + INDENT + ROUTER_WIDTH
    else:
        left, right = first.right - ROUTER_REACH, last.left + ROUTER_REACH
    canvas.box(ROUTER, "machine", "router", Box((left + right) / 2, y, right - left, BOX_HEIGHT))
    for link in scene.links:
        canvas.wire(link.name, ROUTER)
    if scene.client:
        edge = right + 2 * COLUMN_GAP
        if first is last:
            edge = right + COLUMN_GAP
        elif edge + CLIENT_WIDTH > last.right and left - 2 * COLUMN_GAP - CLIENT_WIDTH >= first.left:
            edge = left - 2 * COLUMN_GAP - CLIENT_WIDTH
        name = f"{scene.client_role} the outside" if scene.client_role else "client outside"
        box = Box(edge + CLIENT_WIDTH / 2, y, CLIENT_WIDTH, BOX_HEIGHT)
        canvas.box(OUTSIDE_ELEMENT, with_role("machine", scene.client_role), f"{name}\n{scene.client}", box)
        canvas.wire(ROUTER, OUTSIDE_ELEMENT)
