"""Gateway API objects as they are written, and what their custom resource definitions refuse."""

from __future__ import annotations

import pytest

from netsim.errors import InputError
from netsim.kubernetes.gateway import (
    BackendReference,
    FromNamespaces,
    HeaderModifier,
    HttpRouteMatch,
    PathMatchType,
    RequestMirror,
    TlsMode,
)
from tests.netsim.kubernetes.manifests import load

API = "apiVersion: gateway.networking.k8s.io/v1"


def gateway(listeners: str) -> str:
    return (
        f"{{{API}, kind: Gateway, metadata: {{name: edge}}, spec: {{gatewayClassName: edge, listeners: {listeners}}}}}"
    )


def route(rules: str, kind: str = "HTTPRoute") -> str:
    return f"{{{API}, kind: {kind}, metadata: {{name: web}}, spec: {{parentRefs: [{{name: edge}}], rules: {rules}}}}}"


def test_a_listener_admits_routes_of_its_own_namespace_by_default():
    (edge,) = load(gateway("[{name: http, port: 80, protocol: HTTP}]")).gateways
    assert edge.listeners[0].from_namespaces is FromNamespaces.SAME


def test_https_terminates_tls_by_default():
    (edge,) = load(
        gateway("[{name: https, port: 443, protocol: HTTPS, tls: {certificateRefs: [{name: cert}]}}]")
    ).gateways
    assert edge.listeners[0].tls_mode is TlsMode.TERMINATE
    assert edge.listeners[0].certificates[0].namespace == "default"


def test_a_rule_without_matches_takes_every_path():
    (web,) = load(route("[{backendRefs: [{name: web, port: 80}]}]")).http_routes
    assert web.rules[0].matches == (HttpRouteMatch("/", PathMatchType.PATH_PREFIX),)
    assert web.rules[0].backends == (BackendReference("default", "web", 80),)


def test_a_parent_is_a_gateway_of_the_routes_own_namespace_by_default():
    (web,) = load(route("[{}]")).http_routes
    assert (web.parents[0].kind, web.parents[0].namespace) == ("Gateway", "default")


def test_filters_are_read_in_their_order():
    (web,) = load(
        route(
            "[{filters: [{type: RequestHeaderModifier, requestHeaderModifier: {add: [{name: a, value: b}]}}, "
            "{type: RequestMirror, requestMirror: {backendRef: {name: copy, port: 80}}}]}]"
        )
    ).http_routes
    assert web.rules[0].filters == (
        HeaderModifier(add=(("a", "b"),)),
        RequestMirror(BackendReference("default", "copy", 80)),
    )


def test_a_tcp_route_holds_its_weights():
    (web,) = load(route("[{backendRefs: [{name: a, port: 1, weight: 3}, {name: b, port: 1}]}]", "TCPRoute")).tcp_routes
    assert [backend.weight for backend in web.backends] == [3, 1]


def test_routes_that_are_not_modelled_are_listed():
    cluster = load(route("[{}]", "GRPCRoute"))
    assert [(item.kind, item.name) for item in cluster.ignored] == [("GRPCRoute", "web")]


REFUSED = {
    "no listeners": (gateway("[]"), "spec.listeners: must list from 1 to 64 listeners"),
    "two listeners with one name": (
        gateway("[{name: a, port: 80, protocol: HTTP}, {name: a, port: 81, protocol: HTTP}]"),
        "spec.listeners[1].name: another listener of this Gateway is called 'a'",
    ),
    "two listeners in one place": (
        gateway("[{name: a, port: 80, protocol: HTTP}, {name: b, port: 80, protocol: HTTP}]"),
        "spec.listeners[1].port: another listener of this Gateway has this port, protocol and hostname",
    ),
    "host of a TCP listener": (
        gateway("[{name: a, port: 80, protocol: TCP, hostname: a.example}]"),
        "spec.listeners[0].hostname: must be left out for protocol TCP",
    ),
    "TLS on plain HTTP": (
        gateway("[{name: a, port: 80, protocol: HTTP, tls: {mode: Terminate}}]"),
        "spec.listeners[0].tls: must be left out for protocol HTTP",
    ),
    "HTTPS without a certificate": (
        gateway("[{name: a, port: 443, protocol: HTTPS, tls: {}}]"),
        "spec.listeners[0].tls.certificateRefs: missing; mode Terminate needs a certificate",
    ),
    "HTTPS that passes through": (
        gateway("[{name: a, port: 443, protocol: HTTPS, tls: {mode: Passthrough}}]"),
        "spec.listeners[0].tls.mode: must be Terminate for protocol HTTPS",
    ),
    "selector missing": (
        gateway("[{name: a, port: 80, protocol: HTTP, allowedRoutes: {namespaces: {from: Selector}}}]"),
        "spec.listeners[0].allowedRoutes.namespaces.selector: missing; `from: Selector` needs it",
    ),
    "backend without a port": (
        route("[{backendRefs: [{name: web}]}]"),
        "spec.rules[0].backendRefs[0].port: missing; a Service is referred to with a port",
    ),
    "relative path": (
        route("[{matches: [{path: {value: api}}]}]"),
        "spec.rules[0].matches[0].path.value: 'api' must begin with '/'",
    ),
    "method in lower case": (
        route("[{matches: [{method: get}]}]"),
        (
            "spec.rules[0].matches[0].method: must be one of GET, HEAD, POST, PUT, DELETE, CONNECT, OPTIONS, TRACE, "
            "PATCH, not 'get' (did you mean GET?)"
        ),
    ),
    "one filter twice": (
        route("[{filters: [{type: URLRewrite}, {type: URLRewrite}]}]"),
        "spec.rules[0].filters[1].type: URLRewrite must not be repeated",
    ),
    "redirect and rewrite": (
        route("[{filters: [{type: URLRewrite}, {type: RequestRedirect}]}]"),
        "spec.rules[0].filters[1].type: RequestRedirect and URLRewrite must not stand in one list",
    ),
    "redirect with a backend": (
        route("[{filters: [{type: RequestRedirect}], backendRefs: [{name: web, port: 80}]}]"),
        "spec.rules[0].backendRefs: must be left out where a RequestRedirect filter answers the request",
    ),
    "redirect with a code that is none": (
        route("[{filters: [{type: RequestRedirect, requestRedirect: {statusCode: 200}}]}]"),
        "spec.rules[0].filters[0].requestRedirect.statusCode: must be one of 301, 302, 303, 307, 308, not 200",
    ),
    "prefix replaced without a prefix": (
        route(
            "[{matches: [{path: {type: Exact, value: /a}}], filters: [{type: URLRewrite, urlRewrite: "
            "{path: {type: ReplacePrefixMatch, replacePrefixMatch: /b}}}]}]"
        ),
        (
            "spec.rules[0].filters[0].urlRewrite.path.type: ReplacePrefixMatch needs exactly one match in its rule, "
            "of type PathPrefix"
        ),
    ),
    "TCP route with two rules": (
        route("[{backendRefs: [{name: a, port: 1}]}, {backendRefs: [{name: a, port: 1}]}]", "TCPRoute"),
        "spec.rules: must hold exactly one rule",
    ),
    "negative weight": (
        route("[{backendRefs: [{name: a, port: 1, weight: -1}]}]"),
        ("spec.rules[0].backendRefs[0].weight: must be a whole number from 0 to 1000000, not the number -1"),
    ),
    "grant to nothing": (
        (
            f"{{{API}, kind: ReferenceGrant, metadata: {{name: g}}, "
            "spec: {from: [{group: '', kind: A, namespace: b}]}}"
        ),
        "spec.to: missing; it must list at least one kind",
    ),
}


@pytest.mark.parametrize(("text", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_what_the_definitions_refuse_is_an_error_with_its_place(text, message):
    with pytest.raises(InputError) as error:
        load(text)
    assert str(error.value) == f"test.yaml:1: {message}"
