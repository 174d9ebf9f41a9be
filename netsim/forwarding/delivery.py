"""The packet reached its machine: a socket, a tunnel or the kernel takes it, and what that answers."""

from __future__ import annotations

from netsim.forwarding.errors import acceptance, icmp_error, refusal
from netsim.forwarding.flight import End, Flight, Next, SocketBuffer
from netsim.forwarding.fragments import as_sent, largest_segment, learn_path_mtu
from netsim.forwarding.sleeve import inject
from netsim.forwarding.tunnels import decapsulate
from netsim.packet import Icmp, IcmpKind, Packet, Protocol, Sctp, SctpChunk, Sleeve, Tcp, TcpFlags
from netsim.trace import Deliver, Disposition


def deliver(flight: Flight, buffer: SocketBuffer) -> Next:
    """Hand the packet to whoever in this namespace wants it."""
    match buffer.packet.transport:
        case Sleeve(destination_port=port):
            return inject(flight, buffer, port)
        case _ if buffer.packet.inner is not None:
            return decapsulate(flight, buffer)
        case Icmp(kind=kind):
            return _to_icmp(flight, buffer, kind)
        case _:
            return _to_socket(flight, buffer)


def deliver_broadcast(flight: Flight, buffer: SocketBuffer) -> End:
    """A broadcast reaches UDP sockets; TCP and echo requests are ignored, and nothing is refused.

    Facts: tcp_v4_rcv and tcp_v4_send_reset (net/ipv4/tcp_ipv4.c), icmp_echo_ignore_broadcasts, ``__icmp_send``.
    """
    namespace, packet = buffer.namespace, buffer.packet
    socket = flight.world.socket_for(namespace, packet) if packet.protocol is Protocol.UDP else None
    if socket is not None:
        return _accept(flight, buffer, f"{socket.process}, which listens on udp port {socket.port}", None)
    reason = f"{namespace.name} ignores {packet.protocol} to the broadcast address {packet.destination}"
    return flight.discard(buffer, Disposition.DROPPED, reason)


def _to_icmp(flight: Flight, buffer: SocketBuffer, kind: IcmpKind) -> End:
    if kind is IcmpKind.ECHO_REQUEST:
        answer = SocketBuffer(buffer.namespace, acceptance(buffer.packet), ignore_df=True)
        return _accept(flight, buffer, f"the kernel of {buffer.namespace.name}, which answers pings", answer)
    error = buffer.packet.transport
    if isinstance(error, Icmp) and error.quoted is not None and error.mtu is not None:
        learn_path_mtu(flight, buffer.namespace, error.quoted.destination, error.mtu)
    return _accept(flight, buffer, f"the sender's kernel at {buffer.packet.destination}", None)


def _is_reset(packet: Packet) -> bool:
    """A reset is never answered."""
    match packet.transport:
        case Tcp(flags=flags):
            return flags in (TcpFlags.RST_ACK, TcpFlags.RST)
        case Sctp(chunk=chunk):
            return chunk is SctpChunk.ABORT
        case _:
            return False


def _to_socket(flight: Flight, buffer: SocketBuffer) -> End:
    namespace, packet = buffer.namespace, buffer.packet
    assert packet.ports is not None
    port = packet.ports[1]
    socket = flight.world.socket_for(namespace, packet)
    if socket is flight.world.client:
        return _accept(flight, buffer, f"{socket.process}, which waits for the answer", None)
    if socket is not None and _is_reset(packet):
        return _accept(flight, buffer, f"{socket.process}, whose connection it ends", None)
    if socket is not None:
        reply = acceptance(packet, largest_segment(flight.world, namespace, packet.source))
        answer = as_sent(flight.world, namespace, reply)
        return _accept(flight, buffer, f"{socket.process}, which listens on {packet.protocol} port {port}", answer)
    if _is_reset(packet):
        refused: SocketBuffer | None = None
    elif isinstance(packet.transport, Tcp | Sctp):
        refused = SocketBuffer(namespace, refusal(packet))
    else:
        refused = icmp_error(buffer, IcmpKind.PORT_UNREACHABLE)
    reason = f"nothing in {namespace.name} listens on {packet.protocol} port {port}"
    if isinstance(packet.transport, Tcp) and packet.transport.flags is not TcpFlags.SYN:
        reason = f"{namespace.name} has no connection of port {port} with {packet.source}:{packet.ports[0]}"
    return flight.discard(buffer, Disposition.NO_LISTENER, reason, refused)


def _accept(flight: Flight, buffer: SocketBuffer, to: str, answer: SocketBuffer | None) -> End:
    flight.note(Deliver(to))
    return End(Disposition.ACCEPTED, f"delivered to {to}", buffer.namespace, answer, buffer.packet)
