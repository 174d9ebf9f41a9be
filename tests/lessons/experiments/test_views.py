"""The bench of an experiment: what a form without JavaScript gets, what htmx gets, and what is refused."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from lessons import rate_limits
from lessons.experiments import predictions
from lessons.models import Experiment, Prediction
from lessons.rate_limits import Limit
from lessons.runs import simulations
from tests.lessons.factories import make_experiment

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
