"""Where Pods are placed, and why some are not."""

from __future__ import annotations

import pytest

from netsim.kubernetes.objects import PodPhase, Taint, Toleration
from tests.netsim.kubernetes.manifests import load, node, pod, workload


def test_pods_spread_over_the_nodes_in_the_order_of_names() -> None:
    cluster = load(*(pod(name) for name in "abcd"))
    assert [each.node_name for each in cluster.pods] == ["node1", "node2", "node3", "node1"]


def test_the_node_with_the_fewest_pods_wins() -> None:
    cluster = load(pod("a", spec="nodeName: node1"), pod("b", spec="nodeName: node2"), pod("c"))
    assert cluster.pod("default", "c").node_name == "node3"


def test_replicas_of_one_workload_keep_apart_even_if_another_node_has_fewer_pods() -> None:
    """node1 holds a replica of web; node2 and node3 hold two other Pods each."""
    others = [pod(f"{name}{n}", spec=f"nodeName: {name}") for name in ("node2", "node3") for n in range(2)]
    first = pod("web-0", labels="{app: web}", spec="nodeName: node1")
    cluster = load(*others, first, workload("StatefulSet", "web", spec="replicas: 2"))
    assert cluster.pod("default", "web-1").node_name == "node2"


def test_a_given_node_is_kept_even_if_it_is_cordoned() -> None:
    cluster = load(node("a", spec="unschedulable: true"), node("b"), pod("web", spec="nodeName: a"))
    assert cluster.pods[0].node_name == "a"


PLACEMENTS = {
    "nodeSelector": ("nodeSelector: {disk: ssd}", "b"),
    "the label that every node has": ("nodeSelector: {kubernetes.io/hostname: c}", "c"),
    "affinity by label": (
        (
            "affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: "
            "[{matchExpressions: [{key: disk, operator: Exists}]}]}}}"
        ),
        "b",
    ),
    "affinity by field": (
        (
            "affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: "
            "[{matchFields: [{key: metadata.name, operator: In, values: [c]}]}]}}}"
        ),
        "c",
    ),
    "a toleration lets it onto the tainted node": (
        "tolerations: [{key: gpu, operator: Exists}], nodeSelector: {gpu: 'yes'}",
        "d",
    ),
}


@pytest.mark.parametrize(("spec", "expected"), PLACEMENTS.values(), ids=PLACEMENTS.keys())
def test_placement_follows(spec: str, expected: str) -> None:
    nodes = (
        node("a"),
        node("b", labels="{disk: ssd}"),
        node("c"),
        node("d", labels="{gpu: 'yes'}", spec="taints: [{key: gpu, effect: NoSchedule}]"),
    )
    assert load(*nodes, pod("web", spec=spec)).pods[0].node_name == expected


OBSTACLES = {
    "no node matches": (
        (node("a"), node("b")),
        "nodeSelector: {disk: ssd}",
        "0/2 nodes are available: 2 node(s) didn't match Pod's node affinity/selector.",
    ),
    "cordoned and tainted": (
        (node("a", spec="unschedulable: true"), node("b", spec="taints: [{key: gpu, value: big, effect: NoExecute}]")),
        "",
        "0/2 nodes are available: 1 node(s) had untolerated taint(s) {gpu: big}, 1 node(s) were unschedulable.",
    ),
}


@pytest.mark.parametrize(("nodes", "spec", "reason"), OBSTACLES.values(), ids=OBSTACLES.keys())
def test_a_pod_that_fits_nowhere_stays_pending_and_says_why(nodes: tuple[str, ...], spec: str, reason: str) -> None:
    (found,) = load(*nodes, pod("web", spec=spec)).pods
    assert (found.phase, found.ready, found.node_name, found.pod_ips) == (PodPhase.PENDING, False, "", ())
    assert found.pending_reason == reason


def test_two_pods_with_one_host_port_need_two_nodes() -> None:
    ports = "[{containerPort: 80, hostPort: 8080}]"
    cluster = load(node("a"), node("b"), *(pod(name, ports=ports) for name in ("x", "y", "z")))
    assert [each.node_name for each in cluster.pods] == ["a", "b", ""]
    assert "2 node(s) didn't have free ports for the requested pod ports" in cluster.pods[2].pending_reason


def test_the_ports_of_a_host_network_pod_are_host_ports() -> None:
    ports = "[{containerPort: 80}]"
    cluster = load(node("a"), *(pod(name, ports=ports, spec="hostNetwork: true") for name in ("x", "y")))
    assert [each.node_name for each in cluster.pods] == ["a", ""]


HOST_PORTS = {
    "another protocol": ("{containerPort: 80, hostPort: 53}", "{containerPort: 80, hostPort: 53, protocol: UDP}", True),
    "another address": (
        "{containerPort: 80, hostPort: 53, hostIP: 10.0.0.1}",
        "{containerPort: 80, hostPort: 53, hostIP: 10.0.0.2}",
        True,
    ),
    "any address and one address": (
        "{containerPort: 80, hostPort: 53}",
        "{containerPort: 80, hostPort: 53, hostIP: 10.0.0.2}",
        False,
    ),
}


@pytest.mark.parametrize(("one", "other", "fits"), HOST_PORTS.values(), ids=HOST_PORTS.keys())
def test_host_ports_on_one_node(one: str, other: str, fits: bool) -> None:
    cluster = load(node("a"), pod("x", ports=f"[{one}]"), pod("y", ports=f"[{other}]"))
    assert bool(cluster.pods[1].node_name) is fits


def test_a_node_takes_no_more_pods_than_it_says() -> None:
    full = node("a").replace("status: {", "status: {allocatable: {pods: '1'}, ")
    cluster = load(full, pod("x"), pod("y"))
    assert cluster.pods[1].pending_reason == "0/1 nodes are available: 1 Too many pods."


def test_a_node_that_is_not_ready_gets_no_new_pods() -> None:
    broken = node("a").replace("status: {", "status: {conditions: [{type: Ready, status: 'False'}], ")
    cluster = load(broken, node("b"), pod("x"), pod("y"))
    assert [each.node_name for each in cluster.pods] == ["b", "b"]


def test_a_pod_that_is_written_as_pending_is_left_alone() -> None:
    (found,) = load(pod("web", status="{phase: Pending}")).pods
    assert (found.node_name, found.pod_ips) == ("", ())


TOLERATIONS = {
    "everything": (Toleration(operator="Exists"), True),
    "the key with any value": (Toleration("gpu", "Exists"), True),
    "key and value": (Toleration("gpu", "Equal", "big"), True),
    "another value": (Toleration("gpu", "Equal", "small"), False),
    "another key": (Toleration("cpu", "Exists"), False),
    "another effect": (Toleration("gpu", "Exists", "", "NoExecute"), False),
}


@pytest.mark.parametrize(("toleration", "expected"), TOLERATIONS.values(), ids=TOLERATIONS.keys())
def test_toleration(toleration: Toleration, expected: bool) -> None:
    assert toleration.tolerates(Taint("gpu", "big", "NoSchedule")) is expected
