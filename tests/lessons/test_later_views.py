"""What follows a lesson's page: table and outcome for who may see where the packet went, a trace's cluster for all."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertRedirects

from lessons.models import Experiment, Status
from lessons.picture.svg import PASSED
from lessons.runs import simulations
from tests.lessons.factories import make_experiment, make_trace

pytestmark = pytest.mark.django_db
HTMX = {"hx-request": "true"}
ROW = "data-row="
EXPLANATION = 'class="explanation"'


@pytest.fixture
def experiment() -> Experiment:
    found = make_experiment()
    simulations.solve(found.scenario())
    return found


@pytest.fixture
def address(experiment: Experiment) -> str:
    return reverse("experiment_table", args=[experiment.pk])


@pytest.fixture
def outcome(experiment: Experiment) -> str:
    return reverse("experiment_outcome", args=[experiment.pk])


def predict(client: Client, experiment: Experiment, **headers: str) -> str:
    data = {"option": experiment.options.all()[0].pk, "round": 1}
    return client.post(reverse("predict", args=[experiment.pk]), data, headers=headers).content.decode()


def page_of(client: Client, experiment: Experiment) -> str:
    return client.get(experiment.lesson.get_absolute_url()).content.decode()


def test_the_page_leads_to_what_comes_later(client: Client, experiment: Experiment, address: str, outcome: str) -> None:
    predict(client, experiment)
    page = page_of(client, experiment)
    assert (f'hx-get="{address}"' in page, f'href="{address}"' in page, ROW in page) == (True, True, False)
    assert (f'hx-get="{outcome}"' in page, EXPLANATION in page) == (True, False)


def test_a_packet_that_was_just_sent_brings_everything_along(
    client: Client, experiment: Experiment, address: str, outcome: str
) -> None:
    fragment = predict(client, experiment, **HTMX)
    assert (address in fragment, outcome in fragment, ROW in fragment, EXPLANATION in fragment) == (
        False, False, True, True,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("headers", "is_page"), [pytest.param(HTMX, False, id="htmx"), pytest.param({}, True, id="a page")]
)
def test_the_table_is_there_by_itself(
    client: Client, experiment: Experiment, address: str, headers: dict[str, str], is_page: bool
) -> None:
    predict(client, experiment)
    html = client.get(address, headers=headers).content.decode()
    assert ("<html" in html, "data-jump" not in html, EXPLANATION in html, ROW in html) == (is_page,) * 3 + (True,)


@pytest.mark.parametrize(
    ("headers", "is_page"), [pytest.param(HTMX, False, id="htmx"), pytest.param({}, True, id="a page")]
)
def test_the_outcome_is_there_by_itself(
    client: Client, experiment: Experiment, outcome: str, headers: dict[str, str], is_page: bool
) -> None:
    predict(client, experiment)
    html = client.get(outcome, headers=headers).content.decode()
    assert ("<html" in html, ROW in html, EXPLANATION in html) == (is_page, is_page, True)


PARTS = pytest.mark.parametrize("part", ["experiment_table", "experiment_outcome"])


@PARTS
def test_what_the_browser_has_is_not_sent_again(client: Client, experiment: Experiment, part: str) -> None:
    address = reverse(part, args=[experiment.pk])
    predict(client, experiment)
    first = client.get(address, headers=HTMX)
    again = client.get(address, headers={**HTMX, "if-none-match": first["ETag"]})
    assert (first["Cache-Control"], again.status_code) == ("private, no-cache", 304)


@PARTS
def test_nothing_is_given_away_before_the_prediction(client: Client, experiment: Experiment, part: str) -> None:
    address = reverse(part, args=[experiment.pk])
    assert client.get(address, headers=HTMX).status_code == 204
    assertRedirects(client.get(address), experiment.get_absolute_url(), fetch_redirect_response=False)


@PARTS
def test_what_others_predicted_opens_nothing(client: Client, experiment: Experiment, part: str) -> None:
    predict(Client(), experiment)
    assert client.get(reverse(part, args=[experiment.pk]), headers=HTMX).status_code == 204


@PARTS
def test_what_belongs_to_a_draft_is_not_there(client: Client, experiment: Experiment, part: str) -> None:
    predict(client, experiment)
    experiment.lesson.status = Status.DRAFT
    experiment.lesson.save()
    assert client.get(reverse(part, args=[experiment.pk])).status_code == 404


@pytest.mark.parametrize(
    ("headers", "is_page"), [pytest.param(HTMX, False, id="htmx"), pytest.param({}, True, id="a page")]
)
def test_the_cluster_of_a_trace_can_be_looked_at_before_the_table_is_filled_in(
    client: Client, headers: dict[str, str], is_page: bool
) -> None:
    trace = make_trace(kind="blanks")
    simulations.solve(trace.scenario())
    html = client.get(reverse("trace_cluster", args=[trace.pk]), headers=headers).content.decode()
    assert ("<html" in html, "10.244.2.2</text>" in html, f' {PASSED}"' in html, ROW in html) == (
        is_page,
        True,
        False,
        False,
    )


def test_a_cluster_that_is_not_drawn_yet_is_not_there(client: Client) -> None:
    trace = make_trace(kind="blanks")
    address = reverse("trace_cluster", args=[trace.pk])
    assert client.get(address, headers=HTMX).status_code == 204
    assertRedirects(client.get(address), trace.get_absolute_url(), fetch_redirect_response=False)
