"""Which rules of nftables a packet hits: the kernel's own trace (nfnetlink, NFNLGRP_NFTRACE).

(include/uapi/linux/netfilter/nf_tables.h, net/netfilter/nf_tables_trace.c)
"""

from __future__ import annotations

import json
import socket
import struct
import subprocess
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address

from tests.kernel.capture import enlarge_buffer
from tests.kernel.decoding import VXLAN_PORTS, Decoded, decode_ip
from tests.kernel.rulelog import NETLINK_NETFILTER, Clue, LoggedRule, attributes_of, messages_of

TRACE_GROUP = 9
ADD_MEMBERSHIP, SOL_NETLINK = 1, 270
MSG_TRACE = (10 << 8) | 17
TABLE, CHAIN, RULE_HANDLE, TRACE_ID, NETWORK_HEADER, TRANSPORT_HEADER = 1, 2, 3, 6, 8, 9
TRACE_EVERYTHING = """
table inet trace {
    chain prerouting { type filter hook prerouting priority -400; meta nftrace set 1; }
    chain output { type filter hook output priority -400; meta nftrace set 1; }
}
"""
FAMILY_NAMES = {2: "ip", 10: "ip6", 1: "inet"}


class NftLog:
    """The trace of the namespace that the constructor runs in, with what is needed to number its rules."""

    def __init__(self, namespace: str) -> None:
        self.namespace = namespace
        self._numbers = _rule_numbers()
        subprocess.run(["nft", "-f", "-"], input=TRACE_EVERYTHING, check=True, text=True)
        self._packets: dict[int, tuple[bool | None, Clue | None]] = {}
        self.socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER)
        enlarge_buffer(self.socket)
        self.socket.bind((0, 0))
        self.socket.setsockopt(SOL_NETLINK, ADD_MEMBERSHIP, TRACE_GROUP)
        self.socket.setblocking(False)

    def fileno(self) -> int:
        return self.socket.fileno()

    def close(self) -> None:
        self.socket.close()

    def read(self) -> Iterator[LoggedRule]:
        """What was traced since the last call; packets that no trace of the engine speaks of are left out."""
        while True:
            try:
                data = self.socket.recv(1 << 17)
            except BlockingIOError:
                return
            for kind, body in messages_of(data):
                if kind == MSG_TRACE:
                    yield from self._hit(body[0], dict(attributes_of(body[4:])))

    def _hit(self, family: int, attributes: dict[int, bytes]) -> Iterator[LoggedRule]:
        """A chain's first event has the packet's headers, those after it only the number of the trace."""
        number = struct.unpack("=I", attributes[TRACE_ID])[0]
        if NETWORK_HEADER in attributes:
            self._packets[number] = _recognize(attributes[NETWORK_HEADER], attributes.get(TRANSPORT_HEADER, b""))
        answer, clue = self._packets.get(number, (None, None))
        if RULE_HANDLE not in attributes or (answer is None and clue is None):
            return
        table = f"{FAMILY_NAMES[family]} {_text(attributes[TABLE])}"
        chain, handle = _text(attributes[CHAIN]), struct.unpack("!Q", attributes[RULE_HANDLE])[0]
        place = self._numbers.get((table, chain, handle))
        if place is not None:
            yield LoggedRule(self.namespace, table, chain, "rule", place, answer, clue)


def _text(data: bytes) -> str:
    return data.rstrip(b"\0").decode("ascii")


def _recognize(header: bytes, transport: bytes) -> tuple[bool | None, Clue | None]:
    """Whether the packet is an answer, or a clue; neither for a packet that a trace of the engine does not speak of.

    Only 20 bytes behind the IP header are traced: too few for what a tunnel carries and for what an ICMP error quotes.
    """
    if header[0] >> 4 == 4:
        start, protocol, length = (header[0] & 0xF) * 4, header[9], struct.unpack_from("!H", header, 2)[0]
        ends = str(IPv4Address(header[12:16])), str(IPv4Address(header[16:20]))
    else:
        start, protocol, length = 40, header[6], 40 + struct.unpack_from("!H", header, 4)[0]
        ends = str(IPv6Address(header[8:24])), str(IPv6Address(header[24:40]))
    if (protocol == socket.IPPROTO_ICMP and transport[0] not in (0, 8)) or (
        protocol == socket.IPPROTO_ICMPV6 and transport[0] < 128
    ):
        return None, Clue(*ends, length, transport[0])
    if protocol == socket.IPPROTO_UDP and struct.unpack_from("!H", transport, 2)[0] in VXLAN_PORTS:
        return None, Clue(*ends, length, struct.unpack_from("!H", transport)[0])
    decoded = decode_ip(header[:start] + transport, quoted=True)
    if not isinstance(decoded, Decoded) or decoded.sequence is not None:
        return None, None
    return decoded.answer, None


def _rule_numbers() -> dict[tuple[str, str, int], int]:
    """The place of each rule in its chain, from 1, by table, chain and handle."""
    listed = subprocess.run(["nft", "-a", "-j", "list", "ruleset"], check=True, capture_output=True, text=True).stdout
    places: dict[tuple[str, str], int] = {}
    numbers: dict[tuple[str, str, int], int] = {}
    for item in json.loads(listed)["nftables"]:
        if rule := item.get("rule"):
            table = f"{rule['family']} {rule['table']}"
            places[table, rule["chain"]] = places.get((table, rule["chain"]), 0) + 1
            numbers[table, rule["chain"], rule["handle"]] = places[table, rule["chain"]]
    return numbers
