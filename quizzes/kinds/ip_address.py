"""The learner types an IP address. It is compared as an address, not as text."""

from __future__ import annotations

import ipaddress
import re
from fractions import Fraction
from typing import Any

from pydantic import Field, field_validator, model_validator

from quizzes.kinds.base import (
    Exchange,
    Form,
    InvalidAnswerError,
    Kind,
    Outcome,
    QuestionSpec,
    Response,
    Result,
    Strict,
    Text,
    UngradableQuestionError,
)
from quizzes.kinds.facts import value_at

LONGEST_ANSWER = 60
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
FOUR_NUMBERS = re.compile(r"^\d+(\.\d+){3}$")


class AddressSource(Strict):
    """An address that the author writes (`value`) or that the engine finds (`path` into the exchange)."""

    value: str | None = None
    path: Text | None = None

    @field_validator("value")
    @classmethod
    def is_an_address(cls, value: str | None) -> str | None:
        return value if value is None else str(ipaddress.ip_address(value))

    @model_validator(mode="after")
    def one_source(self) -> AddressSource:
        if (self.value is None) == (self.path is None):
            raise ValueError("give either value: an IP address, or path: into the exchange")
        return self


class Mistake(AddressSource):
    explanation: Text


class IpAddressSpec(QuestionSpec):
    answer: AddressSource
    mistakes: tuple[Mistake, ...] = Field(default=(), max_length=12)
    explanation: Text

    @property
    def expectations(self) -> tuple[str, ...]:
        answer = ("answer.path",) if self.answer.path else ()
        return answer + tuple(f"mistakes[{i}].path" for i, mistake in enumerate(self.mistakes) if mistake.path)


class IpAddress(Kind[IpAddressSpec]):
    """A response is {"text": what was typed}."""

    name = "ip_address"
    label = "IP address"
    rule = "Type one IPv4 or IPv6 address, without a port or a prefix length."
    template = "quizzes/kinds/_ip_address.html"
    spec_type = IpAddressSpec

    def present(self, spec: IpAddressSpec, response: Response, seed: str) -> dict[str, Any]:
        return {"text": response.get("text", ""), "longest": LONGEST_ANSWER}

    def read(self, spec: IpAddressSpec, form: Form, field: str, seed: str) -> Response:
        text = next(iter(form.get(field, ())), "").strip()[:LONGEST_ANSWER]
        return {"text": text} if text else {}

    def answered(self, response: Response) -> bool:
        return bool(response.get("text"))

    def check(self, spec: IpAddressSpec, response: Response) -> None:
        if self.answered(response):
            parse_address(response["text"])

    def describe(self, spec: IpAddressSpec, response: Response) -> str:
        return str(parse_address(response["text"])) if self.answered(response) else ""

    def grade(self, spec: IpAddressSpec, response: Response, exchange: Exchange | None) -> Result:
        given = parse_address(response["text"]) if self.answered(response) else None
        solution = resolve(spec.answer, "answer", exchange)
        mistakes = tuple(
            (resolve(mistake, f"mistakes[{index}]", exchange), mistake.explanation)
            for index, mistake in enumerate(spec.mistakes)
        )
        if any(address == solution for address, _ in mistakes):
            raise UngradableQuestionError(f"mistakes: one of them is the right answer, {solution}")
        outcomes = [Outcome(f"`{solution}`", given == solution, True, spec.explanation)]
        outcomes += [Outcome(f"`{address}`", given == address, False, why) for address, why in mistakes]
        return Result(Fraction(int(given == solution)), str(given or ""), tuple(outcomes))


def parse_address(text: str) -> Address:
    """Raises InvalidAnswerError that says what to change."""
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        raise InvalidAnswerError(what_is_wrong(text)) from None


def what_is_wrong(text: str) -> str:
    if "/" in text:
        return f"“{text}” has a prefix length. Give the address alone: “{text.split('/')[0]}”."
    if text.startswith("["):
        return f"“{text}” is in brackets, as in a URL. Give the address alone."
    if text.count(".") == 3 and text.count(":") == 1:
        return f"“{text}” has a port. Give the address alone: “{text.split(':')[0]}”."
    if FOUR_NUMBERS.match(text) and all(int(part) < 256 for part in text.split(".")):
        return f"“{text}” has a number with a leading zero, which some programs read as octal. Leave the zero out."
    return f"“{text}” is not an IP address. IPv4 looks like 10.0.0.1, IPv6 like 2001:db8::1."


def resolve(source: AddressSource, key: str, exchange: Exchange | None) -> Address:
    """The address that a source means. Raises UngradableQuestionError naming the key."""
    if source.path is None:
        return ipaddress.ip_address(source.value or "")
    if exchange is None:
        raise UngradableQuestionError(f"{key}.path: there is no traced packet to read it from")
    value = value_at(source.path, exchange, f"{key}.path")
    try:
        return ipaddress.ip_address(value)
    except ValueError:
        raise UngradableQuestionError(f"{key}.path: {source.path} is {value!r}, not an IP address") from None
