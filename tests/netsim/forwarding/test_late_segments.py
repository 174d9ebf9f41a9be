"""A segment of the server from beyond the window, and the connection that it was for.

ops/probe (n1) ── n1: DNAT 10.96.77.7:80 → 10.244.3.7:9090 ══ n3 ── shop/api-0
"""

from __future__ import annotations

import pytest

import netsim
from netsim import Probe
from netsim.packet import TcpFlags
from tests.netsim.harbour import SCENE, simulate

API = Probe("pod/ops/probe", "svc/shop/api:80", late_segment=True)


@pytest.fixture(scope="module")
def unguarded() -> netsim.Simulation:
    return netsim.Simulation(netsim.load_cluster([(SCENE.name, SCENE.read_text())], faults=["late-packets"]))


def test_the_traces_are_the_segment_the_reset_the_next_segment_and_a_reset(unguarded):
    data = unguarded.trace(API).data
    assert [trace.hops[0].packet.transport.flags for trace in data] == [
        TcpFlags.PSH_ACK, TcpFlags.RST, TcpFlags.PSH_ACK, TcpFlags.RST,
    ]  # fmt: skip


def test_the_client_resets_a_connection_that_it_does_not_know(unguarded):
    reset = unguarded.trace(API).data[1].hops[0].packet
    assert (str(reset.source), str(reset.destination), reset.ports) == ("10.244.1.9", "10.244.3.7", (41000, 9090))


def test_the_reset_meets_the_servers_connection(unguarded):
    assert "whose connection it ends" in unguarded.trace(API).data[1].reason


def test_the_last_reset_is_translated_and_ends_the_connection(unguarded):
    exchange = unguarded.trace(API)
    assert (str(exchange.data[3].packet.source), exchange.client_sees) == ("10.96.77.7", "reset")


def test_a_connection_to_the_pod_itself_outlives_it(unguarded):
    """Untranslated is right where nothing was to be translated."""
    exchange = unguarded.trace(Probe("pod/ops/probe", "pod/shop/api-0:9090", late_segment=True))
    assert (exchange.client_sees, len(exchange.data)) == ("connected", 1)


def test_a_masqueraded_client_never_gets_the_segment(unguarded):
    """It is addressed to the node, where nobody has that port; the node's reset meets the server's connection."""
    exchange = unguarded.trace(Probe("external", "172.20.1.11:30080", late_segment=True))
    assert (exchange.data[1].hops[0].namespace, exchange.client_sees) == ("n1", "reset")


def test_kube_proxy_drops_it_on_the_servers_node():
    exchange = simulate().trace(API)
    assert exchange.client_sees == "connected"
    assert "KUBE-FORWARD" in exchange.data[0].reason


def test_a_session_goes_on_with_a_new_connection(unguarded):
    session = unguarded.session()
    session.trace(API)
    assert session.trace(Probe("pod/ops/probe", "svc/shop/api:80")).client_sees == "connected"


@pytest.mark.parametrize("protocol", ["udp", "icmp", "sctp"])
def test_only_tcp_has_segments(unguarded, protocol):
    with pytest.raises(netsim.NetsimError, match="late_segment: .* has no segments"):
        unguarded.trace(Probe("pod/ops/probe", "10.244.3.7", 53, protocol=protocol, late_segment=True))
