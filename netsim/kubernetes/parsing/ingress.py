"""Ingress and IngressClass, validated as in pkg/apis/networking/validation/validation.go of Kubernetes."""

from __future__ import annotations

from netsim.kubernetes.ingress import (
    CLASS_ANNOTATION,
    DEFAULT_CLASS_ANNOTATION,
    Ingress,
    IngressBackend,
    IngressClass,
    IngressPath,
    IngressRule,
    IngressTls,
    PathType,
)
from netsim.kubernetes.parsing import formats
from netsim.kubernetes.parsing.fields import Field
from netsim.kubernetes.parsing.hostnames import clean_path, hostname
from netsim.kubernetes.parsing.metadata import read_meta

LONGEST_CONTROLLER_NAME = 250


def read_ingress_class(root: Field) -> IngressClass:
    meta = read_meta(root, namespaced=False)
    controller = root["spec"]["controller"].parsed(controller_name)
    return IngressClass(
        meta=meta,
        controller=controller,
        is_default=meta.annotations.get(DEFAULT_CLASS_ANNOTATION) == "true",
        created=root["metadata"]["creationTimestamp"].string(""),
    )


def controller_name(text: str) -> str:
    """A controller's name: a DNS name, ``/`` and a path, such as ``k8s.io/ingress-nginx``."""
    domain, slash, path = text.partition("/")
    if not slash or not path or len(text) > LONGEST_CONTROLLER_NAME:
        raise ValueError(f"{text!r} is not the name of a controller: write DOMAIN/PATH, such as k8s.io/ingress-nginx")
    formats.dns_subdomain(domain)
    return text


def read_ingress(root: Field) -> Ingress:
    meta, spec = read_meta(root), root["spec"]
    class_name = spec["ingressClassName"].maybe(lambda field: field.parsed(formats.dns_subdomain)) or ""
    annotated = meta.annotations.get(CLASS_ANNOTATION, "")
    if class_name and annotated and class_name != annotated:
        raise spec["ingressClassName"].error(f"must equal the annotation {CLASS_ANNOTATION}, which is {annotated!r}")
    if not spec["defaultBackend"].present and not any(spec["rules"].elements()):
        raise spec["rules"].error("missing; either defaultBackend or rules must be given")
    return Ingress(
        meta=meta,
        class_name=class_name or annotated,
        default_backend=spec["defaultBackend"].maybe(_read_backend),
        rules=spec["rules"].each(_read_rule),
        tls=spec["tls"].each(_read_tls),
        created=root["metadata"]["creationTimestamp"].string(""),
    )


def _read_rule(field: Field) -> IngressRule:
    paths = field["http"]["paths"]
    if field["http"].present and not any(paths.elements()):
        raise paths.error("missing; it must list at least one path")
    host = field["host"].maybe(lambda each: each.parsed(hostname) if each.string() else "")
    return IngressRule(host or "", paths.each(_read_path))


def _read_path(field: Field) -> IngressPath:
    path_type = field["pathType"].choice(PathType)
    if path_type is PathType.IMPLEMENTATION_SPECIFIC:
        path = field["path"].string("/") or "/"
        if not path.startswith("/"):
            raise field["path"].error(f"{path!r} must begin with '/'")
    else:
        path = field["path"].parsed(clean_path)
    return IngressPath(path, path_type, _read_backend(field["backend"]))


def _read_backend(field: Field) -> IngressBackend:
    service, resource = field["service"], field["resource"]
    if service.present and resource.present:
        raise resource.error("must be left out where the backend is a Service")
    if resource.present:
        return IngressBackend(resource=f"{resource['kind'].string()}/{resource['name'].string()}")
    if not service.present:
        raise service.error("missing; a backend is a Service with its port, or a resource")
    number, name = service["port"]["number"], service["port"]["name"]
    if number.present and name.present:
        raise name.error("must be left out where the port has a number")
    port = name.parsed(formats.port_name) if name.present else number.port()
    return IngressBackend(service["name"].parsed(formats.dns_label), port)


def _read_tls(field: Field) -> IngressTls:
    return IngressTls(field["hosts"].each(lambda each: each.parsed(hostname)), field["secretName"].string(""))
