"""The prediction is stored before anything else happens, once a round; then the chosen option is explained."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connection

from lessons.experiments import predictions
from lessons.models import Experiment, Learner, LessonProgress, Prediction, SimulationRun
from lessons.runs import simulations
from tests.lessons.factories import make_experiment, make_lesson

NOBODY = {"probe": {"from": "pod/ops/nobody", "to": "svc/app/api"}}

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def experiment() -> Experiment:
    return make_experiment()


@pytest.fixture
def learner(db: None) -> Learner:
    return Learner.objects.create()


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """No worker runs in these tests, so there is nothing to wait for."""
    monkeypatch.setattr(predictions, "WAIT_SECONDS", 0.0)


def option_of(experiment: Experiment, number: int) -> int:
    return experiment.options.all()[number - 1].pk


def perform_all() -> None:
    for key in SimulationRun.objects.values_list("key", flat=True):
        simulations.perform(key)


def test_the_prediction_is_stored_before_the_simulator_is_asked(
    learner: Learner, experiment: Experiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(scenario: object) -> None:
        assert Prediction.objects.filter(learner=learner, option_text="A connection").exists()
        raise ConnectionResetError

    monkeypatch.setattr(simulations, "request_trace", dies)
    with pytest.raises(ConnectionResetError):
        predictions.predict(learner, experiment, option_of(experiment, 1), 1)
    assert Prediction.objects.count() == 1


def test_before_a_prediction_nothing_tells_what_is_right(learner: Learner, experiment: Experiment) -> None:
    simulations.solve(experiment.scenario())
    bench = predictions.observe(learner, experiment)
    assert (bench.state, bench.result, bench.outcomes, bench.prediction) == ("ask", None, (), None)


def test_a_prediction_without_an_answer_yet_is_pending(learner: Learner, experiment: Experiment) -> None:
    bench = predictions.predict(learner, experiment, option_of(experiment, 1), 1)
    assert (bench.state, bench.poll_ms, bench.outcomes) == ("pending", 300, ())


def test_the_answer_explains_every_option_and_marks_the_chosen_one(learner: Learner, experiment: Experiment) -> None:
    predictions.predict(learner, experiment, option_of(experiment, 2), 1)
    perform_all()
    bench = predictions.observe(learner, experiment)
    assert bench.state == "shown"
    assert [(outcome.option.text, outcome.chosen, outcome.right) for outcome in bench.outcomes] == [
        ("A connection", False, True),
        ("A refusal", True, False),
    ]


def test_a_double_click_is_one_prediction_and_the_first_one_counts(learner: Learner, experiment: Experiment) -> None:
    predictions.predict(learner, experiment, option_of(experiment, 1), 1)
    bench = predictions.predict(learner, experiment, option_of(experiment, 2), 1)
    assert (Prediction.objects.count(), bench.chosen.text if bench.chosen else "") == (1, "A connection")


@pytest.mark.services
def test_simultaneous_clicks_are_one_prediction(learner: Learner, experiment: Experiment) -> None:
    simulations.solve(experiment.scenario())
    option, together, seen = option_of(experiment, 1), threading.Barrier(5), []

    def click() -> None:
        together.wait()
        seen.append(predictions.predict(learner, experiment, option, 1).prediction)
        connection.close()

    threads = [threading.Thread(target=click) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 5
    assert len(set(seen)) == Prediction.objects.count() == 1


def test_predicting_again_keeps_the_old_prediction(learner: Learner, experiment: Experiment) -> None:
    predictions.predict(learner, experiment, option_of(experiment, 2), 1)
    assert predictions.ask(experiment, learner).round == 2
    bench = predictions.predict(learner, experiment, option_of(experiment, 1), 2)
    assert bench.round == 2
    assert list(learner.predictions.values_list("round", "option_text")) == [(1, "A refusal"), (2, "A connection")]


def test_a_round_cannot_be_skipped(learner: Learner, experiment: Experiment) -> None:
    assert predictions.predict(learner, experiment, option_of(experiment, 1), 99).round == 1


@pytest.mark.parametrize("whose", ["nobody's", "another experiment's"])
def test_an_option_must_be_of_this_experiment(learner: Learner, experiment: Experiment, whose: str) -> None:
    other = make_experiment(experiment.lesson, slug="second")
    pk = option_of(other, 1) if whose == "another experiment's" else 0
    with pytest.raises(predictions.PredictionError, match="Pick one of the answers"):
        predictions.predict(learner, experiment, pk, 1)
    assert not Prediction.objects.exists()


def test_two_learners_share_one_run(experiment: Experiment) -> None:
    for learner in (Learner.objects.create(), Learner.objects.create()):
        predictions.predict(learner, experiment, option_of(experiment, 1), 1)
    assert (Prediction.objects.count(), SimulationRun.objects.filter(kind="trace").count()) == (2, 1)


def test_an_option_that_was_removed_leaves_its_text_in_the_prediction(learner: Learner, experiment: Experiment) -> None:
    predictions.predict(learner, experiment, option_of(experiment, 2), 1)
    experiment.options.get(text="A refusal").delete()
    perform_all()
    bench = predictions.observe(learner, experiment)
    assert (bench.state, bench.chosen, bench.prediction and bench.prediction.option_text) == (
        "shown",
        None,
        "A refusal",
    )


@pytest.mark.parametrize(
    ("values", "message"),
    [
        pytest.param({"action": NOBODY}, "no Pod ops/nobody", id="refused"),
        pytest.param(
            {"action": {"probe": {"form": "pod/ops/client"}}}, "action: probe.from: is missing", id="malformed"
        ),
    ],
)
def test_an_experiment_that_cannot_run_says_why(learner: Learner, values: dict[str, Any], message: str) -> None:
    experiment = make_experiment(**values)
    predictions.predict(learner, experiment, option_of(experiment, 1), 1)
    perform_all()
    bench = predictions.observe(learner, experiment)
    assert bench.state == "unavailable"
    assert message in bench.message


def test_an_experiment_without_a_scene_says_so(learner: Learner) -> None:
    experiment = make_experiment(make_lesson(body=""))
    experiment.lesson.scene = None
    bench = predictions.ask(experiment, learner)
    assert (bench.state, "has no scene" in bench.message) == ("unavailable", True)


def test_a_lesson_is_completed_when_each_of_its_experiments_is_predicted(learner: Learner) -> None:
    lesson = make_lesson()
    experiments = [make_experiment(lesson, slug=slug) for slug in ("first", "second")]
    for experiment, completed in zip(experiments, (False, True), strict=True):
        predictions.predict(learner, experiment, option_of(experiment, 1), 1)
        assert (LessonProgress.objects.get().completed_at is not None) is completed
