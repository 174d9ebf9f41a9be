"""The learner predicts a packet: what becomes of it, where its way ends, and which source address it has there."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from fractions import Fraction
from itertools import cycle, islice
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop
from pydantic import Field, model_validator

from lessons import phrases
from lessons.runs.scenarios import Scenario
from quizzes.errors import IncompleteAnswerError, InvalidAnswerError, UngradableQuestionError
from quizzes.kinds.base import (
    HITS,
    RIGHT,
    Exchange,
    Form,
    Kind,
    Outcome,
    QuestionSpec,
    Response,
    Result,
    Strict,
    Text,
    code_span,
)
from quizzes.kinds.ip_address import address_of, parse_address
from quizzes.kinds.typed import LONGEST_ANSWER, typed_text
from quizzes.simulation import pictures

if TYPE_CHECKING:
    from quizzes.simulation.engine import Engine

PartName = Literal["fate", "place", "source"]
FATES = {
    "delivered": gettext_noop("A process takes it"),
    "closed-port": gettext_noop("It arrives, and nobody listens on its port"),
    "policy": gettext_noop("A network policy stops it"),
    "rule": gettext_noop("Another rule, or a firewall, stops it"),
    "check": gettext_noop("A check of the kernel drops it, without a rule"),
    "no-route": gettext_noop("There is no route for it"),
    "no-neighbor": gettext_noop("Nobody answers for its next address"),
    "too-big": gettext_noop("It is too big for the next link"),
    "ttl": gettext_noop("Its TTL runs out"),
    "leaves": gettext_noop("It leaves what the simulator knows"),
}
DISPOSITIONS = {
    "ACCEPTED": "delivered",
    "EXITS_NETWORK": "leaves",
    "NO_LISTENER": "closed-port",
    "NO_ROUTE": "no-route",
    "BLACKHOLED": "no-route",
    "NEIGHBOR_UNREACHABLE": "no-neighbor",
    "TOO_BIG": "too-big",
    "TTL_EXCEEDED": "ttl",
    "LOOP": "ttl",
}
"""netsim's Disposition → fate. REJECTED and DROPPED are told apart by who did it."""
PARTS = {
    "fate": gettext_lazy("What becomes of it?"),
    "place": gettext_lazy("Where does its way end?"),
    "source": gettext_lazy("Which source address does it have there?"),
}

ANSWERED = {
    "fate": gettext_noop("What becomes of it? {words}"),
    "place": gettext_noop("Where does its way end? {words}"),
    "source": gettext_noop("Which source address does it have there? {words}"),
}
SAID = gettext_noop("You said: {words}")
phrases.register(*FATES.values(), *ANSWERED.values(), SAID)


class PartMistake(Strict):
    """A wrong value of a part, with the belief that leads to it."""

    part: PartName
    value: Text
    explanation: Text


class PredictPacketSpec(QuestionSpec):
    """`parts` are what is asked, each with the explanation of what is right."""

    parts: dict[PartName, Text] = Field(min_length=2)
    mistakes: tuple[PartMistake, ...] = Field(default=(), max_length=16)

    @property
    def expectations(self) -> tuple[str, ...]:
        return ("parts",)

    @property
    def asked(self) -> tuple[PartName, ...]:
        """The parts in the order in which they are asked."""
        order: tuple[PartName, ...] = ("fate", "place", "source")
        return tuple(name for name in order if name in self.parts)

    @model_validator(mode="after")
    def mistakes_can_be_made(self) -> PredictPacketSpec:
        for index, mistake in enumerate(self.mistakes):
            if mistake.part not in self.parts:
                raise ValueError(
                    _("mistakes[{index}].part: {part} is not asked").format(index=index, part=mistake.part)
                )
            if mistake.part == "fate" and mistake.value not in FATES:
                raise ValueError(
                    _("mistakes[{index}].value: is none of {known}").format(index=index, known=", ".join(FATES))
                )
            if mistake.part == "source" and not is_address(mistake.value):
                raise ValueError(_("mistakes[{index}].value: is not an IP address").format(index=index))
        return self


class PredictPacket(Kind[PredictPacketSpec]):
    """A response is {"fate": a word of FATES, "place": a name of Picture.names, "source": what was typed}."""

    name = "predict_packet"
    label = gettext_lazy("Predict the packet")
    rule = gettext_lazy(
        "Answer every part. The packet is sent and decides; each right part earns its share of the points."
    )
    keys = gettext_lazy("parts: fate, place, source, each with its explanation; mistakes: part, value, explanation")
    template = "quizzes/kinds/_predict_packet.html"
    result_template = "quizzes/kinds/_predict_packet_result.html"
    spec_type = PredictPacketSpec
    shows_picture: ClassVar[bool] = True

    def present(self, spec: PredictPacketSpec, response: Response, seed: str) -> dict[str, Any]:
        fates = [
            {"value": word, "text": _(words), "chosen": response.get("fate") == word} for word, words in FATES.items()
        ]
        asked = [{"name": name, "label": PARTS[name]} for name in spec.asked]
        return {"asked": asked, "fates": fates, "response": response, "longest": LONGEST_ANSWER}

    def read(self, spec: PredictPacketSpec, form: Form, field: str, seed: str) -> Response:
        given = {name: typed_text(form, f"{field}.{name}", 320) for name in spec.asked}
        if "fate" in given and given["fate"] not in ("", *FATES):
            raise InvalidAnswerError(_("This form does not belong to the question. Reload the page and answer again."))
        return {name: text for name, text in given.items() if text}

    def answered(self, response: Response) -> bool:
        return bool(response)

    def check(self, spec: PredictPacketSpec, response: Response) -> None:
        if not self.answered(response):
            return
        if "source" in response:
            parse_address(response["source"])
        if missing := [str(PARTS[name]) for name in spec.asked if name not in response]:
            message = _("Answer every part; a guess costs nothing. Still open: %(parts)s")
            raise IncompleteAnswerError(message % {"parts": " ".join(missing)})

    def check_in_cluster(self, spec: PredictPacketSpec, response: Response, scenario: Scenario) -> None:
        if "place" in response and response["place"] not in pictures.picture_of(scenario).names:
            raise InvalidAnswerError(_("This machine is not in the picture. Choose again."))

    def invalid_forms(self, spec: PredictPacketSpec, field: str) -> Iterator[dict[str, list[str]]]:
        whole = {"fate": "delivered", "place": "external", "source": "10.0.0.1"}
        broken = {"fate": "eaten", "place": "pod/no/where", "source": "10.0.0.256"}
        yield {f"{field}.{spec.asked[0]}": [whole[spec.asked[0]]]}
        for wrong in spec.asked:
            yield {f"{field}.{name}": [(broken if name == wrong else whole)[name]] for name in spec.asked}

    def facts(self, spec: PredictPacketSpec, response: Response, engine: Engine) -> Exchange:
        """{"fate", "place", "source": what is right, "places", "addresses": {address: element that has it}}."""
        played = engine.played()
        if "request" not in played["exchange"]:
            raise UngradableQuestionError(_("parts: only a probe is one packet; the facts are of another action"))
        picture = pictures.picture_of(engine.scenario)
        return {
            "fate": fate_of(played),
            "place": place_of(played["exchange"]["request"]["hops"][-1]),
            "source": address_of(request_rows(played)[-1]["source"]),
            "places": list(picture.names),
            "addresses": addresses(played["diagram"]),
        }

    def describe(self, spec: PredictPacketSpec, response: Response) -> str:
        return "; ".join(_(FATES[text]) if name == "fate" else text for name, text in response.items())

    def grade(self, spec: PredictPacketSpec, response: Response, exchange: Exchange | None) -> Result:
        right = right_parts(spec, exchange)
        outcomes = tuple(self.outcome(spec, name, right[name], response.get(name), exchange) for name in spec.asked)
        hits = sum(each.right for each in outcomes)
        remark = HITS.format(hits=hits, all=len(outcomes))
        fraction = Fraction(hits, len(outcomes))
        return Result(fraction, self.describe(spec, response), outcomes, remark if self.answered(response) else "")

    def outcome(
        self, spec: PredictPacketSpec, name: PartName, right: str, given: str | None, exchange: Exchange | None
    ) -> Outcome:
        """A part: what is right, what the learner said instead, and what that is."""
        hit = given is not None and same(name, given, right)
        note = "" if given is None else RIGHT if hit else SAID.format(words=shown(name, given))
        reasons = [] if given is None or hit else wrong_because(spec, name, given, exchange)
        explanation = "\n\n".join((*reasons, spec.parts[name]))
        return Outcome(ANSWERED[name].format(words=shown(name, right)), given is not None, hit, explanation, note)

    def solution(self, spec: PredictPacketSpec, exchange: Exchange | None) -> Response:
        return dict(right_parts(spec, exchange))

    def distractors(self, spec: PredictPacketSpec, exchange: Exchange | None) -> Iterator[Response]:
        """Every other fate, machine and known address, with every other part wrong as well."""
        right = right_parts(spec, exchange)
        every = {
            "fate": list(FATES),
            "place": list((exchange or {})["places"]),
            "source": [each.value for each in spec.mistakes if each.part == "source"]
            + list((exchange or {})["addresses"]),
        }
        wrong = {name: [each for each in every[name] if not same(name, each, right[name])] for name in spec.asked}
        count = max(map(len, wrong.values()))
        columns = [islice(cycle(wrong[name]), count) for name in spec.asked]
        yield from (dict(zip(spec.asked, values, strict=True)) for values in zip(*columns, strict=True))

    def watched(self, spec: PredictPacketSpec, response: Response, engine: Engine, number: int) -> Scenario | None:
        return engine.scenario if number == 0 else None


def right_parts(spec: PredictPacketSpec, exchange: Exchange | None) -> dict[str, str]:
    """What is right, for the parts that are asked. Raises UngradableQuestionError."""
    if exchange is None:
        raise UngradableQuestionError(_("parts: there is no traced packet that decides"))
    if "place" in spec.parts and exchange["place"] not in exchange["places"]:
        places = ", ".join(exchange["places"])
        raise UngradableQuestionError(
            _("parts.place: is {place}, which is not in the picture: {places}").format(
                place=exchange["place"], places=places
            )
        )
    right: dict[str, str] = {name: exchange[name] for name in spec.asked}
    for index, mistake in enumerate(spec.mistakes):
        if same(mistake.part, mistake.value, right[mistake.part]):
            raise UngradableQuestionError(
                _("mistakes[{index}]: is the right answer, {right}").format(index=index, right=right[mistake.part])
            )
    return right


def wrong_because(spec: PredictPacketSpec, name: PartName, given: str, exchange: Exchange | None) -> list[str]:
    """What the author says about this mistake, or else whose address it is."""
    made = [each.explanation for each in spec.mistakes if each.part == name and same(name, given, each.value)]
    if made or name != "source":
        return made
    element = (exchange or {})["addresses"].get(str(parse_address(given)))
    return [_("That is the address of %(device)s.") % {"device": pictures.device_name(element)}] if element else []


def request_rows(played: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The rows of the packet itself: not of its answer, nor of the data after a handshake."""
    return [row for row in played["rows"] if row["part"] == 0 and row["turn"] == 0]


def fate_of(played: Mapping[str, Any]) -> str:
    """A word of FATES."""
    disposition = played["exchange"]["request"]["disposition"]
    if disposition in DISPOSITIONS:
        return DISPOSITIONS[disposition]
    last = request_rows(played)[-1]
    if any(event["kind"] == "drop" and event["icon"] == "shield" for event in last["events"]):
        return "policy"
    return "rule" if last["place"] in ("netfilter", "link") else "check"


def place_of(hop: Mapping[str, Any]) -> str:
    """The machine of a hop, as a probe names it."""
    if hop["netns"] in pictures.BETWEEN.values():
        return str(hop["netns"])
    return f"pod/{hop['netns']}" if "/" in hop["netns"] else f"node/{hop['netns']}"


def addresses(diagram: Mapping[str, Any]) -> dict[str, str]:
    """Every address that the picture shows at a device, a machine or a Service, with the element that has it."""
    found: dict[str, str] = {}
    for element in diagram["elements"]:
        name = str(element["data"]["id"])
        words = str(element["data"].get("label", "")).split() if not name.startswith("caption:") else ()
        for address in map(address_of, words):
            if is_address(address):
                found.setdefault(str(ipaddress.ip_address(address)), name)
    return found


def is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def same(name: str, one: str, other: str) -> bool:
    if name == "source":
        return bool(parse_address(one) == parse_address(other))
    return one == other


def shown(name: str, value: str) -> str:
    """A part's value as Markdown."""
    return FATES[value] if name == "fate" else code_span(value)
