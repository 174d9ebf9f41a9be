"""Frames that a router process carries in UDP datagrams from machine to machine: Weave's sleeve.

The process reads each frame from a cable's end, wraps it, and sends it from a socket of its own; its peer writes it to
the end of a cable there. Source: weaveworks/weave router/sleeve.go and router/pcap.go.
"""

from __future__ import annotations

from netsim.forwarding.errors import icmp_error
from netsim.forwarding.flight import Arrival, Departure, Flight, Next, SocketBuffer
from netsim.forwarding.link import transmit
from netsim.linux.interfaces import CapturedVeth
from netsim.packet import IcmpKind, Packet, Protocol, Sleeve
from netsim.trace import Decapsulate, Disposition, Encapsulate, Encapsulation


def capture(flight: Flight, arrival: Arrival, device: CapturedVeth) -> Next:
    """The process got a frame: off to the peer that has its destination, with DF where the frame has it."""
    namespace, inner = arrival.namespace, arrival.packet
    peer = flight.world.links.peer_towards(device, inner.frame.destination)
    if peer is None:
        reason = f"the router process of {namespace.name} knows no peer with {inner.frame.destination}"
        return flight.discard(SocketBuffer(namespace, inner), Disposition.DROPPED, reason)
    flight.note(Encapsulate(device.name, None, peer.remote, Encapsulation.SLEEVE))
    outer = Packet(
        device.local, peer.remote, Protocol.UDP, Sleeve(device.port, device.port),
        dont_fragment=inner.dont_fragment, inner=inner.marked(0),
    )  # fmt: skip
    return Departure(SocketBuffer(namespace, outer))


def inject(flight: Flight, buffer: SocketBuffer, port: int) -> Next:
    """A datagram of a peer for ``port``: its frame goes out of the captured end, into the bridge at the other."""
    namespace, inner = buffer.namespace, buffer.packet.inner
    assert inner is not None
    for interface in namespace.interfaces.values():
        if isinstance(interface, CapturedVeth) and interface.up and interface.port == port:
            flight.note(Decapsulate(interface.name, None, Encapsulation.SLEEVE))
            return transmit(flight, SocketBuffer(namespace, inner), interface.name)
    reason = f"no router process of {namespace.name} listens on udp port {port}"
    return flight.discard(buffer, Disposition.NO_LISTENER, reason, icmp_error(buffer, IcmpKind.PORT_UNREACHABLE))
