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
from django.utils.translation import gettext_lazy

from classes.models import CourseClass, Enrolment

PERCENT = [MaxValueValidator(100)]
AT_LEAST_ONE = [MinValueValidator(1)]


class Policy(models.Model):
    """How often, how long and with which feedback a quiz is taken. One policy may serve many quizzes."""

    class Moment(models.TextChoices):
        """From when on something is shown to the learner."""

        GRADED = "graded", gettext_lazy("As soon as the attempt is graded")
        LAST_TRY = "last_try", gettext_lazy("After the last try, or once the quiz is closed")
        CLOSED = "closed", gettext_lazy("Once the quiz is closed")
        NEVER = "never", gettext_lazy("Never")

    name = models.CharField(max_length=100, unique=True)
    max_attempts = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=AT_LEAST_ONE, help_text=gettext_lazy("Empty: as many as the learner likes.")
    )
    penalty_percent = models.PositiveSmallIntegerField(
        default=0,
        validators=PERCENT,
        help_text=gettext_lazy("Taken off what an attempt earns, once for each attempt before it."),
    )
    cooldown_minutes = models.PositiveIntegerField(
        default=0, help_text=gettext_lazy("From one submission to the next start.")
    )
    time_limit_minutes = models.PositiveIntegerField(
        null=True, blank=True, validators=AT_LEAST_ONE, help_text=gettext_lazy("From the start; empty: no limit.")
    )
    grace_seconds = models.PositiveSmallIntegerField(
        default=30,
        help_text=gettext_lazy("How much later than the deadline a submission still counts, for slow networks."),
    )
    late_penalty_percent = models.PositiveSmallIntegerField(
        default=0,
        validators=PERCENT,
        help_text=gettext_lazy("Taken off what an attempt earns that comes after the closing."),
    )
    shuffle_questions = models.BooleanField(default=False)
    feedback = models.CharField(
        max_length=10, choices=Moment.choices, default=Moment.GRADED, help_text=gettext_lazy("When points show.")
    )
    key = models.CharField(
        max_length=10,
        choices=Moment.choices,
        default=Moment.GRADED,
        help_text=gettext_lazy("When right answers and explanations show; never before the points."),
    )

    class Meta:
        ordering = ["name"]
        verbose_name_plural = gettext_lazy("policies")

    def __str__(self) -> str:
        return self.name


class Assignment(models.Model):
    """A quiz as one class takes it. Times are moments; empty ones do not bound."""

    course_class = models.ForeignKey(CourseClass, on_delete=models.CASCADE, related_name="assignments")
    quiz = models.ForeignKey("quizzes.Quiz", on_delete=models.CASCADE, related_name="assignments")
    policy = models.ForeignKey(
        Policy,
        on_delete=models.PROTECT,
        related_name="assignments",
        null=True,
        blank=True,
        help_text=gettext_lazy("Empty: the quiz's own."),
    )
    opens_at = models.DateTimeField(null=True, blank=True)
    closes_at = models.DateTimeField(null=True, blank=True)
    late_until = models.DateTimeField(
        null=True,
        blank=True,
        help_text=gettext_lazy("Until when attempts are taken with the policy's late penalty; empty: not."),
    )
    weight = models.PositiveSmallIntegerField(
        default=1, help_text=gettext_lazy("In the class's overall grade; 0: only practice.")
    )

    class Meta:
        ordering = ["course_class", "quiz"]
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
        if self.quiz.lesson.course_id != self.course_class.course_id:
            raise ValidationError({"quiz": "This quiz belongs to another course."})


class Extension(models.Model):
    """More time, a later closing or more tries at one quiz for one learner of a class. It wins over every window."""

    enrolment = models.ForeignKey(Enrolment, on_delete=models.CASCADE, related_name="extensions")
    quiz = models.ForeignKey("quizzes.Quiz", on_delete=models.CASCADE, related_name="extensions")
    closes_at = models.DateTimeField(
        null=True, blank=True, help_text=gettext_lazy("Replaces the closing, and the late rule.")
    )
    extra_minutes = models.PositiveIntegerField(
        default=0, help_text=gettext_lazy("Added to the time limit of every attempt.")
    )
    extra_attempts = models.PositiveSmallIntegerField(default=0)
    reason = models.CharField(max_length=500)
    granted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [models.UniqueConstraint(fields=["enrolment", "quiz"], name="one_extension_each_quiz")]

    def __str__(self) -> str:
        return f"{self.enrolment}: {self.quiz}"
