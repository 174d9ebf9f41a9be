"""The kinds of questions. A new kind is one module here, one line in KINDS and two templates.

`parse_spec` turns an author's data into a specification; everything else about a question goes through its Kind.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext
from pydantic import ValidationError

from lessons.content.schema import causes, plainly
from quizzes.errors import InvalidSpecError
from quizzes.kinds.base import Kind, QuestionSpec, Response, Result
from quizzes.kinds.click_device import ClickDevice
from quizzes.kinds.decisive_command import DecisiveCommand
from quizzes.kinds.fill import Fill
from quizzes.kinds.ip_address import IpAddress
from quizzes.kinds.match import Match
from quizzes.kinds.multiple_choice import MultipleChoice
from quizzes.kinds.network import Network
from quizzes.kinds.number import Number
from quizzes.kinds.order_hops import OrderHops
from quizzes.kinds.predict_packet import PredictPacket
from quizzes.kinds.short_text import ShortText
from quizzes.kinds.single_choice import SingleChoice
from quizzes.kinds.verdict import Verdict
from quizzes.kinds.write_yaml import WriteYaml

__all__ = [
    "KINDS",
    "Kind",
    "QuestionSpec",
    "Response",
    "Result",
    "parse_spec",
]

KINDS: dict[str, Kind[Any]] = {
    kind.name: kind
    for kind in (
        SingleChoice(),
        MultipleChoice(),
        Verdict(),
        Number(),
        IpAddress(),
        Network(),
        ShortText(),
        Fill(),
        Match(),
        OrderHops(),
        ClickDevice(),
        PredictPacket(),
        DecisiveCommand(),
        WriteYaml(),
    )
}


def parse_spec(kind: str, data: Mapping[str, Any]) -> QuestionSpec:
    """The specification of a question. Raises InvalidSpecError that names every wrong key."""
    if kind not in KINDS:
        raise InvalidSpecError.at(
            ("kind",), gettext("is {kind}; it must be one of {known}").format(kind=repr(kind), known=", ".join(KINDS))
        )
    try:
        spec: QuestionSpec = KINDS[kind].spec_type.model_validate(data)
    except ValidationError as error:
        raise InvalidSpecError(tuple((entry["loc"], problem(entry)) for entry in causes(error))) from None
    if problems := tuple(KINDS[kind].problems(spec)):
        raise InvalidSpecError(problems)
    return spec


def problem(entry: Mapping[str, Any]) -> str:
    """One of pydantic's errors in the words of an author."""
    if entry["type"] == "extra_forbidden":
        return gettext("is not a key of this kind of question")
    return plainly(entry)
