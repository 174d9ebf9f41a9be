"""Every packet flow that kube-proxy's own unit tests expect in iptables and nftables mode, asked of our rules.

Each case of ../shared/conformance/kubeproxy_flows.jsonl is a node, Services, endpoints, one flow and its result.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_interface, ip_network
from pathlib import Path
from typing import Any

import pytest

from netsim.kubernetes.cluster import Cluster
from netsim.kubernetes.objects import (
    Endpoint,
    EndpointPort,
    EndpointSlice,
    LoadBalancerIngress,
    Node,
    ObjectMeta,
    Protocol,
    Service,
    ServicePort,
    ServiceType,
    SessionAffinity,
    TrafficPolicy,
)
from netsim.kubernetes.settings import ClusterNetwork, LocalDetector, ProxyMode, ProxySettings
from netsim.linux.interfaces import Veth
from netsim.linux.namespace import NetworkNamespace
from netsim.packet import parse_protocol
from netsim.proxy.iptables import IptablesProxy
from netsim.proxy.nftables import NftablesProxy
from netsim.proxy.query import ProxyVerdict, new_packet_verdict

Address = IPv4Address | IPv6Address
PROXIES = {ProxyMode.IPTABLES: IptablesProxy, ProxyMode.NFTABLES: NftablesProxy}
FLOWS = Path(__file__).parents[3] / "shared" / "conformance" / "kubeproxy_flows.jsonl"


def load_cases() -> list[dict[str, Any]]:
    if not FLOWS.exists():
        return []
    rows = [json.loads(line) for line in FLOWS.read_text().splitlines()]
    return [row for row in rows if row["node"]["proxyMode"] in PROXIES]


CASES = load_cases()
TRANSLATED = [case for case in CASES if "endpoints" in case["expected"]]


def test_the_suite_is_there() -> None:
    if not FLOWS.exists():
        pytest.skip(f"{FLOWS} is absent: the flows of kube-proxy's own tests were not checked")
    counts = Counter(case["node"]["proxyMode"] for case in CASES)
    assert counts == {"iptables": 170, "nftables": 146}


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_a_new_packet_is_treated_as_kube_proxy_expects(case: dict[str, Any]) -> None:
    flow, expected = case["flow"], case["expected"]
    namespace = program(case)

    answer = new_packet_verdict(
        namespace, ip_address(flow["sourceIP"]), ip_address(flow["destIP"]), flow["destPort"],
        parse_protocol(flow["protocol"]),
    )  # fmt: skip

    assert answer.verdict == expected.get("special", ProxyVerdict.DNAT)
    assert sorted(each.address for each in answer.endpoints) == sorted(expected.get("endpoints", []))
    assert answer.masquerade is expected["masquerade"]


@pytest.mark.parametrize("case", TRANSLATED, ids=[case["id"] for case in TRANSLATED])
def test_the_chances_of_all_endpoints_are_equal_and_make_one(case: dict[str, Any]) -> None:
    flow = case["flow"]

    answer = new_packet_verdict(
        program(case), ip_address(flow["sourceIP"]), ip_address(flow["destIP"]), flow["destPort"],
        parse_protocol(flow["protocol"]),
    )  # fmt: skip

    count = len(answer.endpoints)
    assert [each.probability for each in answer.endpoints] == pytest.approx([1 / count] * count)


def program(case: dict[str, Any]) -> NetworkNamespace:
    """A node with the case's addresses and the rules that our planner writes for it."""
    facts = case["node"]
    name = facts["nodeName"]
    addresses = tuple(ip_address(text) for text in facts["nodeIPs"])
    namespace = NetworkNamespace(name, node=name)
    namespace.add_interface(
        Veth(
            name="eth0", mac="52:54:00:00:00:01", peer_namespace="underlay", peer_name="p-node",
            addresses=tuple(ip_interface(address) for address in addresses),
        )
    )  # fmt: skip
    cluster = Cluster(
        settings=ClusterNetwork(
            proxy=proxy_settings(facts),
            pod_cidrs=(),
            service_cidrs=tuple(ip_network(text) for text in facts.get("serviceCIDRs") or ()),
        ),
        nodes=(Node(meta=ObjectMeta(name), addresses=primary_first(facts["nodeIP"], addresses)),),
        services=tuple(service(each) for each in case["services"]),
        endpoint_slices=tuple(slices(case["endpoints"], case["services"])),
    )
    PROXIES[cluster.settings.proxy.mode](cluster).plan_node(namespace, cluster.nodes[0])
    return namespace


def primary_first(primary: str, addresses: tuple[Address, ...]) -> tuple[Address, ...]:
    return tuple(sorted(addresses, key=lambda address: address != ip_address(primary)))


def proxy_settings(facts: dict[str, Any]) -> ProxySettings:
    detector = facts["localDetector"]
    ranges = facts["nodePortAddresses"]
    return ProxySettings(
        mode=ProxyMode(facts["proxyMode"]),
        masquerade_all=facts["masqueradeAll"],
        local_detector=LocalDetector(detector["kind"]),
        cluster_cidrs=(ip_network(detector["cidr"]),) if "cidr" in detector else (),
        node_port_addresses=None if ranges is None else tuple(ip_network(text) for text in ranges),
        localhost_node_ports=facts.get("localhostNodePorts", False),
    )


def meta(name: str, suffix: str = "") -> ObjectMeta:
    namespace, _, short = name.partition("/")
    return ObjectMeta(short + suffix, namespace)


def service(facts: dict[str, Any]) -> Service:
    return Service(
        meta=meta(facts["name"]),
        type=ServiceType(facts["type"]),
        cluster_ips=(ip_address(facts["clusterIP"]),),
        ports=tuple(
            ServicePort(
                port["port"], port.get("targetPort", port["port"]), port["name"], Protocol(port["protocol"]),
                port.get("nodePort"),
            )
            for port in facts["ports"]
        ),
        external_traffic_policy=TrafficPolicy(facts.get("externalTrafficPolicy", "Cluster")),
        internal_traffic_policy=TrafficPolicy(facts.get("internalTrafficPolicy", "Cluster")),
        session_affinity=SessionAffinity(facts.get("sessionAffinity", "None")),
        session_affinity_timeout=facts.get("sessionAffinityTimeoutSeconds", 10800),
        external_ips=tuple(ip_address(text) for text in facts.get("externalIPs", ())),
        load_balancer_ingress=tuple(LoadBalancerIngress(ip_address(ip)) for ip in facts.get("loadBalancerIPs", ())),
        load_balancer_source_ranges=tuple(
            ip_network(text.strip()) for text in facts.get("loadBalancerSourceRanges", ())
        ),
        health_check_node_port=facts.get("healthCheckNodePort"),
    )  # fmt: skip


def slices(endpoints: list[dict[str, Any]], services: list[dict[str, Any]]) -> Iterable[EndpointSlice]:
    """One slice an endpoint: they may differ in their ports."""
    protocols = {
        (each["name"], port["name"]): Protocol(port["protocol"]) for each in services for port in each["ports"]
    }
    for number, facts in enumerate(endpoints):
        address = ip_address(facts["address"])
        yield EndpointSlice(
            meta=meta(facts["service"], f"-{number}"),
            service_name=facts["service"].partition("/")[2],
            ip_family=address.version,
            endpoints=(
                Endpoint(
                    (address,), facts["ready"], facts["serving"], facts["terminating"], facts["nodeName"] or ""
                ),
            ),
            ports=tuple(
                EndpointPort(number, name, protocols.get((facts["service"], name), Protocol.TCP))
                for name, number in facts["ports"].items()
            ),
        )  # fmt: skip
