"""Every experiment of every shipped lesson plays on the engine, and the engine finds exactly one option right."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain
from typing import Any

import pytest
from django.utils import translation

from lessons import phrases
from lessons.content.content_schema import ExperimentContent
from lessons.runs.expectations import holds
from quizzes.kinds.facts import require_path
from tests.content.shipped import LESSONS, ShippedLesson

EXPERIMENTS = [
    pytest.param(lesson, experiment, id=experiment.slug) for lesson in LESSONS for experiment in lesson.experiments
]
OPTIONS = [
    pytest.param(lesson, experiment, number, id=f"{experiment.slug}-{number + 1}")
    for lesson in LESSONS
    for experiment in lesson.experiments
    for number in range(len(experiment.options))
]
REASONS = ("reason", "why", "by", "candidate", "decided_by", "notice")
"""Keys of an exchange whose values are sentences or names of who decided."""
lessons = pytest.mark.parametrize("lesson", [pytest.param(lesson, id=lesson.folder) for lesson in LESSONS])
experiments = pytest.mark.parametrize(("lesson", "experiment"), EXPERIMENTS)


def said(result: dict[str, Any]) -> list[str]:
    """What the engine put into words, each text once."""
    told = [(row["sentence"], row["part_title"], *_evidence(row)) for row in _rows(result)]
    return list(dict.fromkeys(text for text in (*chain(*told), *_reasons(result.get("exchange"))) if text))


def _rows(result: dict[str, Any]) -> list[dict[str, Any]]:
    return [*result["rows"], *(row for variant in result.get("compare", ()) for row in variant["rows"])]


def _evidence(row: dict[str, Any]) -> list[str]:
    return [text for step in row["steps"] for text in (step["text"], *step["notes"])]


def _reasons(document: Any) -> Iterator[str]:
    if isinstance(document, dict):
        yield from (value for key, value in document.items() if key in REASONS and isinstance(value, str))
    for value in document.values() if isinstance(document, dict) else document if isinstance(document, list) else ():
        yield from _reasons(value)


@experiments
def test_exactly_one_option_is_right(lesson: ShippedLesson, experiment: ExperimentContent) -> None:
    exchange = lesson.played(experiment)
    assert [holds(option.when, exchange) for option in experiment.options].count(True) == 1


@pytest.mark.parametrize(("lesson", "experiment", "number"), OPTIONS)
def test_an_option_asks_for_facts_that_an_exchange_has(
    lesson: ShippedLesson, experiment: ExperimentContent, number: int
) -> None:
    exchange = lesson.played(experiment)
    for path in experiment.options[number].when:
        require_path(path, exchange, f"options[{number}].when")


@experiments
def test_exactly_one_answer_to_what_was_seen_is_right(lesson: ShippedLesson, experiment: ExperimentContent) -> None:
    assert experiment.check is not None
    exchange = lesson.played(experiment)
    assert [holds(option.when, exchange) for option in experiment.check.options].count(True) == 1


@experiments
def test_an_answer_asks_for_facts_that_an_exchange_has(lesson: ShippedLesson, experiment: ExperimentContent) -> None:
    assert experiment.check is not None
    exchange = lesson.played(experiment)
    for number, option in enumerate(experiment.check.options):
        for path in option.when:
            require_path(path, exchange, f"check.options[{number}].when")


@experiments
def test_only_the_explanation_of_what_is_right_says_yes(lesson: ShippedLesson, experiment: ExperimentContent) -> None:
    assert experiment.check is not None
    exchange = lesson.played(experiment)
    options = (*experiment.options, *experiment.check.options)
    says_yes = [re.match(r"(Yes|Right)\b", option.explanation) is not None for option in options]
    assert says_yes == [holds(option.when, exchange) for option in options]


@experiments
def test_there_are_three_or_four_options(lesson: ShippedLesson, experiment: ExperimentContent) -> None:
    assert len(experiment.options) in (3, 4)


@lessons
def test_the_right_option_does_not_always_stand_in_the_same_place(lesson: ShippedLesson) -> None:
    places = {
        [holds(option.when, lesson.played(experiment)) for option in experiment.options].index(True)
        for experiment in lesson.experiments
    }
    assert len(places) > 1


@lessons
def test_the_text_places_every_experiment_once_and_in_order(lesson: ShippedLesson) -> None:
    placed = re.findall(r"^::experiment\[(.+)\]$", lesson.text.body, re.MULTILINE)
    assert placed == [experiment.slug for experiment in lesson.experiments]


@experiments
def test_the_diagram_shows_every_node_that_the_packet_passes(
    lesson: ShippedLesson, experiment: ExperimentContent
) -> None:
    exchange = lesson.played(experiment)
    ways = [exchange.get(way) or {"hops": []} for way in ("request", "reply")]
    passed = {hop["node"] for way in ways for hop in (way["hops"] if isinstance(way, dict) else ())} - {None}
    shown = experiment.show.nodes
    assert shown is None or passed <= set(shown)


@experiments
def test_what_the_diagram_shows_exists(lesson: ShippedLesson, experiment: ExperimentContent) -> None:
    cluster = lesson.simulation(experiment.changes, experiment.faults).cluster
    known = {
        "nodes": {node.name for node in cluster.nodes},
        "pods": {f"{pod.namespace}/{pod.name}" for pod in cluster.pods},
        "services": {f"{service.namespace}/{service.name}" for service in cluster.services},
    }
    show = experiment.show
    for kind, names in (("nodes", show.nodes), ("pods", show.pods), ("services", show.services)):
        assert set(names or ()) <= known[kind]


@experiments
def test_what_the_engine_says_is_said_in_german_as_well(lesson: ShippedLesson, experiment: ExperimentContent) -> None:
    """Its sentences, reasons and evidence; rules, routes and what commands print are the same in every language."""
    with translation.override("de"):
        assert [text for text in said(lesson.result(experiment)) if not phrases.is_shown(text)] == []


@lessons
def test_traces_are_told_in_german_as_well(lesson: ShippedLesson) -> None:
    rows = [row for trace in lesson.traces for row in lesson.rows(trace)]
    with translation.override("de"):
        assert [text for text in said({"rows": rows}) if not phrases.is_shown(text)] == []
