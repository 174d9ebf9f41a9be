"""A packet as it is seen on one interface: headers, what they encapsulate, and the kernel's mark.

Values are frozen; every change makes a new packet, so a trace can keep each one that it saw.
Lengths are bytes as on the wire, without the Ethernet frame check sequence.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address
from typing import NamedTuple

IPAddress = IPv4Address | IPv6Address

ETHERNET_HEADER = 14
VXLAN_HEADER = 8
GENEVE_HEADER = 8
WIREGUARD_DATA = 32
"""Type, receiver and counter (16 bytes) and Poly1305's tag (16 bytes) of a data message (drivers/net/wireguard)."""
SLEEVE_HEADERS = 6 + 14
"""The sending peer's name once a datagram, two peers' names and a length before each frame (Weave's sleeve.go)."""


class Protocol(StrEnum):
    """The IP protocols that the simulated kernel knows, by the name that ``iptables -p`` uses.

    IPIP is protocol 4 (RFC 2003), which /etc/protocols calls ipencap.
    """

    TCP = "tcp"
    UDP = "udp"
    SCTP = "sctp"
    ICMP = "icmp"
    ICMPV6 = "ipv6-icmp"
    IPIP = "ipencap"


PROTOCOL_NUMBERS = {
    Protocol.ICMP: 1, Protocol.IPIP: 4, Protocol.TCP: 6, Protocol.UDP: 17, Protocol.ICMPV6: 58, Protocol.SCTP: 132,
}  # fmt: skip
"""As in every IP header (IANA's list of protocol numbers)."""


def is_multicast(address: IPAddress) -> bool:
    """Whether an address is a group's: 224.0.0.0/4 or ff00::/8."""
    return int(address) >> 28 == 0xE if address.version == 4 else int(address) >> 120 == 0xFF


def host_and_port(address: IPAddress, port: int) -> str:
    """``10.96.0.10:53``, and ``[fd00::a]:53`` for IPv6."""
    return f"[{address}]:{port}" if address.version == 6 else f"{address}:{port}"


class Ethernet(NamedTuple):
    """Link-layer addresses, lower-case and colon-separated."""

    source: str
    destination: str


class TcpFlags(StrEnum):
    """The segments that open, refuse or accept a connection, carry data, or acknowledge it."""

    SYN = "SYN"
    SYN_ACK = "SYN,ACK"
    RST_ACK = "RST,ACK"
    RST = "RST"
    PSH_ACK = "PSH,ACK"
    ACK = "ACK"


TCP_HEADER = 20
_TCP_LENGTHS = {TcpFlags.SYN: 40, TcpFlags.SYN_ACK: 40, TcpFlags.RST_ACK: 20, TcpFlags.RST: 20,
                TcpFlags.PSH_ACK: 32, TcpFlags.ACK: 32}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Tcp:
    """A TCP header. ``mss`` is the option of the first two segments: the most bytes of data, TCP options included,
    that the sender wants in one segment; 0 in other segments, and where it does not matter. ``out_of_window``: its
    sequence number lies beyond the window that the receiver offered last."""

    source_port: int
    destination_port: int
    flags: TcpFlags = TcpFlags.SYN
    mss: int = 0
    out_of_window: bool = False

    @property
    def length(self) -> int:
        """With Linux's options: 40 where a connection opens (MSS, SACK, timestamps, window scale), 32 with timestamps
        alone, 20 for a reset."""
        return _TCP_LENGTHS[self.flags]

    def with_ports(self, source_port: int, destination_port: int) -> Tcp:
        return Tcp(source_port, destination_port, self.flags, self.mss, self.out_of_window)


@dataclass(frozen=True, slots=True)
class Udp:
    source_port: int
    destination_port: int

    length = 8

    def with_ports(self, source_port: int, destination_port: int) -> Udp:
        return Udp(source_port, destination_port)


class SctpChunk(StrEnum):
    """The first chunk of an SCTP packet, as far as opening an association needs it."""

    INIT = "INIT"
    INIT_ACK = "INIT ACK"
    ABORT = "ABORT"


@dataclass(frozen=True, slots=True)
class Sctp:
    source_port: int
    destination_port: int
    chunk: SctpChunk = SctpChunk.INIT

    @property
    def length(self) -> int:
        return 16 if self.chunk is SctpChunk.ABORT else 32

    def with_ports(self, source_port: int, destination_port: int) -> Sctp:
        return Sctp(source_port, destination_port, self.chunk)


class IcmpKind(StrEnum):
    """ICMP messages by what they say; ``ICMP_NUMBERS`` has the type and code of each IP version."""

    ECHO_REQUEST = "echo request"
    ECHO_REPLY = "echo reply"
    NET_UNREACHABLE = "network unreachable"
    HOST_UNREACHABLE = "host unreachable"
    PORT_UNREACHABLE = "port unreachable"
    ADMIN_PROHIBITED = "administratively prohibited"
    FRAGMENTATION_NEEDED = "fragmentation needed"
    TIME_EXCEEDED = "time to live exceeded"


ICMP_NUMBERS: dict[IcmpKind, tuple[tuple[int, int], tuple[int, int]]] = {
    IcmpKind.ECHO_REQUEST: ((8, 0), (128, 0)),
    IcmpKind.ECHO_REPLY: ((0, 0), (129, 0)),
    IcmpKind.NET_UNREACHABLE: ((3, 0), (1, 0)),
    IcmpKind.HOST_UNREACHABLE: ((3, 1), (1, 3)),
    IcmpKind.PORT_UNREACHABLE: ((3, 3), (1, 4)),
    IcmpKind.ADMIN_PROHIBITED: ((3, 13), (1, 1)),
    IcmpKind.FRAGMENTATION_NEEDED: ((3, 4), (2, 0)),
    IcmpKind.TIME_EXCEEDED: ((11, 0), (3, 0)),
}
"""(ICMPv4, ICMPv6) type and code of each message (RFC 792, RFC 1812, RFC 4443)."""


@dataclass(frozen=True, slots=True)
class Icmp:
    """An echo with its identifier, or an error that quotes the packet that caused it; ``mtu``, in bytes, is what
    "fragmentation needed" and "packet too big" tell."""

    kind: IcmpKind
    identifier: int = 0
    quoted: Packet | None = None
    mtu: int | None = None

    length = 8

    @property
    def is_error(self) -> bool:
        return self.quoted is not None

    def numbers(self, version: int) -> tuple[int, int]:
        """(type, code) in ICMP for IP ``version`` 4 or 6."""
        return ICMP_NUMBERS[self.kind][0 if version == 4 else 1]


class OuterChecksum(StrEnum):
    """The UDP checksum of a tunnel's packet. OFFLOADED has none either, but a kernel that translates the packet will
    take the checksum of the packet inside, which the device is to compute, for the outer one (``udp_manip_pkt``)."""

    NONE = "none"
    OFFLOADED = "offloaded"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Vxlan:
    """UDP to a VXLAN port with the VXLAN header behind it (RFC 7348); the frame inside is ``Packet.inner``."""

    source_port: int
    destination_port: int
    vni: int
    checksum: OuterChecksum = OuterChecksum.NONE

    length = 8 + VXLAN_HEADER

    def with_ports(self, source_port: int, destination_port: int) -> Vxlan:
        spoiled = self.checksum is OuterChecksum.OFFLOADED
        checksum = OuterChecksum.WRONG if spoiled else self.checksum
        return Vxlan(source_port, destination_port, self.vni, checksum)


@dataclass(frozen=True, slots=True)
class Geneve:
    """UDP to a Geneve port with the header behind it (RFC 8926), and ``options`` bytes of options."""

    source_port: int
    destination_port: int
    vni: int
    options: int = 0

    @property
    def length(self) -> int:
        return 8 + GENEVE_HEADER + self.options

    def with_ports(self, source_port: int, destination_port: int) -> Geneve:
        return Geneve(source_port, destination_port, self.vni, self.options)


@dataclass(frozen=True, slots=True)
class Wireguard:
    """UDP with a WireGuard data message: ``Packet.inner`` is encrypted, with ``padding`` bytes behind it, so that on
    the wire only its length can be seen."""

    source_port: int
    destination_port: int
    padding: int = 0

    @property
    def length(self) -> int:
        return 8 + WIREGUARD_DATA + self.padding

    def with_ports(self, source_port: int, destination_port: int) -> Wireguard:
        return Wireguard(source_port, destination_port, self.padding)


@dataclass(frozen=True, slots=True)
class Sleeve:
    """UDP from one Weave router process to another, without encryption; the frame inside is ``Packet.inner``."""

    source_port: int
    destination_port: int

    length = 8 + SLEEVE_HEADERS

    def with_ports(self, source_port: int, destination_port: int) -> Sleeve:
        return Sleeve(source_port, destination_port)


@dataclass(frozen=True, slots=True)
class IpInIp:
    """Nothing stands between the two IP headers of protocol 4 (RFC 2003); the packet inside is ``Packet.inner``."""

    length = 0


Transport = Tcp | Udp | Sctp | Icmp | Vxlan | Geneve | Wireguard | Sleeve | IpInIp
_WITHOUT_PORTS = (Icmp, IpInIp)


@dataclass(frozen=True, slots=True)
class Packet:
    """One IP packet, with its frame header once it has one.

    ``ttl`` is the hop limit in IPv6. ``payload`` counts the application's bytes; ``inner`` is what is encapsulated, if
    anything, with a frame header where the tunnel carries frames; ``mark`` is ``skb->mark``, which belongs to the
    kernel and never travels between machines. ``fragments`` are the lengths of the IP packets in which it is on the
    wire, () where it is whole.
    """

    source: IPAddress
    destination: IPAddress
    protocol: Protocol
    transport: Transport
    ttl: int = 64
    dont_fragment: bool = False
    payload: int = 0
    mark: int = 0
    ethernet: Ethernet | None = None
    inner: Packet | None = None
    fragments: tuple[int, ...] = ()

    @property
    def version(self) -> int:
        return self.source.version

    @property
    def length(self) -> int:
        """Bytes of the whole IP packet, its header included."""
        inner = self.inner
        if inner is None:
            carried = self.payload
        else:
            carried = inner.length if inner.ethernet is None else ETHERNET_HEADER + inner.length
        return (20 if self.source.version == 4 else 40) + self.transport.length + carried

    @property
    def pieces(self) -> tuple[int, ...]:
        """The lengths of the IP packets that are really on the wire: each fragment in a tunnel gets headers of its
        own."""
        if self.fragments:
            return self.fragments
        if self.inner is None or not self.inner.fragments:
            return (self.length,)
        around = self.length - self.inner.length
        return tuple(around + piece for piece in self.inner.fragments)

    @property
    def frame(self) -> Ethernet:
        """The frame header; ValueError before the packet has one."""
        if self.ethernet is None:
            raise ValueError("the packet is not in a frame yet")
        return self.ethernet

    @property
    def ports(self) -> tuple[int, int] | None:
        """(source, destination) port; None for ICMP and IP-in-IP."""
        transport = self.transport
        if isinstance(transport, _WITHOUT_PORTS):
            return None
        return transport.source_port, transport.destination_port

    def framed(self, source: str, destination: str) -> Packet:
        """The same packet in a frame from one MAC address to another."""
        return self._copy(ethernet=Ethernet(source, destination))

    def unframed(self) -> Packet:
        """The packet without a frame header, as on a device that has none."""
        return Packet(
            self.source, self.destination, self.protocol, self.transport, self.ttl, self.dont_fragment,
            self.payload, self.mark, None, self.inner, self.fragments,
        )  # fmt: skip

    def marked(self, mark: int) -> Packet:
        return self._copy(mark=mark)

    def with_ttl(self, ttl: int) -> Packet:
        return self._copy(ttl=ttl)

    def not_to_fragment(self) -> Packet:
        """The packet with DF set."""
        return Packet(
            self.source, self.destination, self.protocol, self.transport, self.ttl, True,
            self.payload, self.mark, self.ethernet, self.inner, self.fragments,
        )  # fmt: skip

    def in_fragments(self, lengths: tuple[int, ...]) -> Packet:
        """The packet in pieces of these lengths, or whole again for (); what has been cut has no DF."""
        return Packet(
            self.source, self.destination, self.protocol, self.transport, self.ttl, False,
            self.payload, self.mark, self.ethernet, self.inner, lengths,
        )  # fmt: skip

    def first_fragment(self) -> Packet:
        """The part of a packet in pieces that its first one carries, as a packet; a whole packet is its own."""
        if not self.fragments:
            return self
        header = 0 if self.version == 4 else 8
        payload = self.fragments[0] - header - (self.length - self.payload)
        return Packet(
            self.source, self.destination, self.protocol, self.transport, self.ttl, False, payload, self.mark,
            self.ethernet, self.inner,
        )  # fmt: skip

    def with_endpoints(
        self, source: IPAddress, source_port: int, destination: IPAddress, destination_port: int
    ) -> Packet:
        """The packet with other addresses and, where it has them, other ports; an echo takes ``source_port`` as
        its identifier."""
        transport = self.transport
        changed: Transport
        if isinstance(transport, Icmp):
            changed = transport if transport.is_error else Icmp(transport.kind, source_port)
        elif isinstance(transport, IpInIp):
            changed = transport
        else:
            changed = transport.with_ports(source_port, destination_port)
        return Packet(
            source, destination, self.protocol, changed, self.ttl, self.dont_fragment,
            self.payload, self.mark, self.ethernet, self.inner, self.fragments,
        )  # fmt: skip

    def quoting(self, quoted: Packet) -> Packet:
        """An ICMP error that quotes ``quoted`` instead; TypeError for any other packet."""
        if not isinstance(self.transport, Icmp):
            raise TypeError(f"only an ICMP error quotes a packet, this is {self.protocol}")
        transport = Icmp(self.transport.kind, self.transport.identifier, quoted, self.transport.mtu)
        return Packet(
            self.source, self.destination, self.protocol, transport, self.ttl, self.dont_fragment,
            self.payload, self.mark, self.ethernet, self.inner, self.fragments,
        )  # fmt: skip

    def _copy(self, *, ttl: int | None = None, mark: int | None = None, ethernet: Ethernet | None = None) -> Packet:
        return Packet(
            self.source, self.destination, self.protocol, self.transport,
            self.ttl if ttl is None else ttl, self.dont_fragment, self.payload,
            self.mark if mark is None else mark, ethernet or self.ethernet, self.inner, self.fragments,
        )  # fmt: skip


def parse_protocol(text: str) -> Protocol:
    """``tcp``, ``UDP``, ``icmp`` … as the protocol of a probe or socket; ValueError names what is allowed."""
    if text.lower() not in _ASKED_FOR:
        raise ValueError(f"{text!r} is not a protocol; use tcp, udp, sctp or icmp")
    return Protocol(text.lower())


HIGHEST_PORT = 65535


def parse_port(text: str) -> int:
    """A port from its decimal digits; ValueError for a number that no port has, and for other text."""
    if not (text.isascii() and text.isdecimal() and len(text) <= 5 and 1 <= int(text) <= HIGHEST_PORT):
        raise ValueError(f"{text if len(text) <= 20 else f'{text[:20]}…'} is not between 1 and {HIGHEST_PORT}")
    return int(text)


_ASKED_FOR = (Protocol.TCP, Protocol.UDP, Protocol.SCTP, Protocol.ICMP, Protocol.ICMPV6)
