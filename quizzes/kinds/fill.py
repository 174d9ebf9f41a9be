"""The learner fills the gaps of a rule, a route, a header or a command."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from fractions import Fraction
from typing import Annotated, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop
from pydantic import Field, StringConstraints, model_validator

from lessons import phrases
from quizzes.errors import IncompleteAnswerError, InvalidAnswerError, UngradableQuestionError
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
    Text,
    code_span,
    require_same_entries,
)
from quizzes.kinds.network import parse_mac
from quizzes.kinds.typed import LONGEST_ANSWER, Mistake, Source, typed_text

TYPED = gettext_noop("You typed: {text}")
phrases.register(TYPED)
GAP = re.compile(r"\{\{\s*([a-z][a-z0-9_]*)\s*\}\}")


class Blank(Source):
    """What belongs into a gap; `label` names the gap for learners, its key without it."""

    label: Annotated[str, StringConstraints(strip_whitespace=True, max_length=60)] = ""
    explanation: Text
    mistakes: tuple[Mistake, ...] = Field(default=(), max_length=8)


class FillSpec(QuestionSpec):
    text: Annotated[str, StringConstraints(strip_whitespace=False, min_length=1, max_length=5000)]
    blanks: dict[str, Blank] = Field(min_length=1, max_length=10)

    @property
    def expectations(self) -> tuple[str, ...]:
        places = ((f"blanks.{name}{place}", source) for name in self.blanks for place, source in self.sources(name))
        return tuple(f"{key}.path" for key, source in places if source.path)

    def sources(self, name: str) -> Iterator[tuple[str, Source]]:
        """The solution and the known mistakes of a gap, each with the rest of its key."""
        yield "", self.blanks[name]
        yield from known_mistakes(self.blanks[name])

    @property
    def gaps(self) -> tuple[str, ...]:
        """The names of the gaps in the order of the text."""
        return tuple(GAP.findall(self.text))

    @model_validator(mode="after")
    def every_gap_has_its_blank(self) -> FillSpec:
        gaps = self.gaps
        if twice := sorted({name for name in gaps if gaps.count(name) > 1}):
            raise ValueError(_("text: has the gap {{{{{twice}}}}} more than once").format(twice=twice[0]))
        if missing := [name for name in gaps if name not in self.blanks]:
            raise ValueError(_("blanks: has nothing for the gap {{{{{missing}}}}}").format(missing=missing[0]))
        if unused := [name for name in self.blanks if name not in gaps]:
            raise ValueError(_("text: has no gap {{{{{unused}}}}}").format(unused=unused[0]))
        return self

    def label(self, name: str) -> str:
        return self.blanks[name].label or name.replace("_", " ")


class Fill(Kind[FillSpec]):
    """A response is {"texts": {name of a gap: what was typed}}."""

    name = "fill"
    label = gettext_lazy("Fill the gaps")
    rule = gettext_lazy(
        "Fill every gap. Each right one earns its share of the points; upper and lower case make no difference."
    )
    keys = gettext_lazy("text with {{name}}; blanks: for each name value or path, label, explanation, mistakes")
    template = "quizzes/kinds/_fill.html"
    result_template = "quizzes/kinds/_parts_result.html"
    spec_type = FillSpec

    def present(self, spec: FillSpec, response: Response, seed: str) -> dict[str, Any]:
        typed = response.get("texts", {})
        segments: list[dict[str, Any]] = []
        for number, part in enumerate(GAP.split(spec.text.strip("\n"))):
            if number % 2 == 0:
                segments.append({"text": part})
            else:
                gap = {"gap": number // 2, "label": spec.label(part), "value": typed.get(part, "")}
                segments.append(gap)
        return {"segments": segments, "longest": LONGEST_ANSWER}

    def read(self, spec: FillSpec, form: Form, field: str, seed: str) -> Response:
        typed = {name: typed_text(form, f"{field}.{gap}", LONGEST_ANSWER) for gap, name in enumerate(spec.gaps)}
        texts = {name: text for name, text in typed.items() if text}
        return {"texts": texts} if texts else {}

    def answered(self, response: Response) -> bool:
        return bool(response.get("texts"))

    def check(self, spec: FillSpec, response: Response) -> None:
        if not self.answered(response):
            return
        if missing := [spec.label(name) for name in spec.gaps if name not in response["texts"]]:
            raise IncompleteAnswerError(
                _("Fill every gap; a guess costs nothing. Empty: %(gaps)s.") % {"gaps": ", ".join(missing)}
            )

    def invalid_forms(self, spec: FillSpec, field: str) -> Iterator[dict[str, list[str]]]:
        """One gap filled and the others empty, where there are others."""
        if len(spec.gaps) > 1:
            yield {f"{field}.0": ["-"]}

    def describe(self, spec: FillSpec, response: Response) -> str:
        """The text with what was typed, in one line."""
        if not self.answered(response):
            return ""
        return " ".join(GAP.sub(lambda gap: response["texts"].get(gap[1], "…"), spec.text).split())

    def carried(self, before: FillSpec, after: FillSpec, response: Response) -> Response:
        require_same_entries(before.gaps, after.gaps)
        return response

    def grade(self, spec: FillSpec, response: Response, exchange: Exchange | None) -> Result:
        typed = response.get("texts", {})
        outcomes = tuple(
            outcome(spec.label(name), spec.blanks[name], f"blanks.{name}", typed.get(name), exchange)
            for name in spec.gaps
        )
        hits = sum(each.right for each in outcomes)
        remark = HITS.format(hits=hits, all=len(outcomes))
        answer = code_span(self.describe(spec, response))
        return Result(Fraction(hits, len(outcomes)), answer, outcomes, remark if typed else "")

    def solution(self, spec: FillSpec, exchange: Exchange | None) -> Response:
        return {"texts": {name: resolve(spec.blanks[name], f"blanks.{name}", exchange) for name in spec.gaps}}

    def distractors(self, spec: FillSpec, exchange: Exchange | None) -> Iterator[Response]:
        """For every known mistake: it in its gap, and nonsense in the others."""
        for name, blank in spec.blanks.items():
            others = dict.fromkeys(spec.gaps, "-")
            for place, mistake in known_mistakes(blank):
                yield {"texts": others | {name: resolve(mistake, f"blanks.{name}{place}", exchange)}}


def outcome(label: str, blank: Blank, key: str, typed: str | None, exchange: Exchange | None) -> Outcome:
    """What belongs into a gap, and what the learner typed. Raises UngradableQuestionError."""
    solution = resolve(blank, key, exchange)
    reasons = {same_form(solution): ""}
    for place, mistake in known_mistakes(blank):
        value = resolve(mistake, f"{key}{place}", exchange)
        if same_form(value) == same_form(solution):
            raise UngradableQuestionError(
                _("{key}{place}: is the right answer, {solution}").format(key=key, place=place, solution=solution)
            )
        reasons.setdefault(same_form(value), mistake.explanation)
    right = typed is not None and same_form(typed) == same_form(solution)
    why = "" if typed is None else reasons.get(same_form(typed), "")
    note = "" if typed is None else RIGHT if right else TYPED.format(text=code_span(typed))
    explanation = "\n\n".join(text for text in (why, blank.explanation) if text)
    return Outcome(f"{label}: {code_span(solution)}", typed is not None, right, explanation, note)


def known_mistakes(blank: Blank) -> Iterator[tuple[str, Mistake]]:
    """Each with the rest of its key."""
    yield from ((f".mistakes[{index}]", mistake) for index, mistake in enumerate(blank.mistakes))


def resolve(source: Source, key: str, exchange: Exchange | None) -> str:
    """The text that a source means. Raises UngradableQuestionError that names the key."""
    value = source.read(key, exchange)
    if isinstance(value, bool) or not isinstance(value, str | int | float) or not str(value).strip():
        place = f"{key}.path: {source.path}" if source.path else f"{key}.value"
        raise UngradableQuestionError(
            _("{place} is {value}, nothing that one could type").format(place=place, value=repr(value))
        )
    return " ".join(str(value).split())


def same_form(text: str) -> str:
    """Equal for texts that mean the same: case and white space make no difference, nor do ways to write an address."""
    plain = " ".join(text.split()).casefold()
    for parse in (ipaddress.ip_address, ipaddress.ip_interface, parse_mac):
        try:
            return str(parse(plain))
        except (ValueError, InvalidAnswerError):
            continue
    return plain
