"""The learner chooses a device or a link in the picture of the cluster. The packet's way decides which one is right."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop
from pydantic import Field, StringConstraints, model_validator

from lessons.runs.scenarios import Scenario
from quizzes.errors import InvalidAnswerError, UngradableQuestionError
from quizzes.kinds.base import Exchange, Form, Kind, Outcome, QuestionSpec, Response, Result, Strict, Text
from quizzes.kinds.ip_address import address_of
from quizzes.simulation import pictures

if TYPE_CHECKING:
    from quizzes.simulation.engine import Engine

DEVICE = r"[a-z]+:[A-Za-z0-9._:@/-]{1,300}"
ELEMENT = re.compile(rf"{DEVICE}|wire {DEVICE} {DEVICE}")
Element = Annotated[str, StringConstraints(pattern=f"^({ELEMENT.pattern})$")]
Row = Mapping[str, Any]
PASSED = gettext_noop("The packet passes here, but that is not what happens to it here.")
ELSEWHERE = gettext_noop("The packet does not come here.")


def has_event(*kinds: str) -> Callable[[Row, Row | None], bool]:
    return lambda row, before: any(event["kind"] in kinds for event in row["events"])


def other_address(side: str) -> Callable[[Row, Row | None], bool]:
    """Whether the packet leaves this stop with another address than it came with; its ports do not count."""
    return lambda row, before: before is not None and address_of(row[side]) != address_of(before[side])


EXPECTED: Mapping[str, Callable[[Row, Row | None], bool]] = {
    "drops": has_event("drop"),
    "delivers": has_event("deliver"),
    "encapsulates": has_event("encapsulate"),
    "decapsulates": has_event("decapsulate"),
    "fragments": has_event("fragment"),
    "changes-source": other_address("source"),
    "changes-destination": other_address("destination"),
    "lowers-ttl": lambda row, before: any(step["kind"] == "forward" for step in row["steps"]),
    "sends": lambda row, before: before is None,
}
"""What a stop of a packet may be asked for: row of the hop table, and the one before in the same turn, or None.

Forwarding is told at the device where the packet came in, because it is no stop of its own; routing does it.
"""
LINKS = ("crosses", "crosses-wrapped", "crosses-last")
"""What a link may be asked for: the packet crosses it, does so inside of another one, or crosses none after it."""


class KnownDevice(Strict):
    device: Element
    explanation: Text


class ClickDeviceSpec(QuestionSpec):
    """`expect` is found on the packet's way, `right` is named; `leg` says which way of the packet is meant."""

    explanation: Text
    expect: Literal[
        "drops", "delivers", "encapsulates", "decapsulates", "fragments", "changes-source", "changes-destination",
        "lowers-ttl", "sends", "crosses", "crosses-wrapped", "crosses-last",
    ] | None = None  # fmt: skip
    right: tuple[Element, ...] = Field(default=(), max_length=12)
    leg: Literal["request", "reply"] = "request"
    devices: tuple[KnownDevice, ...] = Field(default=(), max_length=20)

    @property
    def expectations(self) -> tuple[str, ...]:
        return ("expect",) if self.expect else ("right",)

    @property
    def asks_for_links(self) -> bool:
        return self.expect in LINKS or any(map(pictures.ends, self.right))

    @model_validator(mode="after")
    def all_of_one_sort(self) -> ClickDeviceSpec:
        for element in (*self.right, *(known.device for known in self.devices)):
            if bool(pictures.ends(element)) != self.asks_for_links:
                other = (
                    _("a device, and links are asked for")
                    if self.asks_for_links
                    else _("a link, and no links are asked for")
                )
                raise ValueError(_("devices: {element} is {other}").format(element=element, other=other))
        return self

    @model_validator(mode="after")
    def one_judge(self) -> ClickDeviceSpec:
        if (self.expect is None) == (not self.right):
            words = ", ".join((*EXPECTED, *LINKS))
            raise ValueError(
                _("give either expect: one of {words}, or right: a list of devices or links").format(words=words)
            )
        named = [known.device for known in self.devices]
        if twice := sorted({device for device in named if named.count(device) > 1 or device in self.right}):
            raise ValueError(_("devices: {twice} is named twice").format(twice=twice[0]))
        return self


class ClickDevice(Kind[ClickDeviceSpec]):
    """A response is {"device": the name of an element of the picture}."""

    name = "click_device"
    label = gettext_lazy("Choose a device or a link in the picture")
    rule = gettext_lazy("Choose one device, in the picture or in the list below it. The packet is sent and decides.")
    keys = gettext_lazy(
        "expect: drops, encapsulates, crosses …, or right: devices or links; leg; devices: device, explanation"
    )
    template = "quizzes/kinds/_click_device.html"
    result_template = "quizzes/kinds/_click_device_result.html"
    spec_type = ClickDeviceSpec
    shows_picture: ClassVar[bool] = True

    def rule_for(self, spec: ClickDeviceSpec) -> str:
        if not spec.asks_for_links:
            return str(self.rule)
        return _("Choose one link, in the picture or in the list below it. The packet is sent and decides.")

    def present(self, spec: ClickDeviceSpec, response: Response, seed: str) -> dict[str, Any]:
        return {"chosen": response.get("device", ""), "links": spec.asks_for_links}

    def read(self, spec: ClickDeviceSpec, form: Form, field: str, seed: str) -> Response:
        chosen = [value for value in form.get(field, ()) if value]
        if len(chosen) > 1 or not all(ELEMENT.fullmatch(value) for value in chosen):
            raise InvalidAnswerError(_("Choose one part of the picture."))
        return {"device": chosen[0]} if chosen else {}

    def answered(self, response: Response) -> bool:
        return bool(response.get("device"))

    def check(self, spec: ClickDeviceSpec, response: Response) -> None:
        """Only the picture knows its devices: see check_in_cluster."""

    def check_in_cluster(self, spec: ClickDeviceSpec, response: Response, scenario: Scenario) -> None:
        if response["device"] not in choosable(spec, scenario):
            raise InvalidAnswerError(_("This is not in the picture. Choose again."))

    def invalid_forms(self, spec: ClickDeviceSpec, field: str) -> Iterator[dict[str, list[str]]]:
        yield {field: ["interface:nowhere:eth99"]}
        yield {field: ["<script>"]}
        yield {field: ["router:router:", "outside:external:"]}

    def facts(self, spec: ClickDeviceSpec, response: Response, engine: Engine) -> Exchange:
        """{"rows", "stops": of the packet's way, "devices": what can be chosen in the picture}."""
        played = engine.played()
        devices = sorted(choosable(spec, engine.scenario))
        return {"rows": played["rows"], "stops": played["diagram"]["stops"], "devices": devices}

    def describe(self, spec: ClickDeviceSpec, response: Response) -> str:
        return pictures.device_name(response["device"]) if self.answered(response) else ""

    def grade(self, spec: ClickDeviceSpec, response: Response, exchange: Exchange | None) -> Result:
        right = right_devices(spec, exchange)
        passed = {element for stop in (exchange or {})["stops"] for element in (stop["element"], *stop["edges"])}
        known = {each.device: each.explanation for each in spec.devices}
        chosen = response.get("device")
        outcomes = [Outcome(element, element == chosen, True, spec.explanation) for element in right]
        if chosen and chosen not in right and chosen not in known:
            outcomes.append(Outcome(chosen, True, False, PASSED if chosen in passed else ELSEWHERE, note="usual"))
        outcomes += [Outcome(element, element == chosen, False, words) for element, words in known.items()]
        sort = {"links": True} if spec.asks_for_links else {}
        details = {"right": list(right), "chosen": chosen or "", "passed": sorted(passed), **sort}
        answer = self.describe(spec, response)
        return Result(Fraction(int(chosen in right)), answer, tuple(outcomes), details=details)

    def solution(self, spec: ClickDeviceSpec, exchange: Exchange | None) -> Response:
        return {"device": right_devices(spec, exchange)[0]}

    def distractors(self, spec: ClickDeviceSpec, exchange: Exchange | None) -> Iterator[Response]:
        """Every other device of the picture, those with an explanation of their own first."""
        right = right_devices(spec, exchange)
        named = [each.device for each in spec.devices]
        others = [element for element in (exchange or {})["devices"] if element not in (*right, *named)]
        yield from ({"device": element} for element in (*named, *others))

    def watched(self, spec: ClickDeviceSpec, response: Response, engine: Engine, number: int) -> Scenario | None:
        return engine.scenario if number == 0 else None


def choosable(spec: ClickDeviceSpec, scenario: Scenario) -> frozenset[str]:
    picture = pictures.picture_of(scenario)
    return frozenset(link.element for link in picture.links) if spec.asks_for_links else picture.elements


def right_devices(spec: ClickDeviceSpec, exchange: Exchange | None) -> tuple[str, ...]:
    """Each once, in the order of the packet's way. Raises UngradableQuestionError."""
    if exchange is None:
        raise UngradableQuestionError(_("expect: there is no traced packet that decides"))
    way = crossed if spec.asks_for_links else expected
    found = spec.right or tuple(dict.fromkeys(way(spec, exchange)))
    if not found:
        words = _("expect: no stop of the {leg} {expect} anything")
        if spec.asks_for_links:
            words = _("expect: no link is one that the {leg} {expect}")
        raise UngradableQuestionError(words.format(leg=spec.leg, expect=spec.expect))
    wanted = [("right", element) for element in found] + [("devices", each.device) for each in spec.devices]
    for key, element in wanted:
        if element not in exchange["devices"]:
            raise UngradableQuestionError(
                _("{key}: the picture has no {element}; it has {known}").format(
                    key=key, element=element, known=", ".join(exchange["devices"])
                )
            )
    if wrong := [each.device for each in spec.devices if each.device in found]:
        raise UngradableQuestionError(_("devices: {wrong} is right").format(wrong=wrong[0]))
    return found


def expected(spec: ClickDeviceSpec, exchange: Exchange) -> Iterator[str]:
    assert spec.expect is not None  # noqa: S101 (the caller has seen it)
    holds = EXPECTED[spec.expect]
    rows = [None, *exchange["rows"]]
    for (before, row), stop in zip(pairwise(rows), exchange["stops"], strict=True):
        assert row is not None  # noqa: S101 (only the first is None)
        same_turn = before is not None and not row["starts_leg"]
        if row["leg"] == spec.leg and holds(row, before if same_turn else None):
            yield f"routing:{row['node']}:" if spec.expect == "lowers-ttl" else stop["element"]


def crossed(spec: ClickDeviceSpec, exchange: Exchange) -> Iterator[str]:
    """The links that the packet crosses as `expect` says."""
    legs = [pair for pair in zip(exchange["rows"], exchange["stops"], strict=True) if pair[0]["leg"] == spec.leg]
    links = [(edge, row) for row, stop in legs for edge in stop["edges"] if edge in exchange["devices"]]
    if spec.expect == "crosses-last":
        links = links[-1:]
    yield from (edge for edge, row in links if row["wrapped"] or spec.expect != "crosses-wrapped")
