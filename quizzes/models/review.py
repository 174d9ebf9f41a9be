"""Practice, spaced over time: for each objective of a learner when to come back to it."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from lessons.models import Learner, Lesson
from quizzes.models.attempts import QuestionRevision


class ReviewCard(models.Model):
    """A learner's memory of one objective, as FSRS keeps it."""

    learner = models.ForeignKey(
        Learner, verbose_name=_("learner"), on_delete=models.CASCADE, related_name="review_cards"
    )
    lesson = models.ForeignKey(Lesson, verbose_name=_("lesson"), on_delete=models.CASCADE, related_name="review_cards")
    objective = models.PositiveSmallIntegerField(_("objective"), help_text=_("Counted from 1, in the lesson's list."))
    memory: Any = models.JSONField(_("memory"), help_text=_("The card of the package fsrs."))
    due_at = models.DateTimeField(_("due"))

    class Meta:
        ordering = ["learner", "due_at"]
        verbose_name = _("review card")
        verbose_name_plural = _("review cards")
        constraints = [
            models.UniqueConstraint(fields=["learner", "lesson", "objective"], name="one_card_each_objective")
        ]
        indexes = [models.Index(fields=["learner", "due_at"], name="due_cards")]

    def __str__(self) -> str:
        words = _("{learner}: {lesson}, objective {number}")
        return words.format(learner=self.learner, lesson=self.lesson, number=self.objective)


class PracticeAnswer(models.Model):
    """One question answered for practice, in a variant of its own. It never counts for a grade."""

    learner = models.ForeignKey(
        Learner, verbose_name=_("learner"), on_delete=models.CASCADE, related_name="practice_answers"
    )
    lesson = models.ForeignKey(
        Lesson, verbose_name=_("lesson"), on_delete=models.CASCADE, related_name="practice_answers"
    )
    objective = models.PositiveSmallIntegerField(_("objective"))
    revision = models.ForeignKey(
        QuestionRevision, verbose_name=_("question revision"), on_delete=models.PROTECT, related_name="practice_answers"
    )
    seed = models.CharField(_("seed"), max_length=32, editable=False)
    engine_version = models.CharField(
        _("engine version"), max_length=40, blank=True, help_text=_("Of the engine when it was asked.")
    )
    page = models.UUIDField(_("page"), null=True, unique=True, help_text=_("Made by the form, so that it counts once."))
    response: Any = models.JSONField(_("response"), default=dict)
    result: Any = models.JSONField(_("result"), null=True, help_text=_("As of a mark; null: not graded yet."))
    right = models.BooleanField(_("right"), null=True)
    asked_at = models.DateTimeField(_("asked"), auto_now_add=True)
    answered_at = models.DateTimeField(_("answered"), null=True)
    graded_at = models.DateTimeField(_("graded"), null=True)
    failure = models.TextField(_("failure"), blank=True)

    class Meta:
        ordering = ["learner", "-asked_at"]
        verbose_name = _("practice answer")
        verbose_name_plural = _("practice answers")

    def __str__(self) -> str:
        return f"{self.learner}: {self.revision.slug}"

    def get_absolute_url(self) -> str:
        return reverse("practice_question", args=[self.pk])
