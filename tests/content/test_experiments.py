"""Every experiment of every shipped lesson plays on the engine, and the engine finds exactly one option right."""

from __future__ import annotations

import re

import pytest

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
lessons = pytest.mark.parametrize("lesson", [pytest.param(lesson, id=lesson.folder) for lesson in LESSONS])
experiments = pytest.mark.parametrize(("lesson", "experiment"), EXPERIMENTS)


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
