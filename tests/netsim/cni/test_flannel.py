"""What flannel's VXLAN backend leaves behind on Harbour's nodes and in its Pods.

n1 10.244.1.0/24 ── cni0 .1 ── web-0 .5, probe .9, coredns-a .2
   flannel.1 10.244.1.0/32, VNI 1, UDP 8472, towards n2 172.20.1.12 and n3 172.20.2.13
"""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from netsim.build import build_network
from netsim.errors import InputError, NetsimError
from netsim.linux.interfaces import Veth, Vxlan
from netsim.linux.namespace import FdbEntry, Neighbour
from netsim.loading import load_cluster
from netsim.network import Network
from netsim.tools.iptables_save import iptables_save

NODE_ROUTES = {
    "n1": [
        "default via 172.20.1.1 dev eth0",
        "10.244.1.0/24 dev cni0 proto kernel scope link src 10.244.1.1",
        "10.244.2.0/24 via 10.244.2.0 dev flannel.1 onlink",
        "10.244.3.0/24 via 10.244.3.0 dev flannel.1 onlink",
        "172.20.1.0/24 dev eth0 proto kernel scope link src 172.20.1.11",
    ],
    "n3": [
        "default via 172.20.2.1 dev eth0",
        "10.244.1.0/24 via 10.244.1.0 dev flannel.1 onlink",
        "10.244.2.0/24 via 10.244.2.0 dev flannel.1 onlink",
        "10.244.3.0/24 dev cni0 proto kernel scope link src 10.244.3.1",
        "172.20.2.0/24 dev eth0 proto kernel scope link src 172.20.2.13",
    ],
}


@pytest.mark.parametrize("node", NODE_ROUTES)
def test_a_node_reaches_the_other_pod_subnets_through_the_tunnel(harbour_network: Network, node: str) -> None:
    assert [route.text() for route in harbour_network.namespaces[node].routes] == NODE_ROUTES[node]


def test_a_pod_routes_the_cluster_and_everything_else_through_the_bridge(harbour_network: Network) -> None:
    assert [route.text() for route in harbour_network.namespaces["shop/web-1"].routes] == [
        "default via 10.244.2.1 dev eth0",
        "10.244.0.0/16 via 10.244.2.1 dev eth0",
        "10.244.2.0/24 dev eth0 proto kernel scope link src 10.244.2.6",
    ]


def test_each_other_node_has_one_permanent_neighbour_and_one_forwarding_entry(harbour_network: Network) -> None:
    n1 = harbour_network.namespaces["n1"]
    macs = {name: harbour_network.namespaces[name].interfaces["flannel.1"].mac for name in ("n2", "n3")}

    assert set(n1.neighbours.values()) == {
        Neighbour(ip_address("10.244.2.0"), "flannel.1", macs["n2"]),
        Neighbour(ip_address("10.244.3.0"), "flannel.1", macs["n3"]),
    }
    assert set(n1.fdb.values()) == {
        FdbEntry(macs["n2"], "flannel.1", ip_address("172.20.1.12")),
        FdbEntry(macs["n3"], "flannel.1", ip_address("172.20.2.13")),
    }


def test_the_tunnel_is_flannels(harbour_network: Network) -> None:
    tunnel = harbour_network.namespaces["n2"].interfaces["flannel.1"]

    assert isinstance(tunnel, Vxlan)
    assert (tunnel.vni, tunnel.port, tunnel.mtu, tunnel.underlying) == (1, 8472, 1450, "eth0")
    assert tunnel.local == ip_address("172.20.1.12")
    assert [str(address) for address in tunnel.addresses] == ["10.244.2.0/32"]


def test_the_bridge_is_the_pods_gateway(harbour_network: Network) -> None:
    bridge = harbour_network.namespaces["n2"].interfaces["cni0"]

    assert [str(address) for address in bridge.addresses] == ["10.244.2.1/24"]
    assert (bridge.mac, bridge.mtu) == ("0a:58:0a:f4:02:01", 1450)


def test_a_pods_cable_ends_in_a_hairpin_port_of_the_bridge(harbour_network: Network) -> None:
    inside = harbour_network.namespaces["shop/web-0"].interfaces["eth0"]

    assert isinstance(inside, Veth)
    outside = harbour_network.namespaces["n1"].interfaces[inside.peer_name]
    assert isinstance(outside, Veth)
    assert (outside.master, outside.hairpin, outside.mtu) == ("cni0", True, 1450)
    assert (outside.peer_namespace, outside.peer_name) == ("shop/web-0", "eth0")
    assert [str(address) for address in inside.addresses] == ["10.244.1.5/24"]


def test_every_device_has_its_own_link_layer_address(harbour_network: Network) -> None:
    macs = [
        (interface.mac, namespace.name, interface.name)
        for namespace in harbour_network.namespaces.values()
        for interface in namespace.interfaces.values()
        if interface.name != "lo"
    ]
    assert len({mac for mac, _, _ in macs}) == len(macs)


def test_names_and_addresses_are_the_same_in_every_build(harbour_network: Network, harbour_text: str) -> None:
    again = build_network(load_cluster([("harbour.yaml", harbour_text)]))

    assert {name: namespace.interfaces for name, namespace in again.namespaces.items()} == {
        name: namespace.interfaces for name, namespace in harbour_network.namespaces.items()
    }


def test_masquerade_rules_stand_behind_kube_proxys_and_in_flannels_order(harbour_network: Network) -> None:
    lines = iptables_save(harbour_network.namespaces["n1"]).splitlines()
    masquerade = '-m comment --comment "flanneld masq" -j MASQUERADE --random-fully'

    assert [line for line in lines if "-A POSTROUTING" in line or "-A FLANNEL-POSTRTG" in line] == [
        '-A POSTROUTING -m comment --comment "kubernetes postrouting rules" -j KUBE-POSTROUTING',
        '-A POSTROUTING -m comment --comment "flanneld masq" -j FLANNEL-POSTRTG',
        '-A FLANNEL-POSTRTG -m mark --mark 0x4000/0x4000 -m comment --comment "flanneld masq" -j RETURN',
        '-A FLANNEL-POSTRTG -s 10.244.1.0/24 -d 10.244.0.0/16 -m comment --comment "flanneld masq" -j RETURN',
        '-A FLANNEL-POSTRTG -s 10.244.0.0/16 -d 10.244.1.0/24 -m comment --comment "flanneld masq" -j RETURN',
        '-A FLANNEL-POSTRTG ! -s 10.244.0.0/16 -d 10.244.1.0/24 -m comment --comment "flanneld masq" -j RETURN',
        f"-A FLANNEL-POSTRTG -s 10.244.0.0/16 ! -d 224.0.0.0/4 {masquerade}",
        f"-A FLANNEL-POSTRTG ! -s 10.244.0.0/16 -d 10.244.0.0/16 {masquerade}",
    ]


def test_pod_traffic_is_forwarded_behind_kube_proxys_chains(harbour_network: Network) -> None:
    forward = harbour_network.namespaces["n1"].netfilter.table("filter").chains["FORWARD"]
    accepts = harbour_network.namespaces["n1"].netfilter.table("filter").chains["FLANNEL-FWD"]

    assert forward.rules[-1].text == '-m comment --comment "flanneld forward" -j FLANNEL-FWD'
    assert [rule.text for rule in accepts.rules] == [
        '-s 10.244.0.0/16 -m comment --comment "flanneld forward" -j ACCEPT',
        '-d 10.244.0.0/16 -m comment --comment "flanneld forward" -j ACCEPT',
    ]


def test_a_node_forwards_and_lets_iptables_see_bridged_packets(harbour_network: Network) -> None:
    sysctls = harbour_network.namespaces["n1"].sysctls
    assert (sysctls["net.ipv4.ip_forward"], sysctls["net.bridge.bridge-nf-call-iptables"]) == (1, 1)


def test_a_host_network_pod_has_no_namespace_of_its_own(harbour_text: str) -> None:
    pod = "{nodeName: n1, hostNetwork: true, containers: [{name: c, ports: [{containerPort: 9100}]}]}"
    network = build_network(
        load_cluster(
            [
                ("harbour.yaml", harbour_text),
                ("agent.yaml", f"apiVersion: v1\nkind: Pod\nmetadata: {{name: agent, namespace: ops}}\nspec: {pod}\n"),
            ]
        )
    )
    assert "ops/agent" not in network.namespaces
    assert [socket.port for socket in network.namespaces["n1"].sockets] == [9100]


def test_a_second_family_needs_an_address_of_each_node(harbour_text: str) -> None:
    text = harbour_text.replace("podCIDR: 10.244.0.0/16", "podCIDR: '10.244.0.0/16,fd00:10:244::/56'")

    with pytest.raises(NetsimError, match=r"flannel needs an IPv6 (podCIDR|InternalIP) for node n1"):
        build_network(load_cluster([("harbour.yaml", text)]))


def test_a_pod_address_outside_its_nodes_subnet_is_refused_at_its_key(harbour_text: str) -> None:
    text = harbour_text.replace("podIP: 10.244.1.5", "podIP: 10.244.2.5")

    with pytest.raises(InputError, match=r"harbour\.yaml:\d+: .*10\.244\.2\.5"):
        build_network(load_cluster([("harbour.yaml", text)]))


def test_direct_routing_leaves_the_tunnel_to_other_racks(harbour_text: str) -> None:
    network = planned(harbour_text, "{plugin: flannel, backend: vxlan, options: {directRouting: true}}")

    assert pod_routes(network, "n1") == [
        "10.244.2.0/24 via 172.20.1.12 dev eth0",
        "10.244.3.0/24 via 10.244.3.0 dev flannel.1 onlink",
    ]


def test_the_tunnel_takes_its_options(harbour_text: str) -> None:
    network = planned(harbour_text, "{plugin: flannel, backend: vxlan, options: {vni: 7, port: 4789, mtu: 1400}}")

    tunnel = network.namespaces["n1"].interfaces["flannel.7"]
    assert isinstance(tunnel, Vxlan)
    assert (tunnel.vni, tunnel.port, tunnel.mtu) == (7, 4789, 1350)
    assert network.namespaces["ops/probe"].interfaces["eth0"].mtu == 1350


def test_host_gw_routes_via_the_nodes_of_its_own_rack_without_a_tunnel(harbour_text: str) -> None:
    network = planned(harbour_text, "{plugin: flannel, backend: host-gw}")

    assert pod_routes(network, "n1") == ["10.244.2.0/24 via 172.20.1.12 dev eth0"]
    assert "flannel.1" not in network.namespaces["n1"].interfaces
    assert network.namespaces["ops/probe"].interfaces["eth0"].mtu == 1500


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("{vnid: 7}", r"spec\.cni\.options\.vnid: .*known: mtu, vni, port, directRouting"),
        ("{vni: 12345678}", r"spec\.cni\.options\.vni: the device flannel\.12345678 would have a name of more than 15"),
        ("{vni: true}", r"spec\.cni\.options\.vni: must be a number from 1 to 16777215, not True"),
        ("{port: 0}", r"spec\.cni\.options\.port: must be a number from 1 to 65535, not 0"),
        ("{directRouting: 1}", r"spec\.cni\.options\.directRouting: must be true or false, not 1"),
    ],
    ids=["unknown", "too long a name", "not a number", "out of range", "not a truth value"],
)
def test_options_that_flannel_does_not_have_are_refused_at_their_key(
    harbour_text: str, options: str, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        planned(harbour_text, f"{{plugin: flannel, backend: vxlan, options: {options}}}")


def planned(text: str, cni: str) -> Network:
    changed = text.replace("{plugin: flannel, backend: vxlan}", cni)
    return build_network(load_cluster([("harbour.yaml", changed)]))


def pod_routes(network: Network, node: str) -> list[str]:
    """The routes of a node to the Pods of others."""
    routes = network.namespaces[node].routes
    return [route.text() for route in routes if route.gateway is not None and route.destination.prefixlen == 24]
