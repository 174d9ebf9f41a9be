"""What learners keep for themselves: places of a lesson to come back to, each with a note."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy

from lessons.models.courses import Lesson
from lessons.models.learning import Learner


class Bookmark(models.Model):
    """A place of a lesson, and a note on it. What is removed stays for a while, so that removing can be undone."""

    learner = models.ForeignKey(Learner, on_delete=models.CASCADE, related_name="bookmarks")
    lesson = models.ForeignKey(Lesson, on_delete=models.CASCADE, related_name="bookmarks")
    place = models.CharField(
        max_length=1500,
        blank=True,
        help_text=gettext_lazy(
            "What follows the lesson's address, such as #experiment-first:step=7; empty: the whole lesson."
        ),
    )
    title = models.CharField(max_length=300)
    note = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["lesson__course", "lesson__position", "created_at", "pk"]
        constraints = [models.UniqueConstraint(fields=["learner", "lesson", "place"], name="one_bookmark_each_place")]

    def __str__(self) -> str:
        return f"{self.learner}: {self.title}"

    def get_absolute_url(self) -> str:
        return f"{self.lesson.get_absolute_url()}{self.place}"
