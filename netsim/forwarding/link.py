"""Devices and what a frame does on them: neighbour lookup, cable, bridge, tunnel, loopback."""

from __future__ import annotations

from hashlib import sha256

from netsim.forwarding.flight import Arrival, Departure, Flight, Next, SocketBuffer
from netsim.linux.interfaces import Bridge, Loopback, Veth, Vxlan
from netsim.packet import IPAddress, Packet, Protocol
from netsim.packet import Vxlan as VxlanHeader
from netsim.trace import BridgeDecision, Disposition, Encapsulate, Point, ResolveNeighbour


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


def transmit(flight: Flight, buffer: SocketBuffer, device: str) -> Next:
    """Send the framed packet out of a device."""
    namespace, packet = buffer.namespace, buffer.packet
    interface = namespace.interfaces[device]
    if not interface.up:
        return flight.discard(buffer, Disposition.DROPPED, f"{device} of {namespace.name} is down")
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
            return _encapsulate(flight, buffer, interface)
        case _:
            raise TypeError(f"{device} of {namespace.name}: nothing is known of {type(interface).__name__} devices")


def _switch(flight: Flight, buffer: SocketBuffer, bridge: Bridge) -> Next:
    """A frame from the machine's own stack enters the bridge (br_dev_xmit)."""
    mac = buffer.packet.frame.destination
    port = flight.world.links.port_towards(buffer.namespace.name, bridge.name, mac)
    if port is None:
        reason = f"{bridge.name} floods a frame for {mac}, and no station takes it"
        return flight.discard(buffer, Disposition.DROPPED, reason)
    flight.note(BridgeDecision(bridge.name, mac, port))
    return transmit(flight, buffer, port)


def _encapsulate(flight: Flight, buffer: SocketBuffer, device: Vxlan) -> Next:
    """The frame becomes the payload of a UDP packet to the tunnel endpoint that the FDB names (vxlan_xmit_one).

    The outer TTL is the kernel's default of 64, DF is not set, and the mark of the inner packet stays.
    """
    inner = buffer.packet
    mac = inner.frame.destination
    entry = buffer.namespace.fdb.get((device.name, mac))
    if entry is None:
        reason = f"{device.name} of {buffer.namespace.name} has no FDB entry for {mac}"
        return flight.discard(buffer, Disposition.DROPPED, reason)
    flight.note(Encapsulate(device.name, device.vni, entry.remote))
    header = VxlanHeader(_flow_port(inner), device.port, device.vni)
    outer = Packet(device.local, entry.remote, Protocol.UDP, header, mark=inner.mark, inner=inner.marked(0))
    return Departure(SocketBuffer(buffer.namespace, outer))


def _flow_port(inner: Packet) -> int:
    """The outer source port: the same for all packets of a flow, spread over the local port range
    (udp_flow_src_port; the kernel's hash has a secret of its own, so the number cannot be the same)."""
    digest = sha256(f"{inner.source}{inner.destination}{inner.protocol}{inner.ports}".encode()).digest()
    return 32768 + int.from_bytes(digest[:4], "big") % (60999 - 32768 + 1)
