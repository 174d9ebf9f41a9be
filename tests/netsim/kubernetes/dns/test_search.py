"""The names that a typed name turns into, and where the walk ends. tests/kernel compares both with glibc."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from netsim.kubernetes.dns.resolv_conf import ResolvConf
from netsim.kubernetes.dns.search import Heard, candidates, walk

CONF = ResolvConf((ip_address("10.96.0.10"),), ("a.example", "b.example"), (("ndots", "2"),))
LONG = ".".join(letter * 61 for letter in "abcd")


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("web", ["web.a.example", "web.b.example", "web"]),
        ("Web.Shop", ["web.shop.a.example", "web.shop.b.example", "web.shop"]),
        ("a.b.c", ["a.b.c", "a.b.c.a.example", "a.b.c.b.example"]),
        ("web.", ["web"]),
        (LONG, [LONG]),
    ],
    ids=["no dot", "one dot", "as many dots as ndots", "a final dot", "no room for a suffix"],
)  # fmt: skip
def test_candidates(name, asked):
    assert list(candidates(name, CONF)) == asked


@pytest.mark.parametrize(
    ("name", "heard", "asked", "found"),
    [
        ("web", [Heard.NOTHING, Heard.SUCCESS], ["web.a.example", "web.b.example"], True),
        ("web", [Heard.SILENCE, Heard.NOTHING], ["web.a.example", "web"], False),
        ("web", [Heard.CLOSED], ["web.a.example"], False),
        ("a.b.c", [Heard.CLOSED, Heard.CLOSED], ["a.b.c", "a.b.c.a.example"], False),
        ("a.b.c", [Heard.SUCCESS], ["a.b.c"], True),
    ],
    ids=["the first success", "silence leaves the name as it is", "nobody listens", "but as it is first", "as it is"],
)
def test_the_walk_ends(name, heard, asked, found):
    names: list[str] = []

    def ask(candidate: str) -> Heard:
        names.append(candidate)
        return heard[len(names) - 1]

    assert walk(name, CONF, ask) is found
    assert names == asked
