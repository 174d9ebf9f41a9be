"""What is stored of the site's use as an LTI tool, beside django-lti's platforms, deployments, users and links."""

from __future__ import annotations

from typing import Any

from django.core.validators import MaxValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from lti_tool.models import LtiRegistration, LtiResourceLink, LtiUser

from quizzes.models import Grade, Quiz


class PlatformFrames(models.Model):
    """Who may show launch pages in a frame, beside the origins of the platform's issuer and login address."""

    registration = models.OneToOneField(
        LtiRegistration, verbose_name=_("registration"), on_delete=models.CASCADE, related_name="frames"
    )
    origins = models.TextField(
        _("origins"),
        blank=True,
        help_text=_(
            "One a line, such as https://school.instructure.com. Needed where the platform's pages have another "
            "address than its issuer, as with Canvas."
        ),
    )

    class Meta:
        verbose_name = _("framing")
        verbose_name_plural = _("framing")

    def __str__(self) -> str:
        return _("Framing of {registration}").format(registration=self.registration)


class Launch(models.Model):
    """One way from a platform to this site: asked for, then brought back by a signed message, then used, once each."""

    state = models.CharField(_("state"), max_length=64, unique=True)
    nonce = models.CharField(_("nonce"), max_length=100)
    registration = models.ForeignKey(
        LtiRegistration, verbose_name=_("registration"), on_delete=models.CASCADE, related_name="+"
    )
    asked_at = models.DateTimeField(_("asked"), auto_now_add=True, db_index=True)
    accepted_at = models.DateTimeField(_("accepted"), null=True, help_text=_("When its signed message was accepted."))
    used_at = models.DateTimeField(
        _("used"), null=True, help_text=_("When the session began, or the selection was sent back.")
    )
    lti_user = models.ForeignKey(
        LtiUser, verbose_name=_("LTI user"), on_delete=models.CASCADE, null=True, related_name="+"
    )
    teaches = models.BooleanField(_("teaches"), default=False)
    target = models.CharField(_("target"), max_length=500, blank=True, help_text=_("The path to go to."))
    deployment_id = models.CharField(_("deployment ID"), max_length=255, blank=True)
    deep_linking: Any = models.JSONField(
        _("deep linking"), null=True, help_text=_("The settings of a deep linking request.")
    )

    class Meta:
        ordering = ["-asked_at"]
        verbose_name = _("launch")
        verbose_name_plural = _("launches")

    def __str__(self) -> str:
        return f"{self.registration}, {self.asked_at:%Y-%m-%d %H:%M}"


class LineItemLink(models.Model):
    """A platform's link to a quiz, and the line item of the platform's gradebook that its scores go to."""

    resource_link = models.OneToOneField(
        LtiResourceLink, verbose_name=_("resource link"), on_delete=models.CASCADE, related_name="line_item_link"
    )
    quiz = models.ForeignKey(Quiz, verbose_name=_("quiz"), on_delete=models.CASCADE, related_name="line_item_links")
    line_item_url = models.URLField(_("line item URL"), max_length=2000)

    class Meta:
        ordering = ["quiz", "resource_link"]
        verbose_name = _("line item link")
        verbose_name_plural = _("line item links")

    def __str__(self) -> str:
        return _("{quiz} in {context}").format(quiz=self.quiz, context=self.resource_link.context)


class ScoreDelivery(models.Model):
    """The outbox: one learner's best score of a quiz, and how far it got on its way to one line item."""

    class State(models.TextChoices):
        NO_SCORE = "no_score", _("No score yet")
        WITHHELD = "withheld", _("Held back until the points show")
        PENDING = "pending", _("On its way")
        SENT = "sent", _("Sent")
        KEPT = "kept", _("Not taken: the platform has a newer one")
        FAILED = "failed", _("Could not be delivered")

    line_item = models.ForeignKey(
        LineItemLink, verbose_name=_("line item"), on_delete=models.CASCADE, related_name="deliveries"
    )
    lti_user = models.ForeignKey(
        LtiUser, verbose_name=_("LTI user"), on_delete=models.CASCADE, related_name="deliveries"
    )
    grade = models.ForeignKey(Grade, verbose_name=_("grade"), on_delete=models.SET_NULL, null=True, related_name="+")
    score = models.DecimalField(_("score"), max_digits=7, decimal_places=2, null=True)
    max_score = models.DecimalField(_("most points"), max_digits=7, decimal_places=2, null=True)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.NO_SCORE)
    tries = models.PositiveSmallIntegerField(_("tries"), default=0, validators=[MaxValueValidator(1000)])
    token = models.CharField(
        _("token"), max_length=32, blank=True, help_text=_("Whoever tries it now; only they say how it went.")
    )
    next_try_at = models.DateTimeField(_("next try"), null=True)
    decided_at = models.DateTimeField(_("decided"), null=True, help_text=_("The score's timestamp at the platform."))
    sent_at = models.DateTimeField(_("sent"), null=True)
    last_error = models.TextField(_("last error"), blank=True, help_text=_("What the last try met, for instructors."))

    class Meta:
        ordering = ["line_item", "lti_user"]
        verbose_name = _("score delivery")
        verbose_name_plural = _("score deliveries")
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
