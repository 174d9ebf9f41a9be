"""One packet's way, hop by hop, and the exchange that a request and its answer make."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from netsim.packet import Packet
from netsim.trace.outcomes import ClientSees, Disposition
from netsim.trace.steps import RulesHit, Step


class Point(StrEnum):
    """Where a hop looks at the packet: as a process hands it over, or on a device, entering or leaving."""

    LOCAL = "local"
    IN = "in"
    OUT = "out"


@dataclass(slots=True)
class Hop:
    """``interface`` None: the packet is still in the sender's stack, before any device."""

    namespace: str
    node: str | None
    interface: str | None
    direction: Point
    packet: Packet
    steps: list[Step]


@dataclass(frozen=True, slots=True)
class Trace:
    """One packet from its sender to its end."""

    hops: tuple[Hop, ...]
    disposition: Disposition
    reason: str

    @property
    def packet(self) -> Packet:
        """The packet as it was last seen."""
        return self.hops[-1].packet

    @property
    def rules_evaluated(self) -> int:
        """How many rules all kernels on the way compared the packet with: with kube-proxy's iptables mode this grows
        with the number of Services, with its nftables mode it does not."""
        return sum(step.evaluated for hop in self.hops for step in hop.steps if isinstance(step, RulesHit))


@dataclass(frozen=True, slots=True)
class Server:
    """Who took the request. ``kind`` is pod, node, router or external."""

    kind: str
    namespace: str | None
    name: str
    node: str | None


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request, what came back, and what the client makes of it.

    ``data`` is what follows a TCP handshake whose probe has a size, in order: each segment that the client sends, and
    what comes back for it.
    """

    request: Trace
    reply: Trace | None
    client_sees: ClientSees
    probability: float
    reason: str
    server: Server | None = None
    seen_by_server: Packet | None = None
    data: tuple[Trace, ...] = ()

    @property
    def verdict(self) -> Disposition:
        return self.request.disposition
