"""The learner says what the client sees. What there is to choose from is always the same, and the engine decides."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from lessons import phrases
from quizzes.errors import InvalidAnswerError, UngradableQuestionError
from quizzes.kinds.base import (
    Exchange,
    Form,
    Kind,
    Outcome,
    QuestionSpec,
    Response,
    Result,
    Strict,
    Text,
    shown_positions,
)
from quizzes.kinds.facts import value_at

WORDS = {
    "connected": gettext_noop("Connected: an answer comes back"),
    "refused": gettext_noop("Refused: the answer is that nobody listens, or that it is not allowed"),
    "timeout": gettext_noop("Timeout: nothing comes back"),
    "unreachable": gettext_noop("Unreachable: an ICMP error says that there is no way"),
    "reset": gettext_noop("Reset: the connection is there, then it is broken off"),
}
phrases.register(*WORDS.values())
VERDICTS = tuple(WORDS)


class Explanations(Strict):
    """For each verdict why it is the one, or why it is not."""

    connected: Text
    refused: Text
    timeout: Text
    unreachable: Text
    reset: Text


class VerdictSpec(QuestionSpec):
    explanations: Explanations

    @property
    def expectations(self) -> tuple[str, ...]:
        return ("explanations",)


class Verdict(Kind[VerdictSpec]):
    """A response is {"verdict": a word of VERDICTS}."""

    name = "verdict"
    label = gettext_lazy("What does the client see?")
    rule = gettext_lazy("Choose one. The packet is sent and decides.")
    keys = gettext_lazy("explanations: connected, refused, timeout, unreachable, reset")
    template = "quizzes/kinds/_choice.html"
    result_template = "quizzes/kinds/_options_result.html"
    spec_type = VerdictSpec

    def present(self, spec: VerdictSpec, response: Response, seed: str) -> dict[str, Any]:
        options = [
            {"value": number, "text": _(WORDS[word]), "chosen": response.get("verdict") == word}
            for number, word in enumerate(VERDICTS)
        ]
        return {"input_type": "radio", "options": options}

    def read(self, spec: VerdictSpec, form: Form, field: str, seed: str) -> Response:
        chosen = shown_positions(form, field, len(VERDICTS))
        if len(chosen) > 1:
            raise InvalidAnswerError(_("Choose one option only."))
        return {"verdict": VERDICTS[chosen[0]]} if chosen else {}

    def answered(self, response: Response) -> bool:
        return bool(response.get("verdict"))

    def check(self, spec: VerdictSpec, response: Response) -> None:
        """Whatever `read` lets through can be graded."""

    def invalid_forms(self, spec: VerdictSpec, field: str) -> Iterator[dict[str, list[str]]]:
        yield {field: [str(len(VERDICTS))]}
        yield {field: ["0", "1"]}

    def describe(self, spec: VerdictSpec, response: Response) -> str:
        if not self.answered(response):
            return ""
        words = WORDS[response["verdict"]]
        return _(words)

    def grade(self, spec: VerdictSpec, response: Response, exchange: Exchange | None) -> Result:
        right, chosen = seen_by_client(exchange), response.get("verdict")
        outcomes = tuple(
            Outcome(words, word == chosen, word == right, getattr(spec.explanations, word))
            for word, words in WORDS.items()
        )
        return Result(Fraction(int(chosen == right)), self.describe(spec, response), outcomes)

    def solution(self, spec: VerdictSpec, exchange: Exchange | None) -> Response:
        return {"verdict": seen_by_client(exchange)}

    def distractors(self, spec: VerdictSpec, exchange: Exchange | None) -> Iterator[Response]:
        right = seen_by_client(exchange)
        yield from ({"verdict": word} for word in VERDICTS if word != right)


def seen_by_client(exchange: Exchange | None) -> str:
    """What the client sees, a word of VERDICTS. Raises UngradableQuestionError."""
    if exchange is None:
        raise UngradableQuestionError(_("explanations: there is no traced packet that decides"))
    word = value_at("client_sees", exchange, "explanations")
    if word not in WORDS:
        raise UngradableQuestionError(
            _("explanations: client_sees is {word}, not one of {known}").format(
                word=repr(word), known=", ".join(VERDICTS)
            )
        )
    return str(word)
