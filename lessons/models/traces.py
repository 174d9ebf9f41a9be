"""Trace exercises, which instructors write, and what learners answered."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from lessons.content.schema import ContentError, parse
from lessons.models.courses import Lesson
from lessons.models.learning import Learner
from lessons.runs.scenarios import Scenario
from lessons.traces.schema import AnyTrace, TraceContent


class TraceExercise(models.Model):
    """A packet's hop table to read, to complete or to fill in; its content is that of traces.yaml."""

    class Kind(models.TextChoices):
        WORKED = "worked", _("Worked")
        BLANKS = "blanks", _("With blanks")
        ALONE = "alone", _("Alone")

    lesson = models.ForeignKey(Lesson, verbose_name=_("lesson"), on_delete=models.CASCADE, related_name="traces")
    slug = models.SlugField(_("slug"), max_length=100)
    position = models.PositiveIntegerField(
        _("position"), default=0, help_text=_("Traces are listed in ascending order.")
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    title = models.CharField(_("title"), max_length=200)
    content: Any = models.JSONField(
        _("content"), help_text=_("The keys of its kind, as in traces.yaml, without slug, kind and title.")
    )

    class Meta:
        ordering = ["lesson", "position", "pk"]
        verbose_name = _("trace exercise")
        verbose_name_plural = _("trace exercises")
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
            raise ContentError(
                "", (gettext("the lesson has no scene, so there is no cluster to send the packet through."),)
            )
        return self.parsed().scenario(self.lesson.scene.manifests)


class TraceAnswer(models.Model):
    """What a learner had filled in at one moment; the newest row is how it stands. Rows are only ever added.

    `answers` maps the names of cells (see lessons.traces.cells.Cell) to what was typed; `shown` lists the cells that
    the learner gave up; `correct` and `asked` count cells when the row was written.
    """

    learner = models.ForeignKey(
        Learner, verbose_name=_("learner"), on_delete=models.CASCADE, related_name="trace_answers"
    )
    exercise = models.ForeignKey(
        TraceExercise, verbose_name=_("exercise"), on_delete=models.CASCADE, related_name="answers"
    )
    answers: Any = models.JSONField(_("answers"), default=dict)
    shown: Any = models.JSONField(_("shown cells"), default=list)
    correct = models.PositiveSmallIntegerField(_("correct cells"), default=0)
    asked = models.PositiveSmallIntegerField(_("asked cells"), default=0)
    solved = models.BooleanField(
        _("solved"), default=False, help_text=_("Every cell was right or shown; a worked trace was followed.")
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        ordering = ["learner", "exercise", "pk"]
        verbose_name = _("trace answer")
        verbose_name_plural = _("trace answers")
        indexes = [models.Index(fields=["learner", "exercise", "-id"], name="newest_trace_answer")]

    def __str__(self) -> str:
        words = _("{learner}: {exercise}, {correct} of {asked}")
        return words.format(learner=self.learner, exercise=self.exercise, correct=self.correct, asked=self.asked)
