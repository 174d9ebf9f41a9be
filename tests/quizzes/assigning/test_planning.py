"""The plan of a class: assigning, dates, extensions, and taking the last change back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from classes.models import CourseClass
from quizzes.assigning import planning, undoing
from quizzes.assigning.planning import Schedule
from quizzes.models import Assignment, Extension
from tests.classes.factories import make_class, put_in
from tests.quizzes.factories import make_policy
from tests.quizzes.gradebook.factories import assign, make_small_quiz

pytestmark = pytest.mark.django_db
START = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def course_class() -> CourseClass:
    return make_class()


def dates_of(course_class: CourseClass, name: str) -> list[Any]:
    return [getattr(each, name) for each in planning.assignments_of(course_class)]


class TestAssignRest:
    def test_quizzes_close_one_after_the_other_in_the_order_of_the_course(self, course_class: CourseClass) -> None:
        for number in (3, 1, 2):
            make_small_quiz(number)
        planning.assign_rest(course_class, None, Schedule(first=START, every=7))
        found = [(each.quiz.title, each.closes_at) for each in planning.assignments_of(course_class)]
        assert found == [("Quiz 1", START), ("Quiz 2", START + 7 * DAY), ("Quiz 3", START + 14 * DAY)]

    def test_leaves_alone_what_is_assigned(self, course_class: CourseClass) -> None:
        given = assign(course_class, make_small_quiz(1), weight=3)
        make_small_quiz(2)
        assert planning.assign_rest(course_class, make_policy(), Schedule()) == 1
        given.refresh_from_db()
        assert (given.weight, given.policy) == (3, None)

    def test_takes_no_draft(self, course_class: CourseClass) -> None:
        quiz = make_small_quiz()
        quiz.status = "draft"
        quiz.save()
        assert planning.assign_rest(course_class, None, Schedule()) == 0

    def test_assigns_none_where_one_would_close_before_it_opens(self, course_class: CourseClass) -> None:
        make_small_quiz(1)
        make_small_quiz(2)
        with pytest.raises(ValidationError, match="Quiz 1” would close before it opens"):
            planning.assign_rest(course_class, None, Schedule(opens_at=START + DAY, first=START, every=7))
        assert not Assignment.objects.exists()


class TestShift:
    def test_moves_every_date_and_nothing_else(self, course_class: CourseClass) -> None:
        assign(course_class, make_small_quiz(1), opens_at=START, closes_at=START + DAY, late_until=START + 2 * DAY)
        assign(course_class, make_small_quiz(2))
        assert planning.shift(course_class, -3) == 1
        assert dates_of(course_class, "opens_at") == [START - 3 * DAY, None]
        assert dates_of(course_class, "closes_at") == [START - 2 * DAY, None]
        assert dates_of(course_class, "late_until") == [START - DAY, None]

    def test_keeps_the_hour_of_the_clock_where_summer_time_ends_between(self, course_class: CourseClass) -> None:
        berlin = ZoneInfo("Europe/Berlin")
        assign(course_class, make_small_quiz(), closes_at=datetime(2026, 10, 24, 23, 59, tzinfo=berlin))
        with timezone.override(berlin):
            planning.shift(course_class, 7)
        assert dates_of(course_class, "closes_at") == [datetime(2026, 10, 31, 23, 59, tzinfo=berlin)]

    def test_leaves_other_classes_alone(self, course_class: CourseClass) -> None:
        quiz = make_small_quiz()
        other = CourseClass.objects.create(course=course_class.course, title="Other")
        assign(other, quiz, closes_at=START)
        planning.shift(course_class, 5)
        assert dates_of(other, "closes_at") == [START]


@pytest.mark.parametrize(
    ("dates", "field"),
    [
        ({"opens_at": START, "closes_at": START}, "closes_at"),
        ({"late_until": START}, "late_until"),
        ({"closes_at": START, "late_until": START}, "late_until"),
    ],
    ids=["closes when it opens", "late work without a closing", "late work ends at the closing"],
)
def test_dates_in_the_wrong_order_are_refused_by_field(
    course_class: CourseClass, dates: dict[str, datetime], field: str
) -> None:
    with pytest.raises(ValidationError) as error:
        planning.store(Assignment(course_class=course_class, quiz=make_small_quiz(), **dates))
    assert list(error.value.message_dict) == [field]


class TestExtensions:
    def test_a_new_one_replaces_the_one_before(self, course_class: CourseClass) -> None:
        enrolment, quiz = put_in(course_class, "ana"), make_small_quiz()
        for attempts in (1, 2):
            planning.grant(Extension(enrolment=enrolment, quiz=quiz, extra_attempts=attempts, reason="Ill"))
        assert [each.extra_attempts for each in Extension.objects.all()] == [2]

    @pytest.mark.parametrize(("values", "words"), [({"reason": "Ill"}, "Say what is granted"),
                                                   ({"extra_minutes": 5}, "reason")])  # fmt: skip
    def test_needs_something_granted_and_a_reason(
        self, course_class: CourseClass, values: dict[str, Any], words: str
    ) -> None:
        with pytest.raises(ValidationError, match=words):
            planning.grant(Extension(enrolment=put_in(course_class, "ana"), quiz=make_small_quiz(), **values))


class TestUndo:
    def test_brings_back_what_was_there_before(self, course_class: CourseClass) -> None:
        given = assign(course_class, make_small_quiz(), closes_at=START, weight=2)
        extension = Extension(enrolment=put_in(course_class, "ana"), quiz=given.quiz, extra_minutes=5, reason="Ill")
        planning.grant(extension)
        before, session = undoing.snapshot(course_class), {}
        with undoing.undoable(session, course_class, "Taken away"):
            planning.remove(given)
            planning.take_back(extension)
        assert undoing.last_change(session, course_class) == "Taken away"
        undoing.undo(session, course_class)
        assert undoing.snapshot(course_class) == before

    def test_never_overwrites_what_somebody_did_since(self, course_class: CourseClass) -> None:
        given = assign(course_class, make_small_quiz(), closes_at=START)
        session: dict[str, Any] = {}
        with undoing.undoable(session, course_class, "Shifted"):
            planning.shift(course_class, 1)
        Assignment.objects.filter(pk=given.pk).update(weight=7)
        with pytest.raises(undoing.ChangedMeanwhileError):
            undoing.undo(session, course_class)
        assert planning.assignments_of(course_class).get().weight == 7

    def test_is_not_offered_for_another_class(self, course_class: CourseClass) -> None:
        assign(course_class, make_small_quiz(), closes_at=START)
        other = CourseClass.objects.create(course=course_class.course, title="Other")
        session: dict[str, Any] = {}
        with undoing.undoable(session, course_class, "Shifted"):
            planning.shift(course_class, 1)
        assert undoing.last_change(session, other) == ""
