"""Which source a server sees under Calico, and after how many routers, on the cluster ``one-rack``.

external ── router ── n1 192.168.1.11: client 10.244.1.2, near .1.3        n2 192.168.1.12: far 10.244.2.2
"""

from __future__ import annotations

from functools import cache

import pytest

from netsim import Probe, Simulation, load_cluster
from tests.kernel.scenario import cluster_file

N1, TUNNEL_1 = "192.168.1.11", "10.244.1.0"
CLIENT, NEAR, OUTSIDE = "10.244.1.2", "10.244.1.3", "203.0.113.50"
SEEN = {
    "pod to pod on its node": ("pod/shop/client", "pod/shop/near:8080", (CLIENT, 63), (CLIENT, 63)),
    "pod to pod on another node": ("pod/shop/client", "pod/shop/far:8080", (CLIENT, 62), (CLIENT, 62)),
    "pod to ClusterIP, here": ("pod/shop/client", "svc/shop/near:80", (CLIENT, 63), (CLIENT, 63)),
    "pod to ClusterIP, there": ("pod/shop/client", "svc/shop/far:80", (CLIENT, 62), (CLIENT, 62)),
    "pod to its own Service": ("pod/shop/near", "svc/shop/near:80", (N1, 63), (N1, 63)),
    "node to pod on it": ("node/n1", "pod/shop/near:8080", (N1, 64), (N1, 64)),
    "node to pod on another node": ("node/n1", "pod/shop/far:8080", (TUNNEL_1, 63), (N1, 63)),
    "node to ClusterIP, here": ("node/n1", "svc/shop/near:80", (N1, 64), (N1, 64)),
    "node to ClusterIP, there": ("node/n1", "svc/shop/far:80", (TUNNEL_1, 63), (N1, 63)),
    "outside to node port, here": ("external", "192.168.1.11:30081", (N1, 62), (N1, 62)),
    "outside to node port, there": ("external", "192.168.1.11:30082", (TUNNEL_1, 61), (N1, 61)),
    "outside to node port, Local": ("external", "192.168.1.11:30083", (OUTSIDE, 62), (OUTSIDE, 62)),
    "pod to its node's port, Local": ("pod/shop/client", "192.168.1.11:30084", (CLIENT, 62), (CLIENT, 62)),
    "pod to the world": ("pod/shop/client", "203.0.113.50:80", (N1, 62), (N1, 62)),
}
"""Source and TTL at the server, with VXLAN and without an overlay; a real kernel says the same
(tests/kernel/scenarios/calico.py)."""


@cache
def simulation_with(backend: str) -> Simulation:
    return Simulation(load_cluster([cluster_file(f"one-rack with calico {backend}")]))


@pytest.mark.parametrize("backend", ["vxlan", "none"])
@pytest.mark.parametrize("name", SEEN)
def test_the_server_sees_the_source_that_calico_leaves(name, backend):
    source, destination, *expected = SEEN[name]
    packet = simulation_with(backend).trace(Probe(source, destination)).seen_by_server
    assert packet is not None
    assert (str(packet.source), packet.ttl) == expected[backend == "none"]


@pytest.mark.parametrize(
    ("backend", "hops"),
    [("vxlan", ["192.168.1.11", "10.244.2.0", "10.244.2.2"]), ("none", ["192.168.1.11", "192.168.1.12", "10.244.2.2"])],
)
def test_traceroute_names_the_nodes(backend, hops):
    found = [
        simulation_with(backend).trace(Probe("pod/shop/client", "pod/shop/far", protocol="icmp", ttl=ttl)).reply
        for ttl in (1, 2, 3)
    ]
    assert [str(reply.packet.source) for reply in found if reply is not None] == hops
