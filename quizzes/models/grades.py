"""What grading finds, in rows that are added and never changed, and what people say beside it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy

from classes.models import Enrolment
from quizzes.models.attempts import Answer, Attempt
from quizzes.models.content import Quiz
from quizzes.percentages import percent_of


class AppendOnly(models.Model):
    """Rows are added and never changed; the database refuses it as well, see quizzes.grading.append_only."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise ValidationError("A grade is never changed; add another one instead.")
        super().save(*args, **kwargs)


class Regrade(models.Model):
    """New grades for graded attempts at a quiz. Of what kind decides what is worked out for which of them.

    With the questions as they are now, or back to before another regrade: first dry, then applied. After more time was
    granted to one learner (`enrolment`), who then is no longer late: applied at once, because it only ever raises.
    """

    class Kind(models.TextChoices):
        QUESTIONS = "questions", gettext_lazy("Regrade")
        UNDO = "undo", gettext_lazy("A regrade taken back")
        TIME = "time", gettext_lazy("More time granted")

    class State(models.TextChoices):
        COMPARING = "comparing", gettext_lazy("Working out what would change")
        READY = "ready", gettext_lazy("Ready to be applied")
        APPLYING = "applying", gettext_lazy("Being applied")
        APPLIED = "applied", gettext_lazy("Applied")
        FAILED = "failed", gettext_lazy("Stopped by an error")
        CANCELLED = "cancelled", gettext_lazy("Cancelled")

    quiz = models.ForeignKey(Quiz, on_delete=models.CASCADE, related_name="regrades")
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.QUESTIONS)
    undoes = models.ForeignKey("self", on_delete=models.CASCADE, related_name="undone_by", null=True)
    enrolment = models.ForeignKey(
        Enrolment,
        on_delete=models.SET_NULL,
        related_name="+",
        null=True,
        help_text=gettext_lazy("Who was granted more time."),
    )
    state = models.CharField(max_length=10, choices=State.choices, default=State.COMPARING)
    reason = models.CharField(max_length=500, help_text=gettext_lazy("Shown to the learners whose grade changes."))
    may_lower = models.BooleanField(
        default=False, help_text=gettext_lazy("Otherwise whoever would lose points keeps them.")
    )
    treatments: Any = models.JSONField(
        default=dict,
        help_text=gettext_lazy("By slug: keep (the marks stay), full (points for everyone), drop. Others are graded."),
    )
    digest = models.CharField(
        max_length=64,
        blank=True,
        help_text=gettext_lazy("SHA-256 of the questions that it graded with; empty: it asked none."),
    )
    heartbeat_at = models.DateTimeField(null=True, help_text=gettext_lazy("When a worker last got on with it."))
    failure = models.TextField(blank=True)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    applied_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.quiz}, {self.created_at:%Y-%m-%d %H:%M}"

    def get_absolute_url(self) -> str:
        return reverse("regrade", args=[self.pk])


class RegradeChange(models.Model):
    """What a regrade finds for one attempt: what it would have, compared with its grade at that time.

    `results` holds every question's, as marks do. `problems` says which answers keep their mark, and why.
    """

    class Effect(models.TextChoices):
        SAME = "same", gettext_lazy("Stays as it is")
        UP = "up", gettext_lazy("Goes up")
        OTHER = "other", gettext_lazy("Other points, same percentage")
        DOWN = "down", gettext_lazy("Goes down")
        KEPT = "kept", gettext_lazy("Would go down, and is kept")
        FAILED = "failed", gettext_lazy("Cannot be graded again")

    regrade = models.ForeignKey(Regrade, on_delete=models.CASCADE, related_name="changes")
    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE, related_name="regrade_changes")
    grade = models.ForeignKey(
        "quizzes.Grade",
        on_delete=models.CASCADE,
        related_name="+",
        help_text=gettext_lazy("The attempt's grade when compared."),
    )
    effect = models.CharField(max_length=10, choices=Effect.choices)
    new_score = models.DecimalField(max_digits=7, decimal_places=2)
    new_max_score = models.DecimalField(max_digits=7, decimal_places=2)
    new_deductions: Any = models.JSONField(default=list, help_text=gettext_lazy("As in a grade."))
    results: Any = models.JSONField(default=list)
    problems: Any = models.JSONField(default=list, help_text=gettext_lazy("Sentences, each with the question's slug."))
    applied_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["regrade", "attempt"]
        constraints = [models.UniqueConstraint(fields=["regrade", "attempt"], name="one_change_each_attempt")]

    def __str__(self) -> str:
        return f"{self.attempt}: {self.get_effect_display()}"


class Grade(AppendOnly):
    """What one grading of an attempt found. `raw_score` is the sum of its marks, `score` what is left of it after the
    deductions of the policy. The newest run counts."""

    class Source(models.TextChoices):
        AUTO = "auto", gettext_lazy("Graded by the engine")
        REGRADE = "regrade", gettext_lazy("Graded again")
        UNDO = "undo", gettext_lazy("Regrade taken back")
        TIME = "time", gettext_lazy("More time granted")

    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE, related_name="grades")
    run = models.PositiveIntegerField(help_text=gettext_lazy("1 for the first grading of the attempt."))
    source = models.CharField(max_length=10, choices=Source.choices, default=Source.AUTO)
    raw_score = models.DecimalField(max_digits=7, decimal_places=2)
    deductions: Any = models.JSONField(
        default=list, help_text=gettext_lazy("In order: reason (late, tries) and percent.")
    )
    score = models.DecimalField(max_digits=7, decimal_places=2)
    max_score = models.DecimalField(max_digits=7, decimal_places=2)
    engine_version = models.CharField(max_length=40)
    regrade = models.ForeignKey(Regrade, on_delete=models.PROTECT, related_name="grades", null=True)
    reason = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["attempt", "run"]
        constraints = [models.UniqueConstraint(fields=["attempt", "run"], name="one_grade_each_run")]

    def __str__(self) -> str:
        return f"{self.score} of {self.max_score}"

    @property
    def percent(self) -> Decimal:
        """0 to 100."""
        return percent_of(self.score, self.max_score)


class Mark(AppendOnly):
    """One question's share of a grade."""

    grade = models.ForeignKey(Grade, on_delete=models.CASCADE, related_name="marks")
    answer = models.ForeignKey(Answer, on_delete=models.CASCADE, related_name="marks")
    points = models.PositiveSmallIntegerField()
    earned = models.DecimalField(max_digits=5, decimal_places=2)
    verdict = models.CharField(max_length=20, help_text=gettext_lazy("right, partly right, wrong or not answered."))
    result: Any = models.JSONField(
        help_text=gettext_lazy("What the learner is shown: prompt, answer, outcomes with explanations.")
    )

    class Meta:
        ordering = ["grade", "answer__position"]
        constraints = [models.UniqueConstraint(fields=["grade", "answer"], name="one_mark_each_answer")]

    def __str__(self) -> str:
        return f"{self.earned} of {self.points}"


class ManualGrade(AppendOnly):
    """The score that a person gives an attempt. It stands beside the engine's and wins over it; a regrade never
    touches it. The newest row counts; one without a score takes the ones before it back."""

    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE, related_name="manual_grades")
    score = models.DecimalField(max_digits=7, decimal_places=2, null=True)
    reason = models.CharField(max_length=500)
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["attempt", "pk"]

    def __str__(self) -> str:
        return "taken back" if self.score is None else str(self.score)
