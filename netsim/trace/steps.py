"""What a kernel did with a packet between two capture points: one class a kind of step, each with its evidence.

``kind`` names the class in JSON; ``text`` is one sentence.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from netsim.linux.bpf import AttachPoint
from netsim.linux.conntrack import Direction, FlowTuple
from netsim.linux.netfilter import Hook, RuleHit
from netsim.linux.routing import Route
from netsim.packet import IPAddress
from netsim.trace.outcomes import Disposition


@dataclass(frozen=True, slots=True)
class Originate:
    """A process, or the kernel itself, makes the packet."""

    by: str
    kind: ClassVar[str] = "originate"

    @property
    def text(self) -> str:
        return f"{self.by} sends the packet"


@dataclass(frozen=True, slots=True)
class RouteLookup:
    """The routing decision on ``destination``. No route found: ``route`` is None. ``local``: it is ours."""

    destination: IPAddress
    route: Route | None
    local: bool = False
    kind: ClassVar[str] = "route"

    @property
    def text(self) -> str:
        if self.local:
            return f"{self.destination} is an address of this machine"
        if self.route is None:
            return f"no route to {self.destination}"
        return f"{self.destination} matches the route “{self.route.text()}”"


@dataclass(frozen=True, slots=True)
class ConntrackLookup:
    """Connection tracking saw the packet. ``state`` is NEW, ESTABLISHED, RELATED or INVALID."""

    state: str
    original: FlowTuple | None = None
    reply: FlowTuple | None = None
    direction: Direction | None = None
    kind: ClassVar[str] = "conntrack"

    @property
    def text(self) -> str:
        if self.original is None or self.reply is None:
            return f"connection tracking: {self.state}"
        if self.state == "NEW":
            return f"connection tracking: a new connection, {self.original.text}"
        return f"connection tracking: {self.state}, {self.direction} direction of {self.original.text}"


@dataclass(frozen=True, slots=True)
class RulesHit:
    """The rules of one base chain and those below it that matched, in order, and the verdict that the chain gave.

    ``evaluated`` is how many rules the kernel compared the packet with for it, whether they matched or not.
    """

    hook: Hook
    table: str
    hits: tuple[RuleHit, ...]
    verdict: str
    bridged: bool = False
    evaluated: int = 0
    kind: ClassVar[str] = "rules"

    @property
    def text(self) -> str:
        chains = " → ".join(dict.fromkeys(hit.chain for hit in self.hits))
        return f"{self.table} {self.hook}: {chains or 'no rule matched'}: {self.verdict}"


@dataclass(frozen=True, slots=True)
class Translate:
    """An address translation. ``what`` is DNAT, SNAT, un-DNAT or un-SNAT; the texts are ``address:port``
    (``[address]:port`` in IPv6), and the address alone for an ICMP error.
    """

    what: str
    before: str
    after: str
    kind: ClassVar[str] = "nat"

    @property
    def text(self) -> str:
        side = "destination" if self.what in ("DNAT", "un-SNAT") else "source"
        return f"{self.what}: {side} {self.before} becomes {self.after}"


@dataclass(frozen=True, slots=True)
class Balance:
    """IPVS has a virtual server for the packet. ``how`` names the scheduler that picked the real server, or is
    ``persistent SECONDS``, ``known`` for a later packet of the connection, ``answer`` for what comes back."""

    virtual: str
    server: str
    how: str
    kind: ClassVar[str] = "ipvs"

    @property
    def text(self) -> str:
        match self.how:
            case "answer":
                return f"IPVS: {self.server} answers for the virtual server {self.virtual}"
            case "known":
                return f"IPVS knows the connection: the virtual server {self.virtual} gave it to {self.server}"
            case how:
                return f"IPVS: the virtual server {self.virtual} ({how}) picks {self.server}"


@dataclass(frozen=True, slots=True)
class ConntrackConfirm:
    """The connection enters the table; answers will be recognized by ``reply``."""

    original: FlowTuple
    reply: FlowTuple
    kind: ClassVar[str] = "conntrack-confirm"

    @property
    def text(self) -> str:
        return f"connection tracking remembers: {self.original.text}, answers arrive as {self.reply.text}"


@dataclass(frozen=True, slots=True)
class Forward:
    """The packet is routed through: TTL minus one."""

    ttl_before: int
    ttl_after: int
    kind: ClassVar[str] = "forward"

    @property
    def text(self) -> str:
        return f"forwarded; TTL {self.ttl_before} becomes {self.ttl_after}"


@dataclass(frozen=True, slots=True)
class Fragment:
    """A packet longer than ``mtu`` leaves in IP packets of these ``lengths``, their headers included."""

    device: str
    mtu: int
    lengths: tuple[int, ...]
    kind: ClassVar[str] = "fragment"

    @property
    def text(self) -> str:
        pieces = " and ".join(str(length) for length in self.lengths)
        return f"too long for the MTU {self.mtu} of {self.device}: it leaves in fragments of {pieces} bytes"


@dataclass(frozen=True, slots=True)
class Reassemble:
    """The fragments become one packet again, for conntrack or for this machine itself."""

    lengths: tuple[int, ...]
    kind: ClassVar[str] = "reassemble"

    @property
    def text(self) -> str:
        return f"the {len(self.lengths)} fragments are put together again"


@dataclass(frozen=True, slots=True)
class LearnPathMtu:
    """The kernel notes that ``mtu`` bytes are the most that reaches ``destination``; it forgets after 600 seconds."""

    destination: IPAddress
    mtu: int
    kind: ClassVar[str] = "path-mtu"

    @property
    def text(self) -> str:
        return f"remembered: the path to {self.destination} takes {self.mtu} bytes (ip route get shows it)"


@dataclass(frozen=True, slots=True)
class ResolveNeighbour:
    """The link-layer address of the next hop. ``permanent``: from a static entry; else learned by ARP or ND."""

    address: IPAddress
    device: str
    mac: str | None
    permanent: bool = False
    kind: ClassVar[str] = "neighbour"

    @property
    def text(self) -> str:
        if self.mac is None:
            return f"nobody on {self.device} answers for {self.address}"
        asked = "ARP" if self.address.version == 4 else "neighbour discovery"
        how = "a permanent neighbour entry says" if self.permanent else f"{asked} found"
        return f"next hop {self.address} on {self.device}: {how} {self.mac}"


@dataclass(frozen=True, slots=True)
class BridgeDecision:
    """A bridge looked the destination MAC up. ``port`` None means that the bridge keeps the frame for its own stack."""

    bridge: str
    mac: str
    port: str | None
    kind: ClassVar[str] = "bridge"

    @property
    def text(self) -> str:
        if self.port is None:
            return f"{self.bridge}: {self.mac} is the bridge's own address, so the frame goes up to the IP stack"
        return f"{self.bridge}: {self.mac} is behind port {self.port}"


@dataclass(frozen=True, slots=True)
class BridgeRedirect:
    """br_netfilter: DNAT in the bridge made the frame change its target. ``mac`` is the new destination."""

    mac: str
    routed: bool
    kind: ClassVar[str] = "bridge-redirect"

    @property
    def text(self) -> str:
        if self.routed:
            return f"the new destination is not on this bridge: the bridge ({self.mac}) takes the frame and routes it"
        return f"the new destination is on this bridge: only the destination MAC changes, to {self.mac}; the TTL stays"


class Encapsulation(StrEnum):
    """How a tunnel wraps what it carries."""

    VXLAN = "VXLAN"
    GENEVE = "Geneve"
    IPIP = "IP-in-IP"
    WIREGUARD = "WireGuard"
    SLEEVE = "sleeve"

    @property
    def carries(self) -> str:
        """Whole frames, or packets without one."""
        return "packet" if self in (Encapsulation.IPIP, Encapsulation.WIREGUARD) else "frame"


@dataclass(frozen=True, slots=True)
class Encapsulate:
    """A tunnel puts a frame or packet into a new packet towards another node; ``vni`` where the tunnel has one."""

    device: str
    vni: int | None
    remote: IPAddress
    encapsulation: Encapsulation = Encapsulation.VXLAN
    kind: ClassVar[str] = "encapsulate"

    @property
    def text(self) -> str:
        number = "" if self.vni is None else f" (VNI {self.vni})"
        verb = "encrypts the packet with" if self.encapsulation is Encapsulation.WIREGUARD else (
            f"wraps the {self.encapsulation.carries} in"
        )  # fmt: skip
        return f"{self.device} {verb} {self.encapsulation}{number} to {self.remote}"


@dataclass(frozen=True, slots=True)
class Decapsulate:
    """The kernel, or a router process, takes the outer headers off."""

    device: str
    vni: int | None
    encapsulation: Encapsulation = Encapsulation.VXLAN
    kind: ClassVar[str] = "decapsulate"

    @property
    def text(self) -> str:
        number = "" if self.vni is None else f" (VNI {self.vni})"
        return (
            f"the {self.encapsulation} headers{number} come off; the inner {self.encapsulation.carries} "
            f"arrives on {self.device}"
        )


@dataclass(frozen=True, slots=True)
class RunProgram:
    """An eBPF program saw the packet on ``device``; ``outcome`` says what it did and which of its maps decided."""

    program: str
    device: str
    point: AttachPoint
    outcome: str
    kind: ClassVar[str] = "bpf"

    @property
    def text(self) -> str:
        return f"{self.program} on {self.device} ({self.point}): {self.outcome}"


@dataclass(frozen=True, slots=True)
class SocketRewrite:
    """An eBPF program saw the ``connect()``, before there was a packet, and gave it another destination."""

    program: str
    asked: str
    becomes: str
    outcome: str
    kind: ClassVar[str] = "socket-rewrite"

    @property
    def text(self) -> str:
        return f"{self.program} at connect(): {self.asked} becomes {self.becomes} ({self.outcome})"


@dataclass(frozen=True, slots=True)
class Deliver:
    """A socket, or the kernel for an echo request, takes the packet."""

    to: str
    kind: ClassVar[str] = "deliver"

    @property
    def text(self) -> str:
        return f"delivered to {self.to}"


@dataclass(frozen=True, slots=True)
class Discard:
    """The end of a packet that does not arrive; ``reason`` names the deciding object."""

    disposition: Disposition
    reason: str
    kind: ClassVar[str] = "drop"

    @property
    def text(self) -> str:
        return self.reason


Step = (
    Originate
    | RouteLookup
    | ConntrackLookup
    | RulesHit
    | Translate
    | Balance
    | ConntrackConfirm
    | Forward
    | Fragment
    | Reassemble
    | LearnPathMtu
    | ResolveNeighbour
    | BridgeDecision
    | BridgeRedirect
    | Encapsulate
    | Decapsulate
    | RunProgram
    | SocketRewrite
    | Deliver
    | Discard
)
