"""What a proxy tells a backend about the client that it stands in front of."""

from __future__ import annotations

from netsim.l7.controllers import Implementation
from netsim.l7.http import HttpRequest


def forwarded(request: HttpRequest, client: str, implementation: Implementation) -> HttpRequest:
    """The request with the address of its client, as the proxy saw it on the connection, and with host and scheme."""
    before = request.header("X-Forwarded-For")
    chain = f"{before}, {client}" if before and implementation.keeps_forwarded_for else client
    host = request.host
    request = request.with_header("X-Forwarded-For", chain).with_header("X-Forwarded-Proto", request.scheme)
    if implementation.tells_host:
        request = request.with_header("X-Forwarded-Host", host).with_header("X-Real-IP", client)
    return request
