"""Which routes attach to which listeners, and which listener takes a connection."""

from __future__ import annotations

import pytest

from netsim.l7.controllers import Controller, Implementation
from netsim.l7.gateway_proxy import route_gateway
from netsim.l7.http import HttpRequest
from tests.netsim.l7.manifests import cluster, gateway, route, to

OTHER = "{apiVersion: v1, kind: Namespace, metadata: {name: other, labels: {team: shop}}}"
HTTP = "name: http, port: 80, protocol: HTTP"


def decide(*texts: str, host: str = "shop.example", port: int = 80, scheme: str = "http", server_name: str = ""):
    found = cluster(*texts)
    controller = Controller(Implementation("proxy"), (), found.gateways)
    request = HttpRequest("" if scheme == "tcp" else "GET", scheme, host)
    return route_gateway(found, controller, request, "10.0.0.9", port, server_name)


ALLOWED = {
    "Same by default": ("", False),
    "All": (", allowedRoutes: {namespaces: {from: All}}", True),
    "Selector that fits": (
        ", allowedRoutes: {namespaces: {from: Selector, selector: {matchLabels: {team: shop}}}}",
        True,
    ),
    "Selector that does not": (
        ", allowedRoutes: {namespaces: {from: Selector, selector: {matchLabels: {team: x}}}}",
        False,
    ),
    "None": (", allowedRoutes: {namespaces: {from: None}}", False),
}


@pytest.mark.parametrize(("allowed", "attached"), ALLOWED.values(), ids=ALLOWED.keys())
def test_a_listener_says_from_which_namespaces_routes_may_come(allowed, attached):
    decision = decide(
        OTHER, gateway(f"{{{HTTP}{allowed}}}"), route("one", f"{{{to('a')}}}", metadata="namespace: other")
    )
    assert bool(decision.targets) is attached
    if not attached:
        assert decision.response.status == 404
        assert any(tried.why.startswith("NotAllowedByListeners") for tried in decision.tried)


REFUSED = {
    "another section": ("parentRefs: [{name: edge, sectionName: https}]", "HTTPRoute", "NoMatchingParent"),
    "another port": ("parentRefs: [{name: edge, port: 81}]", "HTTPRoute", "NoMatchingParent"),
    "no common hostname": ("hostnames: [other.test]", "HTTPRoute", "NoMatchingListenerHostname"),
}


@pytest.mark.parametrize(("spec", "kind", "reason"), REFUSED.values(), ids=REFUSED.keys())
def test_a_route_that_is_not_attached_says_why(spec, kind, reason):
    listener = f"{{{HTTP}, hostname: '*.example'}}"
    decision = decide(gateway(listener), route("one", f"{{{to('a')}}}", spec=spec, kind=kind))
    assert any(tried.why.startswith(reason) for tried in decision.tried)
    assert decision.response.status == 404


LISTENERS = ", ".join(
    f"{{name: l{number}, port: 80, protocol: HTTP{host}}}"
    for number, host in enumerate(
        ["", ", hostname: '*.example'", ", hostname: '*.shop.example'", ", hostname: shop.example"]
    )
)


@pytest.mark.parametrize(
    ("host", "listener"),
    [
        ("shop.example", "l3"),
        ("a.shop.example", "l2"),
        ("b.a.shop.example", "l2"),
        ("x.example", "l1"),
        ("x.test", "l0"),
    ],
)
def test_the_most_specific_listener_takes_the_connection(host, listener):
    decision = decide(gateway(LISTENERS), host=host)
    assert [tried.candidate for tried in decision.tried if tried.matched] == [
        next(t.candidate for t in decision.tried if f"listener {listener} " in t.candidate)
    ]


def test_requests_stay_with_their_listener():
    """The route hangs on the wide listener only, so the narrow one answers 404 (listener isolation)."""
    decision = decide(
        gateway(LISTENERS), route("one", f"{{{to('a')}}}", spec="parentRefs: [{name: edge, sectionName: l0}]")
    )
    assert decision.response.status == 404


HTTPS = "{name: https, port: 443, protocol: HTTPS, hostname: shop.example, tls: {certificateRefs: [{name: cert}]}}"


def test_tls_ends_with_the_listeners_certificate():
    decision = decide(
        gateway(HTTPS), route("one", f"{{{to('a')}}}"), port=443, scheme="https", server_name="shop.example"
    )
    assert decision.notes == ("TLS ends here, with the certificate in Secret default/cert",)
    assert decision.targets


@pytest.mark.parametrize(
    ("port", "scheme", "host", "status"),
    [
        pytest.param(443, "https", "other.example", None, id="a server name that no listener has"),
        pytest.param(443, "http", "shop.example", None, id="plain HTTP to the TLS port"),
        pytest.param(80, "https", "shop.example", None, id="TLS to the plain port"),
        pytest.param(80, "http", "other.example", 404, id="a host that no listener has"),
    ],
)
def test_what_no_listener_takes_is_closed_or_not_found(port, scheme, host, status):
    listeners = f"{HTTPS}, {{{HTTP}, hostname: shop.example}}"
    decision = decide(gateway(listeners), route("one", f"{{{to('a')}}}"), port=port, scheme=scheme, host=host)
    assert not decision.targets
    assert (decision.response.status if decision.response else None) == status


TCP = "{name: db, port: 5432, protocol: TCP}"


def test_a_tcp_route_shares_connections_by_weight():
    backends = "{backendRefs: [{name: a, port: 80, weight: 1}, {name: c, port: 80, weight: 3}]}"
    decision = decide(gateway(TCP), route("one", backends, kind="TCPRoute"), port=5432, scheme="tcp")
    assert [(t.share, bool(t.destinations)) for t in decision.targets] == [(0.25, True), (0.75, False)]
    assert decision.targets[1].response is None


def test_a_tcp_listener_without_a_route_closes():
    decision = decide(gateway(TCP), route("one", f"{{{to('a')}}}"), port=5432, scheme="tcp")
    assert (decision.response, decision.targets) == (None, ())
