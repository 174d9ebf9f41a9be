"""Joining by code, leaving, and what may not happen."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone

from classes import enrolling, managing
from classes.enrolling import EnrolmentError
from classes.models import CourseClass, Enrolment, Role
from lessons.experiments import predictions
from lessons.models import Experiment, Prediction
from tests.classes.factories import make_class, make_course, put_in
from tests.lessons.factories import make_experiment, make_lesson, make_user

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
SIGN_UP = {"username": "ana", "password1": "hop-by-hop-1", "password2": "hop-by-hop-1"}


@pytest.fixture
def course_class() -> CourseClass:
    return make_class(code="ABCD2345")


@pytest.mark.parametrize("code", ["ABCD2345", "abcd2345", " abcd 2345 ", "ABCD-2345"], ids=repr)
def test_a_code_is_known_however_it_is_typed(course_class: CourseClass, code: str) -> None:
    assert enrolling.class_of_code(code) == course_class


@pytest.mark.parametrize(
    ("code", "state", "message"),
    [
        ("", {}, "No class has this code"),
        ("ABCD2346", {}, "No class has this code"),
        ("ABCD2345", {"code_enabled": False}, "no longer valid"),
        ("ABCD2345", {"code_valid_until": timezone.now() - HOUR}, "no longer valid"),
        ("ABCD2345", {"archived_at": timezone.now()}, "has ended"),
    ],
    ids=["none", "unknown", "switched off", "out of date", "of an archived class"],
)
def test_a_code_that_opens_nothing_says_why(
    course_class: CourseClass, code: str, state: dict[str, object], message: str
) -> None:
    CourseClass.objects.update(**state)
    with pytest.raises(EnrolmentError, match=message):
        enrolling.class_of_code(code)


def test_a_code_with_a_date_lets_in_until_then(course_class: CourseClass) -> None:
    CourseClass.objects.update(code_valid_until=timezone.now() + HOUR)
    assert enrolling.join_by_code(make_user(), "ABCD2345")[1]


def test_after_a_new_code_the_old_one_opens_nothing(course_class: CourseClass) -> None:
    managing.rotate_code(course_class)
    with pytest.raises(EnrolmentError):
        enrolling.class_of_code("ABCD2345")
    assert enrolling.class_of_code(course_class.code) == course_class


def test_a_visitor_signs_up_and_comes_back_to_the_class(course_class: CourseClass, client: Client) -> None:
    page = client.get("/classes/join/?code=abcd2345").content.decode()
    assert "/accounts/signup/?next=/classes/join/%3Fcode%3DABCD2345" in page
    answer = client.post("/accounts/signup/", SIGN_UP | {"next": "/classes/join/?code=ABCD2345"})
    assert answer.headers["Location"] == "/classes/join/?code=ABCD2345"


def test_a_guests_work_comes_along_into_the_class(
    course_class: CourseClass, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(predictions, "WAIT_SECONDS", 0.0)
    experiment: Experiment = make_experiment(make_lesson(course=course_class.course))
    client.post(f"/experiments/{experiment.pk}/predict/", {"option": experiment.options.all()[0].pk, "round": 1})
    client.post("/accounts/signup/", SIGN_UP)
    client.post("/classes/join/", {"code": "ABCD2345"})
    assert (
        Enrolment.objects.get(course_class=course_class, role=Role.LEARNER).learner == Prediction.objects.get().learner
    )


@pytest.mark.parametrize(
    ("before", "told", "called"),
    [("", "Lena von Berg", "Lena von Berg"), ("", "", "ben"), ("Ben", "Lena Berg", "Ben")],
    ids=["told", "not told", "known before"],
)
def test_who_joins_may_tell_their_name(
    course_class: CourseClass, client: Client, before: str, told: str, called: str
) -> None:
    user = make_user("ben", first_name=before)
    client.force_login(user)
    client.post("/classes/join/", {"code": "ABCD2345", "name": told})
    assert Enrolment.objects.get(learner__user=user).name == called


def test_joining_twice_is_one_enrolment(course_class: CourseClass) -> None:
    user = make_user()
    assert [enrolling.join_by_code(user, "ABCD2345")[1] for _ in range(2)] == [True, False]


def test_an_instructor_who_opens_the_code_stays_an_instructor(course_class: CourseClass) -> None:
    instructor = course_class.enrolments.get()
    enrolling.join_by_code(instructor.learner.user, "ABCD2345")
    instructor.refresh_from_db()
    assert instructor.role == Role.INSTRUCTOR


def test_a_visitor_who_posts_a_code_joins_nothing(course_class: CourseClass, client: Client) -> None:
    client.post("/classes/join/", {"code": "ABCD2345"})
    assert course_class.enrolments.count() == 1


def test_guessing_codes_is_slowed_down(course_class: CourseClass, client: Client) -> None:
    client.force_login(make_user())
    statuses = [client.get(f"/classes/join/?code=ABCD{number}").status_code for number in range(21)]
    assert statuses == [422] * 20 + [429]


def test_whoever_left_comes_back_by_code_as_a_learner(course_class: CourseClass) -> None:
    helper = put_in(course_class, "ana", Role.ASSISTANT, time_factor=Decimal(2))
    enrolling.leave(helper)
    enrolling.join_by_code(helper.learner.user, "ABCD2345")
    helper.refresh_from_db()
    assert (helper.left_at, helper.role) == (None, Role.LEARNER)


def test_whoever_was_taken_out_does_not_come_back_by_code(course_class: CourseClass) -> None:
    ana = put_in(course_class, "ana")
    enrolling.remove(ana)
    with pytest.raises(EnrolmentError, match="took you out"):
        enrolling.join_by_code(ana.learner.user, "ABCD2345")


def test_whoever_was_taken_out_is_brought_back_as_they_were(course_class: CourseClass) -> None:
    section = managing.add_section(course_class, "A")
    ana = put_in(course_class, "ana", Role.ASSISTANT, section=section)
    enrolling.remove(ana)
    enrolling.bring_back(Enrolment.objects.get(pk=ana.pk))
    ana.refresh_from_db()
    assert (ana.left_at, ana.removed, ana.role, ana.section) == (None, False, Role.ASSISTANT, section)


@pytest.mark.parametrize(
    "go",
    [
        enrolling.leave,
        enrolling.remove,
        lambda last: enrolling.change(last, role=Role.LEARNER, section=None, time_factor=Decimal(1)),
    ],
    ids=["leaves", "is removed", "becomes a learner"],
)
def test_the_last_instructor_stays(course_class: CourseClass, go: object) -> None:
    last = course_class.enrolments.get()
    with pytest.raises(EnrolmentError, match="needs an instructor"):
        go(last)  # type: ignore[operator]
    last.refresh_from_db()
    assert (last.left_at, last.role) == (None, Role.INSTRUCTOR)


def test_one_of_two_instructors_may_leave(course_class: CourseClass) -> None:
    put_in(course_class, "ben", Role.INSTRUCTOR)
    first = Enrolment.objects.get(learner__user__username="iris")
    enrolling.leave(first)
    assert first.left_at


def test_people_are_moved_between_sections_of_their_class_only(course_class: CourseClass) -> None:
    section = managing.add_section(course_class, "A")
    ana, other = put_in(course_class, "ana"), put_in(make_class(make_user("ida")), "ben")
    assert enrolling.move(course_class, [ana.pk, other.pk], section) == 1
    other.refresh_from_db()
    assert other.section is None


def test_a_deleted_section_leaves_its_people_in_the_class(course_class: CourseClass) -> None:
    ana = put_in(course_class, "ana", section=managing.add_section(course_class, "A"))
    managing.delete_section(course_class.sections.get())
    ana.refresh_from_db()
    assert (ana.section, ana.left_at) == (None, None)


@pytest.mark.parametrize("do", ["add", "rename"])
def test_two_sections_of_a_class_have_two_names(course_class: CourseClass, do: str) -> None:
    managing.add_section(course_class, "A")
    second = managing.add_section(course_class, "B")
    with pytest.raises(EnrolmentError, match="already"):
        managing.add_section(course_class, "A") if do == "add" else managing.rename_section(second, "A")


def test_a_course_with_a_class_cannot_be_deleted_with_it(course_class: CourseClass) -> None:
    with pytest.raises(Exception, match="protected"):
        make_course().delete()
