"""Look-ups in a cluster, and what they say about names that are not there."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address

import pytest

from netsim.errors import NetsimError
from netsim.kubernetes.cluster import Cluster
from netsim.kubernetes.objects import WorkloadKind
from tests.netsim.kubernetes.manifests import load, pod, service, workload


@pytest.fixture(scope="module")
def shop() -> Cluster:
    """web (two Pods) behind a Service in default; probe in ops."""
    return load(
        workload("Deployment", "web", spec="replicas: 2"),
        service("web", spec="selector: {app: web}"),
        pod("probe", metadata="namespace: ops"),
        pod("agent", spec="hostNetwork: true, nodeName: node1"),
    )


def test_look_ups_find_what_is_there(shop: Cluster) -> None:
    assert shop.node("node2").name == "node2"
    assert shop.pod("ops", "probe").key == ("ops", "probe")
    assert shop.service("default", "web").key == ("default", "web")
    assert shop.workload(WorkloadKind.DEPLOYMENT, "default", "web").replicas == 2


def test_the_pods_of_a_deployment_come_in_the_order_of_their_names(shop: Cluster) -> None:
    names = [each.name for each in shop.pods_of(WorkloadKind.DEPLOYMENT, "default", "web")]
    assert len(names) == 2
    assert names == sorted(names)


def test_the_pods_on_a_node_are_those_placed_there(shop: Cluster) -> None:
    assert "agent" in [each.name for each in shop.pods_on("node1")]
    assert all(each.node_name == "node1" for each in shop.pods_on("node1"))


def test_the_slices_of_a_service_are_those_that_name_it(shop: Cluster) -> None:
    slices = shop.slices_of(shop.service("default", "web"))
    assert [len(each.endpoints) for each in slices] == [2]


def test_a_pod_is_found_by_its_address(shop: Cluster) -> None:
    probe = shop.pod("ops", "probe")
    assert shop.pod_with_ip(probe.pod_ips[0]) == probe


@pytest.mark.parametrize("address", ["192.168.1.11", "10.244.9.9"], ids=["a host-network Pod's", "nobody's"])
def test_no_pod_owns(shop: Cluster, address: str) -> None:
    assert shop.pod_with_ip(ip_address(address)) is None


MISSING = {
    "a Pod in another namespace": ("pod", ("default", "probe"), r"no Pod default/probe: did you mean ops/probe\?"),
    "a misspelt Service": ("service", ("default", "wbe"), r"no Service default/wbe: did you mean default/web\?"),
    "a misspelt Node": ("node", ("node4",), r"no Node node4: did you mean node\d or node\d or node\d\?"),
    "nothing like it": ("service", ("shop", "payments"), r"no Service shop/payments: there is default/web$"),
    "the Pod of a Deployment": ("pod", ("default", "web"), r"did you mean default/web-\w+-\w+ or default/web-"),
    "a kind that is not there": (
        "workload",
        (WorkloadKind.JOB, "default", "once"),
        r"no Job default/once: the cluster has no Job$",
    ),
}


@pytest.mark.parametrize(("look_up", "arguments", "message"), MISSING.values(), ids=MISSING.keys())
def test_a_name_that_is_not_there(shop: Cluster, look_up: str, arguments: tuple[str, ...], message: str) -> None:
    with pytest.raises(NetsimError, match=message):
        getattr(shop, look_up)(*arguments)


def test_namespaces_that_are_mentioned_exist_and_carry_their_name_as_label(shop: Cluster) -> None:
    assert {each.name: each.meta.labels["kubernetes.io/metadata.name"] for each in shop.namespaces} == {
        "default": "default",
        "ops": "ops",
    }


def test_a_declared_namespace_keeps_its_labels() -> None:
    cluster = load("{apiVersion: v1, kind: Namespace, metadata: {name: shop, labels: {team: a}}}")
    labels = next(each.meta.labels for each in cluster.namespaces if each.name == "shop")
    assert labels == {"team": "a", "kubernetes.io/metadata.name": "shop"}


def test_a_changed_cluster_finds_its_own_objects(harbour):
    """Look-ups are indexed; the index of one cluster is not that of another."""
    before = harbour.pods_on("n1")
    moved = replace(harbour, pods=tuple(pod for pod in harbour.pods if pod not in before))
    assert before
    assert moved.pods_on("n1") == ()
    with pytest.raises(NetsimError):
        moved.pod(*before[0].key)
