"""Frames off the wire as the engine's own Packet values, so that both sides compare with ``==``."""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace
from ipaddress import IPv4Address

from netsim.packet import (
    ICMP_NUMBERS,
    Ethernet,
    Icmp,
    IcmpKind,
    Packet,
    Protocol,
    Tcp,
    TcpFlags,
    Udp,
    Vxlan,
)

ANSWER_TOS = 0x04
"""The type of service that listeners give to their datagrams, so that a capture tells an answer from a request."""

VXLAN_PORTS = (8472, 4789)
PROTOCOLS = {1: Protocol.ICMP, 6: Protocol.TCP, 17: Protocol.UDP}
SEGMENTS = {0x02: TcpFlags.SYN, 0x12: TcpFlags.SYN_ACK, 0x14: TcpFlags.RST_ACK}
KINDS = {numbers[0]: kind for kind, numbers in ICMP_NUMBERS.items()}


@dataclass(frozen=True, slots=True)
class Decoded:
    """``answer`` is True for what comes back: SYN,ACK, reset, echo reply, ICMP error, a listener's datagram."""

    packet: Packet
    answer: bool


def decode_frame(frame: bytes) -> Decoded | None:
    """An Ethernet frame (loopback's included) with IPv4 in it; None for a packet that a trace does not speak of.

    Those are the segments after the handshake's second one, errors about an answer, ARP, and protocols that the
    engine does not know.
    """
    ethertype = struct.unpack_from("!H", frame, 12)[0]
    if ethertype != 0x0800:
        return None
    decoded = decode_ip(frame[14:])
    if decoded is None:
        return None
    ethernet = Ethernet(_mac(frame[6:12]), _mac(frame[0:6]))
    return replace(decoded, packet=replace(decoded.packet, ethernet=ethernet))


def decode_ip(data: bytes, quoted: bool = False) -> Decoded | None:
    """An IPv4 packet; with ``quoted`` only its first bytes need to be there (RFC 792)."""
    header = (data[0] & 0xF) * 4
    service = data[1]
    length, _identification, fragment, ttl, number = struct.unpack_from("!HHHBB", data, 2)
    body = data[header:length]
    protocol = PROTOCOLS.get(number)
    if protocol is None or fragment & 0x1FFF:
        return None
    transport, answer, inner = _decode_transport(protocol, body, quoted)
    if transport is None:
        return None
    packet = Packet(
        source=IPv4Address(data[12:16]),
        destination=IPv4Address(data[16:20]),
        protocol=protocol,
        transport=transport,
        ttl=ttl,
        dont_fragment=bool(fragment & 0x4000),
        payload=0 if inner else length - header - transport.length,
        inner=inner,
    )
    return Decoded(packet, answer or (protocol is Protocol.UDP and service == ANSWER_TOS))


def _decode_transport(
    protocol: Protocol, body: bytes, quoted: bool
) -> tuple[Tcp | Udp | Icmp | Vxlan | None, bool, Packet | None]:
    match protocol:
        case Protocol.TCP:
            source, destination = struct.unpack_from("!HH", body)
            flags = TcpFlags.SYN if quoted and len(body) < 14 else SEGMENTS.get(body[13] & 0x3F)
            tcp = None if flags is None else Tcp(source, destination, flags)
            return tcp, flags is not TcpFlags.SYN, None
        case Protocol.UDP:
            source, destination = struct.unpack_from("!HH", body)
            if destination in VXLAN_PORTS:
                return _decode_vxlan(source, destination, body[8:])
            return Udp(source, destination), False, None
        case _:
            return _decode_icmp(body)


def _decode_vxlan(source: int, destination: int, body: bytes) -> tuple[Vxlan | None, bool, Packet | None]:
    """RFC 7348: flags, reserved, 24 bits of VNI, reserved, then the inner frame."""
    inner = decode_frame(body[8:])
    if inner is None:
        return None, False, None
    vni = struct.unpack_from("!I", body, 4)[0] >> 8
    return Vxlan(source, destination, vni), inner.answer, inner.packet


def _decode_icmp(body: bytes) -> tuple[Icmp | None, bool, Packet | None]:
    kind = KINDS.get((body[0], body[1]))
    if kind is None:
        return None, False, None
    if kind in (IcmpKind.ECHO_REQUEST, IcmpKind.ECHO_REPLY):
        return Icmp(kind, struct.unpack_from("!H", body, 4)[0]), kind is IcmpKind.ECHO_REPLY, None
    quoted = decode_ip(body[8:], quoted=True)
    if quoted is not None and quoted.answer:
        return None, True, None
    mtu = struct.unpack_from("!H", body, 6)[0] if kind is IcmpKind.FRAGMENTATION_NEEDED else None
    return Icmp(kind, quoted=None if quoted is None else quoted.packet, mtu=mtu), True, None


def _mac(data: bytes) -> str:
    return data.hex(":")
