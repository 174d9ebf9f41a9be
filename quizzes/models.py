"""What is stored of a quiz, in layers that are never merged.

Quiz and Question are what instructors edit. A QuestionRevision is a question as it was when someone was asked; it never
changes. An Attempt holds Answers, which are drafts until it is submitted. A Grade is added, never changed.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy

from lessons.models import Learner, Lesson, Status
from quizzes.kinds import KINDS
from quizzes.variants import new_seed


def kind_choices() -> list[tuple[str, Any]]:
    """A function, so that a new kind needs no migration."""
    return [(kind.name, kind.label) for kind in KINDS.values()]


class QuizQuerySet(models.QuerySet["Quiz"]):
    def visible_to(self, user: Any) -> QuizQuerySet:
        """Published quizzes of lessons that the user may read; staff also see drafts."""
        visible = self.filter(lesson__in=Lesson.objects.visible_to(user))
        return visible if getattr(user, "is_staff", False) else visible.filter(status=Status.PUBLISHED)


class Quiz(models.Model):
    lesson = models.OneToOneField(Lesson, on_delete=models.CASCADE, related_name="quiz")
    title = models.CharField(max_length=200)
    intro = models.TextField(blank=True, max_length=20_000, help_text="Markdown, shown before the quiz is started.")
    pass_percent = models.PositiveSmallIntegerField(
        default=70,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text="Share of the points that passes. An attempt keeps the value it was started with.",
    )
    max_attempts = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1)], help_text="Empty: as many as the learner likes."
    )
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.DRAFT)
    imported_digest = models.CharField(max_length=64, blank=True, editable=False)

    objects = QuizQuerySet.as_manager()

    class Meta:
        ordering = ["lesson"]
        verbose_name_plural = "quizzes"

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("quiz", args=[self.lesson.course.slug, self.lesson.slug])


class Question(models.Model):
    quiz = models.ForeignKey(Quiz, on_delete=models.CASCADE, related_name="questions")
    slug = models.SlugField(max_length=80, help_text="Names the question within its quiz.")
    position = models.PositiveIntegerField(default=0, help_text="Questions are asked in ascending order.")
    kind = models.CharField(max_length=20, choices=kind_choices)
    points = models.PositiveSmallIntegerField(default=1, validators=[MinValueValidator(1), MaxValueValidator(100)])
    spec: Any = models.JSONField()

    class Meta:
        ordering = ["quiz", "position", "pk"]
        constraints = [models.UniqueConstraint(fields=["quiz", "slug"], name="question_slug_in_quiz")]

    def __str__(self) -> str:
        return self.slug


class QuestionRevision(models.Model):
    """One variant of a question as it was asked, with the cluster and the probe that decide its answer (null: none).

    It outlives the question, so that old attempts stay readable and can be graded again.
    """

    question = models.ForeignKey(Question, on_delete=models.SET_NULL, related_name="revisions", null=True)
    digest = models.CharField(max_length=64, help_text="SHA-256 of everything that decides its grade.")
    slug = models.SlugField(max_length=80)
    kind = models.CharField(max_length=20, choices=kind_choices)
    points = models.PositiveSmallIntegerField()
    spec: Any = models.JSONField()
    scenario: Any = models.JSONField(null=True)
    variant: Any = models.JSONField(null=True, help_text="Index and parameters; null: the question has no variants.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["question", "created_at"]
        constraints = [models.UniqueConstraint(fields=["question", "digest"], name="one_revision_each_content")]

    def __str__(self) -> str:
        return f"{self.slug} ({self.digest[:8]})"


class Attempt(models.Model):
    """One learner's run through a quiz, and where its grading stands.

    Set aside is an attempt under way that met another one when a guest logged in; it does not count.
    """

    class State(models.TextChoices):
        IN_PROGRESS = "in_progress", gettext_lazy("In progress")
        SUBMITTED = "submitted", gettext_lazy("Waiting for its grade")
        GRADED = "graded", gettext_lazy("Graded")
        FAILED = "failed", gettext_lazy("Could not be graded")
        SET_ASIDE = "set_aside", gettext_lazy("Set aside")

    learner = models.ForeignKey(Learner, on_delete=models.CASCADE, related_name="quiz_attempts")
    quiz = models.ForeignKey(Quiz, on_delete=models.PROTECT, related_name="attempts")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=12, choices=State.choices, default=State.IN_PROGRESS)
    seed = models.CharField(max_length=32, default=new_seed, editable=False)  # see quizzes.variants
    pass_percent = models.PositiveSmallIntegerField()
    submission_id = models.UUIDField(null=True, unique=True, help_text="Made by the form, so that it counts once.")
    started_at = models.DateTimeField(auto_now_add=True)
    submitted_at = models.DateTimeField(null=True)
    enqueued_at = models.DateTimeField(null=True, help_text="When the queue last accepted it for grading.")
    graded_at = models.DateTimeField(null=True)
    grading_tries = models.PositiveSmallIntegerField(default=0)
    grading_token = models.CharField(
        max_length=32, blank=True, help_text="Whoever claimed it last; only they grade it."
    )
    claimed_at = models.DateTimeField(null=True)
    failure = models.TextField(blank=True, help_text="Why it could not be graded, for instructors.")

    class Meta:
        ordering = ["quiz", "learner", "number"]
        constraints = [
            models.UniqueConstraint(fields=["learner", "quiz", "number"], name="one_attempt_each_number"),
            models.UniqueConstraint(
                fields=["learner", "quiz"], condition=models.Q(state="in_progress"), name="one_attempt_in_progress"
            ),
        ]
        indexes = [models.Index(fields=["state", "submitted_at"], name="ungraded_attempts")]

    def __str__(self) -> str:
        return f"{self.learner}: {self.quiz}, attempt {self.number}"

    def get_absolute_url(self) -> str:
        return reverse("quiz_attempt" if self.state == self.State.IN_PROGRESS else "quiz_result", args=[self.pk])

    @property
    def grade(self) -> Grade | None:
        """The newest grade: it is the one that counts."""
        return max(self.grades.all(), key=lambda grade: grade.run, default=None)


class Answer(models.Model):
    """The answer to one question of an attempt: a draft, saved as the learner goes, until the attempt is submitted."""

    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE, related_name="answers")
    revision = models.ForeignKey(QuestionRevision, on_delete=models.PROTECT, related_name="answers")
    position = models.PositiveIntegerField()
    response: Any = models.JSONField(default=dict)
    version = models.PositiveIntegerField(default=0, help_text="Counts the saves; a save names the one it is based on.")
    saved_from = models.UUIDField(
        null=True, help_text="The page that saved it last: a page never conflicts with itself."
    )
    saved_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["attempt", "position"]
        constraints = [models.UniqueConstraint(fields=["attempt", "position"], name="one_answer_each_position")]

    def __str__(self) -> str:
        return f"{self.attempt}: {self.revision.slug}"

    @property
    def seed(self) -> str:
        """Decides the order in which this question's options are shown."""
        return f"{self.attempt.seed}/{self.revision.slug}"


class Grade(models.Model):
    """What one grading of an attempt found. Rows are added, never changed; the newest run counts."""

    class Source(models.TextChoices):
        AUTO = "auto", "Graded by the engine"

    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE, related_name="grades")
    run = models.PositiveIntegerField(help_text="1 for the first grading of the attempt.")
    source = models.CharField(max_length=10, choices=Source.choices, default=Source.AUTO)
    results: Any = models.JSONField(help_text="For each question: slug, points, earned, answer, solution, outcomes.")
    score = models.DecimalField(max_digits=7, decimal_places=2)
    max_score = models.DecimalField(max_digits=7, decimal_places=2)
    engine_version = models.CharField(max_length=40)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["attempt", "run"]
        constraints = [models.UniqueConstraint(fields=["attempt", "run"], name="one_grade_each_run")]

    def __str__(self) -> str:
        return f"{self.score} of {self.max_score}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise ValidationError("A grade is never changed; grade the attempt again instead.")
        super().save(*args, **kwargs)

    @property
    def percent(self) -> Decimal:
        """0 to 100."""
        return 100 * self.score / self.max_score if self.max_score else Decimal(0)

    @property
    def passed(self) -> bool:
        return self.percent >= self.attempt.pass_percent
