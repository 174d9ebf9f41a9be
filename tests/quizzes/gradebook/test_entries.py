"""What a learner finds on the page of a class: what to do and until when, and where their grades are."""

from __future__ import annotations

from typing import Any

import pytest

from classes import entries
from classes.entries import Due
from classes.models import CourseClass, Enrolment, Role
from quizzes.gradebook.entries import class_entries
from quizzes.models import Extension
from tests.quizzes.factories import make_policy
from tests.quizzes.gradebook.factories import DAY, NOW, assign, make_grade, make_small_quiz, make_try

pytestmark = pytest.mark.django_db


def due(ana: Enrolment) -> list[Due]:
    return list(entries.due_in([ana.course_class], ana.learner, NOW))


@pytest.mark.parametrize(
    ("window", "shown"),
    [
        ({"closes_at": NOW + DAY, "late_until": NOW + 2 * DAY}, (NOW + DAY, "", None)),
        ({"closes_at": NOW - DAY, "late_until": NOW + DAY}, (NOW + DAY, "late", None)),
        ({"opens_at": NOW + DAY, "closes_at": NOW + 2 * DAY}, (NOW + 2 * DAY, "", NOW + DAY)),
        ({"opens_at": NOW - DAY}, (None, "", None)),
    ],
    ids=["in time", "late", "not open yet", "without end"],
)
def test_the_next_moment_that_matters_is_shown(
    ana: Enrolment, window: dict[str, Any], shown: tuple[Any, str, Any]
) -> None:
    assign(ana.course_class, make_small_quiz(), **window)
    (found,) = due(ana)
    assert (found.due_at, found.state, found.opens_at) == shown


def test_who_has_an_extension_is_not_late(ana: Enrolment) -> None:
    quiz = make_small_quiz()
    assign(ana.course_class, quiz, closes_at=NOW - DAY, late_until=NOW + DAY)
    Extension.objects.create(enrolment=ana, quiz=quiz, closes_at=NOW + 3 * DAY)
    (found,) = due(ana)
    assert (found.due_at, found.state) == (NOW + 3 * DAY, "")


def test_what_was_missed_is_not_to_do(ana: Enrolment) -> None:
    assign(ana.course_class, make_small_quiz(), closes_at=NOW - DAY)
    assert due(ana) == []


def test_what_is_passed_is_done_even_when_late(ana: Enrolment) -> None:
    quiz = make_small_quiz()
    assign(ana.course_class, quiz, closes_at=NOW - DAY, late_until=NOW + DAY)
    make_grade(ana, quiz, [10])
    (found,) = due(ana)
    assert (found.done, found.state) == (True, "passed")


@pytest.mark.parametrize(
    ("also_begun", "shown"),
    [(False, ("not passed", True, True)), (True, ("not passed", False, False))],
    ids=["all tries used", "the last one is under way"],
)
def test_without_tries_left_it_is_over_once_the_last_is_handed_in(
    ana: Enrolment, also_begun: bool, shown: tuple[str, bool, bool]
) -> None:
    quiz = make_small_quiz()
    assign(ana.course_class, quiz, policy=make_policy(max_attempts=2 if also_begun else 1))
    make_grade(ana, quiz, [1])
    if also_begun:
        make_try(ana, quiz, state="in_progress", number=2)
    (found,) = due(ana)
    assert (found.state, found.done, found.failed) == shown


def test_a_score_that_does_not_show_yet_is_not_called_failed(ana: Enrolment) -> None:
    quiz = make_small_quiz()
    assign(ana.course_class, quiz, policy=make_policy(feedback="closed", max_attempts=1), closes_at=NOW + DAY)
    make_grade(ana, quiz, [1])
    assert [each.failed for each in due(ana)] == [False]


@pytest.mark.parametrize(
    ("role", "titles"),
    [(Role.LEARNER, ["Your grades"]), (Role.ASSISTANT, ["Gradebook", "Assignments"])],
    ids=str,
)
def test_the_page_of_a_class_leads_to_grades(course_class: CourseClass, role: Role, titles: list[str]) -> None:
    assert [entry.title for entry in class_entries(CourseClass, course_class, role)] == titles
