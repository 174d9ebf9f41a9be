"""Accounts that are about to be deleted, and copies of what is stored about people."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy

from lessons.models import Learner


class AccountDeletion(models.Model):
    """Somebody asked for their account to be deleted, or has not used it for too long. Signing in takes it back."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="deletion")
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField(help_text=gettext_lazy("From when on it is deleted with everything in it."))

    class Meta:
        ordering = ["due_at"]

    def __str__(self) -> str:
        return f"{self.user}, {self.due_at:%Y-%m-%d}"


class DataExport(models.Model):
    """The copy of their data that a person asked for last: on its way, or kept for some days for them to download.

    It is kept in the database: every web server and worker reaches it there, and it goes with the learner.
    """

    class State(models.TextChoices):
        WAITING = "waiting", gettext_lazy("Being prepared")
        READY = "ready", gettext_lazy("Ready")
        FAILED = "failed", gettext_lazy("Could not be prepared")
        EXPIRED = "expired", gettext_lazy("No longer kept")

    learner = models.OneToOneField(Learner, on_delete=models.CASCADE, related_name="data_export")
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    asked_at = models.DateTimeField(
        help_text=gettext_lazy("Whoever works on an earlier request stores nothing any more.")
    )
    done = models.PositiveSmallIntegerField(default=0, help_text=gettext_lazy("Files of the archive that are written."))
    total = models.PositiveSmallIntegerField(default=0, help_text=gettext_lazy("Of how many; 0: not known yet."))
    heartbeat_at = models.DateTimeField(null=True, help_text=gettext_lazy("When a worker last got on with it."))
    finished_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True, help_text=gettext_lazy("When the archive is thrown away."))
    archive = models.BinaryField(null=True, help_text=gettext_lazy("A ZIP file."))
    size = models.PositiveIntegerField(default=0, help_text=gettext_lazy("Of the archive, in bytes."))

    class Meta:
        ordering = ["-asked_at"]

    def __str__(self) -> str:
        return f"{self.learner}, {self.asked_at:%Y-%m-%d %H:%M}"
