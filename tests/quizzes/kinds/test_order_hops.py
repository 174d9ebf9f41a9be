"""Hops in order: the trace gives the order, the longest run in it gives the points.

client (n1) → cni0 → flannel.1 ~tunnel~ flannel.1 (n2) → two
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from quizzes.errors import InvalidAnswerError, InvalidSpecError, UngradableQuestionError
from quizzes.exchange import outgoing
from quizzes.kinds import KINDS, parse_spec
from tests.quizzes.kinds.exchange import TAPS, exchange

ORDER = KINDS["order_hops"]
LABELS = ["client", "bridge", "tunnel out", "tunnel in", "server"]


def hop(tap: tuple[str, str, str | None, str], label: str) -> dict[str, Any]:
    keys = ("node", "netns", "interface", "direction")
    return {**dict(zip(keys, tap, strict=True)), "label": label, "explanation": f"About {label}."}


HOPS = [hop(tap, label) for tap, label in zip(TAPS[1:], LABELS, strict=True)]


def spec(hops: list[dict[str, Any]]) -> Any:
    return parse_spec("order_hops", {"prompt": "In which order?", "experiment": "first", "hops": hops})


IN_ORDER = spec(HOPS)


@pytest.mark.parametrize(
    ("positions", "fraction"),
    [
        ([1, 2, 3, 4, 5], Fraction(1)),
        ([2, 1, 3, 4, 5], Fraction(3, 4)),
        ([5, 1, 2, 3, 4], Fraction(3, 4)),
        ([2, 1, 4, 3, 5], Fraction(2, 4)),
        ([5, 4, 3, 2, 1], Fraction(0)),
    ],
    ids=["all", "two neighbors swapped", "one far off", "two pairs swapped", "backwards"],
)
def test_the_longest_run_in_order_earns_its_share(positions: list[int], fraction: Fraction) -> None:
    assert ORDER.grade(IN_ORDER, {"positions": positions}, exchange()).fraction == fraction


BESIDE = spec([HOPS[0], *({**each, "rank": "n1"} for each in HOPS[1:3]), *HOPS[3:]])


@pytest.mark.parametrize(
    ("positions", "fraction"),
    [
        pytest.param([1, 2, 3, 4, 5], Fraction(1), id="one way"),
        pytest.param([1, 3, 2, 4, 5], Fraction(1), id="the other way"),
        pytest.param([2, 1, 3, 4, 5], Fraction(2, 3), id="not before what comes earlier"),
        pytest.param([5, 4, 3, 2, 1], Fraction(0), id="backwards"),
        pytest.param([5, 3, 4, 2, 1], Fraction(0), id="backwards, but for the two"),
    ],
)
def test_hops_of_equal_rank_are_right_in_any_order(positions: list[int], fraction: Fraction) -> None:
    result = ORDER.grade(BESIDE, {"positions": positions}, exchange())
    assert result.fraction == fraction
    assert all(each.right for each in result.outcomes) == (fraction == 1)


def test_hops_of_equal_rank_follow_each_other() -> None:
    apart = spec([HOPS[0] | {"rank": "x"}, *HOPS[1:4], HOPS[4] | {"rank": "x"}])
    with pytest.raises(UngradableQuestionError, match="another hop stands between those of 'x'"):
        ORDER.grade(apart, {}, exchange())


def test_hops_that_all_have_one_rank_are_no_question() -> None:
    with pytest.raises(InvalidSpecError, match="every order is right"):
        spec([each | {"rank": "x"} for each in HOPS])


def test_the_right_order_comes_from_the_trace_not_from_the_file() -> None:
    shuffled = spec([HOPS[index] for index in (3, 0, 4, 2, 1)])
    result = ORDER.grade(shuffled, {"positions": [4, 1, 5, 3, 2]}, exchange())
    assert result.fraction == 1
    assert [outcome.text for outcome in result.outcomes] == LABELS


def test_each_hop_says_where_the_learner_had_it() -> None:
    outcomes = ORDER.grade(IN_ORDER, {"positions": [2, 1, 3, 4, 5]}, exchange()).outcomes
    assert [(outcome.right, outcome.note) for outcome in outcomes[:3]] == [
        (False, "You had it at 2"),
        (False, "You had it at 1"),
        (True, "You had it here"),
    ]


@pytest.mark.parametrize(
    ("hops", "message"),
    [
        (
            [*HOPS[:3], hop(("n3", "n3", "eth0", "in"), "elsewhere")],
            r"hops\[3\]: the packet never passes it; its taps are",
        ),
    ],
    ids=["hop that is not passed"],
)
def test_a_hop_that_the_packet_does_not_pass_is_the_questions_fault(hops: list[Any], message: str) -> None:
    with pytest.raises(UngradableQuestionError, match=message):
        ORDER.grade(spec(hops), {}, exchange())


@pytest.mark.parametrize(
    ("positions", "message"),
    [
        ([1, 2, 3, 4, None], "Without one: server"),
        ([1, 2, 3, 4, 4], "Used more often: 4"),
        ([1, 2, 3], "have changed"),
    ],
    ids=["one missing", "one twice", "another revision"],
)
def test_an_order_that_cannot_be_graded_is_explained(positions: list[int | None], message: str) -> None:
    with pytest.raises(InvalidAnswerError, match=message):
        ORDER.check(IN_ORDER, {"positions": positions})


def test_positions_are_read_back_whatever_order_was_shown() -> None:
    for seed in map(str, range(20)):
        shown = ORDER.present(IN_ORDER, {}, seed)["items"]
        form = {f"q.{item['value']}": [str(LABELS.index(item["label"]) + 1)] for item in shown}
        assert ORDER.read(IN_ORDER, form, "q", seed) == {"positions": [1, 2, 3, 4, 5]}


def test_a_complete_answer_is_shown_in_the_learners_order() -> None:
    items = ORDER.present(IN_ORDER, {"positions": [5, 4, 3, 2, 1]}, "seed")["items"]
    assert [item["label"] for item in items] == LABELS[::-1]


@pytest.mark.parametrize("value", ["0", "6", "x", "-1", "1e0"])
def test_a_forged_position_is_refused(value: str) -> None:
    with pytest.raises(InvalidAnswerError, match="from 1 to 5"):
        ORDER.read(IN_ORDER, {"q.0": [value]}, "q", "seed")


@pytest.mark.parametrize(
    ("hops", "message"),
    [
        (HOPS[:2], "hops: needs at least 3"),
        ([*HOPS[:3], {**HOPS[0], "label": "again"}], r"hops\[3\]: has the same tap as hops\[0\]"),
        ([*HOPS[:3], {**HOPS[3], "label": "client"}], r"hops\[3\]: has the same label as hops\[0\]"),
        ([*HOPS[:3], {**HOPS[3], "direction": "up"}], r"hops\[3\].direction"),
    ],
    ids=["too few", "same tap", "same label", "unknown direction"],
)
def test_a_specification_that_cannot_work_is_refused_with_its_key(hops: list[Any], message: str) -> None:
    with pytest.raises(InvalidSpecError, match=message):
        spec(hops)


def named(name: str, index: int, **values: Any) -> dict[str, Any]:
    return HOPS[index] | {"name": name, **values}


# client → (bridge → tunnel out) and tunnel in, beside each other → server: branches of unequal length
BRANCHES = spec(
    [
        named("client", 0),
        named("bridge", 1, after=["client"]),
        named("out", 2, after=["bridge"]),
        named("in", 3, after=["client"]),
        HOPS[4],
    ]
)


@pytest.mark.parametrize(
    ("positions", "fraction"),
    [
        pytest.param([1, 2, 3, 4, 5], Fraction(1), id="as in the trace"),
        pytest.param([1, 2, 4, 3, 5], Fraction(1), id="the short branch between"),
        pytest.param([1, 3, 4, 2, 5], Fraction(1), id="the short branch first"),
        pytest.param([1, 3, 2, 4, 5], Fraction(2, 3), id="the long branch turned round"),
        pytest.param([1, 2, 3, 5, 4], Fraction(2, 3), id="a branch behind what comes after both"),
        pytest.param([5, 4, 3, 2, 1], Fraction(0), id="backwards"),
    ],
)
def test_branches_beside_each_other_may_mix(positions: list[int], fraction: Fraction) -> None:
    result = ORDER.grade(BRANCHES, {"positions": positions}, exchange())
    assert result.fraction == fraction
    assert all(each.right for each in result.outcomes) == (fraction == 1)


def test_a_hop_at_a_possible_place_says_on_whose_wrong_side_it_was() -> None:
    loose = spec(
        [
            named("client", 0),
            named("bridge", 1, after=["client"]),
            *(HOPS[index] | {"after": [before]} for index, before in ((2, "bridge"), (3, "client"), (4, "client"))),
        ]
    )
    outcomes = ORDER.grade(loose, {"positions": [1, 4, 3, 2, 5]}, exchange()).outcomes
    assert [each.note for each in outcomes[:4]] == [
        "You had it here",
        "You had it on the wrong side of “tunnel out”",
        "You had it on the wrong side of “bridge”",
        "You had it here",
    ]


def test_a_question_with_branches_tells_the_learner_that_its_order_is_partly_free() -> None:
    assert "every order is right in which nothing comes too early" in ORDER.rule_for(BRANCHES)
    assert "nothing comes too early" not in ORDER.rule_for(IN_ORDER)


@st.composite
def branches(draw: st.DrawFn) -> tuple[Any, list[int]]:
    """The five hops with any names that come before theirs in the trace, and any order of them."""
    hops = [
        named(f"h{index}", index, after=[f"h{other}" for other in sorted(draw(st.sets(st.integers(0, index - 1))))])
        if index
        else named("h0", 0, after=[])
        for index in range(5)
    ]
    assume(any(each["after"] for each in hops))
    return spec(hops), draw(st.permutations(range(5)))


@given(branches())
def test_every_order_that_keeps_what_is_asked_earns_everything_and_no_other_does(asked: tuple[Any, list[int]]) -> None:
    question, given_order = asked
    place = {hop: number for number, hop in enumerate(given_order, start=1)}
    kept = all(place[int(name[1:])] < place[index] for index, hop in enumerate(question.hops) for name in hop.after)
    result = ORDER.grade(question, {"positions": [place[index] for index in range(5)]}, exchange())
    assert (result.fraction == 1) == kept
    assert all(each.right for each in result.outcomes) == kept


def test_a_hop_that_the_packet_passes_before_what_it_comes_after_is_the_questions_fault() -> None:
    turned = spec([named("client", 0, after=["server"]), *HOPS[1:4], named("server", 4, after=[])])
    with pytest.raises(UngradableQuestionError, match=r"hops\[0\].after: the packet passes 'server' later"):
        ORDER.grade(turned, {}, exchange())


def test_an_order_in_which_nothing_comes_after_another_is_no_question() -> None:
    free = spec([HOPS[0], *(each | {"after": []} for each in HOPS[1:])])
    with pytest.raises(UngradableQuestionError, match="every order is right"):
        ORDER.grade(free, {}, exchange())


@pytest.mark.parametrize(
    ("hops", "message"),
    [
        pytest.param(
            [named("a", 0, after=["b"]), named("b", 1, after=["c"]), named("c", 2, after=["a"])],
            "hops: 'a' before 'c' before 'b' before 'a' is a circle",
            id="a circle",
        ),
        pytest.param([named("a", 0, after=["a"]), *HOPS[1:3]], "'a' before 'a' is a circle", id="after itself"),
        pytest.param(
            [named("a", 0), HOPS[1] | {"after": ["x"]}, HOPS[2]],
            r"hops\[1\].after: no hop has the name 'x' \(there are: a\)",
            id="unknown name",
        ),
        pytest.param([named("a", 0), named("a", 1), HOPS[2]], r"hops\[1\]: has the same name as hops\[0\]", id="twice"),
        pytest.param(
            [named("a", 0), HOPS[1] | {"after": ["a"]}, HOPS[2] | {"rank": "x"}],
            r"hops\[2\].rank: a question has either rank or after",
            id="rank and after",
        ),
        pytest.param([each | {"after": []} for each in HOPS], "every order is right", id="no order at all"),
    ],
)
def test_an_order_that_cannot_be_meant_is_refused(hops: list[Any], message: str) -> None:
    with pytest.raises(InvalidSpecError, match=message):
        spec(hops)


@pytest.mark.parametrize(
    ("question", "lost"),
    [
        pytest.param(IN_ORDER, False, id="one order"),
        pytest.param(BESIDE, True, id="equal ranks"),
        pytest.param(BRANCHES, True, id="branches"),
    ],
)
def test_an_export_says_that_other_systems_know_one_order_only(question: Any, lost: bool) -> None:
    losses = outgoing.losses(outgoing.Asked("order_hops", question, exchange()))
    assert ("of several right orders only that of the packet is carried" in losses) == lost
