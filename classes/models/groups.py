"""Classes and their sections."""

from __future__ import annotations

import secrets

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from lessons.models import Course
from lessons.models.certificates import CODE_LETTERS


def new_code() -> str:
    """Eight letters that people can read out: 40 bits."""
    return "".join(secrets.choice(CODE_LETTERS) for _ in range(8))


class CourseClass(models.Model):
    """People who take one course together. Learners see it as “class”."""

    course = models.ForeignKey(Course, verbose_name=_("course"), on_delete=models.PROTECT, related_name="classes")
    title = models.CharField(_("title"), max_length=200)
    code = models.CharField(
        _("code"), max_length=8, unique=True, default=new_code, help_text=_("Whoever has it may enrol.")
    )
    code_valid_until = models.DateTimeField(
        _("code valid until"), null=True, blank=True, help_text=_("Empty: without end.")
    )
    code_enabled = models.BooleanField(_("code enabled"), default=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    archived_at = models.DateTimeField(
        _("archived"), null=True, blank=True, help_text=_("Since when it takes nobody in any more.")
    )

    class Meta:
        ordering = ["title", "pk"]
        verbose_name = _("class")
        verbose_name_plural = _("classes")

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("class", args=[self.pk])


class Section(models.Model):
    course_class = models.ForeignKey(
        CourseClass, verbose_name=_("class"), on_delete=models.CASCADE, related_name="sections"
    )
    name = models.CharField(_("name"), max_length=100)

    class Meta:
        ordering = ["course_class", "name"]
        verbose_name = _("section")
        verbose_name_plural = _("sections")
        constraints = [models.UniqueConstraint(fields=["course_class", "name"], name="section_name_in_class")]

    def __str__(self) -> str:
        return self.name
