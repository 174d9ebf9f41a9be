"""What theory says about every scenario, asked of the engine alone: this runs where no namespace may be made, too."""

from __future__ import annotations

import pytest

from netsim import Simulation, load_cluster
from tests.kernel.scenario import Scenario, cluster_file
from tests.kernel.scenarios import SCENARIOS


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_the_client_sees_what_theory_says(scenario: Scenario) -> None:
    simulation = Simulation(load_cluster([cluster_file(scenario.cluster)]))
    if scenario.change is not None:
        scenario.change(simulation.network)
    assert simulation.trace(scenario.probe).client_sees == scenario.sees
