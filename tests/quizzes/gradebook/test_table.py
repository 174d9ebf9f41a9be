"""The gradebook: what counts of a quiz, what counts overall, narrowing and sorting, and how much it asks."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from classes.models import CourseClass, Enrolment
from lessons.models import Learner
from quizzes.gradebook.cells import State
from quizzes.gradebook.table import Gradebook, Row, Wanted, gradebook_of, narrowed
from quizzes.grading import manual_grades
from quizzes.models import Attempt, Extension
from tests.classes.factories import put_in
from tests.lessons.factories import make_user
from tests.quizzes.factories import make_policy
from tests.quizzes.gradebook.factories import DAY, NOW, assign, make_grade, make_small_quiz, make_try

pytestmark = pytest.mark.django_db
LATE = [{"reason": "late", "percent": 50}]


def look(course_class: CourseClass) -> Gradebook:
    people = Enrolment.objects.people().filter(course_class=course_class, role="learner")
    return gradebook_of(course_class, people.select_related("learner__user", "section"), NOW)


def row_of(course_class: CourseClass) -> Row:
    return look(course_class).rows[0]


class TestCell:
    def test_the_best_attempt_counts(self, course_class: CourseClass, ana: Enrolment) -> None:
        quiz = make_small_quiz()
        assign(course_class, quiz)
        for points in (4, 9, 6):
            make_grade(ana, quiz, [points])
        cell = row_of(course_class).cells[0]
        assert (cell.percent, cell.graded, cell.score and cell.score.attempt.number) == (90, 3, 2)

    def test_deductions_make_an_attempt_worth_less(self, course_class: CourseClass, ana: Enrolment) -> None:
        quiz = make_small_quiz()
        assign(course_class, quiz)
        make_grade(ana, quiz, [8], deductions=LATE)
        cell = row_of(course_class).cells[0]
        assert (cell.percent, cell.deducted, cell.state) == (40, 50, State.NOT_PASSED)

    def test_what_a_person_set_wins_and_shows(self, course_class: CourseClass, ana: Enrolment) -> None:
        quiz = make_small_quiz()
        assign(course_class, quiz)
        manual_grades.give(make_grade(ana, quiz, [8], deductions=LATE), Decimal(7), "Was ill", make_user("ida"))
        cell = row_of(course_class).cells[0]
        assert (cell.percent, cell.manual, cell.deducted, cell.state) == (70, True, 0, State.PASSED)

    @pytest.mark.parametrize(
        ("dates", "tried", "state"),
        [
            ({}, "", State.NOT_STARTED),
            ({"opens_at": NOW + DAY}, "", State.NOT_OPEN),
            ({"closes_at": NOW}, "", State.MISSED),
            ({"closes_at": NOW - DAY, "late_until": NOW + DAY}, "", State.NOT_STARTED),
            ({}, "in_progress", State.IN_PROGRESS),
            ({"closes_at": NOW - DAY}, "in_progress", State.IN_PROGRESS),
            ({}, "submitted", State.WAITING),
            ({}, "failed", State.WAITING),
            ({}, "set_aside", State.NOT_STARTED),
        ],
    )
    def test_says_how_it_stands_without_a_grade(
        self, course_class: CourseClass, ana: Enrolment, dates: dict[str, Any], tried: str, state: State
    ) -> None:
        quiz = make_small_quiz()
        assign(course_class, quiz, **dates)
        if tried:
            make_try(ana, quiz, state=tried)
        assert row_of(course_class).cells[0].state == state

    def test_an_extension_keeps_it_open(self, course_class: CourseClass, ana: Enrolment) -> None:
        quiz = make_small_quiz()
        assign(course_class, quiz, closes_at=NOW - DAY)
        Extension.objects.create(enrolment=ana, quiz=quiz, closes_at=NOW + DAY, reason="Ill")
        cell = row_of(course_class).cells[0]
        assert (cell.state, cell.closes_at) == (State.NOT_STARTED, NOW + DAY)

    def test_says_how_many_tries_are_left(self, course_class: CourseClass, ana: Enrolment) -> None:
        quiz = make_small_quiz()
        assign(course_class, quiz, policy=make_policy(max_attempts=2))
        Extension.objects.create(enrolment=ana, quiz=quiz, extra_attempts=1, reason="Ill")
        make_grade(ana, quiz, [1])
        assert row_of(course_class).cells[0].tries_left == 2

    def test_attempts_outside_the_class_do_not_count(self, course_class: CourseClass, ana: Enrolment) -> None:
        quiz = make_small_quiz()
        assign(course_class, quiz)
        attempt = make_grade(ana, quiz, [9])
        Attempt.objects.filter(pk=attempt.pk).update(enrolment=None)
        assert row_of(course_class).cells[0].state == State.NOT_STARTED


class TestOverall:
    """Weights 1, 3 and 0; 80 % and 40 %, the third is practice: (1·80 + 3·40) / 4 = 50."""

    def test_is_the_mean_by_weight(self, course_class: CourseClass, ana: Enrolment) -> None:
        for number, weight, points in ((1, 1, 8), (2, 3, 4), (3, 0, 10)):
            quiz = make_small_quiz(number)
            assign(course_class, quiz, weight=weight)
            make_grade(ana, quiz, [points])
        assert row_of(course_class).percent == 50

    def test_counts_what_was_missed_as_nothing(self, course_class: CourseClass, ana: Enrolment) -> None:
        """80 % and a missed quiz of the same weight: 40."""
        done, missed = make_small_quiz(1), make_small_quiz(2)
        assign(course_class, done)
        assign(course_class, missed, closes_at=NOW - DAY)
        make_grade(ana, done, [8])
        assert row_of(course_class).percent == 40

    def test_leaves_out_what_is_still_open(self, course_class: CourseClass, ana: Enrolment) -> None:
        done, still_open = make_small_quiz(1), make_small_quiz(2)
        assign(course_class, done)
        assign(course_class, still_open)
        make_grade(ana, done, [8])
        assert row_of(course_class).percent == 80

    def test_is_nothing_while_nothing_counts(self, course_class: CourseClass, ana: Enrolment) -> None:
        assign(course_class, make_small_quiz())
        assert row_of(course_class).percent is None


def test_columns_have_the_mean_of_who_has_a_score(course_class: CourseClass, ana: Enrolment) -> None:
    """90 % and 40 %, and somebody without: a mean of 65 over two, one of whom passed (60 % are needed)."""
    quiz = make_small_quiz()
    assign(course_class, quiz)
    make_grade(ana, quiz, [9])
    make_grade(put_in(course_class, "bo"), quiz, [4])
    put_in(course_class, "cy")
    column = look(course_class).columns[0]
    assert (column.mean, column.graded, column.passed) == (65, 2, 1)


@pytest.fixture
def three(course_class: CourseClass) -> CourseClass:
    """ana: 90 and 40; bo: 50 and 100; cy has done nothing. The second quiz weighs nothing for who passed."""
    first, second = make_small_quiz(1), make_small_quiz(2)
    assign(course_class, first)
    assign(course_class, second)
    for name, points in (("ana", (9, 4)), ("bo", (5, 10)), ("cy", ())):
        enrolment = put_in(course_class, name)
        for quiz, earned in zip((first, second), points, strict=False):
            make_grade(enrolment, quiz, [earned])
    return course_class


WISHES: list[tuple[Callable[[CourseClass], Wanted], str]] = [
    (lambda _: Wanted(), "ana bo cy"),
    (lambda _: Wanted(sort="-name"), "cy bo ana"),
    (lambda _: Wanted(sort="overall"), "ana bo cy"),
    (lambda _: Wanted(sort="-overall"), "bo ana cy"),
    (lambda c: Wanted(sort=str(c.assignments.get(quiz__title="Quiz 1").pk)), "bo ana cy"),
    (lambda c: Wanted(sort=f"-{c.assignments.get(quiz__title='Quiz 2').pk}"), "bo ana cy"),
    (lambda _: Wanted(words="AN"), "ana"),
    (lambda _: Wanted(words="b o"), "bo"),
    (lambda _: Wanted(state="passed"), ""),
    (lambda c: Wanted(state="passed", quiz=c.assignments.get(quiz__title="Quiz 1").quiz_id), "ana"),
    (lambda c: Wanted(state="not_passed", quiz=c.assignments.get(quiz__title="Quiz 1").quiz_id), "bo"),
    (lambda _: Wanted(state="not_passed"), "ana bo"),
    (lambda _: Wanted(state="not_started"), "cy"),
]


@pytest.mark.parametrize(("wish", "names"), WISHES, ids=[str(place) for place in range(len(WISHES))])
def test_rows_are_narrowed_and_sorted(three: CourseClass, wish: Callable[[CourseClass], Wanted], names: str) -> None:
    assert [row.enrolment.name for row in narrowed(look(three), wish(three)).rows] == names.split()


def test_one_quiz_is_one_column_and_overall_stays(three: CourseClass) -> None:
    quiz = three.assignments.get(quiz__title="Quiz 1").quiz_id
    found = narrowed(look(three), Wanted(quiz=quiz))
    assert [each.quiz_id for each in found.assignments] == [quiz]
    assert [(len(row.cells), row.percent) for row in found.rows] == [(1, 65), (1, 75), (1, None)]


def test_stand_ins_are_in_no_gradebook(course_class: CourseClass, ana: Enrolment) -> None:
    stand_in = Learner.objects.create(stand_in_of=make_user("ida"))
    Enrolment.objects.create(course_class=course_class, learner=stand_in)
    assert [row.enrolment for row in look(course_class).rows] == [ana]


@pytest.mark.parametrize("people", [2, 30])
def test_asks_as_often_for_many_as_for_few(course_class: CourseClass, people: int) -> None:
    quizzes = [make_small_quiz(number) for number in range(1, 4)]
    for quiz in quizzes:
        assign(course_class, quiz)
    users = User.objects.bulk_create([User(username=f"u{number}") for number in range(people)])
    learners = Learner.objects.bulk_create([Learner(user=user) for user in users])
    Enrolment.objects.bulk_create([Enrolment(course_class=course_class, learner=learner) for learner in learners])
    make_grade(Enrolment.objects.get(learner=learners[0]), quizzes[0], [5])
    with CaptureQueriesContext(
        connection,
    ) as queries:
        narrowed(look(course_class), Wanted(sort="overall"))
    assert len(queries) == 13
