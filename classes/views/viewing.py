"""Looking at a class as a learner: begin, start over, stop."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from classes import viewing
from classes.forms import ViewAsForm
from classes.models import CourseClass, Role
from classes.permissions import for_role
from classes.views.requests import Request


@require_POST
@for_role(Role.ASSISTANT)
def begin(request: Request, course_class: CourseClass) -> HttpResponse:
    form = ViewAsForm(request.POST, course_class=course_class)
    if not form.is_valid():
        return render(request, "classes/view_as.html", {"form": form, "course_class": course_class}, status=422)
    viewing.begin(request, course_class, *form.choice())
    return redirect(course_class)


@require_POST
@login_required
def start_over(request: Request) -> HttpResponse:
    if request.viewing is None:
        return redirect("classes")
    viewing.start_over(request, request.viewing)
    messages.success(request, _("You are a new learner again: what you did while viewing is deleted."))
    return redirect(request.viewing.course_class)


@require_POST
@login_required
def stop(request: Request) -> HttpResponse:
    course_class = viewing.end(request)
    return redirect(course_class or "classes")
