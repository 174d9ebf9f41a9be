"""What neither Django nor django-csp does to every request and response."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

View = Callable[[HttpRequest], HttpResponseBase]
UNUSED_FEATURES = ("camera", "geolocation", "microphone", "payment", "usb")
POLICY = ", ".join(f"{feature}=()" for feature in UNUSED_FEATURES)


def permissions_policy(get_response: View) -> View:
    """Turns off browser features that no page uses (W3C Permissions Policy)."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        response.headers.setdefault("Permissions-Policy", POLICY)
        return response

    return middleware


def client_address(get_response: View) -> View:
    """Takes the client's address from our own proxy, for the limits on log-ins and requests.

    That proxy appends the address that it saw to X-Forwarded-For; what stands before it came from the client and may be
    made up. Used only where production.TRUST_PROXY_HEADERS says that there is exactly one such proxy.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        address = request.META.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2].strip()
        if address:
            request.META["REMOTE_ADDR"] = address
        return get_response(request)

    return middleware
