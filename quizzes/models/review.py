"""Practice, spaced over time: for each objective of a learner when to come back to it."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy

from lessons.models import Learner, Lesson
from quizzes.models.attempts import QuestionRevision


class ReviewCard(models.Model):
    """A learner's memory of one objective, as FSRS keeps it."""

    learner = models.ForeignKey(Learner, on_delete=models.CASCADE, related_name="review_cards")
    lesson = models.ForeignKey(Lesson, on_delete=models.CASCADE, related_name="review_cards")
    objective = models.PositiveSmallIntegerField(help_text=gettext_lazy("Counted from 1, in the lesson's list."))
    memory: Any = models.JSONField(help_text=gettext_lazy("The card of the package fsrs."))
    due_at = models.DateTimeField()

    class Meta:
        ordering = ["learner", "due_at"]
        constraints = [
            models.UniqueConstraint(fields=["learner", "lesson", "objective"], name="one_card_each_objective")
        ]
        indexes = [models.Index(fields=["learner", "due_at"], name="due_cards")]

    def __str__(self) -> str:
        return f"{self.learner}: {self.lesson}, objective {self.objective}"


class PracticeAnswer(models.Model):
    """One question answered for practice, in a variant of its own. It never counts for a grade."""

    learner = models.ForeignKey(Learner, on_delete=models.CASCADE, related_name="practice_answers")
    lesson = models.ForeignKey(Lesson, on_delete=models.CASCADE, related_name="practice_answers")
    objective = models.PositiveSmallIntegerField()
    revision = models.ForeignKey(QuestionRevision, on_delete=models.PROTECT, related_name="practice_answers")
    seed = models.CharField(max_length=32, editable=False)
    engine_version = models.CharField(
        max_length=40, blank=True, help_text=gettext_lazy("Of the engine when it was asked.")
    )
    page = models.UUIDField(null=True, unique=True, help_text=gettext_lazy("Made by the form, so that it counts once."))
    response: Any = models.JSONField(default=dict)
    result: Any = models.JSONField(null=True, help_text=gettext_lazy("As of a mark; null: not graded yet."))
    right = models.BooleanField(null=True)
    asked_at = models.DateTimeField(auto_now_add=True)
    answered_at = models.DateTimeField(null=True)
    graded_at = models.DateTimeField(null=True)
    failure = models.TextField(blank=True)

    class Meta:
        ordering = ["learner", "-asked_at"]

    def __str__(self) -> str:
        return f"{self.learner}: {self.revision.slug}"

    def get_absolute_url(self) -> str:
        return reverse("practice_question", args=[self.pk])
