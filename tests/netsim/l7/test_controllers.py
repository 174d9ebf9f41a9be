"""Which Pods are proxies, for what, and which face of theirs a connection came for."""

from __future__ import annotations

import pytest

from netsim.l7.controllers import controller_in, listener_port
from tests.netsim.kubernetes.manifests import load, pod, service
from tests.netsim.l7.manifests import gateway, ingress_class

CLASS = (
    "{apiVersion: gateway.networking.k8s.io/v1, kind: GatewayClass, metadata: {name: edge}, "
    "spec: {controllerName: traefik.io/gateway-controller}}"
)
NGINX = (
    "{apiVersion: networking.k8s.io/v1, kind: IngressClass, metadata: {name: internal}, "
    "spec: {controller: k8s.io/ingress-nginx}}"
)
TRAEFIK = pod("proxy", labels="{app.kubernetes.io/name: traefik}")
OWN = pod("own", labels="{gateway.networking.k8s.io/gateway-name: edge}")


def part(*texts: str):
    """What the first Pod is a proxy for: (implementation, IngressClasses, Gateways); None for an ordinary Pod."""
    cluster = load(*texts)
    found = controller_in(cluster, cluster.pods[0])
    return found and (found.implementation.name, found.ingress_classes, [each.name for each in found.gateways])


PARTS = {
    "an ordinary Pod": ((pod("web"), CLASS, gateway()), None),
    "a known name serves its classes": ((TRAEFIK, CLASS, gateway()), ("traefik", (), ["edge"])),
    "a known name does not serve the classes of others": ((TRAEFIK, NGINX), ("traefik", (), [])),
    "a class by its controller, whatever it is called": (
        (pod("proxy", labels="{app.kubernetes.io/name: ingress-nginx}"), NGINX),
        ("ingress-nginx", ("internal",), []),
    ),
    "an annotation names a class": (
        (pod("proxy", metadata="annotations: {netsim.dev/ingress-controller: 'edge, other'}"), ingress_class("edge")),
        ("proxy", ("edge",), []),
    ),
    "the proxy of one Gateway": ((OWN, CLASS, gateway()), ("traefik", (), ["edge"])),
    "a Gateway with a proxy of its own is nobody else's": ((TRAEFIK, OWN, CLASS, gateway()), ("traefik", (), [])),
}


@pytest.mark.parametrize(("texts", "expected"), PARTS.values(), ids=PARTS.keys())
def test_a_pod_plays_its_part(texts, expected):
    assert part(*texts) == expected


FACES = [(80, 80), (8080, 8080), (30080, 80), (30088, 8080), (9999, 80)]


@pytest.mark.parametrize(("called", "face"), FACES)
def test_the_port_that_was_called_names_the_face(called, face):
    """Two ports of the Service lead to one port of the process."""
    cluster = load(
        pod("proxy", labels="{app: proxy}", ports="[{containerPort: 8000}]"),
        service(
            "proxy", spec="type: NodePort, selector: {app: proxy}",
            ports="[{name: b, port: 8080, targetPort: 8000, nodePort: 30088}, "
            "{name: a, port: 80, targetPort: 8000, nodePort: 30080}]",
        ),
    )  # fmt: skip
    assert listener_port(cluster, cluster.pods[0], called, 8000) == face


def test_a_listener_may_name_the_port_of_the_process():
    """Traefik's entry point 8000 behind port 80 of its Service."""
    cluster = load(
        TRAEFIK.replace("ports: []", "ports: [{name: web, containerPort: 8000}]"),
        service(
            "proxy", spec="selector: {app.kubernetes.io/name: traefik}", ports="[{port: 80, targetPort: web}]"
        ),
        gateway("{name: web, port: 8000, protocol: HTTP}"),
    )  # fmt: skip
    assert listener_port(cluster, cluster.pods[0], 80, 8000) == 80
    assert listener_port(cluster, cluster.pods[0], 80, 8000, cluster.gateways) == 8000


def test_a_host_port_is_a_face():
    cluster = load(pod("proxy", ports="[{containerPort: 80, hostPort: 80}]"))
    assert listener_port(cluster, cluster.pods[0], 80, 80) == 80
