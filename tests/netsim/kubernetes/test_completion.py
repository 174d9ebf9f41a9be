"""Whole clusters: real manifests, the reference cluster of the course, and what must hold for any of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from netsim.kubernetes.cluster import Cluster
from netsim.kubernetes.controllers import complete
from netsim.kubernetes.parsing import Manifests, parse_manifests
from netsim.loading import load_cluster
from tests.netsim.kubernetes.manifests import load, node, pod, service, workload

SHARED = Path(__file__).resolve().parents[4] / "shared"
REAL = ("online-boutique.yaml", "guestbook.yaml")
EVERYTHING = (
    workload("Deployment", "web", spec="replicas: 3"),
    workload("StatefulSet", "db", spec="replicas: 2, serviceName: db"),
    workload("DaemonSet", "agent", template="containers: [{name: app}], hostNetwork: true"),
    workload("Job", "once"),
    service("web", spec="type: NodePort, selector: {app: web}"),
    service("db", spec="clusterIP: None, selector: {app: db}"),
    service("lb", spec="type: LoadBalancer, externalTrafficPolicy: Local, selector: {app: web}"),
    pod("stuck", spec="nodeSelector: {disk: ssd}"),
)


def shared(*parts: str) -> str:
    path = SHARED.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"../shared/{'/'.join(parts)} is not here")
    return path.read_text()


def as_manifests(cluster: Cluster) -> Manifests:
    """Turn a completed cluster into what a dump of it would parse to."""
    return Manifests(
        cluster.settings,
        cluster.namespaces,
        cluster.nodes,
        cluster.workloads,
        cluster.pods,
        cluster.services,
        cluster.endpoint_slices,
        ignored=cluster.ignored,
    )


@pytest.mark.parametrize("name", REAL)
def test_real_manifests_load_as_they_are(name: str) -> None:
    text = shared("real", name)
    cluster = load_cluster([(name, text)])
    assert len(cluster.services) == text.count("kind: Service\n")
    assert sum(each.kind == "Deployment" for each in cluster.workloads) == text.count("kind: Deployment\n")
    assert all(each.pod_ips and each.ready for each in cluster.pods)


@pytest.mark.parametrize("name", REAL)
def test_every_service_of_a_real_manifest_has_all_its_pods_as_endpoints(name: str) -> None:
    cluster = load_cluster([(name, shared("real", name))])
    for each in cluster.services:
        selected = {p.name for p in cluster.pods if each.selector.items() <= p.meta.labels.items()}
        endpoints = [endpoint for found in cluster.slices_of(each) for endpoint in found.endpoints]
        assert selected == {endpoint.target.name for endpoint in endpoints if endpoint.target}
        assert selected
        assert all(endpoint.ready for endpoint in endpoints)


def test_kinds_of_a_real_manifest_that_are_not_modelled_are_listed() -> None:
    cluster = load_cluster([(REAL[0], shared("real", REAL[0]))])
    assert {each.kind for each in cluster.ignored} == {"ServiceAccount"}
    assert len(cluster.ignored) == 11


def test_completing_a_completed_cluster_changes_nothing() -> None:
    cluster = load(*EVERYTHING)
    assert complete(as_manifests(cluster)) == cluster


@pytest.mark.parametrize("name", REAL)
def test_completing_a_completed_real_cluster_changes_nothing(name: str) -> None:
    cluster = load_cluster([(name, shared("real", name))])
    assert complete(as_manifests(cluster)) == cluster


def test_loading_twice_gives_the_same_cluster() -> None:
    assert load(*EVERYTHING) == load(*EVERYTHING)


def test_no_two_pods_share_an_address_unless_they_share_a_node() -> None:
    cluster = load(*EVERYTHING)
    own = [ip for each in cluster.pods if not each.host_network for ip in each.pod_ips]
    assert len(own) == len(set(own)) == 6


def test_the_reference_cluster_keeps_what_it_gives() -> None:
    """Three nodes in two racks with a router between; Pods and Services at fixed addresses.

    n1 172.20.1.11, n2 172.20.1.12 in rack a; n3 172.20.2.13 in rack b
    """
    racks = "[{name: rack-a, cidr: 172.20.1.0/24}, {name: rack-b, cidr: 172.20.2.0/24}]"
    settings = (
        "{apiVersion: netsim.dev/v1, kind: ClusterNetwork, metadata: {name: harbour}, spec: "
        f"{{serviceCIDR: 10.96.0.0/16, underlay: {{subnets: {racks}}}}}}}"
    )
    cluster = load(
        settings,
        node("n1", "172.20.1.11", "10.244.1.0/24"),
        node("n2", "172.20.1.12", "10.244.2.0/24"),
        node("n3", "172.20.2.13", "10.244.3.0/24"),
        pod("web-0", labels="{app: web}", spec="nodeName: n1", status="{podIP: 10.244.1.5}"),
        pod("web-1", labels="{app: web}", spec="nodeName: n2", status="{podIP: 10.244.2.6}"),
        service("web", spec="selector: {app: web}, clusterIP: 10.96.41.80"),
    )
    assert [str(each.pod_ips[0]) for each in cluster.pods] == ["10.244.1.5", "10.244.2.6"]
    assert [endpoint.node_name for endpoint in cluster.endpoint_slices[0].endpoints] == ["n1", "n2"]
    assert cluster.settings.underlay.subnet_of(cluster.node("n3").addresses[0]) == cluster.settings.underlay.subnets[1]


def conformance_manifests(case: dict[str, Any]) -> list[dict[str, Any]]:
    """Write the cluster of a kube-proxy conformance case as Kubernetes objects."""
    settings = case["node"]
    addresses = [{"type": "InternalIP", "address": ip} for ip in settings["nodeIPs"]]
    objects: list[dict[str, Any]] = [
        {
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {"name": settings["nodeName"]},
            "status": {"addresses": addresses},
        }
    ]
    for each in case["services"]:
        namespace, _, name = each["name"].partition("/")
        spec = {key: value for key, value in each.items() if key not in ("name", "loadBalancerIPs")}
        spec.pop("sessionAffinityTimeoutSeconds", None)
        ingress = [{"ip": ip} for ip in each.get("loadBalancerIPs", [])]
        objects.append(
            {
                "apiVersion": "v1",
                "kind": "Service",
                "metadata": {"namespace": namespace, "name": name},
                "spec": spec,
                "status": {"loadBalancer": {"ingress": ingress}},
            }
        )
    return objects + [conformance_slice(number, each) for number, each in enumerate(case["endpoints"])]


def conformance_slice(number: int, endpoint: dict[str, Any]) -> dict[str, Any]:
    namespace, _, name = endpoint["service"].partition("/")
    conditions = {key: endpoint[key] for key in ("ready", "serving", "terminating")}
    return {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {
            "namespace": namespace,
            "name": f"{name}-{number}",
            "labels": {"kubernetes.io/service-name": name},
        },
        "addressType": "IPv6" if ":" in endpoint["address"] else "IPv4",
        "ports": [{"name": key, "port": value} for key, value in endpoint["ports"].items()],
        "endpoints": [{"addresses": [endpoint["address"]], "nodeName": endpoint["nodeName"], "conditions": conditions}],
    }


def test_the_clusters_of_the_conformance_suite_load_from_json_and_keep_what_they_give() -> None:
    lines = shared("conformance", "kubeproxy_flows.jsonl").splitlines()
    for case in map(json.loads, lines):
        text = json.dumps({"apiVersion": "v1", "kind": "List", "items": conformance_manifests(case)})
        cluster = load_cluster([(case["id"], text)])
        assert [str(ip) for ip in cluster.nodes[0].addresses] == case["node"]["nodeIPs"]
        assert [str(each.cluster_ips[0]) for each in cluster.services] == [s["clusterIP"] for s in case["services"]]
        given = [str(endpoint.addresses[0]) for each in cluster.endpoint_slices for endpoint in each.endpoints]
        assert given == [each["address"] for each in case["endpoints"]]


def test_a_dump_in_json_is_the_same_as_in_yaml() -> None:
    text = "{apiVersion: v1, kind: Pod, metadata: {name: web}, spec: {containers: [{name: app}]}}"
    as_json = json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "web"},
            "spec": {"containers": [{"name": "app"}]},
        }
    )
    assert parse_manifests([("a", text)]).pods == parse_manifests([("b", as_json)]).pods
