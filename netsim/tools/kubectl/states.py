"""What kubectl makes of the state of a Pod or a Node in one word."""

from __future__ import annotations

from netsim.kubernetes.cluster import Cluster
from netsim.kubernetes.objects import Container, Node, Pod, PodPhase

NO_PLUGIN = "cni plugin not initialized"
"""containerd's status without a CNI configuration (pkg/cri/server/status.go); it makes the node NotReady."""

OWN_WORDS = {PodPhase.SUCCEEDED: "Completed", PodPhase.FAILED: "Error"}


def pod_status(pod: Pod) -> str:
    """The column STATUS (kubernetes pkg/printers/internalversion printPod)."""
    if pod.terminating:
        return "Terminating"
    if pod.crash_loop:
        return "CrashLoopBackOff"
    if pod.phase is PodPhase.PENDING and pod.node_name:
        return f"Init:0/{len(pod.spec.sidecars)}" if pod.spec.sidecars else "ContainerCreating"
    return OWN_WORDS.get(pod.phase, str(pod.phase))


def unready_containers(pod: Pod) -> tuple[Container, ...]:
    """The engine keeps one condition for the whole Pod; where it is false while the Pod runs, the first container is
    the one that is not ready."""
    if pod.phase is PodPhase.RUNNING:
        return () if pod.ready else pod.containers[:1]
    return pod.containers + pod.spec.sidecars


def ready_count(pod: Pod) -> str:
    """The column READY: containers, and init containers that stay."""
    every = len(pod.containers) + len(pod.spec.sidecars)
    return f"{every - len(unready_containers(pod))}/{every}"


def restarts(pod: Pod) -> int:
    """The engine has no clock and no restarts; a back-off begins after the first."""
    return 1 if pod.crash_loop else 0


def lacks_plugin(cluster: Cluster, node: Node) -> bool:
    """Whether the node's runtime has no CNI plugin: its Pods say so."""
    return any(NO_PLUGIN in pod.pending_reason for pod in cluster.pods if pod.node_name == node.name)


def node_is_ready(cluster: Cluster, node: Node) -> bool:
    return node.ready and not lacks_plugin(cluster, node)


def node_status(cluster: Cluster, node: Node) -> str:
    ready = "Ready" if node_is_ready(cluster, node) else "NotReady"
    return ready + (",SchedulingDisabled" if node.unschedulable else "")


def node_roles(node: Node) -> str:
    """From the labels ``node-role.kubernetes.io/ROLE``."""
    prefix = "node-role.kubernetes.io/"
    roles = sorted(key.removeprefix(prefix) for key in node.meta.labels if key.startswith(prefix))
    return ",".join(roles) or "<none>"
