"""Two ways side by side: rows at the same place are one pair, and what differs is named."""

from __future__ import annotations

from typing import Any

from lessons.picture.alignment import aligned


def row(where: str, leg: str = "request", **values: Any) -> dict[str, Any]:
    titles = values.pop("headers", ["IPv4 and TCP"])
    cells = {"source": "a:1", "destination": "b:2", "ttl": "64"} | values
    return {"leg": leg, "where": where, "detail": "n1", "layers": [{"title": title} for title in titles], **cells}


def test_equal_ways_have_no_differences() -> None:
    pairs = aligned([row("eth0"), row("routing")], [row("eth0"), row("routing")])
    assert [(pair.only, pair.differences) for pair in pairs] == [("", ()), ("", ())]


def test_what_only_one_packet_passes_stands_alone_between_what_both_pass() -> None:
    a = [row("eth0"), row("cni0"), row("routing")]
    b = [row("eth0"), row("cali1"), row("tunl0"), row("routing")]
    pairs = aligned(a, b)
    assert [(pair.row["where"], pair.only) for pair in pairs] == [
        ("eth0", ""), ("cni0", "a"), ("cali1", "b"), ("tunl0", "b"), ("routing", ""),
    ]  # fmt: skip


def test_cells_that_differ_are_named() -> None:
    other = row("eth0", source="c:1", ttl="63", headers=["Outer Ethernet", "IPv4 and TCP"])
    (pair,) = aligned([row("eth0")], [other])
    assert [str(word) for word in pair.differences] == ["source", "TTL", "headers"]


def test_the_same_place_on_the_way_back_is_another_place() -> None:
    pairs = aligned([row("eth0"), row("eth0", "reply")], [row("eth0")])
    assert [(pair.only, pair.starts_leg) for pair in pairs] == [("", True), ("a", True)]


def test_a_request_and_a_reply_at_one_place_are_never_a_pair() -> None:
    assert [pair.only for pair in aligned([row("eth0")], [row("eth0", "reply")])] == ["a", "b"]
