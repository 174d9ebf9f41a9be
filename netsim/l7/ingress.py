"""Which Ingress rule takes a request, and where it sends it.

Sources: IngressSpec, HTTPIngressPath and PathType in k8s.io/api networking/v1 types.go. What the API leaves open is
done as ingress-nginx does it: only the rules of the most specific host that fits are looked at, rules with equal paths
go by age, ImplementationSpecific is read as Prefix.
"""

from __future__ import annotations

from dataclasses import dataclass

from netsim.kubernetes.cluster import Cluster
from netsim.kubernetes.ingress import Ingress, IngressBackend, IngressPath, PathType
from netsim.l7.backends import ready_endpoints, service_port
from netsim.l7.controllers import Controller
from netsim.l7.decision import Decision, Destination, Target, Tried
from netsim.l7.hostnames import ingress_host_matches, specificity
from netsim.l7.http import HttpRequest, HttpResponse

SERVICE_UPSTREAM = "nginx.ingress.kubernetes.io/service-upstream"
"""``"true"``: dial the Service's address, so that kube-proxy picks the endpoint."""
SSL_REDIRECT = "nginx.ingress.kubernetes.io/ssl-redirect"


@dataclass(frozen=True, slots=True)
class Candidate:
    """One path of one rule of one Ingress."""

    ingress: Ingress
    host: str
    path: IngressPath

    @property
    def text(self) -> str:
        where = f"host {self.host}" if self.host else "every host"
        return f"Ingress {_named(self.ingress)}, {where}, {self.path.path_type} {self.path.path}"

    @property
    def order(self) -> tuple[bool, int, str, str, str]:
        """Smaller is preferred: Exact, then more path elements, then the older Ingress, then its name."""
        exact = self.path.path_type is PathType.EXACT
        return not exact, -len(_elements(self.path.path)), _age(self.ingress), *self.ingress.key


def default_text(ingress: Ingress) -> str:
    """What a decision calls an Ingress's own default backend."""
    return f"Ingress {_named(ingress)}, default backend"


def _age(ingress: Ingress) -> str:
    return ingress.created or "9999"


def _named(ingress: Ingress) -> str:
    return f"{ingress.namespace}/{ingress.name}"


def _elements(path: str) -> list[str]:
    return [element for element in path.split("/") if element]


def path_matches(pattern: IngressPath, path: str) -> bool:
    """Exact compares all, with regard to a last slash; Prefix compares element by element."""
    if pattern.path_type is PathType.EXACT:
        return pattern.path == path
    wanted = _elements(pattern.path)
    return _elements(path)[: len(wanted)] == wanted


def class_of(cluster: Cluster, ingress: Ingress) -> str:
    """The class that an Ingress belongs to: its own, else the default one, of several the newest; "" for none.

    Source: getDefaultClass in plugin/pkg/admission/network/defaultingressclass/admission.go of Kubernetes.
    """
    if ingress.class_name:
        return ingress.class_name
    defaults = sorted((each for each in cluster.ingress_classes if each.is_default), key=lambda each: each.name)
    newest = max(defaults, key=lambda each: each.created, default=None)
    return newest.name if newest is not None else ""


def unserved(cluster: Cluster, ingress: Ingress) -> str:
    """Why no class takes an Ingress; "" if one does."""
    if not class_of(cluster, ingress):
        return "it names no class, and no IngressClass is the default"
    if class_of(cluster, ingress) not in {each.name for each in cluster.ingress_classes}:
        return f"its class {class_of(cluster, ingress)!r} does not exist"
    return ""


def route_ingress(
    cluster: Cluster, controller: Controller, request: HttpRequest, secure: bool, server_name: str = ""
) -> Decision:
    """What a controller does with a request that came over TLS (``secure``) or not.

    ``server_name`` is what TLS asked for, the request's host where it is "": it picks the certificate, while the
    Host header picks the rule.
    """
    served, tried = _served(cluster, controller)
    by = f"the Ingress controller {controller.implementation.name}"
    chosen, looked_at = _choose(served, request)
    tried += looked_at
    if chosen is None:
        return _default(cluster, by, served, request, tried)
    notes = _tls_notes(served, server_name or request.host) if secure else ()
    if not secure and controller.implementation.redirects_to_https and _wants_https(chosen.ingress, request.host):
        location = f"https://{request.host}{request.target}"
        reason = f"Ingress {_named(chosen.ingress)} has TLS for {request.host}, so plain HTTP is redirected"
        return Decision(by, reason, tried, response=HttpResponse(308, (("Location", location),)))
    target = _target(cluster, chosen.ingress, chosen.path.backend, request)
    return Decision(by, f"{chosen.text} takes the request", tried, (target,), notes=notes)


def _served(cluster: Cluster, controller: Controller) -> tuple[list[Ingress], tuple[Tried, ...]]:
    """The Ingresses of the controller's classes, and why it ignores the others."""
    served: list[Ingress] = []
    tried: list[Tried] = []
    for ingress in cluster.ingresses:
        name = class_of(cluster, ingress)
        if name in controller.ingress_classes:
            served.append(ingress)
            continue
        why = unserved(cluster, ingress) or f"its class {name!r} is another controller's"
        tried.append(Tried(f"Ingress {_named(ingress)}", False, why))
    return served, tuple(tried)


def _choose(served: list[Ingress], request: HttpRequest) -> tuple[Candidate | None, tuple[Tried, ...]]:
    """The path that takes the request, and what was said of every path."""
    every = [Candidate(i, rule.host, path) for i in served for rule in i.rules for path in rule.paths]
    host = _selected_host(served, request.host)
    fitting = [each for each in every if each.host == host and path_matches(each.path, request.path)]
    chosen = min(fitting, key=lambda each: each.order, default=None)
    return chosen, tuple(Tried(each.text, each is chosen, _why(each, chosen, host, request)) for each in every)


def _selected_host(served: list[Ingress], host: str) -> str | None:
    """The most specific rule host that takes the request's; None if no rule has one."""
    hosts = {rule.host for ingress in served for rule in ingress.rules}
    return max((each for each in hosts if ingress_host_matches(each, host)), key=specificity, default=None)


def _why(candidate: Candidate, chosen: Candidate | None, host: str | None, request: HttpRequest) -> str:
    if not ingress_host_matches(candidate.host, request.host):
        return f"the host {request.host or '(none)'} does not match"
    if candidate.host != host:
        return f"the host {host} is more specific"
    if not path_matches(candidate.path, request.path):
        return f"the path {request.path} does not match"
    if candidate is chosen:
        return "matches; no other path is preferred"
    assert chosen is not None
    if candidate.ingress is chosen.ingress and candidate.order == chosen.order:
        return "matches as well, but stands later in the Ingress"
    if candidate.order[:2] == chosen.order[:2]:
        return f"matches as well, but Ingress {_named(chosen.ingress)} is older or comes first by name"
    return f"matches, but {chosen.path.path_type} {chosen.path.path} is preferred"


def _default(
    cluster: Cluster, by: str, served: list[Ingress], request: HttpRequest, tried: tuple[Tried, ...]
) -> Decision:
    """No path took it: the default backend of an Ingress of this host, of one without rules, or 404."""
    host = _selected_host(served, request.host)
    with_default = [
        (not any(rule.host == host for rule in each.rules), _age(each), each.key, each)
        for each in served
        if each.default_backend is not None and (not each.rules or any(rule.host == host for rule in each.rules))
    ]
    for *_, ingress in sorted(with_default, key=lambda entry: entry[:3]):
        assert ingress.default_backend is not None
        target = _target(cluster, ingress, ingress.default_backend, request)
        tried += (Tried(default_text(ingress), True, "no path matches"),)
        return Decision(by, f"no path matches; Ingress {_named(ingress)} has a default backend", tried, (target,))
    reason = "no Ingress rule matches, so the controller's own default backend answers 404"
    return Decision(by, reason, tried, response=HttpResponse(404))


def _target(cluster: Cluster, ingress: Ingress, backend: IngressBackend, request: HttpRequest) -> Target:
    """The Service of a backend; 503 where there is nothing to dial."""
    found, reason = _destinations(cluster, ingress, backend)
    name = f"Service {ingress.namespace}/{backend.text}" if not backend.resource else backend.resource
    return Target(name, 1.0, request, found, None if found else HttpResponse(503), reason)


def _destinations(
    cluster: Cluster, ingress: Ingress, backend: IngressBackend
) -> tuple[tuple[Destination, ...], str]:  # fmt: skip
    if backend.resource:
        return (), f"the backend {backend.resource} is no Service"
    service = cluster.find_service(ingress.namespace, backend.service)
    if service is None:
        return (), f"Service {ingress.namespace}/{backend.service} does not exist"
    port = service_port(service, backend.port)
    if port is None:
        known = ", ".join(f"{each.port}{f' ({each.name})' if each.name else ''}" for each in service.ports)
        return (), f"Service {ingress.namespace}/{backend.service} has no port {backend.port}; it has {known}"
    if ingress.meta.annotations.get(SERVICE_UPSTREAM) == "true" and service.cluster_ips:
        name = f"Service {service.namespace}/{service.name}"
        return (Destination(service.cluster_ips[0], port.port, name),), f"{SERVICE_UPSTREAM} is set"
    endpoints = ready_endpoints(cluster, service, port)
    return endpoints, "" if endpoints else f"Service {service.namespace}/{service.name} has no ready endpoints"


def _wants_https(ingress: Ingress, host: str) -> bool:
    covered = any(ingress_host_matches(each, host) for tls in ingress.tls for each in tls.hosts or ("",))
    return covered and ingress.meta.annotations.get(SSL_REDIRECT) != "false"


def _tls_notes(served: list[Ingress], name: str) -> tuple[str, ...]:
    for ingress in served:
        for tls in ingress.tls:
            if tls.secret_name and any(ingress_host_matches(each, name) for each in tls.hosts or ("",)):
                return (f"TLS ends here, with the certificate in Secret {ingress.namespace}/{tls.secret_name}",)
    return (f"TLS ends here, with the controller's self-signed certificate: no Ingress has one for {name}",)
