"""Machines that no packet visits are never planned.

ops/probe (n1) ── shop/web-0 (n1), shop/web-1 (n2)      n3 and its Pods: not on the way
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from netsim import Network, Probe, Simulation
from netsim.linux.namespace import NetworkNamespace
from netsim.trace import Disposition
from tests.netsim.harbour import simulate, through


@pytest.fixture
def fresh() -> Simulation:
    """A simulation that has sent nothing."""
    return simulate()


def planned(network: Network) -> set[str]:
    return {name for name in network.namespaces if network.namespaces.is_planned(name)}


def test_a_new_simulation_has_planned_no_node(fresh: Simulation) -> None:
    assert planned(fresh.network) == {"underlay", "router", "external"}


def test_a_packet_to_a_pod_on_another_node_plans_only_what_it_visits(fresh: Simulation) -> None:
    fresh.trace(Probe("pod/ops/probe", "pod/shop/web-1:8080"))

    assert planned(fresh.network) - {"underlay", "router", "external"} == {"ops/probe", "n1", "n2", "shop/web-1"}


def test_an_address_that_nobody_has_on_the_underlay_plans_no_other_node(fresh: Simulation) -> None:
    fresh.trace(Probe("node/n1", "172.20.1.77:80"))

    assert planned(fresh.network) - {"underlay", "router", "external"} == {"n1"}


def without_address(namespace: NetworkNamespace) -> None:
    card = namespace.interfaces["eth0"]
    namespace.remove_interface("eth0")
    namespace.add_interface(replace(card, addresses=()))


@pytest.mark.parametrize("planned_before", [False, True])
def test_neighbours_see_a_change_whether_the_machine_was_planned_before_or_not(
    fresh: Simulation, planned_before: bool
) -> None:
    if planned_before:
        fresh.network.namespaces["n2"]
    fresh.network.amend("n2", without_address)

    assert fresh.trace(Probe("node/n1", "172.20.1.12:80")).verdict is Disposition.NEIGHBOR_UNREACHABLE


def test_what_is_planned_already_changes_no_trace(fresh: Simulation) -> None:
    probe = Probe("pod/ops/probe", "svc/shop/web:80")
    eager = simulate()
    for name in eager.network.namespaces:
        eager.network.namespaces[name]

    assert through(fresh, probe, "web-1") == through(eager, probe, "web-1")
