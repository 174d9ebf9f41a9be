"""The HTTP answer to a request that came through: every application tells who it is and what it saw."""

from __future__ import annotations

from dataclasses import dataclass

from netsim.l7.http import HttpRequest
from netsim.requests import HttpExchange
from netsim.trace import Exchange

HTTPS_PORTS = (443, 6443, 8443)
"""Ports on which applications expect TLS, by custom; any other speaks plain HTTP. A proxy ends TLS where it listens."""


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """``head`` are the status line and the headers."""

    status: int
    head: tuple[str, ...]
    body: str


def refused_handshake(result: HttpExchange, tls: bool) -> bool:
    """Whether the client starts TLS with an application that speaks plain HTTP."""
    return tls and not result.decisions and not _expects_tls(result.legs[0].exchange)


def answer(result: HttpExchange, tls: bool) -> HttpAnswer | None:
    """What the client reads; None where the connection ends without an answer."""
    if result.response is None:
        return None
    first = result.legs[0].exchange
    if not tls and not result.decisions and _expects_tls(first):
        return _answer("400 Bad Request", (), "Client sent an HTTP request to an HTTPS server.\n")
    seen = result.seen_by_application
    if seen is None:
        return _answer(result.response.text, result.response.headers, f"{result.response.text}\n")
    last = next(leg.exchange for leg in reversed(result.legs) if not leg.mirror)
    return _answer(result.response.text, result.response.headers, _told(last, seen))


def _expects_tls(exchange: Exchange) -> bool:
    seen = exchange.seen_by_server
    return seen is not None and seen.ports is not None and seen.ports[1] in HTTPS_PORTS


def _answer(status: str, headers: tuple[tuple[str, str], ...], body: str) -> HttpAnswer:
    head = (
        f"HTTP/1.1 {status}",
        *(f"{name}: {value}" for name, value in headers),
        f"Content-Length: {len(body.encode())}",
        "Content-Type: text/plain; charset=utf-8",
    )
    return HttpAnswer(int(status.split()[0]), head, body)


def _told(exchange: Exchange, seen: HttpRequest) -> str:
    """Who answers, to whom, and the request as it arrived."""
    server, packet = exchange.server, exchange.seen_by_server
    assert server is not None
    assert packet is not None
    source = f"[{packet.source}]" if packet.version == 6 else str(packet.source)
    lines = [f"Hostname: {server.name}"]
    lines += [f"Namespace: {server.namespace}"] if server.namespace else []
    lines += [f"Node: {server.node}"] if server.node else []
    lines += [f"IP: {packet.destination}", f"RemoteAddr: {source}:{packet.ports[0] if packet.ports else 0}"]
    lines += [f"{seen.method} {seen.target} HTTP/1.1", f"Host: {seen.host}"]
    lines += [f"{name}: {value}" for name, value in seen.headers]
    return "".join(f"{line}\n" for line in lines)
