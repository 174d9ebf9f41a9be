"""Ingress and IngressClass (networking.k8s.io/v1), reduced to what decides where a request goes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from netsim.kubernetes.objects import KubernetesObject

DEFAULT_CLASS_ANNOTATION = "ingressclass.kubernetes.io/is-default-class"
CLASS_ANNOTATION = "kubernetes.io/ingress.class"
"""The way to name a class before `ingressClassName`; deprecated, still honoured by controllers."""


class PathType(StrEnum):
    """How a path is compared: Prefix by elements that `/` parts, ImplementationSpecific as the controller likes."""

    EXACT = "Exact"
    PREFIX = "Prefix"
    IMPLEMENTATION_SPECIFIC = "ImplementationSpecific"


@dataclass(frozen=True, slots=True)
class IngressBackend:
    """A port of a Service in the Ingress's own namespace; `port` is its number or name.

    `resource` is `KIND/NAME` where the backend is another object, and then there is no Service.
    """

    service: str = ""
    port: int | str = 0
    resource: str = ""

    @property
    def text(self) -> str:
        return self.resource or f"{self.service}:{self.port}"


@dataclass(frozen=True, slots=True)
class IngressPath:
    path: str
    path_type: PathType
    backend: IngressBackend


@dataclass(frozen=True, slots=True)
class IngressRule:
    """`host` is a name, `*.` and a name, or "" for every host."""

    host: str
    paths: tuple[IngressPath, ...]


@dataclass(frozen=True, slots=True)
class IngressTls:
    """Hosts whose connections the controller terminates with the certificate of a Secret; no hosts means all."""

    hosts: tuple[str, ...] = ()
    secret_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ingress(KubernetesObject):
    """`class_name` is `ingressClassName` or the old annotation, "" where neither is written."""

    class_name: str = ""
    default_backend: IngressBackend | None = None
    rules: tuple[IngressRule, ...] = ()
    tls: tuple[IngressTls, ...] = ()
    created: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class IngressClass(KubernetesObject):
    """Which `controller` serves the Ingresses of a class; Ingresses without a class get the default one."""

    controller: str
    is_default: bool = False
    created: str = ""
