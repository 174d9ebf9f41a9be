"""What the course hands out at its end."""

from __future__ import annotations

import secrets

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from lessons.models.courses import Course
from lessons.models.learning import Learner

CODE_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""None that people take for another."""


def new_code() -> str:
    """Twelve letters, which nobody guesses: 60 bits."""
    return "".join(secrets.choice(CODE_LETTERS) for _ in range(12))


class Certificate(models.Model):
    """Holds everything that the document says, so that it stays true when the course changes."""

    code = models.CharField(_("code"), max_length=12, unique=True, default=new_code, editable=False)
    learner = models.ForeignKey(
        Learner, verbose_name=_("learner"), on_delete=models.CASCADE, related_name="certificates"
    )
    course = models.ForeignKey(Course, verbose_name=_("course"), on_delete=models.PROTECT, related_name="certificates")
    name = models.CharField(_("name"), max_length=100, help_text=_("The learner's name as they wrote it."))
    course_title = models.CharField(_("course title"), max_length=200)
    lessons = models.JSONField(_("lessons"), help_text=_("The titles of the lessons, in order."))
    minutes = models.PositiveIntegerField(_("minutes"), help_text=_("How long the lessons take, together."))
    issued_at = models.DateTimeField(_("issued"), auto_now_add=True)
    revoked_at = models.DateTimeField(
        _("revoked"), null=True, blank=True, help_text=_("Since when it does not count any more.")
    )

    class Meta:
        ordering = ["-issued_at"]
        verbose_name = _("certificate")
        verbose_name_plural = _("certificates")
        constraints = [models.UniqueConstraint(fields=["learner", "course"], name="one_certificate_each_course")]

    def __str__(self) -> str:
        return f"{self.code}: {self.name}"

    def get_absolute_url(self) -> str:
        return reverse("certificate", args=[self.code])

    @property
    def hours(self) -> int:
        """Rounded, at least one."""
        return max(1, round(self.minutes / 60))
