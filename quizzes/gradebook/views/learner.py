"""One learner of a class, and one of their attempts: to read, as they see it."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from classes import viewing
from classes.models import CourseClass, Role
from classes.permissions import for_role, may
from classes.views.people import person_of
from classes.views.requests import Request
from quizzes.attempts import presentation, taking
from quizzes.gradebook.learner import look
from quizzes.grading.scores import score_of
from quizzes.models import Attempt
from quizzes.policies.showing import showing_of


@require_safe
@never_cache
@for_role(Role.ASSISTANT)
def learner(request: Request, course_class: CourseClass, enrolment: int) -> HttpResponse:
    found = person_of(course_class, enrolment)
    context = {
        "course_class": course_class,
        "person": found,
        "page": look(found, viewing.now(request)),
        "may_change": may(request.user, course_class, Role.INSTRUCTOR),
    }
    return render(request, "quizzes/gradebook/learner.html", context)


@require_safe
@never_cache
@for_role(Role.ASSISTANT)
def attempt(request: Request, course_class: CourseClass, attempt: int) -> HttpResponse:
    """What the learner sees of it, and no more. Nothing on it can be changed."""
    counting = Attempt.objects.filter(enrolment__course_class=course_class, learner__stand_in_of=None)
    related = counting.select_related("quiz__lesson__course", "learner__user", "enrolment__course_class")
    found = get_object_or_404(related, pk=attempt)
    score, showing = score_of(found), showing_of(found, viewing.now(request))
    drafts = taking.drafts_of(found) if found.state == Attempt.State.IN_PROGRESS else ()
    context = {
        "course_class": course_class,
        "attempt": found,
        "lesson": found.quiz.lesson,
        "score": score,
        "showing": showing,
        "cards": presentation.result_cards(found, score, showing),
        "drafts": presentation.question_cards(drafts),
    }
    return render(request, "quizzes/gradebook/attempt.html", context)
