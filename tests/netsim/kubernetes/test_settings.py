"""The ClusterNetwork document: defaults, and what each field becomes."""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from typing import Any

import pytest

from netsim.errors import InputError
from netsim.kubernetes.settings import (
    ClusterNetwork,
    CniPlugin,
    CniSettings,
    Fault,
    LocalDetector,
    ProxyMode,
    ProxySettings,
    Subnet,
)
from tests.netsim.kubernetes.manifests import load, network, parse

FIELDS = {
    "plugin alone takes its first backend": ("cni: {plugin: calico}", "cni", CniSettings(CniPlugin.CALICO, "none")),
    "plugin without backends": ("cni: {plugin: bridge}", "cni", CniSettings(CniPlugin.BRIDGE, "")),
    "backend": ("cni: {backend: host-gw}", "cni", CniSettings(CniPlugin.FLANNEL, "host-gw")),
    "plugin options": (
        "cni: {options: {directRouting: true, vni: 2, iface: eth1}}",
        "cni",
        CniSettings(options={"directRouting": True, "vni": 2, "iface": "eth1"}),
    ),
    "proxy mode": ("proxy: {mode: nftables}", "proxy", ProxySettings(ProxyMode.NFTABLES)),
    "no proxy": ("proxy: {mode: none}", "proxy", ProxySettings(ProxyMode.NONE)),
    "masquerade all": ("proxy: {masqueradeAll: true}", "proxy", ProxySettings(masquerade_all=True)),
    "cluster CIDR": (
        "proxy: {clusterCIDR: 10.0.0.0/8}",
        "proxy",
        ProxySettings(cluster_cidrs=(ip_network("10.0.0.0/8"),)),
    ),
    "empty cluster CIDR": ("proxy: {clusterCIDR: ''}", "proxy", ProxySettings(local_detector=LocalDetector.NONE)),
    "no detector": ("proxy: {localDetector: None}", "proxy", ProxySettings(local_detector=LocalDetector.NONE)),
    "node port addresses": (
        "proxy: {nodePortAddresses: [192.168.0.0/24, '2001:db8::/64']}",
        "proxy",
        ProxySettings(node_port_addresses=(ip_network("192.168.0.0/24"), ip_network("2001:db8::/64"))),
    ),
    "node ports on the primary address": (
        "proxy: {nodePortAddresses: primary}",
        "proxy",
        ProxySettings(node_port_addresses="primary"),
    ),
    "no node port addresses": ("proxy: {nodePortAddresses: []}", "proxy", ProxySettings()),
    "no localhost node ports": (
        "proxy: {localhostNodePorts: false}",
        "proxy",
        ProxySettings(localhost_node_ports=False),
    ),
    "Pod range": ("podCIDR: 10.1.0.0/16", "pod_cidrs", (ip_network("10.1.0.0/16"),)),
    "Pod range of both families": (
        "podCIDR: '10.1.0.0/16,fd01::/48'",
        "pod_cidrs",
        (ip_network("10.1.0.0/16"), ip_network("fd01::/48")),
    ),
    "Service range": ("serviceCIDR: 10.2.0.0/16", "service_cidrs", (ip_network("10.2.0.0/16"),)),
    "domain": ("clusterDomain: harbour.example", "cluster_domain", "harbour.example"),
    "client": ("externalClient: 198.51.100.7", "external_client", ip_address("198.51.100.7")),
    "policies off": ("policyEnforcement: false", "policy_enforcement", False),
    "policies as the plugin does": ("{}", "policy_enforcement", None),
    "faults": (
        "faults: [no-hairpin, {name: drop-route, node: node2}]",
        "faults",
        (Fault("no-hairpin"), Fault("drop-route", {"node": "node2"})),
    ),
}


@pytest.mark.parametrize(("spec", "field", "expected"), FIELDS.values(), ids=FIELDS.keys())
def test_field(spec: str, field: str, expected: Any) -> None:
    settings = parse(network(spec if spec == "{}" else f"{{{spec}}}")).settings
    assert getattr(settings, field) == expected


def test_without_a_document_there_are_the_defaults() -> None:
    settings = load("").settings
    assert settings == ClusterNetwork()
    assert settings.underlay.subnets == (Subnet("underlay", ip_network("192.168.1.0/24"), ip_address("192.168.1.1")),)


def test_several_subnets_have_a_router_at_their_first_address_unless_told_otherwise() -> None:
    subnets = "[{name: rack-a, cidr: 172.20.1.0/24}, {name: rack-b, cidr: 172.20.2.0/24, gateway: 172.20.2.254}]"
    underlay = load(network(f"{{underlay: {{subnets: {subnets}, mtu: 9000}}}}")).settings.underlay
    assert [str(subnet.gateway) for subnet in underlay.subnets] == ["172.20.1.1", "172.20.2.254"]
    assert underlay.mtu == 9000


REFUSED = {
    "primary beside a CIDR": ("{proxy: {nodePortAddresses: [primary, 10.0.0.0/8]}}", 'a list of CIDRs, or "primary"'),
    "cidr beside subnets": ("{underlay: {cidr: 10.0.0.0/8, subnets: []}}", "either cidr, for one subnet, or subnets"),
    "no subnet": ("{underlay: {subnets: []}}", "must list from 1 to 32 subnets"),
    "a tiny subnet": ("{underlay: {cidr: 10.0.0.0/30}}", "too small"),
    "subnets of one name": (
        "{underlay: {subnets: [{name: a, cidr: 10.1.0.0/16}, {name: a, cidr: 10.2.0.0/16}]}}",
        "another subnet is called 'a'",
    ),
    "a small MTU": ("{underlay: {mtu: 100}}", "from 576 to 65535"),
    "an unknown proxy key": ("{proxy: {masquerade: true}}", r"did you mean masqueradeAll\?"),
    "two families in a wrong way": ("{podCIDR: '10.0.0.0/16,10.1.0.0/16'}", "an IPv4 and an IPv6 one"),
}


@pytest.mark.parametrize(("spec", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_refused(spec: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        parse(network(spec))
