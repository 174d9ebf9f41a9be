"""Who may do what in a class.

    may(user, course_class, role)      whether the user has that role or a higher one
    require(user, course_class, role)  raises Http404 otherwise, so that strangers do not learn which classes exist
    for_role(role)                     decorates a view of one class: takes its `pk`, passes the class

Superusers may do everything. Whoever looks at a class as a learner (classes.viewing) has a learner's role in it.
"""

from __future__ import annotations

from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from classes.models import CourseClass, Enrolment, Role
from lessons.drafts import acts_as_staff

User = AbstractBaseUser | AnonymousUser
RANK = {role: rank for rank, role in enumerate(Role)}


def role_of(user: User, course_class: CourseClass) -> Role | None:
    """None for who is not in the class."""
    if not user.is_authenticated:
        return None
    enrolments = Enrolment.objects.active().filter(course_class=course_class)
    if getattr(user, "views_as_learner", False):
        return Role.LEARNER if enrolments.filter(learner__stand_in_of=user.pk).exists() else None
    if getattr(user, "is_superuser", False):
        return Role.INSTRUCTOR
    role = enrolments.filter(learner__user=user.pk).values_list("role", flat=True).first()
    return Role(role) if role else None


def may(user: User, course_class: CourseClass, role: Role) -> bool:
    own = role_of(user, course_class)
    return own is not None and RANK[own] >= RANK[role]


def require(user: User, course_class: CourseClass, role: Role) -> None:
    if not may(user, course_class, role):
        raise Http404


def may_create(user: User) -> bool:
    return acts_as_staff(user)


def for_role(role: Role) -> Any:
    """view(request, course_class, …) → view(request, pk, …). Visitors are asked to log in first."""

    def decorate(view: Any) -> Any:
        @wraps(view)
        @login_required
        def wrapper(request: HttpRequest, pk: int, *args: Any, **kwargs: Any) -> HttpResponse:
            course_class = get_object_or_404(CourseClass.objects.select_related("course"), pk=pk)
            require(request.user, course_class, role)
            return view(request, course_class, *args, **kwargs)

        return wrapper

    return decorate
