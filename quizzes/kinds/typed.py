"""What kinds share whose answer is typed: sources of values, known mistakes, a comparison of values, not of texts."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from fractions import Fraction
from typing import Annotated, Any, TypeVar

from django.utils.translation import gettext
from pydantic import AfterValidator, Field, model_validator

from quizzes.errors import InvalidAnswerError, Problem, UngradableQuestionError
from quizzes.kinds.base import Exchange, Form, Kind, Outcome, QuestionSpec, Response, Result, Strict, Text, code_span
from quizzes.kinds.facts import value_at

LONGEST_ANSWER = 60


def is_written(value: Any) -> Any:
    """A value that an author writes is text or a number."""
    if isinstance(value, bool) or not isinstance(value, str | int | float | None):
        raise ValueError(gettext("write text or a number; a parameter of a variant stands in quotes"))
    return value


class Source(Strict):
    """A value that the author writes (`value`) or that the engine finds (`path` into its document)."""

    value: Annotated[Any, AfterValidator(is_written)] = None
    path: Text | None = None

    @model_validator(mode="after")
    def one_source(self) -> Source:
        if (self.value is None) == (self.path is None):
            raise ValueError(gettext("give either value: what is right, or path: into the document of the engine"))
        return self

    def read(self, key: str, exchange: Exchange | None) -> Any:
        """What is written or found. Raises UngradableQuestionError that names the key."""
        if self.path is None:
            return self.value
        if exchange is None:
            raise UngradableQuestionError(
                gettext("{key}.path: there is no traced packet to read it from").format(key=key)
            )
        return value_at(self.path, exchange, f"{key}.path")


class Mistake(Source):
    explanation: Text


class TypedSpec(QuestionSpec):
    answer: Source
    mistakes: tuple[Mistake, ...] = Field(default=(), max_length=12)
    explanation: Text

    @property
    def expectations(self) -> tuple[str, ...]:
        answer = ("answer.path",) if self.answer.path else ()
        return answer + tuple(f"mistakes[{i}].path" for i, mistake in enumerate(self.mistakes) if mistake.path)


TypedT = TypeVar("TypedT", bound=TypedSpec)


class TypedKind(Kind[TypedT]):
    """A response is {"text": what was typed}. A subclass says how its type of value is read, shown and compared."""

    template = "quizzes/kinds/_typed.html"
    result_template = "quizzes/kinds/_typed_result.html"
    placeholder = ""

    @abstractmethod
    def parse(self, spec: TypedT, text: str) -> Any:
        """The value of a typed text. Raises InvalidAnswerError that says what to change."""

    @abstractmethod
    def noun(self, spec: TypedT) -> str:
        """What a value is, for authors: “an IP address”."""

    def fact(self, spec: TypedT, raw: Any) -> Any:
        """The value of what an author wrote or the engine found. Raises InvalidAnswerError."""
        return self.parse(spec, str(raw))

    def shown(self, spec: TypedT, value: Any) -> str:
        return str(value)

    def same(self, spec: TypedT, one: Any, other: Any) -> bool:
        return bool(one == other)

    def field_label(self, spec: TypedT) -> str:
        return str(self.label)

    def problems(self, spec: TypedT) -> Iterator[Problem]:
        mistakes: list[tuple[tuple[str | int, ...], Source]] = [
            (("mistakes", index), mistake) for index, mistake in enumerate(spec.mistakes)
        ]
        for path, source in [(("answer",), spec.answer), *mistakes]:
            try:
                if source.path is None:
                    self.fact(spec, source.value)
            except InvalidAnswerError as error:
                yield (*path, "value"), gettext("is not {noun}: {problem}").format(noun=self.noun(spec), problem=error)

    def present(self, spec: TypedT, response: Response, seed: str) -> dict[str, Any]:
        return {
            "text": response.get("text", ""),
            "longest": LONGEST_ANSWER,
            "label": self.field_label(spec),
            "placeholder": self.placeholder,
        }

    def read(self, spec: TypedT, form: Form, field: str, seed: str) -> Response:
        text = typed_text(form, field, LONGEST_ANSWER)
        return {"text": text} if text else {}

    def answered(self, response: Response) -> bool:
        return bool(response.get("text"))

    def check(self, spec: TypedT, response: Response) -> None:
        if self.answered(response):
            self.parse(spec, response["text"])

    def invalid_forms(self, spec: TypedT, field: str) -> Iterator[dict[str, list[str]]]:
        yield {field: ["neither here nor there"]}
        yield {field: ["-"]}

    def describe(self, spec: TypedT, response: Response) -> str:
        return self.shown(spec, self.parse(spec, response["text"])) if self.answered(response) else ""

    def grade(self, spec: TypedT, response: Response, exchange: Exchange | None) -> Result:
        solution = self.resolve(spec, "answer", spec.answer, exchange)
        known = self.known_mistakes(spec, solution, exchange)
        given = self.parse(spec, response["text"]) if self.answered(response) else None
        right = given is not None and self.same(spec, given, solution)
        made = next(
            (i for i, (value, _) in enumerate(known) if given is not None and self.same(spec, given, value)), -1
        )
        outcomes = [Outcome(code_span(self.shown(spec, solution)), right, True, spec.explanation)]
        outcomes += [
            Outcome(code_span(self.shown(spec, value)), index == made, False, explanation)
            for index, (value, explanation) in enumerate(known)
        ]
        return Result(Fraction(int(right)), code_span(self.describe(spec, response)), tuple(outcomes))

    def solution(self, spec: TypedT, exchange: Exchange | None) -> Response:
        return {"text": self.shown(spec, self.resolve(spec, "answer", spec.answer, exchange))}

    def distractors(self, spec: TypedT, exchange: Exchange | None) -> Iterator[Response]:
        solution = self.resolve(spec, "answer", spec.answer, exchange)
        yield from ({"text": self.shown(spec, value)} for value, _ in self.known_mistakes(spec, solution, exchange))

    def known_mistakes(self, spec: TypedT, solution: Any, exchange: Exchange | None) -> list[tuple[Any, str]]:
        """Each mistake's value and explanation. Raises UngradableQuestionError for one that is right."""
        known: list[tuple[Any, str]] = []
        for index, mistake in enumerate(spec.mistakes):
            value = self.resolve(spec, f"mistakes[{index}]", mistake, exchange)
            if self.same(spec, value, solution):
                raise UngradableQuestionError(
                    gettext("mistakes[{index}]: is the right answer, {shown}").format(
                        index=index, shown=self.shown(spec, solution)
                    )
                )
            known.append((value, mistake.explanation))
        return known

    def resolve(self, spec: TypedT, key: str, source: Source, exchange: Exchange | None) -> Any:
        """The value that a source means. Raises UngradableQuestionError that names the key."""
        raw = source.read(key, exchange)
        try:
            return self.fact(spec, raw)
        except InvalidAnswerError:
            found = f"{key}.path: {source.path}" if source.path else f"{key}.value"
            raise UngradableQuestionError(
                gettext("{found} is {raw}, not {noun}").format(found=found, raw=repr(raw), noun=self.noun(spec))
            ) from None


def typed_text(form: Form, field: str, longest: int) -> str:
    """The first text posted under a field, without white space around, cut to its longest."""
    return next(iter(form.get(field, ())), "").strip()[:longest]
