"""A learner works through a trace exercise: the table is shown, gaps are filled and judged, then the packet is played.

    look(exercise, learner)                 as the lesson's page shows it; never asks a worker
    load(exercise, learner)                 the same, and a worker is asked where the engine has not answered yet
    answer(learner, exercise, typed, show)  stores what was typed, and judges it; show: a cell to give up
    follow(learner, exercise)               a worked trace was followed to its end
    again(learner, exercise)                an empty table; what was there stays stored

What a learner typed is stored before the engine is asked. Tries are free; the newest TraceAnswer is how it stands.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Literal

from django.utils.translation import gettext as _

from lessons import phrases, progress
from lessons.content.schema import ContentError
from lessons.models import Learner, SimulationRun, TraceAnswer, TraceExercise
from lessons.runs import simulations
from lessons.runs.polling import WAIT_SECONDS, poll_delay
from lessons.runs.scenarios import Scenario
from lessons.traces import table as trace_table
from lessons.traces.cells import text
from lessons.traces.schema import BlanksTrace, TraceContent, WorkedTrace
from lessons.traces.table import Gap, Line

State = Literal["waiting", "unavailable", "ask", "shown"]
RequestRun = Callable[[Scenario], SimulationRun | None]


@dataclass(frozen=True, slots=True)
class Note:
    """What the author says at a row, which counts from 1; Markdown."""

    row: int
    where: str
    text: str


@dataclass(frozen=True, slots=True)
class TraceBench:
    """One exercise as one learner sees it now: what templates/lessons/traces/_trace.html gets.

    waiting: the engine has not answered yet; ask: the table has open gaps; shown: the packet can be played.
    done: the learner solved or followed it at least once; answer: how it stands now. poll: how often the page has
    asked for the result; poll_ms: when it asks again, None for never.
    """

    exercise: TraceExercise
    state: State
    trace: TraceContent | None = None
    answer: TraceAnswer | None = None
    done: bool = False
    run: SimulationRun | None = None
    result: dict[str, Any] | None = None
    gaps: tuple[Gap, ...] = ()
    lines: tuple[Line, ...] = ()
    notes: tuple[Note, ...] = ()
    poll: int = 0
    poll_ms: int | None = None
    message: str = ""

    @property
    def cluster(self) -> dict[str, Any] | None:
        """The picture without the packet's way, as soon as the engine has answered."""
        return {**self.run.result["diagram"], "stops": []} if self.run and self.run.result else None

    def context(self) -> dict[str, Any]:
        """The fields by name, and what follows from them."""
        open_gaps = [gap for gap in self.gaps if not gap.is_done]
        return {field.name: getattr(self, field.name) for field in fields(self)} | {
            "figure_id": f"trace-{self.exercise.pk}",
            "diagram": self.result and self.result["diagram"],
            "cluster": self.cluster,
            "playback_run": self.result and self.run,
            "columns": [(name, trace_table.column_title(name)) for name in trace_table.columns(self.trace)],
            "right": sum(gap.is_done and not gap.shown for gap in self.gaps),
            "open": len(open_gaps),
            "next_gap": open_gaps[0] if open_gaps else None,
        }


def look(exercise: TraceExercise, learner: Learner | None) -> TraceBench:
    """The exercise as it stands. What the engine has not answered yet, the page asks for afterwards (see load)."""
    return _bench(exercise, learner, lambda scenario: simulations.find(SimulationRun.Kind.TRACE, scenario), 0, 0.0)


def load(exercise: TraceExercise, learner: Learner | None, *, poll: int = 0) -> TraceBench:
    return _bench(exercise, learner, simulations.request_trace, poll, WAIT_SECONDS)


def answer(learner: Learner, exercise: TraceExercise, typed: Mapping[str, str], show: str = "") -> TraceBench:
    """`typed` by names of cells, those left out stay as they are; `show` is the name of a cell to give up, or ""."""
    before = _newest(learner, exercise)
    answers = {**(before.answers if before else {}), **typed}
    shown = {*(before.shown if before else ()), *([show] if show else ())}
    TraceAnswer.objects.create(learner=learner, exercise=exercise, answers=answers, shown=sorted(shown))
    progress.record_opened(learner, exercise.lesson)
    return load(exercise, learner)


def follow(learner: Learner, exercise: TraceExercise) -> TraceBench:
    """Marks a worked trace as followed; an exercise with gaps is left as it is."""
    if exercise.kind == TraceExercise.Kind.WORKED:
        TraceAnswer.objects.create(learner=learner, exercise=exercise, solved=True)
        progress.record_opened(learner, exercise.lesson)
    return load(exercise, learner)


def again(learner: Learner, exercise: TraceExercise) -> TraceBench:
    TraceAnswer.objects.create(learner=learner, exercise=exercise)
    return load(exercise, learner)


def _bench(
    exercise: TraceExercise, learner: Learner | None, request: RequestRun, poll: int, wait_seconds: float
) -> TraceBench:
    bench = TraceBench(exercise, "waiting", answer=_newest(learner, exercise), poll=poll)
    try:
        bench = replace(bench, trace=exercise.parsed())
        run = request(exercise.scenario())
        run = run and simulations.wait_for(run, wait_seconds)
    except ContentError as error:
        return replace(bench, state="unavailable", message=_("This trace is not ready: %(error)s") % {"error": error})
    except simulations.SimulatorUnavailableError:
        message = _("The simulator cannot be reached. What you typed is stored; the table appears when it answers.")
        return replace(bench, state="unavailable", message=message, poll_ms=poll_delay(poll, slow=True))
    if run is None:
        return replace(bench, poll_ms=0)
    if run.state == SimulationRun.State.FAILED:
        message = _("The simulator could not trace this packet. %(error)s") % {"error": phrases.shown(run.error)}
        return replace(bench, state="unavailable", message=message)
    if run.result is None:
        return replace(bench, poll_ms=poll_delay(poll, slow=simulations.is_overdue(run)))
    return _with_table(replace(bench, run=run, result=run.result), learner)


def _with_table(bench: TraceBench, learner: Learner | None) -> TraceBench:
    """The bench of an exercise whose result is there. Writes down what the newest answer is worth, once."""
    trace, result, newest = bench.trace, bench.result, bench.answer
    if trace is None or result is None:
        return bench
    rows = result["rows"]
    given = newest.answers if newest else {}
    gaps = trace_table.fill(trace, rows, given, newest.shown if newest else ())
    solved = all(gap.is_done for gap in gaps.values())
    if newest is not None and gaps:
        _record_worth(newest, gaps.values(), solved)
    notes = _notes(trace, rows) if solved else ()
    return replace(
        bench,
        state="shown" if solved else "ask",
        done=learner is not None and bench.exercise.answers.filter(learner=learner, solved=True).exists(),
        result=_annotated(result, notes) if solved else None,
        gaps=tuple(gaps.values()),
        lines=() if solved else trace_table.lines(trace, rows, gaps),
        notes=notes,
    )


def _record_worth(newest: TraceAnswer, gaps: Collection[Gap], solved: bool) -> None:
    correct = sum(gap.is_done and not gap.shown for gap in gaps)
    if (newest.correct, newest.asked, newest.solved) != (correct, len(gaps), solved):
        newest.correct, newest.asked, newest.solved = correct, len(gaps), solved
        newest.save(update_fields=["correct", "asked", "solved"])


def _notes(trace: TraceContent, rows: list[dict[str, Any]]) -> tuple[Note, ...]:
    """The author's words at the rows, in the table's order; after the gaps are filled their explanations."""
    if isinstance(trace, WorkedTrace):
        told = [(note.row, note.text) for note in trace.notes]
    elif isinstance(trace, BlanksTrace):
        told = [(blank.row, blank.explanation) for blank in trace.blanks if blank.explanation]
    else:
        told = []
    by_row: dict[int, list[str]] = {}
    for row, words in sorted(told, key=lambda each: each[0]):
        by_row.setdefault(row, []).append(words)
    return tuple(Note(row, text(rows[row - 1], "where"), "\n\n".join(words)) for row, words in by_row.items())


def _annotated(result: dict[str, Any], notes: tuple[Note, ...]) -> dict[str, Any]:
    """The result with each note in its row, where the hop table shows it."""
    words = {note.row: note.text for note in notes}
    return {**result, "rows": [{**row, "note": words.get(row["number"], "")} for row in result["rows"]]}


def _newest(learner: Learner | None, exercise: TraceExercise) -> TraceAnswer | None:
    if learner is None:
        return None
    return TraceAnswer.objects.filter(learner=learner, exercise=exercise).order_by("-pk").first()
