"""Tunnel devices: what they put around a packet on its way out, and take off when it arrives.

The outer packet belongs to the namespace of the device and is routed like any other. Facts: drivers/net/vxlan,
drivers/net/geneve.c, net/ipv4/ipip.c and ip_tunnel.c, drivers/net/wireguard of the Linux kernel.
"""

from __future__ import annotations

from hashlib import sha256

from netsim.forwarding.errors import icmp_error, source_towards
from netsim.forwarding.flight import Arrival, Departure, End, Flight, Next, SocketBuffer
from netsim.forwarding.fragments import learn_path_mtu, path_mtu
from netsim.linux.bpf import TunnelKey
from netsim.linux.interfaces import DatapathVxlan, Geneve, Ipip, Vxlan, Wireguard
from netsim.packet import Geneve as GeneveHeader
from netsim.packet import IcmpKind, IPAddress, IpInIp, OuterChecksum, Packet, Protocol, Transport
from netsim.packet import Vxlan as VxlanHeader
from netsim.packet import Wireguard as WireguardHeader
from netsim.trace import Decapsulate, Disposition, Encapsulate, Encapsulation

VXLAN_OVERHEAD = {4: 50, 6: 70}
"""Bytes around the inner IP packet: Ethernet 14, VXLAN 8, UDP 8, and the outer IP header."""

Tunnel = Vxlan | Geneve | Ipip | Wireguard | DatapathVxlan


def encapsulate(flight: Flight, buffer: SocketBuffer, device: Tunnel, key: TunnelKey | None) -> Next:
    """Wrap the packet that leaves by ``device``; ``key`` says where to on a device that goes by metadata."""
    match device:
        case Vxlan():
            return _into_vxlan(flight, buffer, device, key)
        case Geneve():
            return _into_geneve(flight, buffer, device, key)
        case Ipip():
            return _into_ipip(flight, buffer, device)
        case Wireguard():
            return _into_wireguard(flight, buffer, device)
        case DatapathVxlan():
            return _out_of_datapath(flight, buffer, device)


def _into_vxlan(flight: Flight, buffer: SocketBuffer, device: Vxlan, key: TunnelKey | None) -> Next:
    """To the tunnel endpoint that the FDB, or the program that sent the packet here, names (vxlan_xmit_one).

    The outer TTL is the kernel's default of 64, DF is not set, and the mark of the inner packet stays.
    """
    if device.external:
        return _by_metadata(flight, buffer, device, key)
    mac = buffer.packet.frame.destination
    entry = buffer.namespace.fdb.get((device.name, mac))
    if entry is None:
        reason = f"{device.name} of {buffer.namespace.name} has no FDB entry for {mac}"
        return flight.discard(buffer, Disposition.DROPPED, reason)
    flight.note(Encapsulate(device.name, device.vni, entry.remote))
    _tell_path_mtu(flight, buffer, entry.remote)
    checksum = OuterChecksum.OFFLOADED if device.spoils_checksums else OuterChecksum.NONE
    header = VxlanHeader(_flow_port(buffer.packet), device.port, device.vni, checksum)
    return _depart(buffer, device.local, entry.remote, header)


def _tell_path_mtu(flight: Flight, buffer: SocketBuffer, remote: IPAddress) -> None:
    """What does not fit the underlay in one piece makes the kernel remember what would (skb_tunnel_check_pmtu); own
    packets will heed it, forwarded ones do not."""
    namespace, inner = buffer.namespace, buffer.packet
    room = path_mtu(flight.world, namespace, remote) - VXLAN_OVERHEAD[remote.version]
    if max(inner.pieces) > room:
        learn_path_mtu(flight, namespace, inner.destination, room)


def _into_geneve(flight: Flight, buffer: SocketBuffer, device: Geneve, key: TunnelKey | None) -> Next:
    """As VXLAN by metadata (geneve_xmit_skb)."""
    return _by_metadata(flight, buffer, device, key)


def _by_metadata(flight: Flight, buffer: SocketBuffer, device: Vxlan | Geneve, key: TunnelKey | None) -> Next:
    if key is None or key.remote is None:
        reason = f"{device.name} of {buffer.namespace.name} got a packet without a tunnel key"
        return flight.discard(buffer, Disposition.DROPPED, reason)
    port = _flow_port(buffer.packet)
    if isinstance(device, Vxlan):
        header: Transport = VxlanHeader(port, device.port, key.number)
        how = Encapsulation.VXLAN
    else:
        header, how = GeneveHeader(port, device.port, key.number), Encapsulation.GENEVE
    flight.note(Encapsulate(device.name, key.number, key.remote, how))
    return _depart(buffer, device.local, key.remote, header)


def _into_ipip(flight: Flight, buffer: SocketBuffer, device: Ipip) -> Next:
    """To the next hop of the route, with the inner packet's TTL and DF (ip_tunnel_xmit with ``ttl inherit``)."""
    namespace, inner = buffer.namespace, buffer.packet
    remote = buffer.next_hop or inner.destination
    source = device.local or source_towards(namespace, remote)
    if source is None:
        reason = f"{device.name} of {namespace.name} has no route to the other end of the tunnel, {remote}"
        return flight.discard(buffer, Disposition.NO_ROUTE, reason)
    flight.note(Encapsulate(device.name, None, remote, Encapsulation.IPIP))
    outer = Packet(
        source, remote, Protocol.IPIP, IpInIp(), ttl=inner.ttl, dont_fragment=inner.dont_fragment,
        mark=inner.mark, inner=inner.marked(0),
    )  # fmt: skip
    return Departure(SocketBuffer(namespace, outer))


def _into_wireguard(flight: Flight, buffer: SocketBuffer, device: Wireguard) -> Next:
    """To the peer that may have the destination; without one the sender hears host unreachable (wg_xmit).

    The mark does not stay (wg_socket_send_skb_to_peer sets the device's own, which is none).
    """
    namespace, inner = buffer.namespace, buffer.packet
    peer = device.peer_for(inner.destination)
    if peer is None:
        reason = f"no peer of {device.name} on {namespace.name} has {inner.destination} among its allowed IPs"
        return flight.discard(buffer, Disposition.NO_ROUTE, reason, icmp_error(buffer, IcmpKind.HOST_UNREACHABLE))
    source = source_towards(namespace, peer.endpoint)
    if source is None:
        reason = f"{device.name} of {namespace.name} has no route to its peer {peer.endpoint}"
        return flight.discard(buffer, Disposition.NO_ROUTE, reason)
    flight.note(Encapsulate(device.name, None, peer.endpoint, Encapsulation.WIREGUARD))
    header = WireguardHeader(device.port, peer.endpoint_port, _padding(inner.length, device.mtu))
    outer = Packet(source, peer.endpoint, Protocol.UDP, header, inner=inner.marked(0))
    return Departure(SocketBuffer(namespace, outer))


def _out_of_datapath(flight: Flight, buffer: SocketBuffer, device: DatapathVxlan) -> Next:
    """To the peer that the flow names, with the TTL and DF that the flow sets (Weave's fastdp.go, SetTunnelAction)."""
    namespace, inner = buffer.namespace, buffer.packet
    peer = flight.world.links.peer_towards(device, inner.frame.destination)
    if peer is None or peer.vni is None:
        reason = f"{device.name} of {namespace.name} has no flow for {inner.frame.destination}"
        return flight.discard(buffer, Disposition.DROPPED, reason)
    flight.note(Encapsulate(device.name, peer.vni, peer.remote))
    header = VxlanHeader(_flow_port(inner), device.port, peer.vni)
    outer = Packet(
        device.local, peer.remote, Protocol.UDP, header, ttl=64, dont_fragment=True, mark=inner.mark,
        inner=inner.marked(0),
    )  # fmt: skip
    return Departure(SocketBuffer(namespace, outer))


def _padding(length: int, mtu: int) -> int:
    """Bytes that fill a packet up to a multiple of 16, but never beyond the MTU (calculate_skb_padding in send.c)."""
    last = length % mtu if length > mtu else length
    return min(mtu, (last + 15) // 16 * 16) - last


def _depart(buffer: SocketBuffer, local: IPAddress, remote: IPAddress, header: Transport) -> Departure:
    inner = buffer.packet
    outer = Packet(local, remote, Protocol.UDP, header, mark=inner.mark, inner=inner.marked(0))
    return Departure(SocketBuffer(buffer.namespace, outer))


def _flow_port(inner: Packet) -> int:
    """The outer source port: the same for all packets of a flow, spread over the local port range
    (udp_flow_src_port; the kernel's hash has a secret of its own, so the number cannot be the same)."""
    digest = sha256(f"{inner.source}{inner.destination}{inner.protocol}{inner.ports}".encode()).digest()
    return 32768 + int.from_bytes(digest[:4], "big") % (60999 - 32768 + 1)


def decapsulate(flight: Flight, buffer: SocketBuffer) -> Next:
    """Unwrap a packet that reached its outer destination: what was inside arrives on the tunnel device."""
    match buffer.packet.transport:
        case VxlanHeader(checksum=OuterChecksum.WRONG, destination_port=port):
            return _refuse_checksum(flight, buffer, port)
        case VxlanHeader(destination_port=port, vni=vni):
            return _from_vxlan(flight, buffer, port, vni)
        case GeneveHeader(destination_port=port, vni=vni):
            return _from_geneve(flight, buffer, port, vni)
        case WireguardHeader(destination_port=port):
            return _from_wireguard(flight, buffer, port)
        case IpInIp():
            return _from_ipip(flight, buffer)
        case other:
            raise TypeError(f"{type(other).__name__} carries no packet")


def _refuse_checksum(flight: Flight, buffer: SocketBuffer, port: int) -> End:
    """Nobody is told (csum_error of __udp4_lib_rcv in net/ipv4/udp.c); only a counter grows."""
    reason = f"bad UDP checksum of a packet to port {port}: {buffer.namespace.name} counts it in UdpInCsumErrors"
    return flight.discard(buffer, Disposition.DROPPED, reason)


def _from_vxlan(flight: Flight, buffer: SocketBuffer, port: int, vni: int) -> Next:
    for interface in buffer.namespace.interfaces.values():
        if isinstance(interface, Vxlan) and interface.up and interface.takes(port, vni, buffer.version):
            flight.note(Decapsulate(interface.name, vni))
            return _emerge(buffer, interface.name, TunnelKey(vni) if interface.external else None)
        if isinstance(interface, DatapathVxlan) and interface.up and interface.port == port:
            flight.note(Decapsulate(interface.name, vni))
            return _emerge(buffer, interface.name)
    return _nobody(flight, buffer, f"VXLAN device with VNI {vni} on UDP port {port}")


def _from_geneve(flight: Flight, buffer: SocketBuffer, port: int, vni: int) -> Next:
    for interface in buffer.namespace.interfaces.values():
        if isinstance(interface, Geneve) and interface.up and interface.port == port:
            flight.note(Decapsulate(interface.name, vni, Encapsulation.GENEVE))
            return _emerge(buffer, interface.name, TunnelKey(vni))
    return _nobody(flight, buffer, f"Geneve device on UDP port {port}")


def _from_ipip(flight: Flight, buffer: SocketBuffer) -> Next:
    """``tunl0`` takes what no other tunnel does (ip_tunnel_lookup); without one, tunnel4_rcv says port unreachable."""
    for interface in buffer.namespace.interfaces.values():
        if isinstance(interface, Ipip) and interface.up and interface.local in (None, buffer.packet.destination):
            flight.note(Decapsulate(interface.name, None, Encapsulation.IPIP))
            return _emerge(buffer, interface.name)
    return _nobody(flight, buffer, "IP-in-IP device")


def _from_wireguard(flight: Flight, buffer: SocketBuffer, port: int) -> Next:
    """The peer is known by its keys, for which its endpoint stands here; the source of the inner packet must be one
    that it is allowed (wg_packet_consume_data_done)."""
    namespace, packet = buffer.namespace, buffer.packet
    assert packet.inner is not None
    for interface in namespace.interfaces.values():
        if not isinstance(interface, Wireguard) or not interface.up or interface.port != port:
            continue
        sender = next((peer for peer in interface.peers if peer.endpoint == packet.source), None)
        if sender is None:
            reason = f"{interface.name} of {namespace.name} has no peer at {packet.source} and cannot decrypt"
            return flight.discard(buffer, Disposition.DROPPED, reason)
        if interface.peer_for(packet.inner.source) is not sender:
            reason = f"{packet.inner.source} is not among the allowed IPs of {packet.source} on {interface.name}"
            return flight.discard(buffer, Disposition.DROPPED, reason)
        flight.note(Decapsulate(interface.name, None, Encapsulation.WIREGUARD))
        return _emerge(buffer, interface.name)
    return _nobody(flight, buffer, f"WireGuard device on UDP port {port}")


def _emerge(buffer: SocketBuffer, device: str, key: TunnelKey | None = None) -> Arrival:
    assert buffer.packet.inner is not None
    return Arrival(buffer.namespace, device, buffer.packet.inner, tunnel=key)


def _nobody(flight: Flight, buffer: SocketBuffer, what: str) -> End:
    reason = f"{buffer.namespace.name} has no {what}"
    return flight.discard(buffer, Disposition.NO_LISTENER, reason, icmp_error(buffer, IcmpKind.PORT_UNREACHABLE))
