"""A flow that is sent both ways, through the engine and through the real kernel.

A scenario may break the network before anything is sent, as an experiment of the course would; both sides then get the
broken network.
"""

from __future__ import annotations

from dataclasses import dataclass

from netsim import Probe
from tests.kernel.changes import Change


@dataclass(frozen=True, slots=True)
class Scenario:
    """``sees`` is what theory says that the client experiences, so that both sides cannot be wrong alike unnoticed."""

    name: str
    probe: Probe
    sees: str
    cluster: str = "one-rack"
    change: Change | None = None


def send(
    name: str,
    source: str,
    destination: str,
    sees: str = "connected",
    *,
    cluster: str = "one-rack",
    change: Change | None = None,
    protocol: str = "tcp",
    ttl: int = 64,
    size: int = 0,
    dont_fragment: bool = False,
) -> Scenario:
    probe = Probe(source, destination, protocol=protocol, ttl=ttl, size=size, dont_fragment=dont_fragment)
    return Scenario(name, probe, sees, cluster, change)
