"""``nc`` of OpenBSD, as far as it tells whether a port is open."""

from __future__ import annotations

from netsim.packet import Protocol
from netsim.tools.icmp_text import unreachable_text
from netsim.tools.machine import HostNotFoundError, Machine, Output
from netsim.tools.options import UsageError, parse
from netsim.trace import ClientSees, Exchange

USAGE = "usage: nc [-46nuvz] [-w timeout] [destination] [port]\n"
MAX_PORTS = 100
SERVICES = {22: "ssh", 53: "domain", 80: "http", 443: "https", 3306: "mysql", 5432: "postgresql", 6379: "redis"}
"""Names of well-known ports (/etc/services)."""

FAILURES = {
    ClientSees.REFUSED: "failed: Connection refused",
    ClientSees.RESET: "failed: Connection reset by peer",
    ClientSees.NOT_PERMITTED: "failed: Operation not permitted",
    ClientSees.TIMEOUT: "timed out: Operation now in progress",
}


def run(machine: Machine, words: list[str]) -> Output:
    options = parse("nc", words, "46nuvzw:N", exit_code=1, hint=USAGE)
    if len(options.operands) != 2:
        raise UsageError(USAGE, 1)
    typed, ports = options.operands[0], _ports(options.operands[1])
    try:
        host = machine.find(typed, 4 if "-4" in options else 6 if "-6" in options else None)
    except HostNotFoundError as error:
        return Output(f'nc: getaddrinfo for host "{typed}" port {ports[0]}: {error}\n', 1)
    protocol = Protocol.UDP if "-u" in options else Protocol.TCP
    lines: list[str] = []
    connected = False
    for port in ports:
        exchange = machine.send(host.address, port, protocol)
        where = f"{_named(typed, str(host.address))} port {port} ({protocol})"
        if _counts_as_open(exchange.client_sees, protocol):
            connected = True
            service = f"[{protocol}/{SERVICES.get(port, '*')}]"
            said = f"Connection to {_named(typed, str(host.address))} {port} port {service} succeeded!"
        else:
            said = f"nc: connect to {where} {_failure(exchange)}"
        if "-v" in options:
            lines.append(said)
    return Output("".join(f"{line}\n" for line in lines), 0 if connected else 1)


def _failure(exchange: Exchange) -> str:
    if exchange.client_sees is ClientSees.UNREACHABLE:
        return f"failed: {unreachable_text(exchange)}"
    return FAILURES.get(exchange.client_sees, f"failed: {exchange.client_sees}")


def _named(typed: str, address: str) -> str:
    return typed if typed == address else f"{typed} ({address})"


def _counts_as_open(sees: ClientSees, protocol: Protocol) -> bool:
    """A datagram that nobody answers looks like an open port: only an ICMP error tells that it is closed."""
    return sees is ClientSees.CONNECTED or (protocol is Protocol.UDP and sees is ClientSees.TIMEOUT)


def _ports(text: str) -> range:
    first, _, last = text.partition("-")
    if not (first.isdecimal() and (not last or last.isdecimal())):
        raise UsageError(f"nc: port number invalid: {text}", 1)
    low, high = int(first), int(last or first)
    if not 1 <= low <= high <= 65535:
        raise UsageError(f"nc: port number {'too small' if low < 1 else 'too large'}: {text}", 1)
    return range(low, min(high, low + MAX_PORTS - 1) + 1)
