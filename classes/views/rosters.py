"""A list of people as CSV: upload, review, apply."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from classes import mailing
from classes.forms import RosterForm
from classes.models import CourseClass, Role, RosterUpload
from classes.permissions import for_role
from classes.roster import uploads
from classes.roster.reading import EXAMPLE, EXPLAINED, RosterError
from classes.views.people import csv_response
from classes.views.requests import Request, site

LONGEST_TO_EDIT = 200_000
"""Letters of a text that the review offers to correct in the page; a longer one is corrected where it came from."""


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@for_role(Role.INSTRUCTOR)
def upload(request: Request, course_class: CourseClass) -> HttpResponse:
    form = RosterForm(request.POST, request.FILES) if request.method == "POST" else RosterForm()
    if form.is_valid():
        try:
            return redirect(uploads.store(course_class, request.user, form.cleaned_data["text"]))
        except RosterError as error:
            form.add_error(None, str(error))
    context = {"course_class": course_class, "form": form, "columns": EXPLAINED, "example": EXAMPLE}
    return render(request, "classes/roster_upload.html", context, status=422 if form.errors else 200)


@require_safe
@never_cache
@for_role(Role.INSTRUCTOR)
def review(request: Request, course_class: CourseClass, upload: int) -> HttpResponse:
    """Before it is applied: what would happen to each line. Afterwards: what happened, and what was left out."""
    found = upload_of(course_class, upload)
    context = {
        "course_class": course_class,
        "upload": found,
        "plan": None if found.applied_at else uploads.review(found),
        "form": RosterForm(initial={"text": found.text}) if len(found.text) <= LONGEST_TO_EDIT else None,
    }
    return render(request, "classes/roster_review.html", context)


@require_POST
@for_role(Role.INSTRUCTOR)
def apply(request: Request, course_class: CourseClass, upload: int) -> HttpResponse:
    found = upload_of(course_class, upload)
    mailing.send_later(uploads.apply(found, request.user), site(request))
    return redirect(found)


@require_POST
@for_role(Role.INSTRUCTOR)
def discard(request: Request, course_class: CourseClass, upload: int) -> HttpResponse:
    uploads.discard(upload_of(course_class, upload))
    messages.success(request, _("The list was dropped; nothing was changed."))
    return redirect("class_roster", course_class.pk)


@require_safe
@for_role(Role.INSTRUCTOR)
def left_out(request: Request, course_class: CourseClass, upload: int) -> HttpResponse:
    """The lines that were left out, with the line of names, to correct and to upload again."""
    return csv_response(upload_of(course_class, upload).text, f"class-{course_class.pk}-left-out.csv")


def upload_of(course_class: CourseClass, upload: int) -> RosterUpload:
    return get_object_or_404(RosterUpload.objects.select_related("course_class"), pk=upload, course_class=course_class)
