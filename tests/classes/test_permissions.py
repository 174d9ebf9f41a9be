"""Who may open which page of a class: every role × every page."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User

from classes import permissions
from classes.models import CourseClass, Role
from tests.classes.factories import make_class, put_in
from tests.lessons.factories import make_user

pytestmark = pytest.mark.django_db
PEOPLE = ["visitor", "stranger", "staff", "left", "learner", "assistant", "instructor", "superuser"]
GRANTED = {
    Role.LEARNER: {"learner", "assistant", "instructor", "superuser"},
    Role.ASSISTANT: {"assistant", "instructor", "superuser"},
    Role.INSTRUCTOR: {"instructor", "superuser"},
}


@pytest.fixture
def course_class() -> CourseClass:
    return make_class(make_user("instructor", is_staff=True))


def person(name: str, course_class: CourseClass) -> User | None:
    match name:
        case "visitor":
            return None
        case "instructor":
            return User.objects.get(username=name)
        case "learner" | "assistant":
            return put_in(course_class, name, Role(name)).learner.user
        case "left":
            enrolment = put_in(course_class, name)
            enrolment.left_at = enrolment.joined_at
            enrolment.save()
            return enrolment.learner.user
        case _:
            return make_user(name, is_staff=name != "stranger", is_superuser=name == "superuser")


@pytest.mark.parametrize("name", PEOPLE)
@pytest.mark.parametrize("role", list(Role))
def test_a_role_may_what_the_ones_before_it_may(course_class: CourseClass, name: str, role: Role) -> None:
    user = person(name, course_class)
    assert bool(user and permissions.may(user, course_class, role)) == (name in GRANTED[role])
