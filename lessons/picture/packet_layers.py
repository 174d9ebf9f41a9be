"""A packet's headers as nested boxes, outermost first, with what changed since the stop before.

    layers(packet, before)   packet documents of netsim.exchange_document → [{title, kind, added, fields}]

A field is {name, value, changed, was}. Headers are compared from the innermost outwards, so that a frame that was just
put into another one is still recognized.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_noop

from lessons import phrases

Document = Mapping[str, Any]
Layer = dict[str, Any]

TRANSPORTS = ("tcp", "udp", "sctp", "icmp", "ipip")
CARRIED = {"wireguard": gettext_noop("WireGuard, encrypted"), "sleeve": gettext_noop("frames of sleeve")}
HEADERS = gettext_noop("IPv{version} and {transport}")
QUOTED = gettext_noop("Quoted packet: IPv{version} and {transport}")
BYTES = gettext_noop("{count} bytes")
SET = gettext_noop("set")
phrases.register(
    HEADERS, QUOTED, BYTES, SET, *CARRIED.values(),
    gettext_noop("Outer Ethernet"), gettext_noop("Outer IPv4 (IP-in-IP)"),
    gettext_noop("Outer IPv{version} and {transport}"), gettext_noop("source"), gettext_noop("destination"),
    gettext_noop("message"), gettext_noop("next-hop MTU"), gettext_noop("don’t fragment"), gettext_noop("length"),
    gettext_noop("fragments"), gettext_noop("mark"), gettext_noop("carries"), gettext_noop("checksum"),
)  # fmt: skip


def layers(packet: Document, before: Document | None) -> list[Layer]:
    """`before` None: nothing is marked, because there is nothing to compare with."""
    now = _plain(packet)
    if before is None:
        return [_layer(layer, None, added=False) for layer in now]
    earlier = {_key(layer, depth): layer for depth, layer in _from_inside(_plain(before))}
    marked = []
    for depth, layer in _from_inside(now):
        old = earlier.get(_key(layer, depth))
        marked.append(_layer(layer, old, added=old is None))
    return list(reversed(marked))


def innermost(packet: Document) -> Document:
    """The packet that the application knows of, whatever carries it."""
    while packet["inner"]:
        packet = packet["inner"]
    return packet


def transport_of(packet: Document) -> str:
    """tcp, udp, sctp, icmp or ipip."""
    return next(name for name in TRANSPORTS if name in packet)


def endpoint(packet: Document, side: str) -> str:
    """ADDRESS:PORT of one side ("source" or "destination"); the address alone for ICMP."""
    address = packet["ip"][side]
    port = packet[transport_of(packet)].get(f"{side}_port")
    if port is None:
        return str(address)
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def _plain(packet: Document) -> list[tuple[str, str, dict[str, str]]]:
    """(title, kind, fields) of each header, outermost first."""
    outer = "Outer " if packet["inner"] else ""
    found = []
    if packet["ethernet"]:
        kind = "encapsulation" if outer else "link"
        found.append((_title(outer, "Ethernet"), kind, dict(packet["ethernet"])))
    transport = transport_of(packet)
    name = _headers(HEADERS, packet) if transport != "ipip" else "IPv4 (IP-in-IP)"
    found.append((_title(outer, name), "encapsulation" if outer else "ip", _ip_fields(packet)))
    if packet["inner"]:
        found.extend(_plain(packet["inner"]))
    elif quoted := packet[transport].get("quoted"):
        found.append((_headers(QUOTED, quoted), "quoted", _ip_fields(quoted)))
    return found


def _headers(phrase: str, packet: Document) -> str:
    return phrase.format(version=packet["ip"]["version"], transport=transport_of(packet).upper())


def _title(outer: str, name: str) -> str:
    return f"{outer}{name}"


def _ip_fields(packet: Document) -> dict[str, str]:
    ip, transport = packet["ip"], packet[transport_of(packet)]
    values = {
        "source": endpoint(packet, "source"),
        "destination": endpoint(packet, "destination"),
        "TTL": str(ip["ttl"]),
    }
    if flags := transport.get("flags") or transport.get("chunk"):
        values["flags" if "flags" in transport else "chunk"] = flags
    if "message" in transport:
        values["message"] = transport["message"]
    if transport.get("mtu"):
        values["next-hop MTU"] = str(transport["mtu"])
    if transport.get("mss"):
        values["MSS"] = str(transport["mss"])
    values |= _tunnel_fields(packet)
    if ip["dont_fragment"]:
        values["don’t fragment"] = SET
    values["length"] = BYTES.format(count=ip["length"])
    if ip["fragments"]:
        values["fragments"] = BYTES.format(count=" + ".join(map(str, ip["fragments"])))
    if packet["mark"]:
        values["mark"] = f"{packet['mark']:#x}"
    return values


def _tunnel_fields(packet: Document) -> dict[str, str]:
    """What is between a tunnel's UDP header and what it carries."""
    values = {
        title: str(packet[name]["vni"])
        for name, title in (("vxlan", "VXLAN VNI"), ("geneve", "Geneve VNI"))
        if name in packet
    }
    for name, told in CARRIED.items():
        if name in packet:
            values["carries"] = told
    if packet.get("udp", {}).get("checksum"):
        values["checksum"] = packet["udp"]["checksum"]
    return values


def _from_inside(plain: list[tuple[str, str, dict[str, str]]]) -> list[tuple[int, tuple[str, str, dict[str, str]]]]:
    return list(enumerate(reversed(plain)))


def _key(layer: tuple[str, str, dict[str, str]], depth: int) -> tuple[int, str]:
    """Headers of the same sort at the same depth from the inside are the same header."""
    return depth, "link" if layer[0].endswith("Ethernet") else "ip"


def _layer(layer: tuple[str, str, dict[str, str]], old: tuple[str, str, dict[str, str]] | None, added: bool) -> Layer:
    title, kind, values = layer
    fields = []
    for name, value in values.items():
        was = old[2].get(name, "") if old else value
        fields.append({"name": name, "value": value, "changed": was != value, "was": was if was != value else ""})
    return {"title": title, "kind": kind, "added": added, "fields": fields}
