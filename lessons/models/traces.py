"""Trace exercises, which instructors write, and what learners answered."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy

from lessons.content.schema import ContentError, parse
from lessons.models.courses import Lesson
from lessons.models.learning import Learner
from lessons.runs.scenarios import Scenario
from lessons.traces.schema import AnyTrace, TraceContent


class TraceExercise(models.Model):
    """A packet's hop table to read, to complete or to fill in; its content is that of traces.yaml."""

    class Kind(models.TextChoices):
        WORKED = "worked", gettext_lazy("Worked")
        BLANKS = "blanks", gettext_lazy("With blanks")
        ALONE = "alone", gettext_lazy("Alone")

    lesson = models.ForeignKey(Lesson, on_delete=models.CASCADE, related_name="traces")
    slug = models.SlugField(max_length=100)
    position = models.PositiveIntegerField(default=0, help_text=gettext_lazy("Traces are listed in ascending order."))
    kind = models.CharField(max_length=10, choices=Kind.choices)
    title = models.CharField(max_length=200)
    content: Any = models.JSONField(
        help_text=gettext_lazy("The keys of its kind, as in traces.yaml, without slug, kind and title.")
    )

    class Meta:
        ordering = ["lesson", "position", "pk"]
        constraints = [models.UniqueConstraint(fields=["lesson", "slug"], name="trace_slug_in_lesson")]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return f"{self.lesson.get_absolute_url()}#trace-{self.slug}"

    def parsed(self) -> TraceContent:
        """The exercise as its schema has it. Raises ContentError for content that the schema refuses."""
        own = {"slug": self.slug, "kind": self.kind, "title": self.title}
        return parse(AnyTrace, {**self.content, **own}, f"trace {self.slug}").root

    def scenario(self) -> Scenario:
        """The cluster and the packet. Raises ContentError when there is none or it is malformed."""
        if self.lesson.scene is None:
            raise ContentError("", ("the lesson has no scene, so there is no cluster to send the packet through.",))
        return self.parsed().scenario(self.lesson.scene.manifests)


class TraceAnswer(models.Model):
    """What a learner had filled in at one moment; the newest row is how it stands. Rows are only ever added.

    `answers` maps the names of cells (see lessons.traces.cells.Cell) to what was typed; `shown` lists the cells that
    the learner gave up; `correct` and `asked` count cells when the row was written.
    """

    learner = models.ForeignKey(Learner, on_delete=models.CASCADE, related_name="trace_answers")
    exercise = models.ForeignKey(TraceExercise, on_delete=models.CASCADE, related_name="answers")
    answers: Any = models.JSONField(default=dict)
    shown: Any = models.JSONField(default=list)
    correct = models.PositiveSmallIntegerField(default=0)
    asked = models.PositiveSmallIntegerField(default=0)
    solved = models.BooleanField(
        default=False, help_text=gettext_lazy("Every cell was right or shown; a worked trace was followed.")
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["learner", "exercise", "pk"]
        indexes = [models.Index(fields=["learner", "exercise", "-id"], name="newest_trace_answer")]

    def __str__(self) -> str:
        return f"{self.learner}: {self.exercise}, {self.correct} of {self.asked}"
