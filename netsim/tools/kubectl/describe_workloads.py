"""``kubectl describe`` of Pods and Nodes (kubectl pkg/describe describePod, describeNode).

kubectl writes a space after the cells of a condition, and so does this; times are left out, as the engine has no clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from netsim.kubernetes.cluster import Cluster
from netsim.kubernetes.objects import Container, ContainerPort, Node, Pod, PodPhase, Taint, Toleration
from netsim.tools.kubectl.columns import AGE
from netsim.tools.kubectl.events import NETWORK_NOT_READY
from netsim.tools.kubectl.states import (
    lacks_plugin,
    node_is_ready,
    node_roles,
    pod_status,
    restarts,
    unready_containers,
)
from netsim.tools.kubectl.tables import Row

NONE = "<none>"


def listed(name: str, texts: Iterable[str]) -> list[Row]:
    """A name and a value on each line below it; ``<none>`` where there is no value."""
    values = list(texts) or [NONE]
    return [[f"{name}:", values[0]], *(["", value] for value in values[1:])]


def pairs(name: str, values: Mapping[str, str], sign: str = "=") -> list[Row]:
    return listed(name, (f"{key}{sign}{value}" for key, value in sorted(values.items())))


def pod(cluster: Cluster, item: Pod) -> list[Row]:
    placed = f"{item.node_name}/{cluster.node(item.node_name).addresses[0]}" if item.node_name else NONE
    rows: list[Row] = [
        ["Name:", item.name],
        ["Namespace:", item.namespace],
        ["Service Account:", item.spec.service_account],
        ["Node:", placed],
        *pairs("Labels", item.meta.labels),
        *pairs("Annotations", item.meta.annotations, ": "),
        ["Status:", f"Terminating (lasts {AGE})" if item.terminating else str(item.phase)],
        ["IP:", str(item.pod_ips[0]) if item.pod_ips else ""],
        *([["IPs:"]] if item.pod_ips else [["IPs:", NONE]]),
        *(["  IP:", str(address)] for address in item.pod_ips),
    ]
    if item.owner is not None:
        rows.append(["Controlled By:", f"{item.owner.kind}/{item.owner.name}"])
    if item.spec.sidecars:
        rows.append(["Init Containers:"])
        rows += [row for each in item.spec.sidecars for row in _container(item, each)]
    rows.append(["Containers:"])
    rows += [row for each in item.containers for row in _container(item, each)]
    rows += _conditions(item)
    rows += pairs("Node-Selectors", item.spec.node_selector)
    return rows + listed("Tolerations", (_toleration(each) for each in item.spec.tolerations))


def _container(item: Pod, container: Container) -> list[Row]:
    """Whose state follows from the Pod's: waiting, running or, after a crash, waiting again."""
    plural = "s" if len(container.ports) > 1 else ""
    ready = container not in unready_containers(item)
    waits = item.phase is PodPhase.PENDING or (bool(item.crash_loop) and not ready)
    state: list[Row] = [["    State:", "Waiting" if waits else "Running"]]
    if waits and item.node_name:
        state.append(["      Reason:", pod_status(item) if item.crash_loop else "ContainerCreating"])
    return [
        [f"  {container.name}:"],
        [f"    Port{plural}:", _ports(container.ports, host=False)],
        [f"    Host Port{plural}:", _ports(container.ports, host=True)],
        *state,
        ["    Ready:", str(ready)],
        ["    Restart Count:", str(restarts(item) if not ready else 0)],
    ]


def _ports(ports: tuple[ContainerPort, ...], host: bool) -> str:
    texts = (
        f"{port.host_port if host else port.port}/{port.protocol}" + (f" ({port.name})" if port.name else "")
        for port in ports
    )
    return ", ".join(texts) or NONE


def _conditions(item: Pod) -> list[Row]:
    networked = bool(item.pod_ips)
    states = {
        "PodReadyToStartContainers": networked,
        "Initialized": networked or not item.spec.sidecars,
        "Ready": item.ready,
        "ContainersReady": item.ready,
        "PodScheduled": bool(item.node_name),
    }
    if not item.node_name:
        states = {"PodScheduled": False}
    return [["Conditions:"], ["  Type", "Status"], *([f"  {name} ", f"{state} "] for name, state in states.items())]


def _toleration(item: Toleration) -> str:
    """As ``key=value:effect op=Exists`` (printTolerations)."""
    text = item.key + (f"={item.value}" if item.value else "") + (f":{item.effect}" if item.effect else "")
    return f"{text} op=Exists".strip() if item.operator == "Exists" else text


def node(cluster: Cluster, item: Node) -> list[Row]:
    pods = sorted(cluster.pods_on(item.name), key=lambda each: each.key)
    reason, message = _readiness(cluster, item)
    return [
        ["Name:", item.name],
        ["Roles:", node_roles(item)],
        *pairs("Labels", item.meta.labels),
        *pairs("Annotations", item.meta.annotations, ": "),
        *listed("Taints", (_taint(each) for each in item.taints)),
        ["Unschedulable:", str(item.unschedulable).lower()],
        ["Conditions:"],
        ["  Type", "Status", "Reason", "Message"],
        ["  ----", "------", "------", "-------"],
        ["  Ready ", f"{node_is_ready(cluster, item)} ", f"{reason} ", message],
        ["Addresses:"],
        *(["  InternalIP:", str(address)] for address in item.addresses),
        ["  Hostname:", item.name],
        *([["PodCIDR:", str(item.pod_cidrs[0])]] if item.pod_cidrs else []),
        *([["PodCIDRs:", ",".join(map(str, item.pod_cidrs))]] if item.pod_cidrs else []),
        ["Non-terminated Pods:", f"({len(pods)} in total)"],
        ["  Namespace", "Name"],
        ["  ---------", "----"],
        *([f"  {each.namespace}", each.name] for each in pods),
    ]


def _readiness(cluster: Cluster, item: Node) -> tuple[str, str]:
    """Reason and message of the Ready condition (pkg/kubelet/nodestatus/setters.go); why a Node that was written as not
    ready is so, nobody knows."""
    if lacks_plugin(cluster, item):
        return "KubeletNotReady", NETWORK_NOT_READY.removeprefix("network is not ready: ")
    return ("KubeletReady", "kubelet is posting ready status") if item.ready else ("<unknown>", "<unknown>")


def _taint(item: Taint) -> str:
    return item.key + (f"={item.value}" if item.value else "") + f":{item.effect}"
