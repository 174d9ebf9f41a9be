"""What the controllers of a cluster add to the objects in the files; pure functions, with no clock and no chance.

The order is that of a real cluster: nodes register and get their ranges, workloads make Pods, the scheduler places
them, IPAM gives them addresses, Services get theirs, and EndpointSlices join the two.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from netsim.kubernetes.cluster import Cluster
from netsim.kubernetes.controllers.endpoints import make_endpoint_slices
from netsim.kubernetes.controllers.ipam import assign_addresses
from netsim.kubernetes.controllers.nodes import complete_nodes
from netsim.kubernetes.controllers.replicas import run_workloads
from netsim.kubernetes.controllers.scheduler import schedule
from netsim.kubernetes.controllers.services import allocate_services
from netsim.kubernetes.dns.loops import with_crash_loops
from netsim.kubernetes.objects import Namespace, ObjectMeta, Pod
from netsim.kubernetes.parsing import Manifests
from netsim.kubernetes.settings import ClusterNetwork

NAME_LABEL = "kubernetes.io/metadata.name"


EditPods = Callable[[tuple[Pod, ...], ClusterNetwork], tuple[Pod, ...]]
"""What befalls Pods when they start, after they have been placed and given addresses."""


def _as_they_are(pods: tuple[Pod, ...], settings: ClusterNetwork) -> tuple[Pod, ...]:
    return pods


def complete(manifests: Manifests, edit_pods: EditPods = _as_they_are) -> Cluster:
    """Complete parsed objects to a running cluster.

    What is given is kept. Raises InputError where given objects contradict each other or their ranges; a Pod that fits
    nowhere is no error but stays Pending with its reason.
    """
    settings = manifests.settings or ClusterNetwork()
    nodes, settings = complete_nodes(manifests.nodes, manifests.pods, settings)
    workloads, pods = run_workloads(manifests.workloads, manifests.pods, nodes)
    pods = edit_pods(assign_addresses(schedule(pods, nodes), nodes, settings), settings)
    services, settings = allocate_services(manifests.services, settings)
    pods = with_crash_loops(
        Cluster(settings, nodes=nodes, pods=pods, services=services, config_maps=manifests.config_maps)
    )
    slices = make_endpoint_slices(services, pods, nodes, manifests.endpoint_slices, manifests.mirrored_endpoints)
    routing = (*manifests.ingresses, *manifests.gateways, *manifests.http_routes, *manifests.tcp_routes)
    return Cluster(
        settings=settings,
        namespaces=_namespaces(
            manifests.namespaces,
            (item.namespace for item in (*workloads, *pods, *services, *slices, *routing, *manifests.network_policies)),
        ),
        nodes=nodes,
        workloads=workloads,
        pods=pods,
        services=services,
        endpoint_slices=slices,
        ingress_classes=manifests.ingress_classes,
        ingresses=manifests.ingresses,
        gateway_classes=manifests.gateway_classes,
        gateways=manifests.gateways,
        http_routes=manifests.http_routes,
        tcp_routes=manifests.tcp_routes,
        reference_grants=manifests.reference_grants,
        peer_authentications=manifests.peer_authentications,
        authorization_policies=manifests.authorization_policies,
        config_maps=manifests.config_maps,
        network_policies=manifests.network_policies,
        cluster_network_policies=manifests.cluster_network_policies,
        ignored=manifests.ignored,
    )


def _namespaces(written: tuple[Namespace, ...], mentioned: Iterable[str]) -> tuple[Namespace, ...]:
    """Return the Namespaces of the files, `default`, and those that objects are in, with the label of their name."""
    by_name = {namespace.name: namespace for namespace in written}
    for name in ("default", *mentioned):
        by_name.setdefault(name, Namespace(meta=ObjectMeta(name)))
    return tuple(_labeled(namespace) for namespace in by_name.values())


def _labeled(namespace: Namespace) -> Namespace:
    labels = dict(namespace.meta.labels) | {NAME_LABEL: namespace.name}
    return replace(namespace, meta=replace(namespace.meta, labels=labels))
