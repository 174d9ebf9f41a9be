"""What instructors edit: quizzes, their questions, and which of them an attempt draws."""

from __future__ import annotations

from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from lessons.drafts import acts_as_staff
from lessons.models import Lesson, Status
from quizzes.kinds import KINDS
from quizzes.models.policies import Policy


def kind_choices() -> list[tuple[str, Any]]:
    """A function, so that a new kind needs no migration."""
    return [(kind.name, kind.label) for kind in KINDS.values()]


class QuizQuerySet(models.QuerySet["Quiz"]):
    def visible_to(self, user: Any) -> QuizQuerySet:
        """Published quizzes of lessons that the user may read; staff also see drafts."""
        visible = self.filter(lesson__in=Lesson.objects.visible_to(user))
        return visible if acts_as_staff(user) else visible.filter(status=Status.PUBLISHED)


class Quiz(models.Model):
    lesson = models.OneToOneField(Lesson, verbose_name=_("lesson"), on_delete=models.CASCADE, related_name="quiz")
    title = models.CharField(_("title"), max_length=200)
    intro = models.TextField(
        _("intro"), blank=True, max_length=20_000, help_text=_("Markdown, shown before the quiz is started.")
    )
    pass_percent = models.PositiveSmallIntegerField(
        _("pass percent"),
        default=70,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text=_("Share of the points that passes. An attempt keeps the value it was started with."),
    )
    policy = models.ForeignKey(
        Policy,
        verbose_name=pgettext_lazy("how a quiz is taken", "policy"),
        on_delete=models.PROTECT,
        related_name="quizzes",
        null=True,
        blank=True,
        help_text=_("How it is taken where no class says otherwise. Empty: any number of tries, feedback at once."),
    )
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.DRAFT)
    imported_digest = models.CharField(_("imported digest"), max_length=64, blank=True, editable=False)

    objects = QuizQuerySet.as_manager()

    class Meta:
        ordering = ["lesson"]
        verbose_name = _("quiz")
        verbose_name_plural = _("quizzes")

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("quiz", args=[self.lesson.course.slug, self.lesson.slug])


class Difficulty(models.IntegerChoices):
    EASY = 1, _("Easy")
    MIDDLE = 2, _("Middle")
    HARD = 3, _("Hard")


class Question(models.Model):
    quiz = models.ForeignKey(Quiz, verbose_name=_("quiz"), on_delete=models.CASCADE, related_name="questions")
    slug = models.SlugField(_("slug"), max_length=80, help_text=_("Names the question within its quiz."))
    position = models.PositiveIntegerField(
        _("position"), default=0, help_text=_("Questions are asked in ascending order.")
    )
    kind = models.CharField(_("kind"), max_length=20, choices=kind_choices)
    points = models.PositiveSmallIntegerField(
        _("points"), default=1, validators=[MinValueValidator(1), MaxValueValidator(100)]
    )
    objective = models.PositiveSmallIntegerField(
        _("objective"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_("Which of the lesson's objectives it tests, counted from 1."),
    )
    difficulty = models.PositiveSmallIntegerField(
        _("difficulty"), choices=Difficulty.choices, default=Difficulty.MIDDLE
    )
    spec: Any = models.JSONField(_("specification"))

    class Meta:
        ordering = ["quiz", "position", "pk"]
        verbose_name = _("question")
        verbose_name_plural = _("questions")
        constraints = [models.UniqueConstraint(fields=["quiz", "slug"], name="question_slug_in_quiz")]

    def __str__(self) -> str:
        return self.slug


class Pool(models.Model):
    """Of the quiz's questions with this objective and difficulty an attempt is asked `pick` only, drawn by its seed."""

    quiz = models.ForeignKey(Quiz, verbose_name=_("quiz"), on_delete=models.CASCADE, related_name="pools")
    objective = models.PositiveSmallIntegerField(_("objective"), null=True, blank=True, help_text=_("Empty: any."))
    difficulty = models.PositiveSmallIntegerField(
        _("difficulty"), null=True, blank=True, choices=Difficulty.choices, help_text=_("Empty: any.")
    )
    pick = models.PositiveSmallIntegerField(_("pick"), validators=[MinValueValidator(1)])

    class Meta:
        ordering = ["quiz", "pk"]
        verbose_name = _("pool")
        verbose_name_plural = _("pools")

    def __str__(self) -> str:
        return _("{count} of {quiz}").format(count=self.pick, quiz=self.quiz)
