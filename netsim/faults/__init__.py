"""Named faults: each breaks a cluster the way real ones break, by changing state and nothing else.

``ClusterNetwork.spec.faults`` lists them, or ``netsim.load_cluster(…, faults=["selector-typo"])``. What a fault does
is in ``services``, ``workloads``, ``proxy``, ``machines`` …; ``CATALOGUE`` has them by name.
"""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from netsim.faults import http, machines, mesh, names, overlay, policies, proxy, services, workloads
from netsim.faults.kinds import Choice, FaultKind
from netsim.kubernetes.cluster import Cluster
from netsim.kubernetes.objects import Pod
from netsim.kubernetes.parsing import Manifests
from netsim.kubernetes.settings import ClusterNetwork, Fault
from netsim.network import Network

CATALOGUE: dict[str, FaultKind] = {
    kind.name: kind
    for module in (services, workloads, proxy, machines, overlay, names, policies, http, mesh)
    for kind in sorted(module.FAULTS, key=lambda kind: kind.number)
}


def chosen(settings: ClusterNetwork) -> Iterator[tuple[FaultKind, Choice]]:
    """The faults of a cluster in the order in which they are written.

    Raises InputError for a name that is not in the catalogue and for an option that the fault does not have.
    """
    for index, fault in enumerate(settings.faults):
        choice = Choice(fault, f"spec.faults[{index}]", settings.source)
        kind = CATALOGUE.get(fault.name)
        if kind is None:
            near = get_close_matches(fault.name, CATALOGUE, n=3) or sorted(CATALOGUE)
            raise choice.error("name", f"no such fault; did you mean {' or '.join(near[:3])}?")
        for key in fault.options:
            if key not in kind.options:
                raise choice.error(key, f"no such option; it has {', '.join(kind.options) or 'none'}")
        yield kind, choice


def still_to_come(settings: ClusterNetwork) -> tuple[Fault, ...]:
    """The faults of a completed cluster that are not in its objects: those of proxies and of kernels."""
    return tuple(
        choice.fault for kind, choice in chosen(settings) if kind.edit_objects is None and kind.edit_pods is None
    )


def edit_objects(manifests: Manifests) -> Manifests:
    """The objects with the faults that are written into them; InputError where a fault finds nothing to break."""
    for kind, choice in chosen(manifests.settings or ClusterNetwork()):
        if kind.edit_objects is not None:
            manifests = kind.edit_objects(manifests, choice)
    return manifests


def edit_pods(pods: tuple[Pod, ...], settings: ClusterNetwork) -> tuple[Pod, ...]:
    """The Pods, placed and with addresses, with the faults that befall them when they start."""
    for kind, choice in chosen(settings):
        if kind.edit_pods is not None:
            pods = kind.edit_pods(pods, choice)
    return pods


def proxy_views(cluster: Cluster) -> dict[str, Cluster]:
    """By Node, the cluster as a kube-proxy that fell behind saw it last."""
    return dict(
        kind.proxy_view(cluster, choice) for kind, choice in chosen(cluster.settings) if kind.proxy_view is not None
    )


def amend_network(network: Network, cluster: Cluster) -> None:
    """Break the kernels' state as the faults say, in the order in which they are written."""
    for kind, choice in chosen(cluster.settings):
        if kind.amend_network is not None:
            kind.amend_network(network, cluster, choice)
