"""What the kubelet writes into /etc/resolv.conf."""

from __future__ import annotations

import pytest

from netsim.kubernetes.dns.resolv_conf import ResolvConf, parse_resolv_conf, pod_resolv_conf
from tests.netsim.kubernetes.dns.cluster_zone import cluster

CLUSTER_FIRST = "search lab.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n"
NODE = "nameserver 203.0.113.50\n"


def resolv_conf(spec: str, *changes: str) -> str:
    pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: lab}\n"
    world = cluster(f"{pod}spec: {{nodeName: n1, containers: [{{name: c}}], {spec}}}", *changes)
    return pod_resolv_conf(world, world.pod("lab", "p")).text


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        pytest.param("dnsPolicy: ClusterFirst", CLUSTER_FIRST, id="the default"),
        pytest.param("dnsPolicy: Default", NODE, id="Default is the node's file"),
        pytest.param("hostNetwork: true", NODE, id="ClusterFirst on the host network is the node's file too"),
        pytest.param(
            "hostNetwork: true, dnsPolicy: ClusterFirstWithHostNet", CLUSTER_FIRST, id="ClusterFirstWithHostNet"
        ),
        pytest.param(
            "dnsPolicy: None, dnsConfig: {nameservers: [1.1.1.1], searches: [a.example], options: [{name: edns0}]}",
            "search a.example\nnameserver 1.1.1.1\noptions edns0\n", id="None is dnsConfig alone",
        ),
        pytest.param(
            'dnsConfig: {nameservers: [1.1.1.1], searches: [a.example], options: [{name: ndots, value: "2"}]}',
            "search lab.svc.cluster.local svc.cluster.local cluster.local a.example\n"
            "nameserver 10.96.0.10\nnameserver 1.1.1.1\noptions ndots:2\n", id="dnsConfig adds and overrides",
        ),
        pytest.param(
            "dnsConfig: {nameservers: [1.1.1.1, 1.1.1.2, 1.1.1.3]}",
            CLUSTER_FIRST.replace("10\n", "10\nnameserver 1.1.1.1\nnameserver 1.1.1.2\n"), id="three name servers",
        ),
    ],
)  # fmt: skip
def test_the_file_follows_policy_and_config(spec, expected):
    assert resolv_conf(spec) == expected


NODE_WITH_DOMAIN = """
apiVersion: v1
kind: Node
metadata:
  name: n1
  annotations: {netsim.dev/resolv-conf: "nameserver 192.0.2.1\\nsearch corp.example\\noptions rotate"}
spec: {podCIDRs: [10.244.1.0/24, "fd00:10:0:1::/64"]}
status: {addresses: [{type: InternalIP, address: 172.20.1.11}]}
"""


def test_the_search_list_of_the_node_comes_last():
    assert "cluster.local corp.example\n" in resolv_conf("dnsPolicy: ClusterFirst", NODE_WITH_DOMAIN)


def test_the_annotation_of_a_node_is_its_file():
    assert resolv_conf("dnsPolicy: Default", NODE_WITH_DOMAIN).splitlines()[1] == "nameserver 192.0.2.1"


SETTINGS = """
apiVersion: netsim.dev/v1
kind: ClusterNetwork
metadata: {name: harbour}
spec:
  clusterDNS: [169.254.20.10]
  podCIDR: 10.244.0.0/16,fd00:10::/56
  serviceCIDR: 10.96.0.0/16,fd00:96::/112
  underlay: {subnets: [{name: rack-a, cidr: 172.20.1.0/24}, {name: rack-b, cidr: 172.20.2.0/24}]}
"""


def test_the_kubelets_can_be_told_another_address():
    assert "nameserver 169.254.20.10\n" in resolv_conf("dnsPolicy: ClusterFirst", SETTINGS)


def test_a_file_has_defaults():
    conf = parse_resolv_conf("# nothing but\nnameserver 192.0.2.1\n")
    assert (conf.ndots, conf.timeout, conf.attempts, conf.tcp_only) == (1, 5, 2, False)


def test_the_last_search_line_counts():
    assert parse_resolv_conf("search a b\nsearch c\n").searches == ("c",)


@pytest.mark.parametrize(
    ("written", "ndots"),
    [("3", 3), ("15", 15), ("16", 15), ("0007", 7), ("100", 15), ("9" * 5000, 15), ("0", 0), ("many", 1)],
    ids=["small", "most", "more", "leading zeros", "three digits", "endless", "none", "a word"],
)
def test_a_number_of_dots_is_at_most_fifteen_however_it_is_written(written: str, ndots: int) -> None:
    assert ResolvConf((), options=(("ndots", written),)).ndots == ndots
