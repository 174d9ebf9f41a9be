"""What is stored of the site's use as an LTI tool, beside django-lti's platforms, deployments, users and links."""

from __future__ import annotations

from typing import Any

from django.core.validators import MaxValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy
from lti_tool.models import LtiRegistration, LtiResourceLink, LtiUser

from quizzes.models import Grade, Quiz


class PlatformFrames(models.Model):
    """Who may show launch pages in a frame, beside the origins of the platform's issuer and login address."""

    registration = models.OneToOneField(LtiRegistration, on_delete=models.CASCADE, related_name="frames")
    origins = models.TextField(
        blank=True,
        help_text=gettext_lazy(
            "One a line, such as https://school.instructure.com. Needed where the platform's pages have another "
            "address than its issuer, as with Canvas."
        ),
    )

    class Meta:
        verbose_name = gettext_lazy("framing")
        verbose_name_plural = gettext_lazy("framing")

    def __str__(self) -> str:
        return f"Frames of {self.registration}"


class Launch(models.Model):
    """One way from a platform to this site: asked for, then brought back by a signed message, then used, once each."""

    state = models.CharField(max_length=64, unique=True)
    nonce = models.CharField(max_length=100)
    registration = models.ForeignKey(LtiRegistration, on_delete=models.CASCADE, related_name="+")
    asked_at = models.DateTimeField(auto_now_add=True, db_index=True)
    accepted_at = models.DateTimeField(null=True, help_text=gettext_lazy("When its signed message was accepted."))
    used_at = models.DateTimeField(
        null=True, help_text=gettext_lazy("When the session began, or the selection was sent back.")
    )
    lti_user = models.ForeignKey(LtiUser, on_delete=models.CASCADE, null=True, related_name="+")
    teaches = models.BooleanField(default=False)
    target = models.CharField(max_length=500, blank=True, help_text=gettext_lazy("The path to go to."))
    deployment_id = models.CharField(max_length=255, blank=True)
    deep_linking: Any = models.JSONField(null=True, help_text=gettext_lazy("The settings of a deep linking request."))

    class Meta:
        ordering = ["-asked_at"]
        verbose_name_plural = gettext_lazy("launches")

    def __str__(self) -> str:
        return f"{self.registration}, {self.asked_at:%Y-%m-%d %H:%M}"


class LineItemLink(models.Model):
    """A platform's link to a quiz, and the line item of the platform's gradebook that its scores go to."""

    resource_link = models.OneToOneField(LtiResourceLink, on_delete=models.CASCADE, related_name="line_item_link")
    quiz = models.ForeignKey(Quiz, on_delete=models.CASCADE, related_name="line_item_links")
    line_item_url = models.URLField(max_length=2000)

    class Meta:
        ordering = ["quiz", "resource_link"]

    def __str__(self) -> str:
        return f"{self.quiz} in {self.resource_link.context}"


class ScoreDelivery(models.Model):
    """The outbox: one learner's best score of a quiz, and how far it got on its way to one line item."""

    class State(models.TextChoices):
        NO_SCORE = "no_score", gettext_lazy("No score yet")
        WITHHELD = "withheld", gettext_lazy("Held back until the points show")
        PENDING = "pending", gettext_lazy("On its way")
        SENT = "sent", gettext_lazy("Sent")
        KEPT = "kept", gettext_lazy("Not taken: the platform has a newer one")
        FAILED = "failed", gettext_lazy("Could not be delivered")

    line_item = models.ForeignKey(LineItemLink, on_delete=models.CASCADE, related_name="deliveries")
    lti_user = models.ForeignKey(LtiUser, on_delete=models.CASCADE, related_name="deliveries")
    grade = models.ForeignKey(Grade, on_delete=models.SET_NULL, null=True, related_name="+")
    score = models.DecimalField(max_digits=7, decimal_places=2, null=True)
    max_score = models.DecimalField(max_digits=7, decimal_places=2, null=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.NO_SCORE)
    tries = models.PositiveSmallIntegerField(default=0, validators=[MaxValueValidator(1000)])
    token = models.CharField(
        max_length=32, blank=True, help_text=gettext_lazy("Whoever tries it now; only they say how it went.")
    )
    next_try_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True, help_text=gettext_lazy("The score's timestamp at the platform."))
    sent_at = models.DateTimeField(null=True)
    last_error = models.TextField(blank=True, help_text=gettext_lazy("What the last try met, for instructors."))

    class Meta:
        ordering = ["line_item", "lti_user"]
        verbose_name_plural = gettext_lazy("score deliveries")
        constraints = [
            models.UniqueConstraint(fields=["line_item", "lti_user"], name="one_delivery_each_learner_and_line_item")
        ]
        indexes = [models.Index(fields=["state", "next_try_at"], name="scores_to_send")]

    def __str__(self) -> str:
        return f"{self.lti_user.auth_user or self.lti_user}: {self.line_item}"

    @property
    def platform_name(self) -> str:
        """The platform's course where it told one, else the platform."""
        context = self.line_item.resource_link.context
        return context.title or context.deployment.registration.name

    @property
    def may_resend(self) -> bool:
        """Whether there is a score that nobody is about to send anyway."""
        waits = self.next_try_at is not None and self.tries > 0 and self.next_try_at > timezone.now()
        settled = self.state in (self.State.SENT, self.State.KEPT, self.State.FAILED)
        return settled or (self.state == self.State.PENDING and waits)
