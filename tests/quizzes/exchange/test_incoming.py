"""What an item becomes here: the kind that holds it, its specification, and what is said about the rest."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from quizzes.exchange.incoming import convert, slug_of
from quizzes.exchange.items import (
    Body,
    Choice,
    Choices,
    Gap,
    Gaps,
    Item,
    NotCarriedError,
    NumberAnswer,
    Numbers,
    Order,
    Pairs,
    Part,
    TextAnswer,
    Texts,
)
from quizzes.kinds import parse_spec
from quizzes.questions.placeholders import MISSING_EXPLANATION, missing_explanations

ONE, HALF, NONE = Fraction(1), Fraction(1, 2), Fraction(0)


def converted(body: Body, explanation: str = "", points: Fraction = ONE) -> tuple[str, dict[str, Any], list[str]]:
    """The kind, its own keys and the problems. The specification is one that the kind accepts."""
    found = convert(Item("n", "Q?", body, explanation, points=points))
    parse_spec(found.kind, found.spec)
    own = {key: value for key, value in found.spec.items() if key != "prompt"}
    return found.kind, own, list(found.problems)


def texts(*answers: tuple[str, Fraction, str], case_matters: bool = False) -> Texts:
    return Texts(tuple(TextAnswer(*answer) for answer in answers), case_matters)


def gaps(*answers: tuple[str, Fraction, str], style: str = "typed") -> Gaps:
    return Gaps(("via ", " dev"), (Gap(tuple(TextAnswer(*answer) for answer in answers), style),))


def test_one_right_option_is_a_single_choice() -> None:
    body = Choices((Choice("a", ONE, "Yes."), Choice("b", NONE, "No.")), single=True)
    assert converted(body, "General.") == (
        "single_choice",
        {
            "explanation": "General.",
            "options": [
                {"text": "a", "correct": True, "explanation": "Yes."},
                {"text": "b", "correct": False, "explanation": "No."},
            ],
        },
        [],
    )


def test_several_right_options_are_a_multiple_choice() -> None:
    body = Choices((Choice("a", HALF, "1"), Choice("b", HALF, "2"), Choice("c", -HALF, "3")), single=False)
    kind, own, problems = converted(body)
    assert (kind, [option["correct"] for option in own["options"]], problems) == (
        "multiple_choice",
        [True, True, False],
        [],
    )


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        pytest.param(
            Choices((Choice("a", ONE, "x"), Choice("b", HALF, "y")), single=True),
            "option 2 earns 50 % there and nothing here",
            id="part of the points",
        ),
        pytest.param(
            Choices((Choice("a", HALF, "x"), Choice("b", HALF, "y"), Choice("c", NONE, "z")), single=False),
            "here each right option earns the same share and each wrong one takes a share back, not so there",
            id="other shares",
        ),
        pytest.param(
            Choices((Choice("a", ONE, "x"), Choice("b", NONE)), single=True),
            "an explanation is missing for option 2",
            id="option without explanation",
        ),
        pytest.param(
            Pairs((Part("a", "1", "x"), Part("b", "2"))),
            "an explanation is missing for the pair of “b”",
            id="pair without explanation",
        ),
        pytest.param(
            Order((Part("a", "1", "x"), Part("b", "2", "y"))),
            "it becomes pairs of an entry and its position",
            id="order",
        ),
        pytest.param(
            Numbers((NumberAnswer(ONE, NONE, ONE, "x"), NumberAnswer(HALF, NONE, ONE, "y"))),
            "it accepts 1 only, not also 0.5",
            id="two right numbers",
        ),
        pytest.param(
            Numbers((NumberAnswer(ONE, NONE, ONE, "x"), NumberAnswer(None, NONE, NONE, "y"))),
            "its feedback for every other number is not carried",
            id="feedback for every other number",
        ),
        pytest.param(
            Numbers((NumberAnswer(ONE, NONE, ONE),)), "an explanation is missing for the answer", id="bare number"
        ),
        pytest.param(
            texts(("10.0.0.1", ONE, "x"), ("*", NONE, "y")),
            "its feedback for every other answer is not carried",
            id="feedback for every other address",
        ),
        pytest.param(
            texts(("10.0.0.1", ONE, "x"), ("localhost", NONE, "y")),
            "its feedback for “localhost” is not carried",
            id="a wrong answer that is no address",
        ),
        pytest.param(
            texts(("a", ONE, "x"), ("*", NONE, "y"), case_matters=True),
            "upper and lower case make no difference here",
            id="case",
        ),
        pytest.param(
            texts(("a*", ONE, "x"), ("ab", HALF, "z"), ("*", NONE, "y")),
            "“ab” never decides: an answer before it fits, too",
            id="an answer that never decides",
        ),
        pytest.param(
            texts(("a", ONE, "x")), "an explanation is missing for every other answer", id="nothing for the others"
        ),
        pytest.param(
            gaps(("x", ONE, "w"), ("y", ONE, "")), "gap 1 accepts “x” only, not also “y”", id="two texts for a gap"
        ),
        pytest.param(
            gaps(("x", ONE, "w"), ("y", NONE, "v"), style="chosen"),
            "gap 1 is a list to choose from there, and to be typed here",
            id="chosen gap",
        ),
        pytest.param(
            gaps(("5:0.1", ONE, "w"), style="number"),
            "gap 1 accepts 5 exactly, without a tolerance of 0.1",
            id="tolerance of a gap",
        ),
        pytest.param(
            gaps(("x", ONE, "w"), ("*", NONE, "v")),
            "its feedback for every other answer in gap 1 is not carried",
            id="feedback for every other text in a gap",
        ),
    ],
)
def test_what_is_lost_is_said(body: Body, problem: str) -> None:
    assert problem in converted(body)[2]


@pytest.mark.parametrize(
    ("points", "kept", "problems"),
    [
        (Fraction(3), 3, []),
        (Fraction(1, 4), 1, ["0.25 points become 1"]),
        (Fraction(500), 100, ["500 points become 100"]),
    ],
    ids=["whole", "part", "too many"],
)
def test_points_are_whole_numbers_up_to_a_hundred(points: Fraction, kept: int, problems: list[str]) -> None:
    found = convert(Item("n", "Q?", Numbers((NumberAnswer(ONE, NONE, ONE, "x"),)), points=points))
    assert (found.points, list(found.problems)) == (kept, problems)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        pytest.param(
            Choices((Choice("a", HALF), Choice("b", NONE)), single=True), "none of its options", id="none right"
        ),
        pytest.param(
            Choices((Choice("a", NONE), Choice("b", -ONE)), single=False), "is right", id="none of several right"
        ),
        pytest.param(
            Choices((Choice("a", ONE), Choice("b", ONE)), single=True), "only one can be chosen", id="two right"
        ),
        pytest.param(
            Choices((Choice("a", ONE),), single=True), "as single_choice: options: needs at least 2", id="one option"
        ),
        pytest.param(Choices((Choice("a", ONE), Choice("a", NONE)), single=True), "is the same as", id="twins"),
        pytest.param(Numbers((NumberAnswer(ONE, NONE, HALF),)), "no number earns all points", id="no number right"),
        pytest.param(
            Numbers((NumberAnswer(None, NONE, ONE),)), "every number earns all points", id="every number right"
        ),
        pytest.param(texts(("a", HALF, "")), "no answer earns all points", id="no answer right"),
        pytest.param(texts(("*", ONE, "")), "every answer earns all points", id="every answer right"),
        pytest.param(texts(("a" * 201, ONE, "")), "more than 200 characters", id="long answer"),
        pytest.param(texts(("", ONE, "")), "is empty or too long", id="empty answer"),
        pytest.param(Pairs((Part("a", "1"),)), "needs at least 2", id="one pair"),
        pytest.param(gaps(("x*", ONE, "")), "gap 1 has no single text that is right", id="gap with a wildcard"),
        pytest.param(gaps(("x", NONE, "")), "gap 1 has no single text that is right", id="gap without an answer"),
    ],
)
def test_what_no_kind_can_hold_is_not_carried(body: Body, reason: str) -> None:
    with pytest.raises(NotCarriedError, match=reason):
        convert(Item("n", "Q?", body))


def test_a_place_for_a_parameter_is_not_carried() -> None:
    with pytest.raises(NotCarriedError, match=r"\[\[pod\]\] is no parameter"):
        convert(Item("n", "What is [[pod]]?", Numbers((NumberAnswer(ONE, NONE, ONE, "x"),))))


def test_a_number_keeps_tolerance_unit_mistakes_and_both_explanations() -> None:
    answers = (
        NumberAnswer(Fraction(3, 2), Fraction(1, 10), ONE, "Right."),
        NumberAnswer(Fraction(3), NONE, NONE, "No."),
    )
    assert converted(Numbers((*answers, NumberAnswer(HALF, NONE, NONE)), "ms"), "General.") == (
        "number",
        {
            "explanation": "Right.\n\nGeneral.",
            "answer": {"value": 1.5},
            "mistakes": [{"value": 3, "explanation": "No."}],
            "tolerance": 0.1,
            "unit": "ms",
        },
        [],
    )


@pytest.mark.parametrize(
    ("right", "wrong", "kind", "form"),
    [
        pytest.param(("10.0.0.1",), "10.0.0.2", "ip_address", None, id="IPv4"),
        pytest.param(("2001:db8::1", "2001:0db8:0:0:0:0:0:1"), "::1", "ip_address", None, id="IPv6 in two spellings"),
        pytest.param(("10.0.0.0/8",), "10.0.0.0/9", "network", "cidr", id="prefix"),
        pytest.param(("0a:58:0a:f4:01:02", "0A-58-0A-F4-01-02"), "02:00:00:00:00:01", "network", "mac", id="MAC"),
    ],
)
def test_addresses_are_compared_as_addresses(right: tuple[str, ...], wrong: str, kind: str, form: str | None) -> None:
    answers = [*((text, ONE, "Yes.") for text in right), (wrong, NONE, "No.")]
    found, own, problems = converted(texts(*answers))
    assert (found, own.get("form"), problems) == (kind, form, [])
    assert own["answer"] == {"value": right[0]}
    assert own["mistakes"] == [{"value": wrong, "explanation": "No."}]


def test_two_addresses_are_words() -> None:
    assert converted(texts(("10.0.0.1", ONE, "x"), ("10.0.0.2", ONE, "y")))[0] == "short_text"


def test_words_keep_their_order_and_wildcards() -> None:
    body = texts((r"a\*b", ONE, "1"), ("*proxy*", NONE, "2"), ("kube*let", NONE, "3"), ("*", NONE, "4"))
    assert converted(body)[1]["matchers"] == [
        {"equals": "a*b", "right": True, "explanation": "1"},
        {"contains": "proxy", "explanation": "2"},
        {"pattern": "kube.*let", "example": "kubelet", "explanation": "3"},
        {"otherwise": True, "explanation": "4"},
    ]


def test_everything_else_is_explained_by_the_general_feedback() -> None:
    assert converted(texts(("a", ONE, "x")), "General.")[1]["matchers"][-1] == {
        "otherwise": True,
        "explanation": "General.",
    }


def test_gaps_become_blanks_in_the_text() -> None:
    kind, own, _ = converted(gaps(("10.0.0.1", ONE, "Why."), ("10.0.0.2", NONE, "No."), ("10.0.0.3", NONE, "")))
    assert (kind, own) == (
        "fill",
        {
            "text": "via {{gap1}} dev",
            "blanks": {
                "gap1": {
                    "value": "10.0.0.1",
                    "explanation": "Why.",
                    "mistakes": [{"value": "10.0.0.2", "explanation": "No."}],
                }
            },
        },
    )


def test_placeholders_stand_for_missing_explanations_and_are_found_again() -> None:
    _, own, _ = converted(Choices((Choice("a", ONE, "x"), Choice("b", NONE)), single=True))
    assert own["options"][1]["explanation"] == MISSING_EXPLANATION
    assert list(missing_explanations(own)) == ["options[1].explanation"]


@pytest.mark.parametrize(
    ("name", "slug"),
    [("Who's there?", "whos-there"), ("a__b -- c", "a-b-c"), ("", ""), ("名前", ""), ("x" * 99, "x" * 60)],
    ids=["words", "underscores", "nothing", "no Latin letters", "long"],
)
def test_names_become_slugs(name: str, slug: str) -> None:
    assert slug_of(name) == slug
