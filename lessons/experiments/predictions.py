"""Predict, observe, explain: the prediction is stored first, then the packet is sent, then the option is explained."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any, Literal

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lessons import phrases, progress
from lessons.content.schema import ContentError
from lessons.experiments import calibration, checks
from lessons.experiments.calibration import Level
from lessons.experiments.checks import Check
from lessons.models import Confidence, Experiment, Learner, Prediction, PredictionOption, SimulationRun
from lessons.runs import expectations, simulations
from lessons.runs.polling import WAIT_SECONDS, poll_delay
from lessons.runs.scenarios import Scenario

UNREACHABLE = gettext_lazy(
    "The simulator cannot be reached. Your prediction is stored and nothing is lost: send the packet again in a moment."
)
NO_ANSWER = gettext_lazy(
    "The simulator has not answered yet; it is busy or stopped. Your prediction is stored and your packet stays in "
    "the queue: the result appears here as soon as it is there. You can also send it again."
)
FAILED = gettext_lazy("The simulator could not run this experiment. {error}")
NOT_READY = gettext_lazy("This experiment is not ready to run: {error}")

State = Literal["ask", "pending", "shown", "unavailable"]


class PredictionError(Exception):
    """What was posted is no prediction for this experiment; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One option after the packet moved. `right` is the engine's word."""

    option: PredictionOption
    chosen: bool
    right: bool


@dataclass(frozen=True, slots=True)
class Bench:
    """One experiment as one learner sees it now. The fields are what templates/lessons/_experiment.html gets.

    drawing: the run that drew the cluster, for a bench without a result; round: the round that the form predicts for;
    confidence: what the form offers as chosen; standing: how often the learner was right when as sure as this time;
    check: what is asked after the packet moved; poll: how often the page has asked for the result; poll_ms: when it
    asks again, None for never.
    """

    experiment: Experiment
    options: tuple[PredictionOption, ...]
    state: State
    round: int = 1
    prediction: Prediction | None = None
    chosen: PredictionOption | None = None
    run: SimulationRun | None = None
    result: dict[str, Any] | None = None
    drawing: SimulationRun | None = None
    diagram: dict[str, Any] | None = None
    outcomes: tuple[Outcome, ...] = ()
    confidence: int | None = None
    standing: Level | None = None
    check: Check | None = None
    poll: int = 0
    poll_ms: int | None = None
    message: str = ""

    def context(self) -> dict[str, Any]:
        """The fields by name; figure_id, which tells the figures of a page apart; and how sure one can be."""
        return {field.name: getattr(self, field.name) for field in fields(self)} | {
            "figure_id": figure_id(self.experiment),
            "confidences": Confidence.choices,
            "playback_run": self.run if self.result else self.drawing,
        }


def predict(
    learner: Learner, experiment: Experiment, option_id: int, round_number: int, confidence: int | None = None
) -> Bench:
    """Stores the prediction, sends the packet, and gives the worker a moment to answer.

    `confidence` is one of Confidence, None for a learner who did not say. A round that is predicted already keeps its
    first prediction, so a double click counts once. Raises PredictionError when the option is not this experiment's.
    """
    option = PredictionOption.objects.filter(experiment=experiment, pk=option_id).first()
    if option is None:
        raise PredictionError(_("Pick one of the answers, then send the packet."))
    with transaction.atomic():
        prediction, created = Prediction.objects.get_or_create(
            learner=learner,
            experiment=experiment,
            round=max(1, min(round_number, _last_round(learner, experiment) + 1)),
            defaults={"option": option, "option_text": option.text, "confidence": confidence},
        )
        if created:
            progress.record_prediction(learner, experiment)
    return _observe(prediction, simulations.request_trace, WAIT_SECONDS)


def observe(learner: Learner, experiment: Experiment, *, poll: int = 0, wait_seconds: float = 0.0) -> Bench:
    """The bench as it is now: a question for who has not predicted, else the run, which is requested if need be."""
    prediction = _last_prediction(learner, experiment)
    if prediction is None:
        return ask(experiment, learner)
    return _observe(prediction, simulations.request_trace, wait_seconds, poll)


def send_again(learner: Learner, experiment: Experiment) -> Bench:
    """The retry button: the same prediction, and a worker is told again."""
    prediction = _last_prediction(learner, experiment)
    if prediction is None:
        return ask(experiment, learner)
    return _observe(prediction, lambda scenario: simulations.retry(SimulationRun.Kind.TRACE, scenario), WAIT_SECONDS)


def ask(experiment: Experiment, learner: Learner | None, *, message: str = "", confidence: int | None = None) -> Bench:
    """The question, for the round after the learner's last one. `confidence` is kept from a form that was refused."""
    drawing, problem = _known_drawing(experiment)
    return Bench(
        experiment=experiment,
        options=tuple(experiment.options.all()),
        state="unavailable" if problem else "ask",
        round=_last_round(learner, experiment) + 1,
        drawing=drawing,
        diagram=_diagram_of(drawing),
        message=problem or message,
        confidence=confidence,
    )


def diagram(experiment: Experiment, *, wait_seconds: float = WAIT_SECONDS) -> tuple[dict[str, Any] | None, str]:
    """The picture of the experiment's cluster and "", or None and why not; "" also while it is being drawn."""
    try:
        run = simulations.wait_for(simulations.request_diagram(experiment.scenario()), wait_seconds)
    except ContentError as error:
        return None, NOT_READY.format(error=error)
    except simulations.SimulatorUnavailableError:
        return None, _("The picture cannot be drawn now: the simulator cannot be reached.")
    if run.state == SimulationRun.State.FAILED:
        return None, _("The picture cannot be drawn. {error}").format(error=phrases.shown(run.error))
    if run.result is None:
        late = _("The simulator has not answered yet; it is busy or stopped.")
        return None, late if simulations.is_overdue(run) else ""
    return run.result["diagram"], ""


def figure_id(experiment: Experiment) -> str:
    return f"experiment-{experiment.pk}"


def explain(experiment: Experiment, exchange: dict[str, Any], chosen: PredictionOption | None) -> tuple[Outcome, ...]:
    """Every option with the engine's verdict, and which one was chosen."""
    return tuple(
        Outcome(option=option, chosen=option == chosen, right=expectations.holds(option.when, exchange))
        for option in experiment.options.all()
    )


def _observe(
    prediction: Prediction, request: Callable[[Scenario], SimulationRun], wait_seconds: float, poll: int = 0
) -> Bench:
    experiment = prediction.experiment
    try:
        run = simulations.wait_for(request(experiment.scenario()), wait_seconds)
    except ContentError as error:
        return _bench(prediction, "unavailable", message=NOT_READY.format(error=error))
    except simulations.SimulatorUnavailableError as error:
        delay = poll_delay(poll, slow=True)
        return _bench(prediction, "unavailable", run=error.run, message=UNREACHABLE, poll=poll, poll_ms=delay)
    if run.state == SimulationRun.State.FAILED:
        return _bench(prediction, "unavailable", run=run, message=FAILED.format(error=phrases.shown(run.error)))
    if run.result is not None:
        return _shown(prediction, run, run.result)
    if simulations.is_overdue(run):
        delay = poll_delay(poll, slow=True)
        return _bench(prediction, "unavailable", run=run, message=NO_ANSWER, poll=poll, poll_ms=delay)
    return _bench(prediction, "pending", run=run, poll=poll, poll_ms=poll_delay(poll, slow=False))


def _shown(prediction: Prediction, run: SimulationRun, result: dict[str, Any]) -> Bench:
    outcomes = explain(prediction.experiment, result["exchange"], prediction.option)
    _record_outcome(prediction, outcomes)
    return _bench(
        prediction,
        "shown",
        run=run,
        result=result,
        diagram=result["diagram"],
        outcomes=outcomes,
        standing=calibration.standing(prediction) if prediction.confidence else None,
        check=checks.look(prediction, result["exchange"]),
    )


def _record_outcome(prediction: Prediction, outcomes: tuple[Outcome, ...]) -> None:
    """Whether the prediction was right, as first seen: what is changed in the experiment later does not touch it."""
    chosen = next((outcome for outcome in outcomes if outcome.chosen), None)
    if prediction.right is None and chosen is not None:
        prediction.right = chosen.right
        prediction.save(update_fields=["right"])


def _bench(prediction: Prediction, state: State, **values: Any) -> Bench:
    experiment = prediction.experiment
    if "diagram" not in values:
        drawing = _known_drawing(experiment)[0]
        values |= {"drawing": drawing, "diagram": _diagram_of(drawing)}
    return Bench(
        experiment=experiment,
        options=tuple(experiment.options.all()),
        state=state,
        round=prediction.round,
        prediction=prediction,
        chosen=prediction.option,
        **values,
    )


def _known_drawing(experiment: Experiment) -> tuple[SimulationRun | None, str]:
    """The run that drew the picture if it was drawn before, and why the experiment cannot run, or ""."""
    try:
        run = simulations.find(SimulationRun.Kind.DIAGRAM, experiment.scenario())
    except ContentError as error:
        return None, NOT_READY.format(error=error)
    return (run if run and run.result else None), ""


def _diagram_of(drawing: SimulationRun | None) -> dict[str, Any] | None:
    return drawing.result["diagram"] if drawing and drawing.result else None


def _last_prediction(learner: Learner, experiment: Experiment) -> Prediction | None:
    return Prediction.objects.filter(learner=learner, experiment=experiment).order_by("-round").first()


def _last_round(learner: Learner | None, experiment: Experiment) -> int:
    if learner is None:
        return 0
    rounds = Prediction.objects.filter(learner=learner, experiment=experiment)
    return rounds.aggregate(last=Max("round"))["last"] or 0
