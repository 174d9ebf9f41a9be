"""``tcpdump``: what one device saw of the packets that this session has sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from netsim.kubernetes.dns.message import Rcode
from netsim.packet import Icmp, IcmpKind, Packet, Protocol, Sctp, Tcp, TcpFlags, Vxlan
from netsim.resolver import Query
from netsim.tools.machine import MILLISECONDS_PER_HOP, Machine, Output, literal
from netsim.tools.options import UsageError, parse
from netsim.trace import Exchange, Hop, Trace

GAP = 1_000_000
"""Microseconds between two exchanges; nothing real is meant by it."""

MICROSECONDS_PER_HOP = round(MILLISECONDS_PER_HOP * 1000)

MAX_WORDS = 40
MESSAGE_ID = 4242
RCODES = {Rcode.NXDOMAIN: " NXDomain", Rcode.SERVFAIL: " ServFail", Rcode.REFUSED: " Refused"}

Test = Callable[[Packet], bool]


@dataclass(frozen=True, slots=True)
class _Sighting:
    """A packet on a device, at a time in microseconds after the first exchange, with the DNS ``message`` in it."""

    time: int
    hop: Hop
    message: str = ""


def run(machine: Machine, words: list[str]) -> Output:
    options = parse("tcpdump", words, "ni:c:eptlvqAXs:")
    device = options.text("-i", default=_first_device(machine))
    if device != "any" and device not in machine.kernel.interfaces:
        raise UsageError(f"tcpdump: {device}: No such device exists\n(No such device exists)", 1)
    wanted = _filter(options.operands)
    limit = options.number("-c", default=1000, lowest=1, highest=100_000, program="tcpdump")
    seen = [s for s in _sightings(machine, device) if wanted(s.hop.packet)][:limit]
    verbose = [f"listening on {device}, link-type EN10MB (Ethernet), snapshot length 262144 bytes"]
    lines = [_line(sighting, device, "-e" in options, "-t" in options) for sighting in seen]
    counted = f"{len(lines)} packet{'' if len(lines) == 1 else 's'} captured"
    return Output("".join(f"{line}\n" for line in (*verbose, *lines, counted)))


def _first_device(machine: Machine) -> str:
    return next((name for name in machine.kernel.interfaces if name != "lo"), "lo")


def _sightings(machine: Machine, device: str) -> Iterator[_Sighting]:
    for number, exchange in enumerate(machine.record.exchanges):
        start = number * GAP
        query = machine.record.query_of(exchange)
        for trace in _traces(exchange):
            message = _message(query, trace is exchange.request) if query is not None else ""
            for index, hop in enumerate(trace.hops):
                here = hop.namespace == machine.kernel_name and hop.interface is not None
                if here and device in ("any", hop.interface):
                    yield _Sighting(start + index * MICROSECONDS_PER_HOP, hop, message)
            start += len(trace.hops) * MICROSECONDS_PER_HOP


def _message(query: Query, asks: bool) -> str:
    """A DNS message as print-domain.c shows it; what an ICMP error quotes is not read."""
    question, response = query.question, query.response
    if asks:
        return f"{MESSAGE_ID}+ {question.type}? {question.name}. ({question.size})"
    if response is None:
        return ""
    flag = "|" if response.truncated else "*"
    rcode = RCODES.get(response.rcode, "")
    counts = f"{len(response.answers)}/0/{len(response.additional)}"
    answers = ", ".join(f"{record.type} {record.data}" for record in response.answers)
    return " ".join(f"{MESSAGE_ID}{rcode}{flag} {counts} {answers}".split()) + f" ({response.size(question)})"


def _traces(exchange: Exchange) -> tuple[Trace, ...]:
    return (exchange.request,) if exchange.reply is None else (exchange.request, exchange.reply)


def _filter(words: list[str]) -> Test:
    """``host A``, ``src|dst [host|port] X``, ``net N`` is not known; ``port P``, protocols; joined by and, or, not."""
    if len(words) == 1 and " " in words[0]:
        words = words[0].split()
    rest = [word for each in words for word in each.replace("(", " ( ").replace(")", " ) ").split()]
    if len(rest) > MAX_WORDS:
        raise UsageError("tcpdump: expression too long", 1)
    if not rest:
        return lambda packet: True
    test = _either(rest)
    if rest:
        raise UsageError(f"tcpdump: can't parse filter expression: syntax error at {rest[0]!r}", 1)
    return test


def _either(rest: list[str]) -> Test:
    tests = [_both(rest)]
    while rest[:1] in (["or"], ["||"]):
        rest.pop(0)
        tests.append(_both(rest))
    return lambda packet: any(test(packet) for test in tests)


def _both(rest: list[str]) -> Test:
    tests = [_single(rest)]
    while rest[:1] in (["and"], ["&&"]):
        rest.pop(0)
        tests.append(_single(rest))
    return lambda packet: all(test(packet) for test in tests)


def _single(rest: list[str]) -> Test:
    if not rest:
        raise UsageError("tcpdump: can't parse filter expression: syntax error", 1)
    word = rest.pop(0)
    if word in ("not", "!"):
        negated = _single(rest)
        return lambda packet: not negated(packet)
    if word == "(":
        inner = _either(rest)
        if not rest or rest.pop(0) != ")":
            raise UsageError("tcpdump: can't parse filter expression: missing )", 1)
        return inner
    return _primitive(word, rest)


def _primitive(word: str, rest: list[str]) -> Test:
    if word in ("tcp", "udp", "sctp", "icmp", "icmp6", "ip", "ip6"):
        test = _protocol(word)
        if rest[:1] == ["port"]:
            ported = _primitive(rest.pop(0), rest)
            return lambda packet: test(packet) and ported(packet)
        return test
    sides: tuple[int, ...] = (0, 1)
    if word in ("src", "dst"):
        sides = (0,) if word == "src" else (1,)
        word = rest.pop(0) if rest[:1] in (["host"], ["port"]) else "host"
    value = rest.pop(0) if rest else ""
    if word == "port" and value.isdecimal():
        port = int(value)
        return lambda packet: packet.ports is not None and port in [packet.ports[side] for side in sides]
    address = literal(value)
    if word == "host" and address is not None:
        return lambda packet: address in [(packet.source, packet.destination)[side] for side in sides]
    raise UsageError(f"tcpdump: can't parse filter expression: syntax error near {(value or word)!r}", 1)


def _protocol(word: str) -> Test:
    match word:
        case "ip" | "ip6":
            version = 4 if word == "ip" else 6
            return lambda packet: packet.version == version
        case "icmp6":
            return lambda packet: packet.protocol is Protocol.ICMPV6
        case _:
            return lambda packet: packet.protocol == word


def _line(sighting: _Sighting, device: str, ethernet: bool, without_time: bool) -> str:
    hop = sighting.hop
    packet = hop.packet
    seconds, microseconds = divmod(sighting.time, 1_000_000)
    clock = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{microseconds:06} "
    time = "" if without_time else clock
    where = f"{hop.interface} {str(hop.direction).title():<3} " if device == "any" else ""
    frame = ""
    if ethernet and packet.ethernet is not None:
        kind = "IPv4 (0x0800)" if packet.version == 4 else "IPv6 (0x86dd)"
        source, destination = packet.ethernet
        frame = f"{source} > {destination}, ethertype {kind}, length {packet.length + 14}: "
    return f"{time}{where}{frame}{packet_line(packet, sighting.message)}"


def packet_line(packet: Packet, message: str = "") -> str:
    """A packet as tcpdump prints it with ``-n`` (print-ip.c, print-tcp.c, print-udp.c, print-icmp.c)."""
    name = "IP" if packet.version == 4 else "IP6"
    if packet.ports is None:
        return f"{name} {packet.source} > {packet.destination}: {_payload(packet, message)}"
    source, destination = packet.ports
    return f"{name} {packet.source}.{source} > {packet.destination}.{destination}: {_payload(packet, message)}"


FLAGS = {TcpFlags.SYN: "S", TcpFlags.SYN_ACK: "S.", TcpFlags.RST_ACK: "R.", TcpFlags.RST: "R",
         TcpFlags.PSH_ACK: "P.", TcpFlags.ACK: "."}  # fmt: skip


def _payload(packet: Packet, message: str) -> str:
    match packet.transport:
        case Tcp(flags=flags):
            numbers = "seq 0, ack 1" if flags is not TcpFlags.SYN else "seq 0"
            return f"Flags [{FLAGS.get(flags, str(flags))}], {numbers}, win 64240, length {packet.payload}"
        case Vxlan(vni=vni):
            inner = f"\n{packet_line(packet.inner, message)}" if packet.inner is not None else ""
            return f"VXLAN, flags [I] (0x08), vni {vni}{inner}"
        case Sctp(chunk=chunk):
            return f"sctp (1) [{chunk}]"
        case Icmp():
            return _icmp(packet, packet.transport)
        case _ if message:
            return message
        case _:
            return f"{str(packet.protocol).upper()}, length {packet.payload}"


def _icmp(packet: Packet, icmp: Icmp) -> str:
    name = "ICMP" if packet.version == 4 else "ICMP6"
    length = packet.length - (20 if packet.version == 4 else 40)
    if icmp.quoted is None:
        return f"{name} {icmp.kind}, id {icmp.identifier}, seq 1, length {length}"
    quoted = icmp.quoted
    match icmp.kind:
        case IcmpKind.PORT_UNREACHABLE if quoted.ports is not None:
            what = f"{quoted.destination} {quoted.protocol} port {quoted.ports[1]} unreachable"
        case IcmpKind.HOST_UNREACHABLE:
            what = f"host {quoted.destination} unreachable"
        case IcmpKind.NET_UNREACHABLE:
            what = f"net {quoted.destination} unreachable"
        case IcmpKind.FRAGMENTATION_NEEDED:
            what = f"{quoted.destination} unreachable - need to frag (mtu {icmp.mtu})"
        case IcmpKind.TIME_EXCEEDED:
            what = "time exceeded in-transit"
        case kind:
            what = f"{quoted.destination} unreachable - {kind}"
    return f"{name} {what}, length {length}"
