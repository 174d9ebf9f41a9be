"""The cluster that most tests of the engine send packets through.

    external 203.0.113.50 ── router ──┬── rack a 172.20.1.0/24 ── n1 .11: ops/probe .1.9, shop/web-0 .1.5
                                      │                        └─ n2 .12: shop/web-1 .2.6, shop/db-0 .2.8
                                      └── rack b 172.20.2.0/24 ── n3 .13: shop/api-0 .3.7, shop/db-1 .3.9

Pods are 10.244.N.x on node nN; Service shop/web is 10.96.41.80:80 and node port 30080, in front of both web Pods.
"""

from __future__ import annotations

from pathlib import Path

import netsim

SCENE = Path(__file__).parent / "scenes" / "harbour.yaml"


def simulate(*changes: str) -> netsim.Simulation:
    """Harbour, with manifests applied on top."""
    sources = [(SCENE.name, SCENE.read_text())]
    return netsim.Simulation(netsim.load_cluster(sources, [(f"change {n}", text) for n, text in enumerate(changes)]))


def through(simulation: netsim.Simulation, probe: netsim.Probe, server: str) -> netsim.Exchange:
    """The branch of an exchange that ends at the Pod or machine called ``server``."""
    found = [e for e in simulation.branches(probe) if e.server is not None and e.server.name == server]
    assert len(found) == 1, f"{len(found)} branches end at {server}"
    return found[0]


def taps(trace: netsim.trace.Trace) -> list[str]:
    """The capture points of a trace, as ``namespace interface direction``."""
    return [f"{hop.namespace} {hop.interface} {hop.direction}" for hop in trace.hops]
