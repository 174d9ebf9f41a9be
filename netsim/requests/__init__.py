"""HTTP requests through the cluster: every connection on the way is an ``Exchange`` that the engine really sends.

    probe = HttpProbe("external", "http://shop.example/cart")
    result = send_request(simulation, probe)
    result.status, [leg.exchange.seen_by_server.source for leg in result.legs], result.decisions[0].tried

A request goes from proxy to proxy (``netsim.l7`` decides there) until an application or a failure ends it.
"""

from netsim.requests.journey import CERTIFICATE_MISMATCH, request_branches, send_request
from netsim.requests.probe import URL_FORM, HttpProbe
from netsim.requests.result import HttpExchange, Leg, request_document

__all__ = [
    "CERTIFICATE_MISMATCH",
    "URL_FORM",
    "HttpExchange",
    "HttpProbe",
    "Leg",
    "request_branches",
    "request_document",
    "send_request",
]
