"""Cells of the tables of Ingresses and of Gateway API, from the status that their controllers write."""

from __future__ import annotations

import json

from netsim.kubernetes.cluster import Cluster
from netsim.kubernetes.gateway import Gateway, GatewayClass, HttpRoute
from netsim.kubernetes.ingress import Ingress
from netsim.l7.status import Status, gateway_class_status, gateway_status, ingress_status

MOST_HOSTS = 3


def ingress_class(cluster: Cluster, ingress: Ingress) -> str:
    return ingress.class_name or "<none>"


def hosts(cluster: Cluster, ingress: Ingress) -> str:
    """Three hosts at most, ``*`` where no rule names one (formatHosts)."""
    named = [rule.host for rule in ingress.rules if rule.host]
    more = len(named) - MOST_HOSTS
    return (",".join(named[:MOST_HOSTS]) or "*") + (f" + {more} more..." if more > 0 else "")


def ingress_address(cluster: Cluster, ingress: Ingress) -> str:
    return _addresses(ingress_status(cluster, ingress))


def ingress_ports(cluster: Cluster, ingress: Ingress) -> str:
    return "80, 443" if ingress.tls else "80"


def accepted(cluster: Cluster, gateway_class: GatewayClass) -> str:
    return _condition(gateway_class_status(cluster, gateway_class), "Accepted")


def gateway_address(cluster: Cluster, gateway: Gateway) -> str:
    """The first address of the status."""
    return _addresses(gateway_status(cluster, gateway)).partition(",")[0]


def programmed(cluster: Cluster, gateway: Gateway) -> str:
    return _condition(gateway_status(cluster, gateway), "Programmed")


def hostnames(cluster: Cluster, route: HttpRoute) -> str:
    """As a JSON list; empty where the route has none."""
    return json.dumps(list(route.hostnames), separators=(",", ":")) if route.hostnames else ""


def _addresses(status: Status) -> str:
    return ",".join(str(address) for address in status.addresses)


def _condition(status: Status, kind: str) -> str:
    return next((each.status for each in status.conditions if each.type == kind), "Unknown")
