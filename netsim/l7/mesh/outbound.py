"""Where a mesh proxy sends what its application, or another proxy, gave it.

A Service's endpoints are picked by the proxy itself, so kube-proxy is not asked; HTTPRoutes whose parent is the Service
apply (GAMMA, GEP-1294). What is no Service goes on to where it was addressed. Istio's sidecars choose by the Host
header of HTTP, the others by the address.
"""

from __future__ import annotations

from dataclasses import replace

from netsim.kubernetes.cluster import Cluster
from netsim.kubernetes.gateway import Listener, ListenerProtocol
from netsim.kubernetes.objects import Pod, Service, ServicePort
from netsim.l7.backends import ready_endpoints, service_port
from netsim.l7.controllers import GATEWAY_NAME_LABEL
from netsim.l7.decision import Decision, Destination, Target, Tried
from netsim.l7.gateway import Attachment
from netsim.l7.gateway_proxy import rule_targets
from netsim.l7.http import HttpRequest, HttpResponse
from netsim.l7.httproute import choose_rule
from netsim.l7.mesh.ambient import HBONE
from netsim.l7.mesh.membership import Mesh
from netsim.l7.mesh.proxies import MeshProxy, Side, security_between

USE_WAYPOINT = "istio.io/use-waypoint"


def outbound(cluster: Cluster, proxy: MeshProxy, request: HttpRequest, wanted: Destination) -> Decision:
    """What the proxy does with a connection that was meant for ``wanted``."""
    found = _service(cluster, proxy, request, wanted)
    if found is None:
        security = _to_other(cluster, proxy, wanted)
        target = Target(wanted.text, 1.0, request, (replace(wanted, security=security),))
        return Decision(proxy.text, f"{wanted.text} is no Service: it goes on to that address", targets=(target,))
    service, port = found
    name = f"Service {service.namespace}/{service.name}:{port.port}"
    waypoint = _waypoint(cluster, service) if proxy.side is Side.OUTBOUND and proxy.mesh is Mesh.AMBIENT else None
    if waypoint is not None:
        return _through_waypoint(cluster, proxy, request, waypoint, replace(wanted, name=name))
    routed = _routed(cluster, proxy, request, service, port)
    if routed is not None:
        return routed
    endpoints = _secured(cluster, proxy, ready_endpoints(cluster, service, port))
    missing = HttpResponse(503) if proxy.unreachable is not None and request.readable else None
    why = "" if endpoints else f"{name} has no ready endpoints"
    target = Target(name, 1.0, request, endpoints, None if endpoints else missing, why)
    return Decision(proxy.text, f"{name}: the proxy itself picks the endpoint", targets=(target,))


def _to_other(cluster: Cluster, proxy: MeshProxy, wanted: Destination) -> str:
    """Istio's sidecar passes what it does not know through as it is, all but endpoints of headless Services; the others
    know every Pod by its address."""
    if proxy.mesh is Mesh.ISTIO and not _is_headless_endpoint(cluster, wanted):
        return "none"
    return security_between(cluster, proxy.mesh, wanted.address)


def _is_headless_endpoint(cluster: Cluster, wanted: Destination) -> bool:
    return any(
        wanted.address in endpoint.addresses and service.headless
        for piece in cluster.endpoint_slices
        if wanted.port in (port.port for port in piece.ports)
        and (service := cluster.find_service(piece.namespace, piece.service_name)) is not None
        for endpoint in piece.endpoints
    )


def _secured(cluster: Cluster, proxy: MeshProxy, endpoints: tuple[Destination, ...]) -> tuple[Destination, ...]:
    return tuple(replace(e, security=security_between(cluster, proxy.mesh, e.address)) for e in endpoints)


def _service(
    cluster: Cluster, proxy: MeshProxy, request: HttpRequest, wanted: Destination
) -> tuple[Service, ServicePort] | None:
    """The Service and port that a connection is for; a headless one has no address, so its clients name an endpoint."""
    by_name = proxy.mesh is Mesh.ISTIO and request.readable
    for service in cluster.services:
        port = service_port(service, wanted.port)
        if port is None or service.headless:
            continue
        if by_name and request.host in _names(cluster, service, proxy.pod.namespace):
            return service, port
        if not by_name and wanted.address in service.cluster_ips:
            return service, port
    return None


def _names(cluster: Cluster, service: Service, client_namespace: str) -> set[str]:
    """The names under which Istio's sidecar in a namespace knows a Service, and its addresses."""
    name = f"{service.name}.{service.namespace}"
    names = {name, f"{name}.svc", f"{name}.svc.{cluster.settings.cluster_domain}", *map(str, service.cluster_ips)}
    return names | {service.name} if service.namespace == client_namespace else names


def _routed(
    cluster: Cluster, proxy: MeshProxy, request: HttpRequest, service: Service, port: ServicePort
) -> Decision | None:
    """What HTTPRoutes on the Service say; None without any, or where the proxy knows no HTTP."""
    if proxy.unreachable is None or not request.readable:
        return None
    listener = Listener(service.name, port.port, ListenerProtocol.HTTP)
    attached = [
        Attachment(route, listener, route.hostnames or ("",))
        for route in cluster.http_routes
        if route.namespace in (service.namespace, proxy.pod.namespace)
        for parent in route.parents
        if (parent.kind, parent.namespace, parent.name) == ("Service", *service.key)
        and parent.port in (None, port.port)
    ]
    if not attached:
        return None
    chosen, tried = choose_rule([replace(each, hostnames=("",)) for each in attached], request)
    if chosen is None:
        return Decision(proxy.text, "no route of the Service matches", tried, response=HttpResponse(404))
    targets = tuple(
        replace(target, destinations=_secured(cluster, proxy, target.destinations))
        for target in rule_targets(cluster, chosen, request)
    )
    reason = f"{chosen.text} takes the request"
    if not targets:
        return Decision(proxy.text, reason, tried, response=HttpResponse(500))
    return Decision(proxy.text, reason, tried, targets)


def _waypoint(cluster: Cluster, service: Service) -> str | None:
    """``NAMESPACE/NAME`` of the waypoint that a Service or its namespace names; ``none`` means none."""
    namespace = next((each for each in cluster.namespaces if each.name == service.namespace), None)
    inherited = namespace.meta.labels.get(USE_WAYPOINT, "") if namespace is not None else ""
    name = service.meta.labels.get(USE_WAYPOINT, inherited)
    where = service.meta.labels.get(f"{USE_WAYPOINT}-namespace", service.namespace)
    return f"{where}/{name}" if name not in ("", "none") else None


def _through_waypoint(
    cluster: Cluster, proxy: MeshProxy, request: HttpRequest, waypoint: str, wanted: Destination
) -> Decision:
    """HBONE to a Pod of the waypoint, which decides on the request; the tunnel names the Service."""
    pods = [pod for pod in cluster.pods if _runs(pod, waypoint)]
    destinations = tuple(
        Destination(pod.pod_ips[0], HBONE, f"{pod.namespace}/{pod.name}", "HBONE", wanted) for pod in pods
    )
    tried = (Tried(f"waypoint {waypoint}", bool(pods), f"{USE_WAYPOINT} of {wanted.name} names it"),)
    why = "" if pods else f"the waypoint {waypoint} has no ready Pod"
    target = Target(f"waypoint {waypoint}", 1.0, request, destinations, None, why)
    return Decision(proxy.text, f"{wanted.name} is behind the waypoint {waypoint}", tried, (target,))


def _runs(pod: Pod, waypoint: str) -> bool:
    name = pod.meta.labels.get(GATEWAY_NAME_LABEL)
    return f"{pod.namespace}/{name}" == waypoint and pod.ready and bool(pod.pod_ips) and not pod.finished
