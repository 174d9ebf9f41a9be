"""Host names, paths and names of headers of Ingresses and routes, checked as the API server does."""

from __future__ import annotations

import re
from ipaddress import ip_address

from netsim.kubernetes.parsing import formats
from netsim.kubernetes.parsing.yaml_source import shortened

HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,256}")


def hostname(text: str) -> str:
    """A DNS name, perhaps with ``*`` as its first label; an IP address is refused.

    Sources: ValidateIngressSpec in pkg/apis/networking/validation; Hostname in Gateway API's shared_types.go.
    """
    name = text.removeprefix("*.")
    if _is_address(text):
        raise ValueError(f"{text!r} is an IP address; it must be a DNS name")
    if "*" in name:
        raise ValueError(f"{shortened(text)!r} is not a host name: '*' may only stand for the whole first label")
    formats.dns_subdomain(name)
    return text


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def clean_path(text: str) -> str:
    """An absolute path that says nothing twice: no ``//``, ``.`` or ``..``, no encoded slash.

    Sources: validateIngressRuleValue in pkg/apis/networking/validation; HTTPPathMatch in Gateway API.
    """
    if not text.startswith("/"):
        raise ValueError(f"{shortened(text)!r} must begin with '/'")
    for bad in ("//", "/./", "/../", "%2f", "%2F"):
        if bad in text:
            raise ValueError(f"{shortened(text)!r} must not contain {bad!r}")
    for bad in ("/..", "/."):
        if text.endswith(bad):
            raise ValueError(f"{shortened(text)!r} must not end in {bad!r}")
    return text


def header_name(text: str) -> str:
    """The name of a header or of a query parameter: a token of RFC 9110 (HTTPHeaderName in Gateway API)."""
    if not HEADER_NAME.fullmatch(text):
        raise ValueError(f"{shortened(text)!r} is not a name: use at most 256 letters, digits and !#$%&'*+-.^_`|~")
    return text
