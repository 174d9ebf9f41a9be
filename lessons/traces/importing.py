"""The part of a lesson's import that brings in its trace exercises."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import netsim
from lessons.content.manifests import ManifestError
from lessons.content.schema import ContentError
from lessons.models import Lesson, TraceExercise
from lessons.runs import simulations
from lessons.traces import cells as trace_cells
from lessons.traces.schema import TraceContent

Report = Callable[[str], None]


def write(lesson: Lesson, traces: Sequence[TraceContent], report: Report) -> None:
    """Stores these exercises; one that is no longer among them is deleted, unless somebody worked on it."""
    for position, trace in enumerate(traces, start=1):
        values = {"position": position, "kind": trace.kind, "title": trace.title, "content": trace.own_content()}
        TraceExercise.objects.update_or_create(lesson=lesson, slug=trace.slug, defaults=values)
    for exercise in lesson.traces.exclude(slug__in=[trace.slug for trace in traces]):
        if exercise.answers.exists():
            report(f"Trace {exercise.slug}: is no longer among the files; kept, because it has answers.")
        else:
            report(f"Trace {exercise.slug}: deleted.")
            exercise.delete()


def stored(lesson: Lesson) -> tuple[TraceContent, ...]:
    return tuple(exercise.parsed() for exercise in lesson.traces.all())


def check(lesson: Lesson, folder: Path) -> None:
    """Traces each packet, which also stores the result for learners. Raises ContentError."""
    for index, exercise in enumerate(lesson.traces.select_related("lesson__scene")):
        file, place = str(folder / "traces.yaml"), f"[{index}] ({exercise.slug})"
        try:
            problems = exercise_problems(exercise)
        except ManifestError as error:
            raise ContentError(file, (f"{place}: {error}",)) from error
        except netsim.NetsimError as error:
            raise ContentError(file, (f"{place}.probe: {error}",)) from error
        if problems:
            raise ContentError(file, tuple(f"{place}.{problem}" for problem in problems))


def exercise_problems(exercise: TraceExercise) -> tuple[str, ...]:
    """What of the exercise does not fit the table that the engine makes of its packet.

    Raises ContentError, ManifestError or netsim.NetsimError where there is no table.
    """
    return trace_cells.problems(exercise.parsed(), simulations.solve(exercise.scenario())["rows"])
