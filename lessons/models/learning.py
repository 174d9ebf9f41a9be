"""What learners make: who they are, what they predicted, how far they got. None of it is ever overwritten."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from lessons.models.courses import Experiment, Lesson, PredictionOption


class Learner(models.Model):
    """Someone who learns: a guest (known to one browser session only) or a user."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        verbose_name=_("user"),
        on_delete=models.CASCADE,
        related_name="learner",
        null=True,
        blank=True,
    )
    stand_in_of = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        verbose_name=_("stand-in of"),
        on_delete=models.CASCADE,
        related_name="stand_in",
        null=True,
        blank=True,
        help_text=_("Whoever looks at the course as a learner through this one: what it does never counts."),
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        ordering = ["pk"]
        verbose_name = _("learner")
        verbose_name_plural = _("learners")

    def __str__(self) -> str:
        if self.stand_in_of:
            return _("{user}, viewing as a learner").format(user=self.stand_in_of)
        return str(self.user) if self.user else _("Guest {number}").format(number=self.pk)

    @property
    def name(self) -> str:
        """What the person is called: their full name, else what they sign in with."""
        return (self.user.get_full_name() if self.user else "") or str(self)


class Confidence(models.IntegerChoices):
    """How sure a learner is, as the chance in percent that the prediction is right."""

    GUESS = 50, _("guess")
    FAIRLY = 75, _("fairly sure")
    CERTAIN = 95, _("certain")


class Prediction(models.Model):
    """A prediction, locked in before the packet moved. A second try is a new row with the next round."""

    learner = models.ForeignKey(
        Learner, verbose_name=_("learner"), on_delete=models.CASCADE, related_name="predictions"
    )
    experiment = models.ForeignKey(
        Experiment, verbose_name=_("experiment"), on_delete=models.CASCADE, related_name="predictions"
    )
    option = models.ForeignKey(
        PredictionOption, verbose_name=_("option"), on_delete=models.SET_NULL, null=True, related_name="predictions"
    )
    option_text = models.CharField(
        _("option text"), max_length=500, help_text=_("The option's text when it was picked.")
    )
    round = models.PositiveIntegerField(_("round"), default=1)
    confidence = models.PositiveSmallIntegerField(_("confidence"), choices=Confidence.choices, null=True, blank=True)
    right = models.BooleanField(
        _("right"), null=True, help_text=_("The engine's word when the learner first saw what happened.")
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        ordering = ["learner", "experiment", "round"]
        verbose_name = _("prediction")
        verbose_name_plural = _("predictions")
        constraints = [
            models.UniqueConstraint(fields=["learner", "experiment", "round"], name="one_prediction_each_round")
        ]

    def __str__(self) -> str:
        return f"{self.learner}: {self.option_text}"


class CheckAnswer(models.Model):
    """The answer to “what did you see?”, given after the packet moved: one for each prediction."""

    prediction = models.OneToOneField(
        Prediction, verbose_name=_("prediction"), on_delete=models.CASCADE, related_name="check_answer"
    )
    option_text = models.CharField(
        _("option text"), max_length=500, help_text=_("The option's text when it was picked.")
    )
    right = models.BooleanField(_("right"), help_text=_("The engine's word at that time."))
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        ordering = ["prediction"]
        verbose_name = _("check answer")
        verbose_name_plural = _("check answers")

    def __str__(self) -> str:
        return f"{self.prediction.learner}: {self.option_text}"


class LessonProgress(models.Model):
    learner = models.ForeignKey(Learner, verbose_name=_("learner"), on_delete=models.CASCADE, related_name="progress")
    lesson = models.ForeignKey(Lesson, verbose_name=_("lesson"), on_delete=models.CASCADE, related_name="progress")
    opened_at = models.DateTimeField(_("opened"))
    completed_at = models.DateTimeField(_("completed"), null=True, blank=True)
    seen_at = models.DateTimeField(
        _("last seen"),
        null=True,
        blank=True,
        help_text=_("When the learner last read or predicted here; empty: when it was opened."),
    )
    place = models.CharField(
        _("place"),
        max_length=200,
        blank=True,
        help_text=_("The fragment of the lesson's address that was last in view."),
    )

    class Meta:
        ordering = ["learner", "lesson"]
        verbose_name = _("lesson progress")
        verbose_name_plural = _("lesson progress")
        constraints = [models.UniqueConstraint(fields=["learner", "lesson"], name="one_progress_each_lesson")]

    def __str__(self) -> str:
        return f"{self.learner}: {self.lesson}"
