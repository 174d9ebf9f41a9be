"""The data of a bench are apart from the lesson's page, which says where they are; answers to htmx bring them along."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from lessons.models import Experiment, SimulationRun
from lessons.runs import simulations
from tests.lessons.factories import make_experiment

pytestmark = pytest.mark.django_db(transaction=True)
DATA = 'type="application/json"'


@pytest.fixture
def experiment() -> Experiment:
    found = make_experiment()
    simulations.request_diagram(found.scenario())
    simulations.perform(found.scenario().key(SimulationRun.Kind.DIAGRAM))
    simulations.solve(found.scenario())
    return found


def predict(client: Client, experiment: Experiment, **headers: str) -> str:
    data = {"option": experiment.options.all()[0].pk, "round": 1}
    return client.post(reverse("predict", args=[experiment.pk]), data, headers=headers).content.decode()


def address_in(page: str) -> str:
    found = re.search(r'data-playback="([^"]+)"', page)
    assert found, page
    return found[1]


def test_a_question_shows_the_cluster_and_leads_to_its_data(client: Client, experiment: Experiment) -> None:
    page = client.get(experiment.lesson.get_absolute_url()).content.decode()
    assert (DATA in page, "figure__spacer" in page) == (False, True)
    data = client.get(address_in(page)).json()
    assert (bool(data["picture"]["elements"]), data["stops"], data["rows"]) == (True, [], [])


def test_a_packet_that_was_sent_has_a_stop_for_each_row(client: Client, experiment: Experiment) -> None:
    predict(client, experiment)
    page = client.get(experiment.lesson.get_absolute_url()).content.decode()
    data = client.get(address_in(page)).json()
    table = client.get(reverse("experiment_table", args=[experiment.pk])).content.decode()
    assert DATA not in page
    assert len(data["stops"]) == len(data["rows"]) == table.count("data-row=") > 5


def test_an_answer_to_htmx_brings_the_data_along(client: Client, experiment: Experiment) -> None:
    fragment = predict(client, experiment, hx_request="true")
    assert (fragment.count(DATA), "data-playback" in fragment) == (2, False)


def test_the_data_are_kept_by_the_learners_browser_alone(client: Client, experiment: Experiment) -> None:
    address = address_in(client.get(experiment.lesson.get_absolute_url()).content.decode())
    assert client.get(address)["Cache-Control"] == "private, max-age=3600"


@pytest.mark.parametrize("state", [SimulationRun.State.QUEUED, SimulationRun.State.FAILED])
def test_a_run_without_a_result_has_no_data(client: Client, experiment: Experiment, state: str) -> None:
    address = address_in(client.get(experiment.lesson.get_absolute_url()).content.decode())
    SimulationRun.objects.update(state=state, result=None)
    assert client.get(address).status_code == 404
