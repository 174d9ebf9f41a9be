"""What the filters of an HTTPRoute rule do to a request, and the redirects that they answer with.

Sources: HTTPHeaderFilter, HTTPPathModifier, HTTPRequestRedirectFilter in apis/v1/httproute_types.go of Gateway API.
"""

from __future__ import annotations

from dataclasses import replace

from netsim.kubernetes.gateway import (
    HeaderModifier,
    HttpFilter,
    HttpRouteMatch,
    PathModifier,
    RequestMirror,
    RequestRedirect,
    UrlRewrite,
)
from netsim.l7.http import DEFAULT_PORTS, Headers, HttpRequest, HttpResponse, without


def filtered(request: HttpRequest, filters: tuple[HttpFilter, ...], match: HttpRouteMatch) -> HttpRequest:
    """The request as the filters leave it."""
    for each in filters:
        match each:
            case HeaderModifier(of_response=False):
                request = _modified(request, each)
            case UrlRewrite(hostname, path):
                request = replace(
                    request, host=hostname or request.host, path=_path(request.path, path, match.path)
                )  # fmt: skip
    return request


def response_headers(headers: Headers, filters: tuple[HttpFilter, ...]) -> Headers:
    """The headers of the answer as the filters leave them."""
    for each in filters:
        if isinstance(each, HeaderModifier) and each.of_response:
            for name, value in each.set:
                headers = (*without(headers, name), (name, value))
            headers += each.add
            for name in each.remove:
                headers = without(headers, name)
    return headers


def redirect(
    request: HttpRequest, filters: tuple[HttpFilter, ...], match: HttpRouteMatch, listener_port: int
) -> HttpResponse | None:
    """The answer of a RequestRedirect filter; None if there is none."""
    for each in filters:
        if isinstance(each, RequestRedirect):
            return HttpResponse(each.status, (("Location", _location(request, each, match, listener_port)),))
    return None


def mirrors(filters: tuple[HttpFilter, ...]) -> tuple[RequestMirror, ...]:
    return tuple(each for each in filters if isinstance(each, RequestMirror))


def _modified(request: HttpRequest, modifier: HeaderModifier) -> HttpRequest:
    for name, value in modifier.set:
        request = request.with_header(name, value)
    request = replace(request, headers=request.headers + modifier.add)
    for name in modifier.remove:
        request = replace(request, headers=without(request.headers, name))
    return request


def _path(path: str, modifier: PathModifier | None, prefix: str) -> str:
    if modifier is None:
        return path
    if modifier.full:
        return modifier.value or "/"
    rest = path[len(prefix.rstrip("/")) :]
    if not rest:
        return modifier.value or "/"
    return f"{modifier.value.rstrip('/')}/{rest.lstrip('/')}"


def _location(request: HttpRequest, redirect: RequestRedirect, match: HttpRouteMatch, listener_port: int) -> str:
    """Scheme, host, port and path of where to go; a port that the scheme implies is left out."""
    scheme = redirect.scheme or request.scheme
    implied = DEFAULT_PORTS[scheme]
    port = redirect.port or (implied if redirect.scheme else listener_port)
    shown = "" if port == implied else f":{port}"
    path = _path(request.path, redirect.path, match.path)
    query = f"?{request.query}" if request.query else ""
    return f"{scheme}://{redirect.hostname or request.host}{shown}{path}{query}"
