"""Responses to shipped questions: of somebody who knows everything, and of people with misconceptions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from quizzes.kinds import Response
from quizzes.kinds.choices import ChoiceSpec, right_options
from quizzes.kinds.ip_address import IpAddressSpec, resolve
from quizzes.kinds.order_hops import OrderHopsSpec, traced_order
from tests.content.shipped import Question


def key(question: Question, facts: dict[str, Any] | None) -> Response:
    """The response of somebody who knows everything."""
    match question.spec:
        case ChoiceSpec() as spec:
            return {"chosen": [index for index, right in enumerate(right_options(spec, facts)) if right]}
        case IpAddressSpec() as spec:
            return {"text": str(resolve(spec.answer, "answer", facts))}
        case OrderHopsSpec() as spec:
            order = traced_order(spec, facts)
            return {"positions": [order.index(hop) + 1 for hop in range(len(order))]}
    raise TypeError(f"{question.slug}: nothing is known about {question.kind}")


def distractors(question: Question, facts: dict[str, Any] | None) -> Iterator[Response]:
    """What people answer who hold one of the misconceptions."""
    match question.spec:
        case ChoiceSpec() as spec:
            yield from ({"chosen": [i]} for i, right in enumerate(right_options(spec, facts)) if not right)
        case IpAddressSpec() as spec:
            yield from ({"text": str(resolve(mistake, "mistakes", facts))} for mistake in spec.mistakes)
        case OrderHopsSpec() as spec:
            backwards = list(reversed(traced_order(spec, facts)))
            yield {"positions": [backwards.index(hop) + 1 for hop in range(len(backwards))]}
