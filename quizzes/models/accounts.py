"""Accounts that are about to be deleted, and copies of what is stored about people."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from lessons.models import Learner


class AccountDeletion(models.Model):
    """Somebody asked for their account to be deleted, or has not used it for too long. Signing in takes it back."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, verbose_name=_("user"), on_delete=models.CASCADE, related_name="deletion"
    )
    asked_at = models.DateTimeField(_("asked"))
    due_at = models.DateTimeField(_("due"), help_text=_("From when on it is deleted with everything in it."))

    class Meta:
        ordering = ["due_at"]
        verbose_name = _("account deletion")
        verbose_name_plural = _("account deletions")

    def __str__(self) -> str:
        return f"{self.user}, {self.due_at:%Y-%m-%d}"


class DataExport(models.Model):
    """The copy of their data that a person asked for last: on its way, or kept for some days for them to download.

    It is kept in the database: every web server and worker reaches it there, and it goes with the learner.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("Being prepared")
        READY = "ready", _("Ready")
        FAILED = "failed", _("Could not be prepared")
        EXPIRED = "expired", _("No longer kept")

    learner = models.OneToOneField(
        Learner, verbose_name=_("learner"), on_delete=models.CASCADE, related_name="data_export"
    )
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.WAITING)
    asked_at = models.DateTimeField(
        _("asked"), help_text=_("Whoever works on an earlier request stores nothing any more.")
    )
    done = models.PositiveSmallIntegerField(_("done"), default=0, help_text=_("Files of the archive that are written."))
    total = models.PositiveSmallIntegerField(_("total"), default=0, help_text=_("Of how many; 0: not known yet."))
    heartbeat_at = models.DateTimeField(
        _("last sign of work"), null=True, help_text=_("When a worker last got on with it.")
    )
    finished_at = models.DateTimeField(_("finished"), null=True)
    expires_at = models.DateTimeField(_("expires"), null=True, help_text=_("When the archive is thrown away."))
    archive = models.BinaryField(_("archive"), null=True, help_text=_("A ZIP file."))
    size = models.PositiveIntegerField(_("size"), default=0, help_text=_("Of the archive, in bytes."))

    class Meta:
        ordering = ["-asked_at"]
        verbose_name = _("data export")
        verbose_name_plural = _("data exports")

    def __str__(self) -> str:
        return f"{self.learner}, {self.asked_at:%Y-%m-%d %H:%M}"
