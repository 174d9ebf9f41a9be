"""Short ways to write Ingresses, Gateways and routes in front of three Services, without any Pod of a controller.

Services a, b (ports 80 "http" → 8080, one ready Pod each) and empty (no Pods) in namespace default;
Service a with a Pod in namespace other.
"""

from __future__ import annotations

from netsim.kubernetes.cluster import Cluster
from tests.netsim.kubernetes.manifests import load, pod, service

GATEWAY_API = "apiVersion: gateway.networking.k8s.io/v1"


def cluster(*texts: str) -> Cluster:
    """The Services, with the given manifests."""
    own = [
        each
        for name, namespace in (("a", "default"), ("b", "default"), ("a", "other"))
        for each in (
            service(
                name,
                ports="[{name: http, port: 80, targetPort: 8080}]",
                spec=f"selector: {{app: {name}}}",
                metadata=f"namespace: {namespace}",
            ),
            pod(f"{name}-0", labels=f"{{app: {name}}}", metadata=f"namespace: {namespace}"),
        )
    ]
    return load(*own, service("empty", spec="selector: {app: none}"), *texts)


def ingress_class(name: str, *, default: bool = False, created: str = "2026-01-01T00:00:00Z") -> str:
    annotations = "{ingressclass.kubernetes.io/is-default-class: 'true'}" if default else "{}"
    return (
        f"{{apiVersion: networking.k8s.io/v1, kind: IngressClass, metadata: {{name: {name}, "
        f"creationTimestamp: '{created}', annotations: {annotations}}}, spec: {{controller: example.com/{name}}}}}"
    )


def ingress(name: str, *rules: str, spec: str = "", metadata: str = "", class_name: str = "edge") -> str:
    """An Ingress of class ``edge``; a rule is ``HOST TYPE PATH SERVICE``, its host ``-`` for every host."""
    written = f"ingressClassName: {class_name}, " if class_name else ""
    listed = f"rules: [{', '.join(map(_rule, rules))}]" if rules else ""
    metadata = f", {metadata}" if metadata else ""
    parts = ", ".join(part for part in (listed, spec) if part)
    return (
        f"{{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {{name: {name}{metadata}}}, "
        f"spec: {{{written}{parts}}}}}"
    )


def _rule(text: str) -> str:
    host, path_type, path, name = text.split()
    at = "" if host == "-" else f"host: '{host}', "
    return f"{{{at}http: {{paths: [{{path: {path}, pathType: {path_type}, backend: {backend(name)}}}]}}}}"


def backend(name: str) -> str:
    service_name, _, port = name.partition(":")
    kind = "number" if (port or "80").isdecimal() else "name"
    return f"{{service: {{name: {service_name}, port: {{{kind}: {port or 80}}}}}}}"


def gateway(listeners: str = "{name: http, port: 80, protocol: HTTP}", metadata: str = "") -> str:
    metadata = f", {metadata}" if metadata else ""
    return (
        f"{{{GATEWAY_API}, kind: Gateway, metadata: {{name: edge{metadata}}}, "
        f"spec: {{gatewayClassName: edge, listeners: [{listeners}]}}}}"
    )


def route(name: str, rules: str, *, spec: str = "", metadata: str = "", kind: str = "HTTPRoute") -> str:
    """A route on Gateway default/edge; ``rules`` is YAML flow text."""
    spec = f", {spec}" if spec else ""
    metadata = f", {metadata}" if metadata else ""
    parent = "" if "parentRefs" in spec else ", parentRefs: [{name: edge, namespace: default}]"
    spec = f"{{rules: [{rules}]{parent}{spec}}}"
    return f"{{{GATEWAY_API}, kind: {kind}, metadata: {{name: {name}{metadata}}}, spec: {spec}}}"


def to(name: str, weight: int = 1) -> str:
    """backendRefs with one Service."""
    return f"backendRefs: [{{name: {name}, port: 80, weight: {weight}}}]"
