"""Which endpoints a Service port may use on one node: readiness, traffic policies and topology hints.

Sources: pkg/proxy/topology.go (CategorizeEndpoints), pkg/proxy/endpointslicecache.go (order), KEP-3015 (hints).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from netsim.kubernetes.objects import Endpoint, EndpointPort, EndpointSlice
from netsim.packet import IPAddress
from netsim.proxy.service_ports import ProxiedPort


@dataclass(frozen=True, slots=True)
class Backend:
    """One endpoint as kube-proxy on one node sees it; ``is_local`` means that it runs on that node, ``node`` names the
    node that it does run on, "" where nobody says."""

    address: IPAddress
    port: int
    is_local: bool = False
    ready: bool = True
    serving: bool = True
    terminating: bool = False
    zone_hints: tuple[str, ...] = ()
    node_hints: tuple[str, ...] = ()
    node: str = ""

    def __str__(self) -> str:
        host = f"[{self.address}]" if self.address.version == 6 else str(self.address)
        return f"{host}:{self.port}"

    @property
    def is_last_resort(self) -> bool:
        """Still serving while it terminates: used only where nothing is ready (KEP-1669)."""
        return self.serving and self.terminating


class UsableEndpoints(NamedTuple):
    """``cluster`` for the policy Cluster, ``local`` for Local, ``reachable`` all that this node needs a chain for.

    ``exist_anywhere`` is whether any node has a usable one: it decides between REJECT and DROP.
    """

    cluster: tuple[Backend, ...]
    local: tuple[Backend, ...]
    reachable: tuple[Backend, ...]
    exist_anywhere: bool


def backends_of(port: ProxiedPort, slices: Iterable[EndpointSlice], node_name: str) -> tuple[Backend, ...]:
    """The endpoints of a Service port in the order of their text, as kube-proxy sorts them."""
    found = {
        str(backend): backend
        for piece in slices
        if (piece.namespace, piece.service_name) == port.service and piece.ip_family == port.cluster_ip.version
        for slice_port in piece.ports
        if slice_port.name == port.port_name and slice_port.protocol.lower() == port.protocol
        for endpoint in piece.endpoints
        for backend in _backends(endpoint, slice_port, node_name)
    }
    return tuple(found[text] for text in sorted(found))


def _backends(endpoint: Endpoint, port: EndpointPort, node_name: str) -> Iterable[Backend]:
    """kube-proxy uses the first address only, and no endpoint without a port."""
    if port.port and endpoint.addresses:
        yield Backend(
            endpoint.addresses[0], port.port, bool(node_name) and endpoint.node_name == node_name,
            endpoint.ready, endpoint.serving, endpoint.terminating, endpoint.hint_zones, endpoint.hint_nodes,
            endpoint.node_name,
        )  # fmt: skip


def categorize(backends: tuple[Backend, ...], port: ProxiedPort, node_name: str, zone: str) -> UsableEndpoints:
    """The endpoints that each traffic policy of ``port`` may use on a node in a zone ("" when it is in none)."""
    cluster: tuple[Backend, ...] = ()
    is_near: Callable[[Backend], bool] | None = None
    if port.uses_cluster_endpoints:
        is_near = _topology(backends, node_name, zone)
        cluster = tuple(b for b in backends if b.ready and (is_near is None or is_near(b)))
        cluster = cluster or tuple(b for b in backends if b.is_last_resort)
    if not port.uses_local_endpoints:
        return UsableEndpoints(cluster, (), cluster, bool(cluster))
    local = tuple(b for b in backends if b.is_local and b.ready)
    local = local or tuple(b for b in backends if b.is_local and b.is_last_resort)
    exist_anywhere = any(b.ready or b.is_last_resort for b in backends)
    if not port.uses_cluster_endpoints:
        return UsableEndpoints((), local, local, exist_anywhere)
    needed = {*cluster, *local}
    return UsableEndpoints(cluster, local, tuple(b for b in backends if b in needed), exist_anywhere)


def _topology(backends: tuple[Backend, ...], node_name: str, zone: str) -> Callable[[Backend], bool] | None:
    """What hints ask for: this node's endpoints, this zone's, or None where hints are incomplete or lead nowhere."""
    ready = [backend for backend in backends if backend.ready]
    if all(b.node_hints for b in ready) and any(node_name in b.node_hints for b in ready):
        return lambda backend: node_name in backend.node_hints
    if zone and all(b.zone_hints for b in ready) and any(zone in b.zone_hints for b in ready):
        return lambda backend: zone in backend.zone_hints
    return None
