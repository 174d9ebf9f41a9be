"""Which routes attach to which listeners of a Gateway, and which listener takes a connection.

Sources: apis/v1/gateway_types.go, httproute_types.go and shared_types.go of Gateway API; conformance/tests there.
"""

from __future__ import annotations

from dataclasses import dataclass

from netsim.kubernetes.cluster import Cluster
from netsim.kubernetes.gateway import (
    FromNamespaces,
    Gateway,
    HttpRoute,
    Listener,
    ListenerProtocol,
    ParentReference,
    TcpRoute,
)
from netsim.l7.decision import Tried
from netsim.l7.hostnames import gateway_host_matches, intersection, specificity

Route = HttpRoute | TcpRoute

ROUTE_KINDS = {HttpRoute: "HTTPRoute", TcpRoute: "TCPRoute"}
PROTOCOL_KINDS = {
    ListenerProtocol.HTTP: ("HTTPRoute", "GRPCRoute"),
    ListenerProtocol.HTTPS: ("HTTPRoute", "GRPCRoute"),
    ListenerProtocol.TLS: ("TLSRoute", "TCPRoute"),
    ListenerProtocol.TCP: ("TCPRoute",),
    ListenerProtocol.UDP: ("UDPRoute",),
    ListenerProtocol.HBONE: (),
}


@dataclass(frozen=True, slots=True)
class Attachment:
    """A route on a listener, with the hostnames that both take; "" is every name."""

    route: Route
    listener: Listener
    hostnames: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a route is not on a listener; ``reason`` is that of its ``Accepted`` condition."""

    reason: str
    message: str


NO_MATCHING_PARENT = "NoMatchingParent"
NOT_ALLOWED = "NotAllowedByListeners"
NO_MATCHING_HOSTNAME = "NoMatchingListenerHostname"


def attach(
    cluster: Cluster, gateway: Gateway, listener: Listener, route: Route, parent: ParentReference
) -> Attachment | Refusal:  # fmt: skip
    """Attach a route to a listener that its parent reference may mean."""
    if parent.section not in ("", listener.name) or parent.port not in (None, listener.port):
        return Refusal(NO_MATCHING_PARENT, f"the parentRef names another listener than {listener.name}")
    kind = ROUTE_KINDS[type(route)]
    if kind not in (listener.kinds or PROTOCOL_KINDS[listener.protocol]):
        return Refusal(NOT_ALLOWED, f"listener {listener.name} ({listener.protocol}) takes no {kind}")
    if not _namespace_allowed(cluster, gateway, listener, route.namespace):
        allowed = listener.from_namespaces
        return Refusal(
            NOT_ALLOWED,
            f"listener {listener.name} allows routes from {allowed} namespaces, and this one is in {route.namespace}",
        )
    wanted = route.hostnames if isinstance(route, HttpRoute) and route.hostnames else ("",)
    common = tuple(found for each in wanted if (found := intersection(listener.hostname, each)) is not None)
    if not common:
        return Refusal(NO_MATCHING_HOSTNAME, f"no hostname of the route fits {listener.hostname} of {listener.name}")
    return Attachment(route, listener, common)


def _namespace_allowed(cluster: Cluster, gateway: Gateway, listener: Listener, namespace: str) -> bool:
    match listener.from_namespaces:
        case FromNamespaces.ALL:
            return True
        case FromNamespaces.SAME:
            return namespace == gateway.namespace
        case FromNamespaces.SELECTOR:
            labels = next((each.meta.labels for each in cluster.namespaces if each.name == namespace), {})
            return listener.namespace_selector.matches(labels)
        case FromNamespaces.NONE:
            return False


def parents_of(route: Route, gateway: Gateway) -> tuple[ParentReference, ...]:
    """The references of a route that mean this Gateway."""
    return tuple(p for p in route.parents if p.kind == "Gateway" and (p.namespace, p.name) == gateway.key)


def attachments(
    cluster: Cluster, gateway: Gateway, listener: Listener, routes: tuple[HttpRoute, ...] | tuple[TcpRoute, ...]
) -> tuple[list[Attachment], tuple[Tried, ...]]:
    """The routes on one listener, and why others that name its Gateway are not."""
    found: list[Attachment] = []
    tried: list[Tried] = []
    for route in routes:
        for parent in parents_of(route, gateway):
            result = attach(cluster, gateway, listener, route, parent)
            if isinstance(result, Attachment):
                found.append(result)
                break
            kind = ROUTE_KINDS[type(route)]
            tried.append(Tried(f"{kind} {route.namespace}/{route.name}", False, f"{result.reason}: {result.message}"))
    return found, tuple(tried)


def select_listener(
    gateways: tuple[Gateway, ...], port: int, host: str, protocols: tuple[ListenerProtocol, ...]
) -> tuple[tuple[Gateway, Listener] | None, tuple[Tried, ...]]:  # fmt: skip
    """The listener that takes a connection on a port: of those whose hostname fits, the most specific one.

    ``host`` is the server name of TLS, or the Host header. Requests stay with that listener (listener isolation).
    """
    fitting: list[tuple[Gateway, Listener]] = []
    tried: list[Tried] = []
    for gateway in gateways:
        for listener in gateway.listeners:
            why = _unfit(listener, port, host, protocols)
            if why:
                tried.append(Tried(listener_text(gateway, listener), False, why))
            else:
                fitting.append((gateway, listener))
    chosen = max(fitting, key=lambda pair: specificity(pair[1].hostname), default=None)
    for gateway, listener in fitting:
        is_chosen = chosen is not None and listener is chosen[1]
        why = "takes the connection" if is_chosen else "another listener has a more specific hostname"
        tried.append(Tried(listener_text(gateway, listener), is_chosen, why))
    return chosen, tuple(tried)


def listener_text(gateway: Gateway, listener: Listener) -> str:
    """What a decision calls a listener."""
    place = f"{listener.protocol} {listener.port} {listener.hostname}".rstrip()
    return f"Gateway {gateway.namespace}/{gateway.name}, listener {listener.name} ({place})"


def _unfit(listener: Listener, port: int, host: str, protocols: tuple[ListenerProtocol, ...]) -> str:
    if listener.port != port:
        return f"the connection came for port {port}"
    if listener.protocol not in protocols:
        return f"it does not speak {' or '.join(protocols)}"
    if not gateway_host_matches(listener.hostname, host):
        return f"the host {host or '(none)'} does not match"
    return ""
