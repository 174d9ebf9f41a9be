"""Who sends and who is asked: marked in a picture, so that both are found before the packet moves.

marks(cluster, roles) → {element: word}      roles of lessons.content.action_schema.Action
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from ipaddress import ip_address

import netsim

OUTSIDE_ELEMENT = "outside:external:"


def marks(cluster: netsim.Cluster, roles: Mapping[str, str]) -> dict[str, str]:
    """Names of the DNS outside, and addresses of no network of the cluster's, are followed out of it; a name that
    nobody knows is not marked."""
    found: dict[str, str] = {}
    for word, text in roles.items():
        if element := _element(cluster, text):
            found.setdefault(element, word)
    return found


def _element(cluster: netsim.Cluster, text: str) -> str:
    kind, _, rest = text.partition("/")
    name = rest.partition(":")[0]
    match kind:
        case "pod" if "/" in name:
            pod = cluster.pod(*name.split("/", 1))
            return f"node:{pod.node_name}" if pod.host_network else f"pod:{name}"
        case "svc":
            return f"service:{name}"
        case "node":
            return f"node:{name}"
        case "external":
            return OUTSIDE_ELEMENT
    owners, host = dict(_owners(cluster)), _host(text)
    if host not in owners and _is_outside(cluster, host):
        return OUTSIDE_ELEMENT
    return owners.get(host, "") or owners.get(str(netsim.public_address(cluster, host)), "")


def _is_outside(cluster: netsim.Cluster, host: str) -> bool:
    """Whether this is an address, and one of no network of the cluster's."""
    try:
        address = ip_address(host)
    except ValueError:
        return False
    settings = cluster.settings
    networks = (*settings.pod_cidrs, *settings.service_cidrs, *(each.cidr for each in settings.underlay.subnets))
    return address.is_global and not any(address in network for network in networks)


def _owners(cluster: netsim.Cluster) -> Iterator[tuple[str, str]]:
    """Every address, every Service's name and its Pods' under it, with the element that stands for it."""
    yield str(cluster.settings.external_client), OUTSIDE_ELEMENT
    for node in cluster.nodes:
        yield from ((str(address), f"node:{node.name}") for address in node.addresses)
    for pod in cluster.pods:
        if not pod.host_network:
            yield from ((str(address), f"pod:{pod.namespace}/{pod.name}") for address in pod.pod_ips)
    for service in cluster.services:
        balancers = (each.ip for each in service.load_balancer_ingress)
        own = f"{service.name}.{service.namespace}"
        for name in (*_names(cluster, own), *service.cluster_ips, *service.external_ips, *balancers):
            yield str(name), f"service:{service.namespace}/{service.name}"
        for endpoint in (each for piece in cluster.slices_of(service) for each in piece.endpoints):
            if endpoint.hostname and endpoint.target:
                for name in _names(cluster, f"{endpoint.hostname}.{own}"):
                    yield name, f"pod:{endpoint.target.namespace}/{endpoint.target.name}"


def _names(cluster: netsim.Cluster, own: str) -> tuple[str, str, str]:
    return own, f"{own}.svc", f"{own}.svc.{cluster.settings.cluster_domain}"


def _host(text: str) -> str:
    """The name or address of HOST, HOST:PORT or [ADDRESS]:PORT."""
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text if text.count(":") > 1 else text.partition(":")[0].rstrip(".")
