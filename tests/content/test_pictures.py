"""The picture of every shipped experiment, measured: nothing is covered, crossed or too small to read."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.utils import translation

from lessons.picture.canvas import LABEL_SIZE, LETTER
from lessons.picture.labels import in_language
from tests.content.claims import lesson_named
from tests.content.shipped import LESSONS, ShippedLesson, result_of
from tests.lessons import pictures

PAGE, BESIDE = 1216 - 8, 1216 - 392 - 8
"""Widths of a picture on a page of 1280 px, alone and beside the packet's panel."""
IDS = [lesson.text.slug for lesson in LESSONS]


def diagrams_of(lesson: ShippedLesson) -> dict[str, dict[str, Any]]:
    """By the slug of the experiment or exercise; a plugin's run has no cluster to draw."""
    scenarios = {each.slug: lesson.scenario(each) for each in lesson.experiments if each.kind != "cni"}
    scenarios |= {trace.slug: trace.scenario(lesson.scene) for trace in lesson.traces}
    return {slug: result_of(json.dumps(each.request("trace")))["diagram"] for slug, each in scenarios.items()}


@pytest.mark.parametrize("lesson", LESSONS, ids=IDS)
def test_nothing_covers_or_crosses_anything(lesson: ShippedLesson) -> None:
    assert {slug: found for slug, each in diagrams_of(lesson).items() if (found := pictures.blemishes(each))} == {}


@pytest.mark.parametrize("lesson", LESSONS, ids=IDS)
def test_a_packets_source_and_destination_are_marked(lesson: ShippedLesson) -> None:
    traces = {trace.slug for trace in lesson.traces}
    for slug, diagram in diagrams_of(lesson).items():
        said = [each["data"]["label"] for each in diagram["elements"] if "role" in each["classes"].split()]
        if slug in traces:
            assert {label.split()[0] for label in said if label} >= {"from", "to"}, slug


@pytest.mark.parametrize("lesson", LESSONS, ids=IDS)
def test_labels_are_12_pixels_high_on_a_page_of_1280(lesson: ShippedLesson) -> None:
    sizes = {
        slug: LABEL_SIZE * (PAGE if diagram["wide"] else BESIDE) / diagram["size"][0]
        for slug, diagram in diagrams_of(lesson).items()
    }
    assert {slug: size for slug, size in sizes.items() if size < 12} == {}


@pytest.mark.parametrize("lesson", LESSONS, ids=IDS)
def test_german_labels_fit_the_boxes_of_english_ones(lesson: ShippedLesson) -> None:
    with translation.override("de"):
        pictures_shown = [in_language(diagram) for diagram in diagrams_of(lesson).values()]
    boxes = [each["data"] for picture in pictures_shown for each in picture["elements"] if "w" in each["data"]]
    lines = {(line, data["w"]) for data in boxes for line in data["label"].split("\n")}
    assert [line for line, width in lines if len(line) * LETTER > width] == []


def test_a_service_shows_the_whole_of_its_address_outside() -> None:
    elements = [each for diagram in diagrams_of(lesson_named("ingress")).values() for each in diagram["elements"]]
    labels = [each["data"]["label"] for each in elements if each["data"]["id"] == "service:ingress/edge"]
    assert {label.splitlines()[-1] for label in labels} == {"outside 198.51.100.20"}
