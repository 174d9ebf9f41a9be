"""flannel's other backends, and two IP families.

rack a: n1 172.20.1.11, n2 172.20.1.12 ── router ── rack b: n3 172.20.2.13        (Harbour)

n1 192.168.1.11 fd00:1::11 ── shop/a .1.2 fd00:244:0:1::2   n2 .12 fd00:1::12 ── shop/b .2.2 fd00:244:0:2::2   (DUAL)
"""

from __future__ import annotations

import pytest

from netsim import NetsimError, Network, Probe, Simulation
from netsim.linux.interfaces import Ipip, Wireguard
from netsim.loading import load_cluster
from netsim.tools.iptables_save import iptables_save
from netsim.trace import ClientSees

WRITTEN = "{plugin: flannel, backend: vxlan}"
DUAL = """
apiVersion: netsim.dev/v1
kind: ClusterNetwork
metadata: {name: dual}
spec:
  cni: CNI
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
metadata: {name: b, namespace: shop, labels: {app: b}}
spec: {nodeName: n2, containers: [{name: main, ports: [{containerPort: 80}]}]}
status: {podIP: 10.244.2.2, podIPs: [{ip: 10.244.2.2}, {ip: "fd00:244:0:2::2"}]}
---
apiVersion: v1
kind: Service
metadata: {name: b, namespace: shop}
spec:
  ipFamilyPolicy: RequireDualStack
  clusterIPs: [10.96.0.7, "fd00:96::7"]
  clusterIP: 10.96.0.7
  selector: {app: b}
  ports: [{port: 80}]
"""


def harbour_with(text: str, cni: str) -> Simulation:
    return Simulation(load_cluster([("harbour.yaml", text.replace(WRITTEN, cni))]))


def dual(backend: str) -> Simulation:
    text = DUAL.replace("CNI", f"{{plugin: flannel, backend: {backend}}}")
    return Simulation(load_cluster([("dual.yaml", text)]))


def routes(network: Network, namespace: str) -> list[str]:
    return [route.text() for route in network.namespaces[namespace].routes]


@pytest.mark.parametrize(
    ("backend", "mtu", "expected"),
    [
        ("wireguard", 1420, ["10.244.0.0/16 dev flannel-wg scope link"]),
        (
            "ipip",
            1480,
            [
                "10.244.2.0/24 via 172.20.1.12 dev flannel.ipip onlink",
                "10.244.3.0/24 via 172.20.2.13 dev flannel.ipip onlink",
            ],
        ),
    ],
    ids=["wireguard", "ipip"],
)
def test_routes_and_mtu_of_a_tunnel(harbour_text: str, backend: str, mtu: int, expected: list[str]) -> None:
    network = harbour_with(harbour_text, f"{{plugin: flannel, backend: {backend}}}").network

    assert [route for route in routes(network, "n1") if "flannel" in route] == expected
    assert network.namespaces["ops/probe"].interfaces["eth0"].mtu == mtu


def test_wireguard_knows_every_other_node_as_a_peer(harbour_text: str) -> None:
    network = harbour_with(harbour_text, "{plugin: flannel, backend: wireguard}").network
    device = network.namespaces["n1"].interfaces["flannel-wg"]

    assert isinstance(device, Wireguard)
    assert [(str(peer.endpoint), [str(each) for each in peer.allowed_ips]) for peer in device.peers] == [
        ("172.20.1.12", ["10.244.2.0/24"]),
        ("172.20.2.13", ["10.244.3.0/24"]),
    ]
    assert (device.port, [str(address) for address in device.addresses]) == (51820, ["10.244.1.0/32"])


@pytest.mark.parametrize("backend", ["wireguard", "ipip"])
@pytest.mark.parametrize("destination", ["pod/shop/web-1:8080", "pod/shop/api-0:9090", "svc/shop/web:80"])
def test_pods_reach_each_other_through_the_tunnel(harbour_text: str, backend: str, destination: str) -> None:
    simulation = harbour_with(harbour_text, f"{{plugin: flannel, backend: {backend}}}")
    for found in simulation.branches(Probe("pod/ops/probe", destination)):
        assert found.client_sees is ClientSees.CONNECTED
        assert found.seen_by_server is not None
        assert str(found.seen_by_server.source) == "10.244.1.9"


@pytest.mark.parametrize("mode", ["iptables", "nftables", "ipvs"])
def test_rules_for_services_pass_outer_packets_that_have_no_ports(harbour_text: str, mode: str) -> None:
    text = harbour_text.replace("mode: iptables", f"mode: {mode}")
    found = harbour_with(text, "{plugin: flannel, backend: ipip}").trace(Probe("pod/ops/probe", "pod/shop/web-1:8080"))

    assert found.client_sees is ClientSees.CONNECTED


def test_ipip_tunnels_only_between_racks_with_direct_routing(harbour_text: str) -> None:
    network = harbour_with(harbour_text, "{plugin: flannel, backend: ipip, options: {directRouting: true}}").network

    assert "10.244.2.0/24 via 172.20.1.12 dev eth0" in routes(network, "n1")
    assert "10.244.3.0/24 via 172.20.2.13 dev flannel.ipip onlink" in routes(network, "n1")
    assert isinstance(network.namespaces["n1"].interfaces["flannel.ipip"], Ipip)


@pytest.mark.parametrize(
    ("backend", "expected"),
    [
        ("vxlan", "fd00:244:0:2::/64 via fd00:244:0:2:: dev flannel-v6.1 onlink"),
        ("host-gw", "fd00:244:0:2::/64 via fd00:1::12 dev eth0"),
        ("wireguard", "fd00:244::/56 dev flannel-wg-v6 scope link"),
    ],
)
def test_the_second_family_has_routes_of_its_own(backend: str, expected: str) -> None:
    assert expected in routes(dual(backend).network, "n1")


@pytest.mark.parametrize("backend", ["vxlan", "host-gw", "wireguard"])
@pytest.mark.parametrize("destination", ["10.244.2.2:80", "[fd00:244:0:2::2]:80", "10.96.0.7:80", "[fd00:96::7]:80"])
def test_pods_and_services_answer_in_both_families(backend: str, destination: str) -> None:
    found = dual(backend).trace(Probe("pod/shop/a", destination))

    assert found.client_sees is ClientSees.CONNECTED, found.reason
    assert found.seen_by_server is not None
    assert str(found.seen_by_server.source) in ("10.244.1.2", "fd00:244:0:1::2")


def test_each_tunnel_device_knows_the_other_node_in_its_own_family() -> None:
    n1 = dual("vxlan").network.namespaces["n1"]

    assert [(entry.device, str(entry.remote)) for entry in n1.fdb.values()] == [
        ("flannel.1", "192.168.1.12"),
        ("flannel-v6.1", "fd00:1::12"),
    ]


def test_each_family_has_its_masquerade_rules() -> None:
    network = dual("vxlan").network
    saved = iptables_save(network.namespaces["n1"], 6)

    assert "-A FLANNEL-POSTRTG -s fd00:244::/56 ! -d ff00::/8" in saved
    assert "-A FLANNEL-FWD -s fd00:244::/56" in saved


@pytest.mark.parametrize(
    ("cni", "message"),
    [("{plugin: flannel, backend: ipip}", "ipip backend carries IPv4 only")],
    ids=["ipip has no IPv6"],
)
def test_what_a_backend_cannot_do_is_refused(cni: str, message: str) -> None:
    with pytest.raises(NetsimError, match=message):
        Simulation(load_cluster([("dual.yaml", DUAL.replace("CNI", cni))]))


def test_two_ranges_of_one_family_are_refused(harbour_text: str) -> None:
    text = harbour_text.replace("podCIDR: 10.244.0.0/16", "podCIDR: '10.244.0.0/16,10.245.0.0/16'")
    with pytest.raises(NetsimError):
        Simulation(load_cluster([("harbour.yaml", text)]))
