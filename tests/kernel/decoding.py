"""Frames off the wire as the engine's own Packet values, so that both sides compare with ``==``."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv6Address

from netsim.packet import (
    ICMP_NUMBERS,
    Ethernet,
    Icmp,
    IcmpKind,
    IPAddress,
    Packet,
    Protocol,
    Tcp,
    TcpFlags,
    Udp,
    Vxlan,
)

ANSWER_TOS = 0x04
"""The type of service that listeners give to their datagrams, so that a capture tells an answer from a request."""

ETHERTYPES = (0x0800, 0x86DD)
VXLAN_PORTS = (8472, 4789)
PROTOCOLS = {1: Protocol.ICMP, 6: Protocol.TCP, 17: Protocol.UDP, 58: Protocol.ICMPV6}
FRAGMENT_HEADER = 44
SEGMENTS = {
    0x02: TcpFlags.SYN, 0x12: TcpFlags.SYN_ACK, 0x14: TcpFlags.RST_ACK, 0x18: TcpFlags.PSH_ACK, 0x10: TcpFlags.ACK,
}  # fmt: skip
DATA = (TcpFlags.PSH_ACK, TcpFlags.ACK)
MSS_OPTION, NO_OPERATION = 2, 1
KINDS = {version: {numbers[i]: kind for kind, numbers in ICMP_NUMBERS.items()} for i, version in enumerate((4, 6))}


@dataclass(frozen=True, slots=True)
class Decoded:
    """``answer`` is True for what comes back: SYN,ACK, reset, echo reply, ICMP error, a listener's datagram.

    ``sequence`` is the number of the first byte of a TCP segment with data, or of the one that an ICMP error quotes.
    """

    packet: Packet
    answer: bool
    sequence: int | None = None


@dataclass(frozen=True, slots=True)
class Piece:
    """A fragment; ``body`` is bytes of what was cut, ``length`` with the fragment's own headers. The first one has the
    packet's headers, and ``grow`` gives them the true payload.

    Which fragments belong together is told by their order: the kernel writes addresses and identification of later
    ones in place when it cuts a packet again, and captures that were not read yet share those bytes.
    """

    length: int
    body: int
    last: bool
    first: Decoded | None
    grow: Callable[[Packet, int, tuple[int, ...]], Packet]


@dataclass(frozen=True, slots=True)
class _Header:
    """What both IP versions say before the transport begins. ``size`` is bytes of the packet, ``body`` without
    headers; ``offset`` and ``more`` are a fragment's."""

    source: IPAddress
    destination: IPAddress
    protocol: Protocol
    ttl: int
    service: int
    size: int
    start: int
    dont_fragment: bool = False
    offset: int = 0
    more: bool = False

    @property
    def body(self) -> int:
        return self.size - self.start


def decode_frame(frame: bytes) -> Decoded | Piece | None:
    """An Ethernet frame (loopback's included) with IP in it; None for a packet that a trace does not speak of.

    Those are segments without data after the handshake's second one, errors about an answer, ARP and neighbour
    discovery, and protocols that the engine does not know.
    """
    if struct.unpack_from("!H", frame, 12)[0] not in ETHERTYPES:
        return None
    decoded = decode_ip(frame[14:])
    ethernet = Ethernet(frame[6:12].hex(":"), frame[0:6].hex(":"))
    match decoded:
        case Decoded():
            return _in_frame(decoded, ethernet)
        case Piece(first=Decoded() as first):
            return replace(decoded, first=_in_frame(first, ethernet))
        case _:
            return decoded


def _in_frame(decoded: Decoded, ethernet: Ethernet) -> Decoded:
    return replace(decoded, packet=replace(decoded.packet, ethernet=ethernet))


def decode_ip(data: bytes, quoted: bool = False) -> Decoded | Piece | None:
    """An IP packet; with ``quoted`` only its first bytes need to be there (RFC 792)."""
    header = _header_v4(data) if data[0] >> 4 == 4 else _header_v6(data)
    if header is None:
        return None
    decoded = _decode_body(header, data[header.start : header.size], quoted)
    if not (header.offset or header.more) or quoted:
        return decoded
    first = decoded if isinstance(decoded, Decoded) and not header.offset else None
    return Piece(header.size, header.body, not header.more, first, _with_payload)


def _with_payload(packet: Packet, body: int, lengths: tuple[int, ...]) -> Packet:
    payload = 0 if packet.inner else body - packet.transport.length
    return replace(packet, payload=payload, fragments=lengths)


def _header_v4(data: bytes) -> _Header | None:
    length, _identification, fragment, ttl, number = struct.unpack_from("!HHHBB", data, 2)
    protocol = PROTOCOLS.get(number)
    if protocol is None:
        return None
    return _Header(
        IPv4Address(data[12:16]), IPv4Address(data[16:20]), protocol, ttl, data[1], length, (data[0] & 0xF) * 4,
        bool(fragment & 0x4000), fragment & 0x1FFF, bool(fragment & 0x2000),
    )  # fmt: skip


def _header_v6(data: bytes) -> _Header | None:
    word, length, number, ttl = struct.unpack_from("!IHBB", data)
    start, fragment = 40, 0
    if number == FRAGMENT_HEADER:
        number, _reserved, fragment = struct.unpack_from("!BBH", data, start)
        start += 8
    protocol = PROTOCOLS.get(number)
    if protocol is None:
        return None
    return _Header(
        IPv6Address(data[8:24]), IPv6Address(data[24:40]), protocol, ttl, word >> 20 & 0xFF, 40 + length, start,
        offset=fragment >> 3, more=bool(fragment & 1),
    )  # fmt: skip


def _decode_body(header: _Header, body: bytes, quoted: bool) -> Decoded | Piece | None:
    if header.offset:
        return None
    match header.protocol:
        case Protocol.TCP:
            return _decode_tcp(header, body, quoted)
        case Protocol.UDP:
            source, destination = struct.unpack_from("!HH", body)
            if destination in VXLAN_PORTS:
                return _decode_vxlan(header, source, destination, body[8:])
            return Decoded(_packet(header, Udp(source, destination)), header.service == ANSWER_TOS)
        case _:
            return _decode_icmp(header, body)


def _packet(header: _Header, transport: Tcp | Udp | Icmp | Vxlan, inner: Packet | None = None) -> Packet:
    return Packet(
        header.source, header.destination, header.protocol, transport, header.ttl, header.dont_fragment,
        payload=0 if inner else header.body - transport.length, inner=inner,
    )  # fmt: skip


def _decode_tcp(header: _Header, body: bytes, quoted: bool) -> Decoded | None:
    source, destination, sequence = struct.unpack_from("!HHI", body)
    whole = len(body) >= 14
    flags = SEGMENTS.get(body[13] & 0x3F) if whole else TcpFlags.SYN
    own = (body[12] >> 4) * 4 if whole else 0
    if flags is None or (flags in DATA and header.body <= own) or (not whole and not quoted):
        return None
    mss = _mss(body[20:own]) if flags in (TcpFlags.SYN, TcpFlags.SYN_ACK) else 0
    packet = _packet(header, Tcp(source, destination, flags, mss))
    return Decoded(packet, flags not in (TcpFlags.SYN, *DATA), sequence if flags in DATA else None)


def _mss(options: bytes) -> int:
    """The MSS option (RFC 9293); 0 without one."""
    at = 0
    while at < len(options) and options[at]:
        if options[at] == MSS_OPTION:
            return int(struct.unpack_from("!H", options, at + 2)[0])
        at += 1 if options[at] == NO_OPERATION else options[at + 1]
    return 0


def _decode_vxlan(header: _Header, source: int, destination: int, body: bytes) -> Decoded | Piece | None:
    """RFC 7348: flags, reserved, 24 bits of VNI, reserved, then the inner frame, which may be a fragment."""
    inner = decode_frame(body[8:])
    vxlan = Vxlan(source, destination, struct.unpack_from("!I", body, 4)[0] >> 8)
    if isinstance(inner, Decoded):
        return replace(inner, packet=_packet(header, vxlan, inner.packet))
    if inner is None or header.more:
        return None
    first = None if inner.first is None else replace(inner.first, packet=_packet(header, vxlan, inner.first.packet))

    def grow(packet: Packet, size: int, lengths: tuple[int, ...]) -> Packet:
        assert packet.inner is not None
        return replace(packet, inner=inner.grow(packet.inner, size, lengths))

    return replace(inner, first=first, grow=grow)


def _decode_icmp(header: _Header, body: bytes) -> Decoded | None:
    version = header.source.version
    kind = KINDS[version].get((body[0], body[1]))
    if kind is None:
        return None
    if kind in (IcmpKind.ECHO_REQUEST, IcmpKind.ECHO_REPLY):
        echo = Icmp(kind, struct.unpack_from("!H", body, 4)[0])
        return Decoded(_packet(header, echo), kind is IcmpKind.ECHO_REPLY)
    quoted = decode_ip(body[8:], quoted=True)
    if not isinstance(quoted, Decoded) or quoted.answer:
        return None
    mtu = None
    if kind is IcmpKind.FRAGMENTATION_NEEDED:
        mtu = struct.unpack_from("!H", body, 6)[0] if version == 4 else struct.unpack_from("!I", body, 4)[0]
    return Decoded(_packet(header, Icmp(kind, quoted=quoted.packet, mtu=mtu)), True, quoted.sequence)
