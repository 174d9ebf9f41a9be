"""What Calico leaves behind on nodes, in Pods and on the router, by backend.

rack a: n1 172.20.1.11 ── client 10.244.1.2, near .1.3        rack b: n3 172.20.2.13 ── far 10.244.3.2
        n2 172.20.1.12 ── mid 10.244.2.2                                              guest 10.244.1.9, borrowed
"""

from __future__ import annotations

import pytest

from netsim import Network, Probe, Simulation, load_cluster
from netsim.build import build_network
from netsim.errors import InputError, NetsimError
from netsim.linux.interfaces import Veth, Vxlan
from netsim.tools.iptables_save import iptables_save
from tests.kernel.scenario import CLUSTERS


def text_with(cni: str) -> str:
    text = (CLUSTERS / "three-nodes.yaml").read_text(encoding="utf-8")
    return text.replace("{plugin: flannel, backend: vxlan}", f"{{plugin: calico, {cni}}}")


def planned(cni: str) -> Network:
    return build_network(load_cluster([("three-nodes.yaml", text_with(cni))]))


def routes(network: Network, namespace: str) -> list[str]:
    return [route.text() for route in network.namespaces[namespace].routes]


COMMON = ["default via 172.20.1.1 dev eth0"]
OWN = ["10.244.1.2 dev caliaa50613ef2d scope link", "10.244.1.3 dev cali8e4bca65e2b scope link"]
LINK = ["172.20.1.0/24 dev eth0 proto kernel scope link src 172.20.1.11"]
NODE_ROUTES = {
    "backend: none": [
        *COMMON, "blackhole 10.244.1.0/26 proto bird", *OWN, "10.244.1.9 via 172.20.1.1 dev eth0 proto bird",
        "10.244.2.0/26 via 172.20.1.12 dev eth0 proto bird", "10.244.3.0/26 via 172.20.1.1 dev eth0 proto bird", *LINK,
    ],
    "backend: ipip": [
        *COMMON, "blackhole 10.244.1.0/26 proto 80", *OWN, "10.244.1.9 via 172.20.2.13 dev tunl0 proto 80 onlink",
        "10.244.2.0/26 via 172.20.1.12 dev tunl0 proto 80 onlink",
        "10.244.3.0/26 via 172.20.2.13 dev tunl0 proto 80 onlink", *LINK,
    ],
    "backend: vxlan": [
        *COMMON, "blackhole 10.244.1.0/26 proto 80", *OWN, "10.244.1.9 via 10.244.3.0 dev vxlan.calico proto 80 onlink",
        "10.244.2.0/26 via 10.244.2.0 dev vxlan.calico proto 80 onlink",
        "10.244.3.0/26 via 10.244.3.0 dev vxlan.calico proto 80 onlink", *LINK,
    ],
    "backend: cross-subnet": [
        *COMMON, "blackhole 10.244.1.0/26 proto 80", *OWN, "10.244.1.9 via 10.244.3.0 dev vxlan.calico proto 80 onlink",
        "10.244.2.0/26 via 172.20.1.12 dev eth0 proto 80 onlink",
        "10.244.3.0/26 via 10.244.3.0 dev vxlan.calico proto 80 onlink", *LINK,
    ],
    "backend: cross-subnet, options: {encapsulation: IPIPCrossSubnet}": [
        *COMMON, "blackhole 10.244.1.0/26 proto 80", *OWN, "10.244.1.9 via 172.20.2.13 dev tunl0 proto 80 onlink",
        "10.244.2.0/26 via 172.20.1.12 dev eth0 proto 80 onlink",
        "10.244.3.0/26 via 172.20.2.13 dev tunl0 proto 80 onlink", *LINK,
    ],
}  # fmt: skip


@pytest.mark.parametrize("cni", NODE_ROUTES)
def test_a_node_reaches_the_blocks_of_the_others(cni):
    assert routes(planned(cni), "n1") == NODE_ROUTES[cni]


def test_a_pod_has_one_address_and_a_gateway_that_nobody_has():
    network = planned("backend: vxlan")
    assert routes(network, "shop/far") == ["default via 169.254.1.1 dev eth0", "169.254.1.1 dev eth0 scope link"]
    assert [str(a) for a in network.namespaces["shop/far"].interfaces["eth0"].addresses] == ["10.244.3.2/32"]


def test_a_cable_is_named_after_its_pod_and_answers_for_the_gateway():
    node = planned("backend: vxlan").namespaces["n1"]
    cable = node.interfaces["caliaa50613ef2d"]
    assert isinstance(cable, Veth)
    assert (cable.mac, cable.mtu, cable.peer_namespace) == ("ee:ee:ee:ee:ee:ee", 1450, "shop/client")
    assert node.sysctls["net.ipv4.conf.caliaa50613ef2d.proxy_arp"] == 1
    assert node.sysctls["net.ipv4.conf.caliaa50613ef2d.route_localnet"] == 1


def test_a_node_knows_its_pods_and_the_other_tunnels_without_asking():
    network = planned("backend: vxlan")
    n1 = network.namespaces["n1"]
    pod = network.namespaces["shop/client"].interfaces["eth0"]
    tunnel = network.namespaces["n3"].interfaces["vxlan.calico"]
    known = {(str(n.address), n.device): n.mac for n in n1.neighbours.values()}
    assert known["10.244.1.2", "caliaa50613ef2d"] == pod.mac
    assert known["10.244.3.0", "vxlan.calico"] == tunnel.mac
    assert {(e.mac, str(e.remote)) for e in n1.fdb.values()} >= {(tunnel.mac, "172.20.2.13")}


def test_the_vxlan_device_is_calicos():
    device = planned("backend: vxlan").namespaces["n1"].interfaces["vxlan.calico"]
    assert isinstance(device, Vxlan)
    assert (device.vni, device.port, device.mtu) == (4096, 4789, 1450)
    assert [str(address) for address in device.addresses] == ["10.244.1.0/32"]


def test_cross_subnet_writes_no_tunnel_entries_for_a_node_on_the_same_link():
    n1 = planned("backend: cross-subnet").namespaces["n1"]
    assert {str(entry.remote) for entry in n1.fdb.values()} == {"172.20.2.13"}


OPTIONS = {
    "mtu": ("backend: vxlan, options: {mtu: 1400}", lambda n: n.interfaces["vxlan.calico"].mtu, 1400),
    "VNI": ("backend: vxlan, options: {vxlanVNI: 7}", lambda n: n.interfaces["vxlan.calico"].vni, 7),
    "port": ("backend: vxlan, options: {vxlanPort: 8472}", lambda n: n.interfaces["vxlan.calico"].port, 8472),
    "port in raw": ("backend: vxlan, options: {vxlanPort: 8472}",
                    lambda n: iptables_save(n).count("--dport 8472 -j NOTRACK"), 2),
    "natOutgoing": ("backend: vxlan, options: {natOutgoing: false}",
                    lambda n: (len(n.ipsets["cali40masq-ipam-pools"]), iptables_save(n).count("ipam-pools")), (0, 0)),
}  # fmt: skip


@pytest.mark.parametrize("name", OPTIONS)
def test_an_option_changes_what_it_names(name):
    cni, look, expected = OPTIONS[name]
    assert look(planned(cni).namespaces["n1"]) == expected


@pytest.mark.parametrize(
    ("cni", "error", "message"),
    [
        (
            "backend: none, options: {vxlanVNI: 7}",
            InputError,
            "calico none has no such option; known: mtu, natOutgoing",
        ),
        ("backend: cross-subnet, options: {encapsulation: IPIP}", InputError, "VXLANCrossSubnet.*IPIPCrossSubnet"),
        ("backend: vxlan, options: {vxlanPort: 0}", InputError, "from 1 to 65535, not 0"),
    ],
    ids=["of another backend", "an unknown word", "a number out of range"],
)
def test_an_option_that_makes_no_sense_is_refused(cni, error, message):
    with pytest.raises(error, match=message):
        planned(cni)


def test_ipv6_pod_ranges_are_refused():
    text = text_with("backend: vxlan").replace("podCIDR: 10.244.0.0/16", "podCIDR: 'fd00::/56'")
    with pytest.raises(NetsimError, match="one IPv4 podCIDR so far, not with fd00::/56"):
        build_network(load_cluster([("x.yaml", text.split("kind: Namespace")[0].rsplit("---", 1)[0])]))


@pytest.mark.parametrize(
    ("cni", "outcome", "reason"),
    [
        ("backend: none", "timeout", "router has no route to 10.244.3.2"),
        ("backend: none, options: {bgpPeerRouter: true}", "connected", "delivered"),
        ("backend: ipip", "connected", "delivered"),
    ],
    ids=["the router was told nothing", "the router learns the routes", "the router sees no Pod address"],
)
def test_whether_another_rack_is_reached_depends_on_what_the_router_sees(cni, outcome, reason):
    simulation = Simulation(load_cluster([("three-nodes.yaml", text_with(cni))]))
    found = simulation.trace(Probe("pod/shop/client", "pod/shop/far:8080"))
    assert found.client_sees == outcome
    assert reason in found.reason


def test_the_router_learns_blocks_and_borrowed_addresses():
    router = routes(planned("backend: none, options: {bgpPeerRouter: true}"), "router")
    assert [line for line in router if "bird" in line] == [
        "10.244.1.0/26 via 172.20.1.11 dev eth-rack-a proto bird",
        "10.244.1.9 via 172.20.2.13 dev eth-rack-b proto bird",
        "10.244.2.0/26 via 172.20.1.12 dev eth-rack-a proto bird",
        "10.244.3.0/26 via 172.20.2.13 dev eth-rack-b proto bird",
    ]


def test_under_ip_in_ip_a_router_that_ends_the_ttl_is_not_shown():
    """The outer header has the inner one's TTL, and the error about it stays with the node that wrapped it."""
    simulation = Simulation(load_cluster([("three-nodes.yaml", text_with("backend: ipip"))]))
    seen = [simulation.trace(Probe("pod/shop/client", "pod/shop/far", protocol="icmp", ttl=ttl)) for ttl in range(1, 4)]
    assert [str(each.client_sees) for each in seen] == ["ttl exceeded", "timeout", "connected"]
    assert "router" in seen[1].reason


def test_felix_stands_ahead_of_kube_proxy_in_the_nat_table():
    lines = iptables_save(planned("backend: vxlan").namespaces["n1"]).splitlines()
    postrouting = [line.rsplit("-j ", 1)[1] for line in lines if line.startswith("-A POSTROUTING")]
    assert postrouting == ["cali-POSTROUTING", "KUBE-POSTROUTING"]


def test_what_leaves_by_the_tunnel_with_another_own_address_gets_the_tunnels():
    simulation = Simulation(load_cluster([("three-nodes.yaml", text_with("backend: vxlan"))]))
    found = simulation.trace(Probe("node/n1", "svc/shop/far:80"))
    assert found.seen_by_server is not None
    assert str(found.seen_by_server.source) == "10.244.1.0"


def test_host_ports_belong_to_the_network_of_calicos_configuration():
    text = text_with("backend: vxlan").replace("[{containerPort: 8080}", "[{containerPort: 8080, hostPort: 8000}", 1)
    rules = iptables_save(build_network(load_cluster([("x.yaml", text)])).namespaces["n1"])
    assert 'dnat name: \\"k8s-pod-network\\" id: ' in rules


TWO_RACKS_OF_IPV6 = """
apiVersion: netsim.dev/v1
kind: ClusterNetwork
metadata: {name: ipv6-first}
spec:
  cni: {plugin: calico, backend: cross-subnet}
  podCIDR: 10.244.0.0/16
  underlay:
    subnets: [{name: a, cidr: "fd00:a::/64"}, {name: b, cidr: "fd00:b::/64"}]
---
apiVersion: v1
kind: Node
metadata: {name: n1}
status: {addresses: [{type: InternalIP, address: "fd00:a::11"}, {type: InternalIP, address: 172.20.1.11}]}
---
apiVersion: v1
kind: Node
metadata: {name: n2}
status: {addresses: [{type: InternalIP, address: "fd00:b::12"}, {type: InternalIP, address: 172.20.2.12}]}
---
apiVersion: v1
kind: Pod
metadata: {name: far, namespace: shop}
spec: {nodeName: n2, containers: [{name: main}]}
"""


def test_the_tunnel_is_for_nodes_on_other_links_whatever_subnets_are_described() -> None:
    """The underlay describes IPv6 subnets only; the nodes' IPv4 addresses are on the same two links."""
    cluster = load_cluster([("ipv6-first.yaml", TWO_RACKS_OF_IPV6)])
    (pod,) = cluster.pods

    route = build_network(cluster).namespaces["n1"].routes.lookup(pod.pod_ips[0])

    assert route is not None
    assert route.device == "vxlan.calico"
