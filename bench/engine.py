"""Milliseconds of one trace in process: pod → ClusterIP → Pod on another node, request and reply.

The cluster is the shipped Harbour scene; then the same question in a cluster of 50 nodes, 500 Pods and 500 Services,
as a ratio, since rules are walked one by one as in the kernel.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from pathlib import Path

import netsim

SCENE = Path(__file__).parents[1] / "content/kubernetes-networking/07-services-a-virtual-ip-is-a-rule/scene.yaml"
GOAL_MS = 1.0
ROUNDS = 2000


def main() -> None:
    small = netsim.Simulation(netsim.load_cluster([(SCENE.name, SCENE.read_text())]))
    probe = across_nodes(small, "pod/ops/probe", "svc/shop/web")
    median, p95 = timed(lambda: small.trace(probe), ROUNDS)
    print(f"trace, Harbour: median {median:.3f} ms, p95 {p95:.3f} ms (goal: {GOAL_MS:g} ms or less)")
    document, _ = timed(lambda: netsim.exchange_document(small.trace(probe)), ROUNDS // 4)
    print(f"trace and JSON document: {document / median:.1f} times the trace alone")
    started = time.perf_counter()
    large = netsim.Simulation(netsim.load_cluster([("large.yaml", large_cluster(nodes=50, services=500))]))
    print(f"50 nodes, 500 Pods, 500 Services: planned in {time.perf_counter() - started:.2f} s")
    probe = across_nodes(large, "pod/default/client", "svc/default/service-490")
    large_median, _ = timed(lambda: large.trace(probe), ROUNDS // 10)
    print(f"trace there: {large_median / median:.1f} times Harbour's ({large_median:.3f} ms)")


def across_nodes(simulation: netsim.Simulation, source: str, destination: str) -> netsim.Probe:
    """A probe whose random choice leads to another node."""
    for seed in range(100):
        probe = netsim.Probe(source, destination, 80, seed=seed)
        exchange = simulation.trace(probe)
        if exchange.server is not None and exchange.server.node != exchange.request.hops[0].node:
            return probe
    raise SystemExit(f"no seed leads from {source} across nodes")


def timed(run: Callable[[], object], rounds: int) -> tuple[float, float]:
    """(median, 95th percentile) in milliseconds, after a warm-up."""
    for _ in range(rounds // 10):
        run()
    times = []
    for _ in range(rounds):
        started = time.perf_counter()
        run()
        times.append((time.perf_counter() - started) * 1000)
    return statistics.median(times), statistics.quantiles(times, n=20)[-1]


def large_cluster(nodes: int, services: int) -> str:
    """Manifests: every Service has one Pod, spread over the nodes, and a client stands beside them."""
    wide = "apiVersion: netsim.dev/v1\nkind: ClusterNetwork\nspec: {underlay: {cidr: 192.168.0.0/16}}"
    client = "apiVersion: v1\nkind: Pod\nmetadata: {name: client}\nspec: {containers: [{name: shell, image: shell}]}"
    documents = [wide, client]
    for number in range(1, nodes + 1):
        documents.append(
            f"apiVersion: v1\nkind: Node\nmetadata: {{name: node{number}}}\n"
            f"status: {{addresses: [{{type: InternalIP, address: 192.168.1.{number}}}]}}"
        )
    for number in range(services):
        documents.append(
            f"apiVersion: v1\nkind: Pod\nmetadata: {{name: server-{number}, labels: {{app: server-{number}}}}}\n"
            "spec: {containers: [{name: server, image: server, ports: [{containerPort: 8080}]}]}"
        )
        documents.append(
            f"apiVersion: v1\nkind: Service\nmetadata: {{name: service-{number}}}\n"
            f"spec: {{selector: {{app: server-{number}}}, ports: [{{port: 80, targetPort: 8080}}]}}"
        )
    return "\n---\n".join(documents)


if __name__ == "__main__":
    main()
