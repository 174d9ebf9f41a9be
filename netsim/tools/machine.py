"""The machine that a terminal is on: its kernel, its resolver, and a way to send."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from ipaddress import ip_address
from itertools import count

from netsim.errors import NetsimError
from netsim.kubernetes.cluster import Cluster
from netsim.kubernetes.dns.hosts_file import HostsFile, hosts_file
from netsim.kubernetes.dns.resolv_conf import ResolvConf
from netsim.kubernetes.objects import IPAddress, Pod
from netsim.linux.interfaces import Bridge, Datapath
from netsim.linux.namespace import NetworkNamespace
from netsim.probe import Probe
from netsim.requests import HttpExchange, HttpProbe, send_request
from netsim.resolver import Query, Resolution, Resolver
from netsim.simulation import Session
from netsim.trace import BridgeDecision, Exchange, Hop, Point, ResolveNeighbour
from netsim.underlay import EXTERNAL

MILLISECONDS_PER_HOP = 0.02
"""What every time in a program's output is made of: so much for each hop of the packet's trace and its answer's."""

FIRST_PORT = 41000

OPERATOR = "operator"
"""The reader's own machine, which has kubectl and no way into the cluster's network but through it."""


@dataclass(frozen=True, slots=True)
class Output:
    """What a program prints, errors included, and its exit code."""

    text: str
    exit_code: int = 0


@dataclass(slots=True)
class Record:
    """What a session has sent, in order, and the next free source port and seed: no two packets choose alike."""

    exchanges: list[Exchange] = field(default_factory=list)
    ports: Iterator[int] = field(default_factory=lambda: count(FIRST_PORT))
    seeds: Iterator[int] = field(default_factory=count)

    queries: dict[int, Query] = field(default_factory=dict)
    requests: list[HttpExchange] = field(default_factory=list)

    MAX_EXCHANGES = 500

    def add(self, exchange: Exchange) -> None:
        """Keep an exchange; the oldest is forgotten."""
        self.exchanges.append(exchange)
        for forgotten in self.exchanges[: -self.MAX_EXCHANGES]:
            self.queries.pop(id(forgotten), None)
        del self.exchanges[: -self.MAX_EXCHANGES]

    def note_request(self, result: HttpExchange) -> None:
        """Keep what an HTTP request came to, for the logs of its servers; the oldest is forgotten."""
        self.requests.append(result)
        del self.requests[: -self.MAX_EXCHANGES]

    def note_query(self, query: Query) -> None:
        """Keep what a DNS query asked and what it was answered, by the exchange that carried it."""
        if query.exchange is not None:
            self.queries[id(query.exchange)] = query

    def query_of(self, exchange: Exchange) -> Query | None:
        return self.queries.get(id(exchange))


@dataclass(frozen=True, slots=True)
class Host:
    """A host as it was typed, the name that was found for it, and its addresses in the order of their use."""

    typed: str
    name: str
    addresses: tuple[IPAddress, ...]

    @property
    def address(self) -> IPAddress:
        return self.addresses[0]


@dataclass(frozen=True, slots=True)
class NeighbourEntry:
    """A line of ``ip neigh``; ``mac`` None: nobody answered."""

    address: IPAddress
    device: str
    mac: str | None
    state: str


class HostNotFoundError(Exception):
    """A host without an address; the message is getaddrinfo's."""


class Machine:
    """One machine of a session: ``pod/NAMESPACE/NAME``, ``node/NAME`` or ``external``; ``operator`` has no kernel."""

    def __init__(self, session: Session, where: str, record: Record) -> None:
        self.session = session
        self.where = where
        self.record = record
        self.pod = _pod(self.cluster, where)

    @cached_property
    def resolver(self) -> Resolver:
        return Resolver(self, self.cluster, self.where, self.record.ports, self.record.note_query)

    def elsewhere(self, where: str) -> Machine:
        return Machine(self.session, where, self.record)

    @property
    def cluster(self) -> Cluster:
        return self.session.simulation.cluster

    @property
    def kernel(self) -> NetworkNamespace:
        """The namespace that the machine's processes see."""
        return self.session.simulation.network.namespaces[self.kernel_name]

    @property
    def kernel_name(self) -> str:
        if self.pod is not None:
            return self.pod.node_name if self.pod.host_network else f"{self.pod.namespace}/{self.pod.name}"
        kind, _, name = self.where.partition("/")
        return EXTERNAL if kind == EXTERNAL else name

    @property
    def resolv_conf(self) -> ResolvConf:
        return self.resolver.conf

    @property
    def hosts_file(self) -> HostsFile:
        return hosts_file(self.pod, self.hostname, self.kernel.address_on("lo", 4))

    @property
    def hostname(self) -> str:
        """A Pod on the host network has the node's name."""
        if self.pod is not None and not self.pod.host_network:
            return (self.pod.spec.hostname or self.pod.name)[:63]
        return self.kernel_name

    def trace(self, probe: Probe) -> Exchange:
        """Send a probe, of this machine or of a server that works for it, and remember what passed where."""
        exchange = self.session.trace(replace(probe, seed=next(self.record.seeds)))
        self.record.add(exchange)
        return exchange

    def send(
        self, destination: IPAddress, port: int | None, protocol: str, *, source_port: int | None = None, ttl: int = 64,
        size: int = 0, dont_fragment: bool = False,
    ) -> Exchange:  # fmt: skip
        """Send one first packet from this machine."""
        return self.trace(
            Probe(
                self.where, str(destination), port, protocol=protocol, ttl=ttl, size=size, dont_fragment=dont_fragment,
                source_port=next(self.record.ports) if source_port is None else source_port,
            )
        )  # fmt: skip

    def request(self, probe: HttpProbe) -> HttpExchange:
        """Send an HTTP request; every connection on its way is remembered."""
        probe = replace(probe, seed=next(self.record.seeds))
        port = next(self.record.ports)
        result = send_request(self.session.simulation, probe, self.session.memory, port)
        self.record.note_request(result)
        for leg in result.legs:
            self.record.add(leg.exchange)
        for _ in result.legs[1:]:
            next(self.record.ports)
        return result

    def mtu_to(self, destination: IPAddress) -> int:
        """What fits on the way as this kernel knows it: the device's MTU, or less where an ICMP error has said so."""
        route = self.kernel.lookup(destination)
        device = self.kernel.interfaces[(route.device if route is not None else None) or "lo"]
        return min(device.mtu, self.session.memory.path_mtu.get((self.kernel_name, destination), device.mtu))

    def neighbours(self) -> tuple[NeighbourEntry, ...]:
        """The permanent entries, and those that the packets of this session made the kernel ask for."""
        entries = {
            (n.device, n.address): NeighbourEntry(n.address, n.device, n.mac, "PERMANENT")
            for n in self.kernel.neighbours.values()
        }
        asked = (step for hop in self._hops() for step in hop.steps if isinstance(step, ResolveNeighbour))
        for step in asked:
            state = "REACHABLE" if step.mac is not None else "FAILED"
            entries.setdefault((step.device, step.address), NeighbourEntry(step.address, step.device, step.mac, state))
        return tuple(entries.values())

    def learned_stations(self) -> tuple[tuple[str, str], ...]:
        """(MAC address, bridge port) of those whose frames, ARP replies included, a bridge of this machine has seen.

        A bridge learns the source of each frame that comes in (br_fdb_update in net/bridge/br_fdb.c of Linux).
        """
        found: dict[tuple[str, str], None] = {}
        for hop in self._hops():
            port = self.kernel.interfaces.get(hop.interface or "")
            if port is not None and port.master is not None and hop.direction is Point.IN:
                found[hop.packet.frame.source, port.name] = None
            for step in hop.steps:
                if isinstance(step, BridgeDecision) and step.port is not None:
                    found[step.mac, step.port] = None
        return tuple((mac, port) for mac, port in found if self._learns(port))

    def _learns(self, port: str) -> bool:
        interface = self.kernel.interfaces.get(port)
        bridge = self.kernel.interfaces.get((interface.master or "") if interface is not None else "")
        return isinstance(bridge, Bridge) and not isinstance(bridge, Datapath)

    def _hops(self) -> Iterator[Hop]:
        """Of this machine, in the session's packets."""
        for exchange in self.record.exchanges:
            for trace in (exchange.request, exchange.reply):
                yield from (
                    hop for hop in (trace.hops if trace is not None else ()) if hop.namespace == self.kernel_name
                )

    def find(self, typed: str, version: int | None = None) -> Host:
        """getaddrinfo: an address, an entry of /etc/hosts, or what DNS says. HostNotFoundError without an address."""
        address = literal(typed)
        if address is not None:
            found: tuple[IPAddress, ...] = (address,)
        else:
            found = self.hosts_file.addresses(typed) or self._resolved(typed)
        wanted = tuple(a for a in found if version is None or a.version == version)
        if not wanted:
            raise HostNotFoundError("Address family for hostname not supported" if address else NO_ADDRESS)
        return Host(typed, typed, wanted)

    def _resolved(self, typed: str) -> tuple[IPAddress, ...]:
        try:
            resolution = self.resolver.lookup(typed)
        except NetsimError:
            raise HostNotFoundError("Name or service not known") from None
        if not resolution.addresses:
            raise HostNotFoundError(resolution.error)
        first = 6 if self._speaks_ipv6() else 4
        return tuple(sorted(resolution.addresses, key=lambda address: address.version != first))

    def _speaks_ipv6(self) -> bool:
        """Whether a socket would find an IPv6 source: then glibc puts such destinations first (RFC 3484, rules 2 and 6;
        its table, in /etc/gai.conf, is older than RFC 6724 and treats fd00::/8 like any other)."""
        return any(
            address.version == 6 and not address.ip.is_loopback and not address.ip.is_link_local
            for interface in self.kernel.interfaces.values()
            for address in interface.addresses
        )

    def name_of(self, address: IPAddress) -> str | None:
        """The name that a reverse lookup finds, without its final dot."""
        named = self.hosts_file.name_of(address)
        if named is not None:
            return named
        resolution: Resolution = self.resolver.reverse(address)
        return next((record.data for record in resolution.answers), None)


NO_ADDRESS = "No address associated with hostname"


def literal(text: str) -> IPAddress | None:
    """The address that a text is, or None."""
    try:
        return ip_address(text.strip("[]"))
    except ValueError:
        return None


def milliseconds(exchange: Exchange) -> float:
    """The round trip of an exchange, in the engine's fixed figure."""
    hops = len(exchange.request.hops) + (len(exchange.reply.hops) if exchange.reply is not None else 0)
    return round(hops * MILLISECONDS_PER_HOP, 3)


def _pod(cluster: Cluster, where: str) -> Pod | None:
    match where.split("/"):
        case ["pod", namespace, name]:
            pod = cluster.pod(namespace, name)
            if not pod.pod_ips:
                raise NetsimError(f"Pod {namespace}/{name} is {pod.phase} and has no network: {pod.pending_reason}")
            return pod
        case ["node", name]:
            cluster.node(name)
            return None
        case ["external" | "operator"]:
            return None
        case _:
            raise NetsimError(f"{where!r} is not pod/NAMESPACE/NAME, node/NAME, external or operator")
