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


class Protocol(StrEnum):
    """The IP protocols that the simulated kernel knows, by the name that ``iptables -p`` uses."""

    TCP = "tcp"
    UDP = "udp"
    SCTP = "sctp"
    ICMP = "icmp"
    ICMPV6 = "ipv6-icmp"


class Ethernet(NamedTuple):
    """Link-layer addresses, lower-case and colon-separated."""

    source: str
    destination: str


class TcpFlags(StrEnum):
    """The segments that open, refuse or accept a connection."""

    SYN = "SYN"
    SYN_ACK = "SYN,ACK"
    RST_ACK = "RST,ACK"


@dataclass(frozen=True, slots=True)
class Tcp:
    source_port: int
    destination_port: int
    flags: TcpFlags = TcpFlags.SYN

    @property
    def length(self) -> int:
        """40 for segments that carry Linux's options (MSS, SACK, timestamps, window scale), 20 for a reset."""
        return 20 if self.flags is TcpFlags.RST_ACK else 40

    def with_ports(self, source_port: int, destination_port: int) -> Tcp:
        return Tcp(source_port, destination_port, self.flags)


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
    """An echo with its identifier, or an error that quotes the packet that caused it."""

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


@dataclass(frozen=True, slots=True)
class Vxlan:
    """UDP to a VXLAN port with the VXLAN header behind it (RFC 7348); the frame inside is ``Packet.inner``."""

    source_port: int
    destination_port: int
    vni: int

    length = 8 + VXLAN_HEADER

    def with_ports(self, source_port: int, destination_port: int) -> Vxlan:
        return Vxlan(source_port, destination_port, self.vni)


Transport = Tcp | Udp | Sctp | Icmp | Vxlan


@dataclass(frozen=True, slots=True)
class Packet:
    """One IP packet, with its frame header once it has one.

    ``payload`` is the application's bytes; ``inner`` the encapsulated frame, if any; ``mark`` is ``skb->mark``,
    which belongs to the kernel and never travels between machines.
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

    @property
    def version(self) -> int:
        return self.source.version

    @property
    def length(self) -> int:
        """Bytes of the IP packet, its header included."""
        carried = self.payload if self.inner is None else ETHERNET_HEADER + self.inner.length
        return (20 if self.source.version == 4 else 40) + self.transport.length + carried

    @property
    def frame(self) -> Ethernet:
        """The frame header; ValueError before the packet has one."""
        if self.ethernet is None:
            raise ValueError("the packet is not in a frame yet")
        return self.ethernet

    @property
    def ports(self) -> tuple[int, int] | None:
        """(source, destination) port; None for ICMP."""
        transport = self.transport
        if isinstance(transport, Icmp):
            return None
        return transport.source_port, transport.destination_port

    def framed(self, source: str, destination: str) -> Packet:
        """The same packet in a frame from one MAC address to another."""
        return self._copy(ethernet=Ethernet(source, destination))

    def marked(self, mark: int) -> Packet:
        return self._copy(mark=mark)

    def with_ttl(self, ttl: int) -> Packet:
        return self._copy(ttl=ttl)

    def not_to_fragment(self) -> Packet:
        """The packet with DF set."""
        return Packet(
            self.source, self.destination, self.protocol, self.transport, self.ttl, True,
            self.payload, self.mark, self.ethernet, self.inner,
        )  # fmt: skip

    def with_endpoints(
        self, source: IPAddress, source_port: int, destination: IPAddress, destination_port: int
    ) -> Packet:
        """The packet with other addresses and, unless it is ICMP, other ports; an echo takes ``source_port`` as
        its identifier."""
        transport = self.transport
        changed: Transport
        if isinstance(transport, Icmp):
            changed = transport if transport.is_error else Icmp(transport.kind, source_port)
        else:
            changed = transport.with_ports(source_port, destination_port)
        return Packet(
            source, destination, self.protocol, changed, self.ttl, self.dont_fragment,
            self.payload, self.mark, self.ethernet, self.inner,
        )  # fmt: skip

    def quoting(self, quoted: Packet) -> Packet:
        """An ICMP error that quotes ``quoted`` instead; TypeError for any other packet."""
        if not isinstance(self.transport, Icmp):
            raise TypeError(f"only an ICMP error quotes a packet, this is {self.protocol}")
        transport = Icmp(self.transport.kind, self.transport.identifier, quoted, self.transport.mtu)
        return Packet(
            self.source, self.destination, self.protocol, transport, self.ttl, self.dont_fragment,
            self.payload, self.mark, self.ethernet, self.inner,
        )  # fmt: skip

    def _copy(self, *, ttl: int | None = None, mark: int | None = None, ethernet: Ethernet | None = None) -> Packet:
        return Packet(
            self.source, self.destination, self.protocol, self.transport,
            self.ttl if ttl is None else ttl, self.dont_fragment, self.payload,
            self.mark if mark is None else mark, ethernet or self.ethernet, self.inner,
        )  # fmt: skip


def parse_protocol(text: str) -> Protocol:
    """``tcp``, ``UDP``, ``icmp`` … as a Protocol; ValueError names what is allowed."""
    try:
        return Protocol(text.lower())
    except ValueError:
        raise ValueError(f"{text!r} is not a protocol; use tcp, udp, sctp or icmp") from None
