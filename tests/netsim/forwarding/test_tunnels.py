"""Tunnel devices between two machines, each with an address that only the tunnel leads to.

one: tun 10.9.0.1 ── eth0 192.0.2.1 ────── eth0 192.0.2.2 ── tun 10.9.0.2 :two
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from ipaddress import ip_address, ip_interface, ip_network

import pytest

from netsim.choices import Choices
from netsim.forwarding import Request, exchange
from netsim.linux.interfaces import Interface, Ipip, Veth, Wireguard, WireguardPeer
from netsim.linux.namespace import NetworkNamespace, Socket
from netsim.linux.routing import Route
from netsim.network import LinkLayer, Network
from netsim.packet import IpInIp, Packet, Protocol
from netsim.packet import Wireguard as WireguardHeader
from netsim.tools.show import show
from netsim.trace import Disposition, Exchange

NUMBERS = {"one": 1, "two": 2}


@dataclass(frozen=True, slots=True)
class Kind:
    """A way to tunnel, with what its outer packets must look like for a SYN of 60 bytes."""

    name: str
    mtu: int
    protocol: Protocol
    ports: tuple[int, int] | None
    length: int
    ttl: int
    dont_fragment: bool

    def device(self, number: int) -> Interface:
        words = {"name": "tun", "mac": "", "mtu": self.mtu, "addresses": (ip_interface(f"10.9.0.{number}/32"),)}
        if self.name == "ipip":
            return Ipip(**words)
        peer = WireguardPeer("key", ip_address(f"192.0.2.{3 - number}"), 51820, (ip_network(f"10.9.0.{3 - number}"),))
        return Wireguard(**words, port=51820, peers=(peer,))


KINDS = (
    Kind("ipip", 1480, Protocol.IPIP, None, 80, ttl=33, dont_fragment=True),
    Kind("wireguard", 1420, Protocol.UDP, (51820, 51820), 124, ttl=64, dont_fragment=False),
)


def machine(name: str, kind: Kind) -> NetworkNamespace:
    number = NUMBERS[name]
    far = 3 - number
    namespace = NetworkNamespace(name)
    namespace.add_interface(
        Veth(
            name="eth0", mac=f"02:00:00:00:00:0{number}", addresses=(ip_interface(f"192.0.2.{number}/24"),),
            peer_namespace="two" if number == 1 else "one", peer_name="eth0",
        )
    )  # fmt: skip
    namespace.add_interface(kind.device(number))
    namespace.routes.add(
        Route(destination=ip_network(f"10.9.0.{far}"), gateway=ip_address(f"192.0.2.{far}"), device="tun", onlink=True)
    )
    namespace.sockets.append(Socket(Protocol.TCP, 80, "a server"))
    return namespace


def pair(kind: Kind) -> Network:
    network = Network()
    for name in NUMBERS:
        network.add(machine(name, kind))
    return network


def dial(network: Network, destination: str = "10.9.0.2", **words: object) -> Exchange:
    request = Request("one", ip_address(destination), 80, ttl=33, **words)
    return exchange(network, LinkLayer(network), request, Choices(0))


def outer(found: Exchange) -> Packet:
    return next(hop.packet for hop in found.request.hops if hop.interface == "eth0")


@pytest.fixture(params=KINDS, ids=lambda kind: kind.name)
def kind(request):
    return request.param


def test_a_connection_through_the_tunnel_comes_about(kind):
    found = dial(pair(kind))
    assert (found.client_sees, str(found.seen_by_server.source), found.seen_by_server.ttl) == (
        "connected",
        "10.9.0.1",
        33,
    )


def test_the_outer_header_is_as_the_kernel_writes_it(kind):
    packet = outer(dial(pair(kind)))
    assert (packet.protocol, packet.ports, packet.length) == (kind.protocol, kind.ports, kind.length)
    assert (packet.ttl, packet.dont_fragment) == (kind.ttl, kind.dont_fragment)
    assert (str(packet.source), str(packet.destination)) == ("192.0.2.1", "192.0.2.2")


def test_on_the_device_packets_have_no_frame_and_nobody_asks_for_a_neighbour(kind):
    hop = next(hop for hop in dial(pair(kind)).request.hops if hop.interface == "tun")
    assert hop.packet.ethernet is None
    sent = next(hop for hop in dial(pair(kind)).request.hops if hop.interface is None)
    assert "neighbour" not in [step.kind for step in sent.steps]


def test_the_inner_packet_has_no_frame_header_on_the_wire(kind):
    inner = outer(dial(pair(kind))).inner
    assert inner is not None
    assert (inner.ethernet, inner.length) == (None, 60)


def test_without_the_device_the_other_machine_refuses_the_outer_packet(kind):
    network = pair(kind)
    network.namespaces["two"].set_down("tun")
    found = dial(network)
    assert found.request.disposition is Disposition.NO_LISTENER
    assert found.client_sees == "timeout"


def test_show_names_the_device_as_ip_link_does(kind):
    text = show(pair(kind).namespaces["one"], "links").text
    assert {"ipip": "link/ipip 0.0.0.0", "wireguard": "link/none"}[kind.name] in text


def test_wireguard_sends_to_no_address_that_no_peer_is_allowed():
    network = pair(KINDS[1])
    one = network.namespaces["one"]
    one.routes.add(Route(destination=ip_network("10.9.0.9"), device="tun"))
    assert dial(network, "10.9.0.9").client_sees == "unreachable"


def test_wireguard_takes_no_packet_whose_source_the_peer_is_not_allowed():
    network = pair(KINDS[1])
    two = network.namespaces["two"]
    device = two.interfaces["tun"]
    assert isinstance(device, Wireguard)
    (peer,) = device.peers
    two.interfaces["tun"] = replace(device, peers=(replace(peer, allowed_ips=(ip_network("10.9.0.7"),)),))
    found = dial(network)
    assert found.request.disposition is Disposition.DROPPED
    assert "allowed IPs" in found.request.reason


def test_wireguard_cannot_decrypt_what_a_stranger_sends():
    network = pair(KINDS[1])
    two = network.namespaces["two"]
    device = two.interfaces["tun"]
    assert isinstance(device, Wireguard)
    two.interfaces["tun"] = replace(device, peers=())
    assert "no peer at 192.0.2.1" in dial(network).request.reason


@pytest.mark.parametrize(
    ("size", "padding"),
    [(32, 4), (36, 0), (1392, 0), (1390, 2)],
    ids=["up to 16", "none", "at the MTU", "not beyond it"],
)
def test_wireguard_pads_to_a_multiple_of_sixteen_within_the_mtu(size, padding):
    header = outer(dial(pair(KINDS[1]), size=size, protocol=Protocol.UDP)).transport
    assert isinstance(header, WireguardHeader)
    assert header.padding == padding


def test_ip_in_ip_says_nothing_between_the_headers():
    assert outer(dial(pair(KINDS[0]))).transport == IpInIp()


def test_wireguard_chooses_the_peer_with_the_longest_range():
    wide = WireguardPeer("wide", ip_address("192.0.2.8"), 51820, (ip_network("10.9.0.0/16"),))
    narrow = WireguardPeer("narrow", ip_address("192.0.2.9"), 51820, (ip_network("10.9.7.0/24"),))
    device = Wireguard(name="wg", mac="", port=51820, peers=(wide, narrow))
    asked = ("10.9.7.1", "10.9.8.1", "10.8.0.1")
    assert [device.peer_for(ip_address(text)) for text in asked] == [narrow, wide, None]
