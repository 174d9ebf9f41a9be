"""Who may open the statistics, and what they show where there is little or nothing."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from classes.models import CourseClass, Enrolment, Role
from lessons.learners import learner_of
from lessons.models import Learner
from quizzes.models import Quiz
from tests.lessons.factories import make_user
from tests.quizzes.statistics.first_tries import SLUGS, enter, make_quiz_and_class, take

pytestmark = pytest.mark.django_db
OF_THE_CLASS = [
    "class_statistics",
    "class_prediction_statistics",
    "class_prediction_statistics_csv",
    "class_quiz_statistics",
    "class_quiz_statistics_csv",
]
ROLES = [("learner", 404), ("assistant", 200), ("instructor", 200), ("superuser", 200), ("stranger", 404)]
Tried = tuple[Quiz, CourseClass]


@pytest.fixture
def tried() -> Tried:
    """Four learners: too few to say anything."""
    quiz, course_class = make_quiz_and_class()
    for _ in range(4):
        take(quiz, enter(course_class), SLUGS)
    return quiz, course_class


def client_of(course_class: CourseClass, role: str) -> Client:
    user = make_user(role, is_superuser=role == "superuser", is_staff=role == "superuser")
    if role in Role:
        Enrolment.objects.create(course_class=course_class, learner=learner_of(user), role=role)
    client = Client()
    client.force_login(user)
    return client


def address(name: str, tried: Tried) -> str:
    quiz, course_class = tried
    return reverse(name, args=[course_class.pk, quiz.pk] if "_quiz_" in name else [course_class.pk])


@pytest.mark.parametrize("name", OF_THE_CLASS)
@pytest.mark.parametrize(("role", "status"), ROLES)
def test_only_who_helps_to_run_the_class_sees_its_statistics(tried: Tried, name: str, role: str, status: int) -> None:
    assert client_of(tried[1], role).get(address(name, tried)).status_code == status


@pytest.mark.parametrize("name", ["quiz_statistics", "quiz_statistics_csv"])
@pytest.mark.parametrize(("role", "status"), [("instructor", 404), ("superuser", 200)])
def test_only_who_edits_questions_sees_those_of_all_learners(tried: Tried, name: str, role: str, status: int) -> None:
    assert client_of(tried[1], role).get(reverse(name, args=[tried[0].pk])).status_code == status


@pytest.mark.parametrize("section", ["x", "999999", "²"])
def test_a_section_that_is_not_the_class_s_is_not_found(tried: Tried, section: str) -> None:
    client = client_of(tried[1], "assistant")
    assert client.get(address("class_statistics", tried), {"section": section}).status_code == 404


def test_few_attempts_are_counted_and_nothing_else_is_said(tried: Tried) -> None:
    page = client_of(tried[1], "assistant").get(address("class_quiz_statistics", tried)).content.decode()
    assert "Only 4 first attempts are graded" in page
    assert "<svg viewBox" not in page


def test_five_attempts_are_enough_for_a_picture_with_its_table(tried: Tried) -> None:
    take(tried[0], enter(tried[1]), ())
    page = client_of(tried[1], "assistant").get(address("class_quiz_statistics", tried)).content.decode()
    assert "How many first attempts earned which share of the points" in page
    assert "The same as a table" in page


@pytest.mark.parametrize("name", ["class_statistics", "class_prediction_statistics", "class_quiz_statistics"])
def test_without_any_work_the_page_says_so(name: str) -> None:
    tried = make_quiz_and_class()
    assert 'class="empty"' in client_of(tried[1], "assistant").get(address(name, tried)).content.decode()


@pytest.mark.parametrize(("role", "shown"), [("learner", False), ("assistant", True)])
def test_the_page_of_the_class_leads_to_them(tried: Tried, role: str, shown: bool) -> None:
    page = client_of(tried[1], role).get(tried[1].get_absolute_url()).content.decode()
    assert (address("class_statistics", tried) in page) is shown


def test_a_file_begins_with_a_byte_order_mark_for_spreadsheets(tried: Tried) -> None:
    enter(tried[1], Learner.objects.create())
    answer = client_of(tried[1], "assistant").get(address("class_quiz_statistics_csv", tried))
    assert answer.content.decode().startswith("\ufeffquestion,kind,what")
