"""Routes that lead nowhere, broadcasts, and marks that lead elsewhere. The cluster: see harbour.py.

node/n1 and ops/probe (on n1) ── n1 ── router ── 203.0.113.50
"""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address, ip_network

import pytest

from netsim import Probe, Simulation, load_cluster
from netsim.linux.interfaces import Interface
from netsim.linux.namespace import Socket
from netsim.linux.netfilter import Dnat, Hook, SetMark
from netsim.linux.routing import Route, RouteKind, RoutingRule
from netsim.packet import Protocol
from tests.netsim.harbour import SCENE, simulate

WORLD = "203.0.113.50:53"


def with_route(kind: RouteKind) -> Simulation:
    simulation = simulate()
    simulation.network.namespaces["n1"].routes.add(Route(destination=ip_network("203.0.113.0/24"), kind=kind))
    return simulation


@pytest.mark.parametrize(
    ("kind", "sender", "forwarded"),
    [
        (RouteKind.UNREACHABLE, "unreachable", "unreachable"),
        (RouteKind.PROHIBIT, "permission denied", "unreachable"),
        (RouteKind.BLACKHOLE, "invalid argument", "timeout"),
    ],
    ids=str,
)
def test_a_route_that_leads_nowhere_fails_in_its_own_way(kind, sender, forwarded):
    simulation = with_route(kind)
    sources = ("node/n1", "pod/ops/probe")
    seen = [simulation.trace(Probe(source, WORLD, protocol="udp")).client_sees for source in sources]
    assert seen == [sender, forwarded]


def test_a_packet_without_a_route_has_no_source():
    simulation = simulate()
    simulation.network.namespaces["n1"].routes.remove(ip_network("0.0.0.0/0"))
    exchange = simulation.trace(Probe("node/n1", WORLD, protocol="udp"))
    assert (exchange.client_sees, str(exchange.request.packet.source)) == ("unreachable", "0.0.0.0")


def test_a_prohibited_way_is_said_to_be_prohibited():
    exchange = with_route(RouteKind.PROHIBIT).trace(Probe("pod/ops/probe", WORLD, protocol="udp"))
    assert exchange.reply.packet.transport.numbers(4) == (3, 13)


def test_a_mark_that_output_sets_decides_the_route():
    simulation = simulate()
    n1 = simulation.network.namespaces["n1"]
    n1.table("7").add(Route(destination=ip_network("0.0.0.0/0"), kind=RouteKind.PROHIBIT))
    n1.add_rule(RoutingRule(priority=100, table="7", mark=1, mask=1))
    n1.netfilter.table("mangle").chains[Hook.OUTPUT].append(SetMark(1, 1))
    assert simulation.trace(Probe("node/n1", WORLD, protocol="udp")).client_sees == "permission denied"


@pytest.mark.parametrize(
    ("destination", "protocol", "sees", "words"),
    [
        ("172.20.1.255:80", "tcp", "unreachable", "broadcast address"),
        ("172.20.1.255:53", "udp", "permission denied", "SO_BROADCAST"),
        ("255.255.255.255:53", "udp", "permission denied", "SO_BROADCAST"),
        ("224.0.0.251:5353", "udp", "timeout", "has joined 224.0.0.251"),
    ],
    ids=["TCP", "UDP", "the limited one", "a group"],
)
def test_packets_for_many_are_not_looked_up_by_arp(destination, protocol, sees, words):
    exchange = simulate().trace(Probe("node/n1", destination, protocol=protocol))
    assert exchange.client_sees == sees
    assert words in exchange.reason


@pytest.mark.parametrize(
    ("group", "mac"),
    [("224.128.0.251", "01:00:5e:00:00:fb"), ("239.255.1.2", "01:00:5e:7f:01:02")],
    ids=["23 bits of the group", "another"],
)
def test_a_group_has_a_mac_address_of_its_own(group, mac):
    last = simulate().trace(Probe("node/n1", f"{group}:5353", protocol="udp")).request.hops[-1]
    assert (last.interface, last.packet.frame.destination) == ("eth0", mac)


@pytest.mark.parametrize(("protocol", "verdict"), [("tcp", "DROPPED"), ("udp", "ACCEPTED"), ("icmp", "DROPPED")])
def test_a_broadcast_from_another_link_reaches_udp_sockets_only(protocol, verdict):
    simulation = simulate()
    simulation.network.namespaces["n1"].sockets += [
        Socket(Protocol.TCP, 99, "a server"), Socket(Protocol.UDP, 99, "a server"),
    ]  # fmt: skip
    exchange = simulation.trace(Probe("pod/ops/probe", "172.20.1.255:99", protocol=protocol))
    assert (exchange.verdict, exchange.reply) == (verdict, None)


def test_ipv6_says_permission_denied_where_a_router_prohibits():
    second = "172.20.1.11}, {type: InternalIP, address: 'fd00:20::11'"
    simulation = simulate_with(second)
    router = simulation.network.namespaces["router"]
    router.routes.add(Route(destination=ip_network("2001:db8:9::/48"), kind=RouteKind.PROHIBIT))
    exchange = simulation.trace(Probe("node/n1", "[2001:db8:9::9]:80"))
    assert (exchange.client_sees, exchange.reply.packet.transport.numbers(6)) == ("permission denied", (1, 1))


def test_ipv6_on_the_way_is_never_cut():
    simulation = simulate_with("172.20.1.11}, {type: InternalIP, address: 'fd00:20::11'")
    router, outside = simulation.network.namespaces["router"], simulation.network.namespaces["external"]
    router.interfaces["outside"] = _narrow(router.interfaces["outside"])
    outside.interfaces["eth0"] = _narrow(outside.interfaces["eth0"])
    exchange = simulation.trace(Probe("node/n1", "2001:db8:203:113::50", protocol="icmp", size=2000))
    error = exchange.reply.packet.transport
    assert (exchange.client_sees, error.mtu, error.quoted.length) == ("message too long", 1400, 1488)


def _narrow(interface: Interface) -> Interface:
    return replace(interface, mtu=1400)


def simulate_with(addresses: str) -> Simulation:
    return Simulation(load_cluster([(SCENE.name, SCENE.read_text().replace("172.20.1.11", addresses, 1))]))


@pytest.mark.parametrize(("protocol", "sees"), [("tcp", "timeout"), ("udp", "unreachable")])
def test_tcp_does_not_hear_that_the_translated_destination_has_no_route(protocol, sees):
    simulation = simulate()
    n1 = simulation.network.namespaces["n1"]
    n1.routes.add(Route(destination=ip_network("198.51.100.0/24"), kind=RouteKind.UNREACHABLE))
    n1.netfilter.table("nat").chains[Hook.OUTPUT].prepend(Dnat(ip_address("198.51.100.7"), 80))
    assert simulation.trace(Probe("node/n1", WORLD, protocol=protocol)).client_sees == sees


@pytest.mark.parametrize(("host", "meant"), [("0.0.0.0", "127.0.0.1"), ("[::]", "::1")], ids=["IPv4", "IPv6"])
def test_the_unspecified_address_means_the_sender_itself(host, meant):
    exchange = simulate().trace(Probe("pod/shop/web-0", f"{host}:8080"))
    assert exchange.client_sees == "connected"
    assert str(exchange.seen_by_server.destination) == meant


def test_an_address_of_another_version_has_no_route():
    assert simulate().network.namespaces["n1"].lookup(ip_address("2001:db8::1")) is None
