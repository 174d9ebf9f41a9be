"""The deprecated Endpoints objects, as the endpoints controller makes them from the same Pods as the slices."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from netsim.kubernetes.cluster import Cluster
from netsim.kubernetes.objects import EndpointPort, EndpointSlice, KubernetesObject, Service
from netsim.kubernetes.writing.metadata import manifest
from netsim.kubernetes.writing.values import Manifest, compact

DEPRECATED = "Warning: v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice\n"
"""The warning that the API server sends with every answer (KEP-4974)."""

MOST_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Subset:
    """The ready and the other addresses that serve the same ports."""

    addresses: tuple[str, ...]
    not_ready: tuple[str, ...]
    ports: tuple[EndpointPort, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoints(KubernetesObject):
    """core/v1 Endpoints of one Service, in its primary address family only."""

    subsets: tuple[Subset, ...] = ()


def endpoints_of(cluster: Cluster) -> Iterator[Endpoints]:
    """One object for every Service that has a selector or slices."""
    for service in cluster.services:
        slices = _primary(service, cluster.slices_of(service))
        if service.selector or slices:
            subsets = tuple(_subset(each) for each in slices if each.endpoints)
            yield Endpoints(meta=service.meta, subsets=subsets)


def _primary(service: Service, slices: tuple[EndpointSlice, ...]) -> list[EndpointSlice]:
    families = service.ip_families or (4,)
    return [each for each in slices if each.ip_family == families[0]]


def _subset(piece: EndpointSlice) -> Subset:
    ready = tuple(str(each.addresses[0]) for each in piece.endpoints if each.ready)
    others = tuple(str(each.addresses[0]) for each in piece.endpoints if not each.ready and not each.terminating)
    return Subset(ready, others, piece.ports)


def write_endpoints(item: Endpoints) -> Manifest:
    return manifest(item, "v1", "Endpoints", subsets=[_write_subset(each) for each in item.subsets])


def _write_subset(subset: Subset) -> Manifest:
    ports = [compact({"name": p.name, "port": p.port, "protocol": str(p.protocol)}) for p in subset.ports]
    return compact(
        {
            "addresses": [{"ip": address} for address in subset.addresses],
            "notReadyAddresses": [{"ip": address} for address in subset.not_ready],
            "ports": ports,
        }
    )


def ready_list(pieces: tuple[tuple[tuple[str, ...], tuple[EndpointPort, ...]], ...], name: str | None = None) -> str:
    """``IP:PORT`` of ready addresses, three at most (formatEndpoints); with ``name`` those of that port."""
    found = [
        f"[{address}]:{port.port}" if ":" in address else f"{address}:{port.port}"
        for addresses, ports in pieces
        for port in ports
        if name is None or port.name == name
        for address in addresses
    ]
    return shortened(found) if found else "<none>"


def shortened(texts: list[str]) -> str:
    more = len(texts) - MOST_SHOWN
    return ",".join(texts[:MOST_SHOWN]) + (f" + {more} more..." if more > 0 else "")


def ready_in(cluster: Cluster, service: Service, name: str | None = None) -> str:
    """The ready endpoints of a Service, of all its slices."""
    pieces = tuple((_subset(each).addresses, each.ports) for each in cluster.slices_of(service))
    return ready_list(pieces, name)
