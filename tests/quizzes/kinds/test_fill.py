"""Gaps of a rule or header: each right one earns its share, and addresses may be written in any way."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from quizzes.errors import InvalidAnswerError, InvalidSpecError, UngradableQuestionError
from quizzes.kinds import KINDS, parse_spec
from tests.quizzes.kinds.exchange import exchange

FILL = KINDS["fill"]
DATA: dict[str, Any] = {
    "prompt": "Complete the rule.",
    "experiment": "first",
    "text": "-A PREROUTING -s {{source}} -j {{target}}\n",
    "blanks": {
        "target": {"value": "DNAT", "explanation": "It rewrites the destination."},
        "source": {
            "path": "seen_by_server.source_ip",
            "label": "source address",
            "explanation": "The client.",
            "mistakes": [{"value": "10.96.0.50", "explanation": "Never a source."}],
        },
    },
}


def spec(**keys: Any) -> Any:
    return parse_spec("fill", DATA | keys)


RULE = spec()


@pytest.mark.parametrize(
    ("source", "target", "fraction"),
    [
        pytest.param("10.244.1.2", "DNAT", Fraction(1), id="both"),
        pytest.param("10.244.1.2", " dnat ", Fraction(1), id="other case"),
        pytest.param("10.244.1.2", "SNAT", Fraction(1, 2), id="one"),
        pytest.param("10.96.0.50", "MASQUERADE", Fraction(0), id="none"),
    ],
)
def test_each_gap_earns_its_share(source: str, target: str, fraction: Fraction) -> None:
    response = {"texts": {"source": source, "target": target}}
    assert FILL.grade(RULE, response, exchange()).fraction == fraction


@pytest.mark.parametrize(
    ("solution", "typed", "right"),
    [
        ("2001:db8::1", "2001:DB8:0::1", True),
        ("0a:58:0a:f4:01:02", "0A-58-0A-F4-01-02", True),
        ("10.244.1.0/24", "10.244.1.0/24", True),
        ("10.244.1.0/24", "10.244.1.5/24", False),
        (8080, "8080", True),
        ("--to-destination x", "--to-destination   X", True),
    ],
    ids=["IPv6", "MAC", "prefix", "address in the prefix", "number", "white space"],
)
def test_ways_to_write_the_same_count_the_same(solution: Any, typed: str, right: bool) -> None:
    blanks = {"source": {"value": solution, "explanation": "x"}, "target": DATA["blanks"]["target"]}
    outcomes = FILL.grade(spec(blanks=blanks), {"texts": {"source": typed, "target": "?"}}, exchange()).outcomes
    assert outcomes[0].right is right


def test_gaps_are_shown_where_they_stand_in_the_text() -> None:
    segments = FILL.present(RULE, {"texts": {"target": "x"}}, "seed")["segments"]
    assert segments == [
        {"text": "-A PREROUTING -s "},
        {"gap": 0, "label": "source address", "value": ""},
        {"text": " -j "},
        {"gap": 1, "label": "target", "value": "x"},
        {"text": ""},
    ]


def test_a_known_mistake_is_told_why_before_what_is_right() -> None:
    outcome = FILL.grade(RULE, {"texts": {"source": "10.96.0.50", "target": "DNAT"}}, exchange()).outcomes[0]
    assert (outcome.text, outcome.note, outcome.explanation) == (
        "source address: `10.244.1.2`",
        "You typed: `10.96.0.50`",
        "Never a source.\n\nThe client.",
    )


def test_an_empty_gap_is_named_and_costs_nothing() -> None:
    with pytest.raises(InvalidAnswerError, match="Empty: source address"):
        FILL.check(RULE, {"texts": {"target": "DNAT"}})


def test_the_answer_in_words_is_the_text_with_its_gaps_filled() -> None:
    response = {"texts": {"source": "10.0.0.1", "target": "DNAT"}}
    assert FILL.describe(RULE, response) == "-A PREROUTING -s 10.0.0.1 -j DNAT"


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (exchange(seen_by_server={"source_ip": "10.96.0.50"}), r"blanks.source.mistakes\[0\]: is the right answer"),
        (exchange(seen_by_server=None), "blanks.source.path: seen_by_server.source_ip is None, nothing that one could"),
        (None, "blanks.source.path: there is no traced packet"),
    ],
    ids=["mistake that is right", "lost packet", "no packet"],
)
def test_facts_that_do_not_fit_are_the_questions_fault(document: Any, message: str) -> None:
    with pytest.raises(UngradableQuestionError, match=message):
        FILL.grade(RULE, {}, document)


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"text": "no gap"}, "text: has no gap {{target}}"),
        ({"text": "{{source}} {{target}} {{port}}"}, "blanks: has nothing for the gap {{port}}"),
        ({"text": "{{source}} {{target}} {{source}}"}, "text: has the gap {{source}} more than once"),
        ({"experiment": None}, "blanks.source.path needs facts"),
        ({"blanks": {}}, "blanks: "),
        ({"blanks": {"source": {"value": "x"}}}, "blanks.source.explanation: is missing"),
    ],
    ids=["no gap", "gap without a blank", "gap twice", "path without facts", "no blank", "not explained"],
)
def test_a_specification_that_cannot_work_is_refused_with_its_key(keys: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidSpecError, match=message.replace("{", r"\{")):
        spec(**keys)
