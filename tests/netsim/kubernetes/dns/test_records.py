"""The records of the Kubernetes DNS specification 1.1.0, as CoreDNS serves them. The cluster is cluster_zone.py."""

from __future__ import annotations

import pytest

from tests.netsim.kubernetes.dns.cluster_zone import answer, cluster, corefile, data


@pytest.fixture(scope="module")
def world():
    return cluster()


SVC = "svc.cluster.local"


@pytest.mark.parametrize(
    ("name", "wanted", "expected"),
    [
        pytest.param(f"web.shop.{SVC}", "A", ["10.96.41.80"], id="a Service has its cluster IP"),
        pytest.param(f"web.shop.{SVC}", "AAAA", ["NODATA"], id="a Service of one family has nothing in the other"),
        pytest.param(f"two.store.{SVC}", "A", ["10.96.5.5"], id="a dual-stack Service has an IPv4 address"),
        pytest.param(f"two.store.{SVC}", "AAAA", ["fd00:96::5"], id="a dual-stack Service has an IPv6 address"),
        pytest.param(f"web.ops.{SVC}", "A", ["NXDOMAIN"], id="a Service is not in another namespace"),
        pytest.param(f"web.nowhere.{SVC}", "A", ["NXDOMAIN"], id="no namespace, no name"),
        pytest.param(f"shop.{SVC}", "A", ["NODATA"], id="a namespace exists without records"),
        pytest.param(f"db.shop.{SVC}", "A", ["10.244.2.8", "10.244.3.9"], id="a headless Service has all endpoints"),
        pytest.param(f"cache.store.{SVC}", "A", ["10.244.1.20"], id="an endpoint that is not ready is left out"),
        pytest.param(f"cache-0.cache.store.{SVC}", "A", ["10.244.1.20"], id="a hostname in its subdomain"),
        pytest.param(f"cache-1.cache.store.{SVC}", "A", ["NXDOMAIN"], id="a hostname that is not ready"),
        pytest.param(f"10-244-2-8.db.shop.{SVC}", "A", ["10.244.2.8"], id="an endpoint without a hostname"),
        pytest.param(f"db-0.db.shop.{SVC}", "A", ["NXDOMAIN"], id="a Pod's name is no hostname"),
        pytest.param(f"web-0.shop.{SVC}", "A", ["NXDOMAIN"], id="a Pod's name is no record"),
        pytest.param(f"pay.shop.{SVC}", "A", ["pay.example.net", "203.0.113.50"], id="an ExternalName is an alias"),
        pytest.param(f"pay.shop.{SVC}", "CNAME", ["pay.example.net"], id="the alias alone"),
        pytest.param("10-244-1-5.shop.pod.cluster.local", "A", ["10.244.1.5"], id="a Pod by its address"),
        pytest.param("10-9-9-9.shop.pod.cluster.local", "A", ["10.9.9.9"], id="pods insecure believes any address"),
        pytest.param("10-9-9-9.nowhere.pod.cluster.local", "A", ["NXDOMAIN"], id="but only in a namespace"),
        pytest.param("fd00--5.shop.pod.cluster.local", "AAAA", ["fd00::5"], id="an IPv6 Pod by its address"),
        pytest.param("web-0.shop.pod.cluster.local", "A", ["NXDOMAIN"], id="a Pod record needs an address"),
        pytest.param(f"_http._tcp.web.shop.{SVC}", "SRV", [f"0 100 80 web.shop.{SVC}"], id="SRV of a named port"),
        pytest.param(f"_http._udp.web.shop.{SVC}", "SRV", ["NXDOMAIN"], id="SRV of a port in another protocol"),
        pytest.param(f"_http._tcp.api.shop.{SVC}", "SRV", ["NXDOMAIN"], id="an unnamed port has no SRV name"),
        pytest.param(
            f"_redis._tcp.cache.store.{SVC}", "SRV", [f"0 100 6379 cache-0.cache.store.{SVC}"],
            id="SRV of a headless Service names the endpoint",
        ),
        pytest.param(
            f"two.store.{SVC}", "SRV", [f"0 50 80 two.store.{SVC}", f"0 50 443 two.store.{SVC}"],
            id="the bare name has an SRV for every port",
        ),
        pytest.param("80.41.96.10.in-addr.arpa", "PTR", [f"web.shop.{SVC}"], id="PTR of a cluster IP"),
        pytest.param("20.1.244.10.in-addr.arpa", "PTR", [f"cache-0.cache.store.{SVC}"], id="PTR of a hostname"),
        pytest.param("8.2.244.10.in-addr.arpa", "PTR", [f"10-244-2-8.db.shop.{SVC}"], id="PTR of an endpoint"),
        pytest.param("20.2.244.10.in-addr.arpa", "PTR", ["NXDOMAIN"], id="no PTR for what is not ready"),
        pytest.param("dns-version.cluster.local", "TXT", ['"1.1.0"'], id="the version of the schema"),
        pytest.param("cluster.local", "NS", ["ns.dns.cluster.local"], id="the zone's name server"),
        pytest.param("web.shop.cluster.local", "A", ["NXDOMAIN"], id="a name without svc is not in the zone"),
        pytest.param("example.com", "A", ["203.0.113.50"], id="a name outside"),
        pytest.param("example.com", "AAAA", ["NODATA"], id="a name outside in the other family"),
        pytest.param("example.invalid", "A", ["NXDOMAIN"], id="a name that nobody has"),
    ],
)  # fmt: skip
def test_a_name_is_answered(world, name, wanted, expected):
    assert data(answer(world, name, wanted)) == expected


def test_srv_answers_carry_the_addresses_of_their_targets(world):
    extra = answer(world, f"_redis._tcp.cache.store.{SVC}", "SRV").additional
    assert [(record.name, record.data) for record in extra] == [(f"cache-0.cache.store.{SVC}", "10.244.1.20")]


READY_TWICE = """
apiVersion: v1
kind: Pod
metadata: {name: cache-1, namespace: store, labels: {app: cache}}
spec: {nodeName: n2, hostname: cache-1, subdomain: cache, containers: [{name: c}]}
status: {podIP: 10.244.2.20}
"""


def test_two_ready_endpoints_with_three_named_ports_make_six_srv_records():
    assert len(answer(cluster(READY_TWICE), f"cache.store.{SVC}", "SRV").answers) == 6


PUBLISHED = """
apiVersion: v1
kind: Service
metadata: {name: cache, namespace: store}
spec: {clusterIP: None, publishNotReadyAddresses: true, selector: {app: cache}, ports: [{name: redis, port: 6379}]}
"""


def test_not_ready_addresses_can_be_published():
    assert data(answer(cluster(PUBLISHED), f"cache.store.{SVC}", "A")) == ["10.244.1.20", "10.244.2.20"]


NOT_READY = """
apiVersion: v1
kind: Pod
metadata: {name: cache-0, namespace: store, labels: {app: cache}, annotations: {netsim.dev/ready: "false"}}
spec: {nodeName: n1, hostname: cache-0, subdomain: cache, containers: [{name: c}]}
status: {podIP: 10.244.1.20}
"""


def test_a_headless_service_without_ready_endpoints_does_not_exist():
    assert data(answer(cluster(NOT_READY), f"cache.store.{SVC}", "A")) == ["NXDOMAIN"]


@pytest.mark.parametrize(
    ("mode", "name", "expected"),
    [
        ("disabled", "10-244-1-5.shop", "NXDOMAIN"),
        ("verified", "10-244-1-5.shop", "10.244.1.5"),
        ("verified", "10-244-1-5.ops", "NXDOMAIN"),
        ("verified", "10-9-9-9.shop", "NXDOMAIN"),
        ("insecure", "10-244-1-5.ops", "10.244.1.5"),
    ],
)
def test_pod_records_follow_the_mode_of_the_corefile(mode, name, expected):
    world = cluster(corefile(f".:53 {{\n kubernetes cluster.local {{\n pods {mode}\n }}\n}}"))
    assert data(answer(world, f"{name}.pod.cluster.local", "A")) == [expected]


def test_the_ttl_is_that_of_the_corefile(world):
    plain = cluster(corefile(".:53 {\n kubernetes cluster.local\n}"))
    assert answer(world, f"web.shop.{SVC}", "A").answers[0].ttl == 30
    assert answer(plain, f"web.shop.{SVC}", "A").answers[0].ttl == 5


def test_an_alias_to_itself_ends():
    loop = "apiVersion: v1\nkind: Service\nmetadata: {name: pay, namespace: shop}\n"
    world = cluster(f"{loop}spec: {{type: ExternalName, externalName: pay.shop.{SVC}}}")
    assert len(answer(world, f"pay.shop.{SVC}", "A").answers) <= 10
