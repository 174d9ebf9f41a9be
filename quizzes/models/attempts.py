"""What learners make: attempts, and the answer to each of the questions as they were asked."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy

from classes.models import Enrolment
from lessons.models import Learner, Lesson
from quizzes.models.content import Question, Quiz, kind_choices
from quizzes.seeds import new_seed


class QuestionRevision(models.Model):
    """One variant of a question as it was asked, with the cluster and the probe that decide its answer (null: none).

    It outlives the question, so that old attempts stay readable and can be graded again.
    """

    question = models.ForeignKey(Question, on_delete=models.SET_NULL, related_name="revisions", null=True)
    digest = models.CharField(max_length=64, help_text=gettext_lazy("SHA-256 of everything that decides its grade."))
    slug = models.SlugField(max_length=80)
    kind = models.CharField(max_length=20, choices=kind_choices)
    points = models.PositiveSmallIntegerField()
    spec: Any = models.JSONField()
    scenario: Any = models.JSONField(null=True)
    variant: Any = models.JSONField(
        null=True, help_text=gettext_lazy("Index and parameters; null: the question has no variants.")
    )
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
    seed = models.CharField(max_length=32, default=new_seed, editable=False)
    engine_version = models.CharField(
        max_length=40,
        blank=True,
        help_text=gettext_lazy("Of the engine when its questions were asked; grades name their own."),
    )
    enrolment = models.ForeignKey(
        Enrolment,
        on_delete=models.SET_NULL,
        related_name="attempts",
        null=True,
        help_text=gettext_lazy("The class that it counts for; null: none."),
    )
    pass_percent = models.PositiveSmallIntegerField()
    rules: Any = models.JSONField(
        default=dict, help_text=gettext_lazy("The policy and window as they were at the start.")
    )
    deadline_at = models.DateTimeField(null=True, help_text=gettext_lazy("When the clock closes it; null: never."))
    closed_by_clock = models.BooleanField(
        default=False, help_text=gettext_lazy("Submitted as it was saved, when time was up.")
    )
    submission_id = models.UUIDField(
        null=True, unique=True, help_text=gettext_lazy("Made by the form, so that it counts once.")
    )
    started_at = models.DateTimeField(default=timezone.now)
    submitted_at = models.DateTimeField(null=True)
    enqueued_at = models.DateTimeField(
        null=True, help_text=gettext_lazy("When the queue last accepted it for grading.")
    )
    graded_at = models.DateTimeField(null=True)
    grading_tries = models.PositiveSmallIntegerField(default=0)
    grading_token = models.CharField(
        max_length=32, blank=True, help_text=gettext_lazy("Whoever claimed it last; only they grade it.")
    )
    claimed_at = models.DateTimeField(null=True)
    graded_answers = models.PositiveSmallIntegerField(
        default=0,
        help_text=gettext_lazy("How many answers its worker has been through; their points are stored with the grade."),
    )
    heartbeat_at = models.DateTimeField(null=True, help_text=gettext_lazy("When its worker last got on with it."))
    retry_at = models.DateTimeField(
        null=True, help_text=gettext_lazy("When it is graded again by itself, after an error of ours.")
    )
    failure = models.TextField(blank=True, help_text=gettext_lazy("Why it could not be graded, for instructors."))

    class Meta:
        ordering = ["quiz", "learner", "number"]
        constraints = [
            models.UniqueConstraint(fields=["learner", "quiz", "number"], name="one_attempt_each_number"),
            models.UniqueConstraint(
                fields=["learner", "quiz"], condition=models.Q(state="in_progress"), name="one_attempt_in_progress"
            ),
        ]
        indexes = [
            models.Index(fields=["state", "submitted_at"], name="ungraded_attempts"),
            models.Index(fields=["state", "deadline_at"], name="attempts_to_close"),
        ]

    def __str__(self) -> str:
        return f"{self.learner}: {self.quiz}, attempt {self.number}"

    def get_absolute_url(self) -> str:
        return reverse("quiz_attempt" if self.state == self.State.IN_PROGRESS else "quiz_result", args=[self.pk])


class Answer(models.Model):
    """The answer to one question of an attempt: a draft, saved as the learner goes, until the attempt is submitted."""

    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE, related_name="answers")
    revision = models.ForeignKey(QuestionRevision, on_delete=models.PROTECT, related_name="answers")
    position = models.PositiveIntegerField()
    response: Any = models.JSONField(default=dict)
    version = models.PositiveIntegerField(
        default=0, help_text=gettext_lazy("Counts the saves; a save names the one it is based on.")
    )
    saved_from = models.UUIDField(
        null=True, help_text=gettext_lazy("The page that saved it last: a page never conflicts with itself.")
    )
    saved_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["attempt", "position"]
        constraints = [models.UniqueConstraint(fields=["attempt", "position"], name="one_answer_each_position")]

    def __str__(self) -> str:
        return f"{self.attempt}: {self.revision.slug}"

    def get_absolute_url(self) -> str:
        """Its question, on the page of the attempt."""
        place = "question" if self.attempt.state == Attempt.State.IN_PROGRESS else "result"
        return f"{self.attempt.get_absolute_url()}#{place}-{self.revision.slug}"

    @property
    def learner(self) -> Learner:
        return self.attempt.learner

    @property
    def lesson(self) -> Lesson:
        return self.attempt.quiz.lesson

    @property
    def seed(self) -> str:
        """Decides the order in which this question's options are shown."""
        return f"{self.attempt.seed}/{self.revision.slug}"
