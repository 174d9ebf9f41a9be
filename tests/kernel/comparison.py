"""The simulated and the real way of one flow as lines of text, and where they part.

Only what the kernel draws at random is made equal: the outer source port of VXLAN, and the port (or echo identifier)
that a masquerade invents; and PSH. IP identification, sequence numbers, checksums and timestamps are not in a
``Packet`` at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

from netsim import Probe
from netsim.network import Network
from netsim.packet import Icmp, Packet, Tcp, TcpFlags, Vxlan
from netsim.trace import Exchange, Point, RulesHit, Trace
from tests.kernel.capture import Sighting
from tests.kernel.decoding import DATA
from tests.kernel.flows import Flow
from tests.kernel.laboratory import Observation
from tests.kernel.rulelog import Clue, LoggedRule

RANDOM = "random"


@dataclass(frozen=True, slots=True)
class Account:
    """One side's story of a flow. ``rules`` is by namespace, each ``table:chain:number`` in order; ``data`` is the
    first segment of data over TCP, and what comes back for it."""

    client_sees: str
    server: tuple[str, ...]
    request: tuple[str, ...]
    reply: tuple[str, ...]
    request_rules: Mapping[str, tuple[str, ...]]
    reply_rules: Mapping[str, tuple[str, ...]]
    data: tuple[str, ...] = ()


def flow_of(exchange: Exchange, probe: Probe) -> Flow:
    """What a real client has to do to send what the simulation sent for the probe."""
    first = exchange.request.hops[0]
    packet = first.packet
    transport = packet.transport
    ports = (transport.identifier, 0) if isinstance(transport, Icmp) else (packet.ports or (0, 0))
    return Flow(
        first.namespace, packet.protocol, ports[0], packet.destination, ports[1],
        packet.ttl, probe.size, probe.dont_fragment, probe.uid, probe.mark, str(probe.bind or ""),
    )  # fmt: skip


def simulated(exchange: Exchange, flow: Flow) -> Account:
    """The engine's account. A server whose answer nobody can capture is not known to the kernel's account either."""
    answered = exchange.reply is not None and any(hop.interface for hop in exchange.reply.hops)
    seen = exchange.seen_by_server if answered else None
    server: tuple[str, ...] = ()
    if seen is not None:
        server = (exchange.request.hops[-1].namespace, f"{seen.source}", f"ttl {seen.ttl}")
    reply = exchange.reply
    return Account(
        str(exchange.client_sees),
        server,
        _hop_lines(exchange.request, flow, answer=False),
        () if reply is None else _hop_lines(reply, flow, answer=True),
        _rule_lines(exchange.request),
        {} if reply is None else _rule_lines(reply),
        _simulated_data(exchange, flow),
    )


def _simulated_data(exchange: Exchange, flow: Flow) -> tuple[str, ...]:
    """Data and errors about it; a mere acknowledgement is not compared."""
    traces = (trace for trace in exchange.data if not _acknowledges(trace.hops[0].packet))
    return tuple(
        line for trace in traces for line in _hop_lines(trace, flow, answer=isinstance(trace.packet.transport, Icmp))
    )


def _acknowledges(packet: Packet) -> bool:
    return isinstance(packet.transport, Tcp) and not packet.payload


def observed(observation: Observation, flow: Flow, network: Network) -> Account:
    """The kernel's account; the server's TTL is that of the request's last sighting, in its namespace."""
    opening = [sighting for sighting in observation.sightings if sighting.sequence is None]
    request = [sighting for sighting in opening if not sighting.answer]
    reply = [sighting for sighting in opening if sighting.answer]
    return Account(
        observation.client_sees,
        _server(request, reply),
        tuple(_line(s.namespace, s.interface, s.direction, s.packet, flow, s.answer) for s in request),
        tuple(_line(s.namespace, s.interface, s.direction, s.packet, flow, s.answer) for s in reply),
        _logged(observation, network, answer=False),
        _logged(observation, network, answer=True),
        _observed_data(observation, flow),
    )


def _observed_data(observation: Observation, flow: Flow) -> tuple[str, ...]:
    """What was seen of the first byte of data and of errors about it; the same segment sent again counts once."""
    data = [sighting for sighting in observation.sightings if sighting.sequence is not None]
    lines = (
        _line(s.namespace, s.interface, s.direction, s.packet, flow, s.answer)
        for s in data
        if s.sequence == data[0].sequence
    )
    return tuple(dict.fromkeys(lines))


def differences(engine: Account, kernel: Account) -> str:
    """What differs, the two hop lists side by side; "" when the accounts agree."""
    parts = []
    for title, ours, real in (
        ("client sees", (engine.client_sees,), (kernel.client_sees,)),
        ("server (namespace, source, TTL)", engine.server, kernel.server),
        ("request", engine.request, kernel.request),
        ("reply", engine.reply, kernel.reply),
        ("data", engine.data, kernel.data),
        ("rules of the request", *_flat(engine.request_rules, kernel.request_rules)),
        ("rules of the reply", *_flat(engine.reply_rules, kernel.reply_rules)),
    ):
        if ours != real:
            parts.append(f"{title}: netsim | kernel\n{_side_by_side(ours, real)}")
    return "\n".join(parts)


def _server(request: Sequence[Sighting], reply: Sequence[Sighting]) -> tuple[str, ...]:
    """Whoever answers where the request was last seen, unless the answer is a refusal."""
    if not request or not reply or request[-1].namespace != reply[0].namespace:
        return ()
    arrived, answer = request[-1], reply[0].packet.transport
    if (isinstance(answer, Icmp) and answer.is_error) or (isinstance(answer, Tcp) and answer.flags is TcpFlags.RST_ACK):
        return ()
    return (arrived.namespace, str(arrived.packet.source), f"ttl {arrived.packet.ttl}")


def _hop_lines(trace: Trace, flow: Flow, answer: bool) -> tuple[str, ...]:
    return tuple(
        _line(hop.namespace, hop.interface, hop.direction, hop.packet, flow, answer)
        for hop in trace.hops
        if hop.direction is not Point.LOCAL and hop.interface is not None
    )


def _rule_lines(trace: Trace) -> dict[str, tuple[str, ...]]:
    hits: dict[str, tuple[str, ...]] = {}
    for hop in trace.hops:
        for step in hop.steps:
            if isinstance(step, RulesHit):
                names = tuple(f"{hit.table}:{hit.chain}:{hit.number}" for hit in step.hits)
                place = _place(hop.namespace, step.table)
                hits[place] = hits.get(place, ()) + names
    return {namespace: names for namespace, names in hits.items() if names}


def _logged(observation: Observation, network: Network, answer: bool) -> dict[str, tuple[str, ...]]:
    """The rules in the kernel's log. It calls an unconditional RETURN rule a return too; a mere end is no hit.

    A packet that no device saw belongs to the request if nothing but ICMP errors ever came back.
    """
    hits: dict[str, tuple[str, ...]] = {}
    seen = {_clue(sighting.packet): sighting.answer for sighting in observation.sightings}
    answered = any(s.answer and not _is_error(s.packet) for s in observation.sightings)
    never_left = None if answered else False
    for hit in observation.rules:
        place = _place(hit.namespace, hit.table)
        if place != hit.namespace:
            if (seen.get(hit.clue, never_left) if hit.clue else hit.answer) is answer:
                hits[place] = (*hits.get(place, ()), hit.name)
            continue
        table = network.namespaces[hit.namespace].netfilter.tables.get((hit.version, hit.table))
        if hit.data or hit.answer is not answer or table is None:
            continue
        hit = _without_trace_rule(hit)
        is_end = hit.what == "return" and hit.number > len(table.chains[hit.chain].rules)
        if hit.number and hit.what in ("rule", "return") and not is_end:
            hits[hit.namespace] = (*hits.get(hit.namespace, ()), hit.name)
    return hits


def _without_trace_rule(hit: LoggedRule) -> LoggedRule:
    """The laboratory's own rule stands first in the chains of the table raw, so that the others are one too high.

    A packet that comes back by ``lo`` is traced already and hits it, which leaves number 0.
    """
    if hit.table == "raw" and hit.chain in ("PREROUTING", "OUTPUT"):
        return replace(hit, number=hit.number - 1)
    return hit


def _is_error(packet: Packet) -> bool:
    return isinstance(packet.transport, Icmp) and packet.transport.is_error


def _clue(packet: Packet) -> Clue:
    transport = packet.transport
    first = transport.numbers(packet.version)[0] if isinstance(transport, Icmp) else transport.source_port
    return Clue(str(packet.source), str(packet.destination), packet.length, first)


def _place(namespace: str, table: str) -> str:
    """Where to list a hit: the kernel logs iptables' tables and nftables' ("ip kube-proxy") apart from each other."""
    return f"{namespace} nft" if " " in table else namespace


def _line(namespace: str, interface: str | None, direction: str, packet: Packet, flow: Flow, answer: bool) -> str:
    return f"{namespace} {interface} {direction}: {_describe(packet, flow, answer)}"


def _describe(packet: Packet, flow: Flow, answer: bool) -> str:
    """Every compared header field, the frame's first."""
    frame = f"{packet.ethernet.source}>{packet.ethernet.destination} " if packet.ethernet else ""
    header = f"ttl {packet.ttl} len {packet.length}"
    if packet.dont_fragment and packet.version == 4:
        header += " DF"
    if packet.fragments:
        header += f" in {'+'.join(str(length) for length in packet.fragments)}"
    transport = packet.transport
    match transport:
        case Vxlan(destination_port=port, vni=vni):
            inner = "" if packet.inner is None else _describe(packet.inner, flow, answer)
            what = f"{packet.source}>{packet.destination}:{port} vxlan {vni} {header} [{inner}]"
        case Icmp(quoted=Packet() as quoted):
            mtu = f" mtu {transport.mtu}" if transport.mtu else ""
            quote = _describe(_without_frame(quoted), flow, answer=False)
            what = f"{packet.source}>{packet.destination} icmp {transport.kind}{mtu} {header} about [{quote}]"
        case Icmp(kind=kind, identifier=identifier):
            number = _invented(identifier, flow.source_port)
            what = f"{packet.source}>{packet.destination} icmp {kind} id {number} {header}"
        case _:
            ports = [transport.source_port, transport.destination_port]
            client = 1 if answer else 0
            shown = [_invented(p, flow.source_port) if i == client else str(p) for i, p in enumerate(ports)]
            flags = f" {_segment(transport)}" if isinstance(transport, Tcp) else ""
            ends = f"{packet.source}:{shown[0]}>{packet.destination}:{shown[1]}"
            what = f"{ends} {packet.protocol}{flags} {header}"
    return frame + what


def _segment(tcp: Tcp) -> str:
    """Whether a segment of data has PSH depends on how the kernel came to cut it."""
    if tcp.flags in DATA:
        return "data"
    return f"{tcp.flags} mss {tcp.mss}" if tcp.mss else str(tcp.flags)


def _without_frame(packet: Packet) -> Packet:
    return Packet(
        packet.source, packet.destination, packet.protocol, packet.transport, packet.ttl,
        packet.dont_fragment, packet.payload, inner=packet.inner,
    )  # fmt: skip


def _invented(port: int, original: int) -> str:
    return str(port) if port == original else RANDOM


def _flat(
    ours: Mapping[str, Iterable[str]], real: Mapping[str, Iterable[str]]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Both sides' rules in one list each, the namespaces in the same order."""
    namespaces = sorted({*ours, *real})
    return tuple(
        tuple(f"{namespace} {name}" for namespace in namespaces for name in side.get(namespace, ()))
        for side in (ours, real)
    )  # type: ignore[return-value]


def _side_by_side(ours: Iterable[str], real: Iterable[str]) -> str:
    """One pair of lines a step; ``=`` where they agree, ``≠`` where not."""
    lines = []
    for left, right in zip_longest(ours, real, fillvalue="(nothing)"):
        lines += [f"  = {left}"] if left == right else [f"  ≠ netsim: {left}", f"    kernel: {right}"]
    return "\n".join(lines)
