"""An HTTP request and response as far as routing reads and changes them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, urlsplit

from netsim.errors import NetsimError

DEFAULT_PORTS = {"http": 80, "https": 443, "tcp": None}

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """``host`` is the Host header without its port, in lower case; ``headers`` are all others, in order.

    ``scheme`` is ``http``, ``https`` or ``tcp``; the last is a connection without HTTP, which has no method and path.
    """

    method: str = "GET"
    scheme: str = "http"
    host: str = ""
    path: str = "/"
    query: str = ""
    headers: Headers = ()

    def header(self, name: str) -> str | None:
        """The value of a header, several joined by commas (RFC 9110, 5.3); None without one."""
        values = [value for key, value in self.headers if key.lower() == name.lower()]
        return ",".join(values) if values else None

    @property
    def parameters(self) -> tuple[tuple[str, str], ...]:
        """The query's parameters, in order."""
        return tuple(parse_qsl(self.query, keep_blank_values=True))

    @property
    def readable(self) -> bool:
        """Whether a proxy in between sees HTTP: not under TLS, and not on a bare connection."""
        return bool(self.method) and self.scheme == "http"

    @property
    def target(self) -> str:
        """Path and query, as in the request line."""
        return f"{self.path}?{self.query}" if self.query else self.path

    def with_header(self, name: str, value: str) -> HttpRequest:
        """The request with one header of that name; ``Host`` changes the host."""
        if name.lower() == "host":
            return replace(self, host=host_name(value))
        return replace(self, headers=(*without(self.headers, name), (name, value)))

    @property
    def text(self) -> str:
        return f"{self.method} {self.target}, Host {self.host or 'none'}" if self.method else "a TCP connection"


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """What somebody answers: a status and the headers that matter here."""

    status: int
    headers: Headers = ()

    @property
    def text(self) -> str:
        return f"{self.status} {REASON_PHRASES.get(self.status, '')}".rstrip()


REASON_PHRASES = {
    200: "OK", 301: "Moved Permanently", 302: "Found", 303: "See Other", 307: "Temporary Redirect",
    308: "Permanent Redirect", 400: "Bad Request", 403: "Forbidden", 404: "Not Found", 500: "Internal Server Error",
    502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout",
}  # fmt: skip


def without(headers: Headers, name: str) -> Headers:
    """The headers without those of a name."""
    return tuple(pair for pair in headers if pair[0].lower() != name.lower())


def host_name(text: str) -> str:
    """The host of a Host header, in lower case and without its port; an IPv6 address keeps its brackets."""
    text = text.strip().lower()
    if text.startswith("["):
        return text.partition("]")[0] + "]"
    return text.partition(":")[0].rstrip(".")


@dataclass(frozen=True, slots=True)
class Url:
    """A URL's parts; ``port`` is the scheme's own where none is written."""

    scheme: str
    host: str
    port: int
    path: str
    query: str

    @property
    def host_text(self) -> str:
        """The host as URLs and Host headers write it: an IPv6 address in brackets (RFC 3986, 3.2.2)."""
        return f"[{self.host}]" if ":" in self.host else self.host


def parse_url(text: str) -> Url:
    """Read ``[SCHEME://]HOST[:PORT][/PATH][?QUERY]``; NetsimError says what is wrong."""
    try:
        parts = urlsplit(text if "://" in text else f"http://{text}")
        host, port = parts.hostname, parts.port
    except ValueError:
        raise NetsimError(
            f"url: {text!r} is not [SCHEME://]HOST[:PORT][/PATH], with a port from 1 to 65535 "
            "and an IPv6 address in brackets"
        ) from None
    if parts.scheme not in DEFAULT_PORTS:
        raise NetsimError(f"url: the scheme {parts.scheme!r} of {text!r} is not http, https or tcp")
    port = port if port is not None else DEFAULT_PORTS[parts.scheme]
    if not host:
        raise NetsimError(f"url: {text!r} names no host; write for example http://shop.example/")
    if not port:
        raise NetsimError(f"url: {text!r} needs a port, such as {parts.scheme}://{host}:5432")
    return Url(parts.scheme, host, port, parts.path or "/", parts.query)
