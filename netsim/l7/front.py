"""A connection reaches a proxy that serves Ingresses, Gateways or both: what it makes of the request."""

from __future__ import annotations

from netsim.kubernetes.cluster import Cluster
from netsim.l7.controllers import Controller
from netsim.l7.decision import Decision
from netsim.l7.forwarded import forwarded
from netsim.l7.gateway_proxy import route_gateway
from netsim.l7.http import HttpRequest, HttpResponse
from netsim.l7.ingress import route_ingress

TLS_PORTS = (443, 8443)
"""Where Ingress controllers expect TLS (the flags ``--https-port`` of ingress-nginx, ``websecure`` of Traefik)."""


def decide(
    cluster: Cluster, controller: Controller, request: HttpRequest, client: str, port: int, server_name: str
) -> Decision:  # fmt: skip
    """What the proxy does with a request on its face's ``port`` from the address ``client``.

    ``server_name`` is TLS's, "" on plain connections.
    """
    if any(listener.port == port for gateway in controller.gateways for listener in gateway.listeners):
        return route_gateway(cluster, controller, request, client, port, server_name)
    if not controller.ingress_classes:
        return route_gateway(cluster, controller, request, client, port, server_name)
    by = f"the Ingress controller {controller.implementation.name}"
    secure = request.scheme == "https"
    if not request.method or (secure and port not in TLS_PORTS):
        return Decision(by, f"port {port} speaks plain HTTP only")
    if port in TLS_PORTS and not secure:
        return Decision(by, f"plain HTTP came to the TLS port {port}", response=HttpResponse(400))
    told = forwarded(request, client, controller.implementation)
    return route_ingress(cluster, controller, told, secure, server_name)
