"""The learner puts hops into the order in which the packet passes them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from graphlib import CycleError
from typing import Any, Literal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop
from pydantic import Field, model_validator

from lessons import phrases
from quizzes.errors import IncompleteAnswerError, InvalidAnswerError, UngradableQuestionError
from quizzes.kinds.base import (
    Exchange,
    Form,
    Kind,
    Outcome,
    QuestionSpec,
    Response,
    Result,
    Slug,
    Strict,
    Text,
    require_same_entries,
)
from quizzes.kinds.partial_order import Before, at_odds, closed, longest_run, width
from quizzes.seeds import shuffled

LONGEST_RUN = gettext_noop("Longest run in the right order: {run} of {all} hops.")
HAD_AT = gettext_noop("You had it at {place}")
HAD_ON_WRONG_SIDE = gettext_noop("You had it on the wrong side of “{hop}”")
HAD_HERE = gettext_noop("You had it here")
phrases.register(LONGEST_RUN, HAD_AT, HAD_ON_WRONG_SIDE, HAD_HERE)
# (node, or None outside the nodes; network namespace; interface, or None where the packet is written; direction)
Tap = tuple[str | None, str, str | None, str]


class HopItem(Strict):
    """A tap on the packet's way, named as the trace names it, with the label and explanation that learners read.

    A hop comes after all that the packet passes before it, unless the author says less. Hops with the same `rank`
    follow each other in the trace and may stand in any order, such as a bridge and its port. A hop with `after` comes
    after the hops of these names and whatever those come after, and after nothing else.
    """

    node: Text | None
    netns: Text
    interface: Text | None = None
    direction: Literal["local", "in", "out"]
    label: Text
    explanation: Text
    rank: Text | None = None
    name: Slug | None = None
    after: tuple[Slug, ...] | None = None

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
            raise ValueError(_("hops: all have the same rank, so every order is right"))
        if all(hop.after == () for hop in self.hops):
            raise ValueError(_("hops: none comes after another one, so every order is right"))
        return self

    @model_validator(mode="after")
    def freedom_is_said_in_one_way(self) -> OrderHopsSpec:
        ranked = [index for index, hop in enumerate(self.hops) if hop.rank is not None]
        if ranked and self.is_partly_free:
            raise ValueError(
                _("hops[{ranked}].rank: a question has either rank or after; after can say both").format(
                    ranked=ranked[0]
                )
            )
        return self

    @model_validator(mode="after")
    def hops_come_after_others_that_there_are(self) -> OrderHopsSpec:
        numbers = self.numbers
        for index, hop in enumerate(self.hops):
            if hop.name is not None and numbers[hop.name] != index:
                raise ValueError(
                    _("hops[{index}]: has the same name as hops[{numbers}]").format(
                        index=index, numbers=numbers[hop.name]
                    )
                )
            for name in hop.after or ():
                if name not in numbers:
                    known = ", ".join(numbers) or _("none has a name")
                    raise ValueError(
                        _("hops[{index}].after: no hop has the name {name} (there are: {known})").format(
                            index=index, name=repr(name), known=known
                        )
                    )
        return self

    @model_validator(mode="after")
    def hops_come_after_each_other_in_no_circle(self) -> OrderHopsSpec:
        numbers = self.numbers
        try:
            closed({index: [numbers[name] for name in hop.after or ()] for index, hop in enumerate(self.hops)})
        except CycleError as error:
            circle = " before ".join(repr(self.hops[index].name) for index in error.args[1])
            raise ValueError(_("hops: {circle} is a circle, which no order can keep").format(circle=circle)) from None
        return self

    @property
    def is_partly_free(self) -> bool:
        """Whether the author says what some hops come after."""
        return any(hop.after is not None for hop in self.hops)

    @property
    def has_several_orders(self) -> bool:
        return self.is_partly_free or any(hop.rank is not None for hop in self.hops)

    @property
    def numbers(self) -> dict[str, int]:
        """The index of each hop that has a name, the first of those with the same one."""
        return {hop.name: index for index, hop in reversed(tuple(enumerate(self.hops))) if hop.name is not None}

    @model_validator(mode="after")
    def hops_differ(self) -> OrderHopsSpec:
        for index, hop in enumerate(self.hops):
            for earlier, other in enumerate(self.hops[:index]):
                if hop.tap() == other.tap() or hop.label == other.label:
                    same = "tap" if hop.tap() == other.tap() else "label"
                    raise ValueError(
                        _("hops[{index}]: has the same {same} as hops[{earlier}]").format(
                            index=index, same=same, earlier=earlier
                        )
                    )
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
    keys = gettext_lazy("hops: node, netns, interface, direction, label, explanation, rank, name, after")
    template = "quizzes/kinds/_order_hops.html"
    result_template = "quizzes/kinds/_hops_result.html"
    spec_type = OrderHopsSpec

    def rule_for(self, spec: OrderHopsSpec) -> str:
        if not spec.is_partly_free:
            return str(self.rule)
        free = _("Not every hop has to come at one place: every order is right in which nothing comes too early.")
        return f"{self.rule} {free}"

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
        before = precedence(spec, solution)
        run, least = longest_run(given, before), width(before)
        if least == len(solution):
            raise UngradableQuestionError(_("hops: none comes after another one, so every order is right"))
        fraction = Fraction(max(run - least, 0), len(solution) - least)
        outcomes = outcomes_of(spec, solution, given, before)
        remark = LONGEST_RUN.format(run=run, all=len(solution)) if given else ""
        return Result(fraction, self.describe(spec, response), outcomes, remark)

    def solution(self, spec: OrderHopsSpec, exchange: Exchange | None) -> Response:
        return {"positions": positions_of(traced_order(spec, exchange))}

    def distractors(self, spec: OrderHopsSpec, exchange: Exchange | None) -> Iterator[Response]:
        yield {"positions": positions_of(traced_order(spec, exchange)[::-1])}


def positions_of(order: Sequence[int]) -> list[int]:
    """For each hop its position from 1 in the order."""
    return [order.index(hop) + 1 for hop in range(len(order))]


def outcomes_of(
    spec: OrderHopsSpec, solution: Sequence[int], given: tuple[int, ...], before: Before
) -> tuple[Outcome, ...]:
    """Each hop in the order of the trace, and where the learner had it.

    A hop may stand wherever there is room for all that come before it, and behind it for all that come after. There,
    too, it can be on the wrong side of another hop.
    """
    places = {
        hop: range(len(before[hop]), len(solution) - sum(hop in earlier for earlier in before.values()))
        for hop in solution
    }
    possible = [hop for place, hop in enumerate(given) if place in places[hop]]
    odds = at_odds(given, before)
    return tuple(
        outcome(spec, index, given, index in possible, [o for o in possible if o in odds[index] or index in odds[o]])
        if index in given
        else Outcome(spec.hops[index].label, False, False, spec.hops[index].explanation)
        for index in solution
    )


def outcome(spec: OrderHopsSpec, index: int, given: tuple[int, ...], possible: bool, crossed: Sequence[int]) -> Outcome:
    """`possible`: its place is one of its own; `crossed`: the hops at such places on whose wrong side it stands."""
    hop = spec.hops[index]
    if not possible:
        note = HAD_AT.format(place=given.index(index) + 1)
    elif crossed:
        note = HAD_ON_WRONG_SIDE.format(hop=spec.hops[crossed[0]].label)
    else:
        note = HAD_HERE
    return Outcome(hop.label, True, possible and not crossed, hop.explanation, note)


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
        raise UngradableQuestionError(_("hops: there is no traced packet to order them by"))
    request = exchange.get("request")
    if not isinstance(request, Mapping) or "hops" not in request:
        raise UngradableQuestionError(_("hops: only a probe has hops; the facts are of another action"))
    taps = [(hop["node"], hop["netns"], hop["interface"], hop["direction"]) for hop in request["hops"]]
    for index, hop in enumerate(spec.hops):
        if taps.count(hop.tap()) != 1:
            times = (
                _("passes it {count} times").format(count=taps.count(hop.tap()))
                if hop.tap() in taps
                else _("never passes it")
            )
            raise UngradableQuestionError(
                _("hops[{index}]: the packet {times}; its taps are {taps}").format(
                    index=index, times=times, taps=tap_list(taps)
                )
            )
    return tuple(sorted(range(len(spec.hops)), key=lambda index: taps.index(spec.hops[index].tap())))


def tap_list(taps: Sequence[Tap]) -> str:
    return "; ".join(" ".join(part or "null" for part in tap) for tap in taps)


def precedence(spec: OrderHopsSpec, solution: Sequence[int]) -> Before:
    """For each hop those that have to come before it.

    Raises UngradableQuestionError for hops of one rank with another one between them, and for a hop that the packet
    passes before one that it is to come after.
    """
    require_neighbors(spec, solution)
    nearest = {}
    for place, index in enumerate(solution):
        find = earlier_in_trace if spec.hops[index].after is None else earlier_by_name
        nearest[index] = find(spec, solution[:place], index)
    return closed(nearest)


def earlier_in_trace(spec: OrderHopsSpec, passed: Sequence[int], index: int) -> Iterable[int]:
    rank = spec.hops[index].rank
    return [hop for hop in passed if rank is None or spec.hops[hop].rank != rank]


def earlier_by_name(spec: OrderHopsSpec, passed: Sequence[int], index: int) -> Iterable[int]:
    named = [spec.numbers[name] for name in spec.hops[index].after or ()]
    for hop in named:
        if hop not in passed:
            late = spec.hops[hop].name
            raise UngradableQuestionError(
                _("hops[{index}].after: the packet passes {late} later than this hop").format(
                    index=index, late=repr(late)
                )
            )
    return named


def require_neighbors(spec: OrderHopsSpec, solution: Sequence[int]) -> None:
    names = [spec.hops[index].rank or index for index in solution]
    for place, index in enumerate(solution):
        if names[place] in names[: max(place - 1, 0)] and names[place] != names[place - 1]:
            raise UngradableQuestionError(
                _("hops[{index}].rank: another hop stands between those of {names}").format(
                    index=index, names=repr(names[place])
                )
            )
