"""What controllers write into the status of Ingresses, Gateways and routes: addresses and conditions.

Types and reasons: gateway_types.go, httproute_types.go and gatewayclass_types.go in Gateway API's apis/v1. Whether a
Secret exists is not judged, because dumps of clusters leave Secrets out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass

from netsim.kubernetes.cluster import Cluster
from netsim.kubernetes.gateway import (
    GATEWAY_GROUP,
    BackendReference,
    Gateway,
    GatewayClass,
    HttpRoute,
    Listener,
    ParentReference,
    RequestMirror,
    TcpRoute,
)
from netsim.kubernetes.ingress import Ingress
from netsim.l7.backends import backend_problem, grant_for
from netsim.l7.controllers import IMPLEMENTATIONS, address_outside, controllers
from netsim.l7.gateway import NO_MATCHING_PARENT, PROTOCOL_KINDS, ROUTE_KINDS, Attachment, Route, attach, attachments
from netsim.l7.ingress import class_of, unserved
from netsim.packet import IPAddress


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition; ``status`` is True, False or Unknown."""

    type: str
    status: str
    reason: str
    message: str = ""

    @property
    def text(self) -> str:
        return f"{self.type}={self.status} ({self.reason})" + (f": {self.message}" if self.message else "")


@dataclass(frozen=True, slots=True)
class Status:
    """The conditions of one object, or of a part of it such as a listener; ``addresses`` where it has some."""

    subject: str
    conditions: tuple[Condition, ...] = ()
    addresses: tuple[IPAddress, ...] = ()

    @property
    def text(self) -> str:
        lines = [f"{self.subject}  {', '.join(map(str, self.addresses))}".rstrip()]
        return "\n".join(lines + [f"  {each.text}" for each in self.conditions])


def status_document(status: Status) -> dict[str, object]:
    """The status as JSON values."""
    return {
        "subject": status.subject,
        "addresses": [str(address) for address in status.addresses],
        "conditions": [asdict(condition) for condition in status.conditions],
    }


def every_status(cluster: Cluster) -> tuple[Status, ...]:
    """The status of every Ingress, GatewayClass, Gateway, listener and route, in the order of the objects."""
    statuses = [ingress_status(cluster, each) for each in cluster.ingresses]
    statuses += [gateway_class_status(cluster, each) for each in cluster.gateway_classes]
    for gateway in cluster.gateways:
        statuses.append(gateway_status(cluster, gateway))
        statuses += [listener_status(cluster, gateway, listener) for listener in gateway.listeners]
    routes: tuple[Route, ...] = cluster.http_routes + cluster.tcp_routes
    for route in routes:
        statuses += route_status(cluster, route)
    return tuple(statuses)


def ingress_status(cluster: Cluster, ingress: Ingress) -> Status:
    """An Ingress has no conditions of its own; ``Served`` says whether a controller takes it, as its events would."""
    subject = f"Ingress {ingress.namespace}/{ingress.name}"
    why = unserved(cluster, ingress)
    if why:
        return Status(subject, (Condition("Served", "False", "NoClass", why),))
    name = class_of(cluster, ingress)
    serving = [pod for pod, part in controllers(cluster) if name in part.ingress_classes]
    if not serving:
        return Status(subject, (Condition("Served", "False", "NoController", f"no Pod serves the class {name}"),))
    found = [address for pod in serving if (address := address_outside(cluster, pod)) is not None]
    return Status(subject, (Condition("Served", "True", "Served"),), tuple(dict.fromkeys(found)))


def gateway_class_status(cluster: Cluster, gateway_class: GatewayClass) -> Status:
    subject = f"GatewayClass {gateway_class.name}"
    known = any(gateway_class.controller_name in each.gateway for each in IMPLEMENTATIONS.values())
    run = (gateway for _, part in controllers(cluster) for gateway in part.gateways)
    runs = any(gateway.class_name == gateway_class.name for gateway in run)
    if known or runs:
        return Status(subject, (Condition("Accepted", "True", "Accepted"),))
    message = f"no controller {gateway_class.controller_name} runs"
    return Status(subject, (Condition("Accepted", "Unknown", "Pending", message),))


def gateway_status(cluster: Cluster, gateway: Gateway) -> Status:
    subject = f"Gateway {gateway.namespace}/{gateway.name}"
    if gateway.class_name not in {each.name for each in cluster.gateway_classes}:
        message = f"its GatewayClass {gateway.class_name} does not exist"
        pending = (Condition("Accepted", "Unknown", "Pending", message), Condition("Programmed", "Unknown", "Pending"))
        return Status(subject, pending)
    accepted = Condition("Accepted", "True", "Accepted")
    proxies = [pod for pod, part in controllers(cluster) if gateway in part.gateways]
    if not proxies:
        message = "no Pod runs this Gateway's proxy"
        return Status(subject, (accepted, Condition("Programmed", "False", "NoResources", message)))
    found = [address for pod in proxies if (address := address_outside(cluster, pod)) is not None]
    addresses = gateway.addresses or tuple(dict.fromkeys(found))
    if not addresses:
        message = "its proxy has no address outside"
        return Status(subject, (accepted, Condition("Programmed", "False", "AddressNotAssigned", message)))
    return Status(subject, (accepted, Condition("Programmed", "True", "Programmed")), addresses)


def listener_status(cluster: Cluster, gateway: Gateway, listener: Listener) -> Status:
    """``ResolvedRefs`` of a listener is about its certificates and the kinds of route that it allows."""
    resolved = _listener_references(cluster, gateway, listener)
    good = resolved.status == "True"
    programmed = Condition("Programmed", "True", "Programmed") if good else Condition("Programmed", "False", "Invalid")
    attached = sum(
        len(attachments(cluster, gateway, listener, routes)[0]) for routes in (cluster.http_routes, cluster.tcp_routes)
    )
    subject = f"Gateway {gateway.namespace}/{gateway.name} listener {listener.name}, {attached} attached routes"
    return Status(subject, (Condition("Accepted", "True", "Accepted"), resolved, programmed))


def _listener_references(cluster: Cluster, gateway: Gateway, listener: Listener) -> Condition:
    wrong = [kind for kind in listener.kinds if kind not in PROTOCOL_KINDS[listener.protocol]]
    if wrong:
        message = f"a listener for {listener.protocol} takes no {', '.join(wrong)}"
        return Condition("ResolvedRefs", "False", "InvalidRouteKinds", message)
    for each in listener.certificates:
        named = BackendReference(each.namespace, each.name, kind=each.kind, group=each.group)
        referrer = (GATEWAY_GROUP, "Gateway", gateway.namespace)
        foreign = each.namespace != gateway.namespace
        if foreign and grant_for(cluster, referrer, (each.group, each.kind), named) is None:
            message = f"no ReferenceGrant in {each.namespace} lets Gateways of {gateway.namespace} use {named.text}"
            return Condition("ResolvedRefs", "False", "RefNotPermitted", message)
        if (each.group, each.kind) != ("", "Secret"):
            return Condition("ResolvedRefs", "False", "InvalidCertificateRef", f"{named.text} is no Secret")
    return Condition("ResolvedRefs", "True", "ResolvedRefs")


def route_status(cluster: Cluster, route: Route) -> Iterator[Status]:
    """One status for each parent that is a Gateway."""
    kind = ROUTE_KINDS[type(route)]
    resolved = _resolved(cluster, route, kind)
    for parent in route.parents:
        if parent.kind == "Gateway":
            subject = f"{kind} {route.namespace}/{route.name} on {parent.text}"
            yield Status(subject, (_accepted(cluster, route, parent), resolved))


def _accepted(cluster: Cluster, route: Route, parent: ParentReference) -> Condition:
    """A route is accepted where one listener takes it; else the reason of the listener that came nearest."""
    gateway = next((each for each in cluster.gateways if each.key == (parent.namespace, parent.name)), None)
    if gateway is None:
        return Condition("Accepted", "Unknown", "Pending", f"{parent.text} does not exist")
    results = [attach(cluster, gateway, listener, route, parent) for listener in gateway.listeners]
    if any(isinstance(each, Attachment) for each in results):
        return Condition("Accepted", "True", "Accepted")
    refusals = [each for each in results if not isinstance(each, Attachment)]
    refusals.sort(key=lambda refusal: refusal.reason == NO_MATCHING_PARENT)
    return Condition("Accepted", "False", refusals[0].reason, refusals[0].message)


def _resolved(cluster: Cluster, route: Route, kind: str) -> Condition:
    for backend in _backends(route):
        problem = backend_problem(cluster, backend, kind, route.namespace)
        if problem is not None:
            return Condition("ResolvedRefs", "False", problem.reason, problem.message)
    return Condition("ResolvedRefs", "True", "ResolvedRefs")


def _backends(route: Route) -> Iterator[BackendReference]:
    match route:
        case TcpRoute():
            yield from route.backends
        case HttpRoute():
            for rule in route.rules:
                yield from rule.backends
                yield from (each.backend for each in rule.filters if isinstance(each, RequestMirror))
