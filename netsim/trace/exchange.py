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
    """A point where a capture would see the packet, and what happened from there to the next one.

    ``namespace`` is the network namespace, ``node`` the machine that it is on, None outside the cluster. ``interface``
    None: the packet is still in the sender's stack, before any device. ``packet`` is as it was seen, before ``steps``.
    """

    namespace: str
    node: str | None
    interface: str | None
    direction: Point
    packet: Packet
    steps: list[Step]


@dataclass(frozen=True, slots=True)
class Trace:
    """One packet from its sender to its end; ``reason`` is a sentence that names the object which decided."""

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
    """Who took the request. ``kind`` is pod, node, router or external; ``namespace`` is that of a Pod in Kubernetes."""

    kind: str
    namespace: str | None
    name: str
    node: str | None


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request, what came back, and what the client makes of it.

    ``reply`` is None where nothing came back, not even an ICMP error. ``probability``, from 0 to 1, is that of the
    random choices on the way; ``reason`` is a sentence that names what decided. ``server`` and ``seen_by_server``, the
    packet as it got there, are None where nobody took the request. ``data`` is what follows a TCP handshake whose probe
    has a size, in order: each segment that the client sends, and what comes back for it.
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
