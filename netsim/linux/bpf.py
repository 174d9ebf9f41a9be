"""eBPF programs on the devices of a namespace and on its processes' ``connect()``, and what they may decide.

A program on a device sees a packet before the network stack does (ingress, net/core/dev.c sch_handle_ingress)
or after it (egress, sch_handle_egress); one on a cgroup sees a system call before there is any packet
(``BPF_CGROUP_INET4_CONNECT``, kernel/bpf/cgroup.c). Here a program is a Python object whose maps are its fields.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol as StructuralType

from netsim.linux.conntrack import Connection, ConntrackTable, Direction
from netsim.linux.netfilter import ConnectionState
from netsim.linux.routing import Route
from netsim.packet import IPAddress, Packet, Protocol

ProgramMap = dict[Hashable, object]
"""A hash map that the programs of one machine share and that outlives a packet; empty at first."""


class AttachPoint(StrEnum):
    """Which way packets pass the device when the program sees them, as ``bpftool net`` names it."""

    INGRESS = "tcx/ingress"
    EGRESS = "tcx/egress"


@dataclass(frozen=True, slots=True)
class TunnelKey:
    """Where a device that encapsulates by metadata (``external``) sends a packet, or whence it got one
    (``struct bpf_tunnel_key``); ``number`` is the VNI. ``remote`` is None for a packet that arrived."""

    number: int
    remote: IPAddress | None = None


@dataclass(frozen=True, slots=True)
class Pass:
    """``TCX_NEXT``: on to the next program and then the stack, with ``packet`` as it is now."""

    packet: Packet
    text: str


@dataclass(frozen=True, slots=True)
class Shot:
    """``TCX_DROP``: the packet ends here, and its sender hears nothing."""

    reason: str


@dataclass(frozen=True, slots=True)
class Refuse:
    """The program turns the packet into an ICMP port unreachable to its sender and sends that back."""

    reason: str


@dataclass(frozen=True, slots=True)
class Redirect:
    """``bpf_redirect``: out of ``device`` at once, past the stack and its netfilter hooks.

    ``next_hop`` lets the kernel find the MAC address (``bpf_redirect_neigh``), else the packet is framed already;
    ``tunnel`` is for a device that encapsulates by metadata.
    """

    device: str
    packet: Packet
    text: str
    next_hop: IPAddress | None = None
    tunnel: TunnelKey | None = None


DeviceVerdict = Pass | Shot | Refuse | Redirect


@dataclass(slots=True)
class PacketContext:
    """What a program on a device can see.

    ``connection``, ``direction`` and ``state`` are what ``connections``, the table that the programs of a namespace
    share, knows of the packet; netfilter's table is another one. A new connection, whose reply tuple a program may
    have changed, is entered as soon as a program lets the packet go on. ``decide`` answers a random choice of the
    given probability, ``port`` one from a range of ports for a purpose, ``fib_lookup`` asks the routing tables, and
    ``kept`` is the machine's map.
    """

    packet: Packet
    device: str
    connections: ConntrackTable
    connection: Connection | None
    direction: Direction
    state: ConnectionState
    decide: Callable[[float], bool]
    port: Callable[[str, int, int], int]
    fib_lookup: Callable[[IPAddress], Route | None]
    kept: ProgramMap
    tunnel: TunnelKey | None = None


class DeviceProgram(StructuralType):
    """A program on a device; ``name`` is that of its section, such as ``cil_from_container``."""

    @property
    def name(self) -> str: ...

    def run(self, context: PacketContext) -> DeviceVerdict: ...


@dataclass(frozen=True, slots=True)
class Proceed:
    """``SYS_PROCEED``: the call goes on, perhaps to another destination than the process asked for."""

    destination: IPAddress
    port: int | None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Reject:
    """``SYS_REJECT`` with the error EHOSTUNREACH (``bpf_set_retval``): the system call fails, there is no packet."""

    reason: str


@dataclass(frozen=True, slots=True)
class ConnectCall:
    """``struct bpf_sock_addr``: where a process wants to connect, or to send a datagram. ``client`` is the name of its
    network namespace (the kernel gives a cookie), ``kept`` the machine's map."""

    destination: IPAddress
    port: int | None
    protocol: Protocol
    client: str
    is_local: Callable[[IPAddress], bool]
    decide: Callable[[float], bool]
    kept: ProgramMap


class SocketProgram(StructuralType):
    """A program on the cgroup of a namespace's processes."""

    @property
    def name(self) -> str: ...

    def run(self, call: ConnectCall) -> Proceed | Reject: ...


@dataclass(slots=True)
class Programs:
    """What is loaded in one namespace, in the order in which it runs."""

    on_devices: dict[tuple[str, AttachPoint], list[DeviceProgram]] = field(default_factory=dict)
    on_connect: list[SocketProgram] = field(default_factory=list)

    def attach(self, device: str, point: AttachPoint, program: DeviceProgram, *, first: bool = False) -> None:
        """Load a program; ``first`` puts it before those that are there (``BPF_F_BEFORE``)."""
        chain = self.on_devices.setdefault((device, point), [])
        chain.insert(0 if first else len(chain), program)

    def at(self, device: str, point: AttachPoint) -> list[DeviceProgram]:
        return self.on_devices.get((device, point), [])
