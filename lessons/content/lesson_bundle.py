"""One lesson as its author wrote it, whole: from its folder (lessons.content.course_files) or from the database."""

from __future__ import annotations

from dataclasses import dataclass

from lessons.content.content_schema import ExperimentContent, LessonContent
from lessons.playground.schema import PlaygroundContent
from lessons.traces.schema import TraceContent


@dataclass(frozen=True, slots=True)
class LessonBundle:
    """`scene` is the text of the manifests; `playground` None: the lesson has none."""

    lesson: LessonContent
    scene: str
    experiments: tuple[ExperimentContent, ...]
    playground: PlaygroundContent | None = None
    traces: tuple[TraceContent, ...] = ()
