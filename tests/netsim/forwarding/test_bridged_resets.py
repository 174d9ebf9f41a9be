"""REJECT with tcp-reset for what came in by a bridge port. The cluster: see harbour.py.

ops/probe 10.244.1.9 ── cni0 (n1) ── shop/web-0 10.244.1.5, behind the Service shop/web
"""

from __future__ import annotations

import pytest

from netsim import Probe, Simulation
from netsim.linux.netfilter import Hook, ProtocolIs, Reject, RejectWith
from netsim.packet import Protocol
from netsim.trace import RulesHit
from tests.netsim.harbour import simulate, taps


@pytest.fixture
def resetting() -> Simulation:
    """n1 resets every TCP connection that it forwards or bridges."""
    simulation = simulate()
    chain = simulation.network.namespaces["n1"].netfilter.table("filter").chains[Hook.FORWARD]
    chain.prepend(Reject(RejectWith.TCP_RESET), ProtocolIs(Protocol.TCP))
    return simulation


def test_the_reset_leaves_by_the_port_that_the_frame_came_in_by(resetting):
    exchange = resetting.trace(Probe("pod/ops/probe", "pod/shop/web-0:8080"))
    port = resetting.network.namespaces["ops/probe"].interfaces["eth0"].peer_name
    assert taps(exchange.reply) == ["n1 None local", f"n1 {port} out", "ops/probe eth0 in"]


def test_the_reset_comes_from_the_address_and_the_mac_of_the_server(resetting):
    exchange = resetting.trace(Probe("pod/ops/probe", "pod/shop/web-0:8080"))
    server = resetting.network.namespaces["shop/web-0"].interfaces["eth0"]
    assert (exchange.client_sees, exchange.reply.packet.frame.source) == ("refused", server.mac)


def test_the_client_of_a_service_ignores_it(resetting):
    found = [e for e in resetting.branches(Probe("pod/ops/probe", "svc/shop/web")) if "10.244.1.5" in e.reason]
    assert [e.client_sees for e in found] == ["timeout"]


def test_a_reset_is_asked_for_its_source_address_like_a_new_connection(resetting):
    """It belongs to a connection that never left n1, whose source translation nobody has decided yet."""
    found = [e for e in resetting.branches(Probe("external", "node/n1:30080")) if e.reply]
    steps = [step for hop in found[0].reply.hops if hop.namespace == "n1" for step in hop.steps]
    assert [step.hook for step in steps if isinstance(step, RulesHit) and step.table == "nat"] == ["POSTROUTING"]
