"""Where rules run, and what they can see of a packet there."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from netsim.linux.routing import Route
from netsim.packet import IPAddress, Packet, Protocol


class Hook(StrEnum):
    PREROUTING = "PREROUTING"
    INPUT = "INPUT"
    FORWARD = "FORWARD"
    OUTPUT = "OUTPUT"
    POSTROUTING = "POSTROUTING"


class Priority:
    """Where the kernel's own users and iptables' tables sit at a hook; lower runs first."""

    RAW = -300
    CONNTRACK = -200
    MANGLE = -150
    DSTNAT = -100
    FILTER = 0
    SECURITY = 50
    SRCNAT = 100


class ConnectionState(StrEnum):
    """What ``-m conntrack --ctstate`` can ask for."""

    NEW = "NEW"
    ESTABLISHED = "ESTABLISHED"
    RELATED = "RELATED"
    INVALID = "INVALID"
    UNTRACKED = "UNTRACKED"
    DNAT = "DNAT"
    SNAT = "SNAT"


class RuleContext:
    """What the rules of one base chain can see of a packet; ``mark``, ``connection_mark`` and ``untracked`` are what
    they may change.

    ``decide`` answers a random match of the given probability; ``is_local`` says whether this namespace owns an
    address; ``remembered`` holds the addresses, as integers, that rules have put into the lists of this namespace;
    ``bridged``: br_netfilter brought the packet here; ``virtual_server`` is the one that IPVS translated it for, as
    (protocol, address, port); ``lookup`` is the routing decision on (destination, source, mark), ``device_of`` the
    device that has an address; ``uid`` is the user whose process sent the packet, None for any other packet.
    """

    __slots__ = (
        "bridged", "connection_mark", "decide", "destination", "destination_port", "device_of", "in_interface",
        "is_local", "lookup", "mark", "out_interface", "packet", "protocol", "remembered", "source", "source_port",
        "states", "uid", "untracked", "virtual_server",
    )  # fmt: skip

    def __init__(
        self,
        packet: Packet,
        *,
        in_interface: str | None,
        out_interface: str | None,
        states: frozenset[ConnectionState],
        is_local: Callable[[IPAddress], bool],
        decide: Callable[[float], bool],
        remembered: dict[str, set[int]] | None = None,
        bridged: bool = False,
        connection_mark: int = 0,
        uid: int | None = None,
        virtual_server: tuple[Protocol, IPAddress, int] | None = None,
        lookup: Callable[[IPAddress, IPAddress, int], Route | None] = lambda destination, source, mark: None,
        device_of: Callable[[IPAddress], str | None] = lambda address: None,
    ) -> None:
        self.packet = packet
        self.source = int(packet.source)
        self.destination = int(packet.destination)
        self.protocol = packet.protocol
        ports = packet.ports
        self.source_port = ports[0] if ports else None
        self.destination_port = ports[1] if ports else None
        self.in_interface = in_interface
        self.out_interface = out_interface
        self.mark = packet.mark
        self.states = states
        self.is_local = is_local
        self.decide = decide
        self.remembered = {} if remembered is None else remembered
        self.bridged = bridged
        self.connection_mark = connection_mark
        self.uid = uid
        self.virtual_server = virtual_server
        self.lookup = lookup
        self.device_of = device_of
        self.untracked = False
