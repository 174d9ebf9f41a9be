"""Address translation at a hook (net/netfilter/nf_nat_core.c, nf_nat_proto.c)."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address

from netsim.forwarding.flight import End, Flight, SocketBuffer
from netsim.forwarding.rulewalk import HookPoint, refusal_by, walk
from netsim.linux.conntrack import Connection, ConntrackTable, Direction, FlowTuple, flow_tuple
from netsim.linux.netfilter import (
    Accept,
    BaseChain,
    ConnectionState,
    Dnat,
    Hook,
    Masquerade,
    RedirectToPort,
    Snat,
    Verdict,
)
from netsim.packet import Icmp, IPAddress, host_and_port
from netsim.trace import Disposition, Translate

_DESTINATION_HOOKS = (Hook.PREROUTING, Hook.OUTPUT)


def translate(flight: Flight, buffer: SocketBuffer, chains: Sequence[BaseChain], point: HookPoint) -> End | None:
    """Rules decide for the first packet of a connection, the connection for all (nf_nat_inet_fn)."""
    connection = buffer.connection
    if connection is None:
        return None
    of_destination = point.hook in _DESTINATION_HOOKS
    decided = connection.destination_nat_decided if of_destination else connection.source_nat_decided
    if not decided and _asks_rules(buffer):
        asked = _ask(flight, buffer, chains, point)
        if isinstance(asked, End):
            return asked
        lost = _decide(flight, buffer, connection, asked, point)
        if lost is not None:
            return lost
    if isinstance(buffer.packet.transport, Icmp) and buffer.packet.transport.is_error:
        _rewrite_error(flight, buffer, connection, of_destination)
    else:
        _rewrite(flight, buffer, connection, of_destination)
    return None


def _asks_rules(buffer: SocketBuffer) -> bool:
    """New connections do, and so does the reset that REJECT sends: it is related, but no ICMP error."""
    if buffer.state is ConnectionState.RELATED:
        return not isinstance(buffer.packet.transport, Icmp)
    return buffer.state is ConnectionState.NEW


def _ask(flight: Flight, buffer: SocketBuffer, chains: Sequence[BaseChain], point: HookPoint) -> Verdict | End:
    """The first translation that a chain wants; the chains after it are not asked."""
    for chain in chains:
        if chain.is_silent:
            continue
        outcome, hits = walk(flight, buffer, chain, point)
        refused = refusal_by(flight, buffer, chain, outcome, hits)
        if refused is not None:
            return refused
        if not isinstance(outcome.verdict, Accept):
            return outcome.verdict
    return Accept()


def _decide(
    flight: Flight,
    buffer: SocketBuffer,
    connection: Connection,
    verdict: Verdict,
    point: HookPoint,
) -> End | None:
    """Enter the rules' decision into the reply tuple; without an address to translate to the packet is lost.

    Even without a rule the source port changes where two connections would have the same answers: one to a Service and
    one straight to its endpoint, from the same port (``nf_nat_alloc_null_binding``).
    """
    reply, out_interface = connection.reply, point.out_interface
    if point.hook in _DESTINATION_HOOKS:
        connection.destination_nat_decided = True
        if isinstance(verdict, Dnat):
            connection.reply = reply._replace(source=verdict.address, source_port=verdict.port or reply.source_port)
        if isinstance(verdict, RedirectToPort):
            own = _own_address(buffer, point)
            if own is None:
                return _no_address(flight, buffer, point.in_interface)
            connection.reply = reply._replace(source=own, source_port=verdict.port)
        return None
    connection.source_nat_decided = True
    random_port = False
    if isinstance(verdict, Snat):
        reply = reply._replace(destination=verdict.address)
    if isinstance(verdict, Masquerade) and out_interface is not None:
        address = buffer.namespace.address_on(out_interface, buffer.version, buffer.next_hop)
        if address is None:
            return _no_address(flight, buffer, out_interface)
        reply, random_port = reply._replace(destination=address), verdict.random_fully
    connection.reply = _free_port(flight, buffer, reply, random_port)
    return None


def _no_address(flight: Flight, buffer: SocketBuffer, device: str | None) -> End:
    """What becomes of MASQUERADE and REDIRECT then (nf_nat_masquerade_ipv4 in net/netfilter/nf_nat_masquerade.c,
    nf_nat_redirect_ipv4 in nf_nat_redirect.c)."""
    reason = f"{device} of {buffer.namespace.name} has no IPv{buffer.version} address to translate the packet to"
    return flight.discard(buffer, Disposition.DROPPED, reason)


def _own_address(buffer: SocketBuffer, point: HookPoint) -> IPAddress | None:
    """Where REDIRECT sends a packet."""
    if point.hook is Hook.OUTPUT:
        return IPv4Address("127.0.0.1") if buffer.version == 4 else IPv6Address("::1")
    assert point.in_interface is not None
    return buffer.namespace.address_on(point.in_interface, buffer.version)


def _free_port(flight: Flight, buffer: SocketBuffer, reply: FlowTuple, random: bool) -> FlowTuple:
    """The tuple with the source port that the connection gets: its own where that is free, unless it is to be random
    (``get_unique_tuple``)."""
    table = flight.world.conntrack(buffer.namespace)
    echo = isinstance(buffer.packet.transport, Icmp)
    attempt = 0
    while random or _is_taken(flight, table, reply):
        port = flight.world.choices.port(f"masquerade {buffer.namespace.name} {attempt}", 1024, 65535)
        reply = reply._replace(destination_port=port, source_port=port if echo else reply.source_port)
        attempt += 1
        if not _is_taken(flight, table, reply):
            break
    return reply


def _is_taken(flight: Flight, table: ConntrackTable, reply: FlowTuple) -> bool:
    """Whether another connection has the tuple; one that starts at the same time is not entered yet."""
    return table.in_use(reply) and not flight.world.simultaneous


def _rewrite(flight: Flight, buffer: SocketBuffer, connection: Connection, of_destination: bool) -> None:
    """Give the packet the address that its connection says (nf_nat_manip_pkt)."""
    forth = buffer.direction is Direction.ORIGINAL
    if not (connection.destination_translated if of_destination is forth else connection.source_translated):
        return
    answer = connection.reply if forth else connection.original
    source, source_port, destination, destination_port, *_ = is_now = flow_tuple(buffer.packet)
    if of_destination:
        before = host_and_port(destination, destination_port)
        destination, destination_port = answer.source, answer.source_port
        after = host_and_port(destination, destination_port)
        if isinstance(buffer.packet.transport, Icmp):
            source_port = destination_port
    else:
        before = host_and_port(source, source_port)
        source, source_port = answer.destination, answer.destination_port
        after = host_and_port(source, source_port)
    if (source, source_port, destination, destination_port) == is_now[:4]:
        return
    buffer.packet = buffer.packet.with_endpoints(source, source_port, destination, destination_port)
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
