"""Prefixes, ports and MAC addresses: any usual notation counts, and what is none is explained and costs nothing."""

from __future__ import annotations

from typing import Any

import pytest

from quizzes.errors import InvalidAnswerError, InvalidSpecError
from quizzes.kinds import KINDS, parse_spec
from tests.quizzes.kinds.exchange import exchange

NETWORK = KINDS["network"]
VALUES = {"cidr": "10.244.1.0/24", "port": 8080, "mac": "0a:58:0a:f4:01:02"}


def spec(form: str, value: Any = None, **keys: Any) -> Any:
    answer = {"answer": {"value": VALUES[form] if value is None else value}}
    return parse_spec("network", {"prompt": "Which?", "explanation": "Because.", "form": form, **answer, **keys})


PORT = spec(
    "port",
    answer={"path": "seen_by_server.port"},
    mistakes=[{"value": 80, "explanation": "That is the Service's."}],
    experiment="first",
)


@pytest.mark.parametrize(
    ("form", "solution", "typed", "fraction"),
    [
        pytest.param("cidr", "10.244.1.0/24", "10.244.1.0/24", 1, id="prefix"),
        pytest.param("cidr", "10.244.1.0/24", "10.244.1.0 / 24", 1, id="prefix with blanks"),
        pytest.param("cidr", "10.244.1.0/24", "10.244.0.0/16", 0, id="wider prefix"),
        pytest.param("cidr", "2001:db8::/32", "2001:DB8:0::/32", 1, id="IPv6 prefix in other letters"),
        pytest.param("cidr", "0.0.0.0/0", "0.0.0.0/0", 1, id="every address"),
        pytest.param("cidr", "10.0.0.1/32", "10.0.0.1/32", 1, id="one address"),
        pytest.param("port", 8080, "8080", 1, id="port"),
        pytest.param("port", 8080, "80", 0, id="other port"),
        pytest.param("mac", "0a:58:0a:f4:01:02", "0A:58:0A:F4:01:02", 1, id="MAC in upper case"),
        pytest.param("mac", "0a:58:0a:f4:01:02", "0a-58-0a-f4-01-02", 1, id="MAC with hyphens"),
        pytest.param("mac", "0a:58:0a:f4:01:02", "0a58.0af4.0102", 1, id="MAC with dots"),
        pytest.param("mac", "0a:58:0a:f4:01:02", "0a580af40102", 1, id="MAC without separators"),
        pytest.param("mac", "0a:58:0a:f4:01:02", "a:58:a:f4:1:2", 1, id="MAC without leading zeros"),
        pytest.param("mac", "0a:58:0a:f4:01:02", "0a:58:0a:f4:01:03", 0, id="other MAC"),
    ],
)
def test_values_are_compared_not_texts(form: str, solution: Any, typed: str, fraction: int) -> None:
    assert NETWORK.grade(spec(form, solution), {"text": typed}, None).fraction == fraction


def test_the_engine_gives_the_answer() -> None:
    assert NETWORK.grade(PORT, {"text": "8080"}, exchange(seen_by_server={"port": 8080})).fraction == 1


@pytest.mark.parametrize(
    ("form", "typed", "message"),
    [
        ("cidr", "10.244.1.5/24", "all bits after the first 24 must be 0"),
        ("cidr", "10.244.1.0", "has no prefix length"),
        ("cidr", "10.244.1/24", "does not begin with an IP address"),
        ("cidr", "10.244.1.0/33", "from 0 to 32"),
        ("cidr", "10.244.1.0/255.255.255.0", "from 0 to 32"),
        ("cidr", "2001:db8::/129", "from 0 to 128"),
        ("port", "80/tcp", "is not a port number"),
        ("port", "http", "is not a port number"),
        ("port", "0", "Ports go from 1 to 65535"),
        ("port", "65536", "Ports go from 1 to 65535"),
        ("mac", "0a:58:0a:f4:01", "is not a MAC address"),
        ("mac", "0a:58-0a:f4:01:02", "is not a MAC address"),
        ("mac", "0g:58:0a:f4:01:02", "is not a MAC address"),
    ],
)
def test_what_is_no_such_value_is_explained(form: str, typed: str, message: str) -> None:
    with pytest.raises(InvalidAnswerError, match=message):
        NETWORK.check(spec(form), {"text": typed})


def test_an_address_with_host_bits_does_not_give_the_network_away() -> None:
    with pytest.raises(InvalidAnswerError) as refusal:
        NETWORK.check(spec("cidr"), {"text": "10.244.1.5/24"})
    assert "10.244.1.0" not in str(refusal.value)


@pytest.mark.parametrize(("form", "label"), [("cidr", "Network"), ("port", "Port"), ("mac", "MAC address")], ids=str)
def test_the_field_says_what_to_type(form: str, label: str) -> None:
    assert NETWORK.present(spec(form), {}, "seed")["label"] == label


@pytest.mark.parametrize(
    ("form", "value", "message"),
    [
        ("cidr", "10.0.0.1/8", "answer.value: is not a prefix"),
        ("port", 80_000, "answer.value: is not a port"),
        ("mac", 195_690_000, "answer.value: is not a MAC address in quotes"),
        ("name", "x", "form: Input should be 'cidr', 'port' or 'mac'"),
    ],
    ids=["host bits", "port too high", "MAC that YAML read as a number", "unknown form"],
)
def test_a_specification_that_cannot_work_is_refused_with_its_key(form: str, value: Any, message: str) -> None:
    with pytest.raises(InvalidSpecError, match=message):
        spec(form, value)
