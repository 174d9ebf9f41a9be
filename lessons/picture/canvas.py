"""What is drawn, collected in Cytoscape's JSON: boxes, captions and wires with the points where they end.

Units are model pixels: one on the screen when the camera does not zoom. Labels are set in LABEL_SIZE, captions in
CAPTION_SIZE; a diagram that is shown at SMALLEST_ZOOM or more keeps both at 12 pixels or more on the screen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import hypot
from typing import Any, NamedTuple

Element = dict[str, Any]
Point = tuple[float, float]

LABEL_SIZE, CAPTION_SIZE = 14.5, 14.5
SMALLEST_ZOOM, LARGEST_ZOOM = 0.83, 1.35
LETTER = 8.7
"""Width of a character of a label: 0.6 em in JetBrains Mono (its advance width is 600 of 1,000 units)."""


class Box(NamedTuple):
    """Center and size."""

    x: float
    y: float
    width: float
    height: float

    @property
    def left(self) -> float:
        return self.x - self.width / 2

    @property
    def right(self) -> float:
        return self.x + self.width / 2

    @property
    def top(self) -> float:
        return self.y - self.height / 2

    @property
    def bottom(self) -> float:
        return self.y + self.height / 2


@dataclass(slots=True)
class Canvas:
    """Elements in drawing order, and the boxes among them by name."""

    elements: list[Element] = field(default_factory=list)
    boxes: dict[str, Box] = field(default_factory=dict)

    def box(self, name: str, kind: str, label: str, box: Box, *, pick: bool = True) -> None:
        """`pick`: a device or object that learners can ask about, not only a frame around others."""
        self.boxes[name] = box
        data = {"id": name, "label": label, "w": box.width, "h": box.height}
        self._node(data, box.x, box.y, f"{kind} pick" if pick else kind)

    def caption(self, name: str, text: str, left: float, middle: float, kind: str = "caption") -> None:
        """Text that starts at `left`."""
        self._node({"id": name, "label": text}, left, middle, kind)

    def wire(self, one: str, other: str, kind: str = "wire", x: float | None = None) -> None:
        """A straight edge, by default where the two boxes face each other: up and down, or side to side. `x`: up and
        down there."""
        a, b = self.boxes[one], self.boxes[other]
        start, end = _facing(a, b) if x is None else _vertical(a, b, x)
        self._edge(one, other, kind, {"from": _offset(start, a), "to": _offset(end, b)})

    def elbow(self, upper: str, lower: str, kind: str, turn: float, x: float) -> None:
        """An edge from the middle of a box down to `x` on top of another, sideways `turn` below the first."""
        a, b = self.boxes[upper], self.boxes[lower]
        y = a.bottom + turn
        self.polyline(upper, lower, kind, [(a.x, a.bottom), (a.x, y), (x, y), (x, b.top)])

    def polyline(self, one: str, other: str, kind: str, points: Sequence[Point]) -> None:
        """An edge through these points, of which the first and the last are on the two boxes."""
        start, *corners, end = points
        ends = {"from": _offset(start, self.boxes[one]), "to": _offset(end, self.boxes[other])}
        self._edge(one, other, kind, {**ends, "corners": corners, **_segments(start, end, corners)})

    def has(self, name: str) -> bool:
        return name in self.boxes

    @property
    def extent(self) -> tuple[float, float]:
        """(right, bottom) of all boxes and lines."""
        corners = [corner for element in self.elements for corner in element["data"].get("corners", ())]
        right = max((*(box.right for box in self.boxes.values()), *(x for x, _ in corners)), default=0)
        bottom = max((*(box.bottom for box in self.boxes.values()), *(y for _, y in corners)), default=0)
        return right, bottom

    def span(self, names: Sequence[str]) -> tuple[float, float]:
        """(left, right) of boxes."""
        return min(self.boxes[name].left for name in names), max(self.boxes[name].right for name in names)

    def _node(self, data: Element, x: float, y: float, classes: str) -> None:
        self.elements.append({"data": data, "position": {"x": x, "y": y}, "classes": classes})

    def _edge(self, one: str, other: str, kind: str, data: Mapping[str, Any]) -> None:
        self.elements.append(
            {"data": {"id": line_name(one, other), "source": one, "target": other, **data}, "classes": kind}
        )


def line_name(one: str, other: str) -> str:
    """The id of the edge between two boxes."""
    return f"wire {one} {other}"


def _facing(a: Box, b: Box) -> tuple[Point, Point]:
    """Where a straight line leaves one box and meets the other."""
    left, right = max(a.left, b.left), min(a.right, b.right)
    if left <= right:
        narrower = a.x if a.width <= b.width else b.x
        return _vertical(a, b, narrower if left <= narrower <= right else (left + right) / 2)
    top, bottom = max(a.top, b.top), min(a.bottom, b.bottom)
    if top <= bottom:
        y = (top + bottom) / 2
        return ((a.right, y), (b.left, y)) if a.x < b.x else ((a.left, y), (b.right, y))
    return ((a.x, a.bottom), (b.x, b.top)) if a.y < b.y else ((a.x, a.top), (b.x, b.bottom))


def _vertical(a: Box, b: Box, x: float) -> tuple[Point, Point]:
    return ((x, a.bottom), (x, b.top)) if a.y < b.y else ((x, a.top), (x, b.bottom))


def _segments(start: Point, end: Point, corners: Sequence[Point]) -> dict[str, str]:
    """The corners as Cytoscape's "segments" takes them: how far along the straight line, and how far beside it."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    length = hypot(dx, dy)
    steps = [(x - start[0], y - start[1]) for x, y in corners]
    weights = [(x * dx + y * dy) / length**2 for x, y in steps]
    distances = [(y * dx - x * dy) / length for x, y in steps]
    return {"weights": " ".join(f"{w:.5f}" for w in weights), "distances": " ".join(f"{d:.2f}px" for d in distances)}


def _offset(point: Point, box: Box) -> str:
    """A point relative to a box's center, as Cytoscape takes the end of an edge."""
    return f"{point[0] - box.x:.10g}px {point[1] - box.y:.10g}px"


def with_role(kind: str, role: str) -> str:
    """The kind of an element, marked where it is the one that sends or is asked."""
    return f"{kind} role" if role else kind


def shortened(text: str, longest: int) -> str:
    """The text, or its beginning and end around an ellipsis."""
    if len(text) <= longest:
        return text
    kept = longest - 1
    return f"{text[: kept // 2]}…{text[-(kept - kept // 2) :]}"
