"""The proxies of meshes as processes: the port that took a connection says which side of one it is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from netsim.kubernetes.cluster import Cluster
from netsim.kubernetes.objects import Pod
from netsim.l7.mesh import ambient, sidecars
from netsim.l7.mesh.membership import ISTIO_MESHES, Mesh, is_waypoint, mesh_of
from netsim.packet import IPAddress


class Side(StrEnum):
    """OUTBOUND took it from the application, INBOUND from the network, WAYPOINT stands between two Pods."""

    OUTBOUND = "outbound"
    INBOUND = "inbound"
    WAYPOINT = "waypoint"


@dataclass(frozen=True, slots=True)
class MeshProxy:
    """One side of a Pod's proxy. ``uid`` and ``mark`` are those of its sockets; ``unreachable`` and ``timed_out`` its
    HTTP statuses for a peer that refuses or stays silent, None where it knows no HTTP."""

    mesh: Mesh
    side: Side
    pod: Pod
    uid: int = 0
    mark: int = 0
    unreachable: int | None = None
    timed_out: int | None = None

    @property
    def text(self) -> str:
        process = {Mesh.ISTIO: "istio-proxy", Mesh.LINKERD: "linkerd-proxy", Mesh.AMBIENT: "ztunnel"}[self.mesh]
        process = "waypoint" if self.side is Side.WAYPOINT else process
        return f"{process} of Pod {self.pod.namespace}/{self.pod.name} ({self.side})"


def proxy_at(cluster: Cluster, pod: Pod, port: int) -> MeshProxy | None:
    """The side of the Pod's proxy that listens on a port; None where an application does."""
    if is_waypoint(cluster, pod):
        waypoint = MeshProxy(Mesh.AMBIENT, Side.WAYPOINT, pod, unreachable=503, timed_out=503)
        return waypoint if port == ambient.HBONE else None
    mesh = mesh_of(cluster, pod)
    side = _SIDES.get((mesh, port)) if mesh is not None else None
    if mesh is None or side is None:
        return None
    match mesh:
        case Mesh.ISTIO:
            return MeshProxy(mesh, side, pod, uid=sidecars.ENVOY_UID, unreachable=503, timed_out=503)
        case Mesh.LINKERD:
            return MeshProxy(mesh, side, pod, uid=sidecars.LINKERD_UID, unreachable=502, timed_out=504)
        case Mesh.AMBIENT:
            return MeshProxy(mesh, side, pod, mark=ambient.ZTUNNEL_MARK)


_SIDES = {
    (Mesh.ISTIO, sidecars.ENVOY_OUTBOUND): Side.OUTBOUND,
    (Mesh.ISTIO, sidecars.ENVOY_INBOUND): Side.INBOUND,
    (Mesh.ISTIO, sidecars.HBONE_PORT): Side.INBOUND,
    (Mesh.LINKERD, sidecars.LINKERD_OUTBOUND): Side.OUTBOUND,
    (Mesh.LINKERD, sidecars.LINKERD_INBOUND): Side.INBOUND,
    (Mesh.AMBIENT, ambient.OUTBOUND): Side.OUTBOUND,
    (Mesh.AMBIENT, ambient.INBOUND_PLAINTEXT): Side.INBOUND,
    (Mesh.AMBIENT, ambient.HBONE): Side.INBOUND,
}


def security_between(cluster: Cluster, mesh: Mesh, address: IPAddress) -> str:
    """How a proxy of one mesh talks to the Pod that has an address: ``mTLS``, ``HBONE`` or ``none``."""
    peer = cluster.pod_with_ip(address)
    other = mesh_of(cluster, peer) if peer is not None else None
    if other is None:
        return "none"
    if mesh in ISTIO_MESHES and other in ISTIO_MESHES:
        return "HBONE" if Mesh.AMBIENT in (mesh, other) else "mTLS"
    return "mTLS" if mesh is other else "none"
