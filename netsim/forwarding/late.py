"""A segment from outside of the window, and how it ends a connection that nobody meant to end.

Connection tracking calls it INVALID and does not translate it. Where no rule drops it, it reaches the client from an
address that the client never called, so the client's kernel resets a connection that it does not know; the reset meets
the server's real one (kubernetes/kubernetes issue 74839). Since Linux 6.2 this befalls segments beyond the window only;
before, those that come too late as well (tcp_in_window in net/netfilter/nf_conntrack_proto_tcp.c).
"""

from __future__ import annotations

from collections.abc import Callable

from netsim.forwarding.flight import End, SocketBuffer, World
from netsim.linux.conntrack import FlowTuple, flow_tuple
from netsim.linux.namespace import NetworkNamespace
from netsim.packet import Packet, Tcp, TcpFlags
from netsim.trace import ClientSees, Trace

Send = Callable[[SocketBuffer], tuple[Trace, End]]
Conclusion = tuple[tuple[Trace, ...], ClientSees, str]

PAYLOAD = 100


def send_late_segment(world: World, client: NetworkNamespace, opening: Packet, accepted: End, send: Send) -> Conclusion:
    """Let the server that ``accepted`` a connection send a segment from beyond the window.

    Returns every packet's trace in order, what the client sees in the end, and why.
    """
    seen = accepted.delivered
    assert seen is not None
    world.connected = flow_tuple(opening)
    late, late_end = send(SocketBuffer(accepted.at, _segment(flow_tuple(seen).mirrored, out_of_window=True)))
    if late_end.answer is None:
        return (late,), ClientSees.CONNECTED, f"the connection outlives a late segment: {late_end.reason}"
    reset, reset_end = send(late_end.answer)
    if reset_end.delivered is None or flow_tuple(reset_end.delivered) != flow_tuple(seen):
        return (late, reset), ClientSees.CONNECTED, f"the connection outlives a reset: {reset_end.reason}"
    world.closed = flow_tuple(seen)
    further, sees = _go_on(client, flow_tuple(opening), send)
    reason = f"a late segment came untranslated, and {client.name} answered it with a reset, which ended the connection"
    return (late, reset, *further), sees, reason


def _go_on(client: NetworkNamespace, connection: FlowTuple, send: Send) -> tuple[tuple[Trace, ...], ClientSees]:
    """The client knows nothing of all this and sends its next segment, to a server that has no such connection."""
    sent, end = send(SocketBuffer(client, _segment(connection)))
    if end.answer is None:
        return (sent,), ClientSees.STALLED
    answer, answer_end = send(end.answer)
    reached = answer_end.delivered is not None and answer_end.at is client
    return (sent, answer), ClientSees.RESET if reached else ClientSees.STALLED


def _segment(connection: FlowTuple, out_of_window: bool = False) -> Packet:
    source, source_port, destination, destination_port, protocol, _ = connection
    header = Tcp(source_port, destination_port, TcpFlags.PSH_ACK, out_of_window=out_of_window)
    return Packet(source, destination, protocol, header, dont_fragment=True, payload=PAYLOAD)
