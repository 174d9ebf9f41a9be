"""What learners make: attempts, and the answer to each of the questions as they were asked."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from classes.models import Enrolment
from lessons.models import Learner, Lesson
from quizzes.models.content import Question, Quiz, kind_choices
from quizzes.seeds import new_seed


class QuestionRevision(models.Model):
    """One variant of a question as it was asked, with the cluster and the probe that decide its answer (null: none).

    It outlives the question, so that old attempts stay readable and can be graded again.
    """

    question = models.ForeignKey(
        Question, verbose_name=_("question"), on_delete=models.SET_NULL, related_name="revisions", null=True
    )
    digest = models.CharField(_("digest"), max_length=64, help_text=_("SHA-256 of everything that decides its grade."))
    slug = models.SlugField(_("slug"), max_length=80)
    kind = models.CharField(_("kind"), max_length=20, choices=kind_choices)
    points = models.PositiveSmallIntegerField(_("points"))
    spec: Any = models.JSONField(_("specification"))
    scenario: Any = models.JSONField(_("scenario"), null=True)
    variant: Any = models.JSONField(
        _("variant"), null=True, help_text=_("Index and parameters; null: the question has no variants.")
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        ordering = ["question", "created_at"]
        verbose_name = _("question revision")
        verbose_name_plural = _("question revisions")
        constraints = [models.UniqueConstraint(fields=["question", "digest"], name="one_revision_each_content")]

    def __str__(self) -> str:
        return f"{self.slug} ({self.digest[:8]})"


class Attempt(models.Model):
    """One learner's run through a quiz, and where its grading stands.

    Set aside is an attempt under way that met another one when a guest logged in; it does not count.
    """

    class State(models.TextChoices):
        IN_PROGRESS = "in_progress", _("In progress")
        SUBMITTED = "submitted", _("Waiting for its grade")
        GRADED = "graded", _("Graded")
        FAILED = "failed", _("Could not be graded")
        SET_ASIDE = "set_aside", _("Set aside")

    learner = models.ForeignKey(
        Learner, verbose_name=_("learner"), on_delete=models.CASCADE, related_name="quiz_attempts"
    )
    quiz = models.ForeignKey(Quiz, verbose_name=_("quiz"), on_delete=models.PROTECT, related_name="attempts")
    number = models.PositiveIntegerField(_("number"))
    state = models.CharField(_("state"), max_length=12, choices=State.choices, default=State.IN_PROGRESS)
    seed = models.CharField(_("seed"), max_length=32, default=new_seed, editable=False)
    engine_version = models.CharField(
        _("engine version"),
        max_length=40,
        blank=True,
        help_text=_("Of the engine when its questions were asked; grades name their own."),
    )
    enrolment = models.ForeignKey(
        Enrolment,
        verbose_name=_("enrolment"),
        on_delete=models.SET_NULL,
        related_name="attempts",
        null=True,
        help_text=_("The class that it counts for; null: none."),
    )
    pass_percent = models.PositiveSmallIntegerField(_("pass percent"))
    rules: Any = models.JSONField(
        _("rules"), default=dict, help_text=_("The policy and window as they were at the start.")
    )
    deadline_at = models.DateTimeField(_("deadline"), null=True, help_text=_("When the clock closes it; null: never."))
    closed_by_clock = models.BooleanField(
        _("closed by the clock"), default=False, help_text=_("Submitted as it was saved, when time was up.")
    )
    submission_id = models.UUIDField(
        _("submission ID"), null=True, unique=True, help_text=_("Made by the form, so that it counts once.")
    )
    started_at = models.DateTimeField(_("started"), default=timezone.now)
    submitted_at = models.DateTimeField(_("submitted"), null=True)
    enqueued_at = models.DateTimeField(
        _("enqueued"), null=True, help_text=_("When the queue last accepted it for grading.")
    )
    graded_at = models.DateTimeField(_("graded"), null=True)
    grading_tries = models.PositiveSmallIntegerField(_("grading tries"), default=0)
    grading_token = models.CharField(
        _("grading token"), max_length=32, blank=True, help_text=_("Whoever claimed it last; only they grade it.")
    )
    claimed_at = models.DateTimeField(_("claimed"), null=True)
    graded_answers = models.PositiveSmallIntegerField(
        _("graded answers"),
        default=0,
        help_text=_("How many answers its worker has been through; their points are stored with the grade."),
    )
    heartbeat_at = models.DateTimeField(
        _("last sign of work"), null=True, help_text=_("When its worker last got on with it.")
    )
    retry_at = models.DateTimeField(
        _("next try"), null=True, help_text=_("When it is graded again by itself, after an error of ours.")
    )
    failure = models.TextField(_("failure"), blank=True, help_text=_("Why it could not be graded, for instructors."))

    class Meta:
        ordering = ["quiz", "learner", "number"]
        verbose_name = _("attempt")
        verbose_name_plural = _("attempts")
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
        words = _("{learner}: {quiz}, attempt {number}")
        return words.format(learner=self.learner, quiz=self.quiz, number=self.number)

    def get_absolute_url(self) -> str:
        return reverse("quiz_attempt" if self.state == self.State.IN_PROGRESS else "quiz_result", args=[self.pk])


class Answer(models.Model):
    """The answer to one question of an attempt: a draft, saved as the learner goes, until the attempt is submitted."""

    attempt = models.ForeignKey(Attempt, verbose_name=_("attempt"), on_delete=models.CASCADE, related_name="answers")
    revision = models.ForeignKey(
        QuestionRevision, verbose_name=_("question revision"), on_delete=models.PROTECT, related_name="answers"
    )
    position = models.PositiveIntegerField(_("position"))
    response: Any = models.JSONField(_("response"), default=dict)
    version = models.PositiveIntegerField(
        _("version"), default=0, help_text=_("Counts the saves; a save names the one it is based on.")
    )
    saved_from = models.UUIDField(
        _("saved from"), null=True, help_text=_("The page that saved it last: a page never conflicts with itself.")
    )
    saved_at = models.DateTimeField(_("saved"), null=True)

    class Meta:
        ordering = ["attempt", "position"]
        verbose_name = _("answer")
        verbose_name_plural = _("answers")
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
