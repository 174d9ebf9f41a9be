"""What is read from manifests, and what is left alone."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address
from typing import Any

import pytest

from netsim.errors import InputError
from netsim.kubernetes.objects import (
    LoadBalancerIngress,
    PodPhase,
    Protocol,
    ServiceType,
    SessionAffinity,
    Toleration,
    TrafficDistribution,
    TrafficPolicy,
)
from netsim.kubernetes.parsing import formats, parse_manifests
from netsim.kubernetes.selectors import Operator, Requirement
from tests.netsim.kubernetes.manifests import parse, pod, service, workload

SERVICE_FIELDS = {
    "type": ("type: LoadBalancer", "type", ServiceType.LOAD_BALANCER),
    "no cluster IP": ("clusterIP: None", "headless", True),
    "no cluster IP, in the list": ("clusterIPs: [None]", "headless", True),
    "a cluster IP": ("clusterIP: 10.96.0.7", "cluster_ips", (IPv4Address("10.96.0.7"),)),
    "an empty cluster IP": ("clusterIP: ''", "cluster_ips", ()),
    "two cluster IPs": (
        "clusterIPs: [10.96.0.7, 'fd00::7']",
        "cluster_ips",
        (IPv4Address("10.96.0.7"), IPv6Address("fd00::7")),
    ),
    "families of the addresses": ("clusterIPs: ['fd00::7', 10.96.0.7]", "ip_families", (6, 4)),
    "families": ("ipFamilies: [IPv6]", "ip_families", (6,)),
    "external policy": ("type: NodePort, externalTrafficPolicy: Local", "external_traffic_policy", TrafficPolicy.LOCAL),
    "internal policy": ("internalTrafficPolicy: Local", "internal_traffic_policy", TrafficPolicy.LOCAL),
    "affinity": ("sessionAffinity: ClientIP", "session_affinity", SessionAffinity.CLIENT_IP),
    "affinity timeout": (
        "sessionAffinity: ClientIP, sessionAffinityConfig: {clientIP: {timeoutSeconds: 60}}",
        "session_affinity_timeout",
        60,
    ),
    "affinity timeout by default": ("sessionAffinity: ClientIP", "session_affinity_timeout", 10800),
    "external IPs": ("externalIPs: [198.51.100.9]", "external_ips", (IPv4Address("198.51.100.9"),)),
    "source ranges, with blanks": (
        "type: LoadBalancer, loadBalancerSourceRanges: [' 203.0.113.0/25']",
        "load_balancer_source_ranges",
        (IPv4Network("203.0.113.0/25"),),
    ),
    "addresses before readiness": ("publishNotReadyAddresses: true", "publish_not_ready_addresses", True),
    "the old name of PreferSameZone": (
        "trafficDistribution: PreferClose",
        "traffic_distribution",
        TrafficDistribution.PREFER_SAME_ZONE,
    ),
    "a health check port": ("type: LoadBalancer, healthCheckNodePort: 32000", "health_check_node_port", 32000),
    "null is as if absent": ("type: null", "type", ServiceType.CLUSTER_IP),
}


@pytest.mark.parametrize(("spec", "field", "expected"), SERVICE_FIELDS.values(), ids=SERVICE_FIELDS.keys())
def test_service_field(spec: str, field: str, expected: Any) -> None:
    (found,) = parse(service("web", spec=spec)).services
    assert getattr(found, field) == expected


def test_service_ports_are_tcp_and_aim_at_their_own_number_by_default() -> None:
    (found,) = parse(service("web", ports="[{port: 80}]")).services
    assert (found.ports[0].protocol, found.ports[0].target_port, found.ports[0].name) == (Protocol.TCP, 80, "")


def test_load_balancer_addresses_with_ip_mode_proxy_get_no_rules() -> None:
    ingress = "{ip: 198.51.100.20}, {ip: 198.51.100.21, ipMode: Proxy}, {hostname: lb.example.net}"
    (found,) = parse(
        service("web", spec="type: LoadBalancer", status=f"{{loadBalancer: {{ingress: [{ingress}]}}}}")
    ).services
    assert found.load_balancer_ingress[1] == LoadBalancerIngress(IPv4Address("198.51.100.21"), "Proxy")
    assert found.load_balancer_ips == (IPv4Address("198.51.100.20"),)


def test_external_name_loses_its_final_dot() -> None:
    (found,) = parse(service("pay", ports="[]", spec="type: ExternalName, externalName: pay.example.net.")).services
    assert found.external_name == "pay.example.net"


POD_READINESS = {
    "a hand-written Pod is ready": ("{}", "", True),
    "Ready true": ("{conditions: [{type: Ready, status: 'True'}]}", "", True),
    "Ready false": ("{conditions: [{type: Ready, status: 'False'}]}", "", False),
    "Pending": ("{phase: Pending}", "", False),
    "Failed": ("{phase: Failed, conditions: [{type: Ready, status: 'True'}]}", "", False),
    "annotation": ("{}", "annotations: {netsim.dev/ready: 'false'}", False),
    "a condition counts before the annotation": (
        "{conditions: [{type: Ready, status: 'True'}]}",
        "annotations: {netsim.dev/ready: 'false'}",
        True,
    ),
}


@pytest.mark.parametrize(("status", "metadata", "ready"), POD_READINESS.values(), ids=POD_READINESS.keys())
def test_pod_readiness(status: str, metadata: str, ready: bool) -> None:
    (found,) = parse(pod("web", status=status, metadata=metadata)).pods
    assert found.ready is ready


def test_a_pod_with_a_deletion_timestamp_is_terminating() -> None:
    (found,) = parse(pod("web", metadata="deletionTimestamp: 2026-11-21T10:00:00Z")).pods
    assert found.terminating


def test_a_pending_pod_of_a_dump_keeps_its_reason() -> None:
    conditions = "[{type: PodScheduled, status: 'False', message: 0/3 nodes are available}]"
    (found,) = parse(pod("web", status=f"{{phase: Pending, conditions: {conditions}}}")).pods
    assert (found.phase, found.pending_reason) == (PodPhase.PENDING, "0/3 nodes are available")


def test_pod_scheduling_fields_are_read() -> None:
    spec = """nodeSelector: {disk: ssd}, tolerations: [{key: a, operator: Exists, effect: NoSchedule}], affinity:
        {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms:
        [{matchExpressions: [{key: zone, operator: In, values: [a]}]}]}}}"""
    (found,) = parse(pod("web", spec=spec)).pods
    assert found.spec.node_selector == {"disk": "ssd"}
    assert found.spec.tolerations == (Toleration("a", "Exists", "", "NoSchedule"),)
    assert found.spec.node_affinity == ((Requirement("zone", Operator.IN, ("a",)),),)


def test_pod_dns_fields_are_read() -> None:
    config = "{nameservers: [10.0.0.53], searches: [example.net], options: [{name: ndots, value: '2'}, {name: edns0}]}"
    (found,) = parse(pod("web", spec=f"dnsPolicy: None, dnsConfig: {config}, hostname: w, subdomain: s")).pods
    assert (found.spec.dns_policy, found.spec.hostname, found.spec.subdomain) == ("None", "w", "s")
    assert found.spec.dns_config.options == (("ndots", "2"), ("edns0", ""))


def test_the_controller_among_the_owners_is_the_owner() -> None:
    owners = "[{kind: Thing, name: other}, {kind: ReplicaSet, name: web-1, controller: true}]"
    (found,) = parse(pod("web", metadata=f"ownerReferences: {owners}")).pods
    assert found.owner is not None
    assert (found.owner.kind, found.owner.name) == ("ReplicaSet", "web-1")


def test_a_list_is_flattened_even_inside_a_list() -> None:
    inner = f"{{apiVersion: v1, kind: List, items: [{pod('b')}]}}"
    found = parse(f"{{apiVersion: v1, kind: List, items: [{pod('a')}, {inner}]}}")
    assert [each.name for each in found.pods] == ["a", "b"]


def test_the_items_of_a_pod_list_may_leave_out_their_kind() -> None:
    item = "{metadata: {name: a}, spec: {containers: [{name: app}]}}"
    found = parse(f"{{apiVersion: v1, kind: PodList, items: [{item}]}}")
    assert [each.name for each in found.pods] == ["a"]


def test_fields_that_networking_does_not_need_are_ignored() -> None:
    (found,) = parse(pod("web", spec="priority: 7, volumes: [{name: data, whatever: {deeply: [nested]}}]")).pods
    assert found.name == "web"


IGNORED = {
    "a built-in kind": (
        "{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: a}}",
        "PodDisruptionBudget",
    ),
    "a kind of somebody else's": (
        "{apiVersion: serving.knative.dev/v1, kind: Service, metadata: {name: a}}",
        "Service",
    ),
    "a slice of DNS names": (
        "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: a}, addressType: FQDN}",
        "EndpointSlice",
    ),
}


@pytest.mark.parametrize(("text", "kind"), IGNORED.values(), ids=IGNORED.keys())
def test_objects_that_are_not_modelled_are_listed_with_their_place(text: str, kind: str) -> None:
    found = parse(pod("web"), text)
    assert [(each.kind, each.name, each.file, each.line) for each in found.ignored] == [(kind, "a", "test.yaml", 3)]


def test_objects_of_one_name_but_different_kinds_are_different_objects() -> None:
    found = parse(pod("web"), service("web"), workload("Deployment", "web"), workload("StatefulSet", "web"))
    assert (len(found.pods), len(found.services), len(found.workloads)) == (1, 1, 2)


JOBS = {
    "one Pod by default": ("", 1),
    "as many as run at once": ("parallelism: 3, completions: 5", 3),
    "no more than are to complete": ("parallelism: 3, completions: 2", 2),
    "none while suspended": ("parallelism: 3, suspend: true", 0),
}


@pytest.mark.parametrize(("spec", "replicas"), JOBS.values(), ids=JOBS.keys())
def test_job_runs(spec: str, replicas: int) -> None:
    (found,) = parse(workload("Job", "once", spec=spec)).workloads
    assert found.replicas == replicas


def test_more_objects_than_allowed_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "\n".join(f"--- {{apiVersion: v1, kind: Namespace, metadata: {{name: n{n}}}}}" for n in range(51))
    monkeypatch.setattr("netsim.kubernetes.parsing.MAX_OBJECTS", 50)
    with pytest.raises(InputError, match=r"many\.yaml:51: more than 50 objects"):
        parse_manifests([("many.yaml", text)])


FORMATS = {
    "an IPv4 address": (formats.address, "10.0.0.1", True),
    "an IPv6 address": (formats.address, "fd00::1", True),
    "leading zeros": (formats.address, "10.0.0.01", False),
    "a zone": (formats.address, "fe80::1%eth0", False),
    "a name for an address": (formats.address, "localhost", False),
    "a CIDR": (formats.network, "10.0.0.0/8", True),
    "a CIDR without a length": (formats.network, "10.0.0.0", False),
    "a CIDR with a netmask": (formats.network, "10.0.0.0/255.0.0.0", False),
    "a CIDR with a zero before its length": (formats.network, "10.0.0.0/08", False),
    "a CIDR of both families": (formats.networks, "10.0.0.0/8,fd00::/64", True),
    "two CIDRs of one family": (formats.networks, "10.0.0.0/8,11.0.0.0/8", False),
    "a label": (formats.dns_label, "web-1", True),
    "a label that begins with a digit": (formats.dns_label, "1web", True),
    "a label of 64 characters": (formats.dns_label, "a" * 64, False),
    "a label with a line end": (formats.dns_label, "web\n", False),
    "a subdomain": (formats.dns_subdomain, "web.shop", True),
    "a subdomain with an empty part": (formats.dns_subdomain, "web..shop", False),
    "a port name": (formats.port_name, "http-1", True),
    "a port name of digits": (formats.port_name, "8080", False),
    "a port name with two dashes": (formats.port_name, "a--b", False),
    "a port name of 16 characters": (formats.port_name, "a" * 16, False),
    "a label key with a prefix": (formats.label_key, "app.kubernetes.io/name", True),
    "a label key with two slashes": (formats.label_key, "a/b/c", False),
    "an empty label value": (formats.label_value, "", True),
    "a label value with a blank": (formats.label_value, "a b", False),
}


@pytest.mark.parametrize(("check", "text", "valid"), FORMATS.values(), ids=FORMATS.keys())
def test_format(check: Any, text: str, valid: bool) -> None:
    if valid:
        assert check(text) is not None
    else:
        with pytest.raises(ValueError, match="is not|must be"):
            check(text)
