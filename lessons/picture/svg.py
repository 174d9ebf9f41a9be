"""The picture as plain SVG shapes: what is seen before the player starts, on paper, and without JavaScript.

shapes(diagram)   a diagram of lessons.picture.drawing.draw → {wires, boxes, captions}, in drawing order
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

LINE_HEIGHT = 16
BEHIND = ("node", "netns", "pod")
CORNERS = {"node": 16, "netns": 11, "pod": 12, "process": 18, "machine": 20}
DEFAULT_CORNER = 8

Shape = dict[str, Any]


def shapes(diagram: Mapping[str, Any]) -> dict[str, list[Shape]]:
    """In model pixels: `behind` and `boxes` are {kind, x, y, width, height, corner, points, lines}, `wires` {kind,
    points}, `captions` {kind, x, y, text} and lines {x, y, text}. A box with cut corners has points, others have "".
    Where a packet went, kinds end in "passed".
    """
    passed = {each for stop in diagram.get("stops", ()) for each in (*stop["path"], *stop["edges"])}
    nodes = {element["data"]["id"]: element for element in diagram["elements"] if "position" in element}
    boxes = [_box(element, passed) for element in nodes.values() if "w" in element["data"]]
    return {
        "behind": [box for box in boxes if box["kind"].partition(" ")[0] in BEHIND],
        "boxes": [box for box in boxes if box["kind"].partition(" ")[0] not in BEHIND],
        "wires": [_wire(element, nodes, passed) for element in diagram["elements"] if "position" not in element],
        "captions": [
            {"kind": element["classes"], "text": element["data"]["label"], **element["position"]}
            for element in nodes.values()
            if "w" not in element["data"]
        ],
    }


def _kind(element: Mapping[str, Any], passed: Collection[str]) -> str:
    return f"{element['classes']} passed" if element["data"]["id"] in passed else str(element["classes"])


def _box(element: Mapping[str, Any], passed: Collection[str]) -> Shape:
    data, center, kind = element["data"], element["position"], _kind(element, passed)
    lines = data["label"].split("\n") if data["label"] else []
    top = center["y"] - (len(lines) - 1) * LINE_HEIGHT / 2
    return {
        "kind": kind,
        "x": center["x"] - data["w"] / 2,
        "y": center["y"] - data["h"] / 2,
        "width": data["w"],
        "height": data["h"],
        "corner": CORNERS.get(kind.partition(" ")[0], DEFAULT_CORNER),
        "points": _cut_corners(center["x"], center["y"], data["w"], data["h"]) if kind.startswith("table") else "",
        "lines": [{"text": line, "x": center["x"], "y": top + i * LINE_HEIGHT} for i, line in enumerate(lines)],
    }


def _cut_corners(x: float, y: float, width: float, height: float) -> str:
    """An octagon, as Cytoscape draws a cut rectangle."""
    left, right, top, bottom, cut = x - width / 2, x + width / 2, y - height / 2, y + height / 2, DEFAULT_CORNER
    corners = [
        (left + cut, top), (right - cut, top), (right, top + cut), (right, bottom - cut),
        (right - cut, bottom), (left + cut, bottom), (left, bottom - cut), (left, top + cut),
    ]  # fmt: skip
    return " ".join(f"{x:g},{y:g}" for x, y in corners)


def _wire(element: Mapping[str, Any], nodes: Mapping[str, Mapping[str, Any]], passed: Collection[str]) -> Shape:
    data = element["data"]
    start = _end(nodes[data["source"]], data["from"])
    end = _end(nodes[data["target"]], data["to"])
    points = [start, *data.get("corners", ()), end]
    return {"kind": _kind(element, passed), "points": " ".join(f"{x:g},{y:g}" for x, y in points)}


def _end(element: Mapping[str, Any], offset: str) -> tuple[float, float]:
    x, y = (float(part.removesuffix("px")) for part in offset.split())
    return element["position"]["x"] + x, element["position"]["y"] + y
