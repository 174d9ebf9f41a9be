"""The stops of a packet: where a learner sees it pause, in order, request first and then the reply.

    stops(parts)   parts of lessons.runs.observations.Observation → tuple[Stop, ...]

An experiment with one packet has one part without a title. An HTTP request through a proxy has one for each connection,
a name lookup one for each query.

A hop is what a capture on one device sees; its steps are what the kernel does before the next device. Most steps only
carry the packet on. Those that change it, or end it, are stops of their own at the part of the kernel that does it, so
that DNAT is seen at netfilter and not at the next device.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from lessons.picture.hop_events import is_event
from lessons.picture.packet_layers import endpoint, innermost
from lessons.picture.places import Place, place_of_step, place_of_tap, speaker

Document = Mapping[str, Any]
Parts = Sequence[Document]

LEGS = ("request", "reply")
ANSWERING = "a process in "
"""How the engine names whoever sends an answer, which is whoever took the request."""


@dataclass(frozen=True, slots=True)
class Stop:
    """`turn` counts from 0 the packets of its part, in the order in which they were sent; `leg` says which way this one
    goes: "request" or "reply". `hop` counts from 0 in the turn; `direction` is that of the hop: local, in or out, and
    `interface` its device. `packet` is what leaves this stop; `steps` are taken until the next one. `decision` is what
    a proxy makes of a request where it took the connection."""

    part: int
    turn: int
    leg: str
    hop: int
    direction: str
    place: Place
    node: str | None
    interface: str | None
    packet: Document
    steps: tuple[Document, ...]
    decision: Document | None = None

    @property
    def events(self) -> tuple[Document, ...]:
        """The steps that a learner must not miss."""
        return tuple(step for step in self.steps if is_event(step))


def stops(parts: Parts) -> tuple[Stop, ...]:
    """All stops of these exchanges; a reply that was never sent has none."""
    return tuple(
        replace(stop, part=number, turn=turn)
        for number, part in enumerate(parts)
        for turn, (leg, trace) in enumerate(_turns(part["exchange"]))
        for stop in _decided(
            tuple(_wrapped(_leg(leg, trace["hops"], _answering(part["exchange"])))),
            part.get("decision") if turn == 0 else None,
        )
    )


def _decided(found: Sequence[Stop], decision: Document | None) -> Sequence[Stop]:
    """A proxy decides where the first packet of its connection is delivered."""
    return [*found[:-1], replace(found[-1], decision=decision)] if decision else found


def _turns(exchange: Document) -> Iterator[tuple[str, Document]]:
    """Request, reply, and after a TCP handshake the data: each packet with the way that it goes."""
    for leg in LEGS:
        if exchange[leg]:
            yield leg, exchange[leg]
    sender = _sender(exchange["request"])
    for trace in exchange["data"]:
        yield ("request" if _sender(trace) == sender else "reply"), trace


def _answering(exchange: Document) -> str:
    """The program that took the request, "" for an application or nobody."""
    last = exchange["request"]["hops"][-1]
    return next((speaker(step["to"], last["netns"]) for step in last["steps"] if step["kind"] == "deliver"), "")


def _sender(trace: Document) -> str:
    return endpoint(innermost(trace["hops"][0]["packet"]), "source")


def _wrapped(found: Sequence[Stop]) -> Iterator[Stop]:
    """A tunnel device shows what leaves it: the packet that the next device sees, with its outer headers."""
    for stop, following in zip(found, [*found[1:], None], strict=True):
        encapsulates = any(step["kind"] == "encapsulate" for step in stop.steps)
        wrapped = following is not None and encapsulates and following.packet["inner"] is not None
        yield replace(stop, packet=following.packet) if following and wrapped else stop


def _leg(leg: str, hops: Sequence[Document], answering: str) -> list[Stop]:
    """`answering` is the program that took the request, and that sends what comes back."""
    found: list[Stop] = []
    program = ""
    for number, hop in enumerate(hops):
        program = _program(hop, program if found and found[-1].place.netns == hop["netns"] else "", answering)
        tap = Stop(0, 0, leg, number, hop["direction"], place_of_tap(hop, program), hop["node"], hop["interface"],
                   hop["packet"], ())  # fmt: skip
        if found and tap.place == found[-1].place:
            found[-1] = replace(found[-1], packet=tap.packet, interface=tap.interface)
        else:
            found.append(tap)
        behind = found[-1].place
        for place, steps in _groups(hop, program):
            if place != behind and any(map(is_event, steps)):
                packet = _translated(found[-1].packet, steps)
                found.append(replace(tap, place=place, packet=packet, steps=steps))
            else:
                packet = _translated(found[-1].packet, steps)
                found[-1] = replace(found[-1], packet=packet, steps=(*found[-1].steps, *steps))
            behind = place
    return found


def _program(hop: Document, before: str, answering: str) -> str:
    """Who sends or takes the packet in this namespace: named by the hop's own steps, else who spoke before."""
    for step in hop["steps"]:
        if step["kind"] == "deliver":
            return speaker(step["to"], hop["netns"])
        if step["kind"] == "originate":
            return answering if step["by"].startswith(ANSWERING) else speaker(step["by"], hop["netns"])
    return before


def _groups(hop: Document, program: str) -> Iterator[tuple[Place, tuple[Document, ...]]]:
    """A hop's steps, consecutive ones at the same place together."""
    steps: Sequence[Document] = hop["steps"]
    placed = [
        (place_of_step(step, steps[number - 1] if number else None, hop, program), step)
        for number, step in enumerate(steps)
    ]
    for place, group in groupby(placed, key=lambda pair: pair[0]):
        yield place, tuple(step for _, step in group)


def _translated(packet: Document, steps: Sequence[Document]) -> Document:
    """The packet with the translations of these steps, as netfilter wrote them down."""
    for step in steps:
        if step["kind"] == "nat":
            side = "destination" if step["what"] in ("DNAT", "un-SNAT") else "source"
            packet = _readdressed(packet, side, step["before"], step["after"])
    return packet


def _readdressed(packet: Document, side: str, before: str, after: str) -> Document:
    """`before` and `after` are ADDRESS:PORT, or ADDRESS for ICMP; another packet's translation changes nothing."""
    transport = next((name for name in ("tcp", "udp", "sctp") if name in packet), None)
    if transport is None:
        old, new = _host(before), _host(after)
        return {**packet, "ip": {**packet["ip"], side: new}} if packet["ip"][side] == old else packet
    if packet["ip"][side] != _host(before):
        return packet
    return {
        **packet,
        "ip": {**packet["ip"], side: _host(after)},
        transport: {**packet[transport], f"{side}_port": int(after.rpartition(":")[2])},
    }


def _host(text: str) -> str:
    """The address of ADDRESS:PORT, [ADDRESS]:PORT or a plain ADDRESS."""
    if text.startswith("["):
        return text[1 : text.index("]")]
    return text if text.count(":") > 1 else text.partition(":")[0]
