"""The stops of a packet: where a learner sees it pause, in order, request first and then the reply.

    stops(parts)   parts {"title", "exchange": document of netsim.exchange_document} → tuple[Stop, ...]

An experiment with one packet has one part without a title. An HTTP request through a proxy has one for each connection,
a name lookup one for each query.

A hop is what a capture on one device sees; its steps are what the kernel does before the next device. Most steps only
carry the packet on. Those that change it, or end it, are stops of their own at the part of the kernel that does it, so
that DNAT is seen at netfilter and not at the next device.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import groupby
from typing import Any

from lessons.packet_layers import endpoint, innermost

Document = Mapping[str, Any]
Parts = Sequence[Document]

LEGS = ("request", "reply")
UNDERLAY, ROUTER, OUTSIDE = "underlay", "router", "external"
LOOPBACK = "lo"
EVENTS = ("nat", "encapsulate", "decapsulate", "deliver", "drop")
"""Kinds of steps that a learner must not miss."""


class PlaceKind(StrEnum):
    PROCESS = "process"
    INTERFACE = "interface"
    NETFILTER = "netfilter"
    ROUTING = "routing"
    LINK = "link"
    ROUTER = "router"
    OUTSIDE = "outside"


@dataclass(frozen=True, slots=True)
class Place:
    """A part of one network namespace. A Pod's whole stack is one place, as are a link, the router and the outside."""

    kind: PlaceKind
    netns: str
    interface: str = ""


@dataclass(frozen=True, slots=True)
class Stop:
    """`turn` counts from 0 the packets of its part, in the order in which they were sent; `leg` says which way this one
    goes: "request" or "reply". `hop` counts from 0 in the turn; `direction` is that of the hop: local, in or out, and
    `interface` its device. `packet` is what leaves this stop; `steps` are taken until the next one."""

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

    @property
    def events(self) -> tuple[Document, ...]:
        return tuple(step for step in self.steps if step["kind"] in EVENTS)


def stops(parts: Parts) -> tuple[Stop, ...]:
    """All stops of these exchanges; a reply that was never sent has none."""
    return tuple(
        replace(stop, part=number, turn=turn)
        for number, part in enumerate(parts)
        for turn, (leg, trace) in enumerate(_turns(part["exchange"]))
        for stop in _wrapped(_leg(leg, trace["hops"]))
    )


def _turns(exchange: Document) -> Iterator[tuple[str, Document]]:
    """Request, reply, and after a TCP handshake the data: each packet with the way that it goes."""
    for leg in LEGS:
        if exchange[leg]:
            yield leg, exchange[leg]
    sender = _sender(exchange["request"])
    for trace in exchange["data"]:
        yield ("request" if _sender(trace) == sender else "reply"), trace


def _sender(trace: Document) -> str:
    return endpoint(innermost(trace["hops"][0]["packet"]), "source")


def _wrapped(found: Sequence[Stop]) -> Iterator[Stop]:
    """A tunnel device shows what leaves it: the packet that the next device sees, with its outer headers."""
    for stop, following in zip(found, [*found[1:], None], strict=True):
        encapsulates = any(step["kind"] == "encapsulate" for step in stop.steps)
        wrapped = following is not None and encapsulates and following.packet["inner"] is not None
        yield replace(stop, packet=following.packet) if following and wrapped else stop


def _leg(leg: str, hops: Sequence[Document]) -> list[Stop]:
    found: list[Stop] = []
    for number, hop in enumerate(hops):
        tap = Stop(0, 0, leg, number, hop["direction"], _tap(hop), hop["node"], hop["interface"], hop["packet"], ())
        if found and tap.place == found[-1].place and tap.place.kind is not PlaceKind.PROCESS:
            found[-1] = replace(found[-1], packet=tap.packet)
        else:
            found.append(tap)
        behind = found[-1].place
        for place, steps in _groups(hop):
            if place != behind and any(step["kind"] in EVENTS for step in steps):
                packet = _translated(found[-1].packet, steps)
                found.append(replace(tap, place=place, packet=packet, steps=steps))
            else:
                packet = _translated(found[-1].packet, steps)
                found[-1] = replace(found[-1], packet=packet, steps=(*found[-1].steps, *steps))
            behind = place
    return found


def _groups(hop: Document) -> Iterator[tuple[Place, tuple[Document, ...]]]:
    """A hop's steps, consecutive ones at the same place together."""
    for place, steps in groupby(hop["steps"], key=lambda step: _place_of(step, hop)):
        yield place, tuple(steps)


def _tap(hop: Document) -> Place:
    """Where a hop's device is; a loopback device is part of the stack that it leads back into."""
    netns, interface = hop["netns"], hop["interface"]
    if interface is None:
        own = _is_kernels_own("originate", hop["packet"])
        return _in_stack(PlaceKind.ROUTING if own else PlaceKind.PROCESS, hop)
    if interface == LOOPBACK:
        return _in_stack(PlaceKind.ROUTING, hop)
    if netns in (UNDERLAY, ROUTER, OUTSIDE):
        return _in_stack(PlaceKind.INTERFACE, hop)
    return Place(PlaceKind.INTERFACE, netns, interface)


STRATA = {
    "originate": PlaceKind.PROCESS,
    "deliver": PlaceKind.PROCESS,
    "route": PlaceKind.ROUTING,
    "forward": PlaceKind.ROUTING,
    "neighbour": PlaceKind.ROUTING,
}
LOST_IN = {"NO_LISTENER": PlaceKind.PROCESS, "REJECTED": PlaceKind.NETFILTER, "DROPPED": PlaceKind.NETFILTER}


def _place_of(step: Document, hop: Document) -> Place:
    """Which part of the namespace takes this step."""
    kind = step["kind"]
    if _is_kernels_own(kind, hop["packet"]):
        return _in_stack(PlaceKind.ROUTING, hop)
    device = step.get("device") if kind in ("encapsulate", "decapsulate") else step.get("bridge")
    if device and hop["netns"] == hop["node"]:
        return Place(PlaceKind.INTERFACE, hop["netns"], device)
    if kind == "drop":
        return _in_stack(LOST_IN.get(step["disposition"], PlaceKind.ROUTING), hop)
    return _in_stack(STRATA.get(kind, PlaceKind.NETFILTER), hop)


def _is_kernels_own(kind: str, packet: Document) -> bool:
    """Whether the kernel itself, not a process, sends or takes this: resets, ICMP errors, and echoes that it answers.

    Sources: net/ipv4/tcp_ipv4.c tcp_v4_send_reset, net/ipv4/icmp.c.
    """
    icmp = packet.get("icmp")
    if kind == "originate":
        resets = "RST" in packet.get("tcp", {}).get("flags", "")
        return resets or bool(icmp and icmp["message"] != "echo request")
    return kind == "deliver" and bool(icmp and icmp["message"] != "echo reply")


def _in_stack(kind: PlaceKind, hop: Document) -> Place:
    """Only a node's own stack is drawn in strata; elsewhere the whole stack is one place."""
    netns = hop["netns"]
    whole = {UNDERLAY: PlaceKind.LINK, ROUTER: PlaceKind.ROUTER, OUTSIDE: PlaceKind.OUTSIDE}
    if netns in whole:
        return Place(whole[netns], netns)
    return Place(kind if netns == hop["node"] else PlaceKind.PROCESS, netns)


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
