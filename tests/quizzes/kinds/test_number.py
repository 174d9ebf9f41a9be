"""Numbers: read with point or comma, compared within a tolerance; what is no number is explained and costs nothing."""

from __future__ import annotations

from typing import Any

import pytest

from quizzes.errors import InvalidAnswerError, InvalidSpecError, UngradableQuestionError
from quizzes.kinds import KINDS, parse_spec
from tests.quizzes.kinds.exchange import TAPS, exchange

NUMBER = KINDS["number"]


def spec(answer: dict[str, Any], *mistakes: dict[str, Any], **keys: Any) -> Any:
    data = {"prompt": "How many?", "explanation": "Because.", "answer": answer, "mistakes": list(mistakes), **keys}
    return parse_spec("number", data)


TRACED_NUMBER = spec(
    {"path": "seen_by_server.ttl"},
    {"value": 64, "explanation": "That is what the client sends."},
    experiment="first",
)


@pytest.mark.parametrize(
    ("solution", "typed", "keys", "fraction"),
    [
        pytest.param(1450, "1450", {}, 1, id="same"),
        pytest.param(1450, "1500", {}, 0, id="other"),
        pytest.param(0.5, "0.5", {}, 1, id="decimal point"),
        pytest.param(0.5, "0,50", {}, 1, id="decimal comma and a zero"),
        pytest.param(0.333, "0,333", {}, 1, id="comma after a leading zero"),
        pytest.param(0.1, "0.1", {}, 1, id="a tenth is a tenth"),
        pytest.param(1450, "1450.0", {}, 1, id="whole number with decimals"),
        pytest.param(1_000_000, "1 000 000", {}, 1, id="grouped by blanks"),
        pytest.param(-3, "−3", {}, 1, id="typographic minus"),
        pytest.param(0x4000, "0x4000", {}, 1, id="hexadecimal"),
        pytest.param(1450, "1450 bytes", {"unit": "bytes"}, 1, id="unit typed along"),
        pytest.param(50, "50%", {"unit": "%"}, 1, id="percent sign typed along"),
        pytest.param(0.25, "0.26", {"tolerance": 0.01}, 1, id="at the edge of the tolerance"),
        pytest.param(0.25, "0.261", {"tolerance": 0.01}, 0, id="beyond the tolerance"),
        pytest.param(100, "99", {}, 0, id="no tolerance"),
    ],
)
def test_numbers_are_compared_not_texts(solution: float, typed: str, keys: dict[str, Any], fraction: int) -> None:
    assert NUMBER.grade(spec({"value": solution}, **keys), {"text": typed}, None).fraction == fraction


def test_the_engine_gives_the_answer() -> None:
    assert NUMBER.grade(TRACED_NUMBER, {"text": "62"}, exchange()).fraction == 1


def test_of_a_list_the_entries_are_counted() -> None:
    hops = spec({"path": "request.hops"}, experiment="first")
    assert NUMBER.grade(hops, {"text": str(len(TAPS))}, exchange()).fraction == 1


def test_a_known_mistake_is_told_why() -> None:
    outcomes = NUMBER.grade(TRACED_NUMBER, {"text": "64"}, exchange()).outcomes
    assert [(o.text, o.chosen, o.right, o.explanation) for o in outcomes] == [
        ("`62`", False, True, "Because."),
        ("`64`", True, False, "That is what the client sends."),
    ]


def test_zero_is_an_answer() -> None:
    result = NUMBER.grade(spec({"value": 0}), {"text": "0"}, None)
    assert (result.fraction, result.answer) == (1, "`0`")


@pytest.mark.parametrize(
    ("typed", "unit", "message"),
    [
        ("1,450", "", "can be read in two ways. Write 1450, or 1.450"),
        ("many", "", "“many” is not a number"),
        ("1450 bits", "bytes", "the unit is bytes"),
        ("10.244.1.2", "", "is not a number"),
        ("1e9", "", "is not a number"),
        ("²", "", "is not a number"),
        ("1/3", "", "is not a number"),
    ],
    ids=["comma before three digits", "word", "another unit", "address", "exponent", "superscript", "fraction"],
)
def test_what_is_no_number_is_explained(typed: str, unit: str, message: str) -> None:
    with pytest.raises(InvalidAnswerError, match=message):
        NUMBER.check(spec({"value": 1450}, unit=unit), {"text": typed})


def test_the_unit_is_shown() -> None:
    view = NUMBER.present(spec({"value": 1450}, unit="bytes"), {}, "seed")
    assert (view["unit"], view["label"]) == ("bytes", "Number of bytes")


def test_the_tolerance_is_told_beforehand() -> None:
    rule = NUMBER.rule_for(spec({"value": 1450}, unit="bytes", tolerance=5))
    assert rule.endswith("up to 5 bytes from the exact one.")


@pytest.mark.parametrize(
    ("question", "document", "message"),
    [
        (TRACED_NUMBER, exchange(seen_by_server=None), "answer.path: seen_by_server.ttl is None, not a number"),
        (TRACED_NUMBER, exchange(seen_by_server={"ttl": True}), "answer.path: seen_by_server.ttl is True, not a"),
        (TRACED_NUMBER, exchange(seen_by_server={"ttl": 64}), r"mistakes\[0\]: is the right answer, 64"),
    ],
    ids=["lost packet", "yes or no", "mistake that is right"],
)
def test_facts_that_do_not_fit_are_the_questions_fault(question: Any, document: Any, message: str) -> None:
    with pytest.raises(UngradableQuestionError, match=message):
        NUMBER.grade(question, {}, document)


@pytest.mark.parametrize(
    ("answer", "keys", "message"),
    [
        ({"value": "many"}, {}, "answer.value: is not a number"),
        ({"value": True}, {}, "answer.value: write text or a number"),
        ({"value": 1}, {"tolerance": -1}, "tolerance"),
        ({"value": 1}, {"mistakes": [{"value": 1}]}, r"mistakes\[0\].explanation: is missing"),
    ],
    ids=["word", "yes or no", "negative tolerance", "mistake that is not explained"],
)
def test_a_specification_that_cannot_work_is_refused_with_its_key(
    answer: dict[str, Any], keys: dict[str, Any], message: str
) -> None:
    with pytest.raises(InvalidSpecError, match=message):
        spec(answer, **keys)
