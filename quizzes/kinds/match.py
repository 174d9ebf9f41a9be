"""The learner finds the partner of every entry, among the partners of all and some that fit nothing."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Annotated, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop
from pydantic import Field, StringConstraints, model_validator

from lessons import phrases
from quizzes.errors import IncompleteAnswerError
from quizzes.kinds.base import (
    HITS,
    RIGHT,
    Exchange,
    Form,
    Kind,
    Outcome,
    QuestionSpec,
    Response,
    Result,
    Strict,
    Text,
    require_same_entries,
    same_place,
    shown_positions,
)
from quizzes.seeds import shuffled

CHOSEN = gettext_noop("Chosen: {text}")
phrases.register(CHOSEN)
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[^\n]+$")]


class Pair(Strict):
    left: Line
    right: Line
    explanation: Text


class MatchSpec(QuestionSpec):
    """`extra`: right-hand texts that fit nothing. Several pairs may have the same right-hand text."""

    pairs: tuple[Pair, ...] = Field(min_length=2, max_length=12)
    extra: tuple[Line, ...] = Field(default=(), max_length=8)

    @property
    def partners(self) -> tuple[str, ...]:
        """Every text that can be chosen, once, in the order of the specification."""
        return tuple(dict.fromkeys((*(pair.right for pair in self.pairs), *self.extra)))

    @model_validator(mode="after")
    def entries_differ(self) -> MatchSpec:
        lefts = [pair.left for pair in self.pairs]
        for index, left in enumerate(lefts):
            if left in lefts[:index]:
                raise ValueError(
                    _("pairs[{index}].left: is the same as pairs[{index2}].left").format(
                        index=index, index2=lefts.index(left)
                    )
                )
        for index, text in enumerate(self.extra):
            if text in self.extra[:index] or text in [pair.right for pair in self.pairs]:
                raise ValueError(_("extra[{index}]: is there already").format(index=index))
        if len(self.partners) < 2:
            raise ValueError(_("pairs: all have the same right, so there is nothing to choose; add extra"))
        return self


class Match(Kind[MatchSpec]):
    """A response is {"partners": [for each of the specification's pairs an index into `partners`, or null]}."""

    name = "match"
    label = gettext_lazy("Match pairs")
    rule = gettext_lazy("Choose a partner for each entry. Each right one earns its share of the points.")
    keys = gettext_lazy("pairs: left, right, explanation; extra: texts that fit nothing")
    template = "quizzes/kinds/_match.html"
    result_template = "quizzes/kinds/_parts_result.html"
    spec_type = MatchSpec

    def present(self, spec: MatchSpec, response: Response, seed: str) -> dict[str, Any]:
        chosen = response.get("partners") or [None] * len(spec.pairs)
        order = order_of_partners(spec, seed)
        return {
            "rows": [
                {
                    "value": shown,
                    "label": spec.pairs[index].left,
                    "chosen": None if chosen[index] is None else order.index(chosen[index]),
                }
                for shown, index in enumerate(shuffled(len(spec.pairs), seed))
            ],
            "partners": [{"value": shown, "text": spec.partners[index]} for shown, index in enumerate(order)],
        }

    def read(self, spec: MatchSpec, form: Form, field: str, seed: str) -> Response:
        order = order_of_partners(spec, seed)
        chosen: list[int | None] = [None] * len(spec.pairs)
        for shown, index in enumerate(shuffled(len(spec.pairs), seed)):
            posted = {f"{field}.{shown}": [value for value in form.get(f"{field}.{shown}", ())[:1] if value]}
            for position in shown_positions(posted, f"{field}.{shown}", len(order)):
                chosen[index] = order[position]
        return {"partners": chosen} if any(partner is not None for partner in chosen) else {}

    def answered(self, response: Response) -> bool:
        return bool(response.get("partners"))

    def check(self, spec: MatchSpec, response: Response) -> None:
        if not self.answered(response):
            return
        given = zip(spec.pairs, response["partners"], strict=True)
        if missing := [pair.left for pair, partner in given if partner is None]:
            raise IncompleteAnswerError(
                _("Choose a partner for each entry; a guess costs nothing. Without one: %(entries)s.")
                % {"entries": ", ".join(missing)}
            )

    def invalid_forms(self, spec: MatchSpec, field: str) -> Iterator[dict[str, list[str]]]:
        yield {f"{field}.0": ["0"]}
        yield {f"{field}.{pair}": [str(len(spec.partners))] for pair in range(len(spec.pairs))}

    def describe(self, spec: MatchSpec, response: Response) -> str:
        given = zip(spec.pairs, response.get("partners", []), strict=False)
        return "; ".join(
            f"{pair.left} → {'…' if partner is None else spec.partners[partner]}" for pair, partner in given
        )

    def carried(self, before: MatchSpec, after: MatchSpec, response: Response) -> Response:
        old, new = [pair.left for pair in before.pairs], [pair.left for pair in after.pairs]
        require_same_entries(old, new)
        given = response.get("partners") or [None] * len(old)
        moved = [None if partner is None else same_place(before.partners, after.partners, partner) for partner in given]
        return {"partners": [moved[old.index(left)] for left in new]} if response else {}

    def grade(self, spec: MatchSpec, response: Response, exchange: Exchange | None) -> Result:
        partners = response.get("partners") or [None] * len(spec.pairs)
        given = [None if partner is None else spec.partners[partner] for partner in partners]
        outcomes = tuple(outcome(pair, partner) for pair, partner in zip(spec.pairs, given, strict=True))
        hits = sum(each.right for each in outcomes)
        remark = HITS.format(hits=hits, all=len(outcomes))
        fraction = Fraction(hits, len(outcomes))
        return Result(fraction, self.describe(spec, response), outcomes, remark if self.answered(response) else "")

    def solution(self, spec: MatchSpec, exchange: Exchange | None) -> Response:
        return {"partners": [spec.partners.index(pair.right) for pair in spec.pairs]}

    def distractors(self, spec: MatchSpec, exchange: Exchange | None) -> Iterator[Response]:
        """For every other partner: all pairs that it does not fit have it, and the others the one after it."""
        count = len(spec.partners)
        right = [spec.partners.index(pair.right) for pair in spec.pairs]
        yield from (
            {"partners": [wrong if wrong != partner else (wrong + 1) % count for partner in right]}
            for wrong in range(count)
        )


def outcome(pair: Pair, given: str | None) -> Outcome:
    """A pair as it is, and what the learner had instead."""
    right = given == pair.right
    note = "" if given is None else RIGHT if right else CHOSEN.format(text=given)
    return Outcome(f"{pair.left} → {pair.right}", given is not None, right, pair.explanation, note)


def order_of_partners(spec: MatchSpec, seed: str) -> tuple[int, ...]:
    """The indexes of `partners` as they are shown."""
    return shuffled(len(spec.partners), f"{seed}/partners")
