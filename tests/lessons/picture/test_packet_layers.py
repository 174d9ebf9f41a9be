"""Headers as nested boxes, and what is marked as changed."""

from __future__ import annotations

from typing import Any

import pytest

from lessons.picture.packet_layers import endpoint, layers
from tests.lessons.planes import PROBES, harbour
from tests.lessons.planes import packet as sent


def packet(**values: Any) -> dict[str, Any]:
    """A TCP SYN from 10.0.0.1:1000 to 10.0.0.2:80; `values` replace headers or fields of its IP header."""
    ip = {"version": 4, "source": "10.0.0.1", "destination": "10.0.0.2", "ttl": 64, "protocol": "tcp", "length": 60,
          "dont_fragment": True, "fragments": []}  # fmt: skip
    ip |= {key: values.pop(key) for key in list(values) if key in ip}
    return {
        "ethernet": {"source": "aa", "destination": "bb"},
        "ip": ip,
        "tcp": {"source_port": 1000, "destination_port": 80, "flags": "SYN"},
        "inner": None,
        "payload": 0,
        "mark": 0,
    } | values


def wrapped(inner: dict[str, Any]) -> dict[str, Any]:
    outer = packet(source="172.20.1.1", destination="172.20.1.2", ttl=64, inner=inner, vxlan={"vni": 1},
                   udp={"source_port": 5, "destination_port": 8472})  # fmt: skip
    del outer["tcp"]
    return outer


def changed(found: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
    return [
        (layer["title"], field["name"], field["was"])
        for layer in found
        for field in layer["fields"]
        if field["changed"]
    ]


def added(found: list[dict[str, Any]]) -> list[str]:
    return [layer["title"] for layer in found if layer["added"]]


def test_headers_are_listed_from_the_outside_in() -> None:
    titles = [layer["title"] for layer in layers(wrapped(packet()), None)]
    assert titles == ["Outer Ethernet", "Outer IPv4 and UDP", "Ethernet", "IPv4 and TCP"]


def test_the_first_packet_has_nothing_to_compare_with() -> None:
    found = layers(packet(), None)
    assert (changed(found), added(found)) == ([], [])


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (packet(ttl=63), [("IPv4 and TCP", "TTL", "64")]),
        (packet(destination="10.0.0.9"), [("IPv4 and TCP", "destination", "10.0.0.2:80")]),
        (packet(ethernet={"source": "cc", "destination": "bb"}), [("Ethernet", "source", "aa")]),
        (packet(mark=0x4000), [("IPv4 and TCP", "mark", "")]),
    ],
    ids=["TTL", "destination", "MAC", "mark"],
)
def test_a_changed_field_says_what_it_was(after: dict[str, Any], expected: list[tuple[str, str, str]]) -> None:
    assert changed(layers(after, packet())) == expected


def test_wrapping_adds_outer_headers_and_changes_nothing_inside() -> None:
    found = layers(wrapped(packet()), packet())
    assert added(found) == ["Outer Ethernet", "Outer IPv4 and UDP"]
    assert changed(found) == []


def test_unwrapping_changes_nothing_inside() -> None:
    found = layers(packet(), wrapped(packet()))
    assert (changed(found), added(found)) == ([], [])


def test_an_icmp_error_shows_the_packet_that_it_quotes() -> None:
    error = packet(icmp={"type": 3, "code": 3, "message": "port unreachable", "identifier": None, "mtu": None,
                         "quoted": packet(ethernet=None)})  # fmt: skip
    del error["tcp"]
    titles = [layer["title"] for layer in layers(error, None)]
    assert titles == ["Ethernet", "IPv4 and ICMP", "Quoted packet: IPv4 and TCP"]


@pytest.mark.parametrize(
    ("values", "text"),
    [({}, "10.0.0.1:1000"), ({"source": "fd00::1"}, "[fd00::1]:1000")],
    ids=["IPv4", "IPv6 in brackets"],
)
def test_an_endpoint_is_written_with_its_port(values: dict[str, str], text: str) -> None:
    assert endpoint(packet(**values), "source") == text


@pytest.mark.parametrize(
    ("plane", "title", "name", "value"),
    [
        ("flannel, backend: vxlan", "Outer IPv4 and UDP", "VXLAN VNI", "1"),
        ("flannel, backend: wireguard", "Outer IPv4 and UDP", "carries", "WireGuard, encrypted"),
        ("calico, backend: ipip", "Outer IPv4 (IP-in-IP)", "don’t fragment", "set"),
        ("weave, backend: sleeve", "Outer IPv4 and UDP", "carries", "frames of sleeve"),
    ],
)
def test_the_outer_header_says_what_it_carries(plane: str, title: str, name: str, value: str) -> None:
    (part,) = sent(harbour(plane), PROBES[0])
    hop = next(hop for hop in part["exchange"]["request"]["hops"] if hop["netns"] == "underlay")
    outer = next(layer for layer in layers(hop["packet"], None) if "IPv4" in layer["title"])
    assert outer["title"] == title
    assert (name, value) in [(field["name"], field["value"]) for field in outer["fields"]]


def test_fragments_and_the_largest_segment_are_told() -> None:
    tcp = {"source_port": 1, "destination_port": 2, "flags": "SYN", "mss": 1460}
    found = layers(packet(fragments=[1500, 548], tcp=tcp), None)
    values = {field["name"]: field["value"] for field in found[-1]["fields"]}
    assert (values["fragments"], values["MSS"]) == ("1500 + 548 bytes", "1460")
