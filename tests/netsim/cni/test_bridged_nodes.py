"""The bridge plugin on every node, with static routes.

n1 172.20.1.11 ─ cni0 10.244.1.1 ─┬─ ops/probe .1.9     n2 172.20.1.12 ─ cni0 10.244.2.1 ── shop/web-1 .2.6
                                  └─ shop/web-0 .1.5    n3 172.20.2.13, behind a router
"""

from __future__ import annotations

import re

import pytest

from netsim import InputError, Network, Probe, Simulation
from netsim.loading import load_cluster
from netsim.tools.iptables_save import iptables_save
from netsim.trace import ClientSees

FLANNEL = "{plugin: flannel, backend: vxlan}"
DUAL = """
apiVersion: netsim.dev/v1
kind: ClusterNetwork
metadata: {name: dual}
spec:
  cni: {plugin: bridge}
  podCIDR: 10.244.0.0/16,fd00:244::/56
  serviceCIDR: 10.96.0.0/12,fd00:96::/108
---
apiVersion: v1
kind: Node
metadata: {name: n1}
spec: {podCIDR: 10.244.1.0/24, podCIDRs: [10.244.1.0/24, "fd00:244:0:1::/64"]}
status: {addresses: [{type: InternalIP, address: 192.168.1.11}, {type: InternalIP, address: "fd00:1::11"}]}
---
apiVersion: v1
kind: Node
metadata: {name: n2}
spec: {podCIDR: 10.244.2.0/24, podCIDRs: [10.244.2.0/24, "fd00:244:0:2::/64"]}
status: {addresses: [{type: InternalIP, address: 192.168.1.12}, {type: InternalIP, address: "fd00:1::12"}]}
---
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec: {nodeName: n1, containers: [{name: main}]}
status: {podIP: 10.244.1.2, podIPs: [{ip: 10.244.1.2}, {ip: "fd00:244:0:1::2"}]}
---
apiVersion: v1
kind: Pod
metadata: {name: b, namespace: shop}
spec: {nodeName: n1, containers: [{name: main, ports: [{containerPort: 80}]}]}
status: {podIP: 10.244.1.3, podIPs: [{ip: 10.244.1.3}, {ip: "fd00:244:0:1::3"}]}
"""


def bridged(text: str, options: str = "") -> Simulation:
    changed = text.replace(FLANNEL, f"{{plugin: bridge{options}}}")
    return Simulation(load_cluster([("harbour.yaml", changed)]))


@pytest.fixture(scope="module")
def simulation(harbour_text: str) -> Simulation:
    return bridged(harbour_text)


def routes(network: Network, namespace: str) -> list[str]:
    return [route.text() for route in network.namespaces[namespace].routes]


def test_nodes_on_one_link_have_routes_to_each_other(simulation: Simulation) -> None:
    assert routes(simulation.network, "n1") == [
        "default via 172.20.1.1 dev eth0",
        "10.244.1.0/24 dev cni0 proto kernel scope link src 10.244.1.1",
        "10.244.2.0/24 via 172.20.1.12 dev eth0",
        "172.20.1.0/24 dev eth0 proto kernel scope link src 172.20.1.11",
    ]


def test_a_pod_has_one_default_route(simulation: Simulation) -> None:
    assert routes(simulation.network, "ops/probe")[0] == "default via 10.244.1.1 dev eth0"


def test_the_masquerade_chain_of_a_pod_spares_its_own_subnet(simulation: Simulation) -> None:
    saved = iptables_save(simulation.network.namespaces["n2"])
    chain = re.search(r"-A POSTROUTING -s 10.244.2.6/32 .* -j (CNI-[0-9a-f]{24})\n", saved)

    assert chain is not None
    lines = [line for line in saved.splitlines() if line.startswith(f"-A {chain[1]}")]
    assert [re.sub(" -m comment --comment .* -j", " -j", line) for line in lines] == [
        f"-A {chain[1]} -d 10.244.2.0/24 -j ACCEPT",
        f"-A {chain[1]} ! -d 224.0.0.0/4 -j MASQUERADE",
    ]


@pytest.mark.parametrize(
    ("options", "destination", "seen"),
    [
        ("", "pod/shop/web-0:8080", "10.244.1.9"),
        ("", "pod/shop/web-1:8080", "172.20.1.11"),
        ("", "203.0.113.50:80", "172.20.1.11"),
        (", options: {ipMasq: false}", "pod/shop/web-1:8080", "10.244.1.9"),
    ],
    ids=["on its node: the Pod", "on another node: the node", "outside: the node", "without ipMasq: the Pod"],
)
def test_who_the_server_sees(harbour_text: str, options: str, destination: str, seen: str) -> None:
    found = bridged(harbour_text, options).trace(Probe("pod/ops/probe", destination))

    assert found.seen_by_server is not None
    assert str(found.seen_by_server.source) == seen


def test_a_node_behind_a_router_is_not_reached(simulation: Simulation) -> None:
    assert simulation.trace(Probe("pod/ops/probe", "pod/shop/api-0:9090")).client_sees is not ClientSees.CONNECTED


def test_the_hairpin_needs_hairpin_mode(harbour_text: str) -> None:
    without = bridged(harbour_text, ", options: {hairpinMode: false}")
    reasons = {e.reason for e in without.branches(Probe("pod/shop/web-0", "svc/shop/web:80"))}

    assert any("hairpin mode is off" in reason for reason in reasons)


def test_two_families_have_routes_and_gateways_each() -> None:
    network = Simulation(load_cluster([("dual.yaml", DUAL)])).network

    assert "fd00:244:0:2::/64 via fd00:1::12 dev eth0" in routes(network, "n1")
    assert "10.244.2.0/24 via 192.168.1.12 dev eth0" in routes(network, "n1")
    assert [str(a) for a in network.namespaces["n1"].interfaces["cni0"].addresses] == [
        "10.244.1.1/24", "fd00:244:0:1::1/64",
    ]  # fmt: skip
    assert "default via fd00:244:0:1::1 dev eth0" in routes(network, "shop/a")
    assert "-s fd00:244:0:1::2/128" in iptables_save(network.namespaces["n1"], 6)


def test_pods_of_two_families_reach_each_other_over_either() -> None:
    simulation = Simulation(load_cluster([("dual.yaml", DUAL)]))
    for address in ("10.244.1.3", "[fd00:244:0:1::3]"):
        assert simulation.trace(Probe("pod/shop/a", f"{address}:80")).client_sees is ClientSees.CONNECTED


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (", options: {mtu: 9}", r"spec\.cni\.options\.mtu: must be a number from 576 to 65535, not 9"),
        (", options: {ipMasq: 1}", r"spec\.cni\.options\.ipMasq: must be true or false, not 1"),
        (", options: {vni: 1}", r"bridge has no such option; known: mtu, ipMasq, hairpinMode"),
        (", backend: vxlan", r"spec\.cni\.backend: must be left out: bridge has no choice of backends"),
    ],
)
def test_options_are_checked(harbour_text: str, options: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        bridged(harbour_text, options)
