"""Grades from a CSV: upload, review, apply, undo."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from classes import viewing
from classes.models import CourseClass, Role
from classes.permissions import for_role
from classes.roster.reading import RosterError
from classes.views.requests import Request
from quizzes.gradebook import uploads
from quizzes.gradebook.forms import GradesForm
from quizzes.gradebook.uploads import OutdatedReviewError, Review

SESSION_KEY = "grades_undo"


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@for_role(Role.INSTRUCTOR)
def upload(request: Request, course_class: CourseClass) -> HttpResponse:
    """A form that is right leads to the review on the same address: nothing is stored until it is applied."""
    form = GradesForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            found = reviewed(request, course_class, form)
        except RosterError as error:
            form.add_error(None, str(error))
        else:
            return review_page(request, course_class, form, found)
    context = {
        "course_class": course_class,
        "form": form,
        "columns": uploads.EXPLAINED,
        "can_undo": kept(request, course_class),
    }
    return render(request, "quizzes/gradebook/upload.html", context, status=422 if form.errors else 200)


@require_POST
@for_role(Role.INSTRUCTOR)
def apply(request: Request, course_class: CourseClass) -> HttpResponse:
    form = GradesForm(request.POST)
    if not form.is_valid():
        return redirect("class_grades_upload", course_class.pk)
    text, reason = form.cleaned_data["text"], form.cleaned_data["reason"]
    digest, now = request.POST.get("digest", ""), viewing.now(request)
    try:
        done = uploads.apply(course_class, text, reason, digest, request.user, now)
    except OutdatedReviewError:
        messages.warning(request, gettext("Scores have changed since. Look at the list again, and apply it then."))
        return review_page(request, course_class, form, reviewed(request, course_class, form))
    request.session[SESSION_KEY] = {"class": course_class.pk, "done": done}
    words = ngettext("%(count)s grade is set.", "%(count)s grades are set.", len(done))
    messages.success(request, words % {"count": len(done)})
    return redirect("class_grades_upload", course_class.pk)


@require_POST
@for_role(Role.INSTRUCTOR)
def undo(request: Request, course_class: CourseClass) -> HttpResponse:
    done = kept(request, course_class)
    request.session.pop(SESSION_KEY, None)
    count = uploads.undo(course_class, done, request.user)
    words = ngettext("%(count)s grade is taken back.", "%(count)s grades are taken back.", count)
    messages.success(request, words % {"count": count})
    if count < len(done):
        messages.warning(request, gettext("What was set again since is left as it is."))
    return redirect("class_grades_upload", course_class.pk)


def kept(request: Request, course_class: CourseClass) -> list[dict[str, Any]]:
    """What the last upload of this person did in this class."""
    found = request.session.get(SESSION_KEY)
    done: list[dict[str, Any]] = found["done"] if found and found["class"] == course_class.pk else []
    return done


def reviewed(request: Request, course_class: CourseClass, form: GradesForm) -> Review:
    return uploads.review(course_class, form.cleaned_data["text"], form.cleaned_data["reason"], viewing.now(request))


def review_page(request: Request, course_class: CourseClass, form: GradesForm, found: Review) -> HttpResponse:
    context = {"course_class": course_class, "review": found} | form.cleaned_data
    return render(request, "quizzes/gradebook/review.html", context)
