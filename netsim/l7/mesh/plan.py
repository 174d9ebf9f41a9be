"""Programs the namespaces of Pods that are in a mesh."""

from __future__ import annotations

from dataclasses import dataclass

from netsim.kubernetes.cluster import Cluster
from netsim.kubernetes.objects import Node, Pod
from netsim.l7.mesh.ambient import HBONE, plan_ambient, plan_ambient_node
from netsim.l7.mesh.membership import Mesh, is_waypoint, mesh_of
from netsim.l7.mesh.sidecars import plan_istio, plan_linkerd
from netsim.linux.namespace import NetworkNamespace, Socket
from netsim.packet import Protocol


@dataclass(frozen=True, slots=True)
class MeshPlanner:
    """What injectors and Istio's node agent add to Pods, made once for a cluster."""

    cluster: Cluster

    def plan_node(self, namespace: NetworkNamespace, node: Node) -> None:
        """Add what Istio's node agent keeps on a node with Pods in ambient mode."""
        plan_ambient_node(self.cluster, namespace, node)

    def plan_pod(self, namespace: NetworkNamespace, pod: Pod) -> None:
        """Add the rules and sockets of the Pod's proxy, if it has one. InputError for a bad annotation."""
        match mesh_of(self.cluster, pod):
            case Mesh.ISTIO:
                plan_istio(namespace, pod)
            case Mesh.LINKERD:
                plan_linkerd(namespace, pod)
            case Mesh.AMBIENT:
                plan_ambient(self.cluster, namespace, pod)
        if is_waypoint(self.cluster, pod):
            namespace.sockets.append(Socket(Protocol.TCP, HBONE, f"{pod.namespace}/{pod.name} (waypoint)"))
