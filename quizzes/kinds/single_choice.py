"""One option is right."""

from __future__ import annotations

from fractions import Fraction

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import model_validator

from quizzes.errors import InvalidAnswerError, UngradableQuestionError
from quizzes.kinds.base import Exchange, Response, Result
from quizzes.kinds.choices import ChoiceKind, ChoiceSpec, outcomes, right_options


class SingleChoiceSpec(ChoiceSpec):
    @model_validator(mode="after")
    def one_option_can_be_right(self) -> SingleChoiceSpec:
        certain = sum(option.correct is True for option in self.options)
        possible = certain + sum(option.when is not None for option in self.options)
        if certain > 1 or possible < 1:
            raise ValueError(
                _("options: exactly one is right, here {certain} say correct: true").format(
                    certain=certain or _("none")
                )
            )
        return self


class SingleChoice(ChoiceKind[SingleChoiceSpec]):
    name = "single_choice"
    label = gettext_lazy("Single choice")
    rule = gettext_lazy("Choose one.")
    spec_type = SingleChoiceSpec
    input_type = "radio"

    def check(self, spec: SingleChoiceSpec, response: Response) -> None:
        super().check(spec, response)
        if len(response.get("chosen", [])) > 1:
            raise InvalidAnswerError(_("Choose one option only."))

    def grade(self, spec: SingleChoiceSpec, response: Response, exchange: Exchange | None) -> Result:
        right = right_options(spec, exchange)
        if sum(right) != 1:
            which = ", ".join(f"options[{index}]" for index, is_right in enumerate(right) if is_right) or _(
                "none of them"
            )
            raise UngradableQuestionError(
                _("options: exactly one has to be right; the engine finds {which}").format(which=which)
            )
        chosen = response.get("chosen", [])
        fraction = Fraction(int(len(chosen) == 1 and right[chosen[0]]))
        return Result(fraction, self.describe(spec, response), outcomes(spec, response, right))
