"""Random clusters, faults and probes: the engine and the real kernel must agree on every one, hop by hop.

``NETSIM_RANDOM_SCENARIOS`` says how many (``make nightly`` takes 200), ``NETSIM_RANDOM_SEED`` the first seed.
"""

from __future__ import annotations

import os
import time

import pytest

from netsim import Probe, Simulation, load_cluster
from tests.kernel.comparison import differences, flow_of, observed, simulated
from tests.kernel.generator import FLOWS, Scenario, scenario
from tests.kernel.lab import Lab, why_not

SCENARIOS = int(os.environ.get("NETSIM_RANDOM_SCENARIOS", "20"))
FIRST_SEED = int(os.environ.get("NETSIM_RANDOM_SEED", "1"))
PAUSE = 1.2
SEEDS = range(FIRST_SEED, FIRST_SEED + SCENARIOS)


def simulation_of(drawn: Scenario) -> Simulation:
    return Simulation(load_cluster([(f"seed-{drawn.seed}.yaml", drawn.text)], faults=drawn.faults))


@pytest.fixture(scope="module")
def kernel() -> None:
    reason = why_not()
    if reason is not None:
        pytest.skip(reason)


@pytest.mark.kernel
@pytest.mark.parametrize("seed", SEEDS)
def test_the_kernel_does_with_a_random_scenario_what_the_engine_says(seed: int, kernel: None) -> None:
    drawn = scenario(seed)
    simulation = simulation_of(drawn)
    with Lab(simulation.network) as lab:
        found = [text for probe in drawn.probes if (text := difference(simulation, lab, probe))]
    told = f"seed {seed}, faults {[fault.name for fault in drawn.faults]}: {len(found)} of {FLOWS} flows differ"
    assert not found, "\n\n".join([told, *found[:5]])


def difference(simulation: Simulation, lab: Lab, probe: Probe) -> str:
    """Where the two accounts of one probe part; "" where they agree. The kernel's dice decide the branch.

    A kernel without a route answers the same sender five times at once and then once a second (``ip_error``), which no
    sysctl of a namespace changes; so a flow that differs is sent again after a pause.
    """
    branches = simulation.branches(probe)
    flow = flow_of(branches[0], probe)
    accounts = [simulated(exchange, flow) for exchange in branches]
    found = ""
    for _attempt in range(2):
        kernel = observed(lab.send(flow), flow, simulation.network)
        found = min((differences(account, kernel) for account in accounts), key=len)
        if not found:
            return ""
        time.sleep(PAUSE)
    return f"{probe}\n{found}"


def test_a_seed_always_gives_the_same_scenario() -> None:
    assert scenario(7) == scenario(7)


def test_different_seeds_give_different_scenarios() -> None:
    assert len({scenario(seed).text for seed in range(30)}) == 30
