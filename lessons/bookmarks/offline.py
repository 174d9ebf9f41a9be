"""A lesson as a page to read without a network: the same for everybody, without forms, answers behind a heading."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.utils.safestring import SafeString

from lessons import catalog
from lessons.content.schema import ContentError
from lessons.experiments import predictions
from lessons.experiments.predictions import Outcome
from lessons.models import Course, Experiment, Lesson, SimulationRun, TraceExercise
from lessons.runs import simulations
from lessons.runs.scenarios import Scenario
from lessons.traces.exercises import TraceBench

NOBODY = AnonymousUser()


@dataclass(frozen=True, slots=True)
class Part:
    """Prose, an experiment or a trace; `result` is one of lessons.runs.scenarios.play, None if never computed.

    `given_away`: the packet's way is shown at once, as nothing is asked.
    """

    html: SafeString | None = None
    experiment: Experiment | None = None
    trace: TraceExercise | None = None
    content: Any = None
    result: dict[str, Any] | None = None
    diagram: dict[str, Any] | None = None
    outcomes: tuple[Outcome, ...] = ()
    given_away: bool = False


@dataclass(frozen=True, slots=True)
class OfflineLesson:
    course: Course
    lesson: Lesson
    parts: tuple[Part, ...]
    previous: Lesson | None
    next: Lesson | None


def copy(course: str, lesson: str) -> OfflineLesson:
    """Raises Lesson.DoesNotExist for what not everybody may see."""
    found = Lesson.objects.visible_to(NOBODY).select_related("course", "scene").get(course__slug=course, slug=lesson)
    page = catalog.open_lesson(found, NOBODY, None)
    parts = tuple(part for part in map(_part, page.blocks) if part is not None)
    return OfflineLesson(page.course, page.lesson, parts, page.previous, page.next)


def _part(block: catalog.Block) -> Part | None:
    """None for the playground, which nobody can read."""
    if block.html:
        return Part(html=block.html)
    if block.bench:
        return _experiment(block.bench.experiment)
    return _trace(block.trace) if block.trace else None


def _experiment(experiment: Experiment) -> Part:
    result = _known(experiment)
    outcomes = predictions.explain(experiment, result["exchange"], None) if result else ()
    diagram = result and {**result["diagram"], "stops": []}
    return Part(experiment=experiment, result=result, diagram=diagram, outcomes=outcomes)


def _trace(bench: TraceBench) -> Part:
    result = bench.result or _known(bench.exercise)
    return Part(
        trace=bench.exercise,
        content=bench.trace,
        result=result,
        diagram=result and result["diagram"],
        given_away=bench.exercise.kind == TraceExercise.Kind.WORKED,
    )


def _known(asked: Experiment | TraceExercise) -> dict[str, Any] | None:
    """The result that the engine gave before; no worker is asked."""
    try:
        scenario: Scenario = asked.scenario()
    except ContentError:
        return None  # the lesson itself says what is wrong with it
    run = simulations.find(SimulationRun.Kind.TRACE, scenario)
    return run.result if run is not None else None
