"""Devices and what a frame does on them: neighbour lookup, cable, bridge, tunnel, loopback."""

from __future__ import annotations

from hashlib import sha256

from netsim.forwarding.flight import Arrival, Departure, Flight, Next, SocketBuffer
from netsim.forwarding.programs import run_programs
from netsim.linux.bpf import AttachPoint, Redirect, TunnelKey
from netsim.linux.interfaces import Bridge, Loopback, Veth, Vxlan
from netsim.packet import IPAddress, Packet, Protocol
from netsim.packet import Vxlan as VxlanHeader
from netsim.trace import BridgeDecision, ClientSees, Disposition, Encapsulate, Point, ResolveNeighbour


def neighbour(flight: Flight, buffer: SocketBuffer, device: str, address: IPAddress) -> str | None:
    """The MAC address for ``address`` on ``device``: a permanent entry, else whoever answers ARP there."""
    permanent = buffer.namespace.neighbours.get((device, address))
    if permanent is not None:
        mac: str | None = permanent.mac
    else:
        station = flight.world.links.owner(buffer.namespace.name, device, address)
        mac = station.mac if station else None
    flight.note(ResolveNeighbour(address, device, mac, permanent is not None))
    return mac


def transmit(flight: Flight, buffer: SocketBuffer, device: str, tunnel: TunnelKey | None = None) -> Next:
    """Send the framed packet out of a device; ``tunnel`` is for one that encapsulates by metadata."""
    namespace = buffer.namespace
    interface = namespace.interfaces[device]
    if not interface.up:
        return flight.discard(buffer, Disposition.DROPPED, f"{device} of {namespace.name} is down")
    decided = run_programs(flight, buffer, device, AttachPoint.EGRESS, tunnel)
    if decided is not None:
        return redirect(flight, buffer, decided) if isinstance(decided, Redirect) else decided
    packet = buffer.packet
    flight.tap(namespace, device, Point.OUT, packet)
    match interface:
        case Loopback():
            return Arrival(namespace, device, packet, looped=buffer)
        case Veth(peer_namespace=peer_namespace, peer_name=peer_name):
            peer = flight.world.network.namespaces[peer_namespace]
            return Arrival(peer, peer_name, packet.marked(0) if packet.mark else packet)
        case Bridge():
            return _switch(flight, buffer, interface)
        case Vxlan():
            return _encapsulate(flight, buffer, interface, tunnel)
        case _:
            raise TypeError(f"{device} of {namespace.name}: nothing is known of {type(interface).__name__} devices")


def redirect(flight: Flight, buffer: SocketBuffer, verdict: Redirect) -> Next:
    """``bpf_redirect``, or ``bpf_redirect_neigh`` where a next hop is given: out of a device, past the stack
    (net/core/filter.c)."""
    if verdict.next_hop is not None:
        mac = neighbour(flight, buffer, verdict.device, verdict.next_hop)
        if mac is None:
            reason = f"nobody on {verdict.device} of {buffer.namespace.name} answers for {verdict.next_hop}"
            return flight.discard(buffer, Disposition.NEIGHBOR_UNREACHABLE, reason, error=ClientSees.UNREACHABLE)
        source = buffer.namespace.interfaces[verdict.device].mac
        buffer.packet = buffer.packet.framed(source, mac)
    return transmit(flight, buffer, verdict.device, verdict.tunnel)


def _switch(flight: Flight, buffer: SocketBuffer, bridge: Bridge) -> Next:
    """A frame from the machine's own stack enters the bridge (br_dev_xmit)."""
    mac = buffer.packet.frame.destination
    port = flight.world.links.port_towards(buffer.namespace.name, bridge.name, mac)
    if port is None:
        reason = f"{bridge.name} floods a frame for {mac}, and no station takes it"
        return flight.discard(buffer, Disposition.DROPPED, reason)
    flight.note(BridgeDecision(bridge.name, mac, port))
    return transmit(flight, buffer, port)


def _encapsulate(flight: Flight, buffer: SocketBuffer, device: Vxlan, tunnel: TunnelKey | None) -> Next:
    """The frame becomes the payload of a UDP packet to the tunnel endpoint that the FDB, or the program that sent the
    packet here, names (vxlan_xmit_one).

    The outer TTL is the kernel's default of 64, DF is not set, and the mark of the inner packet stays.
    """
    inner = buffer.packet
    mac = inner.frame.destination
    if device.external:
        remote, vni = (tunnel.remote, tunnel.number) if tunnel is not None else (None, 0)
        missing = f"{device.name} of {buffer.namespace.name} got a packet without a tunnel key"
    else:
        entry = buffer.namespace.fdb.get((device.name, mac))
        remote, vni = (None if entry is None else entry.remote), device.vni
        missing = f"{device.name} of {buffer.namespace.name} has no FDB entry for {mac}"
    if remote is None:
        return flight.discard(buffer, Disposition.DROPPED, missing)
    flight.note(Encapsulate(device.name, vni, remote))
    header = VxlanHeader(_flow_port(inner), device.port, vni)
    outer = Packet(device.local, remote, Protocol.UDP, header, mark=inner.mark, inner=inner.marked(0))
    return Departure(SocketBuffer(buffer.namespace, outer))


def _flow_port(inner: Packet) -> int:
    """The outer source port: the same for all packets of a flow, spread over the local port range
    (udp_flow_src_port; the kernel's hash has a secret of its own, so the number cannot be the same)."""
    digest = sha256(f"{inner.source}{inner.destination}{inner.protocol}{inner.ports}".encode()).digest()
    return 32768 + int.from_bytes(digest[:4], "big") % (60999 - 32768 + 1)
