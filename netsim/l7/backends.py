"""From a reference to a Service to the endpoints that a proxy dials, and who may refer across namespaces."""

from __future__ import annotations

from dataclasses import dataclass

from netsim.kubernetes.cluster import Cluster
from netsim.kubernetes.gateway import GATEWAY_GROUP, BackendReference, ReferenceGrant
from netsim.kubernetes.objects import EndpointSlice, Service, ServicePort, ServiceType
from netsim.l7.decision import Destination


def service_port(service: Service, port: int | str) -> ServicePort | None:
    """The port of a Service with that number or name."""
    return next((each for each in service.ports if port in (each.port, each.name)), None)


def ready_endpoints(cluster: Cluster, service: Service, port: ServicePort) -> tuple[Destination, ...]:
    """The ready endpoints of a Service port, in the order of the slices; of its primary address family."""
    family = service.ip_families[0] if service.ip_families else 4
    return tuple(
        Destination(endpoint.addresses[0], number, _target_name(piece, index))
        for piece in cluster.slices_of(service)
        if piece.ip_family == family
        for number in _numbers(piece, port)
        for index, endpoint in enumerate(piece.endpoints)
        if endpoint.ready
    )


def _numbers(piece: EndpointSlice, port: ServicePort) -> list[int]:
    return [each.port for each in piece.ports if (each.name, each.protocol) == (port.name, port.protocol) and each.port]


def _target_name(piece: EndpointSlice, index: int) -> str:
    target = piece.endpoints[index].target
    return f"{target.namespace}/{target.name}" if target is not None else str(piece.endpoints[index].addresses[0])


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a backend cannot be used: the reason of a ``ResolvedRefs`` condition, the status for its share, and words."""

    reason: str
    status: int
    message: str


def backend_problem(cluster: Cluster, backend: BackendReference, route_kind: str, namespace: str) -> Problem | None:
    """What is wrong with a reference of a route in ``namespace``; None if it can be used.

    Statuses and reasons: HTTPRouteRule.backendRefs and RouteConditionReason in Gateway API's apis/v1.
    """
    if (backend.group, backend.kind) != ("", "Service"):
        return Problem("InvalidKind", 500, f"{backend.text} is no Service")
    if backend.namespace != namespace:
        grant = granting(cluster, route_kind, namespace, backend)
        if grant is None:
            message = (
                f"no ReferenceGrant in {backend.namespace} lets {route_kind} of {namespace} refer to {backend.text}"
            )
            return Problem("RefNotPermitted", 500, message)
    service = cluster.find_service(backend.namespace, backend.name)
    if service is None:
        return Problem("BackendNotFound", 500, f"{backend.text} does not exist")
    if service.type is ServiceType.EXTERNAL_NAME:
        return Problem("UnsupportedProtocol", 500, f"{backend.text} is an ExternalName Service")
    if backend.port is None or service_port(service, backend.port) is None:
        return Problem("BackendNotFound", 500, f"{backend.text}: the Service has no such port")
    return None


def granting(cluster: Cluster, kind: str, namespace: str, backend: BackendReference) -> ReferenceGrant | None:
    """The ReferenceGrant that lets a route of ``kind`` in ``namespace`` refer to a backend elsewhere."""
    return grant_for(cluster, (GATEWAY_GROUP, kind, namespace), (backend.group, backend.kind), backend)


def grant_for(
    cluster: Cluster, referrer: tuple[str, str, str], target: tuple[str, str], named: BackendReference
) -> ReferenceGrant | None:
    """The grant in the target's namespace that names both the referrer's group, kind and namespace and the target."""
    return next(
        (
            grant
            for grant in cluster.reference_grants
            if grant.namespace == named.namespace
            and any((each.group, each.kind, each.namespace) == referrer for each in grant.sources)
            and any((to.group, to.kind) == target and to.name in ("", named.name) for to in grant.targets)
        ),
        None,
    )
