"""Small classes to test with."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User

from classes import enrolling, managing
from classes.models import CourseClass, Enrolment, Role
from lessons.learners import learner_of
from lessons.models import Course, Status
from tests.lessons.factories import make_user


def make_course(**values: Any) -> Course:
    defaults = {"slug": "networking", "title": "Networking", "summary": "Packets.", "status": Status.PUBLISHED}
    return Course.objects.get_or_create(slug=values.get("slug", "networking"), defaults=defaults | values)[0]


def make_class(instructor: User | None = None, **values: Any) -> CourseClass:
    """A class with one instructor, `iris`."""
    instructor = instructor or make_user("iris", is_staff=True)
    course_class = managing.create_class(instructor, values.pop("course", None) or make_course(), "Winter")
    for name, value in values.items():
        setattr(course_class, name, value)
    course_class.save()
    return course_class


def put_in(course_class: CourseClass, name: str, role: Role = Role.LEARNER, **values: Any) -> Enrolment:
    """A new user with this name, enrolled."""
    return enrolling.enrol(course_class, learner_of(make_user(name)), role=role, **values)[0]
