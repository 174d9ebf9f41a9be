"""Where a question or a trace says which Pod is chosen, the packet goes to that Pod."""

from __future__ import annotations

import re

import pytest

from lessons.traces.schema import TraceContent
from tests.content.shipped import LESSONS, Question, ShippedLesson

CHOSEN = re.compile(
    r"[`*]*(?P<first>[a-z]+-[a-z0-9]+)[`*]*(?: on [`*]*n\d[`*]*)?(?: itself)? is chosen"
    r"|choice falls\s+on\s+`(?P<second>[a-z]+-[a-z0-9]+)`"
)


def named(text: str) -> str | None:
    """The Pod that a text says is chosen."""
    found = CHOSEN.search(" ".join(text.split()))
    return (found["first"] or found["second"]) if found else None


def sends_a_packet(question: Question) -> bool:
    """A packet decides the question, and no fault keeps it from its Pod."""
    scene = question.spec.scene
    return bool(question.spec.experiment) or (scene is not None and scene.probe is not None and not scene.faults)


QUESTIONS = [
    pytest.param(lesson, question, id=question.name)
    for lesson in LESSONS
    for question in lesson.questions()
    if named(question.spec.prompt) and sends_a_packet(question)
]
TRACES = [
    pytest.param(lesson, trace, id=f"{lesson.folder} {trace.slug}")
    for lesson in LESSONS
    for trace in lesson.traces
    if named(trace.intro)
]


@pytest.mark.parametrize(("lesson", "question"), QUESTIONS)
def test_the_pod_that_a_question_names_gets_the_packet(lesson: ShippedLesson, question: Question) -> None:
    facts = lesson.facts(question)
    assert facts is not None
    assert facts["server"]["name"] == named(question.spec.prompt)


@pytest.mark.parametrize(("lesson", "trace"), TRACES)
def test_the_pod_that_a_trace_names_gets_the_packet(lesson: ShippedLesson, trace: TraceContent) -> None:
    passed = " ".join(row["detail"] for row in lesson.rows(trace) if row["leg"] == "request")
    assert f"/{named(trace.intro)} " in passed


def test_some_texts_name_a_pod() -> None:
    assert len(QUESTIONS) > 8
    assert len(TRACES) > 4
