"""``conntrack -L``: what connection tracking has remembered in this session."""

from __future__ import annotations

from netsim.linux.conntrack import Connection, FlowTuple, flow_tuple
from netsim.packet import PROTOCOL_NUMBERS, Protocol
from netsim.tools.machine import Machine, Output
from netsim.tools.options import Options, UsageError, parse
from netsim.trace import ClientSees

TCP_TIMEOUTS = {"SYN_SENT": 120, "ESTABLISHED": 432_000, "CLOSE": 10}
TIMEOUTS = {
    (Protocol.UDP, False): 30, (Protocol.UDP, True): 30,
    (Protocol.SCTP, False): 3, (Protocol.SCTP, True): 3, (Protocol.IPIP, False): 600, (Protocol.IPIP, True): 600,
}  # fmt: skip
"""Seconds that an entry lives after its last packet, before and after the answer (nf_conntrack_proto_*.c)."""

NAMES = {Protocol.ICMPV6: "icmpv6", Protocol.IPIP: "unknown"}
"""Where they differ from those of iptables: a protocol without a tracker of its own has no name."""

LONG = ("dump", "count", "proto=", "src=", "dst=", "orig-port-dst=", "dport=", "sport=", "orig-port-src=")


def run(machine: Machine, words: list[str]) -> Output:
    options = parse("conntrack", words, "LCp:s:d:f:", LONG)
    if not options.any("-L", "--dump", "-C", "--count"):
        raise UsageError("conntrack v1.4.7 (conntrack-tools): You need to supply an operation: -L or -C", 2)
    entries = list(machine.session.memory.connections(machine.kernel))
    if options.any("-C", "--count"):
        return Output(f"{len(entries)}\n")
    shown = [entry for entry in entries if _matches(entry, options)]
    refused = _refused(machine)
    lines = [_line(entry, entry.original in refused) for entry in shown]
    lines.append(f"conntrack v1.4.7 (conntrack-tools): {len(shown)} flow entries have been shown.")
    return Output("".join(f"{line}\n" for line in lines))


def _matches(entry: Connection, options: Options) -> bool:
    original = entry.original
    wanted = (
        (options.text("-p", "--proto"), str(original.protocol)),
        (options.text("-s", "--src"), str(original.source)),
        (options.text("-d", "--dst"), str(original.destination)),
        (options.text("--orig-port-dst", "--dport"), str(original.destination_port)),
        (options.text("--orig-port-src", "--sport"), str(original.source_port)),
    )
    return all(not asked or asked == has for asked, has in wanted)


def _refused(machine: Machine) -> set[FlowTuple]:
    """The connections of this session that were answered with a reset, as this machine's kernel knows them."""
    return {
        flow_tuple(hop.packet)
        for exchange in machine.record.exchanges
        if exchange.client_sees is ClientSees.REFUSED
        for hop in exchange.request.hops
        if hop.namespace == machine.kernel_name
    }


def _line(entry: Connection, refused: bool) -> str:
    """As libnetfilter_conntrack prints an entry (snprintf_default.c).

    A connection whose SYN was accepted counts as established: the client's next packet makes it so.
    """
    protocol = entry.original.protocol
    state, assured = "", ""
    timeout = TIMEOUTS.get((protocol, entry.replied), 30)
    if protocol is Protocol.TCP:
        stage = "SYN_SENT" if not entry.replied else "CLOSE" if refused else "ESTABLISHED"
        state, timeout = f" {stage}", TCP_TIMEOUTS[stage]
        assured = " [ASSURED]" if stage == "ESTABLISHED" else ""
    elif protocol is Protocol.SCTP:
        state = " COOKIE_WAIT"
    unreplied = "" if entry.replied else " [UNREPLIED]"
    name = NAMES.get(protocol, str(protocol))
    head = f"{name:<8} {PROTOCOL_NUMBERS[protocol]} {timeout}{state}"
    return f"{head} {entry.original.text}{unreplied} {entry.reply.text}{assured} mark=0 use=1"
