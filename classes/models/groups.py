"""Classes and their sections."""

from __future__ import annotations

import secrets

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy

from lessons.models import Course
from lessons.models.certificates import CODE_LETTERS


def new_code() -> str:
    """Eight letters that people can read out: 40 bits."""
    return "".join(secrets.choice(CODE_LETTERS) for _ in range(8))


class CourseClass(models.Model):
    """People who take one course together. Learners see it as “class”."""

    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="classes")
    title = models.CharField(max_length=200)
    code = models.CharField(
        max_length=8, unique=True, default=new_code, help_text=gettext_lazy("Whoever has it may enrol.")
    )
    code_valid_until = models.DateTimeField(null=True, blank=True, help_text=gettext_lazy("Empty: without end."))
    code_enabled = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    archived_at = models.DateTimeField(
        null=True, blank=True, help_text=gettext_lazy("Since when it takes nobody in any more.")
    )

    class Meta:
        ordering = ["title", "pk"]
        verbose_name = gettext_lazy("class")
        verbose_name_plural = gettext_lazy("classes")

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("class", args=[self.pk])


class Section(models.Model):
    course_class = models.ForeignKey(CourseClass, on_delete=models.CASCADE, related_name="sections")
    name = models.CharField(max_length=100)

    class Meta:
        ordering = ["course_class", "name"]
        constraints = [models.UniqueConstraint(fields=["course_class", "name"], name="section_name_in_class")]

    def __str__(self) -> str:
        return self.name
