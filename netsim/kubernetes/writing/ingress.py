"""Ingress and IngressClass."""

from __future__ import annotations

from netsim.kubernetes.ingress import (
    CLASS_ANNOTATION,
    Ingress,
    IngressBackend,
    IngressClass,
    IngressPath,
    IngressRule,
    IngressTls,
)
from netsim.kubernetes.writing.metadata import manifest
from netsim.kubernetes.writing.values import Manifest, compact

VERSION = "networking.k8s.io/v1"


def write_ingress_class(item: IngressClass) -> Manifest:
    return manifest(item, VERSION, "IngressClass", created=item.created, spec={"controller": item.controller})


def write_ingress(item: Ingress) -> Manifest:
    is_annotated = item.meta.annotations.get(CLASS_ANNOTATION) == item.class_name
    spec = {
        "ingressClassName": None if is_annotated else item.class_name,
        "defaultBackend": None if item.default_backend is None else _backend(item.default_backend),
        "rules": [_rule(each) for each in item.rules],
        "tls": [_tls(each) for each in item.tls],
    }
    return manifest(item, VERSION, "Ingress", created=item.created, spec=compact(spec))


def _rule(rule: IngressRule) -> Manifest:
    paths = [_path(each) for each in rule.paths]
    return compact({"host": rule.host, "http": {"paths": paths} if paths else None})


def _path(path: IngressPath) -> Manifest:
    return {"path": path.path, "pathType": str(path.path_type), "backend": _backend(path.backend)}


def _backend(backend: IngressBackend) -> Manifest:
    if backend.resource:
        kind, _, name = backend.resource.partition("/")
        return {"resource": {"kind": kind, "name": name}}
    port = {"number" if isinstance(backend.port, int) else "name": backend.port}
    return {"service": {"name": backend.service, "port": port}}


def _tls(tls: IngressTls) -> Manifest:
    return compact({"hosts": list(tls.hosts), "secretName": tls.secret_name})
