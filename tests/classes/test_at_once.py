"""What happens at the same moment: double clicks, one link for many, two who leave. On SQLite and on PostgreSQL."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import pytest
from django.contrib.auth.models import User
from django.db import connection

from classes import enrolling, inviting
from classes.enrolling import EnrolmentError
from classes.models import CourseClass, Enrolment, Invitation, Role
from classes.roster import uploads
from tests.classes.factories import make_class, put_in
from tests.lessons.factories import make_user

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.services]
TIMES = 8
Item = TypeVar("Item")


def at_once(do: Callable[[Item], object], items: list[Item]) -> int:
    """Runs `do` for every item in its own thread and connection; returns how many were not refused."""
    together = threading.Barrier(len(items))

    def one(item: Item) -> bool:
        together.wait()
        try:
            do(item)
        except EnrolmentError:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(len(items)) as pool:
        return sum(pool.map(one, items))


@pytest.fixture
def course_class() -> CourseClass:
    return make_class()


def test_a_double_click_joins_once(course_class: CourseClass) -> None:
    user = make_user()
    assert at_once(lambda _: enrolling.join_by_code(user, course_class.code), [*range(TIMES)]) == TIMES
    assert Enrolment.objects.filter(learner__user=user).count() == 1


def test_one_link_lets_one_person_in(course_class: CourseClass) -> None:
    token = inviting.invite(course_class, User.objects.get(), email="zoe@example.org").token
    people = [make_user(f"user{number}") for number in range(TIMES)]
    assert at_once(lambda user: inviting.accept(token, user), people) == 1
    assert Enrolment.objects.filter(role=Role.LEARNER).count() == 1


def test_of_all_instructors_who_leave_one_stays(course_class: CourseClass) -> None:
    for number in range(TIMES - 1):
        put_in(course_class, f"user{number}", Role.INSTRUCTOR)
    assert at_once(enrolling.leave, list(Enrolment.objects.all())) == TIMES - 1
    assert Enrolment.objects.active().count() == 1


def test_a_list_is_applied_once(course_class: CourseClass) -> None:
    iris = User.objects.get()
    make_user("ana")
    upload = uploads.store(course_class, iris, "email\nana\nzoe@example.org")
    assert at_once(lambda _: uploads.apply(upload, iris), [*range(TIMES)]) == TIMES
    assert Enrolment.objects.filter(role=Role.LEARNER).count() == 1
    assert Invitation.objects.count() == 1
