"""NetworkPolicy and ClusterNetworkPolicy against the tables of upstream's own suites (see policy_suites.py).

Each step is a cluster of its own; every cell is asked of the matrix, of the evaluation, and of a packet that is sent
through the rules on the nodes.
"""

from __future__ import annotations

import pytest

from netsim import Probe, Simulation
from netsim.kubernetes.cluster import Cluster
from netsim.kubernetes.objects import Protocol
from netsim.kubernetes.policies import PolicyType
from netsim.policy.compiled import compile_policies
from netsim.policy.evaluation import Flow, both, evaluate
from netsim.policy.parties import pod_party
from netsim.policy.reachability import Reachability
from netsim.trace import Disposition
from tests.conformance.policy_suites import (
    FACTS,
    Document,
    cluster_policy_cluster,
    cluster_policy_groups,
    e2e_cases,
    e2e_cluster,
    expected_cells,
)

pytestmark = pytest.mark.skipif(not e2e_cases(), reason=f"{FACTS} is not there: no facts to compare with")
ARRIVES = (Disposition.ACCEPTED, Disposition.NO_LISTENER)
PLUGINS: dict[str, Document] = {
    "kube-router beside flannel": {"plugin": "flannel"},
    "Cilium": {"plugin": "cilium"},
    "Calico": {"plugin": "calico", "backend": "vxlan"},
}
WEAVE: Document = {"plugin": "weave"}
"""weave-npc knows NetworkPolicy only."""
each_case = pytest.mark.parametrize("case", e2e_cases(), ids=lambda case: case["name"])
each_group = pytest.mark.parametrize(
    "group", cluster_policy_groups(), ids=lambda group: f"{group['test']}: {group['subtest']}"
)
each_plugin = pytest.mark.parametrize("cni", PLUGINS.values(), ids=PLUGINS.keys())


def matrix_of(cluster: Cluster, protocol: str, port: int) -> dict[tuple[str, str], bool | None]:
    reach = Reachability(cluster)
    keys = [f"{pod.namespace}/{pod.name}" for pod in reach.pods]
    rows = reach.allowed(Protocol(protocol), port)
    return {
        (source, to): answer
        for source, row in zip(keys, rows, strict=True)
        for to, answer in zip(keys, row, strict=True)
    }


def evaluated(cluster: Cluster, source: str, destination: str, protocol: str, port: int) -> bool | None:
    pods = [pod_party(cluster.pod(*key.split("/"))) for key in (source, destination)]
    flow, policies = Flow(pods[0], pods[1], Protocol(protocol), port), compile_policies(cluster)
    return both(*(evaluate(policies, flow, direction).allowed for direction in PolicyType))


@each_case
def test_e2e_case_in_the_matrix_and_one_by_one(case: Document) -> None:
    for step in case["steps"]:
        cluster = e2e_cluster(case, step)
        for probe in step["probes"]:
            found = matrix_of(cluster, probe["protocol"], probe["port"])
            for source, destination, allowed in expected_cells(case, probe):
                one_by_one = evaluated(cluster, source, destination, probe["protocol"], probe["port"])
                assert (source, destination, found[source, destination], one_by_one) == (
                    source, destination, allowed, allowed,
                )  # fmt: skip


@pytest.mark.parametrize("cni", [*PLUGINS.values(), WEAVE], ids=[*PLUGINS, "weave-npc"])
@each_case
def test_e2e_case_in_the_rules(case: Document, cni: Document) -> None:
    for step in case["steps"]:
        simulation = Simulation(e2e_cluster(case, step, cni))
        for probe in step["probes"]:
            for source, destination, allowed in expected_cells(case, probe):
                assert arrives(simulation, source, destination, probe["protocol"], probe["port"]) == (
                    source, destination, allowed,
                )  # fmt: skip


@each_group
def test_cluster_network_policy_case_in_the_matrix_and_one_by_one(group: Document) -> None:
    cluster = cluster_policy_cluster(group)
    for probe in group["probes"]:
        ends, protocol, port = (probe["from"], probe["to"]), probe["protocol"], probe["port"]
        found = matrix_of(cluster, protocol, port)[ends]
        assert (probe, found, evaluated(cluster, *ends, protocol, port)) == (probe, probe["allowed"], probe["allowed"])


@each_plugin
@each_group
def test_cluster_network_policy_case_in_the_rules(group: Document, cni: Document) -> None:
    simulation = Simulation(cluster_policy_cluster(group, cni))
    for probe in group["probes"]:
        ends = (probe["from"], probe["to"])
        assert arrives(simulation, *ends, probe["protocol"], probe["port"]) == (*ends, probe["allowed"])


def arrives(simulation: Simulation, source: str, destination: str, protocol: str, port: int) -> tuple[str, str, bool]:
    """Send a packet and see whether it gets as far as the Pod, whatever listens there."""
    exchange = simulation.trace(Probe(f"pod/{source}", f"pod/{destination}", port, protocol=protocol.lower()))
    return source, destination, exchange.verdict in ARRIVES
