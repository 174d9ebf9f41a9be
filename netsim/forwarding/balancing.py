"""IPVS at a netfilter hook: requests go to a real server, answers come from the virtual one.

A request that came in for a local address is taken at LOCAL_IN and leaves like a packet of this machine, through
LOCAL_OUT and POSTROUTING; answers are translated back where they are forwarded (net/netfilter/ipvs/ip_vs_core.c:
ip_vs_ops4, ip_vs_in_hook, ip_vs_out_hook; ip_vs_xmit.c: ip_vs_nat_xmit; ip_vs_nfct.c: ip_vs_update_conntrack).
"""

from __future__ import annotations

from netsim.forwarding.errors import icmp_error
from netsim.forwarding.flight import Departure, End, Flight, SocketBuffer
from netsim.linux.conntrack import Direction, FlowTuple, flow_tuple
from netsim.linux.ipvs import BalancedConnection, BalancerMemory, RealServer, VirtualServer
from netsim.linux.netfilter import ConnectionState, Hook, Priority
from netsim.packet import Icmp, IcmpKind, Sctp, SctpChunk, Tcp, TcpFlags, host_and_port
from netsim.trace import Balance, Disposition, Forward, Translate

PRIORITIES = {
    Hook.INPUT: Priority.SRCNAT - 1,
    Hook.OUTPUT: Priority.DSTNAT + 2,
    Hook.FORWARD: Priority.SRCNAT,
}
"""Where IPVS sits: after packet filtering at LOCAL_IN and FORWARD, right after destination NAT at LOCAL_OUT."""


def balance(flight: Flight, buffer: SocketBuffer, hook: Hook) -> Departure | End | None:
    """Let IPVS see the packet; None means that it goes on where it was, translated or not."""
    if buffer.balanced is not None:
        return None
    memory = flight.world.memory.balancer[buffer.namespace.name]
    transport = buffer.packet.transport
    if isinstance(transport, Icmp):
        return None if transport.quoted is None else _translate_error(flight, buffer, memory, hook)
    flow = flow_tuple(buffer.packet)
    answered = memory.by_answer.get(flow)
    if answered is not None:
        _translate_answer(flight, buffer, answered)
        return None
    return None if hook is Hook.FORWARD else _serve(flight, buffer, memory, flow)


def _serve(flight: Flight, buffer: SocketBuffer, memory: BalancerMemory, flow: FlowTuple) -> Departure | End | None:
    """A request: its connection's real server, or the one that the scheduler picks for a first packet."""
    service = buffer.namespace.ipvs.find(flow.protocol, flow.destination, flow.destination_port)
    known = memory.by_request.get(flow)
    if known is not None:
        if service is None or known.server not in service.servers:
            return _expire(flight, buffer, memory, known)
        flight.note(Balance(str(known.virtual), str(known.server), "known"))
        return _to_server(flight, buffer, known)
    if service is None or not _opens(buffer):
        return None
    server, how = _schedule(flight, service, memory, flow)
    if server is None:
        reason = f"the virtual server {service.virtual} of {buffer.namespace.name} has no real server"
        answer = icmp_error(buffer, IcmpKind.PORT_UNREACHABLE)
        return flight.discard(buffer, Disposition.REJECTED, reason, answer)
    connection = BalancedConnection(flow, server)
    memory.enter(connection)
    flight.note(Balance(str(service.virtual), str(server), how))
    return _to_server(flight, buffer, connection)


def _opens(buffer: SocketBuffer) -> bool:
    """Whether IPVS schedules a packet of no known connection (tcp_conn_schedule, sctp_conn_schedule; UDP: any)."""
    match buffer.packet.transport:
        case Tcp(flags=flags):
            return flags is TcpFlags.SYN
        case Sctp(chunk=chunk):
            return chunk is SctpChunk.INIT
        case _:
            return True


def _schedule(
    flight: Flight, service: VirtualServer, memory: BalancerMemory, flow: FlowTuple
) -> tuple[RealServer | None, str]:
    """Round robin after the server that was picked last; where nobody knows which that was, all are as likely."""
    servers = [server for server in service.servers if server.weight > 0]
    if not servers:
        return None, service.scheduler
    client = (service.virtual, flow.source)
    kept = memory.persistent.get(client)
    if service.persistent is not None and kept in servers:
        return kept, f"persistent {service.persistent}"
    last = memory.last_picked.get(service.virtual)
    if last in servers:
        server = servers[(servers.index(last) + 1) % len(servers)]
    else:
        server = next(s for left, s in zip(range(len(servers), 0, -1), servers, strict=True)
                      if left == 1 or flight.world.choices.decide(1 / left))  # fmt: skip
    memory.last_picked[service.virtual] = server
    if service.persistent is not None:
        memory.persistent[client] = server
    return server, service.scheduler


def _expire(flight: Flight, buffer: SocketBuffer, memory: BalancerMemory, known: BalancedConnection) -> End:
    """The connection's real server is gone: with ``expire_nodest_conn`` the client's next packet finds another one."""
    if buffer.namespace.sysctls.get("net.ipv4.vs.expire_nodest_conn", 0):
        memory.forget(known)
    reason = (
        f"IPVS on {buffer.namespace.name} drops the packet: {known.virtual} no longer has the server {known.server}"
    )
    return flight.discard(buffer, Disposition.DROPPED, reason)


def _to_server(flight: Flight, buffer: SocketBuffer, connection: BalancedConnection) -> Departure | End | None:
    """Give the packet its new destination (ip_vs_nat_xmit); a server on this machine gets it where it is."""
    packet, server = buffer.packet, connection.server
    is_here = buffer.namespace.is_local(server.address)
    if packet.ttl <= 1 and not is_here:
        answer = icmp_error(buffer, IcmpKind.TIME_EXCEEDED)
        return flight.discard(buffer, Disposition.TTL_EXCEEDED, f"the TTL ran out at {buffer.namespace.name}", answer)
    request = connection.request
    flight.note(Translate("DNAT", host_and_port(request.destination, request.destination_port), str(server)))
    buffer.packet = packet.with_endpoints(request.source, request.source_port, server.address, server.port)
    buffer.balanced = connection
    _update_conntrack(buffer, connection)
    if is_here:
        return None
    buffer.packet = buffer.packet.with_ttl(packet.ttl - 1)
    flight.note(Forward(packet.ttl, packet.ttl - 1))
    return Departure(buffer)


def _update_conntrack(buffer: SocketBuffer, connection: BalancedConnection) -> None:
    """With ``net.ipv4.vs.conntrack`` the entry expects the real server's answer; without it nothing is tracked."""
    tracked = buffer.connection
    if not buffer.namespace.sysctls.get("net.ipv4.vs.conntrack", 0):
        buffer.connection, buffer.state = None, ConnectionState.UNTRACKED
    elif tracked is not None and not tracked.confirmed and buffer.direction is Direction.ORIGINAL:
        tracked.reply = tracked.reply._replace(source=connection.server.address, source_port=connection.server.port)
        tracked.balanced = True


def _translate_answer(flight: Flight, buffer: SocketBuffer, connection: BalancedConnection) -> None:
    """The real server's packet gets the address that the client called (handle_response)."""
    request = connection.request
    flight.note(Balance(str(connection.virtual), str(connection.server), "answer"))
    virtual = host_and_port(request.destination, request.destination_port)
    flight.note(Translate("un-DNAT", str(connection.server), virtual))
    buffer.packet = buffer.packet.with_endpoints(
        request.destination, request.destination_port, request.source, request.source_port
    )
    buffer.balanced = connection
    if not buffer.namespace.sysctls.get("net.ipv4.vs.conntrack", 0):
        buffer.connection, buffer.state = None, ConnectionState.UNTRACKED


def _translate_error(flight: Flight, buffer: SocketBuffer, memory: BalancerMemory, hook: Hook) -> Departure | None:
    """An ICMP error about a balanced packet, with the packet that it quotes (ip_vs_out_icmp, ip_vs_in_icmp)."""
    error = buffer.packet
    assert isinstance(error.transport, Icmp)
    quoted = error.transport.quoted
    if quoted is None or isinstance(quoted.transport, Icmp):
        return None
    caused_by = flow_tuple(quoted).mirrored
    answered = memory.by_answer.get(caused_by)
    if answered is not None:
        request = answered.request
        outer = error.with_endpoints(request.destination, 0, error.destination, 0)
        buffer.packet = outer.quoting(quoted.with_endpoints(*request[:4]))
        buffer.balanced = answered
        flight.note(Translate("un-DNAT", str(error.source), str(request.destination)))
        return None
    asked = memory.by_request.get(caused_by)
    if asked is None or hook is Hook.FORWARD:
        return None
    outer = error.with_endpoints(error.source, 0, asked.server.address, 0)
    buffer.packet = outer.quoting(quoted.with_endpoints(*asked.answer[:4]))
    buffer.balanced = asked
    flight.note(Translate("DNAT", str(error.destination), str(asked.server.address)))
    return None if buffer.namespace.is_local(asked.server.address) else Departure(buffer)
