"""One packet's journey from stage to stage, and the exchange that a request and its answer make."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv6Address

from netsim.choices import Choices, every_branch
from netsim.forwarding import bridging, ip
from netsim.forwarding.client import conclusion
from netsim.forwarding.errors import source_towards
from netsim.forwarding.flight import Arrival, Departure, End, Flight, Next, SocketBuffer, World
from netsim.forwarding.fragments import as_sent, largest_segment
from netsim.forwarding.late import send_late_segment
from netsim.forwarding.link import redirect
from netsim.forwarding.memory import Memory
from netsim.forwarding.programs import connect, run_programs
from netsim.forwarding.sleeve import capture
from netsim.forwarding.transfer import transfer
from netsim.linux.bpf import AttachPoint, Redirect, Reject
from netsim.linux.interfaces import CapturedVeth
from netsim.linux.namespace import NetworkNamespace, Socket
from netsim.network import LinkLayer, Network
from netsim.packet import Icmp, IcmpKind, IPAddress, Packet, Protocol, Sctp, Tcp, TcpFlags, Transport, Udp
from netsim.trace import ClientSees, Discard, Disposition, Exchange, Originate, Point, Server, SocketRewrite, Trace

FIRST_SOURCE_PORT = 41000
"""What a client sends from unless it is told; an ephemeral port of Linux (ip_local_port_range)."""
UNBOUND: dict[int, IPAddress] = {4: IPv4Address(0), 6: IPv6Address(0)}
"""The source of a socket for which no route has chosen one."""
MAX_HOPS = 256
"""A packet that passed this many capture points goes in circles; 64 routers need fewer."""


@dataclass(frozen=True, slots=True)
class Request:
    """A first packet: from a process in a namespace to an address.

    ``port`` is None for ICMP; ``size`` is bytes of payload, with TCP those that the client writes once it is connected,
    of which the first segment is sent; ``dont_fragment`` forbids fragments (``ping -M do``).
    ``uid`` is the user of the sending process, ``mark`` its socket's (SO_MARK); ``source`` is the address that it
    binds to, its own or, with IP_TRANSPARENT, another's; None lets routing choose.
    ``process`` names it in the trace. ``late_segment``: once connected, the server sends a TCP segment from beyond the
    window. ``simultaneous``: sent at the same time as the packet like it before.
    """

    namespace: str
    destination: IPAddress
    port: int | None
    protocol: Protocol = Protocol.TCP
    source_port: int = FIRST_SOURCE_PORT
    ttl: int = 64
    size: int = 0
    dont_fragment: bool = False
    uid: int = 0
    mark: int = 0
    source: IPAddress | None = None
    process: str = ""
    late_segment: bool = False
    simultaneous: bool = False


def exchange(
    network: Network, links: LinkLayer, request: Request, choices: Choices, memory: Memory | None = None
) -> Exchange:
    """Send a request, let whoever should answer, and draw the client's conclusion.

    What kernels remember of it goes into ``memory``; without one they start empty and nothing outlives the exchange.
    """
    client = network.namespaces[request.namespace]
    socket = Socket(request.protocol, request.source_port, request.process or f"the client in {client.name}")
    world = World(network, links, choices, socket, client.name, Memory() if memory is None else memory)
    world.simultaneous = request.simultaneous
    sent = Flight(world)
    end = _originate(sent, client, request)
    there = _trace(sent, end)
    world.simultaneous = False
    back = None
    answer_end = None
    if end.answer is not None:
        returning = Flight(world)
        answer_end = _send(returning, end.answer, _answering(end))
        back = _trace(returning, answer_end)
    sees, reason = conclusion(client, there, end, back, answer_end)
    data: tuple[Trace, ...] = ()
    if request.protocol is Protocol.TCP and sees is ClientSees.CONNECTED and answer_end is not None:
        if request.size:
            data, sees, reason = _transfer(world, client, there, answer_end, request.size)
        if request.late_segment and sees is ClientSees.CONNECTED:
            late, sees, reason = send_late_segment(world, client, there.hops[0].packet, end, _sender(world))
            data += late
    return Exchange(
        request=there,
        reply=back,
        client_sees=sees,
        probability=choices.probability,
        reason=reason,
        server=_server(end.at) if end.delivered is not None else None,
        seen_by_server=end.delivered,
        data=data,
    )


def _transfer(
    world: World, client: NetworkNamespace, there: Trace, opened: End, size: int
) -> tuple[tuple[Trace, ...], ClientSees, str]:
    """Data on the connection that the client just opened."""
    assert opened.delivered is not None
    return transfer(world, client, there.hops[0].packet, opened.delivered, size, _sender(world))


def _sender(world: World) -> Callable[[SocketBuffer], tuple[Trace, End]]:
    """Sends what a kernel has to say on a connection."""

    def send(buffer: SocketBuffer) -> tuple[Trace, End]:
        flight = Flight(world)
        end = _send(flight, buffer, f"the kernel of {buffer.namespace.name}")
        return _trace(flight, end), end

    return send


def branches(network: Network, links: LinkLayer, request: Request) -> Iterator[Exchange]:
    """Every way that the random choices can take the request, each with its probability; they sum to 1."""
    return (result for result, _ in every_branch(lambda choices: exchange(network, links, request, choices)))


def _originate(flight: Flight, client: NetworkNamespace, request: Request) -> End:
    connected = connect(flight.world, client, request.destination, request.port, request.protocol)
    rewrites: tuple[SocketRewrite, ...] = ()
    if not isinstance(connected, Reject):
        destination, port, rewrites = connected
        request = replace(request, destination=_this_machine_if_any(destination, request.source), port=port)
    source = request.source or source_towards(client, request.destination)
    packet = Packet(
        source or UNBOUND[request.destination.version], request.destination, request.protocol,
        _opening(flight.world, client, request),
        ttl=request.ttl, payload=0 if request.protocol in (Protocol.TCP, Protocol.SCTP) else request.size,
        mark=request.mark,
    )  # fmt: skip
    flight.tap(client, None, Point.LOCAL, packet)
    buffer = as_sent(flight.world, client, packet, request.dont_fragment)
    buffer.uid = request.uid
    flight.hops[-1].packet = buffer.packet
    for step in rewrites:
        flight.note(step)
    if isinstance(connected, Reject):
        return flight.discard(buffer, Disposition.NO_ROUTE, connected.reason, error=ClientSees.UNREACHABLE)
    flight.note(Originate(flight.world.client.process))
    return _fly(flight, Departure(buffer))


def _this_machine_if_any(destination: IPAddress, bound: IPAddress | None) -> IPAddress:
    """0.0.0.0 and :: stand for the machine itself: the address that the socket is bound to, else the loopback one
    (ip_route_output_key_hash_rcu in net/ipv4/route.c, tcp_v6_connect in net/ipv6/tcp_ipv6.c)."""
    if not destination.is_unspecified:
        return destination
    return bound or (IPv4Address("127.0.0.1") if destination.version == 4 else IPv6Address("::1"))


def _opening(world: World, client: NetworkNamespace, request: Request) -> Transport:
    match request.protocol:
        case Protocol.TCP:
            mss = largest_segment(world, client, request.destination)
            return Tcp(request.source_port, request.port or 0, TcpFlags.SYN, mss)
        case Protocol.UDP:
            return Udp(request.source_port, request.port or 0)
        case Protocol.SCTP:
            return Sctp(request.source_port, request.port or 0)
        case _:
            return Icmp(IcmpKind.ECHO_REQUEST, request.source_port)


def _answering(end: End) -> str:
    return f"the kernel of {end.at.name}" if end.delivered is None else f"a process in {end.at.name}"


def _send(flight: Flight, buffer: SocketBuffer, by: str) -> End:
    flight.tap(buffer.namespace, None, Point.LOCAL, buffer.packet)
    flight.note(Originate(by))
    return _fly(flight, Departure(buffer))


def _fly(flight: Flight, event: Next) -> End:
    """Stage after stage until the end."""
    while not isinstance(event, End):
        if len(flight.hops) > MAX_HOPS:
            reason = f"still under way after {MAX_HOPS} hops"
            flight.note(Discard(Disposition.LOOP, reason))
            return End(Disposition.LOOP, reason, flight.world.network.namespaces[flight.hops[-1].namespace])
        event = ip.output(flight, event.buffer) if isinstance(event, Departure) else _receive(flight, event)
    return event


def _receive(flight: Flight, arrival: Arrival) -> Next:
    """A frame reaches a device (netif_receive_skb)."""
    namespace = arrival.namespace
    interface = namespace.interfaces[arrival.interface]
    flight.tap(namespace, interface.name, Point.IN, arrival.packet)
    if namespace.programs.on_devices:
        buffer = SocketBuffer(namespace, arrival.packet, in_interface=interface.name)
        decided = run_programs(flight, buffer, interface.name, AttachPoint.INGRESS, arrival.tunnel)
        if decided is not None:
            return redirect(flight, buffer, decided) if isinstance(decided, Redirect) else decided
        arrival = arrival._replace(packet=buffer.packet)
    if interface.master is not None:
        return bridging.receive(flight, arrival, interface)
    if isinstance(interface, CapturedVeth):
        return capture(flight, arrival, interface)
    frame = arrival.packet.ethernet
    if frame is not None and frame.destination != interface.mac:
        reason = f"{interface.name} of {namespace.name} ignores a frame for {frame.destination}"
        return flight.discard(SocketBuffer(namespace, arrival.packet), Disposition.DROPPED, reason)
    return ip.arrive(flight, arrival)


def _trace(flight: Flight, end: End) -> Trace:
    return Trace(tuple(flight.hops), end.disposition, end.reason)


def _server(namespace: NetworkNamespace) -> Server:
    if namespace.pod is not None:
        return Server("pod", *namespace.pod, namespace.node)
    if namespace.node is not None:
        return Server("node", None, namespace.node, namespace.node)
    return Server(namespace.name, None, namespace.name, None)
