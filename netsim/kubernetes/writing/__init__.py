"""Objects to manifests: what ``kubectl get -o yaml`` would show of the fields that the engine models.

The inverse of ``parsing``: what a manifest says here, its reader there takes to an object that equals the one written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from netsim.kubernetes.cluster import Cluster
from netsim.kubernetes.parsing import Manifests
from netsim.kubernetes.writing.gateway import write_gateway, write_gateway_class, write_reference_grant
from netsim.kubernetes.writing.ingress import write_ingress, write_ingress_class
from netsim.kubernetes.writing.mesh import write_authorization_policy, write_peer_authentication
from netsim.kubernetes.writing.network_settings import write_cluster_network
from netsim.kubernetes.writing.nodes import write_config_map, write_namespace, write_node
from netsim.kubernetes.writing.policies import write_cluster_network_policy, write_network_policy
from netsim.kubernetes.writing.routes import write_http_route, write_tcp_route
from netsim.kubernetes.writing.services import write_endpoint_slice, write_service
from netsim.kubernetes.writing.values import Manifest
from netsim.kubernetes.writing.workloads import write_pod, write_workload

WRITERS: dict[str, Callable[[Any], Manifest]] = {
    "namespaces": write_namespace,
    "nodes": write_node,
    "config_maps": write_config_map,
    "workloads": write_workload,
    "pods": write_pod,
    "services": write_service,
    "endpoint_slices": write_endpoint_slice,
    "network_policies": write_network_policy,
    "cluster_network_policies": write_cluster_network_policy,
    "ingress_classes": write_ingress_class,
    "ingresses": write_ingress,
    "gateway_classes": write_gateway_class,
    "gateways": write_gateway,
    "http_routes": write_http_route,
    "tcp_routes": write_tcp_route,
    "reference_grants": write_reference_grant,
    "peer_authentications": write_peer_authentication,
    "authorization_policies": write_authorization_policy,
}
"""How to write the objects of each field of Cluster and Manifests, in the order in which a reader wants to see them."""


def write_objects(objects: Cluster | Manifests) -> Iterator[Manifest]:
    """The manifests of all objects that are modelled, the ClusterNetwork first where there is one."""
    if objects.settings is not None:
        yield write_cluster_network(objects.settings)
    for field, write in WRITERS.items():
        yield from (write(item) for item in getattr(objects, field))
