"""eBPF programs at work: on a device before or after the network stack, and at ``connect()``."""

from __future__ import annotations

from netsim.forwarding.errors import icmp_error
from netsim.forwarding.flight import End, Flight, SocketBuffer, World
from netsim.linux.bpf import (
    AttachPoint,
    ConnectCall,
    DeviceProgram,
    PacketContext,
    Pass,
    Proceed,
    ProgramMap,
    Redirect,
    Refuse,
    Reject,
    Shot,
    TunnelKey,
)
from netsim.linux.conntrack import Connection, ConntrackTable, Direction, flow_tuple
from netsim.linux.namespace import NetworkNamespace
from netsim.linux.netfilter import ConnectionState
from netsim.packet import Icmp, IcmpKind, IPAddress, Packet, Protocol, host_and_port
from netsim.trace import Disposition, RunProgram, SocketRewrite


def run_programs(
    flight: Flight, buffer: SocketBuffer, device: str, point: AttachPoint, tunnel: TunnelKey | None = None
) -> Redirect | End | None:
    """Run the programs of a device one after the other; None means that the packet goes on as it now is."""
    for program in buffer.namespace.programs.at(device, point):
        decided = _run(flight, buffer, program, device, point, tunnel)
        if decided is not None:
            return decided
    return None


def _run(
    flight: Flight, buffer: SocketBuffer, program: DeviceProgram, device: str, point: AttachPoint,
    tunnel: TunnelKey | None,
) -> Redirect | End | None:  # fmt: skip
    context = _context(flight.world, buffer, device, tunnel)
    verdict = program.run(context)
    match verdict:
        case Shot(reason) | Refuse(reason):
            flight.note(RunProgram(program.name, device, point, reason))
            why = f"{program.name} on {device} of {buffer.namespace.name}: {reason}"
            if isinstance(verdict, Shot):
                return flight.discard(buffer, Disposition.DROPPED, why)
            answer = icmp_error(buffer, IcmpKind.PORT_UNREACHABLE)
            return flight.discard(buffer, Disposition.REJECTED, why, answer)
        case Pass(packet, text) | Redirect(_, packet, text):
            if context.connection is not None and not context.connection.confirmed:
                context.connections.confirm(context.connection)
            buffer.packet = packet
            flight.note(RunProgram(program.name, device, point, text))
            return verdict if isinstance(verdict, Redirect) else None


def _context(world: World, buffer: SocketBuffer, device: str, tunnel: TunnelKey | None) -> PacketContext:
    table = world.memory.program_connections[buffer.namespace.name]
    connection, direction, state = _lookup(table, buffer.packet)
    return PacketContext(
        buffer.packet,
        device,
        table,
        connection,
        direction,
        state,
        world.choices.decide,
        world.choices.port,
        buffer.namespace.lookup,
        _kept(world, buffer.namespace),
        tunnel,
    )


def _lookup(table: ConntrackTable, packet: Packet) -> tuple[Connection | None, Direction, ConnectionState]:
    """The packet's entry; an ICMP error has that of the packet which it quotes, or none."""
    transport = packet.transport
    if isinstance(transport, Icmp) and transport.quoted is not None:
        inner = transport.quoted
        of_an_error = isinstance(inner.transport, Icmp) and inner.transport.is_error
        found = None if of_an_error else table.find(flow_tuple(inner).mirrored)
        return (*found, ConnectionState.RELATED) if found else (None, Direction.ORIGINAL, ConnectionState.INVALID)
    original = flow_tuple(packet)
    found = table.find(original)
    if found is None:
        return Connection(original, original.mirrored), Direction.ORIGINAL, ConnectionState.NEW
    connection, direction = found
    if direction is Direction.REPLY:
        connection.replied = True
    state = ConnectionState.ESTABLISHED if connection.replied else ConnectionState.NEW
    return connection, direction, state


def connect(
    world: World, namespace: NetworkNamespace, destination: IPAddress, port: int | None, protocol: Protocol
) -> tuple[IPAddress, int | None, tuple[SocketRewrite, ...]] | Reject:
    """Where a process really connects to when it asks for ``destination``, and which programs changed that."""
    steps: list[SocketRewrite] = []
    for program in namespace.programs.on_connect:
        call = ConnectCall(
            destination, port, protocol, namespace.name, namespace.is_local, world.choices.decide,
            _kept(world, namespace),
        )  # fmt: skip
        verdict = program.run(call)
        if isinstance(verdict, Reject):
            return Reject(f"connect() fails with EHOSTUNREACH: {program.name}: {verdict.reason}")
        if (verdict.destination, verdict.port) != (destination, port):
            steps.append(SocketRewrite(program.name, _endpoint(destination, port), _after(verdict), verdict.text))
            destination, port = verdict.destination, verdict.port
    return destination, port, tuple(steps)


def _kept(world: World, namespace: NetworkNamespace) -> ProgramMap:
    """The map of the machine that the namespace is on."""
    return world.memory.program_maps[namespace.node or namespace.name]


def _after(verdict: Proceed) -> str:
    return _endpoint(verdict.destination, verdict.port)


def _endpoint(address: IPAddress, port: int | None) -> str:
    return str(address) if port is None else host_and_port(address, port)
