"""The plan of a class that took the course before, taken over."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client

from classes.models import CourseClass, Role
from quizzes.assigning import copying
from quizzes.models import Assignment, Quiz
from tests.classes.factories import make_class, put_in
from tests.lessons.factories import make_user
from tests.quizzes.factories import make_policy
from tests.quizzes.gradebook.factories import assign, make_small_quiz

pytestmark = pytest.mark.django_db
START = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def last_year() -> CourseClass:
    return make_class()


@pytest.fixture
def this_year(last_year: CourseClass) -> CourseClass:
    return CourseClass.objects.create(course=last_year.course, title="This year")


def plan(course_class: CourseClass) -> list[tuple[str, datetime | None, datetime | None, datetime | None]]:
    found = Assignment.objects.filter(course_class=course_class).order_by("quiz__title")
    return [(each.quiz.title, each.opens_at, each.closes_at, each.late_until) for each in found]


def test_every_date_is_moved_by_as_many_days_as_the_first(last_year: CourseClass, this_year: CourseClass) -> None:
    assign(last_year, make_small_quiz(1), opens_at=START + DAY, closes_at=START + 2 * DAY, late_until=START + 3 * DAY)
    assign(last_year, make_small_quiz(2), closes_at=START)
    assert copying.take_over(this_year, last_year, date(2027, 3, 1)) == 2
    year = timedelta(days=364)
    assert plan(this_year) == [
        ("Quiz 1", START + DAY + year, START + 2 * DAY + year, START + 3 * DAY + year),
        ("Quiz 2", None, START + year, None),
    ]


def test_dates_stay_without_a_day_to_begin(last_year: CourseClass, this_year: CourseClass) -> None:
    assign(last_year, make_small_quiz(), closes_at=START)
    copying.take_over(this_year, last_year)
    assert plan(this_year) == plan(last_year)


def test_a_plan_without_dates_has_nothing_to_move(last_year: CourseClass, this_year: CourseClass) -> None:
    assign(last_year, make_small_quiz())
    assert copying.take_over(this_year, last_year, date(2027, 3, 1)) == 1
    assert plan(this_year) == [("Quiz 1", None, None, None)]


def test_policy_and_weight_come_along(last_year: CourseClass, this_year: CourseClass) -> None:
    policy = make_policy(max_attempts=2)
    assign(last_year, make_small_quiz(), policy=policy, weight=3)
    copying.take_over(this_year, last_year)
    taken = this_year.assignments.get()
    assert (taken.policy, taken.weight) == (policy, 3)


def test_what_is_assigned_already_stays_as_it_is(last_year: CourseClass, this_year: CourseClass) -> None:
    quiz = make_small_quiz()
    assign(last_year, quiz, closes_at=START)
    assign(this_year, quiz, closes_at=START + DAY)
    assert copying.take_over(this_year, last_year) == 0
    assert plan(this_year) == [("Quiz 1", None, START + DAY, None)]


def test_a_quiz_that_is_a_draft_by_now_is_left_out(last_year: CourseClass, this_year: CourseClass) -> None:
    assign(last_year, make_small_quiz())
    Quiz.objects.update(status="draft")
    assert copying.take_over(this_year, last_year) == 0


@pytest.mark.parametrize(
    ("role", "offered"),
    [(Role.LEARNER, False), (Role.ASSISTANT, True), (Role.INSTRUCTOR, True)],
    ids=["a learner there", "an assistant there", "an instructor there"],
)
def test_only_plans_of_classes_that_one_teaches_are_offered(
    last_year: CourseClass, this_year: CourseClass, role: Role, offered: bool
) -> None:
    assign(last_year, make_small_quiz())
    put_in(last_year, "tess", role)
    assert (last_year in copying.sources(User.objects.get(username="tess"), this_year)) == offered


def test_who_has_left_a_class_is_not_offered_its_plan(last_year: CourseClass, this_year: CourseClass) -> None:
    assign(last_year, make_small_quiz())
    enrolment = put_in(last_year, "tess", Role.ASSISTANT)
    type(enrolment).objects.filter(pk=enrolment.pk).update(left_at=START)
    assert not copying.sources(User.objects.get(username="tess"), this_year).exists()


def test_a_class_without_a_plan_has_nothing_to_offer(last_year: CourseClass, this_year: CourseClass) -> None:
    assert not copying.sources(make_user("root", is_superuser=True), this_year).exists()


def test_it_is_taken_over_from_the_page_and_can_be_undone(
    client: Client, last_year: CourseClass, this_year: CourseClass
) -> None:
    assign(last_year, make_small_quiz(), closes_at=START)
    enrolment = put_in(this_year, "tess", Role.INSTRUCTOR)
    last_year.enrolments.create(learner=enrolment.learner, role=Role.ASSISTANT)
    client.force_login(User.objects.get(username="tess"))
    base = f"/classes/{this_year.pk}/assignments/"
    assert "Take over the plan" in client.get(base).text
    form = {"from-source": last_year.pk, "from-begins": "2026-03-09"}
    assert "1 quiz is assigned." in client.post(f"{base}take-over/", form, follow=True).text
    assert plan(this_year) == [("Quiz 1", None, START + 7 * DAY, None)]
    client.post(f"{base}undo/")
    assert plan(this_year) == []
