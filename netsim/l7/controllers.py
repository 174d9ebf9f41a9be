"""Which Pods are proxies for which Ingress classes and Gateways, and in what the implementations differ.

No API object says which Pods a controller runs, so a Pod says it itself, by one of

- the label ``gateway.networking.k8s.io/gateway-name``, which controllers put on the proxies of one Gateway (GEP-1762),
- the label ``app.kubernetes.io/name``, as the charts of known controllers set it, or
- the annotation ``netsim.dev/ingress-controller: CLASS`` (several with commas): the IngressClasses or GatewayClasses
  that it serves, whatever it runs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from netsim.kubernetes.cluster import Cluster
from netsim.kubernetes.gateway import Gateway
from netsim.kubernetes.objects import Pod, Service, ServiceType
from netsim.kubernetes.selectors import service_selects
from netsim.packet import IPAddress

NAME_LABEL = "app.kubernetes.io/name"
GATEWAY_NAME_LABEL = "gateway.networking.k8s.io/gateway-name"
CLASSES_ANNOTATION = "netsim.dev/ingress-controller"


@dataclass(frozen=True, slots=True)
class Implementation:
    """One proxy product: the controller names that it answers to, and its own ways.

    ``keeps_forwarded_for``: it appends the client to an X-Forwarded-For that came in, else it replaces that header.
    ``unreachable`` and ``timed_out`` are its statuses for a backend that refuses or stays silent.
    ``redirects_to_https``: a host with TLS is answered with 308 on plain HTTP. ``tells_host``: it adds
    X-Forwarded-Host and X-Real-IP.
    """

    name: str
    ingress: tuple[str, ...] = ()
    gateway: tuple[str, ...] = ()
    keeps_forwarded_for: bool = False
    unreachable: int = 502
    timed_out: int = 504
    redirects_to_https: bool = False
    tells_host: bool = True


def _envoy(name: str, *, ingress: tuple[str, ...] = (), gateway: tuple[str, ...] = ()) -> Implementation:
    """A product that is built on Envoy, which appends to X-Forwarded-For and says 503 for both failures."""
    return Implementation(
        name, ingress, gateway, keeps_forwarded_for=True, unreachable=503, timed_out=503, tells_host=False
    )


IMPLEMENTATIONS: Mapping[str, Implementation] = {
    implementation.name: implementation
    for implementation in (
        Implementation("ingress-nginx", ("k8s.io/ingress-nginx",), redirects_to_https=True),
        Implementation("nginx-ingress", ("nginx.org/ingress-controller",), redirects_to_https=True),
        Implementation("nginx-gateway-fabric", gateway=("gateway.nginx.org/nginx-gateway-controller",)),
        Implementation("traefik", ("traefik.io/ingress-controller",), ("traefik.io/gateway-controller",)),
        Implementation("haproxy-ingress", ("haproxy-ingress.github.io/controller",)),
        Implementation("kong", ("ingress-controllers.konghq.com/kong",), ("konghq.com/kic-gateway-controller",)),
        _envoy("envoy", gateway=("gateway.envoyproxy.io/gatewayclass-controller",)),
        _envoy("contour", ingress=("projectcontour.io/contour",), gateway=("projectcontour.io/gateway-controller",)),
        _envoy("istio-ingressgateway", ingress=("istio.io/ingress-controller",)),
        _envoy("istio", gateway=("istio.io/gateway-controller",)),
        _envoy("cilium-envoy", ingress=("cilium.io/ingress-controller",), gateway=("io.cilium/gateway-controller",)),
    )
}
"""By the value of ``app.kubernetes.io/name``."""

UNKNOWN = Implementation("proxy")
"""A Pod that only its annotation makes a proxy."""


@dataclass(frozen=True, slots=True)
class Controller:
    """A Pod's part: the IngressClasses that it serves, by name, and the Gateways."""

    implementation: Implementation
    ingress_classes: tuple[str, ...]
    gateways: tuple[Gateway, ...]


def controller_in(cluster: Cluster, pod: Pod) -> Controller | None:
    """The part that a Pod plays; None for an ordinary one."""
    named_gateway = pod.meta.labels.get(GATEWAY_NAME_LABEL)
    annotated = tuple(name.strip() for name in pod.meta.annotations.get(CLASSES_ANNOTATION, "").split(","))
    implementation = IMPLEMENTATIONS.get(pod.meta.labels.get(NAME_LABEL, ""))
    if named_gateway is not None:
        gateways = tuple(each for each in cluster.gateways if each.key == (pod.namespace, named_gateway))
        return Controller(implementation or _of_gateways(cluster, gateways), (), gateways)
    if implementation is None and not any(annotated):
        return None
    implementation = implementation or UNKNOWN
    classes = {each.name for each in cluster.ingress_classes if each.controller in implementation.ingress}
    gateway_classes = {each.name for each in cluster.gateway_classes if each.controller_name in implementation.gateway}
    classes.update(each.name for each in cluster.ingress_classes if each.name in annotated)
    gateway_classes.update(annotated)
    own = _gateways_with_own_proxies(cluster)
    return Controller(
        implementation,
        tuple(sorted(classes)),
        tuple(each for each in cluster.gateways if each.class_name in gateway_classes and each.key not in own),
    )


def _of_gateways(cluster: Cluster, gateways: tuple[Gateway, ...]) -> Implementation:
    """The product that runs these Gateways, by the controller name of their class."""
    names = {each.class_name for each in gateways}
    controllers = {each.controller_name for each in cluster.gateway_classes if each.name in names}
    known = (each for each in IMPLEMENTATIONS.values() if controllers & set(each.gateway))
    return next(known, UNKNOWN)


def _gateways_with_own_proxies(cluster: Cluster) -> set[tuple[str, str]]:
    return {
        (pod.namespace, pod.meta.labels[GATEWAY_NAME_LABEL])
        for pod in cluster.pods
        if GATEWAY_NAME_LABEL in pod.meta.labels
    }


def controllers(cluster: Cluster) -> list[tuple[Pod, Controller]]:
    """All proxies that run, with their parts."""
    pods = [pod for pod in cluster.pods if pod.ready and not pod.finished and not pod.terminating]
    return [(pod, found) for pod in pods if (found := controller_in(cluster, pod)) is not None]


def services_of(cluster: Cluster, pod: Pod) -> list[Service]:
    """The Services that select a Pod."""
    return [
        service
        for service in cluster.services
        if service.namespace == pod.namespace and service_selects(service.selector, pod.meta.labels)
    ]


def address_outside(cluster: Cluster, pod: Pod) -> IPAddress | None:
    """Where a proxy is reached from outside: its load balancer, an external IP, a node with its node or host port."""
    services = services_of(cluster, pod)
    for service in services:
        if service.load_balancer_ingress:
            return service.load_balancer_ingress[0].ip
        if service.external_ips:
            return service.external_ips[0]
    on_nodes = any(service.type in (ServiceType.NODE_PORT, ServiceType.LOAD_BALANCER) for service in services)
    if on_nodes or pod.host_network or any(port.host_port for port in pod.spec.ports):
        return cluster.node(pod.node_name).addresses[0]
    return None


def listener_port(cluster: Cluster, pod: Pod, called: int, received: int, gateways: tuple[Gateway, ...] = ()) -> int:
    """The port of the proxy's face that a connection came for.

    Clients call a Service port or node port and the proxy's process receives on its container port; listeners are
    named by the Service's port, or, as Traefik wants it of ``gateways``, by that of the process. ``called`` is the port
    that the client dialled, ``received`` that of the process.
    """
    candidates = [
        (called not in (port.port, port.node_port), port.port)
        for service in services_of(cluster, pod)
        for port in service.ports
        if _receives(pod, port.target_port, received)
    ]
    host_ports = [(False, p.host_port) for p in pod.spec.ports if p.host_port and p.port == received == called]
    face = min(candidates + host_ports, default=(False, received))[1]
    listeners = {listener.port for gateway in gateways for listener in gateway.listeners}
    return received if face not in listeners and received in listeners else face


def _receives(pod: Pod, target: int | str, received: int) -> bool:
    if isinstance(target, int):
        return target == received
    return any(port.name == target and port.port == received for port in pod.spec.ports)
