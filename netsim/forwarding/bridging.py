"""A frame on a bridge port: br_netfilter's detour through the IP hooks, then the switching decision.

Facts: net/bridge/br_input.c, br_forward.c and br_netfilter_hooks.c of the Linux kernel.
"""

from __future__ import annotations

from netsim.forwarding import ip
from netsim.forwarding.errors import icmp_error
from netsim.forwarding.flight import Arrival, Flight, Next, SocketBuffer
from netsim.forwarding.fragments import fragment, reassemble_for_conntrack
from netsim.forwarding.hooks import run_hook
from netsim.forwarding.link import neighbour, transmit
from netsim.linux.interfaces import Datapath, Interface, Veth
from netsim.linux.netfilter import Hook
from netsim.packet import IcmpKind
from netsim.trace import BridgeDecision, BridgeRedirect, Disposition, Point


def receive(flight: Flight, arrival: Arrival, port: Interface) -> Next:
    """A frame came in by a bridge port."""
    namespace = arrival.namespace
    bridge = namespace.interfaces[port.master or ""]
    buffer = SocketBuffer(namespace, arrival.packet, in_interface=bridge.name)
    if not bridge.up:
        return flight.discard(buffer, Disposition.DROPPED, f"the bridge {bridge.name} of {namespace.name} is down")
    if namespace.bridge_calls_netfilter(buffer.version) and not isinstance(bridge, Datapath):
        buffer.bridge_port = port.name
        end = _prerouting(flight, buffer, bridge)
        if end is not None:
            return end
    if buffer.packet.frame.destination == bridge.mac:
        flight.note(BridgeDecision(bridge.name, bridge.mac, None))
        flight.tap(namespace, bridge.name, Point.IN, buffer.packet)
        return ip.receive(flight, buffer)
    return _forward(flight, buffer, bridge, port)


def _prerouting(flight: Flight, buffer: SocketBuffer, bridge: Interface) -> Next | None:
    """PREROUTING as if the frame had come in by the bridge device (br_nf_pre_routing and ..._finish).

    A new destination is looked up like a routed packet's, so with ip_forward=0 the frame goes to the IP layer, which
    drops it, even where the destination is on the same bridge (measured on Linux 6.18).
    """
    reassemble_for_conntrack(flight, buffer)
    before = buffer.packet.destination
    end = run_hook(flight, buffer, Hook.PREROUTING, in_interface=bridge.name, bridged=True)
    if end is not None:
        return end
    buffer.bridge = bridge.name
    packet = buffer.packet
    if packet.destination == before:
        return None
    namespace = buffer.namespace
    route = namespace.lookup(packet.destination, packet.source, packet.mark, bridge.name)
    if route is None or route.device != bridge.name or not namespace.forwards(packet.version):
        buffer.packet = packet.framed(packet.frame.source, bridge.mac)
        flight.note(BridgeRedirect(bridge.mac, routed=True))
        return None
    mac = neighbour(flight, buffer, bridge.name, route.gateway or packet.destination)
    if mac is None:
        reason = f"nobody on {bridge.name} of {namespace.name} answers for {packet.destination}"
        answer = icmp_error(buffer, IcmpKind.HOST_UNREACHABLE)
        return flight.discard(buffer, Disposition.NEIGHBOR_UNREACHABLE, reason, answer)
    buffer.packet = packet.framed(packet.frame.source, mac)
    flight.note(BridgeRedirect(mac, routed=False))
    return None


def _forward(flight: Flight, buffer: SocketBuffer, bridge: Interface, came_in_by: Interface) -> Next:
    """From port to port. The IP hooks see the bridge as both interfaces; the TTL does not change."""
    namespace = buffer.namespace
    mac = buffer.packet.frame.destination
    port = flight.world.links.port_towards(namespace.name, bridge.name, mac)
    if port is None:
        reason = f"{bridge.name} of {namespace.name} floods a frame for {mac}, and no station takes it"
        return flight.discard(buffer, Disposition.DROPPED, reason)
    flight.note(BridgeDecision(bridge.name, mac, port))
    if port == came_in_by.name and not (isinstance(came_in_by, Veth) and came_in_by.hairpin):
        reason = f"{bridge.name} does not send a frame back out of {port}, where it came in: hairpin mode is off"
        return flight.discard(buffer, Disposition.DROPPED, reason)
    if buffer.bridge is not None:
        buffer.next_hop = buffer.packet.destination
        end = run_hook(
            flight, buffer, Hook.FORWARD, in_interface=bridge.name, out_interface=bridge.name, bridged=True
        ) or run_hook(flight, buffer, Hook.POSTROUTING, out_interface=bridge.name, bridged=True)
        if end is not None:
            return end
        _fit_to_port(flight, buffer, port)
    return transmit(flight, buffer, port)


def _fit_to_port(flight: Flight, buffer: SocketBuffer, port: str) -> None:
    """What conntrack put together is cut into the same pieces again; packets and pieces that are longer than the MTU
    of the port are left to it to drop (br_nf_dev_queue_xmit, br_nf_ip_fragment)."""
    mtu = buffer.namespace.interfaces[port].mtu
    if 0 < buffer.largest_fragment <= mtu:
        fragment(flight, buffer, port, mtu)
