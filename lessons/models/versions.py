"""What a lesson was before: kept each time that an author saves (lessons.versions)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lessons.models.courses import Lesson


class LessonVersion(models.Model):
    """`content` holds the lesson with its scene, experiments and traces, as lessons.versions writes it."""

    lesson = models.ForeignKey(Lesson, verbose_name=_("lesson"), on_delete=models.CASCADE, related_name="versions")
    content = models.JSONField(_("content"))
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("author"),
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        help_text=_("Empty: an import, or nobody who is still known."),
    )
    saved_at = models.DateTimeField(_("saved"), default=timezone.now)

    class Meta:
        ordering = ["lesson", "-saved_at", "-pk"]
        verbose_name = _("version of a lesson")
        verbose_name_plural = _("versions of lessons")

    def __str__(self) -> str:
        return f"{self.lesson}: {self.saved_at:%Y-%m-%d %H:%M}"
