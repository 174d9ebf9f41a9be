"""Packets and the MTU: what fits a way, what is cut into fragments, and where they are put together again.

Facts: net/ipv4/ip_output.c (ip_finish_output, ip_do_fragment), net/ipv6/ip6_output.c (ip6_fragment, ip6_pkt_too_big),
nf_defrag_ipv4.c and nf_defrag_ipv6_hooks.c, net/ipv4/route.c (ip_dst_mtu_maybe_forward, ip_rt_update_pmtu).
"""

from __future__ import annotations

from netsim.forwarding.flight import Flight, SocketBuffer, World
from netsim.linux.namespace import NetworkNamespace
from netsim.linux.routing import Route
from netsim.packet import TCP_HEADER, IPAddress, Packet, Protocol
from netsim.trace import Fragment, LearnPathMtu, Reassemble

IP_HEADER = {4: 20, 6: 40}
FRAGMENT_HEADER = {4: 0, 6: 8}
"""IPv4 has room for the offset in its header; IPv6 adds a header to each fragment."""
LEAST_PATH_MTU = {4: 552, 6: 1280}
"""``net.ipv4.route.min_pmtu``, and what every IPv6 link carries (RFC 8200)."""


def path_mtu(world: World, sender: NetworkNamespace, destination: IPAddress, route: Route | None = None) -> int:
    """Bytes of the longest packet that a sender may hope to get to ``destination`` in one piece: the MTU of its device,
    or less where an ICMP error said so."""
    route = route or sender.lookup(destination)
    if route is None or route.device is None:
        return sender.interfaces["lo"].mtu
    mtu = sender.interfaces[route.device].mtu
    return min(mtu, world.memory.path_mtu.get((sender.name, destination), mtu))


def largest_segment(world: World, sender: NetworkNamespace, peer: IPAddress) -> int:
    """The MSS that a sender tells its peer: the path's MTU without the headers (``ipv4_default_advmss``)."""
    return min(path_mtu(world, sender, peer), 65535) - IP_HEADER[peer.version] - TCP_HEADER


def learn_path_mtu(flight: Flight, namespace: NetworkNamespace, destination: IPAddress, mtu: int) -> None:
    """Remember the MTU that an ICMP error, or a tunnel device, told of the path to ``destination``."""
    known = flight.world.memory.path_mtu
    told = max(mtu, LEAST_PATH_MTU[destination.version])
    if told < path_mtu(flight.world, namespace, destination):
        known[namespace.name, destination] = told
        flight.note(LearnPathMtu(destination, told))


def way_out_mtu(flight: Flight, buffer: SocketBuffer, device: str) -> int:
    """The MTU that counts where the packet leaves: an own packet heeds what is known of its path, a forwarded one does
    not (``ip_forward_use_pmtu`` is 0)."""
    mtu = buffer.namespace.interfaces[device].mtu
    if buffer.in_interface is not None:
        return mtu
    return min(mtu, flight.world.memory.path_mtu.get((buffer.namespace.name, buffer.packet.destination), mtu))


def fits(buffer: SocketBuffer, mtu: int) -> bool:
    """Whether the packet came in one piece and can leave so."""
    return buffer.packet.length <= mtu and not buffer.largest_fragment


def is_too_long(buffer: SocketBuffer, mtu: int) -> bool:
    """Whether the packet cannot pass in one piece and must not be cut."""
    packet = buffer.packet
    if packet.length <= mtu or max(packet.pieces) <= mtu or buffer.ignore_df:
        return False
    return packet.dont_fragment if packet.version == 4 else not 0 < buffer.largest_fragment <= mtu


def fragment(flight: Flight, buffer: SocketBuffer, device: str, mtu: int) -> None:
    """Cut the packet into pieces that fit. One that came in pieces leaves in pieces that are no longer."""
    packet = buffer.packet
    limit = min(mtu, buffer.largest_fragment or mtu)
    if packet.length <= limit or max(packet.pieces) <= limit:
        return
    extra = FRAGMENT_HEADER[packet.version]
    whole = packet.fragments or tuple(piece + extra for piece in packet.pieces)
    lengths = tuple(piece for length in whole for piece in _pieces(length, limit, IP_HEADER[packet.version] + extra))
    buffer.packet = packet.in_fragments(lengths)
    flight.note(Fragment(device, limit, lengths))


def _pieces(length: int, mtu: int, header: int) -> list[int]:
    """The lengths of the fragments of one packet; all but the last carry a multiple of eight bytes."""
    left, room = length - header, (mtu - header) // 8 * 8
    if length <= mtu:
        return [length]
    return [header + min(room, left - done) for done in range(0, left, room)]


def reassemble(flight: Flight, buffer: SocketBuffer) -> None:
    """Put the fragments together again."""
    lengths = buffer.packet.fragments
    if lengths:
        buffer.largest_fragment = max(lengths)
        buffer.packet = buffer.packet.in_fragments(())
        flight.note(Reassemble(lengths))


def reassemble_for_conntrack(flight: Flight, buffer: SocketBuffer) -> None:
    """Connection tracking sees whole packets only (``NF_IP_PRI_CONNTRACK_DEFRAG``)."""
    if buffer.packet.fragments and buffer.namespace.has_rules:
        reassemble(flight, buffer)


def as_sent(world: World, sender: NetworkNamespace, packet: Packet, dont_fragment: bool = False) -> SocketBuffer:
    """A process's packet with the DF that Linux gives it: on what fits the path (IP_PMTUDISC_WANT), or if asked for.

    Only TCP, and who asks for DF, forbid their own kernel to cut the packet (``ip_sk_ignore_df``).
    """
    ignore_df = not dont_fragment and packet.protocol is not Protocol.TCP
    fits = packet.length <= path_mtu(world, sender, packet.destination)
    if packet.version == 4 and (dont_fragment or fits):
        packet = packet.not_to_fragment()
    return SocketBuffer(sender, packet, ignore_df=ignore_df)
