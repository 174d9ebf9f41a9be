"""HTTPRoute and TCPRoute."""

from __future__ import annotations

from netsim.kubernetes.gateway import (
    GATEWAY_GROUP,
    BackendReference,
    HeaderModifier,
    HttpFilter,
    HttpRoute,
    HttpRouteMatch,
    HttpRouteRule,
    ParentReference,
    PathModifier,
    RequestMirror,
    RequestRedirect,
    TcpRoute,
    UrlRewrite,
    ValueMatch,
)
from netsim.kubernetes.writing.gateway import GATEWAY_VERSION
from netsim.kubernetes.writing.metadata import manifest
from netsim.kubernetes.writing.values import Manifest, compact


def write_http_route(item: HttpRoute) -> Manifest:
    spec = {
        "parentRefs": _parents(item.parents),
        "hostnames": list(item.hostnames),
        "rules": [_rule(each) for each in item.rules],
    }
    return manifest(item, GATEWAY_VERSION, "HTTPRoute", created=item.created, spec=compact(spec))


def write_tcp_route(item: TcpRoute) -> Manifest:
    backends = [_backend(each) for each in item.backends]
    spec = {"parentRefs": _parents(item.parents), "rules": [{"backendRefs": backends}]}
    return manifest(item, GATEWAY_VERSION, "TCPRoute", created=item.created, spec=compact(spec))


def _parents(parents: tuple[ParentReference, ...]) -> list[Manifest]:
    return [_parent(each) for each in parents]


def _parent(parent: ParentReference) -> Manifest:
    group = {"group": "" if parent.kind == "Service" else GATEWAY_GROUP}
    place = {"kind": parent.kind, "namespace": parent.namespace, "name": parent.name}
    return group | place | compact({"sectionName": parent.section, "port": parent.port})


def _rule(rule: HttpRouteRule) -> Manifest:
    return compact(
        {
            "name": rule.name,
            "matches": [_match(each) for each in rule.matches],
            "filters": [_filter(each) for each in rule.filters],
            "backendRefs": [_backend(each) for each in rule.backends],
        }
    )


def _match(match: HttpRouteMatch) -> Manifest:
    return compact(
        {
            "path": {"type": str(match.path_type), "value": match.path},
            "headers": [_value_match(each) for each in match.headers],
            "queryParams": [_value_match(each) for each in match.query],
            "method": match.method,
        }
    )


def _value_match(match: ValueMatch) -> Manifest:
    return {"type": str(match.type), "name": match.name, "value": match.value}


def _filter(item: HttpFilter) -> Manifest:
    match item:
        case HeaderModifier():
            side = "Response" if item.of_response else "Request"
            return {"type": f"{side}HeaderModifier", f"{side.lower()}HeaderModifier": _modifier(item)}
        case RequestRedirect():
            return {"type": "RequestRedirect", "requestRedirect": _redirect(item)}
        case UrlRewrite():
            rewrite = compact({"hostname": item.hostname, "path": _path_modifier(item.path)})
            return {"type": "URLRewrite", "urlRewrite": rewrite}
        case RequestMirror():
            return {"type": "RequestMirror", "requestMirror": {"backendRef": _target(item.backend)}}


def _modifier(item: HeaderModifier) -> Manifest:
    return compact({"set": _pairs(item.set), "add": _pairs(item.add), "remove": list(item.remove)})


def _pairs(pairs: tuple[tuple[str, str], ...]) -> list[Manifest]:
    return [{"name": name, "value": value} for name, value in pairs]


def _redirect(item: RequestRedirect) -> Manifest:
    return compact(
        {
            "scheme": item.scheme,
            "hostname": item.hostname,
            "path": _path_modifier(item.path),
            "port": item.port,
            "statusCode": item.status,
        }
    )


def _path_modifier(item: PathModifier | None) -> Manifest | None:
    if item is None:
        return None
    if item.full:
        return {"type": "ReplaceFullPath", "replaceFullPath": item.value}
    return {"type": "ReplacePrefixMatch", "replacePrefixMatch": item.value}


def _backend(reference: BackendReference) -> Manifest:
    filters = [_filter(each) for each in reference.filters]
    return _target(reference) | compact({"weight": reference.weight, "filters": filters})


def _target(reference: BackendReference) -> Manifest:
    """A BackendObjectReference, which has no share: a mirror gets every request, or a percentage of its own."""
    target = {"group": reference.group, "kind": reference.kind, "namespace": reference.namespace}
    return target | {"name": reference.name} | compact({"port": reference.port})
