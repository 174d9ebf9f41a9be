"""The proxy modes give every client the same, except where Kubernetes documents that they do not.

The cluster is tests/netsim/scenes/services.yaml. What iptables mode does is compared with the real kernel elsewhere
(tests/kernel); here it is the measure for the others.
"""

from __future__ import annotations

from functools import cache
from itertools import product
from pathlib import Path

import pytest

from netsim import Probe, Simulation, load_cluster

SCENE = Path(__file__).parents[1] / "scenes" / "services.yaml"

SOURCES = ("pod/shop/client", "pod/shop/a", "node/n1", "node/n3", "external")
CLUSTER_IPS = {
    "a ClusterIP": "10.96.0.11:80",
    "an IPv6 ClusterIP": "[fd00:96::11]:80",
    "an undefined port of an IPv6 ClusterIP": "[fd00:96::11]:81",
    "a ClusterIP with affinity": "10.96.0.12:80",
    "a ClusterIP of a host-network Pod": "10.96.0.13:80",
    "a ClusterIP with internalTrafficPolicy Local": "10.96.0.14:80",
    "a ClusterIP without endpoints": "10.96.0.19:80",
    "an undefined port of a ClusterIP": "10.96.0.11:81",
    "an address that no Service has": "10.96.100.1:80",
}
FROM_OUTSIDE = {
    "a node port, endpoint on the node": "192.168.1.11:30080",
    "a node port, no endpoint on the node": "192.168.1.13:30080",
    "a node port of a host-network Pod": "192.168.1.12:30090",
    "an IPv6 node port": "[fd00:1::11]:30080",
    "an IPv6 node port, no endpoint on the node": "[fd00:1::13]:30080",
    "a node port on the bridge's address": "10.244.1.1:30080",
    "a Local node port, endpoint on the node": "192.168.1.11:30081",
    "a Local node port, no endpoint on the node": "192.168.1.13:30081",
    "a node port without endpoints": "192.168.1.11:30083",
    "a load balancer that lets Pods in": "198.51.100.1:80",
    "an external IP": "198.51.100.2:80",
    "an undefined port of an external IP": "198.51.100.2:81",
    "a load balancer of ipMode Proxy": "198.51.100.3:80",
    "a node port on localhost": "127.0.0.1:30080",
}
DESTINATIONS = CLUSTER_IPS | FROM_OUTSIDE


@cache
def simulation(mode: str) -> Simulation:
    return Simulation(load_cluster([(SCENE.name, SCENE.read_text().replace("mode: iptables", f"mode: {mode}"))]))


@cache
def outcome(mode: str, source: str, to: str, protocol: str = "tcp") -> tuple[tuple[str, str | None], ...]:
    """What the client can see, each time with who serves."""
    found = simulation(mode).branches(Probe(source, DESTINATIONS.get(to, to), protocol=protocol))
    return tuple(sorted({(str(e.client_sees), e.server.name if e.server else None) for e in found}, key=str))


REFUSED = (("refused", None),)
TIMEOUT = (("timeout", None),)
ANY_ENDPOINT = (("connected", "a"), ("connected", "b"))
OWN_ENDPOINT = (("connected", "a"),)

# What answers on a port or an address that no Service has, on localhost, and on addresses beside the primary one.
DIFFERENCES = {
    ("nftables", "an undefined port of a ClusterIP"): dict.fromkeys(SOURCES[:4], REFUSED),
    ("nftables", "an undefined port of an IPv6 ClusterIP"): dict.fromkeys(SOURCES[:4], REFUSED),
    ("nftables", "an address that no Service has"): dict.fromkeys(SOURCES[:4], TIMEOUT),
    ("nftables", "a node port on localhost"): dict.fromkeys(("node/n1", "node/n3"), REFUSED),
    ("nftables", "a node port on the bridge's address"): dict.fromkeys(SOURCES[:4], REFUSED),
    ("ipvs", "an undefined port of a ClusterIP"): dict.fromkeys(SOURCES[:4], REFUSED),
    ("ipvs", "an undefined port of an IPv6 ClusterIP"): dict.fromkeys(SOURCES[:4], REFUSED),
    ("ipvs", "an undefined port of an external IP"): dict.fromkeys(SOURCES[:4], REFUSED),
    ("ipvs", "a node port on localhost"): dict.fromkeys(("node/n1", "node/n3"), REFUSED),
    # syncEndpoint gives a virtual server one list of real servers for all clients: with the policy Local that is the
    # local ones, and those of the policy Cluster, here none, where nothing is local.
    ("ipvs", "a ClusterIP with internalTrafficPolicy Local"): {"node/n3": REFUSED},
    ("ipvs", "a Local node port, endpoint on the node"): dict.fromkeys(
        ("pod/shop/client", "pod/shop/a", "node/n1"), OWN_ENDPOINT
    ),
    # The packet leaves for another node with the client's address; flannel masquerades it, so the answer finds back.
    ("ipvs", "a Local node port, no endpoint on the node"): dict.fromkeys(
        ("pod/shop/client", "pod/shop/a", "node/n1", "external"), ANY_ENDPOINT
    ),
}


@pytest.mark.parametrize(
    ("source", "to"),
    list(product(SOURCES, DESTINATIONS)),
    ids=[f"{s} to {d}" for s, d in product(SOURCES, DESTINATIONS)],
)
@pytest.mark.parametrize("mode", ["ipvs", "nftables"])
def test_a_mode_gives_what_iptables_mode_gives_except_where_that_is_known(mode, source, to):
    expected = DIFFERENCES.get((mode, to), {}).get(source, outcome("iptables", source, to))
    assert outcome(mode, source, to) == expected


@pytest.mark.parametrize("source", SOURCES)
def test_udp_is_balanced_like_tcp(source):
    assert outcome("ipvs", source, "10.96.0.11:53", "udp") == outcome("iptables", source, "10.96.0.11:53", "udp")


@pytest.mark.parametrize(("mode", "sees"), [("iptables", "unreachable"), ("ipvs", "refused")])
def test_a_ping_to_a_cluster_ip_is_rejected_in_ipvs_mode_and_leaves_the_cluster_in_iptables_mode(mode, sees):
    assert outcome(mode, "pod/shop/client", "10.96.0.11", "icmp") == ((sees, None),)


@pytest.mark.parametrize("mode", ["iptables", "nftables", "ipvs"])
def test_a_client_with_affinity_keeps_its_endpoint_whatever_the_dice_say(mode):
    session = simulation(mode).session()
    probes = [Probe("pod/shop/client", "10.96.0.12:80", seed=seed, source_port=41000 + seed) for seed in range(8)]
    assert len({session.trace(probe).server for probe in probes}) == 1


@pytest.mark.parametrize("mode", ["iptables", "nftables", "ipvs"])
def test_clients_without_affinity_get_every_endpoint(mode):
    session = simulation(mode).session()
    probes = [Probe("pod/shop/client", "10.96.0.11:80", seed=seed, source_port=41000 + seed) for seed in range(8)]
    assert {session.trace(probe).server.name for probe in probes} == {"a", "b"}


DISTRIBUTED = """\
{apiVersion: v1, kind: Service, metadata: {name: web, namespace: shop}, spec: {clusterIP: 10.96.0.11,
 trafficDistribution: %s, selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}}
---
{apiVersion: v1, kind: Node, metadata: {name: n1, labels: {topology.kubernetes.io/zone: west}},
 spec: {podCIDRs: [10.244.1.0/24, "fd00:244:0:1::/64"]},
 status: {addresses: [{type: InternalIP, address: 192.168.1.11}, {type: InternalIP, address: "fd00:1::11"}]}}
---
{apiVersion: v1, kind: Node, metadata: {name: n2, labels: {topology.kubernetes.io/zone: east}},
 spec: {podCIDRs: [10.244.2.0/24, "fd00:244:0:2::/64"]},
 status: {addresses: [{type: InternalIP, address: 192.168.1.12}, {type: InternalIP, address: "fd00:1::12"}]}}
---
{apiVersion: v1, kind: Node, metadata: {name: n3, labels: {topology.kubernetes.io/zone: west}},
 spec: {podCIDRs: [10.244.3.0/24, "fd00:244:0:3::/64"]},
 status: {addresses: [{type: InternalIP, address: 192.168.1.13}, {type: InternalIP, address: "fd00:1::13"}]}}
"""


@pytest.mark.parametrize(
    ("distribution", "node", "servers"),
    [
        ("PreferSameZone", "n1", ["a"]),
        ("PreferSameZone", "n2", ["b"]),
        ("PreferSameZone", "n3", ["a"]),
        ("PreferClose", "n3", ["a"]),
        ("PreferSameNode", "n1", ["a"]),
        ("PreferSameNode", "n3", ["a"]),
        ("null", "n1", ["a", "b"]),
    ],
    ids=lambda value: str(value),
)
@pytest.mark.parametrize("mode", ["iptables", "nftables", "ipvs"])
def test_traffic_distribution_prefers_what_is_near(mode, distribution, node, servers):
    """shop/a is on n1 in the west, shop/b on n2 in the east; n3 is in the west and has no endpoint."""
    text = SCENE.read_text().replace("mode: iptables", f"mode: {mode}")
    change = DISTRIBUTED % distribution
    found = Simulation(load_cluster([(SCENE.name, text)], [("change", change)])).branches(
        Probe(f"node/{node}", "10.96.0.11:80")
    )
    assert sorted({exchange.server.name for exchange in found}) == servers


@pytest.mark.parametrize("mode", ["iptables", "nftables", "ipvs"])
@pytest.mark.parametrize(
    ("pod", "servers"),
    [
        ("metadata: {deletionTimestamp: 2026-01-01T00:00:00Z, name: a, namespace: shop, labels: {app: web}}", {"b"}),
        ("metadata: {name: a, namespace: shop, labels: {app: web}, annotations: {netsim.dev/ready: 'false'}}", {"b"}),
    ],
    ids=["terminating", "not ready"],
)
def test_an_endpoint_that_is_going_or_not_ready_gets_nothing_while_another_is_ready(mode, pod, servers):
    text = SCENE.read_text().replace("mode: iptables", f"mode: {mode}")
    change = f"""{{apiVersion: v1, kind: Pod, {pod}, spec: {{nodeName: n1, containers: [{{name: main,
        ports: [{{containerPort: 8080}}]}}]}}, status: {{podIP: 10.244.1.3}}}}"""
    found = Simulation(load_cluster([(SCENE.name, text)], [("change", change)])).branches(
        Probe("pod/shop/client", "10.96.0.11:80")
    )
    assert {exchange.server.name for exchange in found} == servers
