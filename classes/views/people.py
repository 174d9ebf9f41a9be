"""Who is in a class: the list, one person, moving people, the list as a file."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from classes import enrolling, entries, membership
from classes.enrolling import EnrolmentError
from classes.forms import MoveForm, PeopleFilterForm, PersonForm
from classes.models import CourseClass, Enrolment, Role
from classes.permissions import for_role, may
from classes.roster.writing import people_csv
from classes.views.requests import Request

PEOPLE_ON_A_PAGE = 50


@require_safe
@never_cache
@for_role(Role.ASSISTANT)
def people(request: Request, course_class: CourseClass) -> HttpResponse:
    form = PeopleFilterForm(request.GET, course_class=course_class)
    found = membership.find_people(course_class, **form.wanted())
    context: dict[str, Any] = {
        "course_class": course_class,
        "form": form,
        "page": Paginator(found, PEOPLE_ON_A_PAGE).get_page(request.GET.get("page")),
        "everybody": membership.people_of(course_class).exists(),
        "may_change": may(request.user, course_class, Role.INSTRUCTOR),
        "move_form": MoveForm(course_class=course_class),
        "query": form.query(),
    }
    return render(request, "classes/people.html", context)


@require_safe
@never_cache
@for_role(Role.ASSISTANT)
def people_file(request: Request, course_class: CourseClass) -> HttpResponse:
    found = membership.people_of(course_class).select_related("learner__user", "section")
    return csv_response(people_csv(found), f"class-{course_class.pk}-people.csv")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@for_role(Role.ASSISTANT)
def person(request: Request, course_class: CourseClass, enrolment: int) -> HttpResponse:
    """Assistants read; instructors change role, section and extra time."""
    found = person_of(course_class, enrolment)
    may_change = may(request.user, course_class, Role.INSTRUCTOR)
    form = PersonForm(request.POST if may_change and request.method == "POST" else None, instance=found)
    if form.is_bound and form.is_valid():
        try:
            enrolling.change(found, **form.choice(), by=request.user)
        except EnrolmentError as error:
            form.add_error("role", str(error))
        else:
            messages.success(request, _("Saved: %s.") % found.name)
            return redirect("class_people", course_class.pk)
    context = {
        "course_class": course_class,
        "person": person_of(course_class, enrolment),
        "form": form,
        "may_change": may_change,
        "entries": entries.entries_of_person(found),
        "cards": membership.lessons_of(found),
    }
    return render(request, "classes/person.html", context, status=422 if form.errors else 200)


@require_POST
@for_role(Role.INSTRUCTOR)
def remove(request: Request, course_class: CourseClass, enrolment: int) -> HttpResponse:
    found = person_of(course_class, enrolment)
    try:
        enrolling.remove(found)
    except EnrolmentError as error:
        messages.error(request, str(error))
        return redirect("class_person", course_class.pk, found.pk)
    messages.success(request, _("%s is no longer in the class. Their work is kept.") % found.name)
    return redirect("class_person", course_class.pk, found.pk)


@require_POST
@for_role(Role.INSTRUCTOR)
def bring_back(request: Request, course_class: CourseClass, enrolment: int) -> HttpResponse:
    found = person_of(course_class, enrolment)
    enrolling.bring_back(found)
    messages.success(request, _("%s is in the class again.") % found.name)
    return redirect("class_person", course_class.pk, found.pk)


@require_POST
@for_role(Role.INSTRUCTOR)
def move(request: Request, course_class: CourseClass) -> HttpResponse:
    """The people who are ticked, into the section that is chosen."""
    form = MoveForm(request.POST, course_class=course_class)
    if not form.is_valid():
        messages.error(request, _("Tick the people to move, and choose a section."))
        return redirect("class_people", course_class.pk)
    moved = enrolling.move(course_class, form.people(), form.cleaned_data["section"])
    section = form.cleaned_data["section"] or _("no section")
    words = ngettext("%(count)d person moved: %(section)s.", "%(count)d people moved: %(section)s.", moved)
    messages.success(request, words % {"count": moved, "section": section})
    return redirect(f"{request.path.rsplit('/', 2)[0]}/{form.query()}")


def person_of(course_class: CourseClass, enrolment: int) -> Enrolment:
    found = Enrolment.objects.people().filter(course_class=course_class)
    return get_object_or_404(found.select_related("learner__user", "section", "course_class__course"), pk=enrolment)


def csv_response(text: str, name: str) -> HttpResponse:
    """With a byte order mark, so that spreadsheets read it as UTF-8."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(f"\ufeff{text}", content_type="text/csv; charset=utf-8", headers=headers)
