"""What learners report about questions."""

from __future__ import annotations

from typing import cast

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from lessons.models import Learner, Lesson
from quizzes.models.attempts import Answer, QuestionRevision
from quizzes.models.review import PracticeAnswer


class ProblemReport(models.Model):
    """“There is a mistake in this question.” The answer leads to revision, variant and seed; the rest is copied.

    Either `answer` or `practice` is set: what the learner was asked in a quiz, or for practice.
    """

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        FIXED = "fixed", _("Mended")
        DECLINED = "declined", _("No mistake")

    answer = models.ForeignKey(
        Answer, verbose_name=_("answer"), on_delete=models.CASCADE, related_name="problem_reports", null=True
    )
    practice = models.ForeignKey(
        PracticeAnswer,
        verbose_name=_("practice answer"),
        on_delete=models.CASCADE,
        related_name="problem_reports",
        null=True,
    )
    learner = models.ForeignKey(
        Learner, verbose_name=_("learner"), on_delete=models.CASCADE, related_name="problem_reports"
    )
    text = models.TextField(_("text"), max_length=5000)
    engine_version = models.CharField(_("engine version"), max_length=40)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.OPEN)
    reply = models.TextField(_("reply"), max_length=5000, blank=True, help_text=_("Shown to the learner."))
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("closed by"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        verbose_name = _("problem report")
        verbose_name_plural = _("problem reports")
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
