"""Probes that meet what earlier ones left behind.

ops/probe 10.244.1.9 (n1) ── Service shop/web 10.96.41.80:80 ── shop/web-0 (n1), shop/web-1 (n2)
"""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from netsim import Probe, Simulation
from netsim.linux.conntrack import FlowTuple
from netsim.linux.namespace import NetworkNamespace
from netsim.packet import Protocol
from netsim.trace import ConntrackLookup, Disposition, Exchange
from tests.netsim.harbour import simulate

PROBE = Probe("pod/ops/probe", "svc/shop/web:80", source_port=42000)
WEB_1 = 3
"""A seed with which kube-proxy's rules pick shop/web-1."""


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


TO_SERVICE, TO_ENDPOINT = "svc/shop/web:80", "pod/shop/web-1:8080"


@pytest.mark.parametrize(
    "order", [(TO_SERVICE, TO_ENDPOINT), (TO_ENDPOINT, TO_SERVICE)], ids=["Service first", "endpoint first"]
)
def test_a_service_and_its_endpoint_can_be_called_from_one_source_port(
    simulation: Simulation, order: tuple[str, str]
) -> None:
    """Both answers would look the same on n1; the second connection gets another source port there."""
    session = simulation.session()
    exchanges = [session.trace(Probe("pod/ops/probe", to, seed=WEB_1, source_port=42000)) for to in order]

    assert [exchange.client_sees for exchange in exchanges] == ["connected", "connected"]
    assert [exchange.seen_by_server.ports[0] == 42000 for exchange in exchanges] == [True, False]


def full_table(simulation: Simulation) -> Simulation:
    """Node n1 as it is when thousands of other flows fill its table."""
    simulation.network.amend("n1", _fill)
    return simulation


def _fill(namespace: NetworkNamespace) -> None:
    namespace.sysctls["net.netfilter.nf_conntrack_max"] = 1000
    namespace.sysctls["net.netfilter.nf_conntrack_count"] = 1000


def test_a_full_table_loses_the_first_packet_of_a_connection() -> None:
    exchange = full_table(simulate()).trace(PROBE)

    assert exchange.verdict is Disposition.DROPPED
    assert exchange.reason == "nf_conntrack: table full, n1 drops the packet of a new connection"


def test_a_full_table_lets_known_connections_go_on() -> None:
    session = simulate().session()
    session.trace(PROBE)

    assert session.on(full_table(simulate())).trace(PROBE).client_sees == "connected"


def test_an_entry_from_before_the_first_packet_decides_where_it_goes() -> None:
    """A stale UDP entry: the address behind the DNS Service when the client asked last has gone."""
    simulation = simulate()
    client, dns, gone = (ip_address(text) for text in ("10.244.1.9", "10.96.0.10", "10.244.1.77"))
    asked = FlowTuple(client, 41000, dns, 53, Protocol.UDP)
    answered = FlowTuple(gone, 53, client, 41000, Protocol.UDP)
    simulation.network.amend("n1", lambda namespace: namespace.old_connections.append((asked, answered)))

    exchange = simulation.trace(Probe("pod/ops/probe", "10.96.0.10:53", protocol="udp"))

    assert exchange.reason == f"nobody on cni0 of n1 answers for {gone}"
