"""Pages of courses and lessons: who may see what."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from lessons.experiments import predictions
from lessons.models import Experiment, Lesson, LessonProgress, Prediction
from lessons.runs import simulations
from tests.lessons.factories import make_experiment, make_instructor, make_lesson, make_user

pytestmark = pytest.mark.django_db(transaction=True)
HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(predictions, "WAIT_SECONDS", 0.0)
    monkeypatch.setattr(simulations, "OVERDUE", timedelta(hours=1))  # no worker runs here, and machines can be slow


@pytest.fixture
def experiment() -> Experiment:
    return make_experiment()


@pytest.mark.parametrize(
    ("path", "text"),
    [("/", "Networking"), ("/courses/networking/", "Services"), ("/courses/networking/services/", "Rules")],
)
def test_published_pages_are_for_everyone(client: Client, experiment: Experiment, path: str, text: str) -> None:
    response = client.get(path)
    assert (response.status_code, text in response.content.decode()) == (200, True)


def test_home_without_courses_is_a_page(client: Client) -> None:
    assert client.get("/").status_code == 200


URLS: dict[str, Callable[[Experiment], str]] = {
    "course": lambda experiment: experiment.lesson.course.get_absolute_url(),
    "lesson": lambda experiment: experiment.lesson.get_absolute_url(),
    "result": lambda experiment: reverse("experiment_result", args=[experiment.pk]),
    "diagram": lambda experiment: reverse("experiment_diagram", args=[experiment.pk]),
}


@pytest.mark.parametrize("place", URLS)
@pytest.mark.parametrize("draft", ["lesson", "course"])
def test_a_draft_does_not_exist_for_learners(client: Client, experiment: Experiment, place: str, draft: str) -> None:
    make_draft(experiment.lesson, draft)
    client.force_login(make_user())
    missing = 404 if (place, draft) != ("course", "lesson") else 200
    assert client.get(URLS[place](experiment)).status_code == missing


@pytest.mark.parametrize("action", ["predict", "experiment_retry", "experiment_again"])
def test_nothing_can_be_posted_to_a_draft(client: Client, experiment: Experiment, action: str) -> None:
    make_draft(experiment.lesson, "lesson")
    data = {"option": experiment.options.all()[0].pk}
    assert client.post(reverse(action, args=[experiment.pk]), data).status_code == 404
    assert not Prediction.objects.exists()


@pytest.mark.parametrize("place", URLS)
def test_staff_sees_drafts(client: Client, experiment: Experiment, place: str) -> None:
    make_draft(experiment.lesson, "lesson")
    client.force_login(make_instructor())
    assert client.get(URLS[place](experiment), **HTMX).status_code == 200


def test_a_previewed_draft_says_that_it_is_one(client: Client, experiment: Experiment) -> None:
    make_draft(experiment.lesson, "lesson")
    client.force_login(make_instructor())
    assert "This is a draft" in client.get(experiment.lesson.get_absolute_url()).content.decode()


def make_draft(lesson: Lesson, what: str) -> None:
    target = lesson if what == "lesson" else lesson.course
    type(target).objects.filter(pk=target.pk).update(status="draft")


def test_experiments_stand_where_the_text_places_them_and_else_at_the_end(client: Client) -> None:
    lesson = make_lesson(body="before\n\n::experiment[first]\n\nafter")
    for slug in ("second", "first"):
        make_experiment(lesson, slug=slug)
    html = client.get(lesson.get_absolute_url()).content.decode()
    places = [html.index(text) for text in ("before", 'id="experiment-first"', "after", 'id="experiment-second"')]
    assert places == sorted(places)


def test_reading_a_lesson_writes_nothing_for_a_visitor(client: Client, experiment: Experiment) -> None:
    client.get(experiment.lesson.get_absolute_url())
    assert not LessonProgress.objects.exists()
    assert "sessionid" not in client.cookies


@pytest.mark.parametrize(("who", "status"), [("visitor", 302), ("learner", 302), ("instructor", 200)])
def test_the_markdown_preview_is_for_staff(client: Client, who: str, status: int) -> None:
    if who != "visitor":
        client.force_login(make_user() if who == "learner" else make_instructor())
    assert client.post(reverse("markdown_preview"), {"text": "*x*"}).status_code == status


def test_the_preview_is_what_learners_will_see_and_sanitised(client: Client) -> None:
    client.force_login(make_instructor())
    text = "# Rules\n\n<script>alert(1)</script>\n\n::experiment[first]"
    html = client.post(reverse("markdown_preview"), {"text": text}).content.decode()
    assert '<h2 id="section-rules">Rules</h2>' in html
    assert "<script" not in html
    assert "<code>first</code>" in html


def test_the_preview_refuses_a_text_that_could_not_be_saved(client: Client) -> None:
    client.force_login(make_instructor())
    assert client.post(reverse("markdown_preview"), {"text": "x" * 200_001}).status_code == 422
