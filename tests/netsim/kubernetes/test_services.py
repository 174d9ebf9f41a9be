"""Cluster IPs and node ports: given ones are kept, others are drawn from the bands of KEP-3070 and KEP-3668."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest

from netsim.errors import InputError
from netsim.kubernetes.cluster import Cluster
from tests.netsim.kubernetes.manifests import load, network, service

NODE_PORT = "type: NodePort"
DUAL_STACK = network("{serviceCIDR: '10.96.0.0/16,fd00:10:96::/112'}")


def cluster_ips(cluster: Cluster) -> list[str]:
    return [",".join(map(str, each.cluster_ips)) for each in cluster.services]


def test_a_given_cluster_ip_is_kept() -> None:
    assert cluster_ips(load(service("web", spec="clusterIP: 10.96.41.80"))) == ["10.96.41.80"]


def test_a_cluster_ip_is_drawn_from_the_upper_band() -> None:
    """The lower band of a /16 is its first 256 addresses (KEP-3070)."""
    cluster = load(network("{serviceCIDR: 10.96.0.0/16}"), *(service(f"s{n}") for n in range(50)))
    indexes = [int(each.cluster_ips[0]) - int(ip_address("10.96.0.0")) for each in cluster.services]
    assert min(indexes) >= 256
    assert max(indexes) < 65535
    assert len(set(indexes)) == 50


def test_a_service_keeps_its_numbers_when_another_comes_before() -> None:
    alone = load(service("web", spec=NODE_PORT)).services[0]
    second = load(service("api", spec=NODE_PORT), service("web", spec=NODE_PORT)).services[1]
    assert (alone.cluster_ips, alone.ports) == (second.cluster_ips, second.ports)


def test_the_lower_band_is_used_when_the_upper_one_is_full() -> None:
    """A /27 has 31 usable numbers: 16 to 30 first, then 1 to 15 without the well-known 1 and 10."""
    cluster = load(network("{serviceCIDR: 10.96.0.0/27}"), *(service(f"s{n:02}") for n in range(28)))
    last = [int(each.cluster_ips[0]) & 31 for each in cluster.services]
    assert sorted(last[:15]) == list(range(16, 31))
    assert last[15:] == [2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15]


def test_a_range_that_is_used_up_is_refused() -> None:
    texts = [service(f"s{n:02}") for n in range(29)]
    with pytest.raises(InputError, match=r"test\.yaml:59: spec\.clusterIP: the serviceCIDR 10\.96\.0\.0/27 has no"):
        load(network("{serviceCIDR: 10.96.0.0/27}"), *texts)


@pytest.mark.parametrize(
    ("name", "namespace", "expected"),
    [("kubernetes", "default", "10.96.0.1"), ("kube-dns", "kube-system", "10.96.0.10")],
    ids=["the API server", "cluster DNS"],
)
def test_well_known_services_have_well_known_addresses(name: str, namespace: str, expected: str) -> None:
    assert cluster_ips(load(service(name, metadata=f"namespace: {namespace}"))) == [expected]


WITHOUT_ADDRESS = {
    "headless": service("db", spec="clusterIP: None"),
    "ExternalName": service("pay", ports="[]", spec="type: ExternalName, externalName: pay.example.net"),
}


@pytest.mark.parametrize("text", WITHOUT_ADDRESS.values(), ids=WITHOUT_ADDRESS.keys())
def test_no_cluster_ip_for(text: str) -> None:
    assert cluster_ips(load(text)) == [""]


FAMILIES = {
    "the first family of the cluster by default": ("{}", (4,)),
    "the family that it asks for": ("ipFamilies: [IPv6]", (6,)),
    "both if it prefers both": ("ipFamilyPolicy: PreferDualStack", (4, 6)),
    "both, its own first": ("ipFamilyPolicy: RequireDualStack, ipFamilies: [IPv6]", (6, 4)),
}


@pytest.mark.parametrize(("spec", "expected"), FAMILIES.values(), ids=FAMILIES.keys())
def test_a_service_of_a_dual_stack_cluster_gets(spec: str, expected: tuple[int, ...]) -> None:
    (found,) = load(DUAL_STACK, service("web", spec="" if spec == "{}" else spec)).services
    assert found.ip_families == tuple(ip.version for ip in found.cluster_ips) == expected


def test_preferring_both_families_is_content_with_one() -> None:
    assert load(service("web", spec="ipFamilyPolicy: PreferDualStack")).services[0].ip_families == (4,)


REFUSED = {
    "one node port twice": (
        [service("a", ports="[{port: 80, nodePort: 30080}]", spec=NODE_PORT)] * 1
        + [service("b", ports="[{port: 80, nodePort: 30080}]", spec=NODE_PORT)],
        r"test\.yaml:3: spec\.ports\[0\]\.nodePort: 30080 is already a node port of Service default/a \(test\.yaml:1\)",
    ),
    "one node port twice in a Service": (
        [
            service(
                "a",
                ports="[{port: 80, nodePort: 30080, name: x}, {port: 81, nodePort: 30080, name: y}]",
                spec=NODE_PORT,
            )
        ],
        r"spec\.ports\[1\]\.nodePort: another port of this Service has 30080/TCP",
    ),
    "a health check port that is a node port": (
        [
            service("a", ports="[{port: 80, nodePort: 30080}]", spec=NODE_PORT),
            service("b", spec="type: LoadBalancer, externalTrafficPolicy: Local, healthCheckNodePort: 30080"),
        ],
        r"spec\.healthCheckNodePort: 30080 is already a node port of Service default/a",
    ),
    "both families where there is one": (
        [service("a", spec="ipFamilyPolicy: RequireDualStack")],
        r"spec\.ipFamilyPolicy: RequireDualStack needs a serviceCIDR of each family",
    ),
    "a family that the cluster does not have": (
        [service("a", spec="ipFamilies: [IPv6]")],
        r"spec\.ipFamilies: the cluster has no IPv6 serviceCIDR; it has 10\.96\.0\.0/12",
    ),
}


TOGETHER = {
    "a policy for traffic that cannot come": (
        "externalTrafficPolicy: Local",
        "spec.externalTrafficPolicy: may only be set for externally-accessible services",
    ),
    "a health check without a balancer": (
        "type: NodePort, externalTrafficPolicy: Local, healthCheckNodePort: 31000",
        "spec.healthCheckNodePort: may only be set when type is 'LoadBalancer' and externalTrafficPolicy is 'Local'",
    ),
    "source ranges without a balancer": (
        "loadBalancerSourceRanges: [10.0.0.0/8]",
        "spec.loadBalancerSourceRanges: may only be used when type is 'LoadBalancer'",
    ),
    "node ports of a balancer that is none": (
        "type: NodePort, allocateLoadBalancerNodePorts: false",
        "spec.allocateLoadBalancerNodePorts: may only be used when type is 'LoadBalancer'",
    ),
    "a time for no affinity": (
        "sessionAffinityConfig: {clientIP: {timeoutSeconds: 60}}",
        "spec.sessionAffinityConfig: must not be set when session affinity is None",
    ),
    "an affinity of more than a day": (
        "sessionAffinity: ClientIP, sessionAffinityConfig: {clientIP: {timeoutSeconds: 86401}}",
        "spec.sessionAffinityConfig.clientIP.timeoutSeconds: ",
    ),
    "an alias with an address": (
        "type: ExternalName, externalName: pay.example.net, clusterIP: 10.96.0.9",
        "spec.clusterIP: may not be set for ExternalName services",
    ),
    "an external IP on loopback": (
        "externalIPs: [127.0.0.1]",
        "spec.externalIPs[0]: 127.0.0.1 may not be in the loopback range (127.0.0.0/8, ::1/128)",
    ),
    "an external IP that is none": ("externalIPs: [0.0.0.0]", "spec.externalIPs[0]: 0.0.0.0 may not be unspecified"),
    "a link-local external IP": (
        "externalIPs: [169.254.1.1]",
        "spec.externalIPs[0]: 169.254.1.1 may not be in the link",
    ),
    "a multicast external IP": ("externalIPs: [224.0.0.1]", "spec.externalIPs[0]: 224.0.0.1 may not be a multicast"),
}


@pytest.mark.parametrize(("spec", "message"), TOGETHER.values(), ids=TOGETHER.keys())
def test_what_does_not_go_together_is_refused_as_the_api_server_does(spec: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        load(service("web", spec=spec))
    assert message in str(caught.value)


def test_a_cluster_ip_with_external_ips_may_have_a_policy_for_them() -> None:
    (found,) = load(service("web", spec="externalIPs: [198.51.100.9], externalTrafficPolicy: Local")).services
    assert found.external_traffic_policy == "Local"


@pytest.mark.parametrize(("texts", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_refused(texts: list[str], message: str) -> None:
    with pytest.raises(InputError, match=message):
        load(*texts)


def test_one_number_serves_two_protocols_of_one_service() -> None:
    ports = "[{port: 53, nodePort: 30053, name: u, protocol: UDP}, {port: 53, nodePort: 30053, name: t}]"
    (found,) = load(service("dns", ports=ports, spec=NODE_PORT)).services
    assert [port.node_port for port in found.ports] == [30053, 30053]


NODE_PORTS = {
    "ClusterIP has none": ("type: ClusterIP", False),
    "NodePort has one a port": ("type: NodePort", True),
    "LoadBalancer has one too": ("type: LoadBalancer", True),
    "LoadBalancer without node ports": ("type: LoadBalancer, allocateLoadBalancerNodePorts: false", False),
}


@pytest.mark.parametrize(("spec", "expected"), NODE_PORTS.values(), ids=NODE_PORTS.keys())
def test_node_ports(spec: str, expected: bool) -> None:
    """30000-30085 is the band that people choose from (KEP-3668)."""
    (found,) = load(service("web", spec=spec)).services
    number = found.ports[0].node_port
    assert (number is not None) is expected
    assert number is None or 30086 <= number <= 32767


HEALTH_CHECKS = {
    "LoadBalancer with policy Local": ("type: LoadBalancer, externalTrafficPolicy: Local", True),
    "LoadBalancer with policy Cluster": ("type: LoadBalancer", False),
    "NodePort with policy Local": ("type: NodePort, externalTrafficPolicy: Local", False),
}


@pytest.mark.parametrize(("spec", "expected"), HEALTH_CHECKS.values(), ids=HEALTH_CHECKS.keys())
def test_health_check_node_port(spec: str, expected: bool) -> None:
    assert (load(service("web", spec=spec)).services[0].health_check_node_port is not None) is expected


def test_the_service_range_follows_given_addresses_where_no_document_describes_it() -> None:
    settings = load(service("web", spec="clusterIP: 172.30.0.41")).settings
    assert settings.service_cidrs == (ip_network("172.30.0.0/16"),)


def test_a_given_address_outside_the_range_of_the_document_is_kept() -> None:
    """ServiceCIDR objects can add ranges at run time (KEP-1880)."""
    cluster = load(network("{serviceCIDR: 10.96.0.0/16}"), service("web", spec="clusterIP: 172.30.0.41"))
    assert cluster_ips(cluster) == ["172.30.0.41"]
