"""Every packet that the course shows does the same in the real kernel, hop by hop."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

import netsim
from lessons.action_schema import Changed, ProbeSpec
from tests.content.shipped import LESSONS, ShippedLesson
from tests.kernel.comparison import differences, flow_of, observed, simulated
from tests.kernel.lab import Lab, why_not

pytestmark = pytest.mark.kernel

MOST_SENDS = 40
"""Of two endpoints each is missed that often once in a million million runs."""

Shown = tuple[ShippedLesson, Changed, ProbeSpec]


def shown() -> Iterator[object]:
    """Every packet of an experiment, and of a question that has its own."""
    for lesson in LESSONS:
        for experiment in lesson.experiments:
            if experiment.probe is not None:
                yield pytest.param((lesson, experiment, experiment.probe), id=experiment.slug)
        for question in lesson.questions():
            if (scene := question.spec.scene) is not None and scene.probe is not None:
                yield pytest.param((lesson, scene, scene.probe), id=question.slug)


@pytest.fixture(scope="module")
def lab_of() -> Iterator[Callable[[netsim.Simulation], Lab]]:
    """The laboratory of a cluster, built once."""
    reason = why_not()
    if reason is not None:
        pytest.skip(reason)
    labs: dict[netsim.Simulation, Lab] = {}
    with ExitStack() as stack:

        def build(simulation: netsim.Simulation) -> Lab:
            if simulation not in labs:
                labs[simulation] = stack.enter_context(Lab(simulation.network))
            return labs[simulation]

        yield build


@pytest.mark.parametrize("packet", list(shown()))
def test_the_kernel_does_what_is_shown(packet: Shown, lab_of: Callable[[netsim.Simulation], Lab]) -> None:
    """The kernel chooses endpoints by chance: each of its choices is a branch of the engine, one is what is shown."""
    lesson, changed, spec = packet
    simulation, probe = lesson.simulation(changed.changes, changed.faults), spec.probe()
    exchange = simulation.trace(probe)
    flow = flow_of(exchange, probe)
    branches = [simulated(branch, flow) for branch in simulation.branches(probe)]
    for _ in range(MOST_SENDS):
        kernel = observed(lab_of(simulation).send(flow), flow, simulation.network)
        found = differences(simulated(exchange, flow), kernel)
        if not found:
            return
        assert any(not differences(branch, kernel) for branch in branches), found
    pytest.fail(f"the kernel never took the way that is shown, in {MOST_SENDS} attempts")
