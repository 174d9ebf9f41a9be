"""The gradebook: by quiz, by objective, as a file."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from classes import viewing
from classes.models import CourseClass, Role
from classes.permissions import for_role, may
from classes.views.people import csv_response
from classes.views.requests import Request
from quizzes.gradebook import files
from quizzes.gradebook.forms import FilterForm
from quizzes.gradebook.objectives import objectives_of
from quizzes.gradebook.table import Gradebook, gradebook_of, narrowed

PEOPLE_ON_A_PAGE = 50


@require_safe
@never_cache
@for_role(Role.ASSISTANT)
def gradebook(request: Request, course_class: CourseClass) -> HttpResponse:
    form = FilterForm(request.GET, course_class=course_class)
    everybody = gradebook_of(course_class, form.people(), viewing.now(request))
    shown = narrowed(everybody, form.wanted())
    context = page_of(request, course_class, form, everybody, shown)
    return render(request, "quizzes/gradebook/gradebook.html", context | {"columns": shown.columns})


@require_safe
@never_cache
@for_role(Role.ASSISTANT)
def objectives(request: Request, course_class: CourseClass) -> HttpResponse:
    form = FilterForm(request.GET, course_class=course_class)
    everybody = gradebook_of(course_class, form.people(), viewing.now(request))
    shown = narrowed(everybody, form.wanted())
    context = page_of(request, course_class, form, everybody, shown)
    found = objectives_of(course_class.course, shown, list(context["page"]))
    return render(request, "quizzes/gradebook/objectives.html", context | {"objectives": found})


@require_safe
@never_cache
@for_role(Role.ASSISTANT)
def table_file(request: Request, course_class: CourseClass) -> HttpResponse:
    return csv_response(files.table_csv(wished_for(request, course_class)), f"class-{course_class.pk}-gradebook.csv")


@require_safe
@never_cache
@for_role(Role.ASSISTANT)
def grades_file(request: Request, course_class: CourseClass) -> HttpResponse:
    """A line for each grade, in the columns that an upload understands."""
    return csv_response(files.grades_csv(wished_for(request, course_class)), f"class-{course_class.pk}-grades.csv")


def wished_for(request: Request, course_class: CourseClass) -> Gradebook:
    form = FilterForm(request.GET, course_class=course_class)
    return narrowed(gradebook_of(course_class, form.people(), viewing.now(request)), form.wanted())


def page_of(
    request: Request, course_class: CourseClass, form: FilterForm, everybody: Gradebook, shown: Gradebook
) -> dict[str, Any]:
    return {
        "course_class": course_class,
        "form": form,
        "everybody": everybody,
        "shown": shown,
        "page": Paginator(shown.rows, PEOPLE_ON_A_PAGE).get_page(request.GET.get("page")),
        "query": form.query(),
        "unsorted": form.query("sort"),
        "sort": form.wanted().sort,
        "may_change": may(request.user, course_class, Role.INSTRUCTOR),
    }
