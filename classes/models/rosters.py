"""Lists of people that instructors upload."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from classes.models.groups import CourseClass


class RosterUpload(models.Model):
    """A CSV of people, reviewed first and then applied. Afterwards it holds the lines that were left out."""

    course_class = models.ForeignKey(
        CourseClass, verbose_name=_("class"), on_delete=models.CASCADE, related_name="roster_uploads"
    )
    text = models.TextField(_("text"))
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("created by"), on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    applied_at = models.DateTimeField(_("applied"), null=True, blank=True)
    outcome: Any = models.JSONField(
        _("outcome"), default=dict, blank=True, help_text=_("How many were enrolled, invited and so on.")
    )

    class Meta:
        ordering = ["-created_at"]
        verbose_name = _("roster upload")
        verbose_name_plural = _("roster uploads")

    def __str__(self) -> str:
        return f"{self.course_class}, {self.created_at:%Y-%m-%d %H:%M}"

    def get_absolute_url(self) -> str:
        return reverse("class_roster_upload", args=[self.course_class_id, self.pk])
