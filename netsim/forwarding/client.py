"""What the client concludes from what came back, as the errno that its system call would give."""

from __future__ import annotations

from netsim.forwarding.flight import End
from netsim.linux.conntrack import flow_tuple
from netsim.linux.namespace import NetworkNamespace
from netsim.packet import Icmp, IcmpKind, Packet, Protocol, Sctp, SctpChunk, Tcp, TcpFlags, host_and_port
from netsim.trace import ClientSees, Disposition, Trace, Translate

_ICMP_MEANS = {
    IcmpKind.PORT_UNREACHABLE: ClientSees.REFUSED,
    IcmpKind.NET_UNREACHABLE: ClientSees.UNREACHABLE,
    IcmpKind.HOST_UNREACHABLE: ClientSees.UNREACHABLE,
    IcmpKind.ADMIN_PROHIBITED: ClientSees.UNREACHABLE,
    IcmpKind.TIME_EXCEEDED: ClientSees.TTL_EXCEEDED,
    IcmpKind.FRAGMENTATION_NEEDED: ClientSees.TOO_BIG,
    IcmpKind.ECHO_REPLY: ClientSees.CONNECTED,
}

_REFUSED_BY_RULES = (Disposition.DROPPED, Disposition.REJECTED)
"""Sending fails with EPERM when the machine's own rules stop a datagram, REJECT's ICMP error or not."""


def conclusion(
    client: NetworkNamespace, there: Trace, end: End, back: Trace | None, answer_end: End | None
) -> tuple[ClientSees, str]:
    """What the client sees, and one sentence that names what decided it."""
    if end.at is client and len(there.hops) == 1:
        if there.packet.protocol is not Protocol.TCP and end.disposition in _REFUSED_BY_RULES:
            return ClientSees.NOT_PERMITTED, end.reason
        if back is None and end.error is not None:
            return ClientSees.TIMEOUT if _translated_tcp(there) else end.error, end.reason
    if back is None or answer_end is None:
        return ClientSees.TIMEOUT, end.reason
    if answer_end.delivered is None or answer_end.at is not client:
        return ClientSees.TIMEOUT, f"{end.reason}; the answer is lost: {back.reason}"
    sent = there.hops[0].packet
    got = answer_end.delivered
    if not _belongs(sent, got):
        return ClientSees.TIMEOUT, (
            f"{end.reason}; the answer comes from {_address(got)}, which the client never called, so it is ignored"
        )
    return _meaning(got), end.reason


def _translated_tcp(there: Trace) -> bool:
    """TCP has its route before OUTPUT translates the SYN; that the new destination has none is not reported."""
    return there.packet.protocol is Protocol.TCP and any(isinstance(step, Translate) for step in there.hops[0].steps)


def _belongs(sent: Packet, got: Packet) -> bool:
    """Whether an answer is for the socket that sent the request: the client only knows whom it called."""
    if isinstance(got.transport, Icmp) and got.transport.quoted is not None:
        return flow_tuple(got.transport.quoted) == flow_tuple(sent)
    return flow_tuple(got) == flow_tuple(sent).mirrored


def _meaning(got: Packet) -> ClientSees:
    match got.transport:
        case Tcp(flags=TcpFlags.RST_ACK | TcpFlags.RST) | Sctp(chunk=SctpChunk.ABORT):
            return ClientSees.REFUSED
        case Icmp(kind=IcmpKind.ADMIN_PROHIBITED) if got.version == 6:
            return ClientSees.DENIED
        case Icmp(kind=kind):
            return _ICMP_MEANS[kind]
        case _:
            return ClientSees.CONNECTED


def _address(packet: Packet) -> str:
    return host_and_port(packet.source, packet.ports[0]) if packet.ports else str(packet.source)
