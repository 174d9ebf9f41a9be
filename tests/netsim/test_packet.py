"""Lengths as on the wire, and changes that make a new packet."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from netsim.packet import (
    Geneve,
    Icmp,
    IcmpKind,
    IpInIp,
    Packet,
    Protocol,
    Sleeve,
    Tcp,
    TcpFlags,
    Udp,
    Vxlan,
    Wireguard,
    parse_protocol,
)

A, B = ip_address("10.244.1.9"), ip_address("10.244.2.6")
A6, B6 = ip_address("fd00::1"), ip_address("fd00::2")
SYN = Packet(A, B, Protocol.TCP, Tcp(41000, 8080))
FRAME = SYN.framed("02:00:00:00:00:01", "02:00:00:00:00:02")


@pytest.mark.parametrize(
    ("packet", "length"),
    [
        (SYN, 60),
        (Packet(A, B, Protocol.TCP, Tcp(1, 2, TcpFlags.RST_ACK)), 40),
        (Packet(A, B, Protocol.UDP, Udp(1, 53), payload=10), 38),
        (Packet(A, B, Protocol.ICMP, Icmp(IcmpKind.ECHO_REQUEST, 7), payload=56), 84),
        (Packet(A, B, Protocol.UDP, Vxlan(50000, 8472, 1), inner=FRAME), 110),
        (Packet(A6, B6, Protocol.UDP, Vxlan(50000, 8472, 1), inner=FRAME), 130),
        (Packet(A, B, Protocol.UDP, Geneve(50000, 6081, 1), inner=FRAME), 110),
        (Packet(A, B, Protocol.UDP, Geneve(50000, 6081, 1, options=12), inner=FRAME), 122),
        (Packet(A, B, Protocol.IPIP, IpInIp(), inner=SYN), 80),
        (Packet(A, B, Protocol.UDP, Wireguard(51820, 51820), inner=SYN), 120),
        (Packet(A, B, Protocol.UDP, Wireguard(51820, 51820, padding=4), inner=SYN), 124),
        (Packet(A6, B6, Protocol.UDP, Wireguard(51820, 51820), inner=SYN), 140),
        (Packet(A, B, Protocol.UDP, Sleeve(6783, 6783), inner=FRAME), 122),
        (Packet(A6, B6, Protocol.UDP, Udp(1, 53)), 48),
    ],
    ids=[
        "SYN with Linux's options", "reset", "UDP", "ping", "SYN in VXLAN: 50 more", "VXLAN over IPv6: 70 more",
        "Geneve: 50 more", "Geneve with Cilium's DSR option: 62 more", "IP-in-IP: 20 more", "WireGuard: 60 more",
        "WireGuard pads to a multiple of 16", "WireGuard over IPv6: 80 more", "sleeve: 62 more", "UDP over IPv6",
    ],
)  # fmt: skip
def test_lengths_are_those_on_the_wire(packet, length):
    assert packet.length == length


def test_a_change_leaves_the_old_packet_as_it_was():
    assert (SYN.with_ttl(63).ttl, SYN.ttl) == (63, 64)


def test_translation_keeps_everything_but_the_endpoints():
    changed = SYN.marked(0x4000).framed("a", "b").with_endpoints(A, 41000, B, 80)
    assert (changed.mark, changed.frame.destination, changed.ports) == (0x4000, "b", (41000, 80))


def test_only_an_icmp_error_quotes():
    with pytest.raises(TypeError, match="only an ICMP error"):
        SYN.quoting(SYN)


def test_a_packet_without_a_frame_says_so():
    with pytest.raises(ValueError, match="not in a frame yet"):
        _ = SYN.frame


@pytest.mark.parametrize(
    ("kind", "version", "numbers"),
    [
        (IcmpKind.PORT_UNREACHABLE, 4, (3, 3)),
        (IcmpKind.PORT_UNREACHABLE, 6, (1, 4)),
        (IcmpKind.TIME_EXCEEDED, 4, (11, 0)),
        (IcmpKind.FRAGMENTATION_NEEDED, 6, (2, 0)),
    ],
)
def test_icmp_numbers_follow_the_ip_version(kind, version, numbers):
    assert Icmp(kind).numbers(version) == numbers


def test_an_unknown_protocol_is_refused_with_what_is_known():
    with pytest.raises(ValueError, match="use tcp, udp, sctp or icmp"):
        parse_protocol("ipx")
