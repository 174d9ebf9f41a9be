"""HTTPRoute: which rule takes a request, in the words of the API's precedence, and what its filters do."""

from __future__ import annotations

import pytest

from netsim.kubernetes.gateway import (
    HeaderModifier,
    HttpRouteMatch,
    PathMatchType,
    PathModifier,
    RequestRedirect,
    UrlRewrite,
    ValueMatch,
    ValueMatchType,
)
from netsim.l7.controllers import Controller, Implementation
from netsim.l7.filters import filtered, redirect, response_headers
from netsim.l7.gateway_proxy import route_gateway
from netsim.l7.http import HttpRequest
from netsim.l7.httproute import mismatch
from tests.netsim.l7.manifests import cluster, gateway, route, to

PLAIN = HttpRequest(host="shop.example")


def decide(*texts: str, request: HttpRequest = PLAIN):
    found = cluster(gateway(), *texts)
    controller = Controller(Implementation("proxy"), (), found.gateways)
    return route_gateway(found, controller, request, "10.0.0.9", 80, "")


def asking(
    path: str = "/", method: str = "GET", host: str = "shop.example", headers=(), query: str = ""
) -> HttpRequest:
    return HttpRequest(method, "http", host, path, query, tuple(headers))


PREFIX, EXACT, REGEX = PathMatchType.PATH_PREFIX, PathMatchType.EXACT, PathMatchType.REGULAR_EXPRESSION
MATCHES = {
    "prefix of the same path": (HttpRouteMatch("/v2"), asking("/v2"), True),
    "prefix with a slash behind": (HttpRouteMatch("/v2"), asking("/v2/"), True),
    "prefix of a longer path": (HttpRouteMatch("/v2"), asking("/v2/x"), True),
    "prefix within a word": (HttpRouteMatch("/v2"), asking("/v2x"), False),
    "prefix with a slash, path without": (HttpRouteMatch("/v2/"), asking("/v2"), True),
    "exact": (HttpRouteMatch("/v2", EXACT), asking("/v2"), True),
    "exact with a slash more": (HttpRouteMatch("/v2", EXACT), asking("/v2/"), False),
    "exact in capitals": (HttpRouteMatch("/v2", EXACT), asking("/V2"), False),
    "expression over the whole path": (HttpRouteMatch("/v[0-9]+", REGEX), asking("/v12"), True),
    "expression over a part": (HttpRouteMatch("/v[0-9]+", REGEX), asking("/v12/x"), False),
    "method": (HttpRouteMatch(method="POST"), asking(method="POST"), True),
    "another method": (HttpRouteMatch(method="POST"), asking(), False),
    "header, its name in another case": (
        HttpRouteMatch(headers=(ValueMatch("Version", "two"),)), asking(headers=[("version", "two")]), True,
    ),
    "header, its value in another case": (
        HttpRouteMatch(headers=(ValueMatch("version", "two"),)), asking(headers=[("version", "Two")]), False,
    ),
    "one of two headers": (
        HttpRouteMatch(headers=(ValueMatch("a", "1"), ValueMatch("b", "2"))), asking(headers=[("a", "1")]), False,
    ),
    "header by expression": (
        HttpRouteMatch(headers=(ValueMatch("a", "[0-9]+", ValueMatchType.REGULAR_EXPRESSION),)),
        asking(headers=[("a", "42")]), True,
    ),
    "query parameter": (HttpRouteMatch(query=(ValueMatch("a", "1"),)), asking(query="b=2&a=1"), True),
    "query parameter, the first of two": (HttpRouteMatch(query=(ValueMatch("a", "1"),)), asking(query="a=1&a=2"), True),
    "query parameter in another case": (HttpRouteMatch(query=(ValueMatch("a", "1"),)), asking(query="A=1"), False),
}  # fmt: skip


@pytest.mark.parametrize(("match", "request_", "taken"), MATCHES.values(), ids=MATCHES.keys())
def test_a_match_takes_a_request(match, request_, taken):
    assert (mismatch(match, request_) is None) is taken


def rule(match: str, name: str) -> str:
    return f"{{matches: [{{{match}}}], {to(name)}}}"


PRECEDENCE = {
    "exact over a longer prefix pattern": (
        rule("path: {value: /match/}", "a"), rule("path: {type: Exact, value: /match}", "b"), asking("/match"),
    ),
    "the longer prefix": (rule("path: {value: /a}", "a"), rule("path: {value: /a/b}", "b"), asking("/a/b/c")),
    "the longer prefix over a method": (
        rule("path: {value: /}, method: GET", "a"), rule("path: {value: /a}", "b"), asking("/a"),
    ),
    "a method over headers": (
        rule("headers: [{name: x, value: y}, {name: z, value: z}]", "a"), rule("method: GET", "b"),
        asking(headers=[("x", "y"), ("z", "z")]),
    ),
    "more headers": (
        rule("headers: [{name: x, value: y}]", "a"),
        rule("headers: [{name: x, value: y}, {name: z, value: z}]", "b"),
        asking(headers=[("x", "y"), ("z", "z")]),
    ),
    "headers over query parameters": (
        rule("queryParams: [{name: x, value: y}, {name: z, value: z}]", "a"),
        rule("headers: [{name: x, value: y}]", "b"), asking(headers=[("x", "y")], query="x=y&z=z"),
    ),
    "more query parameters": (
        rule("queryParams: [{name: x, value: y}]", "a"),
        rule("queryParams: [{name: x, value: y}, {name: z, value: z}]", "b"), asking(query="x=y&z=z"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("swapped", [False, True], ids=["written first", "written last"])
@pytest.mark.parametrize(("loser", "winner", "request_"), PRECEDENCE.values(), ids=PRECEDENCE.keys())
def test_precedence_prefers(loser, winner, request_, swapped):
    rules = f"{winner}, {loser}" if swapped else f"{loser}, {winner}"
    decision = decide(route("one", rules), request=request_)
    assert decision.targets[0].backend == "Service default/b:80"


TIES = {
    "the first rule": ([("one", "", f"{rule('method: GET', 'b')}, {rule('method: GET', 'a')}")]),
    "the older route": (
        [
            ("aaa", "creationTimestamp: '2026-02-01T00:00:00Z'", f"{{{to('a')}}}"),
            ("zzz", "creationTimestamp: '2026-01-01T00:00:00Z'", f"{{{to('b')}}}"),
        ]
    ),
    "the first route by name": ([("two", "", f"{{{to('a')}}}"), ("one", "", f"{{{to('b')}}}")]),
}


@pytest.mark.parametrize("routes", TIES.values(), ids=TIES.keys())
def test_a_tie_goes_to(routes):
    decision = decide(*(route(name, rules, metadata=metadata) for name, metadata, rules in routes))
    assert decision.targets[0].backend == "Service default/b:80"


def test_a_more_specific_hostname_beats_a_more_specific_match():
    wide = route("wide", rule("path: {type: Exact, value: /x}", "a"), spec="hostnames: ['*.example']")
    narrow = route("narrow", rule("path: {value: /}", "b"), spec="hostnames: [shop.example]")
    assert decide(wide, narrow, request=asking("/x")).targets[0].backend == "Service default/b:80"


def test_a_request_that_no_rule_takes_gets_404():
    decision = decide(route("one", rule("path: {value: /x}", "a")))
    assert decision.response.status == 404
    assert decision.tried[-1].why == "the path / does not match"


def test_the_loser_is_told_what_decided():
    decision = decide(
        route("one", f"{rule('path: {value: /}', 'a')}, {rule('path: {value: /x}', 'b')}"), request=asking("/x")
    )
    assert decision.tried[-2].why.endswith("wins by a longer path")


SHARES = {
    "in proportion": ([("a", 3), ("b", 1)], [0.75, 0.25], [None, None]),
    "none without a weight": ([("a", 0), ("b", 5)], [1.0], [None]),
    "an invalid backend keeps its share": ([("a", 9), ("c", 1)], [0.9, 0.1], [None, 500]),
    "a backend without endpoints": ([("a", 1), ("empty", 1)], [0.5, 0.5], [None, 503]),
}


@pytest.mark.parametrize(("backends", "shares", "statuses"), SHARES.values(), ids=SHARES.keys())
def test_weights_share_the_requests(backends, shares, statuses):
    listed = ", ".join(f"{{name: {name}, port: 80, weight: {weight}}}" for name, weight in backends)
    targets = decide(route("one", f"{{backendRefs: [{listed}]}}")).targets
    assert [target.share for target in targets] == pytest.approx(shares)
    assert [target.response and target.response.status for target in targets] == statuses
    assert sum(target.share for target in targets) == pytest.approx(1)


@pytest.mark.parametrize("rules", ["{}", f"{{{to('a', 0)}}}"], ids=["no backend", "no weight"])
def test_a_rule_with_nothing_to_send_to_answers_500(rules):
    assert decide(route("one", rules)).response.status == 500


GRANT = (
    "{{apiVersion: gateway.networking.k8s.io/v1beta1, kind: ReferenceGrant, metadata: {{name: g, namespace: {where}}}, "
    "spec: {{from: [{{group: gateway.networking.k8s.io, kind: {kind}, namespace: {source}}}], "
    "to: [{{group: '', kind: Service{name}}}]}}}}"
)
GRANTS = {
    "no grant": (None, False),
    "a grant for all Services": ({}, True),
    "a grant for this Service": ({"name": ", name: a"}, True),
    "a grant for another Service": ({"name": ", name: b"}, False),
    "a grant for another namespace": ({"source": "third"}, False),
    "a grant for another kind": ({"kind": "TCPRoute"}, False),
    "a grant in the route's namespace": ({"where": "default"}, False),
}


@pytest.mark.parametrize(("grant", "allowed"), GRANTS.values(), ids=GRANTS.keys())
def test_a_backend_in_another_namespace_needs_a_grant_there(grant, allowed):
    defaults = {"where": "other", "kind": "HTTPRoute", "source": "default", "name": ""}
    texts = [GRANT.format(**(defaults | grant))] if grant is not None else []
    target = decide(route("one", "{backendRefs: [{name: a, namespace: other, port: 80}]}"), *texts).targets[0]
    assert bool(target.destinations) is allowed
    if not allowed:
        assert target.response.status == 500
        assert target.reason.startswith("RefNotPermitted")


REPLACED = [
    ("/foo/bar", "/foo", "/xyz", "/xyz/bar"),
    ("/foo/bar", "/foo", "/xyz/", "/xyz/bar"),
    ("/foo/bar", "/foo/", "/xyz", "/xyz/bar"),
    ("/foo", "/foo", "/xyz", "/xyz"),
    ("/foo/", "/foo", "/xyz", "/xyz/"),
    ("/foo/bar", "/foo", "", "/bar"),
    ("/foo/", "/foo", "", "/"),
    ("/foo", "/foo", "", "/"),
    ("/foo/", "/foo", "/", "/"),
    ("/foo", "/foo", "/", "/"),
]
"""The table of HTTPPathModifier.replacePrefixMatch."""


@pytest.mark.parametrize(("path", "prefix", "replacement", "becomes"), REPLACED)
def test_a_replaced_prefix(path, prefix, replacement, becomes):
    rewrite = UrlRewrite(path=PathModifier(replacement, full=False))
    assert filtered(asking(path), (rewrite,), HttpRouteMatch(prefix)).path == becomes


def test_a_rewrite_changes_host_and_path():
    rewrite = UrlRewrite("inner.example", PathModifier("/one", full=True))
    sent = filtered(asking("/a/b"), (rewrite,), HttpRouteMatch("/"))
    assert (sent.host, sent.path) == ("inner.example", "/one")


def test_a_header_modifier_sets_adds_and_removes():
    modifier = HeaderModifier(set=(("a", "new"),), add=(("b", "2"),), remove=("c",))
    sent = filtered(asking(headers=[("A", "old"), ("b", "1"), ("C", "3")]), (modifier,), HttpRouteMatch())
    assert sent.headers == (("b", "1"), ("a", "new"), ("b", "2"))


def test_a_response_header_modifier_leaves_the_request_alone():
    modifier = HeaderModifier(of_response=True, set=(("a", "1"),))
    assert filtered(asking(), (modifier,), HttpRouteMatch()).headers == ()
    assert response_headers((), (modifier,)) == (("a", "1"),)


REDIRECTS = {
    "host only": (RequestRedirect(hostname="new.example"), 80, "http://new.example/x?q=1"),
    "host only, from another listener port": (
        RequestRedirect(hostname="new.example"),
        8080,
        "http://new.example:8080/x?q=1",
    ),
    "scheme": (RequestRedirect(scheme="https"), 8080, "https://shop.example/x?q=1"),
    "port": (RequestRedirect(port=8443), 80, "http://shop.example:8443/x?q=1"),
    "path": (RequestRedirect(path=PathModifier("/y", full=True)), 80, "http://shop.example/y?q=1"),
}


@pytest.mark.parametrize(("each", "port", "location"), REDIRECTS.values(), ids=REDIRECTS.keys())
def test_a_redirect_names_where_to_go(each, port, location):
    answer = redirect(asking("/x", query="q=1"), (each,), HttpRouteMatch(), port)
    assert (answer.status, answer.headers) == (302, (("Location", location),))


def test_a_mirror_gets_a_copy_beside_the_backend():
    mirror = "filters: [{type: RequestMirror, requestMirror: {backendRef: {name: b, port: 80}}}]"
    decision = decide(route("one", f"{{{mirror}, {to('a')}}}"))
    assert [target.backend for target in decision.targets] == ["Service default/a:80"]
    assert [target.backend for target in decision.mirrors] == ["Service default/b:80"]
