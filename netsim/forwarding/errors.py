"""What a kernel sends back when a packet cannot go on: ICMP errors and TCP resets."""

from __future__ import annotations

from netsim.forwarding.flight import SocketBuffer
from netsim.linux.conntrack import Direction
from netsim.linux.namespace import NetworkNamespace
from netsim.linux.netfilter import ConnectionState, RejectWith
from netsim.linux.routing import RouteKind
from netsim.packet import Icmp, IcmpKind, IPAddress, Packet, Protocol, Sctp, SctpChunk, Tcp, TcpFlags, Udp

_REJECT_ICMP = {
    RejectWith.PORT_UNREACHABLE: IcmpKind.PORT_UNREACHABLE,
    RejectWith.NET_UNREACHABLE: IcmpKind.NET_UNREACHABLE,
    RejectWith.HOST_UNREACHABLE: IcmpKind.HOST_UNREACHABLE,
    RejectWith.ADMIN_PROHIBITED: IcmpKind.ADMIN_PROHIBITED,
}


def reject(buffer: SocketBuffer, answer: RejectWith) -> SocketBuffer | None:
    """The answer of a REJECT rule; a TCP reset goes to TCP only."""
    if answer is RejectWith.TCP_RESET:
        return _reset(buffer) if isinstance(buffer.packet.transport, Tcp) else None
    return icmp_error(buffer, _REJECT_ICMP[answer])


def _reset(buffer: SocketBuffer) -> SocketBuffer:
    """A reset for what came by a bridge port goes straight back out of that port, in the frame's own addresses turned
    round, past rules and translation (nf_send_reset in net/ipv4/netfilter/nf_reject_ipv4.c)."""
    packet = refusal(buffer.packet)
    if buffer.bridge_port is None:
        return _attached(buffer, packet)
    frame = buffer.packet.frame
    return SocketBuffer(
        buffer.namespace, packet.framed(frame.destination, frame.source), straight_out=buffer.bridge_port
    )


def icmp_error(buffer: SocketBuffer, kind: IcmpKind, mtu: int | None = None) -> SocketBuffer | None:
    """An ICMP error about the packet, or None where RFC 1122 forbids one (about an ICMP error).

    Its source is the address that the packet was for, if that is ours, else the one that the route back prefers
    (``__icmp_send`` in net/ipv4/icmp.c). It inherits the connection of the packet (``icmp_glue_bits``).
    """
    packet = buffer.packet.first_fragment()
    if isinstance(packet.transport, Icmp) and packet.transport.is_error:
        return None
    namespace = buffer.namespace
    source = packet.destination if namespace.is_local(packet.destination) else source_towards(namespace, packet.source)
    if source is None:
        return None
    protocol = Protocol.ICMP if packet.version == 4 else Protocol.ICMPV6
    error = Icmp(kind, quoted=packet, mtu=mtu)
    return _attached(buffer, Packet(source, packet.source, protocol, error, payload=_quoted_length(packet)))


def _quoted_length(packet: Packet) -> int:
    """Linux quotes as much of the packet as keeps the whole error within 576 bytes (1,280 for IPv6)."""
    room = 576 - 20 - 8 if packet.version == 4 else 1280 - 40 - 8
    return min(packet.length, room)


def source_towards(namespace: NetworkNamespace, destination: IPAddress) -> IPAddress | None:
    """The source address that this namespace uses towards ``destination``, or None without a route."""
    route = namespace.lookup(destination)
    if route is not None and route.kind is RouteKind.LOCAL:
        return destination
    if route is None or route.device is None:
        return None
    return route.source or namespace.address_on(route.device, destination.version, route.gateway or destination)


def refusal(packet: Packet) -> Packet:
    """What a closed port says: RST to a TCP segment, ABORT to an SCTP chunk; TypeError for anything else."""
    match packet.transport:
        case Tcp(source_port, destination_port, flags):
            flags = TcpFlags.RST_ACK if flags is TcpFlags.SYN else TcpFlags.RST
            answer: Tcp | Sctp = Tcp(destination_port, source_port, flags)
        case Sctp(source_port, destination_port):
            answer = Sctp(destination_port, source_port, SctpChunk.ABORT)
        case _:
            raise TypeError(f"{packet.protocol} has no refusal of its own")
    return Packet(packet.destination, packet.source, packet.protocol, answer, dont_fragment=True)


def acceptance(packet: Packet, mss: int = 0) -> Packet:
    """What a listener says to a first packet, or to data; an echo request gets its reply. ``mss`` is for a SYN."""
    answer: Tcp | Udp | Sctp | Icmp
    match packet.transport:
        case Tcp(source_port, destination_port, TcpFlags.SYN):
            answer = Tcp(destination_port, source_port, TcpFlags.SYN_ACK, mss)
        case Tcp(source_port, destination_port):
            answer = Tcp(destination_port, source_port, TcpFlags.ACK)
        case Udp(source_port, destination_port):
            answer = Udp(destination_port, source_port)
        case Sctp(source_port, destination_port):
            answer = Sctp(destination_port, source_port, SctpChunk.INIT_ACK)
        case Icmp(identifier=identifier):
            answer = Icmp(IcmpKind.ECHO_REPLY, identifier)
        case _:
            raise TypeError(f"nothing answers {packet.transport}")
    return Packet(
        packet.destination, packet.source, packet.protocol, answer,
        dont_fragment=isinstance(answer, Tcp), payload=0 if isinstance(answer, Tcp | Sctp) else packet.payload,
    )  # fmt: skip


def _attached(buffer: SocketBuffer, answer: Packet) -> SocketBuffer:
    """An answer belongs to the connection that caused it, in the other direction (``nf_conntrack_attach``)."""
    other = Direction.REPLY if buffer.direction is Direction.ORIGINAL else Direction.ORIGINAL
    state = ConnectionState.RELATED if buffer.connection is not None else None
    return SocketBuffer(buffer.namespace, answer, buffer.connection, other, state)
