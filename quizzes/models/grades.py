"""What grading finds, in rows that are added and never changed, and what people say beside it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

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
        QUESTIONS = "questions", _("Regrade")
        UNDO = "undo", _("A regrade taken back")
        TIME = "time", _("More time granted")

    class State(models.TextChoices):
        COMPARING = "comparing", _("Working out what would change")
        READY = "ready", _("Ready to be applied")
        APPLYING = "applying", _("Being applied")
        APPLIED = "applied", _("Applied")
        FAILED = "failed", _("Stopped by an error")
        CANCELLED = "cancelled", _("Cancelled")

    quiz = models.ForeignKey(Quiz, verbose_name=_("quiz"), on_delete=models.CASCADE, related_name="regrades")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, default=Kind.QUESTIONS)
    undoes = models.ForeignKey(
        "self", verbose_name=_("takes back"), on_delete=models.CASCADE, related_name="undone_by", null=True
    )
    enrolment = models.ForeignKey(
        Enrolment,
        verbose_name=_("enrolment"),
        on_delete=models.SET_NULL,
        related_name="+",
        null=True,
        help_text=_("Who was granted more time."),
    )
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.COMPARING)
    reason = models.CharField(_("reason"), max_length=500, help_text=_("Shown to the learners whose grade changes."))
    may_lower = models.BooleanField(
        _("may lower"), default=False, help_text=_("Otherwise whoever would lose points keeps them.")
    )
    treatments: Any = models.JSONField(
        _("treatments"),
        default=dict,
        help_text=_("By slug: keep (the marks stay), full (points for everyone), drop. Others are graded."),
    )
    digest = models.CharField(
        _("digest"),
        max_length=64,
        blank=True,
        help_text=_("SHA-256 of the questions that it graded with; empty: it asked none."),
    )
    heartbeat_at = models.DateTimeField(
        _("last sign of work"), null=True, help_text=_("When a worker last got on with it.")
    )
    failure = models.TextField(_("failure"), blank=True)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("requested by"), on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    applied_at = models.DateTimeField(_("applied"), null=True)

    class Meta:
        ordering = ["-created_at"]
        verbose_name = _("regrade")
        verbose_name_plural = _("regrades")

    def __str__(self) -> str:
        return f"{self.quiz}, {self.created_at:%Y-%m-%d %H:%M}"

    def get_absolute_url(self) -> str:
        return reverse("regrade", args=[self.pk])


class RegradeChange(models.Model):
    """What a regrade finds for one attempt: what it would have, compared with its grade at that time.

    `results` holds every question's, as marks do. `problems` says which answers keep their mark, and why.
    """

    class Effect(models.TextChoices):
        SAME = "same", _("Stays as it is")
        UP = "up", _("Goes up")
        OTHER = "other", _("Other points, same percentage")
        DOWN = "down", _("Goes down")
        KEPT = "kept", _("Would go down, and is kept")
        FAILED = "failed", _("Cannot be graded again")

    regrade = models.ForeignKey(Regrade, verbose_name=_("regrade"), on_delete=models.CASCADE, related_name="changes")
    attempt = models.ForeignKey(
        Attempt, verbose_name=_("attempt"), on_delete=models.CASCADE, related_name="regrade_changes"
    )
    grade = models.ForeignKey(
        "quizzes.Grade",
        verbose_name=_("grade"),
        on_delete=models.CASCADE,
        related_name="+",
        help_text=_("The attempt's grade when compared."),
    )
    effect = models.CharField(_("effect"), max_length=10, choices=Effect.choices)
    new_score = models.DecimalField(_("new score"), max_digits=7, decimal_places=2)
    new_max_score = models.DecimalField(_("new most points"), max_digits=7, decimal_places=2)
    new_deductions: Any = models.JSONField(_("new deductions"), default=list, help_text=_("As in a grade."))
    results: Any = models.JSONField(_("results"), default=list)
    problems: Any = models.JSONField(
        _("problems"), default=list, help_text=_("Sentences, each with the question's slug.")
    )
    applied_at = models.DateTimeField(_("applied"), null=True)

    class Meta:
        ordering = ["regrade", "attempt"]
        verbose_name = _("regrade change")
        verbose_name_plural = _("regrade changes")
        constraints = [models.UniqueConstraint(fields=["regrade", "attempt"], name="one_change_each_attempt")]

    def __str__(self) -> str:
        return f"{self.attempt}: {self.get_effect_display()}"


class Grade(AppendOnly):
    """What one grading of an attempt found. `raw_score` is the sum of its marks, `score` what is left of it after the
    deductions of the policy. The newest run counts."""

    class Source(models.TextChoices):
        AUTO = "auto", _("Graded by the engine")
        REGRADE = "regrade", _("Graded again")
        UNDO = "undo", _("Regrade taken back")
        TIME = "time", _("More time granted")

    attempt = models.ForeignKey(Attempt, verbose_name=_("attempt"), on_delete=models.CASCADE, related_name="grades")
    run = models.PositiveIntegerField(_("run"), help_text=_("1 for the first grading of the attempt."))
    source = models.CharField(_("source"), max_length=10, choices=Source.choices, default=Source.AUTO)
    raw_score = models.DecimalField(_("score before deductions"), max_digits=7, decimal_places=2)
    deductions: Any = models.JSONField(
        _("deductions"), default=list, help_text=_("In order: reason (late, tries) and percent.")
    )
    score = models.DecimalField(_("score"), max_digits=7, decimal_places=2)
    max_score = models.DecimalField(_("most points"), max_digits=7, decimal_places=2)
    engine_version = models.CharField(_("engine version"), max_length=40)
    regrade = models.ForeignKey(
        Regrade, verbose_name=_("regrade"), on_delete=models.PROTECT, related_name="grades", null=True
    )
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        ordering = ["attempt", "run"]
        verbose_name = _("grade")
        verbose_name_plural = _("grades")
        constraints = [models.UniqueConstraint(fields=["attempt", "run"], name="one_grade_each_run")]

    def __str__(self) -> str:
        return _("{score} of {most}").format(score=self.score, most=self.max_score)

    @property
    def percent(self) -> Decimal:
        """0 to 100."""
        return percent_of(self.score, self.max_score)


class Mark(AppendOnly):
    """One question's share of a grade."""

    grade = models.ForeignKey(Grade, verbose_name=_("grade"), on_delete=models.CASCADE, related_name="marks")
    answer = models.ForeignKey(Answer, verbose_name=_("answer"), on_delete=models.CASCADE, related_name="marks")
    points = models.PositiveSmallIntegerField(_("points"))
    earned = models.DecimalField(_("earned"), max_digits=5, decimal_places=2)
    verdict = models.CharField(_("verdict"), max_length=20, help_text=_("right, partly right, wrong or not answered."))
    result: Any = models.JSONField(
        _("result"), help_text=_("What the learner is shown: prompt, answer, outcomes with explanations.")
    )

    class Meta:
        ordering = ["grade", "answer__position"]
        verbose_name = _("mark of a question")
        verbose_name_plural = _("marks of questions")
        constraints = [models.UniqueConstraint(fields=["grade", "answer"], name="one_mark_each_answer")]

    def __str__(self) -> str:
        return _("{score} of {most}").format(score=self.earned, most=self.points)


class ManualGrade(AppendOnly):
    """The score that a person gives an attempt. It stands beside the engine's and wins over it; a regrade never
    touches it. The newest row counts; one without a score takes the ones before it back."""

    attempt = models.ForeignKey(
        Attempt, verbose_name=_("attempt"), on_delete=models.CASCADE, related_name="manual_grades"
    )
    score = models.DecimalField(_("score"), max_digits=7, decimal_places=2, null=True)
    reason = models.CharField(_("reason"), max_length=500)
    set_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("set by"), on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        ordering = ["attempt", "pk"]
        verbose_name = _("grade given by hand")
        verbose_name_plural = _("grades given by hand")

    def __str__(self) -> str:
        return gettext("taken back") if self.score is None else str(self.score)
