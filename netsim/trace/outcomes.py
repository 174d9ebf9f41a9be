"""How a packet's way ends, and what its sender experiences."""

from __future__ import annotations

from enum import StrEnum


class Disposition(StrEnum):
    """How a packet's way ended; the first two are successes."""

    ACCEPTED = "ACCEPTED"
    EXITS_NETWORK = "EXITS_NETWORK"
    NO_LISTENER = "NO_LISTENER"
    REJECTED = "REJECTED"
    DROPPED = "DROPPED"
    NO_ROUTE = "NO_ROUTE"
    BLACKHOLED = "BLACKHOLED"
    NEIGHBOR_UNREACHABLE = "NEIGHBOR_UNREACHABLE"
    TTL_EXCEEDED = "TTL_EXCEEDED"
    TOO_BIG = "TOO_BIG"
    LOOP = "LOOP"

    @property
    def is_success(self) -> bool:
        return self in (Disposition.ACCEPTED, Disposition.EXITS_NETWORK)


class ClientSees(StrEnum):
    """What the process that sent the packet experiences."""

    CONNECTED = "connected"
    REFUSED = "refused"
    RESET = "reset"
    UNREACHABLE = "unreachable"
    TTL_EXCEEDED = "ttl exceeded"
    TOO_BIG = "message too long"
    NOT_PERMITTED = "not permitted"
    DENIED = "permission denied"
    INVALID_ARGUMENT = "invalid argument"
    STALLED = "connected, then stalled"
    TIMEOUT = "timeout"
