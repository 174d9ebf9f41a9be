"""Two packets' ways as one table: rows at the same place stand beside each other, and what differs is named.

aligned(a, b) → (Pair, ...)      `a` and `b` are rows of lessons.picture.narration
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Row = Mapping[str, Any]
Text = str | Promise

COLUMNS: Mapping[str, Text] = {"source": _("source"), "destination": _("destination"), "ttl": _("TTL")}
HEADERS: Text = _("headers")


@dataclass(frozen=True, slots=True)
class Pair:
    """A row of each side at the same place, or of one side only; `differences` names what is not the same."""

    a: Row | None
    b: Row | None
    differences: tuple[Text, ...] = ()
    starts_leg: bool = False

    @property
    def only(self) -> str:
        """ "a", "b", or "" where both are here."""
        if self.a is None:
            return "b"
        return "a" if self.b is None else ""

    @property
    def row(self) -> Row:
        return self.a or self.b or {}


def aligned(a: Sequence[Row], b: Sequence[Row]) -> tuple[Pair, ...]:
    """Places are equal when leg, part of the kernel and machine are."""
    pairs: list[Pair] = []
    for pair in _pairs(a, b):
        starts = not pairs or pairs[-1].row["leg"] != pair.row["leg"]
        pairs.append(Pair(pair.a, pair.b, pair.differences, starts))
    return tuple(pairs)


def _pairs(a: Sequence[Row], b: Sequence[Row]) -> Iterator[Pair]:
    matcher = SequenceMatcher(None, [_place(row) for row in a], [_place(row) for row in b], autojunk=False)
    for tag, start_a, end_a, start_b, end_b in matcher.get_opcodes():
        if tag == "equal":
            for one, other in zip(a[start_a:end_a], b[start_b:end_b], strict=True):
                yield Pair(one, other, _differences(one, other))
        else:
            yield from (Pair(row, None) for row in a[start_a:end_a])
            yield from (Pair(None, row) for row in b[start_b:end_b])


def _place(row: Row) -> tuple[str, ...]:
    return row["leg"], row["where"], row["detail"]


def _differences(a: Row, b: Row) -> tuple[Text, ...]:
    found = tuple(word for key, word in COLUMNS.items() if a[key] != b[key])
    return (*found, HEADERS) if _headers(a) != _headers(b) else found


def _headers(row: Row) -> list[str]:
    return [layer["title"] for layer in row["layers"]]
