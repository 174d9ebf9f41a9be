"""What a process that takes an HTTP request answers: every server of the simulation tells who it is and what it saw."""

from __future__ import annotations

from dataclasses import dataclass

from netsim.trace import Exchange


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A request as it is sent; ``extra`` are further header lines."""

    method: str
    path: str
    host: str
    agent: str
    extra: tuple[str, ...] = ()

    @property
    def lines(self) -> tuple[str, ...]:
        start = f"{self.method} {self.path} HTTP/1.1"
        return (start, f"Host: {self.host}", f"User-Agent: {self.agent}", "Accept: */*", *self.extra)


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """``head`` are the status line and the headers."""

    status: int
    head: tuple[str, ...]
    body: str


HTTPS_PORTS = (443, 6443, 8443)
"""Ports on which servers expect TLS, by custom; any other speaks plain HTTP."""


def answer(exchange: Exchange, request: HttpRequest, tls: bool) -> HttpAnswer | str:
    """The answer, or curl's words for a connection that ends without one."""
    server, seen = exchange.server, exchange.seen_by_server
    if server is None or seen is None or seen.ports is None:
        return "Empty reply from server"
    if tls and seen.ports[1] not in HTTPS_PORTS:
        return "OpenSSL/3.0.19: error:0A00010B:SSL routines::wrong version number"
    body = "".join(
        f"{line}\n"
        for line in (
            f"Hostname: {server.name}",
            *([f"Namespace: {server.namespace}"] if server.namespace else []),
            *([f"Node: {server.node}"] if server.node else []),
            f"IP: {seen.destination}",
            f"RemoteAddr: {_endpoint(str(seen.source), seen.ports[0])}",
            *request.lines,
        )
    )
    if not tls and seen.ports[1] in HTTPS_PORTS:
        return _reply(400, "Bad Request", "Client sent an HTTP request to an HTTPS server.\n")
    return _reply(200, "OK", body)


def _reply(status: int, reason: str, body: str) -> HttpAnswer:
    head = (
        f"HTTP/1.1 {status} {reason}", f"Content-Length: {len(body.encode())}",
        "Content-Type: text/plain; charset=utf-8",
    )  # fmt: skip
    return HttpAnswer(status, head, body)


def _endpoint(address: str, port: int) -> str:
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
