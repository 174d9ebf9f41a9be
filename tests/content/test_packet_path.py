"""docs/packet-path.md tells the first packet of lesson 7 as the engine does."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.content.shipped import COURSE, LESSONS

DOCUMENT = COURSE.parents[1] / "docs" / "packet-path.md"
ROW = re.compile(r"^\| (\d+) \| (\S+) \| ([^|]+) \| (\S+ → \S+) \| (\d+) \|", re.MULTILINE)
[LESSON] = (lesson for lesson in LESSONS if lesson.text.slug == "services-a-virtual-ip-is-a-rule")


def tables() -> list[list[tuple[str, ...]]]:
    """The rows of the table of the request, and of that of the reply."""
    rows = ROW.findall(DOCUMENT.read_text())
    end_of_request = next(place for place in range(1, len(rows)) if int(rows[place][0]) < int(rows[place - 1][0]))
    return [rows[:end_of_request], rows[end_of_request:]]


def told(number: int, hop: dict[str, Any]) -> tuple[str, ...]:
    packet = hop["packet"]
    ports = packet["tcp"] if "tcp" in packet else packet["udp"]
    addresses = [f"{packet['ip'][end]}:{ports[f'{end}_port']}" for end in ("source", "destination")]
    tap = " ".join(filter(None, (hop["interface"], hop["direction"])))
    return str(number), hop["netns"], tap, " → ".join(addresses), str(packet["ip"]["ttl"])


@pytest.mark.parametrize(
    ("way", "rows"), list(zip(("request", "reply"), tables(), strict=True)), ids=["request", "reply"]
)
def test_the_table_has_the_hops_of_the_trace(way: str, rows: list[tuple[str, ...]]) -> None:
    hops = LESSON.played(LESSON.experiment("the-first-packet"))[way]["hops"]
    traced = [told(number, hop) for number, hop in enumerate(hops, start=1)]
    assert rows == traced[-len(rows) :]


def test_the_request_is_told_from_its_first_hop() -> None:
    assert tables()[0][0][0] == "1"
