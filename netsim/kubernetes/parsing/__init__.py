"""Text to objects: YAML or JSON manifests, as written by hand or dumped by `kubectl get … -o yaml`.

Fields that networking does not need are ignored in Kubernetes objects, because dumps carry many. A field that
Kubernetes does not have, or a value of the wrong type or format, is an error that names file, line and key. Kinds that
are not modelled are listed, not refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from functools import partial
from typing import TypeVar

from netsim.kubernetes.cluster import IgnoredObject
from netsim.kubernetes.gateway import GATEWAY_GROUP, Gateway, GatewayClass, HttpRoute, ReferenceGrant, TcpRoute
from netsim.kubernetes.ingress import Ingress, IngressClass
from netsim.kubernetes.mesh import AuthorizationPolicy, PeerAuthentication
from netsim.kubernetes.objects import (
    ConfigMap,
    EndpointSlice,
    KubernetesObject,
    Namespace,
    Node,
    Pod,
    Service,
    Workload,
    WorkloadKind,
)
from netsim.kubernetes.parsing.config_maps import read_config_map
from netsim.kubernetes.parsing.fields import Field
from netsim.kubernetes.parsing.gateway import read_gateway, read_gateway_class, read_reference_grant
from netsim.kubernetes.parsing.ingress import read_ingress, read_ingress_class
from netsim.kubernetes.parsing.known_fields import refuse_unknown_fields
from netsim.kubernetes.parsing.mesh import SECURITY_GROUP, read_authorization_policy, read_peer_authentication
from netsim.kubernetes.parsing.network_settings import read_cluster_network
from netsim.kubernetes.parsing.nodes import read_namespace, read_node
from netsim.kubernetes.parsing.policies import read_cluster_network_policy, read_network_policy
from netsim.kubernetes.parsing.routes import read_http_route, read_tcp_route
from netsim.kubernetes.parsing.services import read_endpoint_slice, read_endpoints, read_service
from netsim.kubernetes.parsing.workloads import read_pod, read_workload
from netsim.kubernetes.parsing.yaml_source import DEFAULT_LIMITS, Limits, read_documents
from netsim.kubernetes.policies import ClusterNetworkPolicy, NetworkPolicy
from netsim.kubernetes.settings import ClusterNetwork

MAX_OBJECTS = 30_000
SETTINGS_GROUP, SETTINGS_VERSION, SETTINGS_KIND = "netsim.dev", "netsim.dev/v1", "ClusterNetwork"

Read = Callable[[Field], KubernetesObject]
AnyObject = TypeVar("AnyObject", bound=KubernetesObject)

READERS: dict[tuple[str, str], Read] = {
    ("", "Namespace"): read_namespace,
    ("", "Node"): read_node,
    ("", "Pod"): read_pod,
    ("", "Service"): read_service,
    ("", "ConfigMap"): read_config_map,
    ("discovery.k8s.io", "EndpointSlice"): read_endpoint_slice,
    ("networking.k8s.io", "IngressClass"): read_ingress_class,
    ("networking.k8s.io", "Ingress"): read_ingress,
    (GATEWAY_GROUP, "GatewayClass"): read_gateway_class,
    (GATEWAY_GROUP, "Gateway"): read_gateway,
    (GATEWAY_GROUP, "HTTPRoute"): read_http_route,
    (GATEWAY_GROUP, "TCPRoute"): read_tcp_route,
    (GATEWAY_GROUP, "ReferenceGrant"): read_reference_grant,
    (SECURITY_GROUP, "PeerAuthentication"): read_peer_authentication,
    (SECURITY_GROUP, "AuthorizationPolicy"): read_authorization_policy,
    ("networking.k8s.io", "NetworkPolicy"): read_network_policy,
    ("policy.networking.k8s.io", "ClusterNetworkPolicy"): read_cluster_network_policy,
    ("batch", "Job"): partial(read_workload, kind=WorkloadKind.JOB),
    ("apps", "Deployment"): partial(read_workload, kind=WorkloadKind.DEPLOYMENT),
    ("apps", "ReplicaSet"): partial(read_workload, kind=WorkloadKind.REPLICA_SET),
    ("apps", "StatefulSet"): partial(read_workload, kind=WorkloadKind.STATEFUL_SET),
    ("apps", "DaemonSet"): partial(read_workload, kind=WorkloadKind.DAEMON_SET),
}
"""How to read each kind that is modelled, by API group and kind; any version of the group will do."""

KINDS = frozenset(kind for _, kind in READERS)

VERSIONS = {"ClusterNetworkPolicy": "v1alpha2"}
"""The version that a message proposes, where it is not v1."""


@dataclass(frozen=True, slots=True)
class Manifests:
    """The objects of all files as written, in order; nothing is filled in. `settings` is None if no file has them.

    `mirrored_endpoints` are old Endpoints objects in the form of slices; they count for Services without a selector.
    """

    settings: ClusterNetwork | None = None
    namespaces: tuple[Namespace, ...] = ()
    nodes: tuple[Node, ...] = ()
    workloads: tuple[Workload, ...] = ()
    pods: tuple[Pod, ...] = ()
    services: tuple[Service, ...] = ()
    endpoint_slices: tuple[EndpointSlice, ...] = ()
    mirrored_endpoints: tuple[EndpointSlice, ...] = ()
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


def parse_manifests(sources: Iterable[tuple[str, str]], limits: Limits = DEFAULT_LIMITS) -> Manifests:
    """Read (file name, text) pairs.

    Raises InputError for text that is not YAML, that goes beyond `limits`, or that holds a value that does not fit.
    """
    collector = _Collector()
    for file, text in sources:
        for node in read_documents(file, text, limits):
            for item in _flattened(Field.document(file, node)):
                collector.take(item)
    return collector.manifests()


@dataclass(frozen=True, slots=True)
class _Item:
    """One object before it is read."""

    root: Field
    kind: str
    api_version: str

    @property
    def group(self) -> str:
        group, slash, _ = self.api_version.partition("/")
        return group if slash else ""


def _flattened(root: Field, kind: str = "", api_version: str = "") -> Iterator[_Item]:
    """List the object in a document, or those in its List; items of a PodList and its like may leave out their kind."""
    kind = root["kind"].string(kind or None)
    api_version = root["apiVersion"].string(api_version or None)
    if not kind.endswith("List"):
        yield _Item(root, kind, api_version)
        return
    item_kind = kind.removesuffix("List")
    for element in root["items"].elements():
        if not element.is_mapping:
            raise element.wrong("an object with apiVersion and kind")
        yield from _flattened(element.as_document(), item_kind, api_version if item_kind else "")


def _misspelling(item: _Item) -> str:
    """Say what a kind of the API's own groups must have meant, if one that is modelled is near; else ""."""
    if "." in item.group and not item.group.endswith(".k8s.io"):
        return ""
    groups = {kind: group for group, kind in READERS}
    folded = {kind.lower(): kind for kind in groups}
    near = get_close_matches(item.kind.lower(), folded, n=1, cutoff=0.9)
    if not near:
        return ""
    kind = folded[near[0]]
    version = VERSIONS.get(kind, "v1")
    version = f"{groups[kind]}/{version}" if groups[kind] else version
    return f"no kind {item.kind} in {item.api_version}; did you mean {kind} in {version}?"


class _Collector:
    """Gathers objects, and refuses the second of the same kind, namespace and name."""

    def __init__(self) -> None:
        self.settings: ClusterNetwork | None = None
        self.objects: list[KubernetesObject] = []
        self.mirrored: list[EndpointSlice] = []
        self.ignored: list[IgnoredObject] = []
        self.places: dict[tuple[str, str, str], str] = {}

    def take(self, item: _Item) -> None:
        if len(self.places) >= MAX_OBJECTS:
            raise item.root.error(f"more than {MAX_OBJECTS:,} objects")
        read = READERS.get((item.group, item.kind))
        if item.group == SETTINGS_GROUP:
            self._take_settings(item)
        elif item.kind == "Endpoints" and not item.group:
            refuse_unknown_fields(item.root, item.kind)
            self.mirrored += read_endpoints(item.root)
        elif read is None and (meant := _misspelling(item)):
            raise item.root["apiVersion" if item.kind in KINDS else "kind"].error(meant)
        elif read is None or (item.kind == "EndpointSlice" and item.root["addressType"].string("") == "FQDN"):
            self._ignore(item)
        else:
            refuse_unknown_fields(item.root, item.kind)
            found = read(item.root)
            self._claim(item, found.namespace, found.name)
            self.objects.append(found)

    def manifests(self) -> Manifests:
        return Manifests(
            settings=self.settings,
            namespaces=self._of_type(Namespace),
            nodes=self._of_type(Node),
            workloads=self._of_type(Workload),
            pods=self._of_type(Pod),
            services=self._of_type(Service),
            endpoint_slices=self._of_type(EndpointSlice),
            mirrored_endpoints=tuple(self.mirrored),
            ingress_classes=self._of_type(IngressClass),
            ingresses=self._of_type(Ingress),
            gateway_classes=self._of_type(GatewayClass),
            gateways=self._of_type(Gateway),
            http_routes=self._of_type(HttpRoute),
            tcp_routes=self._of_type(TcpRoute),
            reference_grants=self._of_type(ReferenceGrant),
            peer_authentications=self._of_type(PeerAuthentication),
            authorization_policies=self._of_type(AuthorizationPolicy),
            config_maps=self._of_type(ConfigMap),
            network_policies=self._of_type(NetworkPolicy),
            cluster_network_policies=self._of_type(ClusterNetworkPolicy),
            ignored=tuple(self.ignored),
        )

    def _of_type(self, kind: type[AnyObject]) -> tuple[AnyObject, ...]:
        return tuple(item for item in self.objects if isinstance(item, kind))

    def _take_settings(self, item: _Item) -> None:
        if item.kind != SETTINGS_KIND:
            raise item.root["kind"].error(f"{SETTINGS_GROUP} has one kind, {SETTINGS_KIND}, not {item.kind}")
        if item.api_version != SETTINGS_VERSION:
            raise item.root["apiVersion"].error(f"must be {SETTINGS_VERSION}, not {item.api_version}")
        if self.settings is not None:
            first = self.settings.source
            raise item.root["kind"].error(f"there is already a {SETTINGS_KIND}, at {first.file}:{first.line}")
        self.settings = read_cluster_network(item.root)

    def _ignore(self, item: _Item) -> None:
        root, meta = item.root, item.root["metadata"]
        name, namespace = meta["name"].string(""), meta["namespace"].string("")
        self._claim(item, namespace, name)
        self.ignored.append(IgnoredObject(item.kind, namespace, name, root.file, root.line))

    def _claim(self, item: _Item, namespace: str, name: str) -> None:
        key = (f"{item.group}/{item.kind}", namespace, name)
        if key in self.places:
            slashed = f"{namespace}/{name}" if namespace else name
            raise item.root["metadata"]["name"].error(f"{item.kind} {slashed} is already at {self.places[key]}")
        self.places[key] = f"{item.root.file}:{item.root.line}"
