"""Template tags: where a learner stands with a lesson's quiz, and words for what results name."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import template
from django.template.context import Context, RequestContext
from django.urls import reverse
from django.utils.translation import gettext

from lessons.learners import current_learner
from lessons.models import Lesson
from quizzes.attempts.history import overview
from quizzes.models import Quiz
from quizzes.simulation.pictures import device_name as name_of_device

register = template.Library()


@register.inclusion_tag("quizzes/_standing.html", takes_context=True)
def quiz_standing(context: RequestContext, lesson: Lesson) -> dict[str, Any]:
    """The learner's best score, or the attempt that waits for them; nothing for who has not tried."""
    quiz = Quiz.objects.filter(lesson=lesson).first()
    learner = current_learner(context["request"])
    return {"overview": overview(quiz, learner) if quiz and learner else None}


@register.simple_tag(takes_context=True)
def watch_url(context: Context, number: int) -> str:
    """The page on which the learner watches a packet of their own graded answer; "" for everybody else."""
    slug = context["result"]["slug"]
    if attempt := context.get("attempt"):
        return reverse("quiz_watch", args=[attempt.pk, slug, number])
    if practice := context.get("practice"):
        return reverse("practice_watch", args=[practice.pk, number])
    return ""


@register.simple_tag(takes_context=True)
def report_url(context: Context, slug: str) -> str:
    """The page on which the learner reports a mistake in this question; "" for everybody else."""
    if attempt := context.get("attempt"):
        return reverse("quiz_report", args=[attempt.pk, slug])
    if practice := context.get("practice"):
        return reverse("practice_report", args=[practice.pk])
    return ""


@register.filter
def device_name(element: str) -> str:
    """An element of a picture in words."""
    return name_of_device(element)


@register.filter
def span(length: timedelta) -> str:
    """A whole number of minutes as “1 h 30 min”."""
    hours, minutes = divmod(round(length.total_seconds() / 60), 60)
    parts = [gettext("{hours} h").format(hours=hours)] if hours else []
    return " ".join([*parts, gettext("{minutes} min").format(minutes=minutes)] if minutes or not hours else parts)
