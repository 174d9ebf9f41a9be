"""Which Ingress rule takes a request: the table of the API's documentation, and precedence between rules.

class edge: the controller's own; class other: somebody else's
"""

from __future__ import annotations

import pytest

from netsim.l7.controllers import IMPLEMENTATIONS, Controller, Implementation
from netsim.l7.decision import Decision
from netsim.l7.http import HttpRequest
from netsim.l7.ingress import route_ingress
from tests.netsim.l7.manifests import backend, cluster, ingress, ingress_class

CLASSES = (ingress_class("edge"), ingress_class("other"))


def decide(*texts: str, host: str = "shop.example", path: str = "/", secure: bool = False, made=None) -> Decision:
    controller = Controller(made or Implementation("proxy"), ("edge",), ())
    request = HttpRequest(scheme="https" if secure else "http", host=host, path=path)
    return route_ingress(
        cluster(*(texts if any("IngressClass" in t for t in texts) else (*CLASSES, *texts))),
        controller,
        request,
        secure,
    )


def backend_of(decision: Decision) -> str | None:
    return decision.targets[0].backend if decision.targets else None


PATHS = [
    ("Prefix", "/", "/anything/at/all", True),
    ("Exact", "/foo", "/foo", True),
    ("Exact", "/foo", "/bar", False),
    ("Exact", "/foo", "/foo/", False),
    ("Exact", "/foo/", "/foo", False),
    ("Prefix", "/foo", "/foo", True),
    ("Prefix", "/foo", "/foo/", True),
    ("Prefix", "/foo/", "/foo", True),
    ("Prefix", "/foo/", "/foo/", True),
    ("Prefix", "/aaa/bb", "/aaa/bbb", False),
    ("Prefix", "/aaa/bbb", "/aaa/bbb", True),
    ("Prefix", "/aaa/bbb/", "/aaa/bbb", True),
    ("Prefix", "/aaa/bbb", "/aaa/bbb/", True),
    ("Prefix", "/aaa/bbb", "/aaa/bbb/ccc", True),
    ("Prefix", "/aaa/bbb", "/aaa/bbbxyz", False),
    ("Prefix", "/foo", "/FOO", False),
]


@pytest.mark.parametrize(("kind", "pattern", "path", "taken"), PATHS)
def test_a_path_type_compares_as_documented(kind, pattern, path, taken):
    decision = decide(ingress("one", f"- {kind} {pattern} a"), path=path)
    assert (backend_of(decision) is not None) is taken


PREFERENCES = {
    "the longer prefix": (("- Prefix / a", "- Prefix /foo b"), "/foo/bar", "b"),
    "the exact path over an equal prefix": (("- Prefix /foo a", "- Exact /foo b"), "/foo", "b"),
    "the exact path over a prefix with a slash": (("- Prefix /foo/ a", "- Exact /foo b"), "/foo", "b"),
    "the prefix where the exact path does not match": (("- Prefix /foo a", "- Exact /foo b"), "/foo/bar", "a"),
    "elements count, not letters": (("- Prefix /verylongname a", "- Prefix /verylongname/x b"), "/verylongname/x", "b"),
    "the exact host over a wildcard": (("*.example Prefix /x a", "shop.example Prefix / b"), "/x", "b"),
    "a host over every host": (("- Prefix /x a", "*.example Prefix / b"), "/x", "b"),
}


@pytest.mark.parametrize(("rules", "path", "wins"), PREFERENCES.values(), ids=PREFERENCES.keys())
def test_precedence_prefers(rules, path, wins):
    assert backend_of(decide(ingress("one", *rules), path=path)) == f"Service default/{wins}:80"


def test_of_equal_paths_the_older_ingress_wins():
    young = ingress("aaa", "- Prefix / a", metadata="creationTimestamp: '2026-02-01T00:00:00Z'")
    old = ingress("zzz", "- Prefix / b", metadata="creationTimestamp: '2026-01-01T00:00:00Z'")
    assert backend_of(decide(young, old)) == "Service default/b:80"


def test_a_more_specific_host_hides_the_paths_of_a_wildcard():
    """As nginx does: the server block of the exact name has no such location."""
    decision = decide(ingress("one", "*.example Prefix /x a", "shop.example Prefix /y b"), path="/x")
    assert decision.response is not None
    assert decision.response.status == 404


DEFAULTS = {
    "an Ingress of nothing but a default": (("- Prefix /x a",), True, "b"),
    "that of the matching host": (("shop.example Prefix /x a",), False, "b"),
    "not that of another host": (("other.example Prefix /x a",), False, None),
}


@pytest.mark.parametrize(("rules", "alone", "taken"), DEFAULTS.values(), ids=DEFAULTS.keys())
def test_a_default_backend_takes_what_no_path_does(rules, alone, taken):
    default = f"defaultBackend: {backend('b')}"
    texts = (ingress("one", *rules), ingress("two", spec=default)) if alone else (ingress("one", *rules, spec=default),)
    decision = decide(*texts, path="/elsewhere")
    assert backend_of(decision) == (f"Service default/{taken}:80" if taken else None)


NEW = "2026-06-01T00:00:00Z"
OLD_DEFAULTS = (ingress_class("edge", default=True), ingress_class("other", default=True))
CLASSED = {
    "its own class": ("edge", CLASSES, True),
    "another class": ("other", CLASSES, False),
    "a class that does not exist": ("nginx", CLASSES, False),
    "no class and no default": ("", CLASSES, False),
    "no class and this default": ("", (ingress_class("edge", default=True),), True),
    "no class and another default": ("", (ingress_class("edge"), ingress_class("other", default=True)), False),
    "no class and a newer default": ("", (OLD_DEFAULTS[1], ingress_class("edge", default=True, created=NEW)), True),
    "no class and an older default": ("", (OLD_DEFAULTS[0], ingress_class("other", default=True, created=NEW)), False),
    "no class and the first by name of two defaults": ("", OLD_DEFAULTS[::-1], True),
}


@pytest.mark.parametrize(("name", "classes", "served"), CLASSED.values(), ids=CLASSED.keys())
def test_a_controller_serves_the_ingresses_of_its_class(name, classes, served):
    decision = decide(*classes, ingress("one", "- Prefix / a", class_name=name))
    assert (backend_of(decision) is not None) is served
    if not served:
        assert decision.response.status == 404
        assert "class" in decision.tried[0].why


UNUSABLE = {
    "a port that the Service does not have": ("a:8080", "Service default/a has no port 8080; it has 80 (http)"),
    "a port name that the Service does not have": ("a:web", "Service default/a has no port web; it has 80 (http)"),
    "a Service that does not exist": ("c", "Service default/c does not exist"),
    "a Service without endpoints": ("empty", "Service default/empty has no ready endpoints"),
}


@pytest.mark.parametrize(("name", "reason"), UNUSABLE.values(), ids=UNUSABLE.keys())
def test_a_backend_that_cannot_be_dialled_gives_503(name, reason):
    target = decide(ingress("one", f"- Prefix / {name}")).targets[0]
    assert (target.response.status, target.reason, target.destinations) == (503, reason, ())


@pytest.mark.parametrize("port", ["80", "http"])
def test_the_proxy_dials_the_endpoints_themselves(port):
    target = decide(ingress("one", f"- Prefix / a:{port}")).targets[0]
    assert [(each.name, each.port) for each in target.destinations] == [("default/a-0", 8080)]


def test_an_annotation_makes_nginx_dial_the_service():
    metadata = "annotations: {nginx.ingress.kubernetes.io/service-upstream: 'true'}"
    target = decide(ingress("one", "- Prefix / a", metadata=metadata)).targets[0]
    assert [(each.name, each.port) for each in target.destinations] == [("Service default/a", 80)]


TLS = "tls: [{hosts: [shop.example], secretName: cert}]"


@pytest.mark.parametrize(
    ("made", "metadata", "status"),
    [
        pytest.param("ingress-nginx", "", 308, id="nginx redirects"),
        pytest.param(
            "ingress-nginx", "annotations: {nginx.ingress.kubernetes.io/ssl-redirect: 'false'}", None, id="told not to"
        ),
        pytest.param("traefik", "", None, id="traefik does not"),
    ],
)
def test_plain_http_of_a_host_with_tls(made, metadata, status):
    decision = decide(ingress("one", "- Prefix / a", spec=TLS, metadata=metadata), made=IMPLEMENTATIONS[made])
    assert (decision.response.status if decision.response else None) == status


@pytest.mark.parametrize(
    ("host", "certificate"), [("shop.example", "Secret default/cert"), ("a.shop.example", "self-signed certificate")]
)
def test_the_certificate_is_that_of_the_host(host, certificate):
    decision = decide(ingress("one", "- Prefix / a", spec=TLS), host=host, secure=True)
    assert certificate in decision.notes[0]


def test_every_path_says_why_it_lost():
    decision = decide(ingress("one", "a.example Prefix / a", "- Prefix /x a", "- Prefix / b", "- Exact / a"))
    assert [each.why for each in decision.tried] == [
        "the host shop.example does not match",
        "the path / does not match",
        "matches, but Exact / is preferred",
        "matches; no other path is preferred",
    ]
