"""Which table a packet asks: the rules of ``ip rule``, lowest number first.

eth0 10.0.0.1/24; table main: default via 10.0.0.254; table 100: 192.0.2.0/24 prohibited, 198.51.100.0/24 thrown
"""

from __future__ import annotations

from ipaddress import ip_address, ip_interface, ip_network

import pytest

from netsim.linux.interfaces import Veth
from netsim.linux.namespace import NetworkNamespace
from netsim.linux.routing import Route, RouteKind, RoutingRule

MAIN, PROHIBIT = "default via 10.0.0.254 dev eth0", "prohibit 192.0.2.0/24"
ASKED, THROWN = "192.0.2.7", "198.51.100.7"


@pytest.fixture
def namespace() -> NetworkNamespace:
    made = NetworkNamespace("n")
    address = ip_interface("10.0.0.1/24")
    made.add_interface(Veth(name="eth0", mac="a", addresses=(address,), peer_namespace="o", peer_name="x"))
    made.routes.add(Route(destination=ip_network("0.0.0.0/0"), gateway=ip_address("10.0.0.254"), device="eth0"))
    made.table("100").add(Route(destination=ip_network("192.0.2.0/24"), kind=RouteKind.PROHIBIT))
    made.table("100").add(Route(destination=ip_network("198.51.100.0/24"), kind=RouteKind.THROW))
    return made


def found(namespace: NetworkNamespace, destination: str, source: str = "10.0.0.1", mark: int = 0, iif: str = "lo"):
    route = namespace.lookup(ip_address(destination), ip_address(source), mark, iif)
    return None if route is None else route.text()


RULES = [
    ("every packet", {}, {}, PROHIBIT),
    ("the source", {"source": ip_network("10.0.0.0/24")}, {}, PROHIBIT),
    ("another source", {"source": ip_network("10.9.0.0/24")}, {}, MAIN),
    ("the destination", {"destination": ip_network("192.0.2.0/24")}, {}, PROHIBIT),
    ("another destination", {"destination": ip_network("192.0.3.0/24")}, {}, MAIN),
    ("the mark", {"mark": 0x10, "mask": 0x10}, {"mark": 0x30}, PROHIBIT),
    ("another mark", {"mark": 0x10, "mask": 0x10}, {"mark": 0x20}, MAIN),
    ("the device it came in by", {"in_interface": "eth1"}, {"iif": "eth1"}, PROHIBIT),
    ("another device", {"in_interface": "eth1"}, {"iif": "eth2"}, MAIN),
    ("everything but the mark", {"mark": 1, "mask": 1, "negate": True}, {"mark": 1}, MAIN),
    ("everything but another mark", {"mark": 1, "mask": 1, "negate": True}, {}, PROHIBIT),
    ("the other IP version", {"version": 6}, {}, MAIN),
    ("too late", {"priority": 40000}, {}, MAIN),
    ("a table that nobody filled", {"table": "7"}, {}, MAIN),
]


@pytest.mark.parametrize(("rule", "packet", "text"), [r[1:] for r in RULES], ids=[r[0] for r in RULES])
def test_a_rule_leads_the_packets_that_it_matches_to_its_table(namespace, rule, packet, text):
    namespace.add_rule(RoutingRule(**{"priority": 100, "table": "100"} | rule))
    assert found(namespace, ASKED, **packet) == text


def test_a_throw_route_sends_the_packet_on_to_the_next_rule(namespace):
    namespace.add_rule(RoutingRule(priority=100, table="100"))
    assert found(namespace, THROWN) == MAIN


def test_own_addresses_come_before_all_other_rules(namespace):
    namespace.table("100").add(Route(destination=ip_network("0.0.0.0/0"), kind=RouteKind.BLACKHOLE))
    namespace.add_rule(RoutingRule(priority=100, table="100"))
    assert namespace.lookup(ip_address("10.0.0.1")).kind is RouteKind.LOCAL


def test_a_local_route_in_a_table_makes_any_address_an_own_one(namespace):
    namespace.table("200").add(Route(destination=ip_network("0.0.0.0/0"), device="lo", kind=RouteKind.LOCAL))
    namespace.add_rule(RoutingRule(priority=100, table="200", mark=1, mask=1))
    assert namespace.lookup(ip_address(ASKED), mark=1).kind is RouteKind.LOCAL


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ({}, "from all lookup 100"),
        ({"source": ip_network("10.0.0.7/32")}, "from 10.0.0.7 lookup 100"),
        ({"mark": 1, "mask": 0xFFFFFFFF, "negate": True}, "not from all fwmark 0x1 lookup 100"),
        (
            {"destination": ip_network("10.1.0.0/16"), "mark": 1, "mask": 0xF, "in_interface": "lo"},
            "from all to 10.1.0.0/16 fwmark 0x1/0xf iif lo lookup 100",
        ),
    ],
    ids=["all", "one address", "not a mark", "everything"],
)
def test_a_rule_reads_as_ip_rule_prints_it(rule, text):
    assert RoutingRule(priority=100, table="100", **rule).text() == text
