"""The picture as plain SVG shapes: what is seen before the player starts, on paper, and without JavaScript.

shapes(diagram)   a diagram of lessons.picture.drawing.draw → {behind, wires, boxes, captions}, in drawing order
ways(diagram)     each of its wires by itself: element → SVG path data

Every picture of a lesson is in its page, so lines are paths of relative steps, wires of one kind are one path, and what
is in a box is told from its center: what repeats is compressed well, and coordinates are not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any

LINE_HEIGHT = 16
BEHIND = ("node", "netns", "pod")
CORNERS = {"node": 16, "netns": 11, "pod": 12, "process": 18, "machine": 20}
DEFAULT_CORNER = 8
CUT_CORNERS = ("table", "plate")
PASSED, READ = "passed", "read"

Shape = dict[str, Any]
Point = tuple[float, float]


def shapes(diagram: Mapping[str, Any]) -> dict[str, list[Shape]]:
    """In model pixels, as text: `behind` are {kind, x, y, width, height, corner}; `boxes` have a center, path and lines
    as well, and all but the center is told from there. `wires` are {kind, path}, `captions` {kind, x, y, text}, lines
    {y, text}. A path is SVG path data, "" for a box that is a rectangle. Where a packet went, kinds end in "passed";
    those wires come last, as they lie on top. What a proxy read has kinds that end in "read".
    """
    marks = {each: READ for stop in diagram.get("stops", ()) for each in stop.get("read", ())}
    marks |= {each: PASSED for stop in diagram.get("stops", ()) for each in (*stop["path"], *stop["edges"])}
    nodes = {element["data"]["id"]: element for element in diagram["elements"] if "position" in element}
    edges = [element for element in diagram["elements"] if "position" not in element]
    sized = [element for element in nodes.values() if "w" in element["data"]]
    return {
        "behind": [_behind(element, marks) for element in sized if _is_behind(element)],
        "boxes": [_box(element, marks) for element in sized if not _is_behind(element)],
        "wires": _wires((_kind(edge, marks), _way(edge, nodes)) for edge in edges),
        "captions": [
            {
                "kind": element["classes"],
                "text": element["data"]["label"],
                **{axis: _number(place) for axis, place in element["position"].items()},
            }
            for element in nodes.values()
            if "w" not in element["data"]
        ],
    }


def ways(diagram: Mapping[str, Any]) -> dict[str, str]:
    nodes = {element["data"]["id"]: element for element in diagram["elements"] if "position" in element}
    edges = (element for element in diagram["elements"] if "position" not in element)
    return {edge["data"]["id"]: _path(_way(edge, nodes)) for edge in edges}


def _is_behind(element: Mapping[str, Any]) -> bool:
    return str(element["classes"]).partition(" ")[0] in BEHIND


def _kind(element: Mapping[str, Any], marks: Mapping[str, str]) -> str:
    return f"{element['classes']} {marks.get(element['data']['id'], '')}".rstrip()


def _behind(element: Mapping[str, Any], marks: Mapping[str, str]) -> Shape:
    data, center, kind = element["data"], element["position"], _kind(element, marks)
    left, top = center["x"] - data["w"] / 2, center["y"] - data["h"] / 2
    return {"kind": kind, **_rectangle(left, top, data), "corner": _corner(kind)}


def _box(element: Mapping[str, Any], marks: Mapping[str, str]) -> Shape:
    data, center, kind = element["data"], element["position"], _kind(element, marks)
    return {
        "kind": kind,
        "center": f"{_number(center['x'])},{_number(center['y'])}",
        **_rectangle(-data["w"] / 2, -data["h"] / 2, data),
        "corner": _corner(kind),
        "path": _cut_corners(data["w"], data["h"]) if kind.startswith(CUT_CORNERS) else "",
        "lines": _lines(data["label"]),
    }


def _rectangle(left: float, top: float, data: Mapping[str, Any]) -> Shape:
    return {"x": _number(left), "y": _number(top), "width": _number(data["w"]), "height": _number(data["h"])}


def _corner(kind: str) -> int:
    return CORNERS.get(kind.partition(" ")[0], DEFAULT_CORNER)


def _lines(label: str) -> list[Shape]:
    """Below each other, with 0 in their middle."""
    lines = label.split("\n") if label else []
    top = -(len(lines) - 1) * LINE_HEIGHT / 2
    return [{"text": line, "y": _number(top + number * LINE_HEIGHT)} for number, line in enumerate(lines)]


def _cut_corners(width: float, height: float) -> str:
    """An octagon around 0, as Cytoscape draws a cut rectangle."""
    left, right, top, bottom, cut = -width / 2, width / 2, -height / 2, height / 2, DEFAULT_CORNER
    corners = [
        (left + cut, top), (right - cut, top), (right, top + cut), (right, bottom - cut),
        (right - cut, bottom), (left + cut, bottom), (left, bottom - cut), (left, top + cut),
    ]  # fmt: skip
    return f"{_path(corners)}z"


def _wires(ways: Iterable[tuple[str, list[Point]]]) -> list[Shape]:
    paths: dict[str, str] = {}
    for kind, points in ways:
        paths[kind] = paths.get(kind, "") + _path(points)
    wires = [{"kind": kind, "path": path} for kind, path in paths.items()]
    return sorted(wires, key=lambda wire: wire["kind"].endswith((PASSED, READ)))


def _number(pixels: float) -> str:
    """In tenths of a pixel, as SVG writes them in any language: "12", "12.5"."""
    return f"{round(pixels, 1):g}"


def _path(points: list[Point]) -> str:
    """SVG path data: the first point, then steps relative to the point before, in tenths of a pixel."""
    rounded = [(round(x, 1), round(y, 1)) for x, y in points]
    x, y = rounded[0]
    return f"M{x:g},{y:g}" + "".join(_step(x2 - x1, y2 - y1) for (x1, y1), (x2, y2) in pairwise(rounded))


def _step(right: float, down: float) -> str:
    if not right:
        return f"v{down:g}"
    return f"l{right:g},{down:g}" if down else f"h{right:g}"


def _way(edge: Mapping[str, Any], nodes: Mapping[str, Mapping[str, Any]]) -> list[Point]:
    data = edge["data"]
    start, end = _end(nodes[data["source"]], data["from"]), _end(nodes[data["target"]], data["to"])
    return [start, *data.get("corners", ()), end]


def _end(element: Mapping[str, Any], offset: str) -> Point:
    x, y = (float(part.removesuffix("px")) for part in offset.split())
    return element["position"]["x"] + x, element["position"]["y"] + y
