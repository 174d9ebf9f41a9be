"""A netfilter hook: connection tracking, the rules of every table in order, and address translation.

Facts about order and translation: net/netfilter/nf_conntrack_core.c, net/netfilter/nf_nat_core.c and
net/netfilter/nf_nat_proto.c of the Linux kernel.
"""

from __future__ import annotations

from netsim.forwarding.errors import reject
from netsim.forwarding.flight import End, Flight, SocketBuffer
from netsim.linux.conntrack import Connection, Direction, FlowTuple, flow_tuple
from netsim.linux.netfilter import (
    Chain,
    ConnectionState,
    Dnat,
    Drop,
    Hook,
    Masquerade,
    Priority,
    Reject,
    RuleContext,
    RuleHit,
    Table,
    Verdict,
    traverse,
)
from netsim.packet import Icmp, IcmpKind, Packet, Sctp, SctpChunk, Tcp, TcpFlags
from netsim.trace import ConntrackConfirm, ConntrackLookup, Disposition, RulesHit, Translate

_TRACKING_HOOKS = (Hook.PREROUTING, Hook.OUTPUT)
_CONFIRMING_HOOKS = (Hook.POSTROUTING, Hook.INPUT)


def run_hook(
    flight: Flight,
    buffer: SocketBuffer,
    hook: Hook,
    in_interface: str | None = None,
    out_interface: str | None = None,
    bridged: bool = False,
) -> End | None:
    """Send the packet through everything registered at ``hook``; None means that it goes on."""
    netfilter = buffer.namespace.netfilter
    chains = netfilter.base_chains(buffer.version, hook)
    tracked = not netfilter.tables or hook not in _TRACKING_HOOKS
    for table, chain in chains:
        if not tracked and chain.priority > Priority.CONNTRACK:
            _track(flight, buffer)
            tracked = True
        if table.is_nat:
            end = _translate(flight, buffer, table, chain, in_interface, out_interface, bridged)
        else:
            end = _filter(flight, buffer, table, chain, in_interface, out_interface, bridged)
        if end is not None:
            return end
    if not tracked:
        _track(flight, buffer)
    if hook in _CONFIRMING_HOOKS:
        _confirm(flight, buffer)
    return None


def _filter(
    flight: Flight,
    buffer: SocketBuffer,
    table: Table,
    chain: Chain,
    in_interface: str | None,
    out_interface: str | None,
    bridged: bool,
) -> End | None:
    verdict, hits = _walk(flight, buffer, table, chain, in_interface, out_interface, bridged)
    match verdict:
        case Drop():
            return flight.discard(buffer, Disposition.DROPPED, f"{_deciding(table, chain, hits)} drops the packet")
        case Reject(answer):
            reason = f"{_deciding(table, chain, hits)} rejects the packet with {answer}"
            return flight.discard(buffer, Disposition.REJECTED, reason, reject(buffer, answer))
        case _:
            return None


def _walk(
    flight: Flight,
    buffer: SocketBuffer,
    table: Table,
    chain: Chain,
    in_interface: str | None,
    out_interface: str | None,
    bridged: bool,
) -> tuple[Verdict, list[RuleHit]]:
    if not chain.rules:
        return chain.policy, []
    context = RuleContext(
        buffer.packet,
        in_interface=in_interface,
        out_interface=out_interface,
        states=_states(buffer),
        is_local=buffer.namespace.is_local,
        decide=flight.world.choices.decide,
    )
    hits: list[RuleHit] = []
    verdict = traverse(table, chain, context, hits)
    if context.mark != buffer.packet.mark:
        buffer.packet = buffer.packet.marked(context.mark)
    if hits:
        assert chain.hook is not None
        flight.note(RulesHit(chain.hook, table.name, tuple(hits), verdict.text, bridged))
    return verdict, hits


def _deciding(table: Table, chain: Chain, hits: list[RuleHit]) -> str:
    """The rule that gave the verdict, or the policy of the chain when none did."""
    if hits and isinstance(hits[-1].rule.target, Drop | Reject):
        last = hits[-1]
        return f"rule {last.number} of {table.name} chain {last.chain} (“{last.text}”)"
    return f"the policy of {table.name} chain {chain.name}"


def _states(buffer: SocketBuffer) -> frozenset[ConnectionState]:
    connection = buffer.connection
    if connection is None:
        return _INVALID if buffer.state is ConnectionState.INVALID else frozenset()
    states = {buffer.state} if buffer.state is not None else set()
    if connection.destination_translated:
        states.add(ConnectionState.DNAT)
    if connection.source_translated:
        states.add(ConnectionState.SNAT)
    return frozenset(states)


_INVALID = frozenset({ConnectionState.INVALID})


def _track(flight: Flight, buffer: SocketBuffer) -> None:
    """Find the packet's connection, or start one; a packet that already has one (loopback, own ICMP error) keeps it."""
    if buffer.connection is not None:
        return
    table = flight.world.conntrack[buffer.namespace.name]
    transport = buffer.packet.transport
    if isinstance(transport, Icmp) and transport.quoted is not None:
        found = None if isinstance(transport.quoted.transport, Icmp) and transport.quoted.transport.is_error else (
            table.find(flow_tuple(transport.quoted).mirrored)
        )  # fmt: skip
        state = ConnectionState.RELATED
    else:
        found = table.find(flow_tuple(buffer.packet))
        state = ConnectionState.ESTABLISHED
    if found is not None:
        _attach(buffer, *found, state)
    elif _opens(buffer.packet):
        original = flow_tuple(buffer.packet)
        buffer.connection = Connection(original, original.mirrored)
        buffer.direction, buffer.state = Direction.ORIGINAL, ConnectionState.NEW
    else:
        buffer.state = ConnectionState.INVALID
    flight.note(_lookup_step(buffer))


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
        case _:
            return True


def _lookup_step(buffer: SocketBuffer) -> ConntrackLookup:
    connection = buffer.connection
    assert buffer.state is not None
    if connection is None:
        return ConntrackLookup(buffer.state)
    return ConntrackLookup(buffer.state, connection.original, connection.reply, buffer.direction)


def _confirm(flight: Flight, buffer: SocketBuffer) -> None:
    connection = buffer.connection
    if connection is not None and not connection.confirmed:
        flight.world.conntrack[buffer.namespace.name].confirm(connection)
        flight.note(ConntrackConfirm(connection.original, connection.reply))


def _translate(
    flight: Flight,
    buffer: SocketBuffer,
    table: Table,
    chain: Chain,
    in_interface: str | None,
    out_interface: str | None,
    bridged: bool,
) -> End | None:
    """The nat table: rules decide for the first packet of a connection, the connection for all."""
    connection = buffer.connection
    if connection is None:
        return None
    of_destination = chain.priority == Priority.DSTNAT
    decided = connection.destination_nat_decided if of_destination else connection.source_nat_decided
    if buffer.state is ConnectionState.NEW and not decided:
        verdict, hits = _walk(flight, buffer, table, chain, in_interface, out_interface, bridged)
        if isinstance(verdict, Drop):
            return flight.discard(buffer, Disposition.DROPPED, f"{_deciding(table, chain, hits)} drops the packet")
        _decide(flight, buffer, connection, verdict, out_interface, of_destination)
    if isinstance(buffer.packet.transport, Icmp) and buffer.packet.transport.is_error:
        _rewrite_error(flight, buffer, connection, of_destination)
    else:
        _rewrite(flight, buffer, connection, of_destination)
    return None


def _decide(
    flight: Flight,
    buffer: SocketBuffer,
    connection: Connection,
    verdict: Verdict,
    out_interface: str | None,
    of_destination: bool,
) -> None:
    """Enter the rules' decision into the reply tuple."""
    reply = connection.reply
    if of_destination:
        connection.destination_nat_decided = True
        if isinstance(verdict, Dnat):
            connection.reply = reply._replace(source=verdict.address, source_port=verdict.port or reply.source_port)
        return
    connection.source_nat_decided = True
    if isinstance(verdict, Masquerade) and out_interface is not None:
        address = buffer.namespace.address_on(out_interface, buffer.version, buffer.next_hop)
        assert address is not None, f"{out_interface} has no address to masquerade with"
        connection.reply = _free_port(flight, buffer, reply._replace(destination=address), verdict)


def _free_port(flight: Flight, buffer: SocketBuffer, reply: FlowTuple, verdict: Masquerade) -> FlowTuple:
    """The source port of a masqueraded connection: its own where that is free, unless it is to be random."""
    table = flight.world.conntrack[buffer.namespace.name]
    echo = isinstance(buffer.packet.transport, Icmp)
    attempt = 0
    while verdict.random_fully or table.in_use(reply):
        port = flight.world.choices.port(f"masquerade {buffer.namespace.name} {attempt}", 1024, 65535)
        reply = reply._replace(destination_port=port, source_port=port if echo else reply.source_port)
        attempt += 1
        if not table.in_use(reply):
            break
    return reply


def _rewrite(flight: Flight, buffer: SocketBuffer, connection: Connection, of_destination: bool) -> None:
    """Give the packet the address that its connection says (nf_nat_manip_pkt)."""
    forth = buffer.direction is Direction.ORIGINAL
    if not (connection.destination_translated if of_destination is forth else connection.source_translated):
        return
    wanted = (connection.reply if forth else connection.original).mirrored
    is_now = flow_tuple(buffer.packet)
    if of_destination:
        becomes = is_now._replace(destination=wanted.destination, destination_port=wanted.destination_port)
        if isinstance(buffer.packet.transport, Icmp):
            becomes = becomes._replace(source_port=wanted.destination_port)
        before, after = (f"{t.destination}:{t.destination_port}" for t in (is_now, becomes))
    else:
        becomes = is_now._replace(source=wanted.source, source_port=wanted.source_port)
        before, after = (f"{t.source}:{t.source_port}" for t in (is_now, becomes))
    if becomes == is_now:
        return
    buffer.packet = buffer.packet.with_endpoints(*becomes[:4])
    flight.note(Translate(_NAMES[of_destination, forth], before, after))


_NAMES = {(True, True): "DNAT", (False, True): "SNAT", (True, False): "un-SNAT", (False, False): "un-DNAT"}


def _rewrite_error(flight: Flight, buffer: SocketBuffer, connection: Connection, of_destination: bool) -> None:
    """Translate an ICMP error together with the packet that it quotes (nf_nat_icmp_reply_translation)."""
    forth = buffer.direction is Direction.ORIGINAL
    if not (connection.destination_translated if of_destination is forth else connection.source_translated):
        return
    error = buffer.packet
    assert isinstance(error.transport, Icmp)
    quoted = error.transport.quoted
    assert quoted is not None
    inner = flow_tuple(quoted)
    wanted = connection.reply if forth else connection.original
    if of_destination:
        inner = inner._replace(source=wanted.source, source_port=wanted.source_port)
        outer = error.with_endpoints(error.source, 0, wanted.source, 0)
        before, after = str(error.destination), str(outer.destination)
    else:
        inner = inner._replace(destination=wanted.destination, destination_port=wanted.destination_port)
        outer = error.with_endpoints(wanted.destination, 0, error.destination, 0)
        before, after = str(error.source), str(outer.source)
    buffer.packet = outer.quoting(quoted.with_endpoints(*inner[:4]))
    if before != after:
        flight.note(Translate(_NAMES[of_destination, forth], before, after))
