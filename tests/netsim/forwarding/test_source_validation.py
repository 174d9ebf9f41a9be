"""Packets whose addresses the kernel refuses to believe.

sender 10.0.0.2 ── eth0 10.0.0.1 [receiver] eth1 10.1.0.1; the way to 192.0.2.0/24 is by eth1
"""

from __future__ import annotations

from ipaddress import ip_address, ip_interface, ip_network

import pytest

from netsim.choices import Choices
from netsim.forwarding.flight import Flight, SocketBuffer, World
from netsim.forwarding.martians import validate_source
from netsim.linux.interfaces import Veth
from netsim.linux.namespace import NetworkNamespace, Socket
from netsim.linux.routing import Route
from netsim.network import LinkLayer, Network
from netsim.packet import Packet, Protocol, Udp
from netsim.trace import Point


@pytest.fixture
def receiver() -> NetworkNamespace:
    made = NetworkNamespace("receiver")
    for device, address in (("eth0", "10.0.0.1/24"), ("eth1", "10.1.0.1/24")):
        made.add_interface(
            Veth(name=device, mac=device, addresses=(ip_interface(address),), peer_namespace="o", peer_name=device)
        )
    made.add_interface(Veth(name="eth6", mac="6", addresses=(ip_interface("fd00::1/64"),), peer_namespace="o",
                            peer_name="eth6"))  # fmt: skip
    made.routes.add(Route(destination=ip_network("192.0.2.0/24"), gateway=ip_address("10.1.0.2"), device="eth1"))
    return made


def verdict(receiver: NetworkNamespace, source: str, destination: str = "10.0.0.1") -> str | None:
    """Why a packet from eth0 is refused."""
    network = Network()
    network.add(receiver)
    flight = Flight(World(network, LinkLayer(network), Choices(), Socket(Protocol.UDP, 1, "client"), "sender"))
    packet = Packet(ip_address(source), ip_address(destination), Protocol.UDP, Udp(1, 2))
    flight.tap(receiver, "eth0", Point.IN, packet)
    end = validate_source(flight, SocketBuffer(receiver, packet, in_interface="eth0"))
    return None if end is None else end.reason


RP_FILTER = "net.ipv4.conf.eth0.rp_filter"
CASES = [
    ("a neighbour", "10.0.0.2", "10.0.0.1", {RP_FILTER: 1}, None),
    ("rp_filter off, the way back is elsewhere", "192.0.2.7", "10.0.0.1", {}, None),
    ("strict, the way back is elsewhere", "192.0.2.7", "10.0.0.1", {RP_FILTER: 1}, "leaves by eth1"),
    ("loose, the way back is elsewhere", "192.0.2.7", "10.0.0.1", {RP_FILTER: 2}, None),
    ("loose, no way back", "198.51.100.7", "10.0.0.1", {RP_FILTER: 2}, "there is no route back to 198.51.100.7"),
    ("an own address", "10.1.0.1", "10.0.0.1", {}, "own address"),
    ("an own address, accepted", "10.1.0.1", "10.0.0.1", {"net.ipv4.conf.eth0.accept_local": 1}, None),
    ("from loopback", "127.0.0.9", "10.0.0.1", {}, "route_localnet is 0"),
    ("from loopback, allowed", "127.0.0.9", "10.0.0.1", {"net.ipv4.conf.eth0.route_localnet": 1}, None),
    ("to loopback", "10.0.0.2", "127.0.0.1", {}, "route_localnet is 0"),
    ("to loopback, allowed", "10.0.0.2", "127.0.0.1", {"net.ipv4.conf.all.route_localnet": 1}, None),
    ("from a group", "224.0.0.1", "10.0.0.1", {}, "multicast"),
    ("from nobody", "0.0.0.0", "10.0.0.1", {}, "0.0.0.0 cannot be a sender's"),
    ("from everybody", "255.255.255.255", "10.0.0.1", {}, "255.255.255.255 cannot be a sender's"),
    ("IPv6 has no rp_filter", "2001:db8::7", "fd00::1", {RP_FILTER: 1}, None),
    ("IPv6 loopback", "::1", "fd00::1", {"net.ipv4.conf.all.route_localnet": 1}, "::1 must not arrive on eth0"),
]


@pytest.mark.parametrize(
    ("source", "destination", "sysctls", "why"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_only_what_can_be_true_goes_on(receiver, source, destination, sysctls, why):
    receiver.sysctls |= sysctls
    found = verdict(receiver, source, destination)
    assert (found is None) if why is None else (found is not None and why in found)
