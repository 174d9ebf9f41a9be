"""Labels of a picture in another language: what they say, and that they fit the boxes that were measured in English."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import translation

from lessons.picture import drawing, labels
from lessons.picture.canvas import LETTER
from tests.lessons import exchanges


@pytest.fixture(scope="module")
def diagram() -> dict[str, Any]:
    exchange = exchanges.across_nodes()
    return drawing.draw(exchanges.simulation(), exchanges.parts(exchange), {})


def texts(diagram: Any) -> list[str]:
    return [element["data"].get("label", "") for element in diagram["elements"]]


def test_labels_are_said_in_german(diagram: dict[str, Any]) -> None:
    with translation.override("de"):
        said = {line for text in texts(labels.in_language(diagram)) for line in text.split("\n")}
    assert {"Host-Netz", "netfilter · Regeln", "Routing · Tabellen", "Node n1", "zu client"} <= said


@pytest.mark.parametrize(
    ("roles", "label"),
    [
        ({"from": "pod/ops/client"}, "von Pod · ops"),
        ({"at": "node/n1"}, "auf Node n1"),
        ({"to": "external"}, "nach außen"),
        ({"to": "svc/app/api"}, "zu Service app/api"),
    ],
    ids=["Pod", "node", "outside", "Service"],
)
def test_who_sends_and_who_is_asked_is_said_in_german(roles: dict[str, str], label: str) -> None:
    marked = drawing.draw(exchanges.simulation(), (), {"roles": roles})
    with translation.override("de"):
        said = {line for text in texts(labels.in_language(marked)) for line in text.split("\n")}
    assert label in said


def test_names_and_addresses_stay(diagram: dict[str, Any]) -> None:
    with translation.override("de"):
        said = {line for text in texts(labels.in_language(diagram)) for line in text.split("\n")}
    assert {"eth0", "flannel.1"} <= said


def test_the_stored_diagram_stays_english(diagram: dict[str, Any]) -> None:
    before = texts(diagram)
    with translation.override("de"):
        labels.in_language(diagram)
    assert texts(diagram) == before


def test_in_english_it_is_the_same_diagram(diagram: dict[str, Any]) -> None:
    with translation.override("en"):
        assert labels.in_language(diagram) is diagram


def test_german_labels_fit_their_boxes(diagram: dict[str, Any]) -> None:
    with translation.override("de"):
        boxes = [each["data"] for each in labels.in_language(diagram)["elements"] if "w" in each["data"]]
    lines = [(line, data["w"]) for data in boxes for line in data["label"].split("\n")]
    assert [line for line, width in lines if len(line) * LETTER > width] == []
