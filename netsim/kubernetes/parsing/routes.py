"""HTTPRoute and TCPRoute, with the limits and rules of Gateway API's custom resource definitions (v1.6)."""

from __future__ import annotations

from netsim.kubernetes.gateway import (
    BackendReference,
    HeaderModifier,
    HttpFilter,
    HttpRoute,
    HttpRouteMatch,
    HttpRouteRule,
    ParentReference,
    PathMatchType,
    PathModifier,
    RequestMirror,
    RequestRedirect,
    TcpRoute,
    UrlRewrite,
    ValueMatch,
    ValueMatchType,
)
from netsim.kubernetes.parsing import formats
from netsim.kubernetes.parsing.expressions import regular_expression
from netsim.kubernetes.parsing.fields import Field
from netsim.kubernetes.parsing.hostnames import clean_path, header_name, hostname
from netsim.kubernetes.parsing.metadata import read_meta

METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH")
FILTERS = (
    "RequestHeaderModifier", "ResponseHeaderModifier", "RequestRedirect", "URLRewrite", "RequestMirror",
    "ExtensionRef", "CORS",
)  # fmt: skip
REPEATABLE = ("RequestMirror", "ExtensionRef")
REDIRECT_CODES = (301, 302, 303, 307, 308)
MAX_WEIGHT = 1_000_000


def read_http_route(root: Field) -> HttpRoute:
    meta, spec = read_meta(root), root["spec"]
    rules = spec["rules"].each(lambda field: _read_rule(field, meta.namespace))
    return HttpRoute(
        meta=meta,
        parents=_read_parents(spec, meta.namespace),
        hostnames=spec["hostnames"].each(lambda field: field.parsed(hostname)),
        rules=rules or (HttpRouteRule(),),
        created=root["metadata"]["creationTimestamp"].string(""),
    )


def read_tcp_route(root: Field) -> TcpRoute:
    meta, spec = read_meta(root), root["spec"]
    rules = tuple(spec["rules"].elements())
    if len(rules) != 1:
        raise spec["rules"].error("must hold exactly one rule")
    if not any(rules[0]["backendRefs"].elements()):
        raise rules[0]["backendRefs"].error("missing; it must list at least one backend")
    return TcpRoute(
        meta=meta,
        parents=_read_parents(spec, meta.namespace),
        backends=rules[0]["backendRefs"].each(lambda field: _read_backend(field, meta.namespace)),
        created=root["metadata"]["creationTimestamp"].string(""),
    )


def _read_parents(spec: Field, namespace: str) -> tuple[ParentReference, ...]:
    return spec["parentRefs"].each(
        lambda field: ParentReference(
            kind=field["kind"].string("Gateway"),
            namespace=field["namespace"].maybe(lambda each: each.parsed(formats.dns_label)) or namespace,
            name=field["name"].parsed(formats.dns_subdomain),
            section=field["sectionName"].string(""),
            port=field["port"].maybe(lambda each: each.port()),
        )
    )


def _read_rule(field: Field, namespace: str) -> HttpRouteRule:
    matches = field["matches"].each(_read_match) or (HttpRouteMatch(),)
    filters = _read_filters(field["filters"], namespace, matches)
    backends = field["backendRefs"].each(lambda each: _read_backend(each, namespace, matches))
    if backends and any(isinstance(each, RequestRedirect) for each in filters):
        raise field["backendRefs"].error("must be left out where a RequestRedirect filter answers the request")
    return HttpRouteRule(matches, filters, backends, field["name"].string(""))


def _read_match(field: Field) -> HttpRouteMatch:
    path_type = field["path"]["type"].choice(PathMatchType, PathMatchType.PATH_PREFIX)
    path = field["path"]["value"]
    check = regular_expression if path_type is PathMatchType.REGULAR_EXPRESSION else clean_path
    value = path.parsed(check) if path.present else "/"
    return HttpRouteMatch(
        path=value,
        path_type=path_type,
        headers=field["headers"].each(_read_value_match),
        query=field["queryParams"].each(_read_value_match),
        method=field["method"].one_of(METHODS) if field["method"].present else "",
    )


def _read_value_match(field: Field) -> ValueMatch:
    kind = field["type"].choice(ValueMatchType, ValueMatchType.EXACT)
    value = field["value"].parsed(regular_expression if kind is ValueMatchType.REGULAR_EXPRESSION else str)
    return ValueMatch(field["name"].parsed(header_name), value, kind)


def _read_filters(field: Field, namespace: str, matches: tuple[HttpRouteMatch, ...]) -> tuple[HttpFilter, ...]:
    seen: set[str] = set()

    def read(element: Field) -> HttpFilter | None:
        kind = element["type"].one_of(FILTERS)
        if kind in seen and kind not in REPEATABLE:
            raise element["type"].error(f"{kind} must not be repeated")
        seen.add(kind)
        if {"RequestRedirect", "URLRewrite"} <= seen:
            raise element["type"].error("RequestRedirect and URLRewrite must not stand in one list")
        return _read_filter(element, kind, namespace, matches)

    return tuple(each for each in field.each(read) if each is not None)


def _read_filter(
    field: Field, kind: str, namespace: str, matches: tuple[HttpRouteMatch, ...]
) -> HttpFilter | None:  # fmt: skip
    """One filter; None for those that do not change where a request goes or what it says here."""
    match kind:
        case "RequestHeaderModifier":
            return _read_modifier(field["requestHeaderModifier"], of_response=False)
        case "ResponseHeaderModifier":
            return _read_modifier(field["responseHeaderModifier"], of_response=True)
        case "RequestRedirect":
            return _read_redirect(field["requestRedirect"], matches)
        case "URLRewrite":
            rewrite = field["urlRewrite"]
            return UrlRewrite(
                _read_precise_hostname(rewrite["hostname"]), _read_path_modifier(rewrite["path"], matches)
            )
        case "RequestMirror":
            return RequestMirror(_read_backend(field["requestMirror"]["backendRef"], namespace))
        case _:
            return None


def _read_modifier(field: Field, of_response: bool) -> HeaderModifier:
    def pairs(list_field: Field) -> tuple[tuple[str, str], ...]:
        return list_field.each(lambda each: (each["name"].parsed(header_name), each["value"].string()))

    return HeaderModifier(
        of_response, pairs(field["set"]), pairs(field["add"]), field["remove"].each(lambda each: each.string())
    )


def _read_redirect(field: Field, matches: tuple[HttpRouteMatch, ...]) -> RequestRedirect:
    status = field["statusCode"].integer(100, 599, 302)
    if status not in REDIRECT_CODES:
        raise field["statusCode"].error(f"must be one of {', '.join(map(str, REDIRECT_CODES))}, not {status}")
    return RequestRedirect(
        scheme=field["scheme"].one_of(("http", "https")) if field["scheme"].present else "",
        hostname=_read_precise_hostname(field["hostname"]),
        path=_read_path_modifier(field["path"], matches),
        port=field["port"].maybe(lambda each: each.port()),
        status=status,
    )


def _read_precise_hostname(field: Field) -> str:
    """A DNS name without a wildcard (PreciseHostname in Gateway API's shared_types.go); "" where there is none."""
    return field.maybe(lambda each: each.parsed(formats.dns_subdomain)) or ""


def _read_path_modifier(field: Field, matches: tuple[HttpRouteMatch, ...]) -> PathModifier | None:
    if not field.present:
        return None
    if field["type"].one_of(("ReplaceFullPath", "ReplacePrefixMatch")) == "ReplaceFullPath":
        return PathModifier(field["replaceFullPath"].string(), full=True)
    if len(matches) != 1 or matches[0].path_type is not PathMatchType.PATH_PREFIX:
        raise field["type"].error("ReplacePrefixMatch needs exactly one match in its rule, of type PathPrefix")
    return PathModifier(field["replacePrefixMatch"].string(), full=False)


def _read_backend(
    field: Field, namespace: str, matches: tuple[HttpRouteMatch, ...] = ()
) -> BackendReference:  # fmt: skip
    kind, group = field["kind"].string("Service"), field["group"].string("")
    if (group, kind) == ("", "Service") and not field["port"].present:
        raise field["port"].error("missing; a Service is referred to with a port")
    return BackendReference(
        namespace=field["namespace"].maybe(lambda each: each.parsed(formats.dns_label)) or namespace,
        name=field["name"].parsed(formats.dns_subdomain),
        port=field["port"].maybe(lambda each: each.port()),
        weight=field["weight"].integer(0, MAX_WEIGHT, 1),
        kind=kind,
        group="" if group == "core" else group,
        filters=_read_filters(field["filters"], namespace, matches),
    )
