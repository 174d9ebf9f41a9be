"""Conditions that controllers write: accepted or not, references resolved or not, and with what reason."""

from __future__ import annotations

import pytest

from netsim.l7.status import every_status
from tests.netsim.kubernetes.manifests import load, pod, service
from tests.netsim.l7.manifests import cluster, gateway, ingress, ingress_class, route, to

CLASS = (
    "{apiVersion: gateway.networking.k8s.io/v1, kind: GatewayClass, metadata: {name: edge}, "
    "spec: {controllerName: example.com/edge}}"
)
PROXY = pod(
    "proxy", labels="{gateway.networking.k8s.io/gateway-name: edge}", ports="[{containerPort: 80, hostPort: 80}]"
)
GRANT = (
    "{apiVersion: gateway.networking.k8s.io/v1beta1, kind: ReferenceGrant, metadata: {name: g, namespace: other}, "
    "spec: {from: [{group: gateway.networking.k8s.io, kind: Gateway, namespace: default}], "
    "to: [{group: '', kind: Secret, name: cert}]}}"
)
FOREIGN = "{name: a, port: 443, protocol: HTTPS, tls: {certificateRefs: [{name: cert, namespace: other}]}}"


def said(subject: str, condition: str, *texts: str) -> tuple[str, str]:
    """Status and reason of one condition."""
    found = next(each for each in every_status(cluster(*texts)) if each.subject.startswith(subject))
    return next((each.status, each.reason) for each in found.conditions if each.type == condition)


ROUTE, GATEWAY, LISTENER = "HTTPRoute default/one", "Gateway default/edge", "Gateway default/edge listener"
CASES = {
    "a route on its Gateway": (ROUTE, "Accepted", (gateway(), route("one", f"{{{to('a')}}}")), "True", "Accepted"),
    "a route on no Gateway": (ROUTE, "Accepted", (route("one", f"{{{to('a')}}}"),), "Unknown", "Pending"),
    "a route on no listener": (
        ROUTE, "Accepted", (gateway(), route("one", "{}", spec="parentRefs: [{name: edge, sectionName: x}]")),
        "False", "NoMatchingParent",
    ),
    "a route with a foreign hostname": (
        ROUTE, "Accepted",
        (
            gateway("{name: a, port: 80, protocol: HTTP, hostname: a.example}"),
            route("one", "{}", spec="hostnames: [b.example]"),
        ),
        "False", "NoMatchingListenerHostname",
    ),
    "a TCP listener for an HTTPRoute": (
        ROUTE, "Accepted", (gateway("{name: a, port: 80, protocol: TCP}"), route("one", "{}")),
        "False", "NotAllowedByListeners",
    ),
    "a good backend": (ROUTE, "ResolvedRefs", (gateway(), route("one", f"{{{to('a')}}}")), "True", "ResolvedRefs"),
    "a backend that is missing": (
        ROUTE, "ResolvedRefs", (gateway(), route("one", f"{{{to('gone')}}}")), "False", "BackendNotFound",
    ),
    "a backend that is no Service": (
        ROUTE, "ResolvedRefs", (gateway(), route("one", "{backendRefs: [{kind: Pod, name: a, port: 80}]}")),
        "False", "InvalidKind",
    ),
    "a backend elsewhere": (
        ROUTE, "ResolvedRefs", (gateway(), route("one", "{backendRefs: [{name: a, namespace: other, port: 80}]}")),
        "False", "RefNotPermitted",
    ),
    "a Gateway without its class": (GATEWAY, "Accepted", (gateway(),), "Unknown", "Pending"),
    "a Gateway without a proxy": (GATEWAY, "Programmed", (CLASS, gateway()), "False", "NoResources"),
    "a Gateway with a proxy": (GATEWAY, "Programmed", (CLASS, gateway(), PROXY), "True", "Programmed"),
    "a class that nobody runs": ("GatewayClass edge", "Accepted", (CLASS, gateway()), "Unknown", "Pending"),
    "a class that a Pod runs": ("GatewayClass edge", "Accepted", (CLASS, gateway(), PROXY), "True", "Accepted"),
    "a certificate elsewhere": (LISTENER, "ResolvedRefs", (gateway(FOREIGN),), "False", "RefNotPermitted"),
    "a certificate elsewhere, granted": (LISTENER, "ResolvedRefs", (gateway(FOREIGN), GRANT), "True", "ResolvedRefs"),
    "a kind that does not fit": (
        LISTENER, "ResolvedRefs",
        (gateway("{name: a, port: 80, protocol: HTTP, allowedRoutes: {kinds: [{kind: TCPRoute}]}}"),),
        "False", "InvalidRouteKinds",
    ),
    "an Ingress without a class": (
        "Ingress default/one", "Served", (ingress("one", "- Prefix / a", class_name=""),), "False", "NoClass",
    ),
    "an Ingress without a controller": (
        "Ingress default/one", "Served", (ingress_class("edge"), ingress("one", "- Prefix / a")),
        "False", "NoController",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("subject", "condition", "texts", "status", "reason"), CASES.values(), ids=CASES.keys())
def test_a_condition_has_its_reason(subject, condition, texts, status, reason):
    assert said(subject, condition, *texts) == (status, reason)


def test_an_ingress_has_the_address_of_its_controllers_load_balancer():
    found = load(
        ingress_class("edge"),
        ingress("one", "- Prefix / a"),
        pod("proxy", labels="{app: proxy}", metadata="annotations: {netsim.dev/ingress-controller: edge}"),
        service(
            "proxy", spec="type: LoadBalancer, selector: {app: proxy}",
            status="{loadBalancer: {ingress: [{ip: 198.51.100.20}]}}",
        ),
    )  # fmt: skip
    (status,) = every_status(found)
    assert [str(address) for address in status.addresses] == ["198.51.100.20"]
