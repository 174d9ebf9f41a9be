"""Joining a class by its code, and leaving it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from classes import enrolling, membership
from classes.enrolling import EnrolmentError
from classes.forms import JoinForm, NameForm
from classes.models import CourseClass, Enrolment, Role
from classes.permissions import for_role
from classes.views.requests import Request
from lessons import rate_limits
from lessons.requests import too_many_requests


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def join(request: Request) -> HttpResponse:
    """With ?code= the class is shown before one joins it; a visitor signs in or up first, and comes back."""
    code = request.POST.get("code", request.GET.get("code", ""))
    context: dict[str, Any] = {"form": JoinForm({"code": code} if code or request.method == "POST" else None)}
    if not context["form"].is_bound:
        return render(request, "classes/join.html", context)
    try:
        rate_limits.check("enrol", request)
        if context["form"].is_valid():
            found = context["course_class"] = enrolling.class_of_code(code)
            context |= {"here": membership.join_path(found), "name_form": NameForm()}
            if request.user.is_authenticated and (request.method == "POST" or enrolling.is_in(request.user, found)):
                return _join(request, code)
    except rate_limits.TooManyRequestsError as error:
        return too_many_requests(request, error)
    except EnrolmentError as error:
        context["form"].add_error("code", str(error))
    return render(request, "classes/join.html", context, status=422 if context["form"].errors else 200)


@require_POST
@for_role(Role.LEARNER)
def leave(request: Request, course_class: CourseClass) -> HttpResponse:
    enrolment = Enrolment.objects.active().filter(course_class=course_class, learner__user=request.user.pk).first()
    if enrolment is None or request.viewing:
        raise Http404
    try:
        enrolling.leave(enrolment)
    except EnrolmentError as error:
        messages.error(request, str(error))
        return redirect(course_class)
    words = _("You have left “%s”. What you did there is kept; with its code you can come back.")
    messages.success(request, words % course_class.title)
    return redirect("classes")


def _join(request: Request, code: str) -> HttpResponse:
    if request.viewing:
        raise EnrolmentError(_("You view the site as a learner. Stop viewing before you join a class yourself."))
    enrolment, new = enrolling.join_by_code(request.user, code)
    enrolling.take_name(request.user, NameForm(request.POST).told())
    words = _("Welcome to “%s”.") if new else _("You are in “%s” already.")
    messages.success(request, words % enrolment.course_class.title)
    return redirect(enrolment.course_class)
