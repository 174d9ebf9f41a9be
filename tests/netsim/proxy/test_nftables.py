"""What kube-proxy writes in nftables mode on the node of ``one_node.py``.

The conditions and verdicts are judged by kube-proxy's own flows (tests/conformance) and by the kernel (tests/kernel).
"""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address, ip_network
from typing import Any

import pytest

from netsim.kubernetes.objects import (
    EndpointPort,
    EndpointSlice,
    LoadBalancerIngress,
    ObjectMeta,
    Service,
    ServicePort,
    ServiceType,
    SessionAffinity,
    TrafficPolicy,
)
from netsim.kubernetes.settings import LocalDetector, ProxySettings
from netsim.linux.namespace import NetworkNamespace
from netsim.linux.nftables import Family, Table
from tests.netsim.proxy.one_node import NODE, endpoints_of, planned, web


def table_of(namespace: NetworkNamespace, version: int = 4) -> Table:
    return namespace.nftables.tables[Family.IP if version == 4 else Family.IP6, "kube-proxy"]


def plan(service: Service, count: int = 2, node: str = "n2", **proxy: Any) -> Table:
    slices = (endpoints_of(service, count, node),) if count else ()
    return table_of(planned((service,), slices, ProxySettings(**proxy)), service.cluster_ips[0].version)


def rules(table: Table, chain: str) -> list[str]:
    """The rules of a chain, with the Service's long name as NAME."""
    (name,) = [each for each in table.chains if each == chain or (each.startswith(f"{chain}-") and "/" in each)]
    return [rule.text.replace(_suffix(table), "NAME") for rule in table.chains[name].rules]


def elements(table: Table, name: str) -> list[str]:
    named = table.sets[name]
    joined = " ".join(line.strip() for line in named.lines()).partition("elements = { ")[2].removesuffix(" }")
    return [each.strip().replace(_suffix(table), "NAME") for each in joined.split(",")] if joined else []


def _suffix(table: Table) -> str:
    names = [name.partition("-")[2] for name in table.chains if "shop/web-0/" in name and "__" not in name]
    return names[0] if names else "no chain"


SERVICE_CHAINS: dict[str, tuple[Service, dict[str, Any], dict[str, list[str]]]] = {
    "a single endpoint needs no map": (
        web(), {"count": 1},
        {"service": ["meta l4proto tcp dnat to 10.244.2.1:8080"]},
    ),
    "several endpoints are numbered": (
        web(), {"count": 3},
        {"service": [
            (
                "meta l4proto tcp dnat ip to numgen random mod 3 map"
                " { 0 : 10.244.2.1 . 8080, 1 : 10.244.2.2 . 8080, 2 : 10.244.2.3 . 8080 }"
            ),
        ]},
    ),
    "IPv6": (
        web(version=6), {"count": 1},
        {"service": ["meta l4proto tcp dnat to [fd00:244:2::1]:8080"]},
    ),
    "from outside everything is masqueraded": (
        web(), {},
        {"external": ["meta mark set meta mark | 0x00004000", "goto service-NAME"]},
    ),
    "from outside with policy Local, an endpoint here": (
        web(external_traffic_policy=TrafficPolicy.LOCAL), {"node": "n1", "count": 1},
        {
            "external": [
                'ip saddr 10.244.0.0/16 goto service-NAME comment "short-circuit pod traffic"',
                'fib saddr type local meta mark set meta mark | 0x00004000 comment "masquerade local traffic"',
                'fib saddr type local goto service-NAME comment "short-circuit local traffic"',
                "goto local-NAME",
            ],
            "local": ["meta l4proto tcp dnat to 10.244.2.1:8080"],
        },
    ),
    "from outside with policy Local, no endpoint here": (
        web(external_traffic_policy=TrafficPolicy.LOCAL), {"local_detector": LocalDetector.NONE},
        {"external": [
            'fib saddr type local meta mark set meta mark | 0x00004000 comment "masquerade local traffic"',
            'fib saddr type local goto service-NAME comment "short-circuit local traffic"',
        ]},
    ),
    "Pods told by their bridge": (
        web(external_traffic_policy=TrafficPolicy.LOCAL),
        {"local_detector": LocalDetector.BRIDGE_INTERFACE, "pod_interface": "cni0"},
        {
            "services": [
                (
                    'ip daddr @cluster-ips iif != "cni0" meta mark set meta mark | 0x00004000'
                    ' comment "masquerade clusterIP traffic from outside cluster"'
                ),
                "ip daddr . meta l4proto . th dport vmap @service-ips",
                "ip daddr @nodeport-ips meta l4proto . th dport vmap @service-nodeports",
            ],
        },
    ),
    "masqueradeAll": (
        web(), {"masquerade_all": True},
        {"services": [
            "ip daddr @cluster-ips meta mark set meta mark | 0x00004000",
            "ip daddr . meta l4proto . th dport vmap @service-ips",
            "ip daddr @nodeport-ips meta l4proto . th dport vmap @service-nodeports",
        ]},
    ),
    "node ports on every address but loopback": (
        web(), {"node_port_addresses": (ip_network("0.0.0.0/0"),), "local_detector": LocalDetector.NONE},
        {
            "services": [
                "ip daddr . meta l4proto . th dport vmap @service-ips",
                "fib daddr type local ip daddr != 127.0.0.0/8 meta l4proto . th dport vmap @service-nodeports",
            ],
            "nodeport-endpoints-check": [
                "ip daddr != 127.0.0.0/8 meta l4proto . th dport vmap @no-endpoint-nodeports"
            ],
        },
    ),
    "source ranges": (
        web(
            type=ServiceType.LOAD_BALANCER,
            load_balancer_ingress=(LoadBalancerIngress(ip_address("203.0.113.80")),),
            load_balancer_source_ranges=(ip_network("198.51.100.0/24"), ip_network("192.168.0.0/16")),
        ), {},
        {"firewall": ["ip saddr != { 192.168.0.0/16, 198.51.100.0/24, 203.0.113.80 } drop"]},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("service", "settings", "expected"), SERVICE_CHAINS.values(), ids=SERVICE_CHAINS.keys())
def test_a_chain_has_the_rules(service: Service, settings: dict[str, Any], expected: dict[str, list[str]]) -> None:
    table = plan(service, **settings)
    assert {chain: rules(table, chain) for chain in expected} == expected


LOAD_BALANCER = web(
    type=ServiceType.LOAD_BALANCER,
    external_ips=(ip_address("203.0.113.99"),),
    load_balancer_ingress=(LoadBalancerIngress(ip_address("203.0.113.80")),),
)
NOTE = 'comment "shop/web-0:http"'
ELEMENTS: dict[str, tuple[Table, dict[str, list[str]]]] = {
    "endpoints on another node": (
        plan(LOAD_BALANCER),
        {
            "cluster-ips": ["10.96.0.10"],
            "nodeport-ips": ["192.168.1.11"],
            "service-ips": [
                "10.96.0.10 . tcp . 80 : goto service-NAME",
                "203.0.113.80 . tcp . 80 : goto external-NAME",
                "203.0.113.99 . tcp . 80 : goto external-NAME",
            ],
            "service-nodeports": ["tcp . 30000 : goto external-NAME"],
            "no-endpoint-services": [],
            "hairpin-connections": [],
        },
    ),
    "an endpoint on this node may call itself": (
        plan(web(), count=1, node="n1"),
        {"hairpin-connections": ["10.244.2.1 . 10.244.2.1 . tcp . 8080"]},
    ),
    "no endpoints at all": (
        plan(LOAD_BALANCER, count=0),
        {
            "cluster-ips": ["10.96.0.10"],
            "service-ips": [],
            "no-endpoint-services": [
                f"10.96.0.10 . tcp . 80 {NOTE} : goto reject-chain",
                f"203.0.113.80 . tcp . 80 {NOTE} : goto reject-chain",
                f"203.0.113.99 . tcp . 80 {NOTE} : goto reject-chain",
            ],
            "no-endpoint-nodeports": [f"tcp . 30000 {NOTE} : goto reject-chain"],
        },
    ),
    "internal policy Local without an endpoint here": (
        plan(web(internal_traffic_policy=TrafficPolicy.LOCAL)),
        {
            "service-ips": [],
            "no-endpoint-services": [f"10.96.0.10 . tcp . 80 {NOTE} : drop"],
            "service-nodeports": ["tcp . 30000 : goto external-NAME"],
        },
    ),
    "external policy Local without an endpoint here": (
        plan(web(external_traffic_policy=TrafficPolicy.LOCAL)),
        {
            "service-ips": ["10.96.0.10 . tcp . 80 : goto service-NAME"],
            "service-nodeports": ["tcp . 30000 : goto external-NAME"],
            "no-endpoint-nodeports": [f"tcp . 30000 {NOTE} : drop"],
            "hairpin-connections": [],
        },
    ),
    "external policy Local with an endpoint here": (
        plan(web(external_traffic_policy=TrafficPolicy.LOCAL), count=1, node="n1"),
        {"no-endpoint-nodeports": [], "hairpin-connections": ["10.244.2.1 . 10.244.2.1 . tcp . 8080"]},
    ),
    "node ports asked for on loopback": (
        plan(web(), node_port_addresses=(ip_network("127.0.0.0/8"), ip_network("192.168.0.0/16"))),
        {"nodeport-ips": ["192.168.1.11"]},
    ),
}


@pytest.mark.parametrize(("table", "expected"), ELEMENTS.values(), ids=ELEMENTS.keys())
def test_a_map_has_the_elements(table: Table, expected: dict[str, list[str]]) -> None:
    assert {name: elements(table, name) for name in expected} == expected


def test_sticky_clients_are_sent_to_a_chain_of_their_endpoint() -> None:
    table = plan(web(session_affinity=SessionAffinity.CLIENT_IP))
    first, second = [name for name in table.chains if name.startswith("endpoint-")]

    assert rules(table, "service") == [
        f"ip saddr @affinity{first.removeprefix('endpoint')} goto {first}",
        f"ip saddr @affinity{second.removeprefix('endpoint')} goto {second}",
        f"numgen random mod 2 vmap {{ 0 : goto {first}, 1 : goto {second} }}",
    ]
    assert [rule.text for rule in table.chains[first].rules] == [
        f"update @affinity{first.removeprefix('endpoint')} {{ ip saddr }}",
        "meta l4proto tcp dnat to 10.244.2.1:8080",
    ]


def test_hints_leave_the_endpoints_that_are_for_this_node() -> None:
    piece = endpoints_of(web(), 2)
    hinted = tuple(
        replace(endpoint, hint_nodes=(node,)) for endpoint, node in zip(piece.endpoints, ("n2", "n1"), strict=True)
    )
    table = table_of(planned((web(),), (replace(piece, endpoints=hinted),)))

    assert rules(table, "service") == ["meta l4proto tcp dnat to 10.244.2.2:8080"]


def test_a_node_without_an_address_of_the_family_opens_no_node_port() -> None:
    namespace = planned((web(0, version=6),), (), node=replace(NODE, addresses=(ip_address("192.168.1.11"),)))

    assert elements(table_of(namespace, 6), "nodeport-ips") == []
    assert elements(table_of(namespace, 4), "nodeport-ips") == ["192.168.1.11"]


def test_an_ipv6_endpoint_has_no_colon_in_its_name() -> None:
    table = plan(web(version=6, session_affinity=SessionAffinity.CLIENT_IP), count=1)
    (name,) = [name for name in table.chains if name.startswith("endpoint-")]

    assert name.endswith("-shop/web-0/tcp/http__fd00.244.2..1/8080")


def test_a_long_name_is_cut_behind_its_hash() -> None:
    service = web(meta=ObjectMeta("w" * 63, "n" * 63), ports=(ServicePort(80, 8080, "p" * 150),))
    slices = replace(endpoints_of(service, 1), ports=(EndpointPort(8080, "p" * 150),))
    names = [
        name for name in table_of(planned((service,), (slices,))).chains if name.startswith("service-") and "/" in name
    ]

    assert [(len(name), name[:8], name[-4:]) for name in names] == [(len("service-") + 240, "service-", "p...")]


def test_services_that_no_proxy_serves_leave_nothing() -> None:
    headless = web(headless=True, cluster_ips=())
    other = web(1, meta=ObjectMeta("web-1", "shop", labels={"service.kubernetes.io/service-proxy-name": "other"}))
    table = table_of(planned((headless, other), ()))

    assert elements(table, "cluster-ips") == []


def test_each_ip_version_has_a_table_of_its_own() -> None:
    four, six = web(0), web(0, version=6)
    namespace = planned((four, six), (endpoints_of(four, 1), endpoints_of(six, 1)))

    assert elements(table_of(namespace, 4), "cluster-ips") == ["10.96.0.10"]
    assert elements(table_of(namespace, 6), "cluster-ips") == ["fd00:96::10"]


def test_nothing_else_of_the_node_is_touched() -> None:
    namespace = planned((web(),), (endpoints_of(web(), 2),))

    assert list(namespace.netfilter) == []
    assert namespace.sysctls["net.ipv4.conf.all.route_localnet"] == 0


def test_a_health_check_port_listens() -> None:
    service = web(
        type=ServiceType.LOAD_BALANCER, external_traffic_policy=TrafficPolicy.LOCAL, health_check_node_port=32000
    )
    assert [socket.port for socket in planned((service,), ()).sockets] == [32000]


def test_nodes_share_no_chain_that_a_fault_could_change() -> None:
    service = web()
    slices: tuple[EndpointSlice, ...] = (endpoints_of(service, 2),)
    one, two = planned((service,), slices), planned((service,), slices)
    for chain in table_of(one).chains.values():
        chain.rules.clear()
    for named in table_of(one).sets.values():
        named.elements.clear()

    assert rules(table_of(two), "service") != []
    assert elements(table_of(two), "service-ips") != []
