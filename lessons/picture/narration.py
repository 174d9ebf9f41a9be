"""Tells exchanges stop by stop: the rows of the hop table, which is also the text twin of the picture.

    rows(parts)   the parts that lessons.picture.itinerary.stops takes → one dict for each stop

Every sentence is put together from what the engine reports; nothing about networking is worked out here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext_noop

from lessons import phrases
from lessons.picture import hop_events
from lessons.picture.itinerary import LEGS, Parts, Stop, stops
from lessons.picture.packet_layers import endpoint, innermost, layers, transport_of
from lessons.picture.places import LOOPBACK, Place, PlaceKind

Document = Mapping[str, Any]
Row = dict[str, Any]

LEG_TITLES = {"request": gettext_noop("Request"), "reply": gettext_noop("Reply: the way back")}
DATA_TITLES = {"request": gettext_noop("Data"), "reply": gettext_noop("Answer to the data")}
TELLING = (
    "drop", "deliver", "socket-rewrite", "encapsulate", "decapsulate", "ipvs", "bpf", "nat", "fragment", "path-mtu",
    "policy", "reassemble", "bridge-redirect", "forward", "bridge", "originate",
)  # fmt: skip
"""Step kinds by how much they say about a stop, most telling first."""


def rows(parts: Parts) -> list[Row]:
    """One row a stop: where it is, the addresses, what happened and what changed since the row before.

    Keys: number (from 1), part (from 0), part_title, starts_part, turn (from 0 in its part: one a packet), leg
    ("request" or "reply"), leg_title, starts_leg (the first row of a turn), hop (from 0 in its turn), place, where,
    detail, node, packet_label, source, destination, mac, ttl, changed (names of columns), events [{kind, icon, word}],
    sentence, steps [{kind, text, rules, notes}], layers (see packet_layers), wrapped.
    """
    told: list[Row] = []
    last: Stop | None = None
    for number, stop in enumerate(stops(parts), start=1):
        same_turn = last is not None and (last.part, last.turn) == (stop.part, stop.turn)
        part = parts[stop.part]
        heading = {"part_title": part["title"], "starts_part": last is None or last.part != stop.part}
        security = part.get("security", "none") if stop.turn == 0 else "none"
        told.append(heading | _row(number, stop, last if same_turn else None, security))
        last = stop
    return told


def _leg_title(stop: Stop) -> str:
    titles = LEG_TITLES if stop.turn < len(LEGS) else DATA_TITLES
    return titles[stop.leg]


def _row(number: int, stop: Stop, before: Stop | None, security: str) -> Row:
    cells = _cells(stop)
    earlier = _cells(before) if before else cells
    where, around = place_words(stop.place, stop.node)
    looped = stop.place.kind is PlaceKind.PROCESS and stop.interface == LOOPBACK
    return {
        "number": number,
        "part": stop.part,
        "turn": stop.turn,
        "leg": stop.leg,
        "leg_title": _leg_title(stop),
        "hop": stop.hop,
        "starts_leg": before is None,
        "place": stop.place.kind.value,
        "where": where,
        "detail": THROUGH_LOOPBACK.format(words=around) if looped else around,
        "node": stop.node,
        "packet_label": _packet_label(innermost(stop.packet)),
        "wrapped": stop.packet["inner"] is not None,
        **cells,
        "changed": [name for name, value in cells.items() if earlier[name] not in ("", value)],
        "events": _events(stop, security),
        "sentence": _sentence(stop),
        "steps": [_evidence(step) for step in stop.steps],
        "layers": layers(stop.packet, before.packet if before else None),
    }


def _events(stop: Stop, security: str) -> list[hop_events.Event]:
    found = hop_events.events(stop.steps, innermost(stop.packet), security)
    return [*found, hop_events.decided()] if stop.decision else found


def _cells(stop: Stop) -> dict[str, str]:
    packet = innermost(stop.packet)
    return {
        "source": endpoint(packet, "source"),
        "destination": endpoint(packet, "destination"),
        "mac": packet["ethernet"]["destination"] if packet["ethernet"] else "",
        "ttl": str(packet["ip"]["ttl"]),
    }


def _packet_label(packet: Document) -> str:
    """Two or three letters for the moving packet: SYN, RST, UDP …"""
    transport = packet[transport_of(packet)]
    if "message" in transport:
        return "ICMP"
    return str(transport.get("flags") or transport.get("chunk") or transport_of(packet).upper())


POD_ON_NODE = gettext_noop("Pod {pod} on {node}")
NODE = gettext_noop("node {node}")
ON_NODE = gettext_noop("on node {node}")
NODE_NETWORK = gettext_noop("in the network of node {node}")
BETWEEN_NODES = gettext_noop("the network between the nodes")
BETWEEN_SUBNETS = gettext_noop("between the subnets")
OUTSIDE = gettext_noop("outside the cluster")
THROUGH_LOOPBACK = gettext_noop("{words}, through lo")
PROCESS, ROUTING, ROUTER = gettext_noop("process"), gettext_noop("routing"), gettext_noop("router")
phrases.register(POD_ON_NODE, NODE, ON_NODE, NODE_NETWORK, BETWEEN_NODES, BETWEEN_SUBNETS, OUTSIDE)
phrases.register(PROCESS, ROUTING, ROUTER, THROUGH_LOOPBACK)


def place_words(place: Place, node: str | None) -> tuple[str, str]:
    """(name, where that is) of a place; the second may be empty."""
    in_pod = "/" in place.netns
    around = POD_ON_NODE.format(pod=place.netns, node=node) if in_pod else NODE.format(node=place.netns)
    match place.kind:
        case PlaceKind.PROCESS if in_pod:
            return place.interface or place.netns.partition("/")[2], around
        case PlaceKind.PROCESS if place.interface:
            return place.interface.partition("/")[2], NODE_NETWORK.format(node=place.netns)
        case PlaceKind.PROCESS:
            return PROCESS, ON_NODE.format(node=place.netns)
        case PlaceKind.INTERFACE:
            return place.interface, around
        case PlaceKind.NETFILTER:
            return "netfilter", NODE.format(node=around if in_pod else place.netns)
        case PlaceKind.ROUTING:
            return ROUTING, NODE.format(node=around if in_pod else place.netns)
        case PlaceKind.LINK:
            return "underlay", BETWEEN_NODES
        case PlaceKind.ROUTER:
            return ROUTER, BETWEEN_SUBNETS
        case PlaceKind.OUTSIDE:
            return "client", OUTSIDE


def _sentence(stop: Stop) -> str:
    """What this stop is about, in one or two sentences, and what a proxy decides there."""
    if stop.decision is None:
        return _told(stop)
    decided = f"{stop.decision['by']}: {stop.decision['reason']}"
    return f"{_told(stop)} {phrases.sentence(decided)}"


def _told(stop: Stop) -> str:
    by_kind: dict[str, list[str]] = {}
    for step in stop.steps:
        by_kind.setdefault(step["kind"], []).append(step["text"])
        if step["kind"] == "rules" and hop_events.is_event(step):
            by_kind.setdefault("policy", []).extend(_allowing(step))
    kind = next((kind for kind in TELLING if kind in by_kind), None)
    if kind is None:
        return _plain_sentence(stop)
    told = [*by_kind[kind], *(by_kind.get("policy", ()) if kind in ("nat", "ipvs", "bpf") else ())]
    if kind == "forward":
        told = [*(text for text in by_kind.get("route", ()) if "own" not in text), *told]
    return " ".join(phrases.sentence(text) for text in told)


def _allowing(step: Document) -> list[str]:
    """The notes of policies in these rules, each once."""
    notes = dict.fromkeys(hit["note"].removesuffix(" allows it") for hit in step["hits"] if hit["note"])
    return [f"{note} allows it" for note in notes]


PLAIN = {
    PlaceKind.PROCESS: gettext_noop("The packet is in the IP stack of {where}."),
    PlaceKind.NETFILTER: gettext_noop("The rules let the packet pass."),
    PlaceKind.ROUTING: gettext_noop("The packet is routed."),
    PlaceKind.LINK: gettext_noop("The switch looks at the outermost MAC address only."),
    PlaceKind.ROUTER: gettext_noop("The router passes the packet on."),
    PlaceKind.OUTSIDE: gettext_noop("The packet is at the machine outside."),
}


PASSING = {
    ("pod", "out"): gettext_noop("The frame leaves the Pod through {where}."),
    ("pod", "in"): gettext_noop("The frame arrives in the Pod on {where}."),
    ("node", "out"): gettext_noop("The frame goes out through {where}."),
    ("node", "in"): gettext_noop("The frame comes in on {where}."),
}
phrases.register(*PLAIN.values(), *PASSING.values())


def _plain_sentence(stop: Stop) -> str:
    where = place_words(stop.place, stop.node)[0]
    if stop.place.kind is PlaceKind.INTERFACE:
        return PASSING["pod" if "/" in stop.place.netns else "node", stop.direction].format(where=where)
    return PLAIN[stop.place.kind].format(where=where)


def _evidence(step: Document) -> dict[str, Any]:
    """A step with the rules that it hit, word for word, and the policies that those stand for."""
    rules: Sequence[Document] = step.get("hits") or ()
    return {
        "kind": step["kind"],
        "text": phrases.sentence(step["text"]),
        "rules": [rule["text"] for rule in rules],
        "notes": [phrases.sentence(note) for note in dict.fromkeys(rule["note"] for rule in rules if rule["note"])],
    }
