"""Devices and what a frame does on them: neighbour lookup, cable, bridge, tunnel, loopback."""

from __future__ import annotations

from netsim.forwarding.flight import Arrival, Flight, Next, SocketBuffer
from netsim.forwarding.programs import run_programs
from netsim.forwarding.tunnels import Tunnel, encapsulate
from netsim.linux.bpf import AttachPoint, Redirect, TunnelKey
from netsim.linux.interfaces import Bridge, Interface, Loopback, Veth
from netsim.linux.namespace import NetworkNamespace
from netsim.packet import IPAddress, Packet
from netsim.trace import BridgeDecision, ClientSees, Disposition, Point, ResolveNeighbour


def neighbour(flight: Flight, buffer: SocketBuffer, device: str, address: IPAddress) -> str | None:
    """The MAC address for ``address`` on ``device``: a permanent entry, else whoever answers ARP there."""
    permanent = buffer.namespace.neighbours.get((device, address))
    interface = buffer.namespace.interfaces[device]
    if permanent is not None:
        mac: str | None = permanent.mac
    elif isinstance(interface, Veth) and not interface.arp:
        mac = interface.mac
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
    if interface.master is not None and _exceeds(packet, interface.mtu):
        reason = (
            f"the bridge {interface.master} of {namespace.name} drops what is longer than the MTU of its port {device}"
        )
        return flight.discard(buffer, Disposition.TOO_BIG, f"{reason}, {interface.mtu}")
    flight.tap(namespace, device, Point.OUT, packet)
    match interface:
        case Loopback():
            return Arrival(namespace, device, packet, looped=buffer)
        case Veth(peer_namespace=peer_namespace, peer_name=peer_name):
            peer = flight.world.network.namespaces[peer_namespace]
            return _cross(flight, buffer, peer, peer.interfaces[peer_name])
        case Bridge():
            return _switch(flight, buffer, interface)
        case _ if isinstance(interface, Tunnel):
            return encapsulate(flight, buffer, interface, tunnel)
        case _:
            raise TypeError(f"{device} of {namespace.name}: nothing is known of {type(interface).__name__} devices")


VLAN_HEADER = 4
"""Room that is left for a VLAN tag."""


def _exceeds(packet: Packet, mtu: int) -> bool:
    """Whether a device refuses to take the frame (``is_skb_forwardable`` in net/core/dev.c); nobody is told."""
    return packet.length > mtu + VLAN_HEADER and max(packet.pieces) > mtu + VLAN_HEADER


def _cross(flight: Flight, buffer: SocketBuffer, peer: NetworkNamespace, end: Interface) -> Next:
    """Through the cable (veth_xmit)."""
    packet = buffer.packet
    if not end.up:
        return flight.discard(buffer, Disposition.DROPPED, f"{end.name} of {peer.name}, the other end, is down")
    if _exceeds(packet, end.mtu):
        reason = (
            f"{end.name} of {peer.name} takes no more than its MTU, {end.mtu} bytes, and drops {max(packet.pieces)}"
        )
        return flight.discard(buffer, Disposition.TOO_BIG, reason)
    return Arrival(peer, end.name, packet.marked(0) if packet.mark else packet)


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
