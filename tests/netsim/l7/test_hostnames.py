"""Host patterns: one label for an Ingress wildcard, any number for a Gateway's."""

from __future__ import annotations

import pytest

from netsim.l7.hostnames import gateway_host_matches, ingress_host_matches, intersection

MATCHES = [
    ("", "shop.example", True, True),
    ("shop.example", "shop.example", True, True),
    ("shop.example", "a.shop.example", False, False),
    ("*.shop.example", "a.shop.example", True, True),
    ("*.shop.example", "b.a.shop.example", False, True),
    ("*.shop.example", "shop.example", False, False),
    ("*.shop.example", ".shop.example", False, False),
    ("*.shop.example", "ashop.example", False, False),
]


@pytest.mark.parametrize(("pattern", "host", "ingress", "gateway"), MATCHES)
def test_a_pattern_takes_a_host(pattern, host, ingress, gateway):
    assert ingress_host_matches(pattern, host) is ingress
    assert gateway_host_matches(pattern, host) is gateway


INTERSECTIONS = [
    ("", "", ""),
    ("", "a.example", "a.example"),
    ("*.example", "", "*.example"),
    ("a.example", "a.example", "a.example"),
    ("a.example", "b.example", None),
    ("*.example", "a.example", "a.example"),
    ("a.b.example", "*.example", "a.b.example"),
    ("*.example", "example", None),
    ("*.example", "*.b.example", "*.b.example"),
    ("*.example", "*.other", None),
    ("*.a.example", "*.b.example", None),
]


@pytest.mark.parametrize(("listener", "route", "common"), INTERSECTIONS)
def test_a_listener_and_a_route_share_the_narrower_hostname(listener, route, common):
    assert intersection(listener, route) == common
    assert intersection(route, listener) == common
