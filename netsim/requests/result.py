"""What became of a request, as data with its evidence, and as JSON values."""

from __future__ import annotations

from dataclasses import dataclass

from netsim.l7.decision import Decision, Target
from netsim.l7.http import Headers, HttpRequest, HttpResponse
from netsim.serialize import Document, exchange_document
from netsim.trace import Exchange


@dataclass(frozen=True, slots=True)
class Leg:
    """One connection on the way and the request that it carries.

    ``security`` is ``none``, ``TLS``, ``mTLS`` or ``HBONE``; ``mirror`` marks a copy whose answer nobody reads.
    ``decision`` is what the receiver made of the request, where it is a proxy.
    """

    sender: str
    receiver: str
    exchange: Exchange
    request: HttpRequest
    security: str = "none"
    mirror: bool = False
    decision: Decision | None = None


@dataclass(frozen=True, slots=True)
class HttpExchange:
    """``status`` is None where no answer came, and then ``client_sees`` says what happened instead of ``response``.

    ``application`` names who answered, ``seen_by_application`` is the request as it got there, over the last leg.
    """

    client_sees: str
    reason: str
    probability: float
    response: HttpResponse | None = None
    application: str = ""
    seen_by_application: HttpRequest | None = None
    legs: tuple[Leg, ...] = ()

    @property
    def decisions(self) -> tuple[Decision, ...]:
        """Those of all proxies, in order."""
        return tuple(leg.decision for leg in self.legs if leg.decision is not None)

    @property
    def status(self) -> int | None:
        return self.response.status if self.response is not None else None

    @property
    def source_seen(self) -> str | None:
        """The source address on the connection that reached the application."""
        if self.seen_by_application is None:
            return None
        last = next(leg for leg in reversed(self.legs) if not leg.mirror)
        packet = last.exchange.seen_by_server
        return str(packet.source) if packet is not None else None


def request_document(result: HttpExchange) -> Document:
    """The result as ``python -m netsim http --json`` prints it."""
    seen = result.seen_by_application
    return {
        "status": result.status,
        "client_sees": result.client_sees,
        "reason": result.reason,
        "probability": result.probability,
        "response_headers": _headers(result.response.headers) if result.response is not None else [],
        "application": result.application or None,
        "seen_by_application": {"source_ip": result.source_seen, **_request(seen)} if seen is not None else None,
        "decisions": [_decision(decision) for decision in result.decisions],
        "legs": [_leg(leg) for leg in result.legs],
    }


def _headers(headers: Headers) -> list[Document]:
    return [{"name": name, "value": value} for name, value in headers]


def _request(request: HttpRequest) -> Document:
    return {
        "method": request.method,
        "scheme": request.scheme,
        "host": request.host,
        "path": request.path,
        "query": request.query,
        "headers": _headers(request.headers),
    }


def _leg(leg: Leg) -> Document:
    return {
        "sender": leg.sender,
        "receiver": leg.receiver,
        "security": leg.security,
        "mirror": leg.mirror,
        "request": _request(leg.request),
        "exchange": exchange_document(leg.exchange),
        "decision": _decision(leg.decision) if leg.decision is not None else None,
    }


def _decision(decision: Decision) -> Document:
    return {
        "by": decision.by,
        "reason": decision.reason,
        "status": decision.response.status if decision.response is not None else None,
        "notes": list(decision.notes),
        "tried": [
            {"candidate": each.candidate, "matched": each.matched, "why": each.why, "text": each.text}
            for each in decision.tried
        ],
        "targets": [_target(target) for target in decision.targets],
    }


def _target(target: Target) -> Document:
    return {
        "backend": target.backend,
        "probability": target.share,
        "destinations": [{"address": each.text, "name": each.name} for each in target.destinations],
        "status": target.response.status if target.response is not None else None,
        "reason": target.reason,
    }
