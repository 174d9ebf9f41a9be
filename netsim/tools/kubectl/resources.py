"""The resource types that the simulated API server serves, with the names that kubectl takes for them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from netsim.kubernetes.cluster import Cluster
from netsim.kubernetes.objects import KubernetesObject, WorkloadKind
from netsim.kubernetes.writing import WRITERS
from netsim.kubernetes.writing.values import Manifest
from netsim.tools.kubectl.endpoints import endpoints_of, write_endpoints
from netsim.tools.kubectl.events import events_of, write_event
from netsim.tools.options import UsageError


@dataclass(frozen=True, slots=True)
class Resource:
    """One row of ``kubectl api-resources``; ``objects`` finds them in a cluster, ``write`` makes their manifest."""

    plural: str
    short: tuple[str, ...]
    version: str
    namespaced: bool
    kind: str
    objects: Callable[[Cluster], Iterable[KubernetesObject]]
    write: Callable[[Any], Manifest]

    @property
    def group(self) -> str:
        return self.version.partition("/")[0] if "/" in self.version else ""

    @property
    def qualified(self) -> str:
        """``pods`` or ``deployments.apps``, as errors name it."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @property
    def singular(self) -> str:
        return self.kind.lower()

    def named(self, name: str) -> str:
        """``pod/web-0`` or ``deployment.apps/web``, as ``-o name`` and tables of several types print it."""
        return f"{self.singular}.{self.group}/{name}" if self.group else f"{self.singular}/{name}"

    def found(self, cluster: Cluster, namespace: str | None) -> list[KubernetesObject]:
        """The objects of a namespace, None for all, in the order in which the API lists them."""
        wanted = namespace if self.namespaced else None
        every = (each for each in self.objects(cluster) if wanted is None or each.namespace == wanted)
        return sorted(every, key=lambda each: each.key)


def _field(
    plural: str, short: tuple[str, ...], version: str, kind: str, name: str, namespaced: bool = True
) -> Resource:
    """A resource whose objects are a field of Cluster."""
    return Resource(plural, short, version, namespaced, kind, lambda cluster: getattr(cluster, name), WRITERS[name])


def _workload(plural: str, short: tuple[str, ...], kind: WorkloadKind) -> Resource:
    def objects(cluster: Cluster) -> Iterable[KubernetesObject]:
        return (each for each in cluster.workloads if each.kind is kind)

    return Resource(plural, short, "apps/v1", True, str(kind), objects, WRITERS["workloads"])


NETWORKING = "networking.k8s.io/v1"
GATEWAY = "gateway.networking.k8s.io/v1"

EVENTS = Resource("events", ("ev",), "v1", True, "Event", events_of, write_event)
ENDPOINTS = Resource("endpoints", ("ep",), "v1", True, "Endpoints", endpoints_of, write_endpoints)

RESOURCES = (
    _field("configmaps", ("cm",), "v1", "ConfigMap", "config_maps"),
    ENDPOINTS,
    EVENTS,
    _field("namespaces", ("ns",), "v1", "Namespace", "namespaces", namespaced=False),
    _field("nodes", ("no",), "v1", "Node", "nodes", namespaced=False),
    _field("pods", ("po",), "v1", "Pod", "pods"),
    _field("services", ("svc",), "v1", "Service", "services"),
    _workload("daemonsets", ("ds",), WorkloadKind.DAEMON_SET),
    _workload("deployments", ("deploy",), WorkloadKind.DEPLOYMENT),
    _workload("replicasets", ("rs",), WorkloadKind.REPLICA_SET),
    _workload("statefulsets", ("sts",), WorkloadKind.STATEFUL_SET),
    _field("endpointslices", (), "discovery.k8s.io/v1", "EndpointSlice", "endpoint_slices"),
    _field("gatewayclasses", ("gc",), GATEWAY, "GatewayClass", "gateway_classes", namespaced=False),
    _field("gateways", ("gtw",), GATEWAY, "Gateway", "gateways"),
    _field("httproutes", (), GATEWAY, "HTTPRoute", "http_routes"),
    _field("referencegrants", ("refgrant",), GATEWAY, "ReferenceGrant", "reference_grants"),
    _field("ingressclasses", (), NETWORKING, "IngressClass", "ingress_classes", namespaced=False),
    _field("ingresses", ("ing",), NETWORKING, "Ingress", "ingresses"),
    _field("networkpolicies", ("netpol",), NETWORKING, "NetworkPolicy", "network_policies"),
)
"""In the order of ``kubectl api-resources``: the core group, then the others by name."""

ALL = ("pods", "services", "daemonsets", "deployments", "replicasets", "statefulsets")
"""The category ``all``."""

BY_NAME = {
    name: each
    for each in RESOURCES
    for name in (each.plural, each.singular, *each.short, each.qualified, f"{each.singular}.{each.group}")
}


def resource_named(word: str) -> Resource:
    """UsageError in the words of the API's discovery for a type that is not served."""
    found = BY_NAME.get(word.lower())
    if found is None:
        raise UsageError(f'error: the server doesn\'t have a resource type "{word}"', 1)
    return found
