"""GatewayClass, Gateway and ReferenceGrant."""

from __future__ import annotations

from netsim.kubernetes.gateway import (
    GATEWAY_GROUP,
    Gateway,
    GatewayClass,
    GrantFrom,
    GrantTo,
    Listener,
    ReferenceGrant,
    SecretReference,
)
from netsim.kubernetes.writing.metadata import manifest
from netsim.kubernetes.writing.values import Manifest, compact, selector_of

GATEWAY_VERSION = f"{GATEWAY_GROUP}/v1"


def write_gateway_class(item: GatewayClass) -> Manifest:
    return manifest(item, GATEWAY_VERSION, "GatewayClass", spec={"controllerName": item.controller_name})


def write_gateway(item: Gateway) -> Manifest:
    spec = {"gatewayClassName": item.class_name, "listeners": [_listener(each) for each in item.listeners]}
    addresses = [{"type": "IPAddress", "value": str(address)} for address in item.addresses]
    return manifest(item, GATEWAY_VERSION, "Gateway", spec=spec, status={"addresses": addresses} if addresses else None)


def _listener(listener: Listener) -> Manifest:
    return compact(
        {
            "name": listener.name,
            "hostname": listener.hostname,
            "port": listener.port,
            "protocol": str(listener.protocol),
            "tls": _tls(listener),
            "allowedRoutes": _allowed_routes(listener),
        }
    )


def _tls(listener: Listener) -> Manifest | None:
    if listener.tls_mode is None:
        return None
    certificates = [_certificate(each) for each in listener.certificates]
    return compact({"mode": str(listener.tls_mode), "certificateRefs": certificates})


def _certificate(reference: SecretReference) -> Manifest:
    return {
        "group": reference.group,
        "kind": reference.kind,
        "namespace": reference.namespace,
        "name": reference.name,
    }


def _allowed_routes(listener: Listener) -> Manifest:
    selector = selector_of(listener.namespace_selector)
    is_selecting = listener.from_namespaces == "Selector" or selector
    namespaces = compact({"from": str(listener.from_namespaces), "selector": selector if is_selecting else None})
    return compact({"namespaces": namespaces, "kinds": [{"kind": kind} for kind in listener.kinds]})


def write_reference_grant(item: ReferenceGrant) -> Manifest:
    spec = {"from": [_grant_from(each) for each in item.sources], "to": [_grant_to(each) for each in item.targets]}
    return manifest(item, GATEWAY_VERSION, "ReferenceGrant", spec=spec)


def _grant_from(source: GrantFrom) -> Manifest:
    return {"group": source.group, "kind": source.kind, "namespace": source.namespace}


def _grant_to(target: GrantTo) -> Manifest:
    return {"group": target.group, "kind": target.kind} | compact({"name": target.name})
