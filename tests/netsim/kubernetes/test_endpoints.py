"""EndpointSlices follow selectors and readiness.

Every test has Pods of app `web` behind the Service `web`; the default nodes stand in no zone.
"""

from __future__ import annotations

import pytest

from netsim.kubernetes.cluster import Cluster
from netsim.kubernetes.objects import EndpointPort, ObjectReference
from tests.netsim.kubernetes.manifests import load, network, node, pod, service, workload

WEB = "{app: web}"
SELECTS_WEB = "selector: {app: web}"
GIVEN_SLICE = """\
    apiVersion: discovery.k8s.io/v1
    kind: EndpointSlice
    metadata: {name: web-1, labels: {kubernetes.io/service-name: web}}
    addressType: IPv4
    ports: [{name: http, port: 8080}]
    endpoints:
    - addresses: [10.9.0.1]
      conditions: {ready: false, serving: true, terminating: true}
      nodeName: elsewhere
      hints: {forZones: [{name: a}]}
    - addresses: [10.9.0.2]
    """
ENDPOINTS = """\
    apiVersion: v1
    kind: Endpoints
    metadata: {name: web}
    subsets:
    - addresses: [{ip: 10.9.0.1}, {ip: 'fd00::1'}]
      notReadyAddresses: [{ip: 10.9.0.2}]
      ports: [{port: 8080}]
    """


def backends(cluster: Cluster) -> list[str]:
    """Write every endpoint as address:port."""
    return [
        f"{endpoint.addresses[0]}:{port.port}"
        for each in cluster.endpoint_slices
        for port in each.ports
        for endpoint in each.endpoints
    ]


def test_a_slice_lists_the_pods_that_the_selector_picks() -> None:
    cluster = load(pod("a", labels=WEB), pod("b", labels="{app: api}"), service("web", spec=SELECTS_WEB))
    (found,) = cluster.endpoint_slices
    (endpoint,) = found.endpoints
    assert found.service_name == "web"
    assert endpoint.target == ObjectReference("Pod", "default", "a")
    assert (str(endpoint.addresses[0]), endpoint.node_name) == ("10.244.0.2", "node1")


def test_pods_of_another_namespace_are_not_picked() -> None:
    cluster = load(pod("a", labels=WEB, metadata="namespace: ops"), service("web", spec=SELECTS_WEB))
    assert backends(cluster) == []


def test_a_service_that_selects_nothing_has_an_empty_slice() -> None:
    """The controller makes a placeholder, so that consumers know that it has looked (reconciler.go)."""
    (found,) = load(service("web", spec=SELECTS_WEB)).endpoint_slices
    assert (found.endpoints, found.ports) == ((), ())


CONDITIONS = {
    "ready": ("{}", "", "", (True, True, False)),
    "not ready": ("{conditions: [{type: Ready, status: 'False'}]}", "", "", (False, False, False)),
    "terminating and still serving": ("{}", "deletionTimestamp: now", "", (False, True, True)),
    "terminating and not serving": (
        "{conditions: [{type: Ready, status: 'False'}]}",
        "deletionTimestamp: now",
        "",
        (False, False, True),
    ),
    "not ready but published": (
        "{conditions: [{type: Ready, status: 'False'}]}",
        "",
        "publishNotReadyAddresses: true",
        (True, False, False),
    ),
    "terminating but published": (
        "{}",
        "deletionTimestamp: now",
        "publishNotReadyAddresses: true",
        (True, True, True),
    ),
}


@pytest.mark.parametrize(("status", "metadata", "spec", "expected"), CONDITIONS.values(), ids=CONDITIONS.keys())
def test_conditions(status: str, metadata: str, spec: str, expected: tuple[bool, bool, bool]) -> None:
    """The three are ready, serving and terminating, as podToEndpoint sets them."""
    selector = f"{SELECTS_WEB}, {spec}" if spec else SELECTS_WEB
    cluster = load(pod("a", labels=WEB, status=status, metadata=metadata), service("web", spec=selector))
    (endpoint,) = cluster.endpoint_slices[0].endpoints
    assert (endpoint.ready, endpoint.serving, endpoint.terminating) == expected


@pytest.mark.parametrize(
    ("spec", "status"),
    [("", "{phase: Failed}"), ("", "{phase: Pending}"), ("nodeSelector: {disk: ssd}", "{}")],
    ids=["it has failed", "it is pending", "it fits nowhere"],
)
def test_a_pod_is_no_endpoint_when(spec: str, status: str) -> None:
    assert backends(load(pod("a", labels=WEB, spec=spec, status=status), service("web", spec=SELECTS_WEB))) == []


def test_a_named_target_port_is_resolved_for_each_pod() -> None:
    """Pods of two releases listen on different numbers under one name; each number makes a slice of its own."""
    cluster = load(
        pod("a", labels=WEB, ports="[{name: http, containerPort: 8080}]"),
        pod("b", labels=WEB, ports="[{name: http, containerPort: 9090}]"),
        service("web", ports="[{port: 80, targetPort: http}]", spec=SELECTS_WEB),
    )
    assert backends(cluster) == ["10.244.0.2:8080", "10.244.1.2:9090"]
    assert len(cluster.endpoint_slices) == 2


def test_a_pod_without_the_named_port_gives_a_slice_without_ports() -> None:
    cluster = load(
        pod("a", labels=WEB, ports="[{name: web, containerPort: 8080}]"),
        service("web", ports="[{port: 80, targetPort: http}]", spec=SELECTS_WEB),
    )
    (found,) = cluster.endpoint_slices
    assert (len(found.endpoints), found.ports) == (1, ())


def test_a_named_port_of_another_protocol_does_not_count() -> None:
    cluster = load(
        pod("a", labels=WEB, ports="[{name: dns, containerPort: 53, protocol: UDP}]"),
        service("web", ports="[{port: 53, targetPort: dns}]", spec=SELECTS_WEB),
    )
    assert backends(cluster) == []


def test_slice_ports_carry_the_name_of_the_service_port() -> None:
    ports = "[{name: a, port: 80}, {name: b, port: 53, targetPort: 5353, protocol: UDP}]"
    (found,) = load(pod("a", labels=WEB), service("web", ports=ports, spec=SELECTS_WEB)).endpoint_slices
    assert [(port.name, port.port, port.protocol) for port in found.ports] == [("a", 80, "TCP"), ("b", 5353, "UDP")]


def test_a_slice_holds_at_most_a_hundred_endpoints() -> None:
    cluster = load(workload("ReplicaSet", "web", spec="replicas: 201"), service("web", spec=SELECTS_WEB))
    assert [len(each.endpoints) for each in cluster.endpoint_slices] == [100, 100, 1]
    assert len({each.name for each in cluster.endpoint_slices}) == 3


def test_a_headless_service_lists_its_pods_with_their_host_names() -> None:
    cluster = load(
        workload("StatefulSet", "web", spec="replicas: 2, serviceName: web"),
        service("web", spec=f"{SELECTS_WEB}, clusterIP: None"),
    )
    assert [each.hostname for each in cluster.endpoint_slices[0].endpoints] == ["web-0", "web-1"]


def test_a_dual_stack_service_has_a_slice_for_each_family() -> None:
    settings = network("{podCIDR: '10.244.0.0/16,fd01::/56', serviceCIDR: '10.96.0.0/16,fd02::/112'}")
    cluster = load(
        settings, pod("a", labels=WEB), service("web", spec=f"{SELECTS_WEB}, ipFamilyPolicy: PreferDualStack")
    )
    assert backends(cluster) == ["10.244.0.2:80", "fd01::2:80"]
    assert [each.ip_family for each in cluster.endpoint_slices] == [4, 6]


HINTS = {
    "none by default": ("", (), ()),
    "the zone": ("trafficDistribution: PreferSameZone", ("a",), ()),
    "the zone and the node": ("trafficDistribution: PreferSameNode", ("a",), ("n1",)),
}


@pytest.mark.parametrize(("spec", "zones", "nodes"), HINTS.values(), ids=HINTS.keys())
def test_hints(spec: str, zones: tuple[str, ...], nodes: tuple[str, ...]) -> None:
    cluster = load(
        node("n1", labels="{topology.kubernetes.io/zone: a}"),
        pod("a", labels=WEB),
        service("web", spec=f"{SELECTS_WEB}, {spec}" if spec else SELECTS_WEB),
    )
    (endpoint,) = cluster.endpoint_slices[0].endpoints
    assert (endpoint.zone, endpoint.hint_zones, endpoint.hint_nodes) == ("a", zones, nodes)


def test_an_endpoint_that_is_not_ready_has_no_hints() -> None:
    status = "{conditions: [{type: Ready, status: 'False'}]}"
    spec = f"{SELECTS_WEB}, trafficDistribution: PreferSameNode"
    cluster = load(pod("a", labels=WEB, status=status), service("web", spec=spec))
    assert cluster.endpoint_slices[0].endpoints[0].hint_nodes == ()


def test_a_service_that_has_a_slice_in_the_files_gets_no_other() -> None:
    cluster = load(GIVEN_SLICE, pod("a", labels=WEB), service("web", spec=SELECTS_WEB))
    assert backends(cluster) == ["10.9.0.1:8080", "10.9.0.2:8080"]


def test_the_conditions_of_a_given_slice_are_kept_and_default_as_the_api_says() -> None:
    cluster = load(GIVEN_SLICE, service("web"))
    first, second = cluster.endpoint_slices[0].endpoints
    assert (first.ready, first.serving, first.terminating, first.node_name) == (False, True, True, "elsewhere")
    assert (second.ready, second.serving, second.terminating, second.node_name) == (True, True, False, "")
    assert first.hint_zones == ("a",)


def test_old_endpoints_become_slices_of_a_service_without_selector() -> None:
    cluster = load(ENDPOINTS, service("web"))
    assert backends(cluster) == ["10.9.0.1:8080", "10.9.0.2:8080", "fd00::1:8080"]
    assert [each.ready for each in cluster.endpoint_slices[0].endpoints] == [True, False]


def test_old_endpoints_of_a_service_with_selector_do_not_count() -> None:
    cluster = load(ENDPOINTS, pod("a", labels=WEB), service("web", spec=SELECTS_WEB))
    assert backends(cluster) == ["10.244.0.2:80"]


def test_a_port_without_number_means_all_ports() -> None:
    text = GIVEN_SLICE.replace("{name: http, port: 8080}", "{name: any}")
    assert load(text, service("web")).endpoint_slices[0].ports == (EndpointPort(None, "any"),)
