"""“What did you see?”: asked once for each prediction, after the packet moved. The engine decides what is right.

look(prediction, exchange)             the check as it stands, None where the experiment asks nothing
answer(learner, experiment, number)    stores the answer to the learner's last prediction
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext

from lessons.models import CheckAnswer, Experiment, Learner, Prediction
from lessons.runs import expectations, simulations


class CheckError(Exception):
    """What was posted answers nothing; the message says what to do."""


@dataclass(frozen=True, slots=True)
class CheckOption:
    """`text` and `explanation` are Markdown; `right` is the engine's word, to be shown after the answer only."""

    number: int
    text: str
    explanation: str
    right: bool


@dataclass(frozen=True, slots=True)
class Check:
    """`chosen` None with an answer: the option that was picked is no longer asked."""

    question: str
    options: tuple[CheckOption, ...]
    answer: CheckAnswer | None = None

    @property
    def chosen(self) -> CheckOption | None:
        text = self.answer.option_text if self.answer else None
        return next((option for option in self.options if option.text == text), None)

    @property
    def right(self) -> CheckOption | None:
        return next((option for option in self.options if option.right), None)


def look(prediction: Prediction, exchange: Mapping[str, Any]) -> Check | None:
    """`exchange` is what the engine found for the prediction's experiment."""
    asked = prediction.experiment.check_question
    if not asked:
        return None
    options = tuple(
        CheckOption(number, option["text"], option["explanation"], expectations.holds(option["when"], exchange))
        for number, option in enumerate(asked["options"], start=1)
    )
    return Check(asked["question"], options, CheckAnswer.objects.filter(prediction=prediction).first())


def answer(learner: Learner, experiment: Experiment, number: int) -> Check:
    """The first answer counts, so a double click does no harm. Raises CheckError when there is nothing to answer."""
    prediction = Prediction.objects.filter(learner=learner, experiment=experiment).order_by("-round").first()
    if prediction is None:
        raise CheckError(gettext("Predict first, then watch the packet: this question is about what you saw."))
    run = simulations.find(simulations.Kind.TRACE, experiment.scenario())
    exchange = run.result["exchange"] if run and run.result else None
    check = look(prediction, exchange) if exchange else None
    if check is None:
        raise CheckError(gettext("The simulator has not answered yet. Reload the page, watch the packet, then answer."))
    option = next((option for option in check.options if option.number == number), None)
    if option is None:
        raise CheckError(gettext("Pick one of the answers."))
    values = {"option_text": option.text, "right": option.right}
    stored, _created = CheckAnswer.objects.get_or_create(prediction=prediction, defaults=values)
    return replace(check, answer=stored)
