"""``ping`` of iputils."""

from __future__ import annotations

from netsim.kubernetes.objects import IPAddress
from netsim.tools.icmp_text import error_heard, ping_text
from netsim.tools.machine import Host, HostNotFoundError, Machine, Output, milliseconds
from netsim.tools.options import Options, UsageError, parse
from netsim.trace import ClientSees, Disposition, Exchange

DEFAULT_COUNT = 4
"""Without ``-c`` the real one goes on until it is interrupted."""

MAX_COUNT = 100
USAGE = "\nUsage\n  ping [options] <destination>\n\nFor more details see ping(8).\n"


def run(machine: Machine, words: list[str]) -> Output:
    options = parse("ping", words, "46nqc:s:t:M:W:w:i:I:", exit_code=2, hint=USAGE)
    if len(options.operands) != 1:
        raise UsageError("ping: usage error: Destination address required", 1)
    if options.any("-I"):
        raise UsageError("ping: -I is not simulated; the routing table picks the device", 2)
    version = 4 if "-4" in options else 6 if "-6" in options else None
    try:
        host = machine.find(options.operands[0], version)
    except HostNotFoundError as error:
        return Output(f"ping: {options.operands[0]}: {error}\n", 2)
    return _ping(machine, host, options)


def _ping(machine: Machine, host: Host, options: Options) -> Output:
    count = options.number("-c", default=DEFAULT_COUNT, lowest=1, highest=MAX_COUNT, program="ping")
    size = options.number("-s", default=56, lowest=0, highest=65000, program="ping")
    ttl = options.number("-t", default=64, lowest=1, highest=255, program="ping")
    identifier = next(machine.record.ports)
    lines = [_heading(host, size)]
    times: list[float] = []
    errors = 0
    for sequence in range(1, count + 1):
        exchange = machine.send(
            host.address, None, "icmp", source_port=identifier, ttl=ttl, size=size,
            dont_fragment=options.text("-M") == "do",
        )  # fmt: skip
        if _has_no_route(exchange):
            return Output("ping: connect: Network is unreachable\n", 2)
        line = _line(exchange, host, sequence, size, machine)
        if exchange.client_sees is ClientSees.CONNECTED:
            times.append(milliseconds(exchange))
        elif line:
            errors += 1
        if line and "-q" not in options:
            lines.append(line)
    return Output("\n".join([*lines, *_statistics(host, count, times, errors)]) + "\n", 0 if times else 1)


def _has_no_route(exchange: Exchange) -> bool:
    """Whether the sender itself knows no way, so that connect() fails."""
    unroutable = exchange.request.disposition in (Disposition.NO_ROUTE, Disposition.BLACKHOLED)
    return unroutable and len(exchange.request.hops) == 1 and exchange.reply is None


def _heading(host: Host, size: int) -> str:
    if host.address.version == 6:
        return f"PING {host.typed}({host.address}) {size} data bytes"
    return f"PING {host.typed} ({host.address}) {size}({size + 28}) bytes of data."


def _line(exchange: Exchange, host: Host, sequence: int, size: int, machine: Machine) -> str:
    """What ping prints for one request; "" for silence."""
    if exchange.client_sees is ClientSees.CONNECTED and exchange.reply is not None:
        who = _who(host, exchange.reply.packet.source)
        ttl = exchange.reply.packet.ttl
        return f"{size + 8} bytes from {who}: icmp_seq={sequence} ttl={ttl} time={milliseconds(exchange):.3g} ms"
    if exchange.client_sees is ClientSees.NOT_PERMITTED:
        return "ping: sendmsg: Operation not permitted"
    error = error_heard(exchange)
    if error is None or exchange.reply is None:
        if exchange.client_sees is ClientSees.TOO_BIG:
            return f"ping: local error: message too long, mtu={machine.mtu_to(exchange.request.packet.destination)}"
        if exchange.client_sees is ClientSees.UNREACHABLE:
            source = exchange.request.packet.source
            return f"From {source} icmp_seq={sequence} Destination Host Unreachable"
        return ""
    packet = exchange.reply.packet
    return f"From {packet.source} icmp_seq={sequence} {ping_text(error, packet.version)}"


def _who(host: Host, answering: IPAddress) -> str:
    return str(answering) if host.typed == str(host.address) else f"{host.typed} ({answering})"


def _statistics(host: Host, count: int, times: list[float], errors: int) -> list[str]:
    lost = 100 * (count - len(times)) / count
    spent = 1000 * (count - 1)
    failed = f"+{errors} errors, " if errors else ""
    lines = [
        "",
        f"--- {host.typed} ping statistics ---",
        f"{count} packets transmitted, {len(times)} received, {failed}{lost:g}% packet loss, time {spent}ms",
    ]
    if not times:
        return [*lines, ""]
    mean = sum(times) / len(times)
    return [*lines, f"rtt min/avg/max/mdev = {min(times):.3f}/{mean:.3f}/{max(times):.3f}/0.000 ms"]
