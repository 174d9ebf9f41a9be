"""The way in: manifests to a running cluster."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TypeVar

from netsim.faults import edit_objects, edit_pods
from netsim.kubernetes.cluster import Cluster
from netsim.kubernetes.controllers import complete
from netsim.kubernetes.objects import KubernetesObject, Workload
from netsim.kubernetes.parsing import Manifests, parse_manifests
from netsim.kubernetes.settings import ClusterNetwork, Fault

AnyObject = TypeVar("AnyObject", bound=KubernetesObject)


def load_cluster(
    sources: Iterable[tuple[str, str]], changes: Iterable[tuple[str, str]] = (), faults: Iterable[Fault | str] = ()
) -> Cluster:
    """Read manifests and complete them to a running cluster.

    Args:
        sources: (file name, text) pairs; the names appear in errors.
        changes: manifests of the same form that are applied on top, one after the other: an object of the same kind,
            namespace and name is replaced, any other is added.
        faults: named faults besides those of the settings, with their options or by name only.

    Raises:
        InputError: for input that cannot be accepted, with its file, line and key.
    """
    manifests = parse_manifests(sources)
    for change in changes:
        manifests = _applied(manifests, parse_manifests([change]))
    return complete(edit_objects(_with_faults(manifests, faults)), edit_pods)


def _with_faults(manifests: Manifests, faults: Iterable[Fault | str]) -> Manifests:
    more = tuple(Fault(fault) if isinstance(fault, str) else fault for fault in faults)
    if not more:
        return manifests
    settings = manifests.settings or ClusterNetwork()
    return replace(manifests, settings=replace(settings, faults=settings.faults + more))


def _applied(base: Manifests, changes: Manifests) -> Manifests:
    return Manifests(
        settings=changes.settings or base.settings,
        namespaces=_replaced(base.namespaces, changes.namespaces),
        nodes=_replaced(base.nodes, changes.nodes),
        workloads=_replaced(base.workloads, changes.workloads),
        pods=_replaced(base.pods, changes.pods),
        services=_replaced(base.services, changes.services),
        endpoint_slices=_replaced(base.endpoint_slices, changes.endpoint_slices),
        mirrored_endpoints=_replaced(base.mirrored_endpoints, changes.mirrored_endpoints),
        ingress_classes=_replaced(base.ingress_classes, changes.ingress_classes),
        ingresses=_replaced(base.ingresses, changes.ingresses),
        gateway_classes=_replaced(base.gateway_classes, changes.gateway_classes),
        gateways=_replaced(base.gateways, changes.gateways),
        http_routes=_replaced(base.http_routes, changes.http_routes),
        tcp_routes=_replaced(base.tcp_routes, changes.tcp_routes),
        reference_grants=_replaced(base.reference_grants, changes.reference_grants),
        peer_authentications=_replaced(base.peer_authentications, changes.peer_authentications),
        authorization_policies=_replaced(base.authorization_policies, changes.authorization_policies),
        config_maps=_replaced(base.config_maps, changes.config_maps),
        network_policies=_replaced(base.network_policies, changes.network_policies),
        cluster_network_policies=_replaced(base.cluster_network_policies, changes.cluster_network_policies),
        ignored=base.ignored + changes.ignored,
    )


def _replaced(base: tuple[AnyObject, ...], changes: tuple[AnyObject, ...]) -> tuple[AnyObject, ...]:
    """The base objects in their order, those that changed in their new form, and the new ones after them."""
    objects = {_identity(item): item for item in base}
    objects.update((_identity(item), item) for item in changes)
    return tuple(objects.values())


def _identity(item: KubernetesObject) -> tuple[object, ...]:
    return (item.kind, *item.key) if isinstance(item, Workload) else item.key
