"""What the programs do to packets: the IP header of a hop, the addresses of a translated connection.

Sources: cilium/cilium bpf/lib/l3.h (ipv4_l3, ipv4_local_delivery), bpf/lib/nat.h, bpf/lib/lb.h.
"""

from __future__ import annotations

from netsim.cni.cilium.maps import Endpoint, NodeMaps
from netsim.linux.bpf import DeviceVerdict, PacketContext, Redirect, Shot
from netsim.linux.conntrack import Connection, Direction
from netsim.packet import Icmp, IPAddress, Packet

TTL_EXCEEDED = "TTL exceeded"


def local_delivery(packet: Packet, endpoint: Endpoint, seen: str) -> DeviceVerdict:
    """Straight to a Pod of this node: a hop for IP, past routes, bridges and netfilter (ipv4_local_delivery).

    A packet whose TTL runs out is dropped and nobody is told.
    """
    if packet.ttl <= 1:
        return Shot(TTL_EXCEEDED)
    framed = packet.with_ttl(packet.ttl - 1).framed(endpoint.node_mac, endpoint.mac)
    return Redirect(endpoint.device, framed, f"{seen}endpoint {endpoint.name}: redirect to {endpoint.device}")


def by_the_fib(context: PacketContext, packet: Packet, text: str) -> DeviceVerdict:
    """Out by the route of the kernel's tables, past netfilter (fib_redirect)."""
    if packet.ttl <= 1:
        return Shot(TTL_EXCEEDED)
    route = context.fib_lookup(packet.destination)
    if route is None or route.device is None:
        return Shot(f"FIB lookup failed: no route to {packet.destination}")
    next_hop: IPAddress = route.gateway or packet.destination
    return Redirect(route.device, packet.with_ttl(packet.ttl - 1), text, next_hop=next_hop)


def is_answer_to_translated(context: PacketContext) -> bool:
    """Whether the programs translated the connection that this packet, or the one that it quotes, answers."""
    connection = context.connection
    return (
        connection is not None
        and context.direction is Direction.REPLY
        and (connection.destination_translated or connection.source_translated)
    )


def translate(packet: Packet, connection: Connection) -> Packet:
    """A packet of the original direction as its connection says."""
    return packet.with_endpoints(*connection.reply.mirrored[:4])


def translate_back(packet: Packet, connection: Connection) -> Packet:
    """An answer, or an ICMP error about the connection, as the client has to see it."""
    original = connection.original
    if isinstance(packet.transport, Icmp) and packet.transport.quoted is not None:
        from_backend = packet.source == connection.reply.source
        source = original.destination if from_backend else packet.source
        outer = packet.with_endpoints(source, 0, original.source, 0)
        return outer.quoting(packet.transport.quoted.with_endpoints(*original[:4]))
    return packet.with_endpoints(*original.mirrored[:4])


def host_delivery(maps: NodeMaps, packet: Packet, host_mac: str, net_mac: str) -> DeviceVerdict:
    """To the machine's own stack, by the cable from cilium_net to cilium_host (ipv4_host_delivery)."""
    if packet.ttl <= 1:
        return Shot(TTL_EXCEEDED)
    framed = packet.with_ttl(packet.ttl - 1).framed(net_mac, host_mac)
    return Redirect("cilium_net", framed, f"no endpoint {packet.destination} here: to the stack of {maps.node}")
