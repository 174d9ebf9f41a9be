"""What follows a TCP handshake: the first segment of data, and what the sender makes of the answer.

A segment is never longer than the peer's MSS and the known path MTU allow, and has DF set. An ICMP error that tells a
smaller MTU makes the sender try again with less; where nothing comes back it repeats the same segment in vain, and the
connection hangs (net/ipv4/tcp_output.c tcp_mtu_to_mss, net/ipv4/tcp_ipv4.c tcp_v4_mtu_reduced).
"""

from __future__ import annotations

from collections.abc import Callable

from netsim.forwarding.flight import End, SocketBuffer, World
from netsim.forwarding.fragments import largest_segment
from netsim.linux.namespace import NetworkNamespace
from netsim.packet import Packet, Tcp, TcpFlags
from netsim.trace import ClientSees, Trace

Send = Callable[[SocketBuffer], tuple[Trace, End]]

TIMESTAMPS = 12
"""Bytes of the TCP option that Linux has in every segment; the MSS includes them."""


def transfer(
    world: World, client: NetworkNamespace, opening: Packet, acceptance: Packet, size: int, send: Send
) -> tuple[tuple[Trace, ...], ClientSees, str]:
    """Send the first segment of ``size`` bytes on a connection that ``acceptance`` opened.

    Returns every packet's trace in order, what the client sees, and why.
    """
    traces: list[Trace] = []
    segment = _segment(world, client, opening, acceptance, size)
    while True:
        there, end = send(SocketBuffer(client, segment))
        traces.append(there)
        if end.answer is None:
            return tuple(traces), ClientSees.STALLED, f"{_what(segment)}: {end.reason}"
        back, answer_end = send(end.answer)
        traces.append(back)
        if answer_end.delivered is None or answer_end.at is not client:
            return (
                tuple(traces),
                ClientSees.STALLED,
                f"{_what(segment)}: {end.reason}; the answer is lost: {back.reason}",
            )
        if end.delivered is not None:
            return tuple(traces), ClientSees.CONNECTED, end.reason
        shorter = _segment(world, client, opening, acceptance, size)
        if shorter.length >= segment.length:
            return tuple(traces), ClientSees.STALLED, f"{_what(segment)}: {end.reason}"
        segment = shorter


def _segment(world: World, client: NetworkNamespace, opening: Packet, acceptance: Packet, size: int) -> Packet:
    assert isinstance(opening.transport, Tcp)
    assert isinstance(acceptance.transport, Tcp)
    most = min(acceptance.transport.mss, largest_segment(world, client, opening.destination)) - TIMESTAMPS
    flags = TcpFlags.PSH_ACK if size <= most else TcpFlags.ACK
    header = Tcp(opening.transport.source_port, opening.transport.destination_port, flags)
    return Packet(
        opening.source, opening.destination, opening.protocol, header,
        ttl=opening.ttl, dont_fragment=True, payload=min(size, most),
    )  # fmt: skip


def _what(segment: Packet) -> str:
    return f"the connection opens, but its segment of {segment.payload} bytes does not arrive"
