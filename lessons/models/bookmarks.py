"""What learners keep for themselves: places of a lesson to come back to, each with a note."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from lessons.models.courses import Lesson
from lessons.models.learning import Learner


class Bookmark(models.Model):
    """A place of a lesson, and a note on it. What is removed stays for a while, so that removing can be undone."""

    learner = models.ForeignKey(Learner, verbose_name=_("learner"), on_delete=models.CASCADE, related_name="bookmarks")
    lesson = models.ForeignKey(Lesson, verbose_name=_("lesson"), on_delete=models.CASCADE, related_name="bookmarks")
    place = models.CharField(
        _("place"),
        max_length=1500,
        blank=True,
        help_text=_("What follows the lesson's address, such as #experiment-first:step=7; empty: the whole lesson."),
    )
    title = models.CharField(_("title"), max_length=300)
    note = models.TextField(_("note"), blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated"), auto_now=True)
    removed_at = models.DateTimeField(_("removed"), null=True, blank=True)

    class Meta:
        ordering = ["lesson__course", "lesson__position", "created_at", "pk"]
        verbose_name = _("bookmark")
        verbose_name_plural = _("bookmarks")
        constraints = [models.UniqueConstraint(fields=["learner", "lesson", "place"], name="one_bookmark_each_place")]

    def __str__(self) -> str:
        return f"{self.learner}: {self.title}"

    def get_absolute_url(self) -> str:
        return f"{self.lesson.get_absolute_url()}{self.place}"
