"""What a proxy decides about a request, with the evidence for it."""

from __future__ import annotations

from dataclasses import dataclass

from netsim.l7.http import HttpRequest, HttpResponse
from netsim.packet import IPAddress


@dataclass(frozen=True, slots=True)
class Tried:
    """One thing that was looked at: a rule, a listener, a grant; ``matched`` says whether it took the request."""

    candidate: str
    matched: bool
    why: str

    @property
    def text(self) -> str:
        return f"{'✓' if self.matched else '✗'} {self.candidate}: {self.why}"


@dataclass(frozen=True, slots=True)
class Destination:
    """An address to connect to; ``name`` is that of the Pod, or of the Service where its address is used.

    ``security`` is how a mesh proxy speaks to it: ``none``, ``mTLS`` or ``HBONE``; ``tunnelled`` is what an HBONE
    tunnel is asked to lead to, where that is not the address and port itself.
    """

    address: IPAddress
    port: int
    name: str = ""
    security: str = "none"
    tunnelled: Destination | None = None

    @property
    def text(self) -> str:
        host = f"[{self.address}]" if self.address.version == 6 else str(self.address)
        return f"{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Target:
    """A backend and its share of the requests, from 0 to 1; each of its destinations is equally likely.

    ``request`` is what is sent to it. Without destinations the share is answered with ``response`` (None: the
    connection is closed), and ``reason`` says why.
    """

    backend: str
    share: float
    request: HttpRequest
    destinations: tuple[Destination, ...] = ()
    response: HttpResponse | None = None
    reason: str = ""
    response_headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """The targets' shares sum to 1. A ``response`` instead of targets is given by the proxy itself."""

    by: str
    reason: str
    tried: tuple[Tried, ...] = ()
    targets: tuple[Target, ...] = ()
    response: HttpResponse | None = None
    mirrors: tuple[Target, ...] = ()
    notes: tuple[str, ...] = ()
