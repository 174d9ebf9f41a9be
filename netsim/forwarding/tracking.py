"""Connection tracking at a hook: whose packet is this? (net/netfilter/nf_conntrack_core.c)"""

from __future__ import annotations

from netsim.forwarding.flight import End, Flight, SocketBuffer
from netsim.linux.conntrack import Connection, ConntrackTable, Direction, flow_tuple
from netsim.linux.namespace import NetworkNamespace
from netsim.linux.netfilter import ConnectionState
from netsim.packet import Icmp, IcmpKind, OuterChecksum, Packet, Protocol, Sctp, SctpChunk, Tcp, TcpFlags, Vxlan
from netsim.trace import ConntrackConfirm, ConntrackLookup, Disposition

TABLE_SIZE = 262_144
"""``net.netfilter.nf_conntrack_max`` of a machine with more than 4 GiB, where no sysctl says otherwise."""


def track(flight: Flight, buffer: SocketBuffer) -> End | None:
    """Find the packet's connection, or start one; a packet that already has one (loopback, own ICMP error) keeps it.

    A new connection is lost where the table is full (``__nf_conntrack_alloc``).
    """
    if buffer.connection is not None or buffer.state is ConnectionState.UNTRACKED:
        return None
    table = flight.world.conntrack(buffer.namespace)
    transport = buffer.packet.transport
    if isinstance(transport, Icmp) and transport.quoted is not None:
        found = None if isinstance(transport.quoted.transport, Icmp) and transport.quoted.transport.is_error else (
            table.find(flow_tuple(transport.quoted).mirrored)
        )  # fmt: skip
        state = ConnectionState.RELATED
    else:
        found = table.find(flow_tuple(buffer.packet))
        state = ConnectionState.ESTABLISHED
    if found is not None and flight.world.simultaneous and found[1] is Direction.ORIGINAL:
        found = None
    if found is not None and transport.__class__ is Tcp and _is_out_of_window(buffer, transport):
        buffer.state = ConnectionState.INVALID
    elif found is not None:
        _attach(buffer, *found, state)
    elif _opens(buffer.packet):
        if _is_full(buffer.namespace, table):
            reason = f"nf_conntrack: table full, {buffer.namespace.name} drops the packet of a new connection"
            return flight.discard(buffer, Disposition.DROPPED, reason)
        original = flow_tuple(buffer.packet)
        buffer.connection = Connection(original, original.mirrored)
        buffer.direction, buffer.state = Direction.ORIGINAL, ConnectionState.NEW
    else:
        buffer.state = ConnectionState.INVALID
    flight.note(_lookup_step(buffer))
    return None


def _is_out_of_window(buffer: SocketBuffer, segment: Tcp) -> bool:
    """Whether a segment is beyond the window, and that matters here (tcp_in_window in nf_conntrack_proto_tcp.c)."""
    return segment.out_of_window and not buffer.namespace.sysctls.get("net.netfilter.nf_conntrack_tcp_be_liberal", 0)


def _is_full(namespace: NetworkNamespace, table: ConntrackTable) -> bool:
    """Whether one more entry is too many; ``nf_conntrack_count`` counts those of flows that nobody simulates."""
    others = namespace.sysctls.get("net.netfilter.nf_conntrack_count", 0)
    return len(table) + others >= namespace.sysctls.get("net.netfilter.nf_conntrack_max", TABLE_SIZE)


def _attach(buffer: SocketBuffer, connection: Connection, direction: Direction, state: ConnectionState) -> None:
    buffer.connection, buffer.direction, buffer.state = connection, direction, state
    if state is ConnectionState.ESTABLISHED:
        if direction is Direction.REPLY:
            connection.replied = True
        elif not connection.replied:
            buffer.state = ConnectionState.NEW


def _opens(packet: Packet) -> bool:
    """Whether conntrack starts a connection for a packet that belongs to none."""
    match packet.transport:
        case Tcp(flags=flags):
            return flags is TcpFlags.SYN
        case Sctp(chunk=chunk):
            return chunk is SctpChunk.INIT
        case Icmp(kind=kind):
            return kind is IcmpKind.ECHO_REQUEST
        case Vxlan(checksum=checksum):
            return checksum is not OuterChecksum.WRONG
        case _:
            return True


def _lookup_step(buffer: SocketBuffer) -> ConntrackLookup:
    connection = buffer.connection
    assert buffer.state is not None
    if connection is None:
        return ConntrackLookup(buffer.state)
    return ConntrackLookup(buffer.state, connection.original, connection.reply, buffer.direction)


def confirm(flight: Flight, buffer: SocketBuffer) -> End | None:
    """Enter the connection of a packet that got through; another one may have been entered meanwhile."""
    connection = buffer.connection
    if connection is None or connection.confirmed:
        return None
    table = flight.world.conntrack(buffer.namespace)
    if flight.world.simultaneous:
        found = table.find(connection.original)
        if found is not None:
            return _clash(flight, buffer, connection, found[0])
    table.confirm(connection)
    flight.note(ConntrackConfirm(connection.original, connection.reply))
    return None


def _clash(flight: Flight, buffer: SocketBuffer, late: Connection, older: Connection) -> End | None:
    """The same connection twice (nf_ct_resolve_clash): one of them where both are translated alike, else two that are
    told apart by their answers, which TCP does not allow (``allow_clash``) and kernels before 5.7 do not know."""
    if late.original.protocol is Protocol.TCP or (late.reply != older.reply and not buffer.namespace.enters_clashes):
        reason = f"insert_failed: {buffer.namespace.name} has just entered the same connection, {older.text}"
        return flight.discard(buffer, Disposition.DROPPED, reason)
    if late.reply == older.reply:
        buffer.connection = older
        return None
    flight.world.conntrack(buffer.namespace).confirm(late)
    flight.note(ConntrackConfirm(late.original, late.reply))
    return None
