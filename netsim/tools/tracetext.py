"""A traced exchange as lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from netsim.branching import BranchClass
from netsim.packet import Icmp, Packet
from netsim.trace import Exchange, Hop, RulesHit, Trace


def exchange_text(exchange: Exchange) -> str:
    """The request hop by hop, the answer hop by hop, and what the client sees."""
    lines = ["request", *_trace_lines(exchange.request)]
    if exchange.reply is not None:
        lines += ["reply", *_trace_lines(exchange.reply)]
    for trace in exchange.data:
        lines += ["data", *_trace_lines(trace)]
    lines.append(f"rules evaluated for the request: {exchange.request.rules_evaluated}")
    lines.append(f"client sees: {exchange.client_sees}")
    lines.append(f"because: {exchange.reason}")
    if exchange.probability < 1:
        lines.append(f"probability of this branch: {exchange.probability:.4g}")
    return "\n".join(lines) + "\n"


def branch_class_text(branches: BranchClass) -> str:
    """One exchange for all of its class, and for how many others it stands."""
    text = exchange_text(branches.exchange)
    if branches.count == 1:
        return text
    more = "" if branches.count == len(branches.servers) else " …"
    return f"{text}the same way for {branches.count} branches: {', '.join(branches.servers)}{more}\n"


def _trace_lines(trace: Trace) -> Iterator[str]:
    for number, hop in enumerate(trace.hops, start=1):
        yield f"  {number:>2} {_place(hop):<34} {packet_text(hop.packet)}"
        for step in hop.steps:
            yield f"       {step.text}"
            if isinstance(step, RulesHit):
                yield from (f"         {hit.table} {hit.text}" for hit in step.hits)


def _place(hop: Hop) -> str:
    device = f"{hop.interface} {hop.direction}" if hop.interface else "process"
    return f"{hop.namespace} {device}"


def packet_text(packet: Packet) -> str:
    """One line, in the manner of tcpdump."""
    transport = packet.transport
    if isinstance(transport, Icmp):
        text = f"{packet.source} > {packet.destination} icmp {transport.kind}"
    elif packet.ports is None:
        text = f"{packet.source} > {packet.destination} {packet.protocol}"
    else:
        text = f"{packet.source}:{packet.ports[0]} > {packet.destination}:{packet.ports[1]} {packet.protocol}"
    text += f" ttl {packet.ttl} length {packet.length}"
    if packet.fragments:
        text += f" in fragments of {', '.join(str(length) for length in packet.fragments)}"
    return f"{text} [{type(transport).__name__.upper()}: {packet_text(packet.inner)}]" if packet.inner else text
