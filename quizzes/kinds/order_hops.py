"""The learner puts hops into the order in which the packet passes them."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any, Literal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import Field, model_validator

from quizzes.errors import IncompleteAnswerError, InvalidAnswerError, UngradableQuestionError
from quizzes.kinds.base import (
    Exchange,
    Form,
    Kind,
    Outcome,
    QuestionSpec,
    Response,
    Result,
    Strict,
    Text,
    require_same_entries,
)
from quizzes.seeds import shuffled

# (node, or None outside the nodes; network namespace; interface, or None where the packet is written; direction)
Tap = tuple[str | None, str, str | None, str]


class HopItem(Strict):
    """A tap on the packet's way, named as the trace names it, with the label and explanation that learners read.

    Hops with the same `rank` follow each other in the trace and may stand in any order, such as a bridge and its port.
    """

    node: Text | None
    netns: Text
    interface: Text | None = None
    direction: Literal["local", "in", "out"]
    label: Text
    explanation: Text
    rank: Text | None = None

    def tap(self) -> Tap:
        return (self.node, self.netns, self.interface, self.direction)


class OrderHopsSpec(QuestionSpec):
    hops: tuple[HopItem, ...] = Field(min_length=3, max_length=12)

    @property
    def expectations(self) -> tuple[str, ...]:
        return ("hops",)

    @model_validator(mode="after")
    def something_is_to_be_ordered(self) -> OrderHopsSpec:
        if len({hop.rank or index for index, hop in enumerate(self.hops)}) < 2:
            raise ValueError("hops: all have the same rank, so every order is right")
        return self

    @model_validator(mode="after")
    def hops_differ(self) -> OrderHopsSpec:
        for index, hop in enumerate(self.hops):
            for earlier, other in enumerate(self.hops[:index]):
                if hop.tap() == other.tap() or hop.label == other.label:
                    same = "tap" if hop.tap() == other.tap() else "label"
                    raise ValueError(f"hops[{index}]: has the same {same} as hops[{earlier}]")
        return self


class OrderHops(Kind[OrderHopsSpec]):
    """A response is {"positions": [for each of the specification's hops its position from 1, or null]}."""

    name = "order_hops"
    label = gettext_lazy("Order the hops")
    rule = gettext_lazy(
        "Give every hop its position, 1 for the first. The longest run of hops that stand in the right order relative "
        "to each other earns its share of the points; all hops in order earn all of them. Where two follow each other "
        "at once, either order is right."
    )
    keys = "hops: node, netns, interface, direction, label, explanation, rank"
    template = "quizzes/kinds/_order_hops.html"
    result_template = "quizzes/kinds/_hops_result.html"
    spec_type = OrderHopsSpec

    def present(self, spec: OrderHopsSpec, response: Response, seed: str) -> dict[str, Any]:
        positions = response.get("positions") or [None] * len(spec.hops)
        items = [
            {"value": shown, "label": spec.hops[index].label, "position": positions[index]}
            for shown, index in enumerate(shuffled(len(spec.hops), seed))
        ]
        if sorted(position or 0 for position in positions) == list(range(1, len(spec.hops) + 1)):
            items.sort(key=lambda item: item["position"])
        return {"items": items, "positions": range(1, len(spec.hops) + 1)}

    def read(self, spec: OrderHopsSpec, form: Form, field: str, seed: str) -> Response:
        positions: list[int | None] = [None] * len(spec.hops)
        for shown, index in enumerate(shuffled(len(spec.hops), seed)):
            positions[index] = read_position(form, f"{field}.{shown}", len(spec.hops))
        return {"positions": positions} if any(positions) else {}

    def answered(self, response: Response) -> bool:
        return any(response.get("positions", []))

    def check(self, spec: OrderHopsSpec, response: Response) -> None:
        if not self.answered(response):
            return
        positions = response["positions"]
        if len(positions) != len(spec.hops):
            raise InvalidAnswerError(_("The hops of this question have changed. Order them again."))
        missing = [hop.label for hop, position in zip(spec.hops, positions, strict=True) if position is None]
        if missing:
            raise IncompleteAnswerError(
                _("Give every hop a position. Without one: %(hops)s.") % {"hops": ", ".join(missing)}
            )
        twice = sorted({position for position in positions if positions.count(position) > 1})
        if twice:
            raise InvalidAnswerError(
                _("Use every position once. Used more often: %(positions)s.")
                % {"positions": ", ".join(map(str, twice))}
            )

    def invalid_forms(self, spec: OrderHopsSpec, field: str) -> Iterator[dict[str, list[str]]]:
        """One hop without a position, all at the same one, and a position that there is not."""
        count = len(spec.hops)
        yield {f"{field}.{hop}": [str(hop)] for hop in range(1, count)}
        yield {f"{field}.{hop}": ["1"] for hop in range(count)}
        yield {f"{field}.{hop}": [str(count + 1)] for hop in range(count)}

    def describe(self, spec: OrderHopsSpec, response: Response) -> str:
        return " → ".join(spec.hops[index].label for index in given_order(response))

    def carried(self, before: OrderHopsSpec, after: OrderHopsSpec, response: Response) -> Response:
        old, new = [hop.label for hop in before.hops], [hop.label for hop in after.hops]
        require_same_entries(old, new)
        return {"positions": [response["positions"][old.index(label)] for label in new]} if response else {}

    def grade(self, spec: OrderHopsSpec, response: Response, exchange: Exchange | None) -> Result:
        solution = traced_order(spec, exchange)
        given = given_order(response)
        rank = ranks(spec, solution)
        run = longest_ordered([rank[index] for index in given])
        least = max(Counter(rank.values()).values())
        fraction = Fraction(max(run - least, 0), len(solution) - least)
        places = {index: [solution.index(other) for other in rank if rank[other] == rank[index]] for index in rank}
        outcomes = tuple(outcome(spec.hops[index], places[index], given, index) for index in solution)
        counts = {"run": run, "all": len(solution)}
        remark = _("Longest run in the right order: %(run)s of %(all)s hops.") % counts if given else ""
        return Result(fraction, self.describe(spec, response), outcomes, remark)

    def solution(self, spec: OrderHopsSpec, exchange: Exchange | None) -> Response:
        return {"positions": positions_of(traced_order(spec, exchange))}

    def distractors(self, spec: OrderHopsSpec, exchange: Exchange | None) -> Iterator[Response]:
        yield {"positions": positions_of(traced_order(spec, exchange)[::-1])}


def positions_of(order: Sequence[int]) -> list[int]:
    """For each hop its position from 1 in the order."""
    return [order.index(hop) + 1 for hop in range(len(order))]


def outcome(hop: HopItem, places: Sequence[int], given: tuple[int, ...], index: int) -> Outcome:
    """A hop, its right places (from 0), and where the learner had it."""
    if index not in given:
        return Outcome(hop.label, False, False, hop.explanation)
    here = given.index(index) in places
    note = _("You had it here") if here else _("You had it at %(place)s") % {"place": given.index(index) + 1}
    return Outcome(hop.label, True, here, hop.explanation, note)


def read_position(form: Form, field: str, count: int) -> int | None:
    text = next(iter(form.get(field, ())), "")
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) < 4 and 1 <= int(text) <= count):
        raise InvalidAnswerError(_("A position is a number from 1 to %(count)s.") % {"count": count})
    return int(text)


def given_order(response: Response) -> tuple[int, ...]:
    """The indexes of the hops that have a position, first one first; empty without an answer."""
    positions = response.get("positions", [])
    placed = [index for index, position in enumerate(positions) if position is not None]
    return tuple(sorted(placed, key=lambda index: positions[index]))


def traced_order(spec: OrderHopsSpec, exchange: Exchange | None) -> tuple[int, ...]:
    """The indexes of the hops in the order in which the request passed them. Raises UngradableQuestionError."""
    if exchange is None:
        raise UngradableQuestionError("hops: there is no traced packet to order them by")
    request = exchange.get("request")
    if not isinstance(request, Mapping) or "hops" not in request:
        raise UngradableQuestionError("hops: only a probe has hops; the facts are of another action")
    taps = [(hop["node"], hop["netns"], hop["interface"], hop["direction"]) for hop in request["hops"]]
    for index, hop in enumerate(spec.hops):
        if taps.count(hop.tap()) != 1:
            times = f"passes it {taps.count(hop.tap())} times" if hop.tap() in taps else "never passes it"
            raise UngradableQuestionError(f"hops[{index}]: the packet {times}; its taps are {tap_list(taps)}")
    return tuple(sorted(range(len(spec.hops)), key=lambda index: taps.index(spec.hops[index].tap())))


def tap_list(taps: Sequence[Tap]) -> str:
    return "; ".join(" ".join(part or "null" for part in tap) for tap in taps)


def ranks(spec: OrderHopsSpec, solution: Sequence[int]) -> dict[int, int]:
    """For each hop its rank from 0 on the packet's way; hops that the author gives the same rank share it.

    Raises UngradableQuestionError for hops of one rank with another one between them.
    """
    names = [spec.hops[index].rank or index for index in solution]
    found: dict[int, int] = {}
    for place, index in enumerate(solution):
        again = place > 0 and names[place] == names[place - 1]
        if not again and names[place] in names[:place]:
            raise UngradableQuestionError(f"hops[{index}].rank: another hop stands between those of {names[place]!r}")
        found[index] = found[solution[place - 1]] if again else len(set(found.values()))
    return found


def longest_ordered(ranks: Sequence[int]) -> int:
    """The length of the longest subsequence that never falls: of a permutation, what it has of 0, 1, 2 …"""
    tails: list[int] = []
    for rank in ranks:
        place = bisect_right(tails, rank)
        tails[place : place + 1] = [rank]
    return len(tails)
