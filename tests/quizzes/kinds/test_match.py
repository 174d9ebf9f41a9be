"""Pairs: each right partner earns its share, whatever order they are shown in."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from quizzes.errors import InvalidAnswerError, InvalidSpecError
from quizzes.kinds import KINDS, parse_spec

MATCH = KINDS["match"]


def pair(left: str, right: str) -> dict[str, str]:
    return {"left": left, "right": right, "explanation": f"About {left}."}


PAIRS = [pair("bridge", "frames"), pair("router", "packets"), pair("switch", "frames"), pair("proxy", "requests")]


def spec(*pairs: dict[str, str], extra: tuple[str, ...] = ("votes",)) -> Any:
    return parse_spec("match", {"prompt": "What belongs?", "pairs": list(pairs), "extra": list(extra)})


WHO = spec(*PAIRS)
FRAMES, PACKETS, REQUESTS, VOTES = range(4)


@pytest.mark.parametrize(
    ("partners", "fraction"),
    [
        ([FRAMES, PACKETS, FRAMES, REQUESTS], Fraction(1)),
        ([FRAMES, PACKETS, VOTES, REQUESTS], Fraction(3, 4)),
        ([FRAMES, FRAMES, FRAMES, FRAMES], Fraction(1, 2)),
        ([VOTES, VOTES, VOTES, VOTES], Fraction(0)),
    ],
    ids=["all", "one wrong", "always the same", "none"],
)
def test_each_right_partner_earns_its_share(partners: list[int], fraction: Fraction) -> None:
    assert MATCH.grade(WHO, {"partners": partners}, None).fraction == fraction


def test_a_partner_of_two_is_shown_once() -> None:
    partners = [partner["text"] for partner in MATCH.present(WHO, {}, "seed")["partners"]]
    assert sorted(partners) == ["frames", "packets", "requests", "votes"]


def test_each_pair_says_what_the_learner_chose() -> None:
    outcomes = MATCH.grade(WHO, {"partners": [FRAMES, VOTES, FRAMES, REQUESTS]}, None).outcomes
    assert [(o.text, o.right, o.note, o.explanation) for o in outcomes[:2]] == [
        ("bridge → frames", True, "Right", "About bridge."),
        ("router → packets", False, "Chosen: votes", "About router."),
    ]


def test_partners_are_read_back_whatever_order_was_shown() -> None:
    for seed in map(str, range(20)):
        view = MATCH.present(WHO, {}, seed)
        value_of = {partner["text"]: str(partner["value"]) for partner in view["partners"]}
        right = {each["left"]: value_of[each["right"]] for each in PAIRS}
        form = {f"q.{row['value']}": [right[row["label"]]] for row in view["rows"]}
        assert MATCH.read(WHO, form, "q", seed) == {"partners": [FRAMES, PACKETS, FRAMES, REQUESTS]}


def test_a_choice_is_shown_again() -> None:
    response = {"partners": [FRAMES, None, VOTES, REQUESTS]}
    view = MATCH.present(WHO, response, "seed")
    texts = {partner["value"]: partner["text"] for partner in view["partners"]}
    assert {row["label"]: texts.get(row["chosen"]) for row in view["rows"]} == {
        "bridge": "frames",
        "router": None,
        "switch": "votes",
        "proxy": "requests",
    }


def test_what_the_browser_sees_is_the_same_whichever_partner_is_right() -> None:
    swapped = [pair("bridge", "packets"), pair("router", "frames"), *PAIRS[2:]]
    one, other = (MATCH.present(each, {}, "seed") for each in (WHO, spec(*swapped)))
    assert one["rows"] == other["rows"]
    assert {partner["text"] for partner in one["partners"]} == {partner["text"] for partner in other["partners"]}


def test_an_entry_without_a_partner_is_named_and_costs_nothing() -> None:
    with pytest.raises(InvalidAnswerError, match="Without one: router, proxy"):
        MATCH.check(WHO, {"partners": [FRAMES, None, FRAMES, None]})


@pytest.mark.parametrize("value", ["4", "-1", "x"])
def test_a_forged_partner_is_refused(value: str) -> None:
    with pytest.raises(InvalidAnswerError, match="does not belong to the question"):
        MATCH.read(WHO, {"q.0": [value]}, "q", "seed")


@pytest.mark.parametrize(
    ("pairs", "extra", "message"),
    [
        (PAIRS[:1], (), "pairs: needs at least 2"),
        ([*PAIRS, pair("bridge", "x")], (), r"pairs\[4\].left: is the same as pairs\[0\].left"),
        (PAIRS, ("packets",), r"extra\[0\]: is there already"),
        (PAIRS, ("a", "a"), r"extra\[1\]: is there already"),
        ([PAIRS[0], PAIRS[2]], (), "nothing to choose"),
        ([PAIRS[0], {"left": "a", "right": "b"}], (), r"pairs\[1\].explanation: is missing"),
    ],
    ids=["one pair", "same left", "extra that fits", "same extra", "one partner for all", "not explained"],
)
def test_a_specification_that_cannot_work_is_refused_with_its_key(
    pairs: list[Any], extra: tuple[str, ...], message: str
) -> None:
    with pytest.raises(InvalidSpecError, match=message):
        spec(*pairs, extra=extra)
