"""The state of a packet under way, shared by the stages that handle it.

Each stage returns what comes next: an ``Arrival`` at a device, a ``Departure`` of a packet that the kernel itself
made, or the ``End``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from netsim.choices import Choices
from netsim.forwarding.memory import Memory
from netsim.linux.bpf import TunnelKey
from netsim.linux.conntrack import Connection, ConntrackTable, Direction, FlowTuple, flow_tuple
from netsim.linux.ipvs import BalancedConnection
from netsim.linux.namespace import NetworkNamespace, Socket
from netsim.linux.netfilter import ConnectionState
from netsim.network import LinkLayer, Network
from netsim.packet import IPAddress, Packet
from netsim.trace import ClientSees, Discard, Disposition, Hop, Point, Step


@dataclass(slots=True)
class World:
    """What the packets of one exchange share: the network, the client's socket, and what kernels remember.

    ``connected`` is the connection as the client's socket knows it, once it takes packets of that one only; ``closed``
    the connection as its server knew it, once a reset ended it there. ``simultaneous``: the packet is sent at the same
    time as one like it, so that no kernel has entered that one's connection when it comes.
    """

    network: Network
    links: LinkLayer
    choices: Choices
    client: Socket
    client_namespace: str
    memory: Memory = field(default_factory=Memory)
    connected: FlowTuple | None = None
    closed: FlowTuple | None = None
    simultaneous: bool = False

    def conntrack(self, namespace: NetworkNamespace) -> ConntrackTable:
        """The connections that a namespace tracks."""
        return self.memory.connections(namespace)

    def socket_for(self, namespace: NetworkNamespace, packet: Packet) -> Socket | None:
        """Whoever waits for this packet: the client for its answer, else a listener."""
        assert packet.ports is not None
        protocol, port = packet.protocol, packet.ports[1]
        if namespace.name == self.client_namespace and (self.client.protocol, self.client.port) == (protocol, port):
            return self.client if self.connected in (None, flow_tuple(packet).mirrored) else None
        if self.closed is not None and flow_tuple(packet) == self.closed:
            return None
        return namespace.listener(protocol, packet.destination, port)


@dataclass(slots=True)
class SocketBuffer:
    """The kernel's sk_buff: a packet inside one namespace, with what the stack noted about it.

    ``next_hop`` is set once the packet is routed; ``bridge`` names the bridge whose netfilter hooks already saw it;
    ``balanced`` is the connection that IPVS translated it for (``ipvs_property``); ``uid`` is the user of the socket
    that sent it. ``largest_fragment`` is the length of the longest piece in which the packet came, 0 for a whole one;
    ``ignore_df`` lets the sender's own kernel cut it. ``bridge_port`` is where br_netfilter saw the frame come in, and
    ``straight_out`` the device by which a frame that is ready leaves.
    """

    namespace: NetworkNamespace
    packet: Packet
    connection: Connection | None = None
    direction: Direction = Direction.ORIGINAL
    state: ConnectionState | None = None
    in_interface: str | None = None
    next_hop: IPAddress | None = None
    bridge: str | None = None
    balanced: BalancedConnection | None = None
    largest_fragment: int = 0
    ignore_df: bool = False
    bridge_port: str | None = None
    straight_out: str | None = None
    uid: int | None = None

    @property
    def version(self) -> int:
        return self.packet.version


class Arrival(NamedTuple):
    """A frame reaches a device; on loopback it keeps the connection that it belongs to.

    ``tunnel`` is what a device that encapsulates by metadata read from the outer headers.
    """

    namespace: NetworkNamespace
    interface: str
    packet: Packet
    looped: SocketBuffer | None = None
    tunnel: TunnelKey | None = None


@dataclass(frozen=True, slots=True)
class End:
    """The packet's way is over. ``answer`` is what the namespace ``at`` sends because of it, if anything; ``error`` is
    how the sender's system call fails where the packet did not even leave its stack."""

    disposition: Disposition
    reason: str
    at: NetworkNamespace
    answer: SocketBuffer | None = None
    delivered: Packet | None = None
    error: ClientSees | None = None


class Departure(NamedTuple):
    """A packet that the namespace sends of its own accord: from a socket, or a tunnel's outer packet."""

    buffer: SocketBuffer


Next = Arrival | Departure | End


class Flight:
    """One packet's way: collects the hops and the steps between them."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.hops: list[Hop] = []

    def tap(self, namespace: NetworkNamespace, interface: str | None, direction: Point, packet: Packet) -> None:
        """A packet capture would see the packet here; later steps belong to this hop."""
        self.hops.append(Hop(namespace.name, namespace.node, interface, direction, packet, []))

    def note(self, step: Step) -> None:
        self.hops[-1].steps.append(step)

    def discard(
        self,
        buffer: SocketBuffer,
        disposition: Disposition,
        reason: str,
        answer: SocketBuffer | None = None,
        error: ClientSees | None = None,
    ) -> End:
        """End the packet here and note why."""
        self.note(Discard(disposition, reason))
        return End(disposition, reason, buffer.namespace, answer, error=error)
