"""What a segment from beyond the window does to a connection: the engine's answer is the kernel's."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from netsim import Exchange, Probe, Simulation, load_cluster
from tests.kernel.lab import SEARCH_PATH, isolated, why_not
from tests.netsim.harbour import SCENE

pytestmark = pytest.mark.kernel

DROP = "iptables -A FORWARD -m conntrack --ctstate INVALID -j DROP"
LIBERAL = "sysctl -qw net.netfilter.nf_conntrack_tcp_be_liberal=1"
CASES = {
    "nobody drops INVALID": ((), ("10.2.0.2:8080", "reset"), ("10.244.3.7:9090", "reset")),
    "a rule drops INVALID": ((DROP,), (None, "connected"), (None, "connected")),
    "conntrack is liberal": ((DROP, LIBERAL), ("10.96.0.1:80", "connected"), ("10.96.77.7:80", "connected")),
}


@pytest.mark.parametrize(("changes", "kernel", "_"), CASES.values(), ids=CASES.keys())
def test_the_kernel_does_it(changes: tuple[str, ...], kernel: tuple[str | None, str], _: object) -> None:
    reason = why_not()
    if reason is not None:
        pytest.skip(reason)
    done = subprocess.run(
        isolated([sys.executable, "-m", "tests.kernel.late_segments", *changes]), cwd=Path(__file__).parents[2],
        env={"PATH": SEARCH_PATH, "PYTHONPATH": os.getcwd()}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"from": kernel[0], "then": kernel[1]}


@pytest.mark.parametrize(("changes", "_", "engine"), CASES.values(), ids=CASES.keys())
def test_the_engine_does_the_same(changes: tuple[str, ...], _: object, engine: tuple[str | None, str]) -> None:
    simulation = Simulation(
        load_cluster([(SCENE.name, SCENE.read_text())], faults=() if DROP in changes else ("late-packets",))
    )
    for node in simulation.cluster.nodes if LIBERAL in changes else ():
        simulation.network.namespaces[node.name].sysctls["net.netfilter.nf_conntrack_tcp_be_liberal"] = 1
    exchange = simulation.trace(Probe("pod/ops/probe", "svc/shop/api:80", late_segment=True))

    assert (_came_from(exchange), exchange.client_sees) == engine


def _came_from(exchange: Exchange) -> str | None:
    last = exchange.data[0].hops[-1]
    if last.namespace != "ops/probe" or last.packet.ports is None:
        return None
    return f"{last.packet.source}:{last.packet.ports[0]}"
