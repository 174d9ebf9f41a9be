"""Any number of options is right, at least one. A wrong choice takes back what a right one earned."""

from __future__ import annotations

from fractions import Fraction

from django.utils.translation import gettext, gettext_lazy, gettext_noop
from pydantic import model_validator

from lessons import phrases
from quizzes.errors import UngradableQuestionError
from quizzes.kinds.base import Exchange, Response, Result
from quizzes.kinds.choices import ChoiceKind, ChoiceSpec, outcomes, right_options

FOUND = gettext_noop("You found {hits} of {all} that are right, and chose {misses} that are wrong.")
phrases.register(FOUND)


class MultipleChoiceSpec(ChoiceSpec):
    @model_validator(mode="after")
    def some_option_can_be_right(self) -> MultipleChoiceSpec:
        if not any(option.correct or option.when is not None for option in self.options):
            raise ValueError(gettext("options: at least one is right, here none says correct: true or when:"))
        return self


class MultipleChoice(ChoiceKind[MultipleChoiceSpec]):
    name = "multiple_choice"
    label = gettext_lazy("Multiple choice")
    rule = gettext_lazy(
        "Choose all that are right. Each right choice earns its share of the points, "
        "each wrong choice takes one share back; never less than zero."
    )
    spec_type = MultipleChoiceSpec
    input_type = "checkbox"

    def grade(self, spec: MultipleChoiceSpec, response: Response, exchange: Exchange | None) -> Result:
        right = right_options(spec, exchange)
        if not any(right):
            raise UngradableQuestionError(
                gettext("options: at least one has to be right; the engine finds none of them")
            )
        chosen = response.get("chosen", [])
        hits = sum(right[index] for index in chosen)
        misses = len(chosen) - hits
        fraction = max(Fraction(0), Fraction(hits - misses, sum(right)))
        remark = FOUND.format(hits=hits, all=sum(right), misses=misses)
        marked = outcomes(spec, response, right)
        return Result(fraction, self.describe(spec, response), marked, remark if chosen else "")
