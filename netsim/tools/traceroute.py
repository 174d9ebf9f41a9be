"""``traceroute`` (Dmitry Butskoy's, with UDP, ICMP and TCP probes) and ``tracepath`` of iputils."""

from __future__ import annotations

from dataclasses import dataclass

from netsim.packet import IcmpKind
from netsim.tools.icmp_text import TRACEROUTE_MARKS, error_heard
from netsim.tools.machine import Host, HostNotFoundError, Machine, Output, milliseconds
from netsim.tools.options import Options, UsageError, parse
from netsim.trace import ClientSees, Exchange

UDP_PORT = 33434
TCP_PORT = 80
PROBE_SIZE = 60
TRACEPATH_PORT = 44444
LONGEST_PACKET = 65000
"""Bytes of tracepath's first probe at most (``mtu`` in iputils tracepath.c)."""
MAX_PROBES = 10


@dataclass(frozen=True, slots=True)
class _Method:
    """What is sent: ``port`` counts up with each UDP probe."""

    protocol: str
    port: int | None
    counts_up: bool = False


def run(machine: Machine, words: list[str]) -> Output:
    options = parse("traceroute", words, "46nITUm:q:w:p:f:", hint="")
    if not 1 <= len(options.operands) <= 2:
        raise UsageError('Specify "host" missing argument.', 2)
    try:
        host = machine.find(options.operands[0], 4 if "-4" in options else 6 if "-6" in options else None)
    except HostNotFoundError as error:
        typed = options.operands[0]
        return Output(f'{typed}: {error}\nCannot handle "host" cmdline arg `{typed}\' on position 1\n', 2)
    method = _method(options)
    hops = options.number("-m", default=30, lowest=1, highest=64, program="traceroute")
    probes = options.number("-q", default=3, lowest=1, highest=MAX_PROBES, program="traceroute")
    first = options.number("-f", default=1, lowest=1, highest=hops, program="traceroute")
    lines = [f"traceroute to {host.typed} ({host.address}), {hops} hops max, {PROBE_SIZE} byte packets"]
    for ttl in range(first, hops + 1):
        exchanges = [_probe(machine, host, method, ttl, (ttl - 1) * probes + n) for n in range(probes)]
        if exchanges[0].client_sees is ClientSees.UNREACHABLE and exchanges[0].reply is None:
            return Output("\n".join([*lines, "connect: Network is unreachable"]) + "\n", 1)
        lines.append(f"{ttl:2}  " + _hop_text(machine, exchanges, names="-n" not in options))
        if any(_is_last(exchange) for exchange in exchanges):
            break
    return Output("\n".join(lines) + "\n")


def _method(options: Options) -> _Method:
    port = options.number("-p", default=0, lowest=1, highest=65535, program="traceroute")
    if "-I" in options:
        return _Method("icmp", None)
    if "-T" in options:
        return _Method("tcp", port or TCP_PORT)
    return _Method("udp", port or (53 if "-U" in options else UDP_PORT), counts_up="-U" not in options)


def _probe(machine: Machine, host: Host, method: _Method, ttl: int, number: int) -> Exchange:
    port = method.port
    if port is not None and method.counts_up:
        port = min(port + number, 65535)
    size = 0 if method.protocol == "tcp" else PROBE_SIZE - 28
    return machine.send(host.address, port, method.protocol, ttl=ttl, size=size)


def _heard(exchange: Exchange) -> bool:
    """Whether anything came back that the program counts as an answer."""
    return exchange.client_sees in (ClientSees.CONNECTED, ClientSees.REFUSED) or error_heard(exchange) is not None


def _is_last(exchange: Exchange) -> bool:
    error = error_heard(exchange)
    return _heard(exchange) and (error is None or error.kind is not IcmpKind.TIME_EXCEEDED)


def _hop_text(machine: Machine, exchanges: list[Exchange], names: bool) -> str:
    """One line: an address once, as long as it stays the same, and a time or a star for each probe."""
    words: list[str] = []
    last = ""
    for exchange in exchanges:
        if not _heard(exchange) or exchange.reply is None:
            words.append("*")
            continue
        who = exchange.reply.packet.source
        if str(who) != last:
            words.append(f"{machine.name_of(who) or who} ({who})" if names else str(who))
            last = str(who)
        error = error_heard(exchange)
        words.append(f" {milliseconds(exchange):.3f} ms" + (TRACEROUTE_MARKS.get(error.kind, "") if error else ""))
    return " ".join(words)


def tracepath(machine: Machine, words: list[str]) -> Output:
    """UDP with DF, one probe a hop, which also finds the MTU of the path."""
    options = parse("tracepath", words, "46nbm:p:l:", hint="\nUsage\n  tracepath [options] <destination>\n")
    if len(options.operands) != 1:
        raise UsageError("tracepath: usage error: Destination address required", 1)
    try:
        host = machine.find(options.operands[0], 4 if "-4" in options else 6 if "-6" in options else None)
    except HostNotFoundError as error:
        return Output(f"tracepath: {options.operands[0]}: {error}\n", 1)
    return _tracepath(machine, host, options)


def _tracepath(machine: Machine, host: Host, options: Options) -> Output:
    hops = options.number("-m", default=30, lowest=1, highest=64, program="tracepath")
    port = options.number("-p", default=TRACEPATH_PORT, lowest=1, highest=65000, program="tracepath")
    headers = 28 if host.address.version == 4 else 48
    mtu = min(machine.mtu_to(host.address), LONGEST_PACKET)
    lines = [f" 1?: {'[LOCALHOST]':<33}pmtu {mtu}"]
    ttl = 1
    while ttl <= hops:
        exchange = machine.send(host.address, port + ttl, "udp", ttl=ttl, size=mtu - headers, dont_fragment=True)
        error = error_heard(exchange)
        if error is not None and error.kind is IcmpKind.FRAGMENTATION_NEEDED and error.mtu and error.mtu < mtu:
            mtu = error.mtu
            lines.append(f"{ttl:2}:  {_tracepath_name(machine, exchange, options):<52} pmtu {mtu}")
            continue
        if not _heard(exchange):
            lines.append(f"{ttl:2}:  no reply")
        else:
            reached = " reached" if _is_last(exchange) else ""
            name = _tracepath_name(machine, exchange, options)
            lines.append(f"{ttl:2}:  {name:<52} {milliseconds(exchange):7.3f}ms{reached}")
            if reached:
                return Output("\n".join([*lines, f"     Resume: pmtu {mtu} hops {ttl} back {_back(exchange)} "]) + "\n")
        ttl += 1
    return Output("\n".join([*lines, f"     Too many hops: pmtu {mtu}", f"     Resume: pmtu {mtu} "]) + "\n")


def _tracepath_name(machine: Machine, exchange: Exchange, options: Options) -> str:
    assert exchange.reply is not None
    who = exchange.reply.packet.source
    if "-n" in options:
        return str(who)
    name = machine.name_of(who) or str(who)
    return f"{name} ({who})" if "-b" in options else name


def _back(exchange: Exchange) -> int:
    """Hops of the way back, guessed from the TTL that is left (iputils tracepath.c)."""
    assert exchange.reply is not None
    ttl = exchange.reply.packet.ttl
    return next(start for start in (64, 128, 255) if ttl <= start) - ttl + 1
