"""Where in a network namespace something happens: the parts that a diagram draws and a hop table names.

    place_of_tap(hop, speaker)               the place that a hop's capture point stands for
    place_of_step(step, before, hop, speaker)   the place that takes a step; `before` is the step before in this hop
    speaker(text)                            the program that a sentence of the engine names, "" for the application

Only a node's own stack is told apart into netfilter, routing, programs and devices. A Pod's is one place for each of
its processes, because a proxy beside the application takes packets of its own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

Document = Mapping[str, Any]

UNDERLAY, ROUTER, OUTSIDE = "underlay", "router", "external"
LOOPBACK, IPVS_DEVICE = "lo", "kube-ipvs0"
PROXIES = ("istio-proxy", "linkerd-proxy", "ztunnel")
ON_HOST = re.compile(r"([\w.-]+/[\w.-]+)(?: \(|,|$)")
"""How the engine names a process of a Pod that shares its node's namespace."""


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
    """A part of one network namespace. `interface` is the device of an INTERFACE; of a PROCESS it is the program's
    name where that is not the Pod's application: a proxy, or on a node the Pod (NAMESPACE/NAME) that it belongs to."""

    kind: PlaceKind
    netns: str
    interface: str = ""


WHOLE = {UNDERLAY: PlaceKind.LINK, ROUTER: PlaceKind.ROUTER, OUTSIDE: PlaceKind.OUTSIDE}
STRATA = {
    "originate": PlaceKind.PROCESS,
    "socket-rewrite": PlaceKind.PROCESS,
    "deliver": PlaceKind.PROCESS,
    "route": PlaceKind.ROUTING,
    "forward": PlaceKind.ROUTING,
    "fragment": PlaceKind.ROUTING,
    "path-mtu": PlaceKind.ROUTING,
    "neighbour": PlaceKind.ROUTING,
}
"""The part of a node's stack that takes a step of this kind; all others are netfilter's."""
LOST_AFTER = {"rules": PlaceKind.NETFILTER, "conntrack": PlaceKind.NETFILTER, "nat": PlaceKind.NETFILTER}
"""The part that drops a packet, by the step before; otherwise, and after rules that accepted it, it is routing."""
WITH_DEVICE = ("encapsulate", "decapsulate", "bpf")


def speaker(text: str, netns: str) -> str:
    """The program that a step's sentence names, as Place.interface has it."""
    proxy = next((name for name in PROXIES if name in text), "")
    if proxy or "/" in netns:
        return proxy
    found = ON_HOST.match(text)
    return found[1] if found else ""


def place_of_tap(hop: Document, program: str) -> Place:
    """`program` is who speaks in this namespace. A Pod's loopback device is the inside of the Pod."""
    netns, interface = hop["netns"], hop["interface"]
    if interface is None:
        own = _is_kernels_own("originate", hop["packet"])
        return _in_stack(PlaceKind.ROUTING if own else PlaceKind.PROCESS, hop, program)
    if netns in WHOLE or (interface == LOOPBACK and not _on_node(hop)):
        return _in_stack(PlaceKind.PROCESS, hop, program)
    return Place(PlaceKind.INTERFACE, netns, interface)


def place_of_step(step: Document, before: Document | None, hop: Document, program: str) -> Place:
    """Where in the hop's namespace this step is taken."""
    kind = step["kind"]
    if _is_kernels_own(kind, hop["packet"]):
        return _in_stack(PlaceKind.ROUTING, hop, program)
    if device := _device(step, before, hop):
        return Place(PlaceKind.INTERFACE, hop["netns"], device)
    if kind == "drop":
        return _in_stack(_lost_in(step, before), hop, program)
    return _in_stack(STRATA.get(kind, PlaceKind.NETFILTER), hop, program)


def _device(step: Document, before: Document | None, hop: Document) -> str:
    """The device of a node that takes the step itself, "" where a part of the stack does."""
    if not _on_node(hop):
        return ""
    match step["kind"]:
        case kind if kind in WITH_DEVICE:
            return str(step["device"])
        case "bridge":
            return str(step["bridge"])
        case "ipvs":
            return IPVS_DEVICE
        case "nat" if before is not None and before["kind"] == "ipvs":
            return IPVS_DEVICE
        case "drop" if before is None:
            return hop["interface"] or ""
        case "drop" if before is not None and before["kind"] in (*WITH_DEVICE, "bridge", "ipvs"):
            return _device(before, None, hop)
    return ""


def _lost_in(step: Document, before: Document | None) -> PlaceKind:
    if step["disposition"] == "NO_LISTENER":
        return PlaceKind.PROCESS
    if step["disposition"] not in ("REJECTED", "DROPPED"):
        return PlaceKind.ROUTING
    if before is None or before.get("verdict") == "ACCEPT":
        return PlaceKind.ROUTING
    return LOST_AFTER.get(before["kind"], PlaceKind.ROUTING)


def _is_kernels_own(kind: str, packet: Document) -> bool:
    """Whether the kernel itself, not a process, sends or takes this: resets, ICMP errors, and echoes that it answers.

    Sources: net/ipv4/tcp_ipv4.c tcp_v4_send_reset, net/ipv4/icmp.c.
    """
    icmp = packet.get("icmp")
    if kind == "originate":
        resets = "RST" in packet.get("tcp", {}).get("flags", "")
        return resets or bool(icmp and icmp["message"] != "echo request")
    return kind == "deliver" and bool(icmp and icmp["message"] != "echo reply")


def _in_stack(kind: PlaceKind, hop: Document, program: str) -> Place:
    netns = hop["netns"]
    if netns in WHOLE:
        return Place(WHOLE[netns], netns)
    if _on_node(hop) and kind is not PlaceKind.PROCESS:
        return Place(kind, netns)
    return Place(PlaceKind.PROCESS, netns, program)


def _on_node(hop: Document) -> bool:
    return bool(hop["netns"] == hop["node"])
