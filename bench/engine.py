"""Milliseconds of one trace in process: pod → ClusterIP → Pod on another node, request and reply.

The cluster is the shipped Harbour scene; then the same question in a cluster of 100 nodes, 10,000 Pods and 5,000
Services, in each mode of kube-proxy, as ratios of one run. Nodes that no packet visits are never planned.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import netsim
from netsim.kubernetes.controllers import complete
from netsim.kubernetes.parsing import Manifests, parse_manifests
from netsim.kubernetes.settings import ProxyMode
from netsim.trace import RulesHit

SCENE = Path(__file__).parents[1] / "content/kubernetes-networking/07-services-a-virtual-ip-is-a-rule/scene.yaml"
GOAL_MS = 1.0
LOADING_GOAL = 3.0
ROUNDS = 2000


def main() -> None:
    small = netsim.Simulation(netsim.load_cluster([(SCENE.name, SCENE.read_text())]))
    probe = across_nodes(small, "pod/ops/probe", "svc/shop/web")
    median, p95 = timed(lambda: small.trace(probe), ROUNDS)
    print(f"trace, Harbour: median {median:.3f} ms, p95 {p95:.3f} ms (goal: {GOAL_MS:g} ms or less)")
    document, _ = timed(lambda: netsim.exchange_document(small.trace(probe)), ROUNDS // 4)
    print(f"trace and JSON document: {document / median:.1f} times the trace alone")
    manifests = large_cluster(nodes=100, pods=10_000, services=5_000)
    started = time.perf_counter()
    cluster = complete(manifests)
    print(f"100 nodes, 10,000 Pods, 5,000 Services: loaded from objects in {time.perf_counter() - started:.2f} s "
          f"(goal: {LOADING_GOAL:g} s or less)")  # fmt: skip
    for mode in (ProxyMode.IPTABLES, ProxyMode.NFTABLES, ProxyMode.IPVS):
        measure_mode(cluster, mode, median)
    measure_yaml()


def measure_mode(cluster: netsim.Cluster, mode: ProxyMode, small: float) -> None:
    """The first trace, which plans what it visits, and those after it, beside Harbour's median ``small``."""
    proxy = replace(cluster.settings.proxy, mode=mode)
    started = time.perf_counter()
    simulation = netsim.Simulation(replace(cluster, settings=replace(cluster.settings, proxy=proxy)))
    made = time.perf_counter() - started
    probe = netsim.Probe("pod/default/server-0", "svc/default/service-4990", 80)
    started = time.perf_counter()
    exchange = simulation.trace(probe)
    first = time.perf_counter() - started
    planned = sum(simulation.network.namespaces.is_planned(name) for name in simulation.network.namespaces)
    across = across_nodes(simulation, probe.source, "svc/default/service-4990")
    median, _ = timed(lambda: simulation.trace(across), ROUNDS // 10)
    print(f"  {mode}: made in {made:.2f} s, first trace {first:.2f} s, for which {planned} of "
          f"{len(simulation.network.namespaces)} namespaces were planned, then {median:.2f} ms, "
          f"{median / small:.1f} times Harbour's; "
          f"{evaluated(exchange)} rules evaluated for the first packet")  # fmt: skip


def evaluated(exchange: netsim.Exchange) -> int:
    """How many rules the kernels on the way compared with the request."""
    steps = (step for hop in exchange.request.hops for step in hop.steps)
    return sum(step.evaluated for step in steps if isinstance(step, RulesHit))


def measure_yaml() -> None:
    """The same kind of cluster, a tenth of it, as text."""
    text = large_text(nodes=10, pods=1_000, services=500)
    started = time.perf_counter()
    netsim.load_cluster([("large.yaml", text)])
    seconds = time.perf_counter() - started
    print(f"10 nodes, 1,000 Pods, 500 Services from {len(text) / 1e6:.1f} MB of YAML: {seconds:.2f} s, "
          f"{seconds / 1511 * 1000:.2f} ms an object")  # fmt: skip


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


def large_cluster(nodes: int, pods: int, services: int) -> Manifests:
    """Every Service has as many Pods as come out evenly; Pods listen on 8080 and are spread over the nodes."""
    return parse_manifests([("large.yaml", large_text(nodes, pods, services))])


def large_text(nodes: int, pods: int, services: int) -> str:
    """The cluster's manifests."""
    wide = ("apiVersion: netsim.dev/v1\nkind: ClusterNetwork\nspec: {podCIDR: 10.128.0.0/9, "
            "underlay: {cidr: 192.168.0.0/16}}")  # fmt: skip
    documents = [wide]
    for number in range(1, nodes + 1):
        documents.append(
            f"apiVersion: v1\nkind: Node\nmetadata: {{name: node{number}}}\n"
            f"status: {{addresses: [{{type: InternalIP, address: 192.168.1.{number}}}]}}"
        )
    for number in range(pods):
        documents.append(
            f"apiVersion: v1\nkind: Pod\n"
            f"metadata: {{name: server-{number}, labels: {{app: app-{number % services}}}}}\n"
            f"spec: {{nodeName: node{1 + number % nodes}, "
            "containers: [{name: server, image: server, ports: [{containerPort: 8080}]}]}"
        )
    for number in range(services):
        documents.append(
            f"apiVersion: v1\nkind: Service\nmetadata: {{name: service-{number}}}\n"
            f"spec: {{selector: {{app: app-{number}}}, ports: [{{port: 80, targetPort: 8080}}]}}"
        )
    return "\n---\n".join(documents)


if __name__ == "__main__":
    main()
