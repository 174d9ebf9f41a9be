"""Statistics of a class, for who helps to run it; and of a quiz over all learners, for who edits questions."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from classes.models import CourseClass, Role
from classes.permissions import for_role
from classes.views.people import csv_response
from quizzes.models import Quiz
from quizzes.permissions import edits_questions
from quizzes.statistics import files, plots
from quizzes.statistics.items import quiz_statistics
from quizzes.statistics.overview import overview
from quizzes.statistics.predicting import predictions
from quizzes.statistics.scopes import Scope


def for_class(view: Callable[..., HttpResponse]) -> Any:
    """view(request, scope, …) → view(request, pk, …). `?section=` narrows it to a section of the class."""

    @require_safe
    @never_cache
    @for_role(Role.ASSISTANT)
    @wraps(view)
    def wrapper(request: HttpRequest, course_class: CourseClass, **kwargs: Any) -> HttpResponse:
        wanted = request.GET.get("section", "")
        if wanted and not wanted.isdecimal():
            raise Http404
        section = get_object_or_404(course_class.sections, pk=wanted) if wanted else None
        return view(request, Scope(course_class.course, course_class, section), **kwargs)

    return wrapper


@for_class
def class_overview(request: HttpRequest, scope: Scope) -> HttpResponse:
    found = overview(scope)
    context = shared(request, scope) | {"overview": found, "plot": plots.progress(found.weeks)}
    return render(request, "quizzes/statistics/overview.html", context)


@for_class
def class_quiz(request: HttpRequest, scope: Scope, quiz: int) -> HttpResponse:
    return quiz_page(request, scope, quiz_of(scope, quiz))


@for_class
def class_quiz_file(request: HttpRequest, scope: Scope, quiz: int) -> HttpResponse:
    return quiz_file(scope, quiz_of(scope, quiz))


@for_class
def class_predictions(request: HttpRequest, scope: Scope) -> HttpResponse:
    return render(
        request, "quizzes/statistics/predictions.html", shared(request, scope) | {"found": predictions(scope)}
    )


@for_class
def class_predictions_file(request: HttpRequest, scope: Scope) -> HttpResponse:
    return csv_response(files.predictions_csv(predictions(scope)), f"predictions-{scope.course.slug}.csv")


@require_safe
@login_required
@never_cache
def everybody(request: HttpRequest, pk: int) -> HttpResponse:
    quiz = quiz_for_editors(request, pk)
    return quiz_page(request, Scope(quiz.lesson.course), quiz)


@require_safe
@login_required
@never_cache
def everybody_file(request: HttpRequest, pk: int) -> HttpResponse:
    quiz = quiz_for_editors(request, pk)
    return quiz_file(Scope(quiz.lesson.course), quiz)


def quiz_page(request: HttpRequest, scope: Scope, quiz: Quiz) -> HttpResponse:
    found = quiz_statistics(scope, quiz)
    context = shared(request, scope) | {
        "quiz": quiz,
        "found": found,
        "histogram": plots.histogram(found.scores, quiz.pass_percent) if found.enough else None,
        "scatter": plots.scatter(found.items),
    }
    return render(request, "quizzes/statistics/quiz.html", context)


def quiz_file(scope: Scope, quiz: Quiz) -> HttpResponse:
    return csv_response(files.items_csv(quiz_statistics(scope, quiz)), f"questions-{quiz.lesson.slug}.csv")


def quiz_of(scope: Scope, pk: int) -> Quiz:
    return get_object_or_404(Quiz.objects.select_related("lesson__course"), pk=pk, lesson__course=scope.course)


def quiz_for_editors(request: HttpRequest, pk: int) -> Quiz:
    if not edits_questions(request.user):
        raise Http404
    return get_object_or_404(Quiz.objects.select_related("lesson__course"), pk=pk)


def shared(request: HttpRequest, scope: Scope) -> dict[str, Any]:
    """What every page needs; `query` keeps the section in links."""
    return {
        "scope": scope,
        "course_class": scope.course_class,
        "sections": scope.course_class.sections.all() if scope.course_class else (),
        "query": f"?section={scope.section.pk}" if scope.section else "",
    }
