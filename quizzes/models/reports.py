"""What learners report about questions."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy

from lessons.models import Learner
from quizzes.models.attempts import Answer


class ProblemReport(models.Model):
    """“There is a mistake in this question.” The answer leads to revision, variant and seed; the rest is copied."""

    class State(models.TextChoices):
        OPEN = "open", gettext_lazy("Open")
        FIXED = "fixed", gettext_lazy("Mended")
        DECLINED = "declined", gettext_lazy("No mistake")

    answer = models.ForeignKey(Answer, on_delete=models.CASCADE, related_name="problem_reports")
    learner = models.ForeignKey(Learner, on_delete=models.CASCADE, related_name="problem_reports")
    text = models.TextField(max_length=5000)
    engine_version = models.CharField(max_length=40)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    reply = models.TextField(max_length=5000, blank=True, help_text="Shown to the learner.")
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.answer.revision.slug}: {self.text[:60]}"
