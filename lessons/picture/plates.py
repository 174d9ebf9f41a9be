"""Plates above the Services: objects that a proxy reads, with a chip for each of their rules.

    arrange(plates, services, pods, span, top) → Above      everything above the nodes, before anything is drawn
    draw(canvas, above)

Ingresses and routes stand in one row, each near what its lines lead to, its chips from left to right as those. A line
leads from each chip to the Services of its rule, and one from the plate to the Pods that read it, or to the Gateways
that it names. A Gateway stands among the Services, above the Pods of its proxy.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations
from statistics import fmean

from lessons.picture.canvas import LETTER, Box, Canvas, with_role
from lessons.picture.channels import Line, crossings, levels, room, spread, turn
from lessons.picture.objects import Chip, Plate
from lessons.picture.services import Arrangement, Item, Passage, ServiceLabel, place

CHIP_HEIGHT, CHIP_PADDING, LEAST_CHIP, CHIP_GAP = 40, 14, 62, 8
CAPTION_HEIGHT, CAPTION_INDENT = 19, 12
PLATE_PADDING = 8
MOST_PERMUTED = 3
FOOT = 10
"""Width that the line of the plate itself has among those of the chips."""
PLATE_HEIGHT = 2 * CAPTION_HEIGHT + 4 + CHIP_HEIGHT + PLATE_PADDING


@dataclass(frozen=True, slots=True)
class PlacedPlate:
    """A plate, its chips' boxes, and where its own lines begin."""

    plate: Plate
    box: Box
    chips: Mapping[str, Box]
    foot: float


@dataclass(frozen=True, slots=True)
class _Reference:
    """A line of a plate: from one of its chips, or where `chip` is None from the plate, to an item or a Pod."""

    plate: Plate
    chip: Chip | None
    passage: Passage

    @property
    def element(self) -> str:
        return self.chip.name if self.chip else self.plate.name


@dataclass(frozen=True, slots=True)
class Above:
    """`turns` are the heights at which references leave for their ways, in the same order; `bottom` is where nodes
    begin."""

    plates: tuple[PlacedPlate, ...]
    references: tuple[_Reference, ...]
    turns: tuple[float, ...]
    services: tuple[ServiceLabel, ...]
    items: Arrangement

    @property
    def bottom(self) -> float:
        return self.items.bottom


def arrange(
    plates: Sequence[Plate], services: Sequence[ServiceLabel], pods: Mapping[str, Box], span: tuple[float, float],
    top: float,
) -> Above:  # fmt: skip
    """`pods` are the boxes of the drawn Pods, `span` left and right of all nodes."""
    gateways = [plate for plate in plates if plate.is_gateway]
    upper = [plate for plate in plates if not plate.is_gateway]
    wanted = [(plate, chip, target) for plate in upper for chip, target in _targets(plate, pods)]
    bottom = top + PLATE_HEIGHT if upper else top
    stems = {(plate.name, chip.name if chip else "") for plate, chip, _ in wanted}
    items = [service.item for service in services] + [_item(plate) for plate in gateways]
    arrangement = place(items, pods, span, bottom + room(len(stems)), [target for *_, target in wanted])
    references = tuple(
        _Reference(plate, chip, passage) for (plate, chip, _), passage in zip(wanted, arrangement.passages, strict=True)
    )
    boxes = {placed.item.name: placed.box for placed in arrangement.placed}
    placed = _placed(upper, references, span, bottom)
    low = tuple(_standing(plate, _strip(plate, ()), boxes[plate.name]) for plate in gateways)
    return Above((*placed, *low), references, _turns(references, placed, bottom), tuple(services), arrangement)


def _item(gateway: Plate) -> Item:
    return Item(gateway.name, gateway.readers, _width(gateway, _strip(gateway, ())), PLATE_HEIGHT)


def _targets(plate: Plate, pods: Mapping[str, Box]) -> Iterator[tuple[Chip | None, str]]:
    yield from ((chip, service) for chip in plate.chips for service in chip.services)
    yield from ((None, gateway) for gateway in plate.gateways)
    yield from ((None, pod) for pod in plate.readers if pod in pods)


def _placed(
    plates: Sequence[Plate], references: Sequence[_Reference], span: tuple[float, float], bottom: float
) -> tuple[PlacedPlate, ...]:
    """From left to right as what their lines lead to; a few plates in the order in which lines cross least."""
    ways = {plate.name: [each.passage.way for each in references if each.plate is plate] for plate in plates}
    middles = {name: fmean(found or [sum(span) / 2]) for name, found in ways.items()}
    order = sorted(plates, key=lambda plate: middles[plate.name])
    orders = permutations(order) if len(order) <= MOST_PERMUTED else [tuple(order)]
    rows = [_row(each, middles, references, span, bottom) for each in orders]
    return min(rows, key=lambda row: _crossings(references, row)) if len(rows) > 1 else rows[0]


def _row(
    order: Sequence[Plate], middles: Mapping[str, float], references: Sequence[_Reference],
    span: tuple[float, float], bottom: float,
) -> tuple[PlacedPlate, ...]:  # fmt: skip
    strips = [_strip(plate, references) for plate in order]
    widths = [_width(plate, strip) for plate, strip in zip(order, strips, strict=True)]
    xs = spread([middles[plate.name] for plate in order], widths, *span)
    return tuple(
        _standing(plate, strip, Box(x, bottom - PLATE_HEIGHT / 2, width, PLATE_HEIGHT))
        for plate, strip, x, width in zip(order, strips, xs, widths, strict=True)
    )


Strip = Sequence[tuple[Chip | None, float]]
"""Chips and, as None, the foot of the plate's own lines, from left to right with their widths."""


def _strip(plate: Plate, references: Sequence[_Reference]) -> Strip:
    ways: dict[str, list[float]] = {}
    for each in references:
        if each.plate is plate:
            ways.setdefault(each.element, []).append(each.passage.way)
    items: list[tuple[Chip | None, float]] = [(chip, _chip_width(chip)) for chip in plate.chips]
    if plate.name in ways:
        items.append((None, FOOT))
    last = float("inf")
    return sorted(items, key=lambda item: fmean(ways.get(item[0].name if item[0] else plate.name, [last])))


def _chip_width(chip: Chip) -> float:
    return max(LEAST_CHIP, max(map(len, chip.label.split("\n"))) * LETTER + CHIP_PADDING)


def _width(plate: Plate, strip: Strip) -> float:
    chips = sum(width for _, width in strip) + CHIP_GAP * (len(strip) - 1)
    words = max(len(plate.title), len(plate.detail)) * LETTER
    return max(chips + 2 * PLATE_PADDING, words + 2 * CAPTION_INDENT)


def _standing(plate: Plate, strip: Strip, box: Box) -> PlacedPlate:
    """The strip in the middle of the plate, above its lower edge."""
    left = box.x - (sum(width for _, width in strip) + CHIP_GAP * (len(strip) - 1)) / 2
    y = box.bottom - PLATE_PADDING - CHIP_HEIGHT / 2
    chips, foot = {}, box.x
    for chip, width in strip:
        if chip is None:
            foot = left + width / 2
        else:
            chips[chip.name] = Box(left + width / 2, y, width, CHIP_HEIGHT)
        left += width + CHIP_GAP
    return PlacedPlate(plate, box, chips, foot)


def _lines(references: Sequence[_Reference], placed: Sequence[PlacedPlate]) -> dict[str, Line]:
    """By element: the lines of one chip, and a plate's own lines, turn at one height."""
    stems = {each.plate.name: each.foot for each in placed} | {
        name: box.x for each in placed for name, box in each.chips.items()
    }
    ways: dict[str, list[float]] = {}
    for each in references:
        ways.setdefault(each.element, []).append(each.passage.way)
    return {name: Line(stems[name], tuple(ends)) for name, ends in ways.items()}


def _crossings(references: Sequence[_Reference], placed: Sequence[PlacedPlate]) -> int:
    lines = list(_lines(references, placed).values())
    return crossings(lines, levels(lines))


def _turns(references: Sequence[_Reference], placed: Sequence[PlacedPlate], bottom: float) -> tuple[float, ...]:
    lines = _lines(references, placed)
    heights = dict(zip(lines, levels(list(lines.values())), strict=True))
    return tuple(bottom + turn(heights[each.element]) for each in references)


def draw(canvas: Canvas, above: Above) -> None:
    """Onto a canvas that has the nodes already."""
    services = {service.name: service for service in above.services}
    gateways = {each.plate.name: each for each in above.plates if each.plate.is_gateway}
    for placed in above.items.placed:
        name = placed.item.name
        if name in services:
            role = services[name].role
            canvas.box(name, with_role("service", role), services[name].label, placed.box)
        else:
            _draw_plate(canvas, gateways[name])
        kind = "selects" if name in services else "selects reads"
        for pod, x in placed.drops.items():
            canvas.elbow(name, f"pod:{pod}", kind, placed.turn, x)
    for plate in above.plates:
        if not plate.plate.is_gateway:
            _draw_plate(canvas, plate)
    feet = {each.plate.name: each.foot for each in above.plates}
    for reference, height in zip(above.references, above.turns, strict=True):
        _draw_reference(canvas, reference, height, feet[reference.plate.name])


def _draw_plate(canvas: Canvas, placed: PlacedPlate) -> None:
    plate, box = placed.plate, placed.box
    canvas.box(plate.name, "plate", "", box)
    for number, text in enumerate((plate.title, plate.detail)):
        y = box.top + 2 + CAPTION_HEIGHT * (number + 0.5)
        kind = "caption link-caption" if number else "caption"
        canvas.caption(f"caption:{plate.name}{number}", text, box.left + CAPTION_INDENT, y, kind)
    for chip in plate.chips:
        canvas.box(chip.name, "rule", chip.label, placed.chips[chip.name])


def _draw_reference(canvas: Canvas, reference: _Reference, height: float, foot: float) -> None:
    passage, box = reference.passage, canvas.boxes[reference.element]
    target = passage.target if canvas.has(passage.target) else f"pod:{passage.target}"
    stem = box.x if reference.chip else foot
    points = [(stem, box.bottom), (stem, height), (passage.way, height)]
    if passage.depth:
        points += [(passage.way, passage.turn), (passage.x, passage.turn)]
    kind = "selects reads" if target.startswith("pod:") else "selects"
    canvas.polyline(reference.element, target, kind, [*points, (passage.x, canvas.boxes[target].top)])
