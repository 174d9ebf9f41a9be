"""Network devices of one namespace, named and typed as ``ip link`` does."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Interface, IPv4Network, IPv6Interface, IPv6Network
from typing import ClassVar

from netsim.packet import IPAddress

InterfaceAddress = IPv4Interface | IPv6Interface


@dataclass(frozen=True, slots=True, kw_only=True)
class Interface:
    """What every device has. ``master`` names the bridge that the device is a port of.

    A device without ``has_link_layer`` (IFF_NOARP, no header) takes IP packets as they are and asks for no neighbor.
    """

    has_link_layer: ClassVar[bool] = True

    name: str
    mac: str
    mtu: int = 1500
    addresses: tuple[InterfaceAddress, ...] = ()
    up: bool = True
    master: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Loopback(Interface):
    """``lo``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dummy(Interface):
    """A device without a link, to hang addresses on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Veth(Interface):
    """One end of a cable. ``hairpin`` is the bridge port flag ``bridge link set dev X hairpin on``.

    Without ``arp`` (``ip link set X arp off``, IFF_NOARP) every neighbor has the device's own address
    (arp_constructor in net/ipv4/arp.c).
    """

    peer_namespace: str
    peer_name: str
    hairpin: bool = False
    arp: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Bridge(Interface):
    """A bridge device; its ports are the interfaces whose ``master`` it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vxlan(Interface):
    """A VXLAN tunnel endpoint with static forwarding (``nolearning``), as flannel makes it.

    ``local`` is the outer source address; the outer device is found by routing. ``external``: whoever sends the
    packet here says to whom and with which VNI (``ip link add … type vxlan external``), and any VNI is taken.
    ``spoils_checksums``: tx-checksum-ip-generic is on (``ethtool -k``) and the kernel is older than 5.7, whose NAT
    gives the outer packet, which has no UDP checksum, a wrong one (``udp_manip_pkt`` in net/netfilter/nf_nat_proto.c).
    """

    vni: int
    port: int
    local: IPAddress
    underlying: str
    external: bool = False
    spoils_checksums: bool = False

    def takes(self, port: int, vni: int, version: int) -> bool:
        """Whether a packet that arrives on a UDP port over this IP version with this VNI is the device's; a socket is
        of one family, and only a device that goes by metadata has two (vxlan_find_sock in vxlan_core.c)."""
        return port == self.port and (self.external or (vni, version) == (self.vni, self.local.version))


@dataclass(frozen=True, slots=True, kw_only=True)
class Geneve(Interface):
    """A Geneve device that encapsulates by metadata (``ip link add … type geneve external``), as Cilium makes it."""

    local: IPAddress
    port: int = 6081


@dataclass(frozen=True, slots=True, kw_only=True)
class Ipip(Interface):
    """An IP-in-IP device that sends each packet to the next hop of its route, as the kernel's own ``tunl0`` does.

    The outer header takes TTL and DF from the inner one (``ttl inherit``, ``nopmtudisc``; net/ipv4/ip_tunnel.c). Its
    hardware address is an IP address; ``mac`` is unused.
    """

    has_link_layer: ClassVar[bool] = False
    local: IPAddress | None = None


@dataclass(frozen=True, slots=True)
class WireguardPeer:
    """Another end of a WireGuard device: packets to ``allowed_ips`` go to ``endpoint``, and only packets from
    ``allowed_ips`` are taken from it."""

    public_key: str
    endpoint: IPAddress
    endpoint_port: int
    allowed_ips: tuple[IPv4Network | IPv6Network, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wireguard(Interface):
    """A WireGuard device; ``port`` is its ListenPort. It has no hardware address; ``mac`` is unused."""

    has_link_layer: ClassVar[bool] = False
    port: int
    peers: tuple[WireguardPeer, ...] = ()

    def peer_for(self, address: IPAddress) -> WireguardPeer | None:
        """The peer with the longest allowed range that holds ``address`` (drivers/net/wireguard/allowedips.c)."""
        found: tuple[int, WireguardPeer] | None = None
        for peer in self.peers:
            for network in peer.allowed_ips:
                if address in network and (found is None or network.prefixlen > found[0]):
                    found = network.prefixlen, peer
        return None if found is None else found[1]


@dataclass(frozen=True, slots=True)
class OverlayPeer:
    """Another machine of an overlay that carries frames: ``remote`` is where it is, ``vni`` the tunnel's number if
    it has one, ``stations`` what is behind it, as (namespace, device, MAC address)."""

    namespace: str
    remote: IPAddress
    vni: int | None
    stations: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Datapath(Bridge):
    """An Open vSwitch datapath: it switches by MAC address, and its frames do not see the IP hooks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DatapathVxlan(Interface):
    """The VXLAN port of a datapath. Its flows say to which peer a frame goes, with TTL 64 and DF set."""

    port: int
    local: IPAddress
    peers: tuple[OverlayPeer, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CapturedVeth(Veth):
    """A cable's end from which a router process reads all frames (pcap), and to which it writes those of its peers;
    between the machines they are payload of UDP datagrams of the process."""

    port: int
    local: IPAddress
    peers: tuple[OverlayPeer, ...] = ()
