"""The IP layer of one namespace: receive, decide, forward, send out (net/ipv4/ip_input.c … ip_output.c)."""

from __future__ import annotations

from netsim.forwarding.delivery import deliver, deliver_broadcast
from netsim.forwarding.errors import icmp_error
from netsim.forwarding.flight import Arrival, End, Flight, Next, SocketBuffer
from netsim.forwarding.fragments import fits, fragment, is_too_long, reassemble, reassemble_for_conntrack, way_out_mtu
from netsim.forwarding.hooks import run_hook
from netsim.forwarding.link import neighbour, transmit
from netsim.forwarding.martians import validate_source
from netsim.linux.interfaces import Interface, Loopback
from netsim.linux.netfilter import Hook
from netsim.linux.routing import Route, RouteKind
from netsim.packet import IcmpKind, IPAddress, Protocol, is_multicast
from netsim.trace import ClientSees, Disposition, Forward, Point, RouteLookup

FORWARDING = {4: "net.ipv4.ip_forward", 6: "net.ipv6.conf.all.forwarding"}


def receive(flight: Flight, buffer: SocketBuffer) -> Next:
    """A packet for the IP layer, from the device ``buffer.in_interface``."""
    if buffer.bridge is None:
        reassemble_for_conntrack(flight, buffer)
        end = run_hook(flight, buffer, Hook.PREROUTING, in_interface=buffer.in_interface)
        if end is not None:
            return end
    lost = validate_source(flight, buffer)
    if lost is not None:
        return lost
    namespace, packet = buffer.namespace, buffer.packet
    if namespace.broadcast_device(packet.destination) is not None or is_multicast(packet.destination):
        return _receive_for_many(flight, buffer)
    route = namespace.lookup(packet.destination, packet.source, packet.mark, buffer.in_interface or "lo")
    if route is not None and route.kind is RouteKind.LOCAL:
        flight.note(RouteLookup(packet.destination, None, local=True))
        reassemble(flight, buffer)
        end = run_hook(flight, buffer, Hook.INPUT, in_interface=buffer.in_interface)
        return end or deliver(flight, buffer)
    return _forward(flight, buffer, route)


def _receive_for_many(flight: Flight, buffer: SocketBuffer) -> Next:
    """A broadcast is for this machine too, and never goes on to another link; nobody here joins multicast groups."""
    namespace, packet = buffer.namespace, buffer.packet
    if is_multicast(packet.destination):
        reason = f"no process in {namespace.name} has joined the multicast group {packet.destination}"
        return flight.discard(buffer, Disposition.DROPPED, reason)
    flight.note(RouteLookup(packet.destination, None, local=True))
    reassemble(flight, buffer)
    return run_hook(flight, buffer, Hook.INPUT, in_interface=buffer.in_interface) or deliver_broadcast(flight, buffer)


def _forward(flight: Flight, buffer: SocketBuffer, route: Route | None) -> Next:
    namespace, packet = buffer.namespace, buffer.packet
    if not namespace.forwards(packet.version):
        reason = f"{namespace.name} does not forward: {FORWARDING[packet.version]} is 0"
        return flight.discard(buffer, Disposition.DROPPED, reason)
    flight.note(RouteLookup(packet.destination, route))
    if route is None or route.kind is not RouteKind.UNICAST or route.device is None:
        return _no_way(flight, buffer, route)
    if packet.ttl <= 1:
        reason = f"the TTL ran out at {namespace.name}"
        answer = icmp_error(buffer, IcmpKind.TIME_EXCEEDED)
        return flight.discard(buffer, Disposition.TTL_EXCEEDED, reason, answer)
    if is_too_long(buffer, namespace.interfaces[route.device].mtu):
        return _too_big(flight, buffer, route.device)
    buffer.packet = packet.with_ttl(packet.ttl - 1)
    flight.note(Forward(packet.ttl, packet.ttl - 1))
    end = run_hook(flight, buffer, Hook.FORWARD, in_interface=buffer.in_interface, out_interface=route.device)
    return end or _send(flight, buffer, route.device, route.gateway or packet.destination)


def _too_big(flight: Flight, buffer: SocketBuffer, device: str) -> End:
    mtu = way_out_mtu(flight, buffer, device)
    answer = icmp_error(buffer, IcmpKind.FRAGMENTATION_NEEDED, mtu)
    return flight.discard(buffer, Disposition.TOO_BIG, _why_too_long(buffer, device, mtu), answer)


def _why_too_long(buffer: SocketBuffer, device: str, mtu: int) -> str:
    packet, name = buffer.packet, buffer.namespace.name
    what = f"{max(packet.pieces)} bytes" + (" with DF" if packet.version == 4 else "")
    if mtu < buffer.namespace.interfaces[device].mtu:
        return f"{what} do not fit the path MTU {mtu} that {name} knows of for {packet.destination}"
    return f"{what} do not fit the MTU {mtu} of {device} on {name}"


def _no_way(flight: Flight, buffer: SocketBuffer, route: Route | None) -> End:
    where = f"{buffer.namespace.name} has no route to {buffer.packet.destination}"
    if route is None:
        return flight.discard(buffer, Disposition.NO_ROUTE, where, icmp_error(buffer, IcmpKind.NET_UNREACHABLE))
    reason = f"{buffer.namespace.name} has the route “{route.text()}”"
    if route.kind is RouteKind.BLACKHOLE:
        return flight.discard(buffer, Disposition.BLACKHOLED, reason)
    answer = icmp_error(buffer, _ROUTE_REFUSALS[buffer.version].get(route.kind, IcmpKind.NET_UNREACHABLE))
    return flight.discard(buffer, Disposition.NO_ROUTE, reason, answer)


_ROUTE_REFUSALS = {
    4: {RouteKind.UNREACHABLE: IcmpKind.HOST_UNREACHABLE, RouteKind.PROHIBIT: IcmpKind.ADMIN_PROHIBITED},
    6: {RouteKind.PROHIBIT: IcmpKind.ADMIN_PROHIBITED},
}
"""What a router says about these routes (``ip_error`` in net/ipv4/route.c, ``ip6_pkt_discard`` in net/ipv6/route.c)."""


def output(flight: Flight, buffer: SocketBuffer) -> Next:
    """A packet that this namespace made itself: route, OUTPUT, route again if translated, POSTROUTING.

    What is too long for its first route never reaches a rule: the system call fails (``__ip_append_data``).
    """
    if buffer.straight_out is not None:
        return transmit(flight, buffer, buffer.straight_out)
    found = _route_out(flight, buffer)
    if isinstance(found, End):
        return found
    device, next_hop = found
    mtu = way_out_mtu(flight, buffer, device)
    if is_too_long(buffer, mtu):
        if buffer.balanced is not None:
            return _too_big(flight, buffer, device)
        why = _why_too_long(buffer, device, mtu)
        return flight.discard(buffer, Disposition.TOO_BIG, why, error=ClientSees.TOO_BIG)
    buffer.next_hop = next_hop

    def reroute() -> End | None:
        nonlocal device, next_hop
        found = _route_out(flight, buffer)
        if isinstance(found, End):
            return found
        device, next_hop = found
        return None

    end = run_hook(flight, buffer, Hook.OUTPUT, out_interface=device, reroute=reroute)
    return end or _send(flight, buffer, device, next_hop)


def _route_out(flight: Flight, buffer: SocketBuffer) -> tuple[str, IPAddress] | End:
    """The device and next hop for an own packet."""
    namespace, packet = buffer.namespace, buffer.packet
    destination = packet.destination
    broadcast = namespace.broadcast_device(destination)
    if broadcast is not None:
        reason = f"{destination} is a broadcast address: TCP has no peer there, and others need SO_BROADCAST"
        error = ClientSees.UNREACHABLE if packet.protocol is Protocol.TCP else ClientSees.DENIED
        return flight.discard(buffer, Disposition.NO_ROUTE, reason, error=error)
    route = namespace.lookup(destination, packet.source, packet.mark)
    if route is not None and route.kind is RouteKind.LOCAL:
        flight.note(RouteLookup(destination, None, local=True))
        return "lo", destination
    flight.note(RouteLookup(destination, route))
    if route is None or route.kind is not RouteKind.UNICAST or route.device is None:
        return _no_way_out(flight, buffer, route)
    if packet.source.is_loopback and not namespace.routes_localnet(route.device):
        reason = f"{packet.source} may not leave {namespace.name} by {route.device} (route_localnet is 0)"
        return flight.discard(buffer, Disposition.DROPPED, reason)
    return route.device, route.gateway or destination


def _no_way_out(flight: Flight, buffer: SocketBuffer, route: Route | None) -> End:
    """The system call fails with the error of the route (``fib_props`` in net/ipv4/fib_semantics.c)."""
    name, destination = buffer.namespace.name, buffer.packet.destination
    if route is None:
        reason = f"network is unreachable: {name} has no route to {destination}"
        return flight.discard(buffer, Disposition.NO_ROUTE, reason, error=ClientSees.UNREACHABLE)
    reason = f"{name} has the route “{route.text()}” for {destination}"
    disposition = Disposition.BLACKHOLED if route.kind is RouteKind.BLACKHOLE else Disposition.NO_ROUTE
    error = _ROUTE_ERRORS.get(route.kind, ClientSees.UNREACHABLE)
    return flight.discard(buffer, disposition, reason, error=error)


_ROUTE_ERRORS = {RouteKind.BLACKHOLE: ClientSees.INVALID_ARGUMENT, RouteKind.PROHIBIT: ClientSees.DENIED}


def _send(flight: Flight, buffer: SocketBuffer, device: str, next_hop: IPAddress) -> Next:
    """POSTROUTING, then the link-layer address of the next hop, then the device."""
    namespace = buffer.namespace
    buffer.next_hop = next_hop
    end = run_hook(flight, buffer, Hook.POSTROUTING, out_interface=device)
    if end is not None:
        return end
    mtu = way_out_mtu(flight, buffer, device)
    if not fits(buffer, mtu):
        if is_too_long(buffer, mtu):
            return _too_big(flight, buffer, device)
        fragment(flight, buffer, device, mtu)
    interface = namespace.interfaces[device]
    if isinstance(interface, Loopback):
        buffer.packet = buffer.packet.framed(interface.mac, interface.mac)
        return transmit(flight, buffer, device)
    if not interface.has_link_layer:
        buffer.packet = buffer.packet.unframed()
        return transmit(flight, buffer, device)
    if is_multicast(buffer.packet.destination):
        return _to_group(flight, buffer, interface)
    mac = neighbour(flight, buffer, device, next_hop)
    if mac is None:
        reason = f"nobody on {device} of {namespace.name} answers for {next_hop}"
        # A kernel gives up on ARP after three seconds; it tells the sender unless that is itself.
        answer = icmp_error(buffer, IcmpKind.HOST_UNREACHABLE)
        return flight.discard(buffer, Disposition.NEIGHBOR_UNREACHABLE, reason, answer, ClientSees.UNREACHABLE)
    buffer.packet = buffer.packet.framed(interface.mac, mac)
    return transmit(flight, buffer, device)


def _to_group(flight: Flight, buffer: SocketBuffer, interface: Interface) -> End:
    """Out on the link, to the MAC address that stands for the group (``ip_eth_mc_map``, ``ipv6_eth_mc_map``)."""
    group = int(buffer.packet.destination)
    mac = 0x01005E000000 | group & 0x7FFFFF if buffer.version == 4 else 0x333300000000 | group & 0xFFFFFFFF
    buffer.packet = buffer.packet.framed(interface.mac, mac.to_bytes(6, "big").hex(":"))
    flight.tap(buffer.namespace, interface.name, Point.OUT, buffer.packet)
    where = f"the link of {interface.name} of {buffer.namespace.name}"
    reason = f"nobody on {where} has joined {buffer.packet.destination}"
    return flight.discard(buffer, Disposition.DROPPED, reason)


def arrive(flight: Flight, arrival: Arrival) -> Next:
    """Hand an IP packet up from a device that is no bridge port."""
    buffer = arrival.looped or SocketBuffer(arrival.namespace, arrival.packet)
    buffer.in_interface = arrival.interface
    return receive(flight, buffer)
