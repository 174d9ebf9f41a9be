"""What the proxy of a Gateway does with a connection: listener, route, rule, backends with their shares."""

from __future__ import annotations

from netsim.kubernetes.cluster import Cluster
from netsim.kubernetes.gateway import BackendReference, Gateway, HttpRoute, Listener, ListenerProtocol, TcpRoute
from netsim.l7.backends import backend_problem, ready_endpoints, service_port
from netsim.l7.controllers import Controller
from netsim.l7.decision import Decision, Target, Tried
from netsim.l7.filters import filtered, mirrors, redirect, response_headers
from netsim.l7.forwarded import forwarded
from netsim.l7.gateway import attachments, select_listener
from netsim.l7.http import HttpRequest, HttpResponse
from netsim.l7.httproute import Candidate, choose_rule


def route_gateway(
    cluster: Cluster, controller: Controller, request: HttpRequest, client: str, port: int, server_name: str
) -> Decision:
    """What the proxy does with a request from the address ``client`` on one of its ports.

    ``server_name`` is TLS's, "" on plain connections.
    """
    by = f"the Gateway proxy ({controller.implementation.name})"
    host = server_name or request.host
    chosen, tried = select_listener(controller.gateways, port, host, _protocols(request.scheme))
    if chosen is None:
        reason = f"no listener of its Gateways takes {request.scheme} for {host or 'no host'} on port {port}"
        return Decision(by, reason, tried, response=_nobody(controller, request, port))
    gateway, listener = chosen
    if listener.protocol is ListenerProtocol.TCP:
        return _tcp(cluster, by, gateway, listener, request, tried)
    return _http(cluster, by, gateway, listener, forwarded(request, client, controller.implementation), tried)


def _nobody(controller: Controller, request: HttpRequest, port: int) -> HttpResponse | None:
    """The answer where no listener fits: 404 on a port for plain HTTP; other connections are closed."""
    listeners = [listener for gateway in controller.gateways for listener in gateway.listeners]
    plain = any((each.port, each.protocol) == (port, ListenerProtocol.HTTP) for each in listeners)
    return HttpResponse(404) if plain and request.scheme == "http" else None


def _protocols(scheme: str) -> tuple[ListenerProtocol, ...]:
    match scheme:
        case "https":
            return ListenerProtocol.HTTPS, ListenerProtocol.TCP
        case "http":
            return ListenerProtocol.HTTP, ListenerProtocol.TCP
        case _:
            return (ListenerProtocol.TCP,)


def _http(
    cluster: Cluster, by: str, gateway: Gateway, listener: Listener, request: HttpRequest, tried: tuple[Tried, ...]
) -> Decision:
    attached, not_attached = attachments(cluster, gateway, listener, cluster.http_routes)
    chosen, looked_at = choose_rule(attached, request)
    tried += not_attached + looked_at
    notes = _tls_notes(listener)
    if chosen is None:
        return Decision(by, "no route matches the request", tried, response=HttpResponse(404), notes=notes)
    answer = redirect(request, chosen.rule.filters, chosen.match, listener.port)
    reason = f"{chosen.text} takes the request"
    if answer is not None:
        return Decision(by, f"{reason}; its RequestRedirect filter answers", tried, response=answer, notes=notes)
    targets = rule_targets(cluster, chosen, request)
    if not targets:
        reason += ", and it has no backend with a weight"
        return Decision(by, reason, tried, response=HttpResponse(500), notes=notes)
    copies = _mirrors(cluster, chosen, request)
    return Decision(by, reason, tried, targets, mirrors=copies, notes=notes)


def _tls_notes(listener: Listener) -> tuple[str, ...]:
    return tuple(
        f"TLS ends here, with the certificate in {each.kind} {each.namespace}/{each.name}"
        for each in listener.certificates[:1]
    )


def rule_targets(cluster: Cluster, chosen: Candidate, request: HttpRequest) -> tuple[Target, ...]:
    """The backends of the rule by their weights; those without weight get nothing."""
    backends = [backend for backend in chosen.rule.backends if backend.weight]
    total = sum(backend.weight for backend in backends)
    return tuple(_target(cluster, chosen, each, request, each.weight / total) for each in backends)


def _target(
    cluster: Cluster, chosen: Candidate, backend: BackendReference, request: HttpRequest, share: float
) -> Target:
    filters = chosen.rule.filters + backend.filters
    sent = filtered(request, filters, chosen.match)
    back = response_headers((), filters)
    target = _resolved(cluster, backend, "HTTPRoute", chosen.route, sent, share)
    return Target(
        target.backend, share, sent, target.destinations, target.response, target.reason, back
    )  # fmt: skip


def _mirrors(cluster: Cluster, chosen: Candidate, request: HttpRequest) -> tuple[Target, ...]:
    sent = filtered(request, chosen.rule.filters, chosen.match)
    return tuple(
        _resolved(cluster, each.backend, "HTTPRoute", chosen.route, sent, 1.0) for each in mirrors(chosen.rule.filters)
    )


def _resolved(
    cluster: Cluster,
    backend: BackendReference,
    kind: str,
    route: HttpRoute | TcpRoute,
    request: HttpRequest,
    share: float,
) -> Target:
    """A backend's endpoints, or the status for its share: 500 for a bad reference, 503 for no endpoints."""
    problem = backend_problem(cluster, backend, kind, route.namespace)
    if problem is not None:
        reason = f"{problem.reason}: {problem.message}"
        return Target(backend.text, share, request, response=HttpResponse(problem.status), reason=reason)
    service = cluster.find_service(backend.namespace, backend.name)
    assert service is not None
    assert backend.port is not None
    port = service_port(service, backend.port)
    assert port is not None
    found = ready_endpoints(cluster, service, port)
    if not found:
        reason = f"{backend.text} has no ready endpoints"
        return Target(backend.text, share, request, response=HttpResponse(503), reason=reason)
    return Target(backend.text, share, request, found)


def _tcp(
    cluster: Cluster, by: str, gateway: Gateway, listener: Listener, request: HttpRequest, tried: tuple[Tried, ...]
) -> Decision:
    """The oldest TCPRoute on the listener takes every connection; a bad backend closes its share of them."""
    attached, not_attached = attachments(cluster, gateway, listener, cluster.tcp_routes)
    tried += not_attached
    routes = sorted(
        (each.route for each in attached if isinstance(each.route, TcpRoute)),
        key=lambda route: (route.created or "9999", route.key),
    )
    if not routes:
        return Decision(by, f"no TCPRoute is attached to listener {listener.name}, so the connection is closed", tried)
    route = routes[0]
    tried += tuple(Tried(tcp_route_text(each), each is route, _turn(each, route)) for each in routes)
    backends = [backend for backend in route.backends if backend.weight]
    total = sum(backend.weight for backend in backends)
    targets = []
    for backend in backends:
        target = _resolved(cluster, backend, "TCPRoute", route, request, backend.weight / total)
        targets.append(Target(target.backend, target.share, request, target.destinations, None, target.reason))
    return Decision(by, f"{tcp_route_text(route)} takes the connection", tried, tuple(targets))


def tcp_route_text(route: TcpRoute) -> str:
    """What a decision calls a TCPRoute, which takes all or nothing."""
    return f"TCPRoute {route.namespace}/{route.name}"


def _turn(route: TcpRoute, chosen: TcpRoute) -> str:
    return "takes the connection" if route is chosen else "another route is older or comes first by name"
