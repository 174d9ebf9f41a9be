"""What learners report about questions."""

from __future__ import annotations

from typing import cast

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy

from lessons.models import Learner, Lesson
from quizzes.models.attempts import Answer, QuestionRevision
from quizzes.models.review import PracticeAnswer


class ProblemReport(models.Model):
    """“There is a mistake in this question.” The answer leads to revision, variant and seed; the rest is copied.

    Either `answer` or `practice` is set: what the learner was asked in a quiz, or for practice.
    """

    class State(models.TextChoices):
        OPEN = "open", gettext_lazy("Open")
        FIXED = "fixed", gettext_lazy("Mended")
        DECLINED = "declined", gettext_lazy("No mistake")

    answer = models.ForeignKey(Answer, on_delete=models.CASCADE, related_name="problem_reports", null=True)
    practice = models.ForeignKey(PracticeAnswer, on_delete=models.CASCADE, related_name="problem_reports", null=True)
    learner = models.ForeignKey(Learner, on_delete=models.CASCADE, related_name="problem_reports")
    text = models.TextField(max_length=5000)
    engine_version = models.CharField(max_length=40)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    reply = models.TextField(max_length=5000, blank=True, help_text=gettext_lazy("Shown to the learner."))
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(answer=None) ^ models.Q(practice=None), name="report_on_one_answer"
            )
        ]

    def __str__(self) -> str:
        return f"{self.revision.slug}: {self.text[:60]}"

    @property
    def asked(self) -> Answer | PracticeAnswer:
        return cast(Answer | PracticeAnswer, self.answer or self.practice)

    @property
    def revision(self) -> QuestionRevision:
        return self.asked.revision

    @property
    def lesson(self) -> Lesson:
        return self.asked.lesson
