"""Kubernetes objects reduced to what networking needs, as frozen values named as the API names them.

The same classes hold an object as written in a manifest and as completed by the controllers: what is still open is
empty (`pod_ips`, `cluster_ips`), None (`node_port`) or "" (`node_name`). Addresses are `ipaddress` values.
Field meanings: Kubernetes API reference, core/v1, apps/v1, batch/v1 and discovery.k8s.io/v1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

from netsim.errors import InputError
from netsim.kubernetes.selectors import LabelSelector, Requirement

IPAddress = IPv4Address | IPv6Address
IPNetwork = IPv4Network | IPv6Network

HOSTNAME_LABEL = "kubernetes.io/hostname"
ZONE_LABEL = "topology.kubernetes.io/zone"
SERVICE_NAME_LABEL = "kubernetes.io/service-name"
SERVICE_PROXY_NAME_LABEL = "service.kubernetes.io/service-proxy-name"
READY_ANNOTATION = "netsim.dev/ready"
"""`"false"` on a Pod or a Pod template says that its readiness probe fails, where no status says so."""


class Protocol(StrEnum):
    TCP = "TCP"
    UDP = "UDP"
    SCTP = "SCTP"


@dataclass(frozen=True, slots=True)
class Source:
    """Where an object was written: `lines` gives the line of each key that was read, by its path."""

    file: str
    line: int
    lines: Mapping[str, int] = field(default_factory=dict, compare=False)

    def error(self, path: str, message: str) -> InputError:
        """Make the error for the value at `path`, or for the nearest key above it that was written."""
        key = path
        while key and key not in self.lines:
            key = key[: max(key.rfind("."), key.rfind("["), 0)]
        return InputError(self.file, self.lines.get(key, self.line), path, message)


@dataclass(frozen=True, slots=True)
class OwnerReference:
    """The controller of an object (metadata.ownerReferences with `controller: true`)."""

    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class ObjectMeta:
    """Name and labels; `namespace` is "" for kinds that have none; `source` is None if a controller made the object."""

    name: str
    namespace: str = ""
    labels: Mapping[str, str] = field(default_factory=dict, hash=False)
    annotations: Mapping[str, str] = field(default_factory=dict, hash=False)
    uid: str = ""
    owner: OwnerReference | None = None
    source: Source | None = field(default=None, compare=False)

    def error(self, path: str, message: str) -> InputError:
        """Make the error for the value at `path` of this object."""
        return (self.source or Source("<generated>", 0)).error(path, message)


@dataclass(frozen=True, slots=True, kw_only=True)
class KubernetesObject:
    """What every object has."""

    meta: ObjectMeta

    @property
    def name(self) -> str:
        return self.meta.name

    @property
    def namespace(self) -> str:
        return self.meta.namespace

    @property
    def key(self) -> tuple[str, str]:
        """(namespace, name): unique among objects of one kind."""
        return self.meta.namespace, self.meta.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Namespace(KubernetesObject):
    """A Namespace; the API server adds the label `kubernetes.io/metadata.name`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigMap(KubernetesObject):
    """A ConfigMap; of interest is that of CoreDNS. `binaryData` is left out."""

    data: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Taint:
    """A node taint; `effect` is NoSchedule, PreferNoSchedule or NoExecute."""

    key: str
    value: str
    effect: str


@dataclass(frozen=True, slots=True)
class Toleration:
    """What a Pod tolerates: an empty `key` with Exists matches every taint, an empty `effect` every effect."""

    key: str = ""
    operator: str = "Equal"
    value: str = ""
    effect: str = ""

    def tolerates(self, taint: Taint) -> bool:
        """Follow core/v1 helper ToleratesTaint."""
        if self.effect and self.effect != taint.effect:
            return False
        if self.key and self.key != taint.key:
            return False
        return self.operator == "Exists" or (bool(self.key) and self.value == taint.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Node(KubernetesObject):
    """A Node. `addresses` are its InternalIPs, the primary one first; `pod_cidrs` one per address family."""

    addresses: tuple[IPAddress, ...] = ()
    pod_cidrs: tuple[IPNetwork, ...] = ()
    ready: bool = True
    unschedulable: bool = False
    taints: tuple[Taint, ...] = ()
    max_pods: int = 110

    @property
    def zone(self) -> str:
        return self.meta.labels.get(ZONE_LABEL, "")


@dataclass(frozen=True, slots=True)
class ContainerPort:
    """A port that a container listens on; `host_port` is 0 when the node does not map one."""

    port: int
    name: str = ""
    protocol: Protocol = Protocol.TCP
    host_port: int = 0
    host_ip: IPAddress | None = None


@dataclass(frozen=True, slots=True)
class Container:
    name: str
    ports: tuple[ContainerPort, ...] = ()


@dataclass(frozen=True, slots=True)
class PodDNSConfig:
    """spec.dnsConfig; `options` are (name, value) pairs, value "" where the option has none."""

    nameservers: tuple[IPAddress, ...] = ()
    searches: tuple[str, ...] = ()
    options: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class PodSpec:
    """What a Pod asks for. `node_affinity` holds the required terms: one of them must match, each wholly.

    `dns_policy` is "" where it is left out, which means ClusterFirst. `host_aliases` are (address, name) lines of the
    Pod's /etc/hosts. `sidecars` are the init containers that stay (restartPolicy Always, KEP-753).
    """

    containers: tuple[Container, ...] = ()
    sidecars: tuple[Container, ...] = ()
    node_name: str = ""
    host_network: bool = False
    node_selector: Mapping[str, str] = field(default_factory=dict, hash=False)
    node_affinity: tuple[tuple[Requirement, ...], ...] = ()
    tolerations: tuple[Toleration, ...] = ()
    dns_policy: str = ""
    dns_config: PodDNSConfig = PodDNSConfig()
    hostname: str = ""
    subdomain: str = ""
    host_aliases: tuple[tuple[IPAddress, str], ...] = ()
    service_account: str = "default"

    @property
    def ports(self) -> tuple[ContainerPort, ...]:
        """The ports of all containers, then those of the sidecars, in which order a port's name is looked up."""
        return tuple(port for container in self.containers + self.sidecars for port in container.ports)


class PodPhase(StrEnum):
    PENDING = "Pending"
    RUNNING = "Running"
    SUCCEEDED = "Succeeded"
    FAILED = "Failed"
    UNKNOWN = "Unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pod(KubernetesObject):
    """A Pod. `pod_ips` has at most one address a family, the primary first; with `host_network` they are the node's.

    `ready` is the Ready condition; `terminating` means that a deletion timestamp is set; `pending_reason` says, in the
    words of the scheduler or the CNI plugin, why a Pending Pod does not run. `crash_loop` says why its containers exit
    again and again (CrashLoopBackOff); then nobody listens.
    """

    spec: PodSpec
    pod_ips: tuple[IPAddress, ...] = ()
    host_ip: IPAddress | None = None
    ready: bool = True
    terminating: bool = False
    phase: PodPhase = PodPhase.RUNNING
    pending_reason: str = ""
    crash_loop: str = ""

    @property
    def node_name(self) -> str:
        return self.spec.node_name

    @property
    def host_network(self) -> bool:
        return self.spec.host_network

    @property
    def containers(self) -> tuple[Container, ...]:
        return self.spec.containers

    @property
    def owner(self) -> OwnerReference | None:
        return self.meta.owner

    @property
    def finished(self) -> bool:
        """Succeeded or Failed: the Pod has no network any more."""
        return self.phase in (PodPhase.SUCCEEDED, PodPhase.FAILED)


@dataclass(frozen=True, slots=True)
class PodTemplate:
    labels: Mapping[str, str] = field(default_factory=dict, hash=False)
    annotations: Mapping[str, str] = field(default_factory=dict, hash=False)
    spec: PodSpec = PodSpec()


class WorkloadKind(StrEnum):
    DEPLOYMENT = "Deployment"
    REPLICA_SET = "ReplicaSet"
    STATEFUL_SET = "StatefulSet"
    DAEMON_SET = "DaemonSet"
    JOB = "Job"


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload(KubernetesObject):
    """A controller of Pods. A DaemonSet has no use for `replicas`; only a StatefulSet has the last two."""

    kind: WorkloadKind
    replicas: int = 1
    selector: LabelSelector
    template: PodTemplate
    service_name: str = ""
    first_ordinal: int = 0


class ServiceType(StrEnum):
    CLUSTER_IP = "ClusterIP"
    NODE_PORT = "NodePort"
    LOAD_BALANCER = "LoadBalancer"
    EXTERNAL_NAME = "ExternalName"


class TrafficPolicy(StrEnum):
    CLUSTER = "Cluster"
    LOCAL = "Local"


class SessionAffinity(StrEnum):
    NONE = "None"
    CLIENT_IP = "ClientIP"


class TrafficDistribution(StrEnum):
    """PreferClose is read as PreferSameZone, whose deprecated alias it is (KEP-3015)."""

    PREFER_SAME_ZONE = "PreferSameZone"
    PREFER_SAME_NODE = "PreferSameNode"


@dataclass(frozen=True, slots=True)
class ServicePort:
    """`target_port` is a number, or the name of a container port that each Pod resolves for itself."""

    port: int
    target_port: int | str
    name: str = ""
    protocol: Protocol = Protocol.TCP
    node_port: int | None = None


@dataclass(frozen=True, slots=True)
class LoadBalancerIngress:
    """status.loadBalancer.ingress[]: with `ip_mode` Proxy packets arrive addressed to a node or Pod, not to `ip`."""

    ip: IPAddress
    ip_mode: str = "VIP"


@dataclass(frozen=True, slots=True, kw_only=True)
class Service(KubernetesObject):
    """A Service. `ip_families` are 4 and 6, the primary one first; empty until the address is allocated."""

    type: ServiceType = ServiceType.CLUSTER_IP
    headless: bool = False
    cluster_ips: tuple[IPAddress, ...] = ()
    ip_families: tuple[int, ...] = ()
    ip_family_policy: str = "SingleStack"
    external_name: str = ""
    selector: Mapping[str, str] = field(default_factory=dict, hash=False)
    ports: tuple[ServicePort, ...] = ()
    external_traffic_policy: TrafficPolicy = TrafficPolicy.CLUSTER
    internal_traffic_policy: TrafficPolicy = TrafficPolicy.CLUSTER
    session_affinity: SessionAffinity = SessionAffinity.NONE
    session_affinity_timeout: int = 10800
    external_ips: tuple[IPAddress, ...] = ()
    load_balancer_ingress: tuple[LoadBalancerIngress, ...] = ()
    load_balancer_source_ranges: tuple[IPNetwork, ...] = ()
    allocate_load_balancer_node_ports: bool = True
    health_check_node_port: int | None = None
    publish_not_ready_addresses: bool = False
    traffic_distribution: TrafficDistribution | None = None

    @property
    def load_balancer_ips(self) -> tuple[IPAddress, ...]:
        """The addresses for which a proxy makes rules: those whose ipMode is VIP (KEP-1860)."""
        return tuple(ingress.ip for ingress in self.load_balancer_ingress if ingress.ip_mode == "VIP")

    @property
    def service_proxy_name(self) -> str:
        """Not "" where another proxy serves this Service and kube-proxy leaves it alone."""
        return self.meta.labels.get(SERVICE_PROXY_NAME_LABEL, "")


@dataclass(frozen=True, slots=True)
class ObjectReference:
    kind: str
    namespace: str
    name: str


@dataclass(frozen=True, slots=True)
class EndpointPort:
    """`port` is None where the slice is not restricted to a port (discovery.k8s.io/v1 EndpointPort)."""

    port: int | None
    name: str = ""
    protocol: Protocol = Protocol.TCP


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One backend. Conditions are resolved: an unset `ready` is true, an unset `serving` equals `ready`."""

    addresses: tuple[IPAddress, ...]
    ready: bool = True
    serving: bool = True
    terminating: bool = False
    node_name: str = ""
    zone: str = ""
    hostname: str = ""
    hint_zones: tuple[str, ...] = ()
    hint_nodes: tuple[str, ...] = ()
    target: ObjectReference | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointSlice(KubernetesObject):
    """Backends of the Service `service_name` in the same namespace; `ip_family` is 4 or 6."""

    service_name: str
    ip_family: int = 4
    endpoints: tuple[Endpoint, ...] = ()
    ports: tuple[EndpointPort, ...] = ()
