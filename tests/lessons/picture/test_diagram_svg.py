"""The static picture shows what the moving one shows. The cluster is drawn in exchanges.py."""

from __future__ import annotations

import re
from math import hypot

import pytest

from lessons.picture.drawing import draw
from lessons.picture.svg import shapes
from tests.lessons import exchanges
from tests.lessons.pictures import wires

DIAGRAM = draw(exchanges.simulation(), [], {})
SHAPES = shapes(DIAGRAM)


def points(path: str) -> list[tuple[float, float]]:
    """Of a path with one start, in the terms that lessons.picture.svg writes."""
    x, y, found = 0.0, 0.0, []
    for command, numbers in re.findall(r"([Mlhv])([^Mlhvz]*)", path):
        values = [float(number) for number in numbers.split(",")]
        right, down = {"h": (values[0], 0.0), "v": (0.0, values[0])}.get(command, tuple(values))
        x, y = x + right, y + down
        found.append((x, y))
    return found


def path_of(kind: str) -> str:
    return str(next(wire["path"] for wire in SHAPES["wires"] if wire["kind"] == kind))


def first(path: str) -> str:
    return "M" + path.split("M")[1]


def test_every_element_is_a_shape() -> None:
    wires = sum(wire["path"].count("M") for wire in SHAPES["wires"])
    others = sum(len(SHAPES[part]) for part in ("behind", "boxes", "captions"))
    assert wires + others == len(DIAGRAM["elements"])


@pytest.mark.parametrize("text", ["10.244.1.2", "VXLAN VNI 1", "netfilter · rules", "10.96.0.50:80"])
def test_labels_are_drawn_line_by_line(text: str) -> None:
    assert text in [line["text"] for box in SHAPES["boxes"] for line in box["lines"]]


def test_two_lines_are_centered_in_their_box() -> None:
    box = next(box for box in SHAPES["boxes"] if len(box["lines"]) == 2)
    assert sum(float(line["y"]) for line in box["lines"]) == 0 == float(box["y"]) + float(box["height"]) / 2


def test_a_box_is_told_from_the_center_that_the_browser_is_given() -> None:
    elements = {each["data"]["id"]: each for each in DIAGRAM["elements"]}
    centers = {box["center"] for box in SHAPES["boxes"]}
    position = elements["interface:n1:eth0"]["position"]
    assert f"{position['x']:g},{position['y']:g}" in centers


def test_boxes_of_one_size_are_alike_but_for_center_and_words() -> None:
    plain = {(box["x"], box["y"], box["width"], box["height"]) for box in SHAPES["boxes"] if "interface" in box["kind"]}
    assert len(plain) == 1


def test_a_wire_ends_at_the_edges_of_its_boxes() -> None:
    (x1, y1), (x2, y2) = points(first(path_of("wire")))
    assert x1 == x2
    assert y1 < y2


def test_the_lines_of_a_service_turn_corners() -> None:
    xs, ys = zip(*points(first(path_of("selects"))), strict=True)
    assert (xs[0], xs[2], ys[1]) == (xs[1], xs[3], ys[2])
    assert ys[0] < ys[1] < ys[3]


def test_the_tables_of_the_kernel_have_cut_corners_as_in_the_browser() -> None:
    tables = [box for box in SHAPES["boxes"] if box["path"]]
    assert {line["text"] for box in tables for line in box["lines"]} == {"netfilter · rules", "routing · tables"}
    assert all(len(points(box["path"])) == 8 and box["path"].endswith("z") for box in tables)


def test_a_path_leads_where_the_wire_ends() -> None:
    drawn = sorted(points(line) for kind in SHAPES["wires"] for line in re.findall(r"M[^M]*", kind["path"]))
    meant = sorted(list(wire.points) for wire in wires(DIAGRAM))
    assert drawn == [[pytest.approx(point, abs=0.06) for point in wire] for wire in meant]


def test_the_way_of_a_packet_lies_on_top_of_the_other_wires() -> None:
    way = [element["data"]["id"] for element in DIAGRAM["elements"] if element["classes"] == "wire"][:1]
    kinds = [wire["kind"] for wire in shapes({**DIAGRAM, "stops": [{"path": [], "edges": way}]})["wires"]]
    assert kinds == [*(wire["kind"] for wire in SHAPES["wires"]), "wire passed"]


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
