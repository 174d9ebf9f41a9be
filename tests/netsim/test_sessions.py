"""Probes that meet what earlier ones left behind.

ops/probe 10.244.1.9 (n1) ── Service shop/web 10.96.41.80:80 ── shop/web-0 (n1), shop/web-1 (n2)
"""

from __future__ import annotations

from netsim import Probe, Simulation
from netsim.packet import Protocol
from netsim.trace import ConntrackLookup, Exchange

PROBE = Probe("pod/ops/probe", "svc/shop/web:80", source_port=42000)


def states(exchange: Exchange) -> list[str]:
    """What conntrack says of the client's own packets; those of the tunnel between nodes are flows by themselves."""
    steps = (step for hop in exchange.request.hops for step in hop.steps)
    return [
        step.state
        for step in steps
        if isinstance(step, ConntrackLookup) and step.original and step.original.protocol is Protocol.TCP
    ]


def test_without_a_session_every_probe_opens_a_new_connection(simulation: Simulation) -> None:
    simulation.trace(PROBE)

    assert set(states(simulation.trace(PROBE))) == {"NEW"}


def test_in_a_session_the_same_tuple_continues_its_connection(simulation: Simulation) -> None:
    session = simulation.session()
    session.trace(PROBE)

    assert set(states(session.trace(PROBE))) == {"ESTABLISHED"}


def test_a_known_connection_keeps_its_endpoint_whatever_the_dice_say(simulation: Simulation) -> None:
    session = simulation.session()
    servers = {
        server.name
        for seed in range(8)
        if (server := session.trace(Probe("pod/ops/probe", "svc/shop/web:80", seed=seed)).server) is not None
    }

    assert len(servers) == 1


def test_another_source_port_is_another_connection(simulation: Simulation) -> None:
    session = simulation.session()
    session.trace(PROBE)
    other = Probe("pod/ops/probe", "svc/shop/web:80", source_port=42001)

    assert set(states(session.trace(other))) == {"NEW"}
