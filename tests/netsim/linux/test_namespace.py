"""What one network stack knows of its own addresses and sockets."""

from __future__ import annotations

from ipaddress import ip_address, ip_interface

import pytest

from netsim.linux.interfaces import Veth
from netsim.linux.namespace import NetworkNamespace, Socket
from netsim.packet import Protocol


@pytest.fixture
def namespace() -> NetworkNamespace:
    """eth0 stands in two subnets, eth1 has no address."""
    made = NetworkNamespace("n")
    addresses = (ip_interface("10.0.0.1/24"), ip_interface("10.1.0.1/24"))
    made.add_interface(Veth(name="eth0", mac="a", addresses=addresses, peer_namespace="o", peer_name="x"))
    made.add_interface(Veth(name="eth1", mac="b", peer_namespace="o", peer_name="y"))
    return made


@pytest.mark.parametrize(
    ("device", "near", "chosen"),
    [
        ("eth0", "10.1.0.9", "10.1.0.1"),
        ("eth0", "8.8.8.8", "10.0.0.1"),
        ("eth0", None, "10.0.0.1"),
        ("eth1", None, "10.0.0.1"),
    ],
    ids=[
        "the subnet of the next hop",
        "else the first address",
        "nothing to be near to",
        "borrowed from another device",
    ],
)
def test_the_source_address_is_the_one_that_inet_select_addr_picks(namespace, device, near, chosen):
    found = namespace.address_on(device, 4, ip_address(near) if near else None)
    assert str(found) == chosen


def test_there_may_be_no_address_of_that_version(namespace):
    assert namespace.address_on("eth0", 6) is None


@pytest.mark.parametrize(
    ("address", "own"), [("10.0.0.1", True), ("10.0.0.2", False), ("127.9.9.9", True), ("::1", True), ("::2", False)]
)
def test_own_addresses_are_local_and_so_is_all_of_127(namespace, address, own):
    assert namespace.is_local(ip_address(address)) is own


def test_an_address_brings_its_connected_route(namespace):
    assert (
        namespace.routes.lookup(ip_address("10.1.0.77")).text()
        == "10.1.0.0/24 dev eth0 proto kernel scope link src 10.1.0.1"
    )


def test_a_device_that_goes_down_takes_its_routes_along(namespace):
    namespace.set_down("eth0")
    assert namespace.routes.lookup(ip_address("10.1.0.77")) is None


@pytest.mark.parametrize(
    ("protocol", "address", "port", "process"),
    [
        (Protocol.TCP, "10.0.0.1", 80, "everywhere"),
        (Protocol.TCP, "10.1.0.1", 80, "here"),
        (Protocol.TCP, "10.0.0.1", 90, "local only"),
        (Protocol.TCP, "10.1.0.1", 90, None),
        (Protocol.UDP, "10.0.0.1", 80, None),
    ],
    ids=["any address", "its own address before any", "its own address", "another address", "another protocol"],
)
def test_a_socket_takes_what_is_for_its_address_port_and_protocol(namespace, protocol, address, port, process):
    namespace.sockets += [
        Socket(Protocol.TCP, 80, "everywhere"), Socket(Protocol.TCP, 80, "here", ip_address("10.1.0.1")),
        Socket(Protocol.TCP, 90, "local only", ip_address("10.0.0.1")),
    ]  # fmt: skip
    found = namespace.listener(protocol, ip_address(address), port)
    assert (found.process if found else None) == process


@pytest.mark.parametrize(
    ("address", "device"),
    [("10.1.0.255", "eth0"), ("10.1.0.0", None), ("10.2.0.255", None), ("255.255.255.255", "lo"), ("ff02::1", None)],
    ids=["own subnet", "the subnet's first address", "another subnet", "the limited one, without a route", "IPv6"],
)
def test_the_last_address_of_a_subnet_is_its_broadcast_address(namespace, address, device):
    assert namespace.broadcast_device(ip_address(address)) == device


@pytest.mark.parametrize(("for_all", "for_device", "applies"), [(0, 0, 0), (0, 1, 1), (1, 0, 1), (2, 1, 2)], ids=str)
def test_a_device_obeys_the_higher_one_of_its_setting_and_that_of_all(namespace, for_all, for_device, applies):
    namespace.sysctls |= {"net.ipv4.conf.all.rp_filter": for_all, "net.ipv4.conf.eth0.rp_filter": for_device}
    assert namespace.device_setting("rp_filter", "eth0") == applies
