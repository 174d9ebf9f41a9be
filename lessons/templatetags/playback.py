"""What the player in the browser gets of a result: enough to draw each stop, nothing that only the table shows."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil
from typing import Any

from django import template
from django.utils.translation import gettext

from lessons import phrases
from lessons.picture.canvas import LARGEST_ZOOM, SMALLEST_ZOOM
from lessons.picture.labels import in_language
from lessons.picture.svg import shapes

register = template.Library()

ROW_KEYS = (
    "number", "part", "part_title", "starts_part", "turn", "leg", "leg_title", "starts_leg", "where", "detail",
    "packet_label", "wrapped", "changed", "events", "sentence", "layers",
)  # fmt: skip


@register.filter
def playback(result: Mapping[str, Any] | None) -> dict[str, Any]:
    """{stops, rows} of a result of lessons.runs.scenarios.play, index by index; both empty for a picture alone."""
    if result is None or "rows" not in result:
        return {"stops": [], "rows": []}
    return {
        "stops": result["diagram"]["stops"],
        "rows": [_translated({key: row[key] for key in ROW_KEYS}) for row in result["rows"]],
    }


def _translated(row: dict[str, Any]) -> dict[str, Any]:
    """With the words that lessons.picture.narration and lessons.picture.hop_events mark, in the learner's language."""
    leg, words = row["leg_title"], [event["word"] for event in row["events"]]
    events = [event | {"word": gettext(word)} for event, word in zip(row["events"], words, strict=True)]
    told: dict[str, Any] = {name: phrases.shown(row[name]) for name in ("where", "detail", "sentence", "part_title")}
    language = "" if phrases.is_shown(row["sentence"]) else phrases.LANGUAGE
    layers = [_translated_layer(layer) for layer in row["layers"]]
    told |= {"leg_title": gettext(leg), "events": events, "layers": layers}
    return row | told | {"sentence_language": language}


def _translated_layer(layer: Mapping[str, Any]) -> dict[str, Any]:
    fields = [
        field | {name: phrases.shown(field[name]) for name in ("name", "value", "was")} for field in layer["fields"]
    ]
    return {**layer, "title": phrases.shown(layer["title"]), "fields": fields}


@register.filter
def answered(result: Mapping[str, Any]) -> bool:
    """Whether anything comes back in this result."""
    return any(row["leg"] == "reply" for row in result["rows"])


@register.filter
def connections(result: Mapping[str, Any]) -> list[dict[str, Any]]:
    """{title, first: index of the first row} of each exchange of a playback that has several."""
    starts = [(index, row["part_title"]) for index, row in enumerate(result["rows"]) if row["starts_part"]]
    return [{"title": phrases.shown(title), "first": index} for index, title in starts] if len(starts) > 1 else []


@register.filter
def picture(diagram: Mapping[str, Any]) -> dict[str, Any]:
    """{elements, size} of a diagram of lessons.picture.drawing.draw, in the reader's language."""
    return {"elements": in_language(diagram)["elements"], "size": diagram["size"]}


@register.filter
def shown_size(diagram: Mapping[str, Any]) -> dict[str, int]:
    """In CSS pixels: the largest {width, height} at which a diagram is shown, and the least."""
    width, height = diagram["size"]
    return {
        "width": round(width * LARGEST_ZOOM),
        "height": round(height * LARGEST_ZOOM),
        "least_width": ceil(width * SMALLEST_ZOOM),
        "least_height": ceil(height * SMALLEST_ZOOM),
    }


@register.filter
def svg_shapes(diagram: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """The shapes of a diagram, see lessons.picture.svg."""
    return shapes(in_language(diagram))
