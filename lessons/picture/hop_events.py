"""What a learner must not miss at a stop, each with an icon and a word.

    is_event(step)                    whether a step of an exchange document is one
    events(steps, packet, security)   the events of a stop's steps, in order → [{kind, icon, word}]
    decided()                         that of a proxy which decides about a request

Words are marked for translation here and translated where they are shown, because results are kept for everybody.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext_noop

Document = Mapping[str, Any]
Event = dict[str, str]

WORDS: Mapping[str, tuple[str, str, str]] = {
    "encapsulate": ("encapsulate", "encapsulate", gettext_noop("encapsulated")),
    "decapsulate": ("decapsulate", "decapsulate", gettext_noop("unwrapped")),
    "deliver": ("deliver", "deliver", gettext_noop("delivered")),
    "fragment": ("fragment", "fragment", gettext_noop("fragmented")),
    "reassemble": ("fragment", "reassemble", gettext_noop("reassembled")),
    "ipvs": ("balance", "balance", gettext_noop("IPVS picks")),
    "socket-rewrite": ("nat", "program", gettext_noop("rewritten at connect()")),
    "path-mtu": ("icmp", "info", gettext_noop("path MTU learned")),
}
"""Kind of step → kind of event, icon, word. The other kinds are told apart below."""

LOST = {
    "NO_LISTENER": gettext_noop("refused"),
    "REJECTED": gettext_noop("rejected"),
    "DROPPED": gettext_noop("dropped"),
    "NO_ROUTE": gettext_noop("no route"),
    "BLACKHOLED": gettext_noop("blackholed"),
    "NEIGHBOR_UNREACHABLE": gettext_noop("no answer to ARP"),
    "TTL_EXCEEDED": gettext_noop("TTL exceeded"),
    "TOO_BIG": gettext_noop("too big"),
    "LOOP": gettext_noop("loop"),
}
IN_PASSING = ("known", "answer")
"""How IPVS handles what it has decided about before; the translation beside it says enough."""
ICMP_ERRORS = {
    "network unreachable": gettext_noop("ICMP network unreachable"),
    "host unreachable": gettext_noop("ICMP host unreachable"),
    "port unreachable": gettext_noop("ICMP port unreachable"),
    "administratively prohibited": gettext_noop("ICMP administratively prohibited"),
    "fragmentation needed": gettext_noop("ICMP fragmentation needed"),
    "time to live exceeded": gettext_noop("ICMP time to live exceeded"),
}


def is_event(step: Document) -> bool:
    """Kinds of steps that always or, by what they did, sometimes are events."""
    match step["kind"]:
        case "rules":
            return any(hit["note"] for hit in step["hits"])
        case "bpf":
            return _is_telling_program(step)
        case "ipvs":
            return step["how"] not in IN_PASSING
        case kind:
            return kind in WORDS or kind in ("nat", "drop")


def events(steps: Sequence[Document], packet: Document, security: str = "none") -> list[Event]:
    """`packet` is what the steps act on, `security` how the connection that it opens is protected."""
    found: list[Event] = []
    for number, step in enumerate(steps):
        before = steps[number - 1] if number else {}
        found.extend(_events_of(step, before, packet, security))
    return found


def decided() -> Event:
    return _event("rule", "rules", gettext_noop("proxy decides"))


def _events_of(step: Document, before: Document, packet: Document, security: str) -> list[Event]:
    match step["kind"]:
        case "originate":
            return _at_the_start(packet, security)
        case "rules" if is_event(step):
            return [] if _denies(step) else [_event("policy", "shield", gettext_noop("policy allows"))]
        case "drop":
            denied = before.get("kind") in ("rules", "bpf") and _names_policy(before)
            word = gettext_noop("policy denies") if denied else LOST.get(step["disposition"], gettext_noop("lost"))
            return [_event("drop", "shield" if denied else "drop", word)]
        case "nat":
            redirected = before.get("kind") == "rules" and before["verdict"].startswith("REDIRECT")
            return [_event("nat", "nat", gettext_noop("redirected to the proxy") if redirected else step["what"])]
        case "bpf" if is_event(step):
            return _by_a_program(step)
        case kind if is_event(step):
            return [_event(*WORDS[kind])]
    return []


def _at_the_start(packet: Document, security: str) -> list[Event]:
    """A protected connection, or an error that a kernel sends back."""
    icmp = packet.get("icmp")
    if icmp and icmp["message"] in ICMP_ERRORS:
        return [_event("icmp", "warning", ICMP_ERRORS[icmp["message"]])]
    return [] if security == "none" else [_event("secure", "lock", security)]


def _by_a_program(step: Document) -> list[Event]:
    if "_policy_" in step["program"]:
        return [] if _denies(step) else [_event("policy", "shield", gettext_noop("policy allows"))]
    if "becomes" in step["outcome"] or "backend" in step["outcome"]:
        return [_event("nat", "program", gettext_noop("eBPF translates"))]
    if "redirect" in step["outcome"]:
        return [_event("program", "program", gettext_noop("eBPF redirects"))]
    return [_event("program", "program", gettext_noop("eBPF to the stack"))]


def _is_telling_program(step: Document) -> bool:
    """Not those that found nothing to do, nor a policy program without a policy."""
    return not step["outcome"].startswith("no ") and "no policy decides" not in step["outcome"]


def _names_policy(step: Document) -> bool:
    return "_policy_" in step["program"] if step["kind"] == "bpf" else is_event(step)


def _denies(step: Document) -> bool:
    """The drop that follows says so."""
    return step["verdict"].startswith(("DROP", "REJECT")) if step["kind"] == "rules" else "denied" in step["outcome"]


def _event(kind: str, icon: str, word: str) -> Event:
    return {"kind": kind, "icon": icon, "word": word}
