"""Template tags: what a learner has mastered, and what comes back to them, beside courses and lessons."""

from __future__ import annotations

from typing import Any

from django import template
from django.template.context import RequestContext

from classes import viewing
from lessons.learners import current_learner
from lessons.models import Course, Lesson
from quizzes.models import Quiz
from quizzes.review import overview
from quizzes.review.overview import LessonStanding, ObjectiveStanding

register = template.Library()


@register.inclusion_tag("quizzes/review/_due_link.html", takes_context=True)
def practice_due(context: RequestContext) -> dict[str, Any]:
    """A link to what is due; nothing where nothing is."""
    request = context["request"]
    learner = current_learner(request)
    return {"count": overview.due_count(learner, request.user, viewing.now(request))}


@register.simple_tag(takes_context=True)
def course_standing(context: RequestContext, course: Course) -> dict[int, LessonStanding]:
    """By lesson id, for lessons that this learner has practiced or was quizzed about."""
    request = context["request"]
    learner = current_learner(request)
    if learner is None:
        return {}
    standing = overview.course_standing(learner, course, request.user, viewing.now(request))
    return {each.lesson.pk: each for each in standing.begun}


@register.filter
def standing_of(standings: dict[int, LessonStanding], lesson: Lesson) -> LessonStanding | None:
    return standings.get(lesson.pk) if standings else None


@register.simple_tag(takes_context=True)
def objectives_with_standing(
    context: RequestContext, lesson: Lesson
) -> list[tuple[str, ObjectiveStanding | None]]:  # fmt: skip
    """Every objective of the lesson with where the learner stands, or None without questions about it."""
    request = context["request"]
    quizzes = Quiz.objects.visible_to(request.user).filter(lesson=lesson)
    found: tuple[LessonStanding, ...] = ()
    if lesson.objectives and quizzes.exists():
        learner, now = current_learner(request), viewing.now(request)
        found = overview.lesson_standings(learner, lesson.course, (lesson,), now)
    by_number = {each.number: each for standing in found for each in standing.objectives}
    return [(text, by_number.get(number)) for number, text in enumerate(lesson.objectives, start=1)]
