"""Is what a learner typed what the engine says? Pure; addresses, MACs and numbers count in any usual notation.

    judge(typed, row, column)   → Judgement(state, remark)

The client's own port is a free one that its kernel picks, so nobody can know it: on the client's side of a packet the
address alone is right.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from django.utils.translation import gettext as _

from lessons.traces import cells as trace_cells
from lessons.traces.cells import Row

State = Literal["open", "right", "wrong"]
ENDPOINT = re.compile(r"\[(?P<wrapped>[^\]]+)\](?::(?P<after>\d+))?|(?P<plain>[^:\s]+):(?P<port>\d+)|(?P<bare>\S+)")
HEX_DIGITS = re.compile(r"[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Judgement:
    """`remark` is a sentence or two for the learner, plain text; it never tells the answer."""

    state: State
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An address in its canonical notation, and a port or None."""

    address: str
    port: int | None


def judge(typed: str, row: Row, column: str) -> Judgement:
    """What was typed into this cell against what the row says."""
    typed = " ".join(typed.split())
    if not typed:
        return Judgement("open")
    given, right = canonical(typed, column), canonical(trace_cells.text(row, column), column)
    if given is None:
        return Judgement("wrong", _malformed(column))
    if given == right:
        return Judgement("right")
    if isinstance(given, Endpoint) and isinstance(right, Endpoint) and given.address == right.address:
        return _judged_port(given.port, right.port, clients_side=(column == "source") == (row["leg"] == "request"))
    return Judgement("wrong")


def seen_elsewhere(typed: str, row: Row, column: str, visible: Sequence[Row]) -> str:
    """A remark on a wrong value that stands in the same column of a row that the learner sees there; "" for none."""
    given = canonical(" ".join(typed.split()), column)
    if column in ("where", "event") or given is None:
        return ""
    found = [each["number"] for each in visible if canonical(trace_cells.text(each, column), column) == given]
    if not found:
        return ""
    nearest = min(found, key=lambda number: abs(number - row["number"]))
    if nearest < row["number"]:
        return _("That is what row %(row)d has. Has nothing changed it since?") % {"row": nearest}
    return _("That is what row %(row)d has. Has it changed that early?") % {"row": nearest}


def canonical(text: str, column: str) -> Endpoint | str | None:
    """The one notation of a value, None for what is none: an address with or without port, a MAC, a number, a word."""
    if column in ("source", "destination"):
        return _endpoint(text)
    if column == "mac":
        digits = re.sub(r"[:.\s-]", "", text.lower())
        return digits if HEX_DIGITS.fullmatch(digits) else None
    if column == "ttl":
        return str(int(text)) if text.isascii() and text.isdigit() and len(text) < 10 else None
    return text


def _endpoint(text: str) -> Endpoint | None:
    """ADDRESS, ADDRESS:PORT or [ADDRESS]:PORT; a bare IPv6 address is not mistaken for an address and a port."""
    match = ENDPOINT.fullmatch(text)
    if match is None:
        return None
    port = match["after"] or match["port"]
    try:
        address = ipaddress.ip_address(match["wrapped"] or match["plain"] or match["bare"])
    except ValueError:
        return None
    if port is not None and int(port) > 65535:
        return None
    return Endpoint(str(address), None if port is None else int(port))


def _judged_port(given: int | None, right: int | None, *, clients_side: bool) -> Judgement:
    """The addresses are equal, the ports are not."""
    if given is None:
        return Judgement("right") if clients_side else Judgement("wrong", _("The address is right. Which port is it?"))
    if right is None:
        return Judgement("wrong", _("The address is right. This protocol has no ports."))
    return Judgement("wrong", _("The address is right, the port is not."))


def _malformed(column: str) -> str:
    return {
        "source": _("That is no address. Write 10.0.0.1:80, or [2001:db8::1]:80."),
        "destination": _("That is no address. Write 10.0.0.1:80, or [2001:db8::1]:80."),
        "mac": _("That is no MAC address. Write six pairs of hexadecimal digits."),
        "ttl": _("That is no number."),
    }[column]
