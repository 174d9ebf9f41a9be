"""How a quiz is taken, apart from what it asks: tries, time, feedback, and who gets more of them.

A Policy says how; an Assignment gives a quiz to a class, with its window; an Extension gives one learner more. An
attempt keeps the rules that it was started with; extensions that come later still count for it.
"""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from classes.models import CourseClass, Enrolment

PERCENT = [MaxValueValidator(100)]
AT_LEAST_ONE = [MinValueValidator(1)]


class Policy(models.Model):
    """How often, how long and with which feedback a quiz is taken. One policy may serve many quizzes."""

    class Moment(models.TextChoices):
        """From when on something is shown to the learner."""

        GRADED = "graded", _("As soon as the attempt is graded")
        LAST_TRY = "last_try", _("After the last try, or once the quiz is closed")
        CLOSED = "closed", _("Once the quiz is closed")
        NEVER = "never", _("Never")

    name = models.CharField(_("name"), max_length=100, unique=True)
    max_attempts = models.PositiveSmallIntegerField(
        _("tries"), null=True, blank=True, validators=AT_LEAST_ONE, help_text=_("Empty: as many as the learner likes.")
    )
    penalty_percent = models.PositiveSmallIntegerField(
        _("taken off for each try before (%)"),
        default=0,
        validators=PERCENT,
        help_text=_("Taken off what an attempt earns, once for each attempt before it."),
    )
    cooldown_minutes = models.PositiveIntegerField(
        _("minutes between tries"), default=0, help_text=_("From one submission to the next start.")
    )
    time_limit_minutes = models.PositiveIntegerField(
        _("time limit in minutes"),
        null=True,
        blank=True,
        validators=AT_LEAST_ONE,
        help_text=_("From the start; empty: no limit."),
    )
    grace_seconds = models.PositiveSmallIntegerField(
        _("grace in seconds"),
        default=30,
        help_text=_("How much later than the deadline a submission still counts, for slow networks."),
    )
    late_penalty_percent = models.PositiveSmallIntegerField(
        _("taken off when late (%)"),
        default=0,
        validators=PERCENT,
        help_text=_("Taken off what an attempt earns that comes after the closing."),
    )
    shuffle_questions = models.BooleanField(_("shuffle the questions"), default=False)
    feedback = models.CharField(
        _("points show"), max_length=10, choices=Moment.choices, default=Moment.GRADED, help_text=_("When points show.")
    )
    key = models.CharField(
        _("answers and explanations show"),
        max_length=10,
        choices=Moment.choices,
        default=Moment.GRADED,
        help_text=_("When right answers and explanations show; never before the points."),
    )

    class Meta:
        ordering = ["name"]
        verbose_name = pgettext_lazy("how a quiz is taken", "policy")
        verbose_name_plural = _("policies")

    def __str__(self) -> str:
        return self.name


class Assignment(models.Model):
    """A quiz as one class takes it. Times are moments; empty ones do not bound."""

    course_class = models.ForeignKey(
        CourseClass, verbose_name=_("class"), on_delete=models.CASCADE, related_name="assignments"
    )
    quiz = models.ForeignKey(
        "quizzes.Quiz", verbose_name=_("quiz"), on_delete=models.CASCADE, related_name="assignments"
    )
    policy = models.ForeignKey(
        Policy,
        verbose_name=pgettext_lazy("how a quiz is taken", "policy"),
        on_delete=models.PROTECT,
        related_name="assignments",
        null=True,
        blank=True,
        help_text=_("Empty: the quiz's own."),
    )
    opens_at = models.DateTimeField(_("opens"), null=True, blank=True)
    closes_at = models.DateTimeField(_("closes"), null=True, blank=True)
    late_until = models.DateTimeField(
        _("late until"),
        null=True,
        blank=True,
        help_text=_("Until when attempts are taken with the policy's late penalty; empty: not."),
    )
    weight = models.PositiveSmallIntegerField(
        _("weight"), default=1, help_text=_("In the class's overall grade; 0: only practice.")
    )

    class Meta:
        ordering = ["course_class", "quiz"]
        verbose_name = _("assignment")
        verbose_name_plural = _("assignments")
        constraints = [
            models.UniqueConstraint(fields=["course_class", "quiz"], name="one_assignment_each_quiz"),
            models.CheckConstraint(
                condition=Q(opens_at=None) | Q(closes_at=None) | Q(closes_at__gt=F("opens_at")),
                name="assignment_opens_before_it_closes",
            ),
            models.CheckConstraint(
                condition=Q(late_until=None) | Q(closes_at__isnull=False, late_until__gt=F("closes_at")),
                name="late_is_after_closing",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.course_class}: {self.quiz}"

    def clean(self) -> None:
        """Without a quiz or a class there is nothing to compare; the form says itself that it is missing."""
        if self.quiz_id is None or self.course_class_id is None:
            return
        if self.quiz.lesson.course_id != self.course_class.course_id:
            raise ValidationError({"quiz": _("This quiz belongs to another course.")})


class Extension(models.Model):
    """More time, a later closing or more tries at one quiz for one learner of a class. It wins over every window."""

    enrolment = models.ForeignKey(
        Enrolment, verbose_name=_("enrolment"), on_delete=models.CASCADE, related_name="extensions"
    )
    quiz = models.ForeignKey(
        "quizzes.Quiz", verbose_name=_("quiz"), on_delete=models.CASCADE, related_name="extensions"
    )
    closes_at = models.DateTimeField(
        _("closes"), null=True, blank=True, help_text=_("Replaces the closing, and the late rule.")
    )
    extra_minutes = models.PositiveIntegerField(
        _("extra minutes"), default=0, help_text=_("Added to the time limit of every attempt.")
    )
    extra_attempts = models.PositiveSmallIntegerField(_("extra tries"), default=0)
    reason = models.CharField(_("reason"), max_length=500)
    granted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("granted by"), on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        ordering = ["-created_at"]
        verbose_name = _("extension")
        verbose_name_plural = _("extensions")
        constraints = [models.UniqueConstraint(fields=["enrolment", "quiz"], name="one_extension_each_quiz")]

    def __str__(self) -> str:
        return f"{self.enrolment}: {self.quiz}"
