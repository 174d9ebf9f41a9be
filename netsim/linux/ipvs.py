"""IPVS, the kernel's layer-4 balancer: virtual servers, the real servers behind them, and the connections between.

Sources: net/netfilter/ipvs/ip_vs_ctl.c (services and destinations), ip_vs_conn.c (connections), ip_vs_rr.c.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from netsim.linux.conntrack import FlowTuple
from netsim.packet import IPAddress, Protocol, host_and_port

ROUND_ROBIN = "rr"


class VirtualAddress(NamedTuple):
    """What a virtual server is found by."""

    protocol: Protocol
    address: IPAddress
    port: int

    def __str__(self) -> str:
        return f"{self.protocol} {host_and_port(self.address, self.port)}"


class RealServer(NamedTuple):
    """A destination with the forwarding method Masq (NAT); ``weight`` 0 takes no new connections."""

    address: IPAddress
    port: int
    weight: int = 1

    def __str__(self) -> str:
        return host_and_port(self.address, self.port)


@dataclass(slots=True)
class VirtualServer:
    """A service of IPVS; ``persistent`` is for how many seconds a client keeps its real server, None for not at all."""

    virtual: VirtualAddress
    servers: tuple[RealServer, ...] = ()
    persistent: int | None = None
    scheduler: str = ROUND_ROBIN


class Ipvs:
    """The virtual servers of one namespace."""

    def __init__(self) -> None:
        self._services: dict[VirtualAddress, VirtualServer] = {}

    def add(self, service: VirtualServer) -> None:
        """Add a virtual server, or put it in the place of the one with the same address."""
        self._services[service.virtual] = service

    def remove(self, virtual: VirtualAddress) -> None:
        """``ipvsadm -D``; KeyError when there is none."""
        del self._services[virtual]

    def clear(self) -> None:
        """``ipvsadm -C``"""
        self._services.clear()

    def find(self, protocol: Protocol, address: IPAddress, port: int) -> VirtualServer | None:
        return self._services.get(VirtualAddress(protocol, address, port))

    def __iter__(self) -> Iterator[VirtualServer]:
        return iter(self._services.values())

    def __len__(self) -> int:
        return len(self._services)


@dataclass(frozen=True, slots=True)
class BalancedConnection:
    """One connection: what the client sends to the virtual server, and the real server that it goes to."""

    request: FlowTuple
    server: RealServer

    @property
    def virtual(self) -> VirtualAddress:
        return VirtualAddress(self.request.protocol, self.request.destination, self.request.destination_port)

    @property
    def answer(self) -> FlowTuple:
        """What the real server's packets look like."""
        request = self.request
        return FlowTuple(
            self.server.address, self.server.port, request.source, request.source_port, request.protocol
        )  # fmt: skip


@dataclass(slots=True)
class BalancerMemory:
    """What one namespace's IPVS remembers: connections, each virtual server's last pick, and persistent clients."""

    by_request: dict[FlowTuple, BalancedConnection] = field(default_factory=dict)
    by_answer: dict[FlowTuple, BalancedConnection] = field(default_factory=dict)
    last_picked: dict[VirtualAddress, RealServer] = field(default_factory=dict)
    persistent: dict[tuple[VirtualAddress, IPAddress], RealServer] = field(default_factory=dict)

    def enter(self, connection: BalancedConnection) -> None:
        self.by_request[connection.request] = connection
        self.by_answer[connection.answer] = connection

    def forget(self, connection: BalancedConnection) -> None:
        self.by_request.pop(connection.request, None)
        self.by_answer.pop(connection.answer, None)
