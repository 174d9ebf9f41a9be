"""“What did you see?” is asked after the packet moved, decided by the engine, and answered once."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from lessons.content.schema import ContentError
from lessons.experiments import checks, predictions
from lessons.models import CheckAnswer, Experiment, Learner, Prediction
from lessons.runs import simulations
from tests.lessons.factories import make_experiment

pytestmark = pytest.mark.django_db
HTMX = {"HTTP_HX_REQUEST": "true"}
CHECK: dict[str, Any] = {
    "question": "Which port did the server see?",
    "options": [
        {"text": "8080", "when": {"seen_by_server.destination_port": 8080}, "explanation": "The target port."},
        {"text": "80", "when": {"seen_by_server.destination_port": 80}, "explanation": "The port of the Service."},
    ],
}


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(predictions, "WAIT_SECONDS", 0.0)


@pytest.fixture
def experiment() -> Experiment:
    experiment = make_experiment(check_question=CHECK, takeaway="Remember *this*.")
    simulations.solve(experiment.scenario())
    return experiment


def predict(client: Client, experiment: Experiment, **data: Any) -> str:
    values = {"option": experiment.options.all()[0].pk, "round": 1} | data
    return str(client.post(reverse("predict", args=[experiment.pk]), values, **HTMX).content.decode())


def answer(client: Client, experiment: Experiment, option: object, **headers: str) -> Any:
    return client.post(reverse("experiment_check", args=[experiment.pk]), {"option": option}, **(headers or HTMX))


def test_a_check_may_be_about_a_second_packet(client: Client) -> None:
    seen = {"question": "And port 81?", "options": [
        {"text": "refused", "when": {"compare.0.client_sees": "refused"}, "explanation": "It is."},
        {"text": "connected", "when": {"compare.0.client_sees": "connected"}, "explanation": "It is not."},
    ]}  # fmt: skip
    compare = [{"label": "port 81 of the Pod", "instead": {"to": "pod/app/one", "port": 81}}]
    asked = make_experiment(check_question=seen, compare=compare)
    simulations.solve(asked.scenario())
    bench = predict(client, asked)
    assert [bench.count(f'<th scope="col">{label}</th>') for label in ("The first packet", "port 81 of the Pod")] == [
        1,
        1,
    ]
    assert "<td>connected</td>" in bench
    answer(client, asked, 1)
    assert CheckAnswer.objects.get().right


@pytest.mark.parametrize(
    ("instead", "problem"),
    [
        pytest.param({"prot": "udp"}, "compare (beside).instead: probe.prot: no such key here", id="unknown key"),
        pytest.param({"port": 0}, "compare (beside).instead: probe.port: ", id="value that cannot be"),
    ],
)
def test_a_second_packet_that_cannot_be_is_refused_by_name(instead: dict[str, Any], problem: str) -> None:
    asked = make_experiment(compare=[{"label": "beside", "instead": instead}])
    with pytest.raises(ContentError) as refused:
        asked.scenario()
    assert str(refused.value).startswith(problem)


def test_before_the_prediction_nothing_of_the_check_is_in_the_page(client: Client, experiment: Experiment) -> None:
    assert "Which port did" not in client.get(experiment.lesson.get_absolute_url()).content.decode()


def test_after_the_packet_the_question_comes_without_its_answers(client: Client, experiment: Experiment) -> None:
    bench = predict(client, experiment)
    assert "Which port did the server see?" in bench
    assert [text for text in ("The target port.", "Remember") if text in bench] == []


@pytest.mark.parametrize(
    ("option", "right", "told", "untold"),
    [
        pytest.param(1, True, ["The target port.", "Remember"], ["The port of the Service."], id="right"),
        pytest.param(2, False, ["The port of the Service.", "The target port.", "Remember"], [], id="wrong"),
    ],
)
def test_the_answer_is_stored_and_explained(
    client: Client, experiment: Experiment, option: int, right: bool, told: list[str], untold: list[str]
) -> None:
    predict(client, experiment)
    fragment = answer(client, experiment, option).content.decode()
    assert CheckAnswer.objects.get().right is right
    assert [text in fragment for text in told] == [True] * len(told)
    assert [text in fragment for text in untold] == [False] * len(untold)


def test_the_first_answer_counts(client: Client, experiment: Experiment) -> None:
    predict(client, experiment)
    answer(client, experiment, 2)
    answer(client, experiment, 1)
    assert CheckAnswer.objects.get().option_text == "80"


def test_the_answer_is_there_when_the_outcome_is_read_again(client: Client, experiment: Experiment) -> None:
    predict(client, experiment)
    answer(client, experiment, 1)
    page = client.get(reverse("experiment_outcome", args=[experiment.pk])).content.decode()
    assert ("The target port." in page, "This is what I saw" in page) == (True, False)


def test_a_new_round_asks_anew(client: Client, experiment: Experiment) -> None:
    predict(client, experiment)
    answer(client, experiment, 1)
    assert "This is what I saw" in predict(client, experiment, round=2)


@pytest.mark.parametrize("option", ["", "3", "x"])
def test_no_answer_is_no_answer(client: Client, experiment: Experiment, option: str) -> None:
    predict(client, experiment)
    response = answer(client, experiment, option)
    assert (response.status_code, "Pick one" in response.content.decode()) == (422, True)
    assert not CheckAnswer.objects.exists()


def test_nobody_sees_before_predicting(client: Client, experiment: Experiment) -> None:
    response = answer(client, experiment, 1)
    assert (response.status_code, "Predict first" in response.content.decode()) == (422, True)


@pytest.mark.parametrize("option", ["1", "nonsense"], ids=["answered", "refused"])
def test_a_plain_form_goes_back_to_the_experiment(client: Client, experiment: Experiment, option: str) -> None:
    predict(client, experiment)
    response = client.post(reverse("experiment_check", args=[experiment.pk]), {"option": option})
    assert (response.status_code, response["Location"]) == (302, experiment.get_absolute_url())


def test_an_option_that_is_no_longer_asked_keeps_its_text(client: Client, experiment: Experiment) -> None:
    predict(client, experiment)
    answer(client, experiment, 2)
    prediction = Prediction.objects.get()
    first, second = CHECK["options"]
    prediction.experiment.check_question = CHECK | {"options": [first, second | {"text": "81"}]}
    check = checks.look(prediction, simulations.solve(experiment.scenario())["exchange"])
    assert check is not None
    assert (check.chosen, check.answer and check.answer.option_text) == (None, "80")


def test_without_a_check_the_takeaway_follows_at_once(client: Client) -> None:
    experiment = make_experiment(takeaway="Remember *this*.")
    simulations.solve(experiment.scenario())
    assert "Remember" in predict(client, experiment)


@pytest.mark.parametrize(
    ("confidence", "stored"),
    [("50", 50), ("75", 75), ("95", 95), ("", None), ("60", None), ("x", None)],
)
def test_how_sure_a_learner_is_stands_beside_the_prediction(
    client: Client, experiment: Experiment, confidence: str, stored: int | None
) -> None:
    predict(client, experiment, confidence=confidence)
    assert Prediction.objects.get().confidence == stored


@pytest.mark.parametrize(("number", "right"), [(0, True), (1, False)], ids=["right", "wrong"])
def test_whether_it_was_right_is_stored_when_it_is_seen(
    client: Client, experiment: Experiment, number: int, right: bool
) -> None:
    predict(client, experiment, option=experiment.options.all()[number].pk)
    assert Prediction.objects.get().right is right


def test_what_was_right_stays_so_when_the_experiment_changes(client: Client, experiment: Experiment) -> None:
    predict(client, experiment)
    experiment.options.update(when={"client_sees": "timeout"})
    client.get(experiment.lesson.get_absolute_url())
    assert Prediction.objects.get().right is True


def test_before_the_result_it_is_not_known_whether_it_was_right(client: Client) -> None:
    predict(client, make_experiment())
    assert Prediction.objects.get().right is None


def test_a_refused_form_keeps_how_sure_the_learner_was(client: Client, experiment: Experiment) -> None:
    page = predict(client, experiment, option="", confidence="95")
    assert '<input type="radio" name="confidence" value="95" checked>' in page


def test_the_bench_says_how_often_the_same_sureness_was_right(client: Client, experiment: Experiment) -> None:
    predict(client, experiment, confidence="95")
    second = make_experiment(experiment.lesson, slug="second")
    page = predict(client, second, option=second.options.all()[1].pk, confidence="95")
    assert "When you said “certain” you were right in 1 of 2 predictions." in page


def test_a_guests_answer_goes_with_the_prediction(client: Client, experiment: Experiment) -> None:
    predict(client, experiment)
    answer(client, experiment, 1)
    assert CheckAnswer.objects.get().prediction.learner == Learner.objects.get()


def test_how_sure_one_is_is_asked_for_the_first_prediction_only(client: Client, experiment: Experiment) -> None:
    first = client.get(experiment.lesson.get_absolute_url()).content.decode()
    predict(client, experiment)
    again = client.post(reverse("experiment_again", args=[experiment.pk]), **HTMX).content.decode()
    assert ["How sure are you?" in page for page in (first, again)] == [True, False]
