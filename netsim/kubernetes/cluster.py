"""Cluster: everything that runs, completed by the controllers, with look-ups that say what there is instead."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, TypeVar

from netsim.errors import NetsimError
from netsim.kubernetes.gateway import Gateway, GatewayClass, HttpRoute, ReferenceGrant, TcpRoute
from netsim.kubernetes.ingress import Ingress, IngressClass
from netsim.kubernetes.mesh import AuthorizationPolicy, PeerAuthentication
from netsim.kubernetes.objects import (
    ConfigMap,
    EndpointSlice,
    IPAddress,
    KubernetesObject,
    Namespace,
    Node,
    OwnerReference,
    Pod,
    Service,
    Workload,
    WorkloadKind,
)
from netsim.kubernetes.policies import ClusterNetworkPolicy, NetworkPolicy
from netsim.kubernetes.settings import ClusterNetwork

AnyObject = TypeVar("AnyObject", bound=KubernetesObject)
Key = TypeVar("Key")
Found = TypeVar("Found")


WORKLOADS = {
    "deploy": WorkloadKind.DEPLOYMENT,
    "deployment": WorkloadKind.DEPLOYMENT,
    "statefulset": WorkloadKind.STATEFUL_SET,
    "daemonset": WorkloadKind.DAEMON_SET,
}
"""The words before ``/NAMESPACE/NAME`` that mean a workload's first Pod."""


@dataclass(frozen=True, slots=True)
class IgnoredObject:
    """An object of a kind that this engine does not model."""

    kind: str
    namespace: str
    name: str
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Cluster:
    """The objects of one cluster, in the order in which they were written or made."""

    settings: ClusterNetwork = field(default_factory=ClusterNetwork)
    namespaces: tuple[Namespace, ...] = ()
    nodes: tuple[Node, ...] = ()
    workloads: tuple[Workload, ...] = ()
    pods: tuple[Pod, ...] = ()
    services: tuple[Service, ...] = ()
    endpoint_slices: tuple[EndpointSlice, ...] = ()
    ingress_classes: tuple[IngressClass, ...] = ()
    ingresses: tuple[Ingress, ...] = ()
    gateway_classes: tuple[GatewayClass, ...] = ()
    gateways: tuple[Gateway, ...] = ()
    http_routes: tuple[HttpRoute, ...] = ()
    tcp_routes: tuple[TcpRoute, ...] = ()
    reference_grants: tuple[ReferenceGrant, ...] = ()
    peer_authentications: tuple[PeerAuthentication, ...] = ()
    authorization_policies: tuple[AuthorizationPolicy, ...] = ()
    config_maps: tuple[ConfigMap, ...] = ()
    network_policies: tuple[NetworkPolicy, ...] = ()
    cluster_network_policies: tuple[ClusterNetworkPolicy, ...] = ()
    ignored: tuple[IgnoredObject, ...] = ()
    _indexes: dict[str, dict[Any, Any]] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def left_out(self) -> str:
        """How many objects of each kind that is not modelled there were: ``3 Lease, 1 PodDisruptionBudget``, or ""."""
        kinds = Counter(each.kind for each in self.ignored)
        return ", ".join(f"{count} {kind}" for kind, count in kinds.most_common())

    def _index(self, name: str, make: Callable[[], dict[Key, Found]]) -> dict[Key, Found]:
        """An index that is made once, when it is first asked."""
        if name not in self._indexes:
            self._indexes[name] = make()
        return self._indexes[name]

    def node(self, name: str) -> Node:
        """Return the Node `name`; raise NetsimError naming near matches if there is none."""
        return _find("Node", self._index("nodes", lambda: _by_key(self.nodes)), ("", name))

    def pod(self, namespace: str, name: str) -> Pod:
        """Return the Pod `namespace/name`; raise NetsimError naming near matches if there is none."""
        return _find("Pod", self._index("pods", lambda: _by_key(self.pods)), (namespace, name))

    def service(self, namespace: str, name: str) -> Service:
        """Return the Service `namespace/name`; raise NetsimError naming near matches if there is none."""
        return _find("Service", self._services(), (namespace, name))

    def find_service(self, namespace: str, name: str) -> Service | None:
        """Return the Service `namespace/name`, or None."""
        return self._services().get((namespace, name))

    def config_map(self, namespace: str, name: str) -> ConfigMap | None:
        """Return the ConfigMap `namespace/name`, or None."""
        return self._index("config maps", lambda: _by_key(self.config_maps)).get((namespace, name))

    def _services(self) -> dict[tuple[str, str], Service]:
        return self._index("services", lambda: _by_key(self.services))

    def workload(self, kind: WorkloadKind, namespace: str, name: str) -> Workload:
        """Return the workload `namespace/name` of `kind`; raise NetsimError naming near matches if there is none."""
        return _find(kind, _by_key(w for w in self.workloads if w.kind is kind), (namespace, name))

    def pods_on(self, node_name: str) -> tuple[Pod, ...]:
        """Return the Pods placed on a node that have not finished."""
        unfinished = ((pod.node_name, pod) for pod in self.pods if not pod.finished)
        return tuple(self._index("pods on nodes", lambda: _grouped(unfinished)).get(node_name, ()))

    def pods_of(self, kind: WorkloadKind, namespace: str, name: str) -> tuple[Pod, ...]:
        """Return the Pods of a workload, those of a Deployment through its ReplicaSets, ordered by name.

        Raises NetsimError if there is no such workload; an empty tuple means that it has no Pods.
        """
        workload = self.workload(kind, namespace, name)
        owners = {OwnerReference(kind, workload.name)}
        owners |= {
            OwnerReference(w.kind, w.name)
            for w in self.workloads
            if w.namespace == namespace and w.meta.owner in owners
        }
        pods = (pod for pod in self.pods if pod.namespace == namespace and pod.owner in owners)
        return tuple(sorted(pods, key=lambda pod: pod.name))

    def first_pod(self, word: str, namespace: str, name: str) -> Pod:
        """Return the first Pod of ``WORD/NAMESPACE/NAME``, a word of `WORKLOADS`; NetsimError if there is none."""
        pods = self.pods_of(WORKLOADS[word], namespace, name)
        if not pods:
            raise NetsimError(f"{word}/{namespace}/{name} has no Pods")
        return pods[0]

    def slices_of(self, service: Service) -> tuple[EndpointSlice, ...]:
        """Return the EndpointSlices that name `service`."""
        pieces = (((s.namespace, s.service_name), s) for s in self.endpoint_slices)
        return tuple(self._index("slices", lambda: _grouped(pieces)).get(service.key, ()))

    def pod_with_ip(self, address: IPAddress) -> Pod | None:
        """Return the Pod that owns `address` (an ipaddress value) in its own network; None if no Pod does."""
        own = ((ip, pod) for pod in self.pods if not (pod.host_network or pod.finished) for ip in pod.pod_ips)
        return self._index("pods by address", lambda: dict(own)).get(address)


def _by_key(objects: Iterable[AnyObject]) -> dict[tuple[str, str], AnyObject]:
    return {item.key: item for item in objects}


def _grouped(pairs: Iterable[tuple[Key, Found]]) -> dict[Key, list[Found]]:
    groups: dict[Key, list[Found]] = {}
    for key, item in pairs:
        groups.setdefault(key, []).append(item)
    return groups


def _find(kind: str, by_key: Mapping[tuple[str, str], AnyObject], key: tuple[str, str]) -> AnyObject:
    if key in by_key:
        return by_key[key]
    raise NetsimError(f"no {kind} {_slashed(key)}: {_near_matches(kind, key, list(by_key))}")


def _slashed(key: tuple[str, str]) -> str:
    return "/".join(part for part in key if part)


def _near_matches(kind: str, key: tuple[str, str], keys: list[tuple[str, str]]) -> str:
    """Say what was probably meant: the same name elsewhere, a similar name, or else what exists."""
    if not keys:
        return f"the cluster has no {kind}"
    same_name = [_slashed(k) for k in keys if k[1] == key[1]]
    prefixed = [_slashed(k) for k in keys if k[0] == key[0] and k[1].startswith(key[1])]
    similar = get_close_matches(_slashed(key), [_slashed(k) for k in keys], n=3, cutoff=0.7)
    meant = list(dict.fromkeys(same_name + prefixed + similar))[:3]
    if meant:
        return f"did you mean {' or '.join(meant)}?"
    shown = sorted(_slashed(k) for k in keys)
    return f"there {'is' if len(shown) == 1 else 'are'} {', '.join(shown[:10])}" + (
        " and more" if len(shown) > 10 else ""
    )
