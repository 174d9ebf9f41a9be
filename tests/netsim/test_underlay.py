"""The network between the nodes.

external 203.0.113.50 ── 203.0.113.1 router ──┬── br-rack-a 172.20.1.0/24: n1, n2
                                              └── br-rack-b 172.20.2.0/24: n3
"""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from netsim import Probe, Simulation
from netsim.build import build_network
from netsim.errors import InputError
from netsim.loading import load_cluster
from netsim.network import Network
from netsim.packet import Protocol
from netsim.trace import ClientSees


@pytest.mark.parametrize(
    ("port", "bridge", "machine"),
    [
        ("p-n1", "br-rack-a", "n1"),
        ("p-n2", "br-rack-a", "n2"),
        ("p-n3", "br-rack-b", "n3"),
        ("r-rack-a", "br-rack-a", "router"),
        ("r-rack-b", "br-rack-b", "router"),
    ],
)
def test_every_machine_is_plugged_into_the_bridge_of_its_rack(
    harbour_network: Network, port: str, bridge: str, machine: str
) -> None:
    interface = harbour_network.namespaces["underlay"].interfaces[port]
    assert (interface.master, getattr(interface, "peer_namespace", None)) == (bridge, machine)


def test_the_switch_leaves_bridged_frames_alone(harbour_network: Network) -> None:
    assert harbour_network.namespaces["underlay"].sysctls["net.bridge.bridge-nf-call-iptables"] == 0


def test_the_router_knows_its_own_links_only(harbour_network: Network) -> None:
    router = harbour_network.namespaces["router"]

    assert [route.text() for route in router.routes] == [
        "172.20.1.0/24 dev eth-rack-a proto kernel scope link src 172.20.1.1",
        "172.20.2.0/24 dev eth-rack-b proto kernel scope link src 172.20.2.1",
        "203.0.113.0/24 dev outside proto kernel scope link src 203.0.113.1",
    ]
    assert router.forwards


@pytest.mark.parametrize("address", ["10.96.41.80", "10.244.1.5", "8.8.8.8"], ids=["service", "pod", "world"])
def test_the_router_has_no_route_to_what_is_not_on_its_links(harbour_network: Network, address: str) -> None:
    assert harbour_network.namespaces["router"].routes.lookup(ip_address(address)) is None


@pytest.mark.parametrize(
    ("protocol", "port"),
    [(Protocol.TCP, 80), (Protocol.TCP, 443), (Protocol.TCP, 53), (Protocol.UDP, 53)],
    ids=["http", "https", "dns-tcp", "dns-udp"],
)
def test_the_machine_outside_serves_the_usual_ports(harbour_network: Network, protocol: Protocol, port: int) -> None:
    assert harbour_network.namespaces["external"].listener(protocol, ip_address("203.0.113.50"), port) is not None


def test_a_node_address_outside_every_subnet_is_refused_at_its_key(harbour_text: str) -> None:
    text = harbour_text.replace("address: 172.20.2.13", "address: 172.31.0.13")

    with pytest.raises(InputError, match=r"harbour\.yaml:\d+: .*172\.31\.0\.13"):
        build_network(load_cluster([("harbour.yaml", text)]))


@pytest.mark.parametrize("name", ["underlay", "router", "external"])
def test_a_node_may_not_be_named_like_a_machine_of_the_underlay(harbour_text: str, name: str) -> None:
    text = harbour_text.replace("name: n3,", f"name: {name},").replace("nodeName: n3", f"nodeName: {name}")

    with pytest.raises(InputError, match=rf"harbour\.yaml:\d+: metadata\.name: '{name}' is taken"):
        build_network(load_cluster([("harbour.yaml", text)]))


@pytest.mark.parametrize(
    ("address", "on_link"),
    [("fd00:20::13", "fd00:20::13/64"), ("192.168.7.13", "192.168.7.13/32")],
    ids=["of the other family: shares a /64", "of the same family: stands alone"],
)
def test_a_second_address_of_another_range(harbour_text: str, address: str, on_link: str) -> None:
    second = f"172.20.2.13}}, {{type: InternalIP, address: '{address}'"
    network = build_network(load_cluster([("harbour.yaml", harbour_text.replace("172.20.2.13", second))]))

    assert [str(address) for address in network.namespaces["n3"].interfaces["eth0"].addresses] == [
        "172.20.2.13/24",
        on_link,
    ]


def test_a_second_ip_version_gives_each_link_a_subnet_of_it(harbour_text: str) -> None:
    second = "172.20.2.13}, {type: InternalIP, address: 'fd00:20::13'"
    namespaces = build_network(load_cluster([("h.yaml", harbour_text.replace("172.20.2.13", second))])).namespaces

    found = {
        name: [str(a) for i in namespaces[name].interfaces.values() for a in i.addresses if a.version == 6][1:]
        for name in ("n3", "router", "external", "n1")
    }
    assert found == {
        "n3": ["fd00:20::13/64"],
        "router": ["fd00:20::1/64", "2001:db8:203:113::1/64"],
        "external": ["2001:db8:203:113::50/64"],
        "n1": [],
    }


def test_a_long_node_name_still_gives_a_device_name_that_linux_takes(harbour_text: str) -> None:
    name = "ip-172-20-1-11.eu-west-1.compute.internal"
    text = harbour_text.replace("name: n1,", f"name: {name},").replace("nodeName: n1", f"nodeName: {name}")

    network = build_network(load_cluster([("harbour.yaml", text)]))

    assert max(len(device) for device in network.namespaces["underlay"].interfaces) <= 15
    assert name in network.namespaces


def test_another_address_for_the_machine_outside_moves_the_routers_link(harbour_text: str) -> None:
    text = harbour_text.replace("  underlay:\n", "  externalClient: 198.51.100.1\n  underlay:\n", 1)

    network = build_network(load_cluster([("harbour.yaml", text)]))

    assert [str(address) for address in network.namespaces["router"].interfaces["outside"].addresses] == [
        "198.51.100.2/24"
    ]
    assert str(network.namespaces["external"].interfaces["eth0"].addresses[0]) == "198.51.100.1/24"


def test_the_world_outside_of_an_ipv6_cluster_has_ipv6_addresses() -> None:
    text = """
apiVersion: netsim.dev/v1
kind: ClusterNetwork
metadata: {name: six}
spec:
  cni: {plugin: flannel}
  podCIDR: fd00:10:244::/56
  serviceCIDR: fd00:10:96::/112
  underlay: {cidr: "fd00:1::/64"}
---
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec: {containers: [{name: main}]}
"""
    found = Simulation(load_cluster([("six.yaml", text)])).trace(Probe("pod/shop/a", "example.com:80"))
    assert found.client_sees is ClientSees.CONNECTED
    assert str(found.request.hops[0].packet.destination) == "2001:db8:203:113::50"


def test_a_node_cannot_have_the_routers_address_of_the_other_ip_version() -> None:
    addresses = '[{type: InternalIP, address: 192.168.1.11}, {type: InternalIP, address: "fd00:1::1"}]'
    text = f"apiVersion: v1\nkind: Node\nmetadata: {{name: n1}}\nstatus: {{addresses: {addresses}}}\n"

    with pytest.raises(InputError, match=r"status\.addresses: fd00:1::1 is the router's address on fd00:1::/64"):
        build_network(load_cluster([("node.yaml", text)]))
