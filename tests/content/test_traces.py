"""The shipped trace exercises fit the tables that the engine makes of them, and can be solved only by what it says."""

from __future__ import annotations

import re
from typing import Any

import pytest

from lessons.traces import cells as trace_cells
from lessons.traces.schema import BlanksTrace, TraceContent
from lessons.traces.table import fill
from tests.content.shipped import LESSONS, ShippedLesson

lessons = pytest.mark.parametrize("lesson", LESSONS, ids=[lesson.text.slug for lesson in LESSONS])
CASES = [(lesson, trace) for lesson in LESSONS for trace in lesson.traces]
traces = pytest.mark.parametrize(
    ("lesson", "trace"), CASES, ids=[f"{lesson.text.slug}: {trace.slug}" for lesson, trace in CASES]
)


def key(trace: TraceContent, rows: list[dict[str, Any]]) -> dict[str, str]:
    """What belongs into each gap."""
    return {cell.name: trace_cells.text(rows[cell.row - 1], cell.column) for cell in trace_cells.asked(trace, rows)}


@lessons
def test_a_lesson_goes_from_a_worked_trace_over_one_with_gaps_to_one_alone(lesson: ShippedLesson) -> None:
    kinds = list(dict.fromkeys(trace.kind for trace in lesson.traces))
    assert kinds == ["worked", "blanks", "alone"]


@lessons
def test_the_text_places_its_traces_in_order(lesson: ShippedLesson) -> None:
    placed = re.findall(r"^::trace\[(.+)\]$", lesson.text.body, re.MULTILINE)
    assert placed == [trace.slug for trace in lesson.traces if trace.slug in placed]


@traces
def test_the_exercise_fits_its_table(lesson: ShippedLesson, trace: TraceContent) -> None:
    assert trace_cells.problems(trace, lesson.rows(trace)) == ()


@traces
def test_the_engines_values_fill_every_gap(lesson: ShippedLesson, trace: TraceContent) -> None:
    rows = lesson.rows(trace)
    assert all(gap.is_done for gap in fill(trace, rows, key(trace, rows), ()).values())


@traces
def test_the_value_of_another_row_fills_no_gap(lesson: ShippedLesson, trace: TraceContent) -> None:
    """Of the same column, unless it is the same value."""
    rows = lesson.rows(trace)
    for name, value in key(trace, rows).items():
        column = name.rpartition("-")[0]
        others = {trace_cells.text(row, column) for row in rows} - {value, ""}
        assert [other for other in others if fill(trace, rows, {name: other}, ())[name].is_done] == []


@pytest.mark.parametrize(
    ("lesson", "trace"),
    [case for case in CASES if isinstance(case[1], BlanksTrace)],
    ids=[f"{lesson.text.slug}: {trace.slug}" for lesson, trace in CASES if isinstance(trace, BlanksTrace)],
)
def test_there_are_4_to_8_gaps_and_each_is_explained(lesson: ShippedLesson, trace: BlanksTrace) -> None:
    assert 4 <= len(trace.blanks) <= 8
    assert [blank for blank in trace.blanks if not blank.explanation or not blank.hint] == []
