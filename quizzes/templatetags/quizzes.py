"""Template tags: where a learner stands with a lesson's quiz, and words for what results name."""

from __future__ import annotations

from typing import Any

from django import template
from django.template.context import RequestContext

from lessons.learners import current_learner
from lessons.models import Lesson
from quizzes.attempts import overview
from quizzes.models import Quiz
from quizzes.pictures import device_name as name_of_device

register = template.Library()


@register.inclusion_tag("quizzes/_standing.html", takes_context=True)
def quiz_standing(context: RequestContext, lesson: Lesson) -> dict[str, Any]:
    """The learner's best score, or the attempt that waits for them; nothing for who has not tried."""
    quiz = Quiz.objects.filter(lesson=lesson).first()
    learner = current_learner(context["request"])
    return {"overview": overview(quiz, learner) if quiz and learner else None}


@register.filter
def device_name(element: str) -> str:
    """An element of a picture in words."""
    return name_of_device(element)
