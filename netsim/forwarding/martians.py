"""Source validation: packets whose addresses the routing code refuses to believe.

Facts: ip_route_input_slow in net/ipv4/route.c, fib_validate_source in net/ipv4/fib_frontend.c, ip6_rcv_core in
net/ipv6/ip6_input.c, and rp_filter and accept_local in Documentation/networking/ip-sysctl.rst.
"""

from __future__ import annotations

from netsim.forwarding.flight import End, Flight, SocketBuffer
from netsim.linux.interfaces import Loopback
from netsim.linux.namespace import LIMITED_BROADCAST
from netsim.linux.routing import RouteKind
from netsim.packet import IPAddress, is_multicast
from netsim.trace import Disposition

STRICT = 1
"""``rp_filter``: 1 wants the route back to leave by the device that the packet came in by, 2 any route back."""


def validate_source(flight: Flight, buffer: SocketBuffer) -> End | None:
    """End the packet here if its source or destination cannot be true; None when it may go on."""
    if isinstance(buffer.namespace.interfaces[buffer.in_interface or "lo"], Loopback):
        return None
    why = _impossible(buffer) or (_not_from_there(buffer) if buffer.version == 4 else None)
    return None if why is None else flight.discard(buffer, Disposition.DROPPED, why)


def _impossible(buffer: SocketBuffer) -> str | None:
    """Addresses that no device but ``lo`` may bring in."""
    namespace, packet, device = buffer.namespace, buffer.packet, buffer.in_interface
    if is_multicast(packet.source):
        return f"martian: a multicast address, {packet.source}, cannot be a sender's"
    if packet.version == 4 and (int(packet.source) >> 24 == 0 or int(packet.source) == LIMITED_BROADCAST):
        return f"martian: {packet.source} cannot be a sender's"
    for address in (packet.destination, packet.source):
        if _is_loopback(address) and not (packet.version == 4 and namespace.routes_localnet(device)):
            hint = " (route_localnet is 0)" if packet.version == 4 else ""
            return f"martian: {address} must not arrive on {device} of {namespace.name}{hint}"
    return None


def _is_loopback(address: IPAddress) -> bool:
    return int(address) >> 24 == 127 if address.version == 4 else int(address) == 1


def _not_from_there(buffer: SocketBuffer) -> str | None:
    """Whether the kernel would send an answer to the packet's source where the packet came from."""
    namespace, source, device = buffer.namespace, buffer.packet.source, buffer.in_interface
    if namespace.has_address(source) and not namespace.device_setting("accept_local", device):
        return f"martian: {source} is {namespace.name}'s own address and cannot come in by {device}"
    reverse_path_filter = namespace.device_setting("rp_filter", device)
    if not reverse_path_filter:
        return None
    mark = buffer.packet.mark if namespace.device_setting("src_valid_mark", device) else 0
    route = namespace.lookup(source, buffer.packet.destination, mark)
    where = f"martian source {source} on {device} of {namespace.name}: rp_filter is {reverse_path_filter}"
    if route is None or route.kind not in (RouteKind.UNICAST, RouteKind.LOCAL):
        return f"{where}, and there is no route back to {source}"
    if reverse_path_filter == STRICT and route.kind is RouteKind.UNICAST and route.device != device:
        return f"{where}, and the route back, “{route.text()}”, leaves by {route.device}"
    return None
