"""The list of one's classes, the page of one class, a new class."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from classes import managing, membership, viewing
from classes.forms import NewClassForm, ViewAsForm
from classes.models import CourseClass, Role
from classes.permissions import for_role, may_create, role_of
from lessons.learners import current_learner
from lessons.models import Course


@require_safe
@never_cache
@login_required
def class_list(request: HttpRequest) -> HttpResponse:
    page = membership.classes_of(request.user, current_learner(request), viewing.now(request))
    return render(request, "classes/list.html", {"page": page, "may_create": may_create(request.user)})


@require_safe
@never_cache
@for_role(Role.LEARNER)
def class_page(request: HttpRequest, course_class: CourseClass) -> HttpResponse:
    role = role_of(request.user, course_class) or Role.LEARNER
    page = membership.look(course_class, role, current_learner(request), viewing.now(request))
    context = {"page": page, "course_class": course_class, "join_url": join_url(request, course_class)}
    if page.staff:
        context["view_as_form"] = ViewAsForm(course_class=course_class)
    return render(request, "classes/class.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def create(request: HttpRequest) -> HttpResponse:
    if not may_create(request.user):
        raise PermissionDenied
    form = NewClassForm(request.POST or None, courses=Course.objects.visible_to(request.user))
    if request.method == "POST" and form.is_valid():
        return redirect(managing.create_class(request.user, form.cleaned_data["course"], form.cleaned_data["title"]))
    return render(request, "classes/create.html", {"form": form}, status=422 if form.errors else 200)


def join_url(request: HttpRequest, course_class: CourseClass) -> str:
    """The link that carries the class's code."""
    return request.build_absolute_uri(membership.join_path(course_class))
