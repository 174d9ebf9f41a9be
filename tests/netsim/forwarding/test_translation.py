"""What a trace says of an address translation. The cluster: tests/kernel/clusters/dual-stack.yaml.

n1: shop/client ── Service shop/far fd00:10:96::12, 10.96.0.12 port 80 ── n2: shop/far port 8080
"""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from netsim import Probe, Simulation, load_cluster
from netsim.trace import Translate
from tests.kernel.scenario import CLUSTERS


@pytest.fixture(scope="module")
def dual_stack() -> Simulation:
    return Simulation(load_cluster([("dual-stack.yaml", (CLUSTERS / "dual-stack.yaml").read_text(encoding="utf-8"))]))


@pytest.mark.parametrize("host", ["10.96.0.12", "[fd00:10:96::12]"], ids=["IPv4", "IPv6"])
def test_an_address_and_its_port_can_be_told_apart(dual_stack: Simulation, host: str) -> None:
    request = dual_stack.trace(Probe("pod/shop/client", f"{host}:80")).request
    step = next(step for hop in request.hops for step in hop.steps if isinstance(step, Translate))

    endpoint, _, port = step.after.rpartition(":")
    assert (step.what, step.before, port) == ("DNAT", f"{host}:80", "8080")
    assert ip_address(endpoint.strip("[]")) == request.packet.destination
