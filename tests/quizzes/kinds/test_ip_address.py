"""IP addresses: compared as addresses; what is no address is explained and costs nothing."""

from __future__ import annotations

from typing import Any

import pytest

from quizzes.errors import InvalidAnswerError, InvalidSpecError, UngradableQuestionError
from quizzes.kinds import KINDS, parse_spec
from tests.quizzes.kinds.exchange import exchange

IP = KINDS["ip_address"]


def spec(answer: dict[str, str], *mistakes: dict[str, str], **keys: Any) -> Any:
    return parse_spec(
        "ip_address",
        {"prompt": "Which?", "explanation": "Because.", "answer": answer, "mistakes": list(mistakes), **keys},
    )


TRACED = spec(
    {"path": "seen_by_server.source_ip"},
    {"value": "10.96.0.50", "explanation": "The ClusterIP is never a source."},
    experiment="first",
)


@pytest.mark.parametrize(
    ("solution", "typed", "fraction"),
    [
        ("10.0.0.1", "10.0.0.1", 1),
        ("10.0.0.1", "10.0.0.2", 0),
        ("2001:db8::1", "2001:DB8:0:0:0:0:0:1", 1),
        ("2001:db8::1", "2001:0db8::0001", 1),
        ("2001:db8::1", "2001:db8::2", 0),
        ("10.0.0.1", "::ffff:10.0.0.1", 0),
    ],
    ids=["same", "other", "IPv6 in full, upper case", "IPv6 with zeros", "other IPv6", "mapped address is another one"],
)
def test_addresses_are_compared_not_texts(solution: str, typed: str, fraction: int) -> None:
    assert IP.grade(spec({"value": solution}), {"text": typed}, None).fraction == fraction


def test_the_engine_gives_the_answer() -> None:
    assert IP.grade(TRACED, {"text": "10.244.1.2"}, exchange()).fraction == 1


def test_a_known_mistake_is_told_why() -> None:
    outcomes = IP.grade(TRACED, {"text": "10.96.0.50"}, exchange()).outcomes
    assert [(o.text, o.chosen, o.right, o.explanation) for o in outcomes] == [
        ("`10.244.1.2`", False, True, "Because."),
        ("`10.96.0.50`", True, False, "The ClusterIP is never a source."),
    ]


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("10.0.0.1/24", "has a prefix length. Give the address alone: “10.0.0.1”"),
        ("10.0.0.1:80", "has a port. Give the address alone: “10.0.0.1”"),
        ("[2001:db8::1]", "is in brackets"),
        ("010.0.0.1", "leading zero"),
        ("10.0.0.256", "is not an IP address"),
        ("web.shop.svc", "is not an IP address"),
        ("1" * 59, "is not an IP address"),
    ],
    ids=["prefix", "port", "brackets", "leading zero", "too large", "name", "long number"],
)
def test_what_is_no_address_is_explained(typed: str, message: str) -> None:
    with pytest.raises(InvalidAnswerError, match=message):
        IP.check(TRACED, {"text": typed})


def test_what_was_typed_is_kept_without_blanks_around() -> None:
    assert IP.read(TRACED, {"q": [" 10.0.0.1/8 "]}, "q", "seed") == {"text": "10.0.0.1/8"}


def test_very_long_input_is_cut() -> None:
    assert len(IP.read(TRACED, {"q": ["9" * 10_000]}, "q", "seed")["text"]) == 60


def test_blank_input_is_no_answer() -> None:
    assert IP.read(TRACED, {"q": ["  "]}, "q", "seed") == {}


@pytest.mark.parametrize(
    ("question", "document", "message"),
    [
        (TRACED, exchange(seen_by_server=None), "answer.path: seen_by_server.source_ip is None, not an IP address"),
        (spec({"path": "server.name"}, experiment="x"), exchange(), "answer.path: server.name is 'two', not an IP"),
        (
            TRACED,
            exchange(seen_by_server={"source_ip": "10.96.0.50"}),
            r"mistakes\[0\]: is the right answer, 10.96.0.50",
        ),
        (TRACED, None, "answer.path: there is no traced packet"),
    ],
    ids=["lost packet", "not an address", "mistake that is right", "no packet"],
)
def test_facts_that_do_not_fit_are_the_questions_fault(question: Any, document: Any, message: str) -> None:
    with pytest.raises(UngradableQuestionError, match=message):
        IP.grade(question, {}, document)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ({"value": "10.0.0"}, "answer.value"),
        ({"value": "10.0.0.1", "path": "x"}, "answer: give either value"),
        ({}, "answer: give either value"),
        ({"path": "x"}, "answer.path needs facts"),
    ],
    ids=["no address", "both", "neither", "path without a packet"],
)
def test_a_specification_that_cannot_work_is_refused_with_its_key(answer: dict[str, str], message: str) -> None:
    with pytest.raises(InvalidSpecError, match=message):
        spec(answer)
