"""Single and multiple choice: what is right, what it earns, what the browser sees, which specifications are refused."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from quizzes.errors import InvalidAnswerError, InvalidSpecError, UngradableQuestionError
from quizzes.kinds import KINDS, parse_spec
from tests.quizzes.kinds.exchange import exchange

SINGLE, MULTIPLE = KINDS["single_choice"], KINDS["multiple_choice"]


def option(text: str, **judge: Any) -> dict[str, Any]:
    return {"text": text, "explanation": f"About {text}.", **judge}


def spec(kind: str, *options: dict[str, Any], **keys: Any) -> Any:
    return parse_spec(kind, {"prompt": "What happens?", "options": list(options), **keys})


FIXED = spec("single_choice", option("a", correct=False), option("b", correct=True), option("c", correct=False))
ENGINE = spec(
    "single_choice",
    option("connected", when={"client_sees": "connected"}),
    option("refused", when={"client_sees": "refused"}),
    option("timeout", when={"client_sees": ["timeout", "unreachable"]}),
    experiment="first",
)
MANY = spec(
    "multiple_choice",
    *(option(name, correct=True) for name in "ab"),
    *(option(name, correct=False) for name in "cd"),
)


@pytest.mark.parametrize(
    ("chosen", "fraction"),
    [
        pytest.param([], 0, id="nothing"),
        pytest.param([0], 0, id="wrong one"),
        pytest.param([1], 1, id="right one"),
    ],
)
def test_a_single_choice_earns_all_or_nothing(chosen: list[int], fraction: int) -> None:
    assert SINGLE.grade(FIXED, {"chosen": chosen}, None).fraction == fraction


@pytest.mark.parametrize(
    ("client_sees", "right"),
    [("connected", 0), ("refused", 1), ("timeout", 2), ("unreachable", 2)],
    ids=str,
)
def test_the_engine_says_which_option_is_right(client_sees: str, right: int) -> None:
    result = SINGLE.grade(ENGINE, {"chosen": [right]}, exchange(client_sees=client_sees))
    assert [outcome.right for outcome in result.outcomes] == [index == right for index in range(3)]
    assert result.fraction == 1


def test_no_option_right_is_the_questions_fault_and_named() -> None:
    with pytest.raises(UngradableQuestionError, match="exactly one has to be right; the engine finds none"):
        SINGLE.grade(ENGINE, {"chosen": [0]}, exchange(client_sees="reset"))


def test_two_options_right_is_the_questions_fault_and_named() -> None:
    both = spec("single_choice", option("a", when={"verdict": "ACCEPTED"}), option("b", correct=True), experiment="x")
    with pytest.raises(UngradableQuestionError, match=r"options\[0\], options\[1\]"):
        SINGLE.grade(both, {}, exchange())


def test_a_misspelled_path_is_not_taken_for_a_wrong_option() -> None:
    misspelled = spec(
        "single_choice", option("a", when={"seen_by_server.source": 1}), option("b", correct=True), experiment="x"
    )
    with pytest.raises(UngradableQuestionError, match=r"options\[0\].when: seen_by_server has no 'source'; it has"):
        SINGLE.grade(misspelled, {}, exchange())


def test_a_path_below_a_fact_that_is_null_does_not_hold() -> None:
    lost = spec(
        "single_choice", option("a", when={"seen_by_server.ttl": 62}), option("b", correct=True), experiment="x"
    )
    result = SINGLE.grade(lost, {"chosen": [1]}, exchange(seen_by_server=None))
    assert result.fraction == 1


@pytest.mark.parametrize(
    ("chosen", "fraction"),
    [
        pytest.param([], Fraction(0), id="nothing"),
        pytest.param([0], Fraction(1, 2), id="one of two right"),
        pytest.param([0, 1], Fraction(1), id="both right"),
        pytest.param([0, 2], Fraction(0), id="one right, one wrong cancel"),
        pytest.param([0, 1, 2], Fraction(1, 2), id="both right, one wrong"),
        pytest.param([0, 1, 2, 3], Fraction(0), id="choosing everything"),
        pytest.param([2, 3], Fraction(0), id="only wrong ones, never below zero"),
    ],
)
def test_a_wrong_choice_takes_a_share_back(chosen: list[int], fraction: Fraction) -> None:
    assert MULTIPLE.grade(MANY, {"chosen": chosen}, None).fraction == fraction


def test_the_result_says_how_the_points_of_many_choices_came_about() -> None:
    found = "You found 2 of 2 that are right, and chose 1 that are wrong."
    assert MULTIPLE.grade(MANY, {"chosen": [0, 1, 2]}, None).remark == found
    assert MULTIPLE.grade(MANY, {}, None).remark == ""


def test_every_option_is_explained_after_grading() -> None:
    outcomes = MULTIPLE.grade(MANY, {"chosen": [0, 2]}, None).outcomes
    assert [(o.text, o.chosen, o.right) for o in outcomes] == [
        ("a", True, True),
        ("b", False, True),
        ("c", True, False),
        ("d", False, False),
    ]
    assert all(outcome.explanation for outcome in outcomes)


def test_what_the_browser_sees_is_the_same_whichever_option_is_right() -> None:
    other = spec("single_choice", option("a", correct=True), option("b", correct=False), option("c", correct=False))
    assert SINGLE.present(FIXED, {}, "seed") == SINGLE.present(other, {}, "seed")


def test_the_order_of_options_depends_on_the_attempt() -> None:
    orders = {tuple(shown["text"] for shown in SINGLE.present(FIXED, {}, f"seed {n}")["options"]) for n in range(50)}
    assert len(orders) == 6


def test_a_choice_is_read_back_in_terms_of_the_specification() -> None:
    for n in range(20):
        seed = f"seed {n}"
        shown = SINGLE.present(FIXED, {}, seed)["options"]
        value = next(str(entry["value"]) for entry in shown if entry["text"] == "b")
        assert SINGLE.read(FIXED, {"q": [value]}, "q", seed) == {"chosen": [1]}


@pytest.mark.parametrize("value", ["3", "-1", "x", "1.0", "²", "0001", ""], ids=repr)
def test_a_forged_choice_is_refused(value: str) -> None:
    with pytest.raises(InvalidAnswerError, match="does not belong to the question"):
        SINGLE.read(FIXED, {"q": [value]}, "q", "seed")


def test_two_answers_to_a_single_choice_are_invalid_not_wrong() -> None:
    with pytest.raises(InvalidAnswerError, match="one option only"):
        SINGLE.check(FIXED, {"chosen": [0, 1]})


A_RIGHT, A_WRONG = option("a", correct=True), option("a", correct=False)
B_RIGHT, B_WRONG = option("b", correct=True), option("b", correct=False)


@pytest.mark.parametrize(
    ("kind", "options", "message"),
    [
        pytest.param("single_choice", [A_RIGHT], "options: needs at least 2", id="one option"),
        pytest.param("single_choice", [A_RIGHT, B_RIGHT], "exactly one is right", id="two right"),
        pytest.param("single_choice", [A_WRONG, B_WRONG], "exactly one is right", id="none right"),
        pytest.param("multiple_choice", [A_WRONG, B_WRONG], "at least one is right", id="none of many right"),
        pytest.param("single_choice", [A_RIGHT, A_WRONG], r"options\[1\].text", id="same text"),
        pytest.param("single_choice", [A_RIGHT, option("b")], r"options\[1\]: give either correct", id="no judge"),
        pytest.param(
            "single_choice",
            [A_RIGHT, option("b", when={"x": 1})],
            r"options\[1\].when needs facts",
            id="condition without a packet",
        ),
        pytest.param(
            "single_choice",
            [A_RIGHT, {"text": "b", "correct": False}],
            r"options\[1\].explanation: is missing",
            id="option that is not explained",
        ),
        pytest.param(
            "single_choice", [A_RIGHT, {**B_WRONG, "hint": "x"}], r"options\[1\].hint: is not a key", id="unknown key"
        ),
    ],
)
def test_a_specification_that_cannot_work_is_refused_with_its_key(
    kind: str, options: list[dict[str, Any]], message: str
) -> None:
    with pytest.raises(InvalidSpecError, match=message):
        spec(kind, *options)
