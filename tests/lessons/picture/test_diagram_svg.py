"""The static picture shows what the moving one shows. The cluster is drawn in exchanges.py."""

from __future__ import annotations

from math import hypot

import pytest

from lessons.picture.drawing import draw
from lessons.picture.svg import shapes
from tests.lessons import exchanges
from tests.lessons.pictures import wires

DIAGRAM = draw(exchanges.simulation(), [], {})
SHAPES = shapes(DIAGRAM)


def test_every_element_is_a_shape() -> None:
    assert sum(len(found) for found in SHAPES.values()) == len(DIAGRAM["elements"])


@pytest.mark.parametrize("text", ["10.244.1.2", "VXLAN VNI 1", "netfilter · rules", "10.96.0.50:80"])
def test_labels_are_drawn_line_by_line(text: str) -> None:
    assert text in [line["text"] for box in SHAPES["boxes"] for line in box["lines"]]


def test_two_lines_are_centered_in_their_box() -> None:
    box = next(box for box in SHAPES["boxes"] if len(box["lines"]) == 2)
    middle = sum(line["y"] for line in box["lines"]) / 2
    assert middle == box["y"] + box["height"] / 2


def test_a_wire_ends_at_the_edges_of_its_boxes() -> None:
    wire = next(wire for wire in SHAPES["wires"] if wire["kind"] == "wire")
    (x1, y1), (x2, y2) = (map(float, point.split(",")) for point in wire["points"].split())
    assert x1 == x2
    assert y1 < y2


def test_the_lines_of_a_service_turn_corners() -> None:
    (first, *_) = [wire["points"].split() for wire in SHAPES["wires"] if wire["kind"] == "selects"]
    xs, ys = zip(*(map(float, point.split(",")) for point in first), strict=True)
    assert (xs[0], xs[2], ys[1]) == (xs[1], xs[3], ys[2])
    assert ys[0] < ys[1] < ys[3]


def test_the_tables_of_the_kernel_have_cut_corners_as_in_the_browser() -> None:
    tables = [box for box in SHAPES["boxes"] if box["points"]]
    assert {line["text"] for box in tables for line in box["lines"]} == {"netfilter · rules", "routing · tables"}
    assert all(len(box["points"].split()) == 8 for box in tables)


def test_the_browser_is_given_the_same_corners() -> None:
    """Cytoscape's "segments": a share of the straight line, and a distance beside it."""
    for element in DIAGRAM["elements"]:
        if element["classes"] != "selects":
            continue
        data = element["data"]
        wire = next(wire for wire in wires(DIAGRAM) if wire.name == data["id"])
        (x1, y1), (x2, y2) = wire.points[0], wire.points[-1]
        length = hypot(x2 - x1, y2 - y1)
        shares = [float(word) for word in data["weights"].split()]
        distances = [float(word.removesuffix("px")) for word in data["distances"].split()]
        corners = [
            (x1 + w * (x2 - x1) - d * (y2 - y1) / length, y1 + w * (y2 - y1) + d * (x2 - x1) / length)
            for w, d in zip(shares, distances, strict=True)
        ]
        assert corners == [pytest.approx(corner, abs=0.05) for corner in data["corners"]]
