"""Connection tracking: one entry a connection, two tuples, and the translation between them.

The reply tuple is what an answer looks like before it is translated back; NAT is nothing but a reply tuple that is
not the mirror of the original (net/netfilter/nf_nat_core.c).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from netsim.packet import ICMP_NUMBERS, Icmp, IcmpKind, IPAddress, Packet, Protocol


class Direction(StrEnum):
    ORIGINAL = "original"
    REPLY = "reply"


class FlowTuple(NamedTuple):
    """Who talks to whom. For ICMP echoes both ports hold the identifier, and ``echo`` tells request from reply."""

    source: IPAddress
    source_port: int
    destination: IPAddress
    destination_port: int
    protocol: Protocol
    echo: IcmpKind | None = None

    @property
    def mirrored(self) -> FlowTuple:
        """The tuple of an answer; that of an echo request is an echo reply's (``nf_conntrack_invert_icmp_tuple``)."""
        echo = None if self.echo is None else _ANSWERS[self.echo]
        return FlowTuple(self.destination, self.destination_port, self.source, self.source_port, self.protocol, echo)

    @property
    def text(self) -> str:
        """As ``conntrack -L`` prints a tuple."""
        ports = f" sport={self.source_port} dport={self.destination_port}" if self.protocol is not Protocol.IPIP else ""
        if self.echo is not None:
            kind, code = ICMP_NUMBERS[self.echo][0 if self.source.version == 4 else 1]
            ports = f" type={kind} code={code} id={self.source_port}"
        return f"src={self.source} dst={self.destination}{ports}"


ICMP = (Protocol.ICMP, Protocol.ICMPV6)
_ANSWERS = {IcmpKind.ECHO_REQUEST: IcmpKind.ECHO_REPLY, IcmpKind.ECHO_REPLY: IcmpKind.ECHO_REQUEST}


def flow_tuple(packet: Packet) -> FlowTuple:
    """The packet's tuple; ValueError for an ICMP error, which belongs to the connection that it quotes."""
    transport = packet.transport
    if isinstance(transport, Icmp):
        if transport.is_error:
            raise ValueError("an ICMP error has no tuple of its own")
        number = transport.identifier
        return FlowTuple(packet.source, number, packet.destination, number, packet.protocol, transport.kind)
    source_port, destination_port = packet.ports or (0, 0)
    return FlowTuple(packet.source, source_port, packet.destination, destination_port, packet.protocol)


@dataclass(slots=True)
class Connection:
    """One entry of the table. It is unconfirmed until its first packet leaves the namespace or reaches a socket.

    ``balanced``: IPVS gave the reply tuple its source and translates the destination itself; netfilter's NAT does not
    (ip_vs_update_conntrack sets no IPS_DST_NAT). ``mark`` is what ``CONNMARK`` keeps there (``ct->mark``).
    """

    original: FlowTuple
    reply: FlowTuple
    confirmed: bool = False
    replied: bool = False
    destination_nat_decided: bool = False
    source_nat_decided: bool = False
    balanced: bool = False
    mark: int = 0

    @property
    def destination_translated(self) -> bool:
        """IPS_DST_NAT: the reply comes from somewhere else than the original went to; an echo has no port."""
        original, reply = self.original, self.reply
        if self.balanced or (reply.source, reply.source_port) == (original.destination, original.destination_port):
            return False
        return original.protocol not in ICMP or reply.source != original.destination

    @property
    def source_translated(self) -> bool:
        """IPS_SRC_NAT: the reply goes to somewhere else than the original came from."""
        return (self.reply.destination, self.reply.destination_port) != (
            self.original.source, self.original.source_port,
        )  # fmt: skip

    @property
    def text(self) -> str:
        unreplied = "" if self.replied else " [UNREPLIED]"
        return f"{self.original.protocol} {self.original.text}{unreplied} {self.reply.text}"


class ConntrackTable:
    """The entries of one namespace, found by either tuple."""

    def __init__(self) -> None:
        self._by_tuple: dict[FlowTuple, tuple[Connection, Direction]] = {}
        self._connections: list[Connection] = []

    def find(self, wanted: FlowTuple) -> tuple[Connection, Direction] | None:
        return self._by_tuple.get(wanted)

    def confirm(self, connection: Connection) -> None:
        """Enter a connection whose first packet got through; a clash with another entry keeps the older one."""
        connection.confirmed = True
        entry = (connection, Direction.ORIGINAL)
        if self._by_tuple.setdefault(connection.original, entry) is entry:
            self._connections.append(connection)
        self._by_tuple.setdefault(connection.reply, (connection, Direction.REPLY))

    def in_use(self, reply: FlowTuple) -> bool:
        """Whether a translation would collide with a known connection."""
        return reply in self._by_tuple

    def __len__(self) -> int:
        return len(self._connections)

    def __iter__(self) -> Iterator[Connection]:
        return iter(self._connections)
