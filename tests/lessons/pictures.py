"""Measures a diagram: where its boxes, captions and wires are, and what is in the way of what. In model pixels."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, pairwise
from typing import Any, NamedTuple

from lessons.picture.canvas import LETTER

FRAMES = ("node", "netns", "pod", "plate")
CAPTION_HEIGHT = 16
Point = tuple[float, float]


class Rect(NamedTuple):
    name: str
    kind: str
    left: float
    top: float
    right: float
    bottom: float

    def overlaps(self, other: Rect) -> bool:
        across = min(self.right, other.right) - max(self.left, other.left)
        down = min(self.bottom, other.bottom) - max(self.top, other.top)
        return across > 0 and down > 0

    def holds(self, other: Rect) -> bool:
        return (
            self.left <= other.left
            and other.right <= self.right
            and self.top <= other.top
            and other.bottom <= self.bottom
        )


class Wire(NamedTuple):
    name: str
    source: str
    target: str
    points: list[Point]


def boxes(diagram: dict[str, Any]) -> dict[str, Rect]:
    """Everything that has a size, by id."""
    found = {}
    for element in diagram["elements"]:
        data = element["data"]
        if "w" in data:
            (x, y), w, h = element["position"].values(), data["w"], data["h"]
            kind = element["classes"].split()[0]
            found[data["id"]] = Rect(data["id"], kind, x - w / 2, y - h / 2, x + w / 2, y + h / 2)
    return found


def captions(diagram: dict[str, Any]) -> list[Rect]:
    found = []
    for element in diagram["elements"]:
        if element["classes"].startswith("caption"):
            x, y = element["position"].values()
            width = LETTER * len(element["data"]["label"])
            half = CAPTION_HEIGHT / 2
            found.append(Rect(element["data"]["id"], "caption", x, y - half, x + width, y + half))
    return found


def wires(diagram: dict[str, Any]) -> list[Wire]:
    centers = {e["data"]["id"]: tuple(e["position"].values()) for e in diagram["elements"] if "position" in e}
    found = []
    for element in diagram["elements"]:
        data = element["data"]
        if "source" in data:
            start, end = (_moved(centers[data[side]], data[at]) for side, at in (("source", "from"), ("target", "to")))
            points = [start, *map(tuple, data.get("corners", [])), end]
            found.append(Wire(data["id"], data["source"], data["target"], points))
    return found


def _moved(center: Point, offset: str) -> Point:
    dx, dy = (float(part.removesuffix("px")) for part in offset.split())
    return center[0] + dx, center[1] + dy


def blemishes(diagram: dict[str, Any]) -> dict[str, list[Any]]:
    """All that is wrong with a picture whose Services need no crossing, by kind; {} for nothing."""
    measures = (overlapping, obstructed, crossings, slanted, loose, too_long, outside)
    return {measure.__name__: found for measure in measures if (found := measure(diagram))}


def outside(diagram: dict[str, Any]) -> list[str]:
    """Boxes and captions that are not all inside of the picture."""
    whole = Rect("", "", 0, 0, *diagram["size"])
    return [box.name for box in (*boxes(diagram).values(), *captions(diagram)) if not whole.holds(box)]


def overlapping(diagram: dict[str, Any]) -> list[tuple[str, str]]:
    """Pairs of boxes and captions that share room; a caption may stand inside of what it names."""
    drawn = boxes(diagram)
    devices = [box for box in drawn.values() if box.kind not in FRAMES]
    frames = [[box for box in drawn.values() if box.kind == kind] for kind in FRAMES]
    named = captions(diagram)
    found = [
        pair for group in (devices, *frames, named) for pair in combinations(group, 2) if pair[0].overlaps(pair[1])
    ]
    found += [
        (caption, box) for caption in named for box in devices if caption.overlaps(box) and not box.holds(caption)
    ]
    found += [(one, other) for one in frames[1] for other in frames[2] if one.overlaps(other)]
    return [(one.name, other.name) for one, other in found]


def obstructed(diagram: dict[str, Any]) -> list[tuple[str, str]]:
    """Wires that run through a box that they do not join, or through a caption."""
    devices = [box for box in boxes(diagram).values() if box.kind not in FRAMES]
    ways = [(wire, _strip(*segment)) for wire in wires(diagram) for segment in pairwise(wire.points)]
    return [
        (wire.name, thing.name)
        for wire, strip in ways
        for thing in (*devices, *captions(diagram))
        if thing.name not in (wire.source, wire.target) and thing.overlaps(strip)
    ]


def crossings(diagram: dict[str, Any]) -> list[tuple[str, str]]:
    """Pairs of wires that cross each other."""
    found = []
    for one, other in combinations(wires(diagram), 2):
        for a in pairwise(one.points):
            for b in pairwise(other.points):
                if _cross(a, b):
                    found.append((one.name, other.name))
    return found


def slanted(diagram: dict[str, Any]) -> list[str]:
    """Wires that are neither upright nor level all along."""
    return [
        wire.name
        for wire in wires(diagram)
        if any(abs(x1 - x2) > 1e-6 and abs(y1 - y2) > 1e-6 for (x1, y1), (x2, y2) in pairwise(wire.points))
    ]


def loose(diagram: dict[str, Any]) -> list[str]:
    """Wires that do not end at the edges of the boxes that they join."""
    drawn = boxes(diagram)
    return [
        wire.name
        for wire in wires(diagram)
        for point, box in ((wire.points[0], drawn[wire.source]), (wire.points[-1], drawn[wire.target]))
        if not _on_edge(point, box)
    ]


def too_long(diagram: dict[str, Any]) -> list[str]:
    """Labels that do not fit their boxes."""
    return [
        element["data"]["label"]
        for element in diagram["elements"]
        if "w" in element["data"]
        for line in element["data"]["label"].split("\n")
        if len(line) * LETTER > element["data"]["w"] - 4
    ]


def _on_edge(point: Point, box: Rect) -> bool:
    x, y = point
    inside = box.left <= x <= box.right and box.top <= y <= box.bottom
    return inside and (x in (box.left, box.right) or y in (box.top, box.bottom))


def _strip(start: Point, end: Point) -> Rect:
    """A segment as a rectangle two pixels wide."""
    (x1, y1), (x2, y2) = start, end
    return Rect("", "", min(x1, x2) - 1, min(y1, y2) - 1, max(x1, x2) + 1, max(y1, y2) + 1)


def _cross(a: tuple[Point, Point], b: tuple[Point, Point]) -> bool:
    """One upright and one level segment that meet inside of both."""
    return any(_pierces(upright, level) for upright, level in ((a, b), (b, a)))


def _pierces(upright: tuple[Point, Point], level: tuple[Point, Point]) -> bool:
    (x, y1), (x2, y2) = upright
    (x3, y), (x4, y4) = level
    if x != x2 or y != y4:
        return False
    return min(x3, x4) < x < max(x3, x4) and min(y1, y2) < y < max(y1, y2)


def interleaved(diagram: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Pairs of Services whose Pods alternate (a b a b), so that no drawing above them is free of crossings."""
    lines: dict[str, list[float]] = {}
    for wire in wires(diagram):
        if wire.source.startswith("service:"):
            lines.setdefault(wire.source, []).append(wire.points[-1][0])
    for (one, a), (other, b) in combinations(lines.items(), 2):
        owners = [owner for _, owner in sorted([(x, one) for x in a] + [(x, other) for x in b])]
        turns = [owner for owner, after in zip(owners, [*owners[1:], ""], strict=True) if owner != after]
        if len(turns) > 3:
            yield one, other
