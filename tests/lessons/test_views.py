"""Pages and fragments: who may see what, what a form without JavaScript gets, what htmx gets."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from lessons import predictions, rate_limits
from lessons.models import Experiment, Lesson, LessonProgress, Prediction
from lessons.rate_limits import Limit
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


def solve(experiment: Experiment) -> None:
    simulations.solve(experiment.scenario())


def predict(client: Client, experiment: Experiment, option: int = 1, **headers: Any) -> Any:
    data = {"option": experiment.options.all()[option - 1].pk, "round": 1}
    return client.post(reverse("predict", args=[experiment.pk]), data, **headers)


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


def test_the_page_does_not_tell_the_answer_before_the_prediction(client: Client, experiment: Experiment) -> None:
    solve(experiment)
    html = client.get(experiment.lesson.get_absolute_url()).content.decode()
    assert "Because it is" not in html
    assert 'data-state="ask"' in html


def test_htmx_gets_the_bench_with_the_explanations(client: Client, experiment: Experiment) -> None:
    solve(experiment)
    response = predict(client, experiment, option=2, **HTMX)
    html = response.content.decode()
    assert (response.status_code, 'data-state="shown"' in html, "Because it is refused." in html) == (200, True, True)
    assert "<html" not in html


def test_a_plain_form_is_redirected_to_the_lesson_which_shows_the_hops(client: Client, experiment: Experiment) -> None:
    solve(experiment)
    response = predict(client, experiment)
    assert (response.status_code, response.url) == (302, "/courses/networking/services/#experiment-first")
    html = client.get(response.url).content.decode()
    assert 'data-state="shown"' in html
    assert "10.96.0.50" in html


def test_a_plain_form_shows_a_link_to_the_result_while_it_is_pending(client: Client, experiment: Experiment) -> None:
    predict(client, experiment)
    assert "Show the result" in client.get(experiment.lesson.get_absolute_url()).content.decode()


@pytest.mark.parametrize("headers", [HTMX, {}], ids=["htmx", "plain form"])
@pytest.mark.parametrize("option", ["", "0", "x", "99999999", str(2**70)])
def test_a_form_without_a_valid_option_says_what_to_do(
    client: Client, experiment: Experiment, headers: dict[str, str], option: str
) -> None:
    response = client.post(reverse("predict", args=[experiment.pk]), {"option": option}, **headers)
    assert response.status_code == 422
    assert "Pick one of the answers" in response.content.decode()
    assert ("<html" in response.content.decode()) is (headers == {})
    assert not Prediction.objects.exists()


def test_the_result_of_another_visitor_is_not_shown(client: Client, experiment: Experiment) -> None:
    solve(experiment)
    predict(Client(), experiment, **HTMX)
    html = client.get(reverse("experiment_result", args=[experiment.pk]), **HTMX).content.decode()
    assert 'data-state="ask"' in html


def test_predicting_again_asks_for_the_next_round(client: Client, experiment: Experiment) -> None:
    solve(experiment)
    predict(client, experiment, **HTMX)
    html = client.post(reverse("experiment_again", args=[experiment.pk]), **HTMX).content.decode()
    assert 'name="round" value="2"' in html


def test_predicting_again_works_without_javascript(client: Client, experiment: Experiment) -> None:
    solve(experiment)
    predict(client, experiment)
    response = client.post(reverse("experiment_again", args=[experiment.pk]))
    assert 'name="round" value="2"' in client.get(response.url).content.decode()


def test_the_diagram_is_there_once_it_is_drawn(client: Client, experiment: Experiment) -> None:
    url = reverse("experiment_diagram", args=[experiment.pk])
    assert "being drawn" in client.get(url).content.decode()
    simulations.solve(experiment.scenario(), "diagram")
    assert "data-canvas" in client.get(url).content.decode()


@pytest.mark.parametrize("headers", [HTMX, {}], ids=["htmx", "plain form"])
def test_too_many_predictions_get_429_and_a_time(
    client: Client, experiment: Experiment, headers: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(rate_limits.LIMITS, "simulate", {"learner": Limit(1, 60), "address": Limit(1, 60)})
    answers = [predict(client, experiment, **headers) for _ in range(3)]
    assert answers[-1].status_code == 429
    assert 1 <= int(answers[-1]["Retry-After"]) <= 60
    assert "Too many requests" in answers[-1].content.decode()


@pytest.mark.parametrize("name", ["predict", "experiment_retry", "experiment_again"])
def test_what_changes_something_must_be_posted(client: Client, experiment: Experiment, name: str) -> None:
    assert client.get(reverse(name, args=[experiment.pk])).status_code == 405


def test_a_post_without_a_csrf_token_is_refused(experiment: Experiment) -> None:
    assert predict(Client(enforce_csrf_checks=True), experiment).status_code == 403


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
