"""What Ingresses, Gateways and routes say: who reads them, and their rules in the order in which proxies prefer them.

No packet passes through one of these objects: a proxy reads it and decides. A rule's ``text`` is the ``candidate`` of
the ``Tried`` by which a ``Decision`` says that the rule took a request.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from netsim.kubernetes.cluster import Cluster
from netsim.kubernetes.gateway import BackendReference, Gateway, HttpRoute, HttpRouteMatch, TcpRoute
from netsim.kubernetes.ingress import Ingress, IngressBackend
from netsim.l7 import httproute, ingress
from netsim.l7.controllers import controllers
from netsim.l7.gateway import listener_text
from netsim.l7.gateway_proxy import tcp_route_text
from netsim.l7.hostnames import specificity

PREFIXES = ("Prefix", "PathPrefix", "ImplementationSpecific")
"""How most paths are compared, so that a match in short does not say it."""


@dataclass(frozen=True, slots=True)
class RuleBackend:
    """What a rule leads to and its weight among the rule's backends; ``service`` is "" for what is no Service."""

    service: str
    name: str
    weight: int = 1


@dataclass(frozen=True, slots=True)
class RoutingRule:
    """One path of an Ingress, match of an HTTPRoute, or listener of a Gateway, which has no backends.

    ``match`` says in short what it takes, "" for everything; ``name`` is that of a listener.
    """

    text: str
    match: str
    backends: tuple[RuleBackend, ...] = ()
    name: str = ""


@dataclass(frozen=True, slots=True)
class RoutingObject:
    """``hosts`` are the names that it is about, none for all; ``class_name`` is "" for a route.

    ``parents`` are the Gateways that a route names, whether or not they take it, and ``readers`` the Pods whose proxies
    read an Ingress or run a Gateway; both as NAMESPACE/NAME.
    """

    kind: str
    namespace: str
    name: str
    rules: tuple[RoutingRule, ...]
    hosts: tuple[str, ...] = ()
    class_name: str = ""
    parents: tuple[str, ...] = ()
    readers: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}"


def routing_objects(cluster: Cluster) -> tuple[RoutingObject, ...]:
    """Ingresses, Gateways, then routes that name a Gateway, each in the cluster's order."""
    objects = [_ingress(cluster, each) for each in cluster.ingresses]
    objects += [_gateway(cluster, each) for each in cluster.gateways]
    routes = (*map(_http_route, cluster.http_routes), *map(_tcp_route, cluster.tcp_routes))
    return (*objects, *(route for route in routes if route.parents))


def _ingress(cluster: Cluster, found: Ingress) -> RoutingObject:
    class_name = ingress.class_of(cluster, found)
    readers = [pod for pod, part in controllers(cluster) if class_name in part.ingress_classes]
    every = [ingress.Candidate(found, rule.host, path) for rule in found.rules for path in rule.paths]
    every.sort(key=lambda each: ([-part for part in specificity(each.host)], each.order))
    hosts = tuple(dict.fromkeys(each.host for each in every if each.host))
    rules = [
        RoutingRule(
            each.text,
            _path(each.path.path_type, each.path.path, each.host if len(hosts) > 1 else ""),
            (_ingress_backend(found, each.path.backend),),
        )
        for each in every
    ]
    if found.default_backend is not None:
        default = _ingress_backend(found, found.default_backend)
        rules.append(RoutingRule(ingress.default_text(found), "", (default,)))
    return RoutingObject(
        "Ingress", found.namespace, found.name, tuple(rules), hosts, class_name,
        readers=tuple(f"{pod.namespace}/{pod.name}" for pod in readers),
    )  # fmt: skip


def _ingress_backend(found: Ingress, backend: IngressBackend) -> RuleBackend:
    if backend.resource:
        return RuleBackend("", backend.resource)
    return RuleBackend(f"{found.namespace}/{backend.service}", backend.service)


def _gateway(cluster: Cluster, gateway: Gateway) -> RoutingObject:
    readers = [pod for pod, part in controllers(cluster) if gateway in part.gateways]
    rules = (
        RoutingRule(listener_text(gateway, each), f"{each.protocol} :{each.port}", name=each.name)
        for each in gateway.listeners
    )
    return RoutingObject(
        "Gateway", gateway.namespace, gateway.name, tuple(rules),
        tuple(dict.fromkeys(each.hostname for each in gateway.listeners if each.hostname)), gateway.class_name,
        readers=tuple(f"{pod.namespace}/{pod.name}" for pod in readers),
    )  # fmt: skip


def _http_route(route: HttpRoute) -> RoutingObject:
    candidates = [
        httproute.Candidate(route, rule, number, match, "")
        for number, rule in enumerate(route.rules, start=1)
        for match in rule.matches
    ]
    candidates.sort(key=lambda each: [value for _, value in each.ladder])
    rules = (RoutingRule(each.text, _match(each.match), _backends(each.rule.backends)) for each in candidates)
    return RoutingObject(
        "HTTPRoute", route.namespace, route.name, tuple(rules), route.hostnames, parents=tuple(_gateways(route))
    )  # fmt: skip


def _tcp_route(route: TcpRoute) -> RoutingObject:
    rule = RoutingRule(tcp_route_text(route), "", _backends(route.backends))
    return RoutingObject("TCPRoute", route.namespace, route.name, (rule,), parents=tuple(_gateways(route)))


def _gateways(route: HttpRoute | TcpRoute) -> Iterator[str]:
    names = (f"{parent.namespace}/{parent.name}" for parent in route.parents if parent.kind == "Gateway")
    return iter(dict.fromkeys(names))


def _backends(references: Sequence[BackendReference]) -> tuple[RuleBackend, ...]:
    return tuple(
        RuleBackend(f"{each.namespace}/{each.name}" if each.kind == "Service" else "", each.name, each.weight)
        for each in references
    )


def _match(match: HttpRouteMatch) -> str:
    """The path, and what else must hold by its name."""
    others = [match.method, *(each.name for each in match.headers), *(f"?{each.name}" for each in match.query)]
    return " + ".join([_path(match.path_type, match.path), *filter(None, others)])


def _path(compared: str, path: str, host: str = "") -> str:
    return f"{host}{path}" if compared in PREFIXES else f"{compared} {host}{path}"
