"""Gateway API (gateway.networking.k8s.io): GatewayClass, Gateway, HTTPRoute, TCPRoute, ReferenceGrant.

Field meanings and defaults: the API reference of Gateway API v1.6, apis/v1/*_types.go in kubernetes-sigs/gateway-api.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from netsim.kubernetes.objects import IPAddress, KubernetesObject
from netsim.kubernetes.selectors import LabelSelector

GATEWAY_GROUP = "gateway.networking.k8s.io"


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayClass(KubernetesObject):
    """Which controller runs the Gateways of a class."""

    controller_name: str


class ListenerProtocol(StrEnum):
    HTTP = "HTTP"
    HTTPS = "HTTPS"
    TLS = "TLS"
    TCP = "TCP"
    UDP = "UDP"
    HBONE = "HBONE"


class TlsMode(StrEnum):
    TERMINATE = "Terminate"
    PASSTHROUGH = "Passthrough"


class FromNamespaces(StrEnum):
    """Routes of which namespaces may attach (allowedRoutes.namespaces.from)."""

    ALL = "All"
    SELECTOR = "Selector"
    SAME = "Same"
    NONE = "None"


@dataclass(frozen=True, slots=True)
class SecretReference:
    """A certificate; `namespace` is the Gateway's own unless another is written."""

    namespace: str
    name: str
    kind: str = "Secret"
    group: str = ""


@dataclass(frozen=True, slots=True)
class Listener:
    """One port and, for HTTP, HTTPS and TLS, one host name of a Gateway; `hostname` "" takes every name.

    `kinds` are the kinds of route that may attach; empty means those that fit the protocol.
    """

    name: str
    port: int
    protocol: ListenerProtocol
    hostname: str = ""
    tls_mode: TlsMode | None = None
    certificates: tuple[SecretReference, ...] = ()
    from_namespaces: FromNamespaces = FromNamespaces.SAME
    namespace_selector: LabelSelector = field(default_factory=LabelSelector)
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway(KubernetesObject):
    """`addresses` are those of the status, else those that the spec asks for."""

    class_name: str
    listeners: tuple[Listener, ...] = ()
    addresses: tuple[IPAddress, ...] = ()


@dataclass(frozen=True, slots=True)
class ParentReference:
    """What a route attaches to: a Gateway (or a Service, for a mesh), perhaps one listener or port of it."""

    kind: str
    namespace: str
    name: str
    section: str = ""
    port: int | None = None

    @property
    def text(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}" + (f" listener {self.section}" if self.section else "")


class PathMatchType(StrEnum):
    EXACT = "Exact"
    PATH_PREFIX = "PathPrefix"
    REGULAR_EXPRESSION = "RegularExpression"


class ValueMatchType(StrEnum):
    EXACT = "Exact"
    REGULAR_EXPRESSION = "RegularExpression"


@dataclass(frozen=True, slots=True)
class ValueMatch:
    """A header (its name without regard to case) or query parameter that must have a value."""

    name: str
    value: str
    type: ValueMatchType = ValueMatchType.EXACT


@dataclass(frozen=True, slots=True)
class HttpRouteMatch:
    """All parts must hold; `method` "" is any."""

    path: str = "/"
    path_type: PathMatchType = PathMatchType.PATH_PREFIX
    headers: tuple[ValueMatch, ...] = ()
    query: tuple[ValueMatch, ...] = ()
    method: str = ""

    @property
    def text(self) -> str:
        words = [f"{self.path_type} {self.path}"]
        words += [f"method {self.method}"] if self.method else []
        words += [f"header {each.name}={each.value}" for each in self.headers]
        words += [f"query {each.name}={each.value}" for each in self.query]
        return ", ".join(words)


@dataclass(frozen=True, slots=True)
class HeaderModifier:
    """``RequestHeaderModifier`` or, with ``of_response``, ``ResponseHeaderModifier``."""

    of_response: bool = False
    set: tuple[tuple[str, str], ...] = ()
    add: tuple[tuple[str, str], ...] = ()
    remove: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PathModifier:
    """Replace the whole path, or the prefix that the match named."""

    value: str
    full: bool


@dataclass(frozen=True, slots=True)
class RequestRedirect:
    """Answer with a redirect; what is None or "" stays as in the request."""

    scheme: str = ""
    hostname: str = ""
    path: PathModifier | None = None
    port: int | None = None
    status: int = 302


@dataclass(frozen=True, slots=True)
class UrlRewrite:
    hostname: str = ""
    path: PathModifier | None = None


@dataclass(frozen=True, slots=True)
class BackendReference:
    """A target of a rule and its share of the rule's weights; `port` is None only where the target is no Service."""

    namespace: str
    name: str
    port: int | None = None
    weight: int = 1
    kind: str = "Service"
    group: str = ""
    filters: tuple[HttpFilter, ...] = ()

    @property
    def text(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}" + (f":{self.port}" if self.port else "")


@dataclass(frozen=True, slots=True)
class RequestMirror:
    """Send a copy to another backend; its answer is thrown away."""

    backend: BackendReference


HttpFilter = HeaderModifier | RequestRedirect | UrlRewrite | RequestMirror


@dataclass(frozen=True, slots=True)
class HttpRouteRule:
    """One of `matches` must hold. No backends and no redirect means that requests are answered with 500."""

    matches: tuple[HttpRouteMatch, ...] = (HttpRouteMatch(),)
    filters: tuple[HttpFilter, ...] = ()
    backends: tuple[BackendReference, ...] = ()
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRoute(KubernetesObject):
    """`hostnames` empty takes every host of the listener; `created` is the creation time, "" for the newest."""

    parents: tuple[ParentReference, ...] = ()
    hostnames: tuple[str, ...] = ()
    rules: tuple[HttpRouteRule, ...] = (HttpRouteRule(),)
    created: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TcpRoute(KubernetesObject):
    parents: tuple[ParentReference, ...] = ()
    backends: tuple[BackendReference, ...] = ()
    created: str = ""


@dataclass(frozen=True, slots=True)
class GrantFrom:
    group: str
    kind: str
    namespace: str


@dataclass(frozen=True, slots=True)
class GrantTo:
    """`name` "" means every object of the kind in the grant's namespace."""

    group: str
    kind: str
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceGrant(KubernetesObject):
    """References from other namespaces into this one that are allowed."""

    sources: tuple[GrantFrom, ...] = ()
    targets: tuple[GrantTo, ...] = ()
