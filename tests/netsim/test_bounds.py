"""What one answer may cost: packets in circles end, and no answer grows with the cluster.

n1 ── router ── n2      both nodes send 10.250.0.0/16 to each other
"""

from __future__ import annotations

import json
from ipaddress import ip_network

from netsim import Probe, Simulation, exchange_document
from netsim.branching import summarized
from netsim.linux.routing import Route
from netsim.trace import Disposition
from tests.netsim.harbour import simulate
from tests.netsim.test_branching import CROWD

NOWHERE = ip_network("10.250.0.0/16")
LARGEST = 1_000_000
"""Bytes of JSON; a way across two nodes takes some 60,000."""


def circular() -> Simulation:
    simulation = simulate()
    gateway = simulation.cluster.nodes[0].addresses[0]
    route = Route(destination=NOWHERE, gateway=gateway, device="eth-rack-a")
    simulation.network.amend("router", lambda router: router.routes.add(route))
    return simulation


def test_a_packet_in_circles_ends_when_its_ttl_does() -> None:
    exchange = circular().trace(Probe("external", "10.250.1.1:80"))

    assert exchange.verdict in (Disposition.TTL_EXCEEDED, Disposition.LOOP)


def test_the_longest_way_is_bounded_as_json() -> None:
    exchange = circular().trace(Probe("external", "10.250.1.1:80", ttl=255))

    assert len(json.dumps(exchange_document(exchange))) < LARGEST


def test_a_thousand_endpoints_are_told_in_bounded_json() -> None:
    simulation = simulate(CROWD.format(replicas=300))
    branches = summarized(simulation.branches(Probe("pod/ops/probe", "svc/shop/crowd:80")))

    assert sum(each.count for each in branches) == 300
    assert len(json.dumps([each.document() for each in branches])) < LARGEST
