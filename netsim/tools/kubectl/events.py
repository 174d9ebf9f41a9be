"""The Events of a cluster, derived from its state: what its scheduler and kubelets would have reported.

Without a clock there is one Event for each thing that is wrong now. Reasons: pkg/kubelet/events/event.go of Kubernetes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from uuid import NAMESPACE_URL, uuid5

from netsim.kubernetes.cluster import Cluster
from netsim.kubernetes.objects import KubernetesObject, Node, ObjectMeta, ObjectReference, Pod, PodPhase
from netsim.kubernetes.settings import CniPlugin
from netsim.kubernetes.writing.metadata import manifest
from netsim.kubernetes.writing.values import Manifest, compact
from netsim.tools.kubectl.states import NO_PLUGIN, lacks_plugin

NETWORK_NOT_READY = (
    "network is not ready: container runtime network not ready: NetworkReady=false "
    f"reason:NetworkPluginNotReady message:Network plugin returns error: {NO_PLUGIN}"
)
"""errNetworkNotReady of kubelet.go around the runtime's condition (containerd pkg/cri/server/status.go)."""

SUBNET_FILE_MISSING = (
    "failed to load flannel 'subnet.env' file: open /run/flannel/subnet.env: no such file or directory. "
    "Check the flannel pod log for this node."
)
"""flannel-io/cni-plugin flannel.go: the daemon writes the file only when it has its lease."""

NO_POD_CIDR = "pod cidr not assigned"
"""flannel's kube subnet manager (pkg/subnet/kube/kube.go) on a node without spec.podCIDR."""

WRONG_PATH = "HTTP probe failed with statuscode: 404"
"""pkg/probe/http/http.go, for the fault whose probe asks for the wrong path."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event(KubernetesObject):
    """``type`` is Normal or Warning; ``source`` the component that reported it; ``field`` a part of the object."""

    about: ObjectReference
    type: str
    reason: str
    message: str
    source: str
    field: str = ""
    count: int = 1


def events_of(cluster: Cluster) -> Iterator[Event]:
    """Every Event, oldest first: of Nodes (in namespace default), then of Pods.

    Each is named as client-go does it, after its object and the time in hexadecimal; a number in order stands for that.
    """
    for number, event in enumerate(_reported(cluster), 1):
        yield replace(event, meta=replace(event.meta, name=f"{event.about.name}.{number:016x}"))


def _reported(cluster: Cluster) -> Iterator[Event]:
    for node in cluster.nodes:
        if lacks_plugin(cluster, node) or not node.ready:
            yield _event(
                node, "Node", "Normal", "NodeNotReady", f"Node {node.name} status is now: NodeNotReady", "kubelet"
            )
    for pod in cluster.pods:
        yield from _of_pod(cluster, pod)


def events_about(cluster: Cluster, kind: str, item: KubernetesObject) -> tuple[Event, ...]:
    wanted = ObjectReference(kind, item.namespace, item.name)
    return tuple(each for each in events_of(cluster) if each.about == wanted)


def _of_pod(cluster: Cluster, pod: Pod) -> Iterator[Event]:
    if pod.phase is PodPhase.PENDING and not pod.node_name:
        yield _of(pod, "Warning", "FailedScheduling", pod.pending_reason, "default-scheduler")
    elif pod.phase is PodPhase.PENDING:
        placed = f"Successfully assigned {pod.namespace}/{pod.name} to {pod.node_name}"
        yield _of(pod, "Normal", "Scheduled", placed, "default-scheduler")
        if pod.pending_reason:
            yield _no_network(cluster, pod)
    elif pod.crash_loop:
        name = pod.containers[0].name if pod.containers else ""
        again = f"Back-off restarting failed container {name} in pod {pod.name}_{pod.namespace}({_uid(pod)})"
        yield _in_container(_of(pod, "Warning", "BackOff", again, "kubelet"), name)
    elif pod.phase is PodPhase.RUNNING and not pod.ready and not pod.terminating:
        name = pod.containers[0].name if pod.containers else ""
        failed = f"Readiness probe failed: {_probe_output(cluster)}".rstrip()
        yield _in_container(_of(pod, "Warning", "Unhealthy", failed, "kubelet"), name)


def _probe_output(cluster: Cluster) -> str:
    """What the readiness probe answered; unknown, and so empty, unless the named fault says that its path is wrong."""
    return WRONG_PATH if any(fault.name == "readiness-fails" for fault in cluster.settings.faults) else ""


def _no_network(cluster: Cluster, pod: Pod) -> Event:
    if NO_PLUGIN in pod.pending_reason:
        return _of(pod, "Warning", "NetworkNotReady", NETWORK_NOT_READY, "kubelet")
    message = (
        "Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox "
        f'"{_sandbox(pod)}": {_plugin_error(cluster, pod)}'
    )
    return _of(pod, "Warning", "FailedCreatePodSandBox", message, "kubelet")


def _plugin_error(cluster: Cluster, pod: Pod) -> str:
    """As libcni wraps it; flannel's plugin delegates to bridge, whose IPAM plugin is host-local."""
    plugin, reason = cluster.settings.cni.plugin, pod.pending_reason
    if NO_POD_CIDR in reason:
        reason = SUBNET_FILE_MISSING if plugin is CniPlugin.FLANNEL else reason
    elif plugin is CniPlugin.FLANNEL:
        reason = f"failed to delegate add: {_with_range(cluster, pod)}"
    return f'plugin type="{plugin}" failed (add): {reason}'


def _with_range(cluster: Cluster, pod: Pod) -> str:
    """host-local ends its message with the range, from the first to the last address that it may give."""
    if not pod.pending_reason.endswith("range set"):
        return pod.pending_reason
    (cidr, *_) = cluster.node(pod.node_name).pod_cidrs
    return f"{pod.pending_reason}: {cidr[1]}-{cidr[-2]}"


def _sandbox(pod: Pod) -> str:
    """A container ID: 64 hexadecimal digits, always the same for a Pod."""
    return sha256(f"{pod.namespace}/{pod.name}".encode()).hexdigest()


def _uid(pod: Pod) -> str:
    """That of the manifest, else one that is always the same for the Pod."""
    return pod.meta.uid or str(uuid5(NAMESPACE_URL, f"{pod.namespace}/{pod.name}"))


def _in_container(event: Event, name: str) -> Event:
    return replace(event, field=f"spec.containers{{{name}}}")


def _of(pod: Pod, kind: str, reason: str, message: str, source: str) -> Event:
    return _event(pod, "Pod", kind, reason, message, source)


def _event(item: Pod | Node, kind: str, severity: str, reason: str, message: str, source: str) -> Event:
    meta = ObjectMeta(item.name, item.namespace or "default")
    about = ObjectReference(kind, item.namespace, item.name)
    return Event(meta=meta, about=about, type=severity, reason=reason, message=message, source=source)


def write_event(item: Event) -> Manifest:
    about = compact(
        {"kind": item.about.kind, "namespace": item.about.namespace, "name": item.about.name, "fieldPath": item.field}
    )
    return manifest(
        item, "v1", "Event", involvedObject=about, type=item.type, reason=item.reason, message=item.message,
        source={"component": item.source}, count=item.count,
    )  # fmt: skip
