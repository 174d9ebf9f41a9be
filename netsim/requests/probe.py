"""A request to send, and the address that its URL leads to."""

from __future__ import annotations

from dataclasses import dataclass

from netsim.errors import NetsimError
from netsim.kubernetes.cluster import Cluster
from netsim.l7.controllers import Controller, address_outside, controllers
from netsim.l7.gateway import attachments
from netsim.l7.hostnames import gateway_host_matches, ingress_host_matches
from netsim.l7.http import Headers, HttpRequest, Url, host_name, parse_url
from netsim.l7.ingress import class_of
from netsim.l7.outside import has_name
from netsim.packet import IPAddress

URL_FORM = "[http|https|tcp]://HOST[:PORT][/PATH][?QUERY]"
LONGEST_URL = 2048
METHOD_LETTERS = 32


@dataclass(frozen=True, slots=True)
class HttpProbe:
    """One request.

    ``source`` takes the forms of ``Probe.source``. ``url`` is ``[http|https|tcp]://HOST[:PORT][/PATH][?QUERY]``; a
    ``Host`` among the ``headers`` counts instead of the URL's, as with ``curl -H``. ``connect_to`` is
    ``HOST[:PORT]`` to dial instead of the URL's (``curl --connect-to``), in the forms of ``Probe.destination``.
    ``server_name`` is the one that TLS names, the host unless it is given; ``insecure`` takes any certificate
    (``curl -k``). ``seed`` decides every random choice.

    Raises NetsimError for a URL or method that no client would send.
    """

    source: str
    url: str
    method: str = "GET"
    headers: Headers = ()
    connect_to: str = ""
    server_name: str = ""
    seed: int = 0
    insecure: bool = False

    def __post_init__(self) -> None:
        if len(self.url) > LONGEST_URL:
            raise NetsimError(f"url: longer than {LONGEST_URL} characters")
        if not (self.method.isascii() and self.method.isalpha() and len(self.method) <= METHOD_LETTERS):
            raise NetsimError(f"method: {self.method!r} is not an HTTP method, such as GET")
        parse_url(self.url)

    @property
    def parsed_url(self) -> Url:
        return parse_url(self.url)

    def request(self) -> HttpRequest:
        """The request as the client writes it."""
        url = self.parsed_url
        method = "" if url.scheme == "tcp" else self.method.upper()
        request = HttpRequest(method, url.scheme, host_name(url.host_text), url.path, url.query)
        for name, value in self.headers:
            request = request.with_header(name, value)
        return request

    def destination(self, cluster: Cluster) -> str:
        """``HOST:PORT`` to dial, where a name that an Ingress or a route publishes is its proxy's address."""
        url = self.parsed_url
        if self.connect_to:
            return self.connect_to if _names_port(self.connect_to) else f"{self.connect_to}:{url.port}"
        published = published_address(cluster, host_name(url.host_text))
        host = str(published) if published is not None else url.host
        return f"[{host}]:{url.port}" if ":" in host else f"{host}:{url.port}"


def _names_port(text: str) -> bool:
    host, colon, port = text.rpartition(":")
    return bool(colon) and port.isdecimal() and (":" not in host or host.endswith("]"))


def published_address(cluster: Cluster, host: str) -> IPAddress | None:
    """The address that DNS outside gives a host, as ExternalDNS publishes it: that of the proxy that serves the host.

    None where no Ingress or route that a proxy serves names the host, or where that proxy has no address outside.
    """
    for pod, controller in controllers(cluster):
        gateway_addresses = _gateway_addresses(cluster, controller, host)
        if gateway_addresses:
            return gateway_addresses[0]
        if gateway_addresses is not None or _ingress_names(cluster, controller, host):
            address = address_outside(cluster, pod)
            if address is not None:
                return address
    return None


def public_address(cluster: Cluster, host: str) -> IPAddress | None:
    """Where DNS outside leads: to the proxy that serves the host, or to the machine outside; None for other names."""
    machine = cluster.settings.external_client
    return published_address(cluster, host) or (machine if has_name(host, machine) else None)


def _ingress_names(cluster: Cluster, controller: Controller, host: str) -> bool:
    return any(
        rule.host and ingress_host_matches(rule.host, host)
        for ingress in cluster.ingresses
        if class_of(cluster, ingress) in controller.ingress_classes
        for rule in ingress.rules
    )


def _gateway_addresses(cluster: Cluster, controller: Controller, host: str) -> tuple[IPAddress, ...] | None:
    """The addresses in the status of a Gateway that serves a host; None if none of the proxy's Gateways does."""
    for gateway in controller.gateways:
        for listener in gateway.listeners:
            attached, _ = attachments(cluster, gateway, listener, cluster.http_routes)
            names = [name for each in attached for name in each.hostnames if name]
            if any(gateway_host_matches(name, host) for name in names):
                return gateway.addresses
    return None
