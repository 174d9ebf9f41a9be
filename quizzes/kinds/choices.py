"""What the two kinds of choice share: options, their order on the screen, and which of them are right."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import Field, model_validator

from lessons.content.content_schema import ConditionMapping
from quizzes.errors import InvalidAnswerError, UngradableQuestionError
from quizzes.kinds.base import (
    Exchange,
    Form,
    Kind,
    Outcome,
    QuestionSpec,
    Response,
    Strict,
    Text,
    same_place,
    shown_positions,
)
from quizzes.kinds.facts import holds
from quizzes.seeds import shuffled


class Option(Strict):
    """An option is right when the author says so (`correct`) or when the engine does (`when`: path → value)."""

    text: Text
    explanation: Text
    correct: bool | None = None
    when: ConditionMapping | None = None

    @model_validator(mode="after")
    def one_judge(self) -> Option:
        if (self.correct is None) == (self.when is None):
            raise ValueError(_("give either correct: true or false, or when: with facts that the engine checks"))
        return self


class ChoiceSpec(QuestionSpec):
    options: tuple[Option, ...] = Field(min_length=2, max_length=12)

    @property
    def expectations(self) -> tuple[str, ...]:
        return tuple(f"options[{index}].when" for index, option in enumerate(self.options) if option.when is not None)

    @model_validator(mode="after")
    def options_differ(self) -> ChoiceSpec:
        texts = [option.text for option in self.options]
        for index, text in enumerate(texts):
            if text in texts[:index]:
                raise ValueError(
                    _("options[{index}].text: is the same as options[{index2}].text").format(
                        index=index, index2=texts.index(text)
                    )
                )
        return self


ChoiceT = TypeVar("ChoiceT", bound=ChoiceSpec)


class ChoiceKind(Kind[ChoiceT]):
    """A response is {"chosen": [indexes into the specification's options, ascending]}."""

    keys = gettext_lazy("options: text, explanation, and correct: true or false, or when: a condition")
    template = "quizzes/kinds/_choice.html"
    result_template = "quizzes/kinds/_options_result.html"
    input_type: str

    def present(self, spec: ChoiceT, response: Response, seed: str) -> dict[str, Any]:
        chosen = response.get("chosen", [])
        order = shuffled(len(spec.options), seed)
        return {
            "input_type": self.input_type,
            "options": [
                {"value": shown, "text": spec.options[index].text, "chosen": index in chosen}
                for shown, index in enumerate(order)
            ],
        }

    def read(self, spec: ChoiceT, form: Form, field: str, seed: str) -> Response:
        order = shuffled(len(spec.options), seed)
        chosen = {order[shown] for shown in shown_positions(form, field, len(order))}
        return {"chosen": sorted(chosen)} if chosen else {}

    def answered(self, response: Response) -> bool:
        return bool(response.get("chosen"))

    def check(self, spec: ChoiceT, response: Response) -> None:
        if any(index not in range(len(spec.options)) for index in response.get("chosen", [])):
            raise InvalidAnswerError(_("The options of this question have changed. Choose again."))

    def invalid_forms(self, spec: ChoiceT, field: str) -> Iterator[dict[str, list[str]]]:
        yield {field: [str(len(spec.options))]}
        yield {field: ["-1"]}

    def describe(self, spec: ChoiceT, response: Response) -> str:
        return "; ".join(spec.options[index].text for index in response.get("chosen", []))

    def carried(self, before: ChoiceT, after: ChoiceT, response: Response) -> Response:
        old, new = [option.text for option in before.options], [option.text for option in after.options]
        return {"chosen": sorted(same_place(old, new, index) for index in response["chosen"])} if response else {}

    def solution(self, spec: ChoiceT, exchange: Exchange | None) -> Response:
        return {"chosen": [index for index, right in enumerate(right_options(spec, exchange)) if right]}

    def distractors(self, spec: ChoiceT, exchange: Exchange | None) -> Iterator[Response]:
        yield from ({"chosen": [index]} for index, right in enumerate(right_options(spec, exchange)) if not right)


def right_options(spec: ChoiceSpec, exchange: Exchange | None) -> tuple[bool, ...]:
    """For each option whether it is right. Raises UngradableQuestionError that names the option's key."""
    return tuple(is_right(option, f"options[{index}].when", exchange) for index, option in enumerate(spec.options))


def is_right(option: Option, key: str, exchange: Exchange | None) -> bool:
    if option.when is None:
        return bool(option.correct)
    if exchange is None:
        raise UngradableQuestionError(_("{key}: there is no traced packet to check it against").format(key=key))
    return holds(option.when, exchange, key)


def outcomes(spec: ChoiceSpec, response: Response, right: tuple[bool, ...]) -> tuple[Outcome, ...]:
    chosen = response.get("chosen", [])
    return tuple(
        Outcome(option.text, index in chosen, right[index], option.explanation)
        for index, option in enumerate(spec.options)
    )
