"""Where a learner goes on: in the lesson that was read last, as long as it is not finished."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from lessons import progress
from lessons.bookmarks.reading import remember_place
from lessons.models import Learner, Lesson, LessonProgress
from tests.lessons.factories import make_experiment, make_lesson

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.fixture
def learner() -> Learner:
    return Learner.objects.create()


@pytest.fixture
def lessons() -> list[Lesson]:
    first = make_lesson(slug="one", title="One", position=1, body="## Here\n\nText.")
    others = [{"slug": "two", "position": 2}, {"slug": "three", "position": 3}]
    return [first, *(Lesson.objects.create(course=first.course, title="Next", body="Text.", **each) for each in others)]


def read(learner: Learner, lesson: Lesson, days: int, **values: object) -> None:
    LessonProgress.objects.create(learner=learner, lesson=lesson, opened_at=MONDAY + timedelta(days=days), **values)


def resumed(learner: Learner, lessons: list[Lesson]) -> str | None:
    card = progress.resume_card(progress.lesson_cards(lessons, learner))
    return card and card.lesson.slug


def test_who_has_read_nothing_begins_with_the_first(learner: Learner, lessons: list[Lesson]) -> None:
    assert resumed(learner, lessons) == "one"


def test_who_left_out_lessons_goes_on_in_the_one_opened_last(learner: Learner, lessons: list[Lesson]) -> None:
    read(learner, lessons[0], 0)
    read(learner, lessons[2], 1)
    assert resumed(learner, lessons) == "three"


def test_a_finished_lesson_is_not_gone_on_with(learner: Learner, lessons: list[Lesson]) -> None:
    read(learner, lessons[0], 0)
    read(learner, lessons[2], 1, completed_at=MONDAY)
    assert resumed(learner, lessons) == "one"


def test_reading_on_in_an_older_lesson_brings_it_back(learner: Learner, lessons: list[Lesson]) -> None:
    read(learner, lessons[0], 0)
    read(learner, lessons[2], 1)
    remember_place(learner, lessons[0], "#section-here")
    assert resumed(learner, lessons) == "one"


def test_predicting_in_an_older_lesson_brings_it_back(learner: Learner, lessons: list[Lesson]) -> None:
    make_experiment(lessons[0])
    read(learner, lessons[0], 0)
    read(learner, lessons[2], 1)
    progress.record_prediction(learner, make_experiment(lessons[0], slug="second", position=2))
    assert resumed(learner, lessons) == "one"
