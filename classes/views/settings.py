"""What of a class can be changed: its name, its code, its sections, and that it ends."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from classes import managing
from classes.enrolling import EnrolmentError
from classes.forms import ClassForm, SectionForm
from classes.models import CourseClass, Role, Section
from classes.permissions import for_role
from classes.views.overview import join_url
from classes.views.requests import Request


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@for_role(Role.INSTRUCTOR)
def settings(request: Request, course_class: CourseClass) -> HttpResponse:
    form = ClassForm(request.POST or None, instance=course_class)
    if request.method == "POST" and form.is_valid():
        managing.change(course_class, **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("class_settings", course_class.pk)
    context = {
        "course_class": CourseClass.objects.select_related("course").get(pk=course_class.pk),
        "form": form,
        "sections": managing.counted_sections(course_class),
        "section_form": SectionForm(),
        "join_url": join_url(request, course_class),
    }
    return render(request, "classes/settings.html", context, status=422 if form.errors else 200)


@require_POST
@for_role(Role.INSTRUCTOR)
def rotate_code(request: Request, course_class: CourseClass) -> HttpResponse:
    managing.rotate_code(course_class)
    messages.success(request, _("The class has a new code. The old one lets nobody in any more."))
    return redirect("class_settings", course_class.pk)


@require_POST
@for_role(Role.INSTRUCTOR)
def archive(request: Request, course_class: CourseClass) -> HttpResponse:
    managing.archive(course_class)
    messages.success(request, _("The class has ended. You can open it again at any time."))
    return redirect("class_settings", course_class.pk)


@require_POST
@for_role(Role.INSTRUCTOR)
def unarchive(request: Request, course_class: CourseClass) -> HttpResponse:
    managing.unarchive(course_class)
    messages.success(request, _("The class is open again."))
    return redirect("class_settings", course_class.pk)


@require_POST
@for_role(Role.INSTRUCTOR)
def add_section(request: Request, course_class: CourseClass) -> HttpResponse:
    return _named(request, course_class, lambda name: managing.add_section(course_class, name))


@require_POST
@for_role(Role.INSTRUCTOR)
def rename_section(request: Request, course_class: CourseClass, section: int) -> HttpResponse:
    found = get_object_or_404(Section, pk=section, course_class=course_class)
    return _named(request, course_class, lambda name: managing.rename_section(found, name))


@require_POST
@for_role(Role.INSTRUCTOR)
def delete_section(request: Request, course_class: CourseClass, section: int) -> HttpResponse:
    found = get_object_or_404(Section, pk=section, course_class=course_class)
    managing.delete_section(found)
    messages.success(request, _("The section “%s” is gone. Its people are still in the class.") % found.name)
    return redirect("class_settings", course_class.pk)


def _named(request: Request, course_class: CourseClass, do: Callable[[str], object]) -> HttpResponse:
    form = SectionForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Give the section a name of at most 100 letters."))
    else:
        try:
            do(form.cleaned_data["name"])
        except EnrolmentError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("Saved."))
    return redirect("class_settings", course_class.pk)
