"""Ingress and IngressClass as they are written, and what the API server would refuse."""

from __future__ import annotations

import pytest

from netsim.errors import InputError
from netsim.kubernetes.ingress import IngressBackend, PathType
from tests.netsim.kubernetes.manifests import load

BACKEND = "backend: {service: {name: web, port: {number: 80}}}"


def ingress(spec: str, metadata: str = "") -> str:
    """An Ingress; the arguments are YAML flow text."""
    metadata = f"{{name: shop, {metadata}}}" if metadata else "{name: shop}"
    return f"{{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {metadata},\nspec: {{\n{spec}\n}}}}"


def rule(path: str, host: str = "") -> str:
    host = f"host: '{host}', " if host else ""
    return f"rules: [{{{host}http: {{paths: [{{{path}}}]}}}}]"


def test_a_rule_holds_host_path_type_and_backend():
    spec = rule(f"path: /api, pathType: Prefix, {BACKEND}", "shop.example.com")
    (shop,) = load(ingress(spec)).ingresses
    (path,) = shop.rules[0].paths
    assert (shop.rules[0].host, path.path, path.path_type) == ("shop.example.com", "/api", PathType.PREFIX)
    assert path.backend == IngressBackend("web", 80)


def test_the_old_annotation_names_the_class():
    spec = rule(f"path: /, pathType: Prefix, {BACKEND}")
    (shop,) = load(ingress(spec, "annotations: {kubernetes.io/ingress.class: nginx}")).ingresses
    assert shop.class_name == "nginx"


@pytest.mark.parametrize(("value", "is_default"), [("'true'", True), ("'false'", False)])
def test_an_annotation_makes_a_class_the_default_one(value, is_default):
    (edge,) = load(
        "{apiVersion: networking.k8s.io/v1, kind: IngressClass, metadata: {name: edge, annotations: "
        f"{{ingressclass.kubernetes.io/is-default-class: {value}}}}}, spec: {{controller: example.com/edge}}}}"
    ).ingress_classes
    assert (edge.namespace, edge.is_default) == ("", is_default)


REFUSED = {
    "no rules and no default backend": ("", "spec.rules: missing; either defaultBackend or rules must be given"),
    "path without a slash": (
        rule(f"path: api, pathType: Prefix, {BACKEND}"),
        "spec.rules[0].http.paths[0].path: 'api' must begin with '/'",
    ),
    "path with an empty element": (
        rule(f"path: /a//b, pathType: Exact, {BACKEND}"),
        "spec.rules[0].http.paths[0].path: '/a//b' must not contain '//'",
    ),
    "path that ends in a dot": (
        rule(f"path: /a/., pathType: Exact, {BACKEND}"),
        "spec.rules[0].http.paths[0].path: '/a/.' must not end in '/.'",
    ),
    "path type missing": (
        rule(f"path: /a, {BACKEND}"),
        "spec.rules[0].http.paths[0].pathType: missing; it must be a string",
    ),
    "path type misspelt": (
        rule(f"path: /a, pathType: prefix, {BACKEND}"),
        (
            "spec.rules[0].http.paths[0].pathType: must be one of Exact, Prefix, ImplementationSpecific, "
            "not 'prefix' (did you mean Prefix?)"
        ),
    ),
    "host is an address": (
        rule(f"path: /, pathType: Prefix, {BACKEND}", "10.0.0.1"),
        "spec.rules[0].host: '10.0.0.1' is an IP address; it must be a DNS name",
    ),
    "wildcard in the middle": (
        rule(f"path: /, pathType: Prefix, {BACKEND}", "a.*.example.com"),
        "spec.rules[0].host: 'a.*.example.com' is not a host name: '*' may only stand for the whole first label",
    ),
    "port by number and by name": (
        rule("path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80, name: http}}}"),
        "spec.rules[0].http.paths[0].backend.service.port.name: must be left out where the port has a number",
    ),
    "backend without a service": (
        "defaultBackend: {}",
        "spec.defaultBackend.service: missing; a backend is a Service with its port, or a resource",
    ),
    "rule without paths": (
        "rules: [{http: {paths: []}}]",
        "spec.rules[0].http.paths: missing; it must list at least one path",
    ),
}


@pytest.mark.parametrize(("spec", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_what_the_api_server_refuses_is_an_error_with_its_place(spec, message):
    with pytest.raises(InputError) as error:
        load(ingress(spec))
    place, _, said = str(error.value).partition(": ")
    assert place.startswith("test.yaml:")
    assert said == message


def test_class_and_annotation_must_not_disagree():
    spec = "ingressClassName: nginx, " + rule(f"path: /, pathType: Prefix, {BACKEND}")
    with pytest.raises(InputError, match=r"spec\.ingressClassName: must equal the annotation .* 'traefik'"):
        load(ingress(spec, "annotations: {kubernetes.io/ingress.class: traefik}"))


def test_a_controller_is_named_by_domain_and_path():
    with pytest.raises(InputError, match=r"spec\.controller: 'nginx' is not the name of a controller"):
        load(
            "{apiVersion: networking.k8s.io/v1, kind: IngressClass, metadata: {name: edge}, spec: {controller: nginx}}"
        )
