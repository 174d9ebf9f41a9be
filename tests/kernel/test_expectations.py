"""What theory says about every scenario, asked of the engine alone: this runs where no namespace may be made, too."""

from __future__ import annotations

from pathlib import Path

import pytest

from netsim import Simulation, load_cluster
from tests.kernel.scenario import Scenario
from tests.kernel.scenarios import SCENARIOS

CLUSTERS = Path(__file__).parent / "clusters"


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_the_client_sees_what_theory_says(scenario: Scenario) -> None:
    file = CLUSTERS / f"{scenario.cluster}.yaml"
    simulation = Simulation(load_cluster([(file.name, file.read_text(encoding="utf-8"))]))
    if scenario.change is not None:
        scenario.change(simulation.network)
    assert simulation.trace(scenario.probe).client_sees == scenario.sees
