"""Template tags: the learner's classes beside the course."""

from __future__ import annotations

from typing import Any

from django import template
from django.template.context import RequestContext

from classes import membership, viewing
from lessons.learners import current_learner
from lessons.models import Course

register = template.Library()


@register.inclusion_tag("classes/_course_banner.html", takes_context=True)
def class_banner(context: RequestContext, course: Course) -> dict[str, Any]:
    """The classes in which the learner takes this course, each with what is due next; nothing for anybody else."""
    request = context["request"]
    learner = current_learner(request)
    taken = membership.taken(course, learner, viewing.now(request)) if learner else ()
    return {"taken": taken}
