"""Accounts that are about to be deleted."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class AccountDeletion(models.Model):
    """Somebody asked for their account to be deleted, or has not used it for too long. Signing in takes it back."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="deletion")
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField(help_text="From when on it is deleted with everything in it.")

    class Meta:
        ordering = ["due_at"]

    def __str__(self) -> str:
        return f"{self.user}, {self.due_at:%Y-%m-%d}"
