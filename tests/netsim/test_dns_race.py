"""A and AAAA from one socket at the same time: both open the same connection, and the kernel enters one.

ops/probe (n1) ── n1: DNAT 10.96.0.10:53 ──┬── coredns-a
                                           └── coredns-b
"""

from __future__ import annotations

from dataclasses import replace
from itertools import count

import pytest

import netsim
from netsim import Probe
from netsim.resolver import Resolution, Resolver
from tests.netsim.harbour import SCENE, simulate

NAME = "web.shop.svc.cluster.local."
QUERY = Probe("pod/ops/probe", "10.96.0.10:53", protocol="udp")


@pytest.fixture(scope="module")
def healthy() -> netsim.Simulation:
    return simulate()


@pytest.fixture(scope="module")
def racing() -> netsim.Simulation:
    return netsim.Simulation(netsim.load_cluster([(SCENE.name, SCENE.read_text())], faults=["dns-race"]))


def look_up(simulation: netsim.Simulation, simultaneous: bool = True) -> Resolution:
    """From a port whose second question is given another endpoint than the first."""
    session, ports = simulation.session(), count(50002)
    return Resolver(session, simulation.cluster, "pod/ops/probe", ports, simultaneous=simultaneous).lookup(NAME)


def test_two_translations_of_one_connection_cost_a_query(racing):
    lost = look_up(racing).queries[1]
    assert (lost.outcome, "insert_failed" in lost.exchange.reason) == ("timeout", True)


def test_the_client_waits_and_asks_again_one_after_the_other(racing):
    resolution = look_up(racing)
    asked = [(str(query.question.type), query.attempt, query.outcome) for query in resolution.queries]
    assert asked == [("A", 1, "NOERROR"), ("AAAA", 1, "timeout"), ("A", 2, "NOERROR"), ("AAAA", 2, "NODATA")]
    assert resolution.seconds == 5


def test_it_does_not_matter_which_of_the_two_is_lost(racing):
    resolution = look_up(racing)
    assert replace(resolution, queries=resolution.queries[::-1]).seconds == 5


def test_a_newer_kernel_enters_both_and_tells_them_apart_by_their_answers(healthy):
    resolution = look_up(healthy)
    servers = [query.exchange.server.name for query in resolution.queries]
    assert (len(set(servers)), [query.outcome for query in resolution.queries]) == (2, ["NOERROR", "NODATA"])


def test_one_after_the_other_they_share_the_entry(racing):
    assert len({query.exchange.server.name for query in look_up(racing, simultaneous=False).queries}) == 1


@pytest.mark.parametrize(
    ("seed", "sees"), [(0, "connected"), (6, "timeout")], ids=["same endpoint", "another endpoint"]
)
def test_only_another_translation_clashes(racing, seed, sees):
    session = racing.session()
    session.trace(QUERY)
    assert session.trace(replace(QUERY, seed=seed, simultaneous=True)).client_sees == sees


def test_tcp_does_not_share_an_entry(healthy):
    session = healthy.session()
    session.trace(replace(QUERY, protocol="tcp"))
    assert session.trace(replace(QUERY, protocol="tcp", seed=6, simultaneous=True)).client_sees == "timeout"


def test_nothing_clashes_from_another_port(racing):
    session = racing.session()
    session.trace(QUERY)
    other = replace(QUERY, source_port=42000, seed=6, simultaneous=True)
    assert session.trace(other).client_sees == "connected"
