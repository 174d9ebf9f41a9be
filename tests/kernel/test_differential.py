"""The real kernel is the judge: every scenario is simulated, and sent through real network namespaces, and compared.

cluster YAML ─┬─ Simulation.trace ──────────────── hops, rules, what client and server see ─┐
              └─ render ─ ip, sysctl, iptables ─ real namespaces ─ captures, rule log ──────┴─ must be equal
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from netsim import Simulation, load_cluster
from tests.kernel.changes import Change
from tests.kernel.comparison import differences, flow_of, observed, simulated
from tests.kernel.lab import Lab, why_not
from tests.kernel.scenario import Scenario, cluster_file
from tests.kernel.scenarios import SCENARIOS

pytestmark = pytest.mark.kernel

Place = tuple[Simulation, Lab]

MOST_PLACES = 8
"""Laboratories open at the same time: all network namespaces of a machine share one limit of neighbours
(``net.ipv4.neigh.default.gc_thresh3``)."""


@pytest.fixture(scope="module")
def place() -> Iterator[Callable[[str, Change | None], Place]]:
    """The simulation and the laboratory of a cluster, built once for each way in which it is broken."""
    reason = why_not()
    if reason is not None:
        pytest.skip(reason)
    places: dict[tuple[str, Change | None], tuple[Simulation, Lab, ExitStack]] = {}

    def make(cluster: str, change: Change | None) -> Place:
        if (cluster, change) not in places:
            while len(places) >= MOST_PLACES:
                places.pop(next(iter(places)))[2].close()
            simulation = Simulation(load_cluster([cluster_file(cluster)]))
            if change is not None:
                change(simulation.network)
            stack = ExitStack()
            places[cluster, change] = simulation, stack.enter_context(Lab(simulation.network)), stack
        return places[cluster, change][:2]

    yield make
    for _simulation, _lab, stack in places.values():
        stack.close()


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_the_simulated_packet_does_what_the_real_one_does(
    scenario: Scenario, place: Callable[[str, Change | None], Place]
) -> None:
    simulation, lab = place(scenario.cluster, scenario.change)
    branches = simulation.branches(scenario.probe)
    flow = flow_of(branches[0], scenario.probe)
    kernel = observed(lab.send(flow), flow, simulation.network)
    accounts = [simulated(exchange, flow) for exchange in branches]
    engine = next((account for account in accounts if account.server == kernel.server), accounts[0])
    found = differences(engine, kernel)
    assert kernel.client_sees == scenario.sees, f"the kernel contradicts the scenario\n{found}"
    assert not found, f"{scenario.name}\n{found}"
