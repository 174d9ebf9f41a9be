"""Which rules a packet hits: iptables' TRACE target, read from the kernel's packet log (nfnetlink_log, group 0)."""

from __future__ import annotations

import re
import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from tests.kernel.capture import enlarge_buffer
from tests.kernel.decoding import Decoded, Piece, decode_ip

NETLINK_NETFILTER = 12
ULOG = 4 << 8
MSG_PACKET, MSG_CONFIG = ULOG | 0, ULOG | 1
MSG_ERROR = 2  # NLMSG_ERROR, which also acknowledges (include/uapi/linux/netlink.h)
CONFIG_COMMAND, CONFIG_MODE, CONFIG_THRESHOLD = 1, 2, 5
BIND, COPY_PACKET = 1, 2
MARK, IN_DEVICE, OUT_DEVICE, PAYLOAD, PREFIX = 2, 4, 5, 9, 10
REQUEST_WITH_ACK = 0x5
LINE = re.compile(r"TRACE: (?P<table>\w+):(?P<chain>[^:]+):(?P<what>rule|return|policy):(?P<number>\d+)")


@dataclass(frozen=True, slots=True)
class Clue:
    """The headers by which a packet is found again: addresses, IP length, and source port or ICMP type."""

    source: str
    destination: str
    length: int
    first: int


@dataclass(frozen=True, slots=True)
class LoggedRule:
    """``what`` is rule, return (the end of a user chain) or policy (the end of a base chain); ``answer``: the packet
    comes back from the server; None where only a capture of the packet that fits the ``clue`` can tell."""

    namespace: str
    table: str
    chain: str
    what: str
    number: int
    answer: bool | None
    clue: Clue | None = None
    version: int = 4
    data: bool = False

    @property
    def name(self) -> str:
        return f"{self.table}:{self.chain}:{self.number}"


class RuleLog:
    """The log of the namespace that the constructor runs in; a TRACE rule must be there for anything to appear."""

    def __init__(self, namespace: str) -> None:
        self.namespace = namespace
        for family in (socket.AF_INET, socket.AF_INET6):
            with open(f"/proc/sys/net/netfilter/nf_log/{int(family)}", "w", encoding="ascii") as logger:
                logger.write("nfnetlink_log")
        self.socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER)
        enlarge_buffer(self.socket)
        self.socket.bind((0, 0))
        self._configure(CONFIG_COMMAND, struct.pack("B", BIND))
        self._configure(CONFIG_MODE, struct.pack("!IBx", 0xFFFF, COPY_PACKET))
        self._configure(CONFIG_THRESHOLD, struct.pack("!I", 1))
        self.socket.setblocking(False)

    def fileno(self) -> int:
        return self.socket.fileno()

    def close(self) -> None:
        self.socket.close()

    def read(self) -> Iterator[LoggedRule]:
        """What was logged since the last call, in the kernel's order; packets that no trace speaks of are left out."""
        while True:
            try:
                data = self.socket.recv(1 << 17)
            except BlockingIOError:
                return
            for kind, body in messages_of(data):
                if kind == MSG_PACKET:
                    yield from self._hit(dict(attributes_of(body[4:])))

    def _hit(self, attributes: dict[int, bytes]) -> Iterator[LoggedRule]:
        line = LINE.match(attributes[PREFIX].rstrip(b"\0").decode("ascii"))
        decoded = decode_ip(attributes[PAYLOAD])
        if isinstance(decoded, Piece):
            decoded = decoded.first
        if line is not None and isinstance(decoded, Decoded):
            yield LoggedRule(
                self.namespace, line["table"], line["chain"], line["what"], int(line["number"]), decoded.answer,
                version=decoded.packet.version, data=decoded.sequence is not None,
            )  # fmt: skip

    def _configure(self, attribute: int, value: bytes) -> None:
        """Send one setting for group 0 and wait for the answer; OSError when the kernel refuses it."""
        body = struct.pack("!BBH", socket.AF_UNSPEC, 0, 0) + _attribute(attribute, value)
        header = struct.pack("=IHHII", 16 + len(body), MSG_CONFIG, REQUEST_WITH_ACK, 0, 0)
        self.socket.send(header + body)
        error = self._answer()
        if error:
            raise OSError(-error, f"nfnetlink_log refused attribute {attribute} in {self.namespace}")

    def _answer(self) -> int:
        """0 or a negative error number; packets that are logged before the answer comes are nobody's."""
        while True:
            for kind, body in messages_of(self.socket.recv(1 << 17)):
                if kind == MSG_ERROR:
                    return int(struct.unpack_from("=i", body)[0])


def _attribute(kind: int, value: bytes) -> bytes:
    return struct.pack("=HH", 4 + len(value), kind) + value + b"\0" * (-len(value) % 4)


def messages_of(data: bytes) -> Iterator[tuple[int, bytes]]:
    while len(data) >= 16:
        length, kind = struct.unpack_from("=IH", data)
        yield kind, data[16:length]
        data = data[(length + 3) & ~3 :]


def attributes_of(data: bytes) -> Iterator[tuple[int, bytes]]:
    while len(data) >= 4:
        length, kind = struct.unpack_from("=HH", data)
        yield kind & 0x3FFF, data[4:length]
        data = data[(length + 3) & ~3 :]
