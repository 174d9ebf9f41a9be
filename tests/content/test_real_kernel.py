"""Packets that the course shows do the same in the real kernel, hop by hop.

A laboratory for each cluster takes its time: `make test` sends the first packet of every lesson, `make nightly` all of
them (COURSE_PACKETS=all).
"""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from shutil import which
from typing import Any

import pytest

import netsim
from lessons.content.action_schema import ProbeSpec
from lessons.runs.scenarios import Scenario, simulation_of, variant_request
from netsim.kubernetes.settings import CniPlugin, ProxyMode
from netsim.packet import IpInIp
from netsim.trace import Exchange
from quizzes.kinds.write_yaml import WriteYamlSpec
from tests.content.shipped import LESSONS, ShippedLesson
from tests.kernel.comparison import differences, flow_of, observed, simulated
from tests.kernel.lab import Lab, why_not

pytestmark = pytest.mark.kernel

MOST_LABS = 3
MOST_SENDS = 40
"""Of two endpoints each is missed that often once in a million million runs."""

FAULTS_OF_WHOLE_MACHINES = {
    "conntrack-full": "the maximum of the connection tracking table belongs to the machine, not to a namespace",
    "iptables-legacy-rules": "a laboratory is rendered for one variant of iptables",
}

IPVS = Path("/proc/sys/net/ipv4/vs")

Request = dict[str, Any]


def shown() -> Iterator[object]:
    for lesson in LESSONS:
        yield from packets(lesson) if os.environ.get("COURSE_PACKETS") == "all" else islice(packets(lesson), 1)


def packets(lesson: ShippedLesson) -> Iterator[object]:
    """Every packet of an experiment, with those beside it, of a trace, and of a question that has its own."""
    for slug, scenario in scenarios(lesson):
        if scenario.action.probe is None:
            continue
        request, name = scenario.request("trace"), f"{lesson.folder}-{slug}"
        yield pytest.param(request, id=name)
        for number, variant in enumerate(request["compare"]):
            yield pytest.param(variant_request(request, variant), id=f"{name}-beside-{number}")


def scenarios(lesson: ShippedLesson) -> Iterator[tuple[str, Scenario]]:
    yield from ((experiment.slug, lesson.scenario(experiment)) for experiment in lesson.experiments)
    yield from ((trace.slug, trace.scenario(lesson.scene)) for trace in lesson.traces)
    for question in lesson.questions():
        scenario = lesson.question_scenario(question)
        if scenario is None or question.spec.experiment:
            continue
        if isinstance(question.spec, WriteYamlSpec):
            scenario = replace(scenario, changes=(*scenario.changes, question.spec.solution))
        yield question.slug, scenario


class Laboratories:
    """The last few laboratories: a machine has no room for one of every cluster of the course."""

    def __init__(self) -> None:
        self.open: OrderedDict[netsim.Simulation, Lab] = OrderedDict()

    def of(self, simulation: netsim.Simulation) -> Lab:
        if simulation not in self.open:
            self.keep(MOST_LABS - 1)
            self.open[simulation] = Lab(simulation.network).__enter__()
        self.open.move_to_end(simulation)
        return self.open[simulation]

    def keep(self, most: int) -> None:
        """Close the ones that were not asked for lately."""
        while len(self.open) > most:
            self.open.popitem(last=False)[1].__exit__(None, None, None)


@pytest.fixture(scope="module")
def labs() -> Iterator[Laboratories]:
    reason = why_not()
    if reason is not None:
        pytest.skip(reason)
    laboratories = Laboratories()
    yield laboratories
    laboratories.keep(0)


def beyond_a_lab(simulation: netsim.Simulation, exchange: Exchange) -> str | None:
    """Why a laboratory of namespaces cannot show this packet; None where it can."""
    for fault in simulation.cluster.settings.faults:
        if fault.name in FAULTS_OF_WHOLE_MACHINES:
            return f"{fault.name}: {FAULTS_OF_WHOLE_MACHINES[fault.name]}"
    if simulation.cluster.settings.cni.plugin is CniPlugin.CILIUM:
        return "eBPF programs are modelled and not rendered"
    if simulation.cluster.settings.proxy.mode is ProxyMode.IPVS and not (IPVS.exists() and which("ipvsadm")):
        return "this machine has no IPVS, or no ipvsadm"
    if any(isinstance(hop.packet.transport, IpInIp) for hop in exchange.request.hops):
        return "the laboratory's captures do not read IP-in-IP"
    return None


@pytest.mark.parametrize("shown_request", list(shown()))
def test_the_kernel_does_what_is_shown(shown_request: Request, labs: Laboratories) -> None:
    """The kernel chooses endpoints by chance: each of its choices is a branch of the engine, one is what is shown."""
    simulation, probe = simulation_of(shown_request), ProbeSpec.model_validate(shown_request["action"]["probe"]).probe()
    exchange = simulation.trace(probe)
    if reason := beyond_a_lab(simulation, exchange):
        pytest.skip(reason)
    flow = flow_of(exchange, probe)
    branches = [simulated(branch, flow) for branch in simulation.branches(probe)]
    for _ in range(MOST_SENDS):
        kernel = observed(labs.of(simulation).send(flow), flow, simulation.network)
        found = differences(simulated(exchange, flow), kernel)
        if not found:
            return
        assert any(not differences(branch, kernel) for branch in branches), found
    pytest.fail(f"the kernel never took the way that is shown, in {MOST_SENDS} attempts")
