"""What stands on a lesson's page, in its order: the headings of the text, experiments, traces, the playground.

contents(lesson, blocks)   what templates/lessons/_contents.html lists
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import unescape
from typing import Literal, Protocol

from django.utils.html import strip_tags
from django.utils.safestring import SafeString

from lessons.bookmarks.lesson_places import playground_title
from lessons.experiments.predictions import Bench
from lessons.models import Lesson
from lessons.traces.exercises import TraceBench

Kind = Literal["section", "experiment", "trace", "playground"]
HEADING = re.compile(r'<h2 id="([^"]+)"[^>]*>(.*?)</h2>', re.DOTALL)


class Block(Protocol):
    """A part of a lesson, see lessons.catalog.Block."""

    @property
    def html(self) -> SafeString | None: ...
    @property
    def bench(self) -> Bench | None: ...
    @property
    def trace(self) -> TraceBench | None: ...
    @property
    def playground(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Entry:
    """A place of the page; `done`: an experiment that was predicted, a trace that was solved."""

    kind: Kind
    anchor: str
    title: str
    done: bool = False


def contents(lesson: Lesson, blocks: Sequence[Block]) -> tuple[Entry, ...]:
    return tuple(entry for block in blocks for entry in _entries(lesson, block))


def _entries(lesson: Lesson, block: Block) -> Iterator[Entry]:
    if block.bench:
        experiment = block.bench.experiment
        yield Entry("experiment", f"experiment-{experiment.slug}", experiment.title, block.bench.prediction is not None)
    elif block.trace:
        exercise = block.trace.exercise
        yield Entry("trace", f"trace-{exercise.slug}", exercise.title, block.trace.done)
    elif block.playground and lesson.playground:
        yield Entry("playground", "playground", playground_title(lesson))
    for anchor, title in HEADING.findall(block.html or ""):
        yield Entry("section", anchor, unescape(strip_tags(title)))
