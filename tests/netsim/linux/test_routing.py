"""The longest prefix wins, as in the kernel's FIB, and routes print as ``ip route`` prints them."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest

from netsim.linux.routing import Route, RouteKind, RoutingTable, Scope

TABLE = (
    Route(destination=ip_network("0.0.0.0/0"), gateway=ip_address("172.20.1.1"), device="eth0"),
    Route(
        destination=ip_network("10.244.1.0/24"), device="cni0", source=ip_address("10.244.1.1"), scope=Scope.LINK,
        protocol="kernel",
    ),
    Route(destination=ip_network("10.244.2.0/24"), gateway=ip_address("10.244.2.0"), device="flannel.1", onlink=True),
    Route(destination=ip_network("10.244.2.7/32"), gateway=ip_address("172.20.1.12"), device="eth0"),
    Route(destination=ip_network("10.9.0.0/16"), kind=RouteKind.BLACKHOLE),
    Route(destination=ip_network("2001:db8::/32"), device="eth0"),
)  # fmt: skip


@pytest.fixture
def table() -> RoutingTable:
    made = RoutingTable()
    for route in TABLE:
        made.add(route)
    return made


@pytest.mark.parametrize(
    ("destination", "text"),
    [
        ("10.244.1.9", "10.244.1.0/24 dev cni0 proto kernel scope link src 10.244.1.1"),
        ("10.244.2.6", "10.244.2.0/24 via 10.244.2.0 dev flannel.1 onlink"),
        ("10.244.2.7", "10.244.2.7 via 172.20.1.12 dev eth0"),
        ("10.9.8.7", "blackhole 10.9.0.0/16"),
        ("8.8.8.8", "default via 172.20.1.1 dev eth0"),
        ("2001:db8::1", "2001:db8::/32 dev eth0"),
    ],
)
def test_the_longest_prefix_wins(table, destination, text):
    assert table.lookup(ip_address(destination)).text() == text


def test_no_route_is_no_route(table):
    assert table.lookup(ip_address("fd00::1")) is None


def test_the_lower_metric_wins_among_equal_prefixes(table):
    slow = Route(destination=ip_network("10.1.0.0/16"), device="slow", metric=20)
    fast = Route(destination=ip_network("10.1.0.0/16"), device="fast", metric=10)
    table.add(fast)
    table.add(slow)
    assert table.lookup(ip_address("10.1.2.3")).device == "fast"


def test_the_same_prefix_and_metric_replaces(table):
    table.add(Route(destination=ip_network("10.244.1.0/24"), device="elsewhere"))
    assert table.lookup(ip_address("10.244.1.9")).device == "elsewhere"


def test_a_removed_route_leaves_the_next_longest(table):
    table.remove(ip_network("10.244.2.7/32"))
    assert table.lookup(ip_address("10.244.2.7")).device == "flannel.1"


def test_removing_what_is_not_there_says_so(table):
    with pytest.raises(KeyError, match="no route to 10.7.0.0/16"):
        table.remove(ip_network("10.7.0.0/16"))


def test_routes_are_listed_as_ip_route_lists_them(table):
    assert [route.text().split()[0] for route in table][:3] == ["default", "blackhole", "10.244.1.0/24"]
