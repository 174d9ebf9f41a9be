"""How long a lesson takes to read, and where a learner goes on."""

from __future__ import annotations

import pytest
from django.test import Client

from lessons import learners
from lessons.bookmarks import reading
from lessons.models import Bookmark, Learner, Lesson, LessonProgress
from tests.lessons.factories import make_experiment, make_lesson, make_user

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("words", "minutes"), [(0, 1), (199, 1), (200, 1), (201, 2), (2000, 10)])
def test_two_hundred_words_take_a_minute(words: int, minutes: int) -> None:
    body = "# A heading\n\n" + "word " * words + "\n\n```\ncode is not read\n```\n\n::experiment[none]\n"
    assert reading.minutes(Lesson(body=body)) == minutes


@pytest.fixture
def lesson() -> Lesson:
    return make_lesson(minutes=25, body="# Rules\n\n" + "word " * 1000)


@pytest.mark.parametrize("page", ["/courses/networking/", "/courses/networking/services/"])
def test_reading_time_stands_beside_the_authors_minutes(client: Client, lesson: Lesson, page: str) -> None:
    assert "5 min reading · 25 min with experiments" in client.get(page).content.decode()


def test_more_text_than_minutes_shows_the_reading_time_alone(client: Client, lesson: Lesson) -> None:
    Lesson.objects.update(minutes=4)
    text = client.get(lesson.get_absolute_url()).content.decode()
    assert "5 min reading" in text
    assert "with experiments" not in text


@pytest.fixture
def reader(client: Client, lesson: Lesson) -> Client:
    """A learner who opened the lesson."""
    make_experiment(lesson)
    client.force_login(make_user())
    client.post(f"{lesson.get_absolute_url()}bookmarks/", {"place": ""})
    client.get(lesson.get_absolute_url())
    return client


@pytest.mark.parametrize("page", ["/", "/courses/networking/"])
def test_continue_leads_to_the_place_that_was_last_in_view(reader: Client, page: str) -> None:
    answer = reader.post("/courses/networking/services/place/", {"place": "#experiment-first"})
    assert answer.status_code == 204
    assert 'href="/courses/networking/services/#experiment-first">Continue' in reader.get(page).content.decode()


def test_the_lesson_offers_to_go_on_there(reader: Client) -> None:
    reader.post("/courses/networking/services/place/", {"place": "#section-rules"})
    assert '<a href="#section-rules"><svg' in reader.get("/courses/networking/services/").content.decode()


def test_a_place_that_is_none_is_refused(reader: Client) -> None:
    answer = reader.post("/courses/networking/services/place/", {"place": "#nowhere"})
    assert answer.status_code == 422
    assert LessonProgress.objects.get().place == ""


def test_a_visitor_who_only_reads_leaves_no_trace(client: Client, lesson: Lesson) -> None:
    client.get(lesson.get_absolute_url())
    assert client.post(f"{lesson.get_absolute_url()}place/", {"place": "#section-rules"}).status_code == 204
    assert not Learner.objects.exists()
    assert not Bookmark.objects.exists()


def test_at_a_login_the_newer_place_stays(reader: Client, lesson: Lesson) -> None:
    user, guest = Learner.objects.get(), Learner.objects.create()
    LessonProgress.objects.create(
        learner=guest, lesson=lesson, opened_at=user.progress.get().opened_at, place="#section-rules"
    )
    learners.merge(guest, user)
    assert user.progress.get().place == "#section-rules"
