"""Packet capture without a process: one AF_PACKET socket a namespace, which hears every device in both directions."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace

from netsim.packet import Packet
from tests.kernel.decoding import ETHERTYPES, Decoded, Piece, decode_frame

ETH_P_ALL = 3
SO_TIMESTAMPNS = 35
SO_RCVBUFFORCE = 33
BUFFER = 1 << 22


@dataclass(frozen=True, slots=True)
class Sighting:
    """One packet on one device, all of its fragments together. ``time`` is in nanoseconds, of the first fragment;
    ``answer`` is True for what the server's side sent; ``sequence`` is that of TCP data."""

    namespace: str
    interface: str
    direction: str
    packet: Packet
    answer: bool
    time: int
    sequence: int | None = None


class Tap:
    """A capture in the namespace that the constructor runs in; read it with ``read``."""

    def __init__(self, namespace: str) -> None:
        self.namespace = namespace
        self.pieces: dict[tuple[str, str], list[tuple[Piece, int]]] = {}
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
        self.socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        enlarge_buffer(self.socket)
        self.socket.setblocking(False)

    def fileno(self) -> int:
        return self.socket.fileno()

    def close(self) -> None:
        self.socket.close()

    def read(self) -> Iterator[Sighting]:
        """What has been captured since the last call, oldest first; frames that no trace speaks of are left out."""
        while True:
            try:
                frame, ancillary, _flags, address = self.socket.recvmsg(65536, 64)
            except BlockingIOError:
                return
            interface, ethertype, kind = address[:3]
            decoded = decode_frame(frame) if ethertype in ETHERTYPES else None
            direction = "out" if kind == socket.PACKET_OUTGOING else "in"
            if isinstance(decoded, Decoded):
                yield self._sighting(interface, direction, decoded, _time(ancillary))
            elif isinstance(decoded, Piece):
                yield from self._collect(interface, direction, decoded, _time(ancillary))

    def _sighting(self, interface: str, direction: str, decoded: Decoded, time: int) -> Sighting:
        return Sighting(self.namespace, interface, direction, decoded.packet, decoded.answer, time, decoded.sequence)

    def _collect(self, interface: str, direction: str, piece: Piece, time: int) -> Iterator[Sighting]:
        """Wait for the other fragments; the last one completes the packet."""
        place = (interface, direction)
        before = self.pieces.pop(place, [])
        seen = [(piece, time)] if piece.first is not None else [*before, (piece, time)]
        first = seen[0][0].first
        if not piece.last:
            self.pieces[place] = seen
        elif first is not None:
            lengths = tuple(one.length for one, _ in seen)
            packet = piece.grow(first.packet, sum(one.body for one, _ in seen), lengths)
            yield self._sighting(interface, direction, replace(first, packet=packet), seen[0][1])


def enlarge_buffer(observer: socket.socket) -> None:
    """Room for a burst; inside a user namespace only as much as net.core.rmem_max allows."""
    try:
        observer.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, BUFFER)
    except PermissionError:
        observer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)


def _time(ancillary: list[tuple[int, int, bytes]]) -> int:
    """The kernel's timestamp; ValueError when it sent none."""
    for level, kind, data in ancillary:
        if (level, kind) == (socket.SOL_SOCKET, SO_TIMESTAMPNS):
            seconds, nanoseconds = struct.unpack("qq", data[:16])
            return int(seconds) * 1_000_000_000 + int(nanoseconds)
    raise ValueError("the kernel gave no timestamp with a captured frame")
