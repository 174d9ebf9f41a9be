"""A value counts in any usual notation; a wrong one gets a remark that helps and tells nothing."""

from __future__ import annotations

from typing import Any

import pytest

from lessons.traces.judging import judge, seen_elsewhere

ROW = {
    "number": 5,
    "leg": "request",
    "where": "cni0",
    "detail": "node n1",
    "source": "10.244.1.9:41000",
    "destination": "10.244.2.6:8080",
    "mac": "0a:58:0a:f4:01:01",
    "ttl": "64",
    "events": [{"word": "DNAT"}, {"word": "SNAT"}],
}
IPV6 = ROW | {"source": "[fd00::9]:41000", "destination": "[fd00::6]:8080"}
PING = ROW | {"source": "10.244.1.9", "destination": "10.244.2.6"}


@pytest.mark.parametrize(
    ("row", "column", "typed"),
    [
        pytest.param(ROW, "destination", "10.244.2.6:8080", id="as the table has it"),
        pytest.param(ROW, "destination", "  10.244.2.6:8080 ", id="with spaces around"),
        pytest.param(ROW, "source", "10.244.1.9:41000", id="the client's port"),
        pytest.param(ROW, "source", "10.244.1.9", id="without the client's port, which nobody can know"),
        pytest.param(ROW | {"leg": "reply"}, "destination", "10.244.2.6", id="nor in the reply"),
        pytest.param(PING, "destination", "10.244.2.6", id="an address where there is no port"),
        pytest.param(IPV6, "destination", "[fd00:0:0::0006]:8080", id="IPv6 in another notation"),
        pytest.param(IPV6, "source", "FD00::9", id="IPv6 without brackets and port"),
        pytest.param(ROW, "mac", "0A-58-0A-F4-01-01", id="a MAC in upper case with hyphens"),
        pytest.param(ROW, "mac", "0a58.0af4.0101", id="a MAC in groups of four"),
        pytest.param(ROW, "ttl", "064", id="a number with a zero in front"),
        pytest.param(ROW, "where", "cni0 (node n1)", id="a place"),
        pytest.param(ROW, "event", "DNAT, SNAT", id="events"),
    ],
)
def test_what_means_the_same_is_right(row: dict[str, Any], column: str, typed: str) -> None:
    assert judge(typed, row, column).state == "right"


@pytest.mark.parametrize(
    ("row", "column", "typed", "remark"),
    [
        pytest.param(ROW, "destination", "10.244.2.6:80", "The address is right, the port is not.", id="port"),
        pytest.param(ROW, "destination", "10.244.2.6", "The address is right. Which port is it?", id="no port"),
        pytest.param(ROW | {"leg": "reply"}, "source", "10.244.1.9", "Which port is it?", id="no port of the server"),
        pytest.param(ROW, "source", "10.244.1.9:41001", "the port is not", id="a wrong port of the client"),
        pytest.param(PING, "destination", "10.244.2.6:8080", "has no ports", id="a port where there is none"),
        pytest.param(ROW, "destination", "10.96.0.1:80", "", id="another address"),
        pytest.param(ROW, "destination", "web-1:8080", "That is no address", id="a name"),
        pytest.param(ROW, "destination", "10.244.2.6:80800", "That is no address", id="no such port"),
        pytest.param(ROW, "destination", "10.244.2", "That is no address", id="half an address"),
        pytest.param(ROW, "mac", "0a:58:0a:f4:01", "That is no MAC address", id="half a MAC"),
        pytest.param(ROW, "mac", "0a:58:0a:f4:01:02", "", id="another MAC"),
        pytest.param(ROW, "ttl", "sixty", "That is no number", id="a word for a number"),
        pytest.param(ROW, "ttl", "63", "", id="another number"),
        pytest.param(ROW, "where", "cni0 (node n2)", "", id="another place"),
        pytest.param(ROW, "event", "SNAT", "", id="one event of two"),
    ],
)
def test_what_is_wrong_says_what_about_it(row: dict[str, Any], column: str, typed: str, remark: str) -> None:
    judged = judge(typed, row, column)
    assert judged.state == "wrong"
    assert remark in judged.remark
    assert bool(judged.remark) == bool(remark)


@pytest.mark.parametrize("typed", ["", "   "])
def test_an_empty_gap_is_open_not_wrong(typed: str) -> None:
    assert judge(typed, ROW, "ttl").state == "open"


@pytest.mark.parametrize(
    ("typed", "remark"),
    [
        ("10.96.0.1:80", "That is what row 4 has. Has nothing changed it since?"),
        ("10.9.9.9:99", "That is what row 7 has. Has it changed that early?"),
        ("10.1.1.1:1", ""),
        ("nonsense", ""),
    ],
)
def test_a_value_that_stands_elsewhere_is_pointed_at(typed: str, remark: str) -> None:
    visible = [
        ROW | {"number": 2, "destination": "10.96.0.1:80"},
        ROW | {"number": 4, "destination": "10.96.0.1:80"},
        ROW | {"number": 7, "destination": "10.9.9.9:99"},
    ]
    assert seen_elsewhere(typed, ROW, "destination", visible) == remark
