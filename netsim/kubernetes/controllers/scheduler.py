"""kube-scheduler: gives each Pod that has no node the best one that it fits on, or says why there is none.

The filters and their messages are those of the default plugins NodeUnschedulable, NodeName, TaintToleration,
NodeAffinity, NodePorts and NodeResourcesFit (number of Pods). Of the nodes left, the one with the fewest Pods of the
same owner wins, then the one with the fewest Pods, then the first by name.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace

from netsim.kubernetes.objects import IPAddress, Node, Pod, PodPhase, PodSpec, Taint, Toleration
from netsim.kubernetes.selectors import Requirement

NOT_READY = Taint("node.kubernetes.io/not-ready", "", "NoExecute")
UNSCHEDULABLE = Taint("node.kubernetes.io/unschedulable", "", "NoSchedule")
DAEMON_TOLERATIONS = (
    Toleration("node.kubernetes.io/not-ready", "Exists", "", "NoExecute"),
    Toleration("node.kubernetes.io/unreachable", "Exists", "", "NoExecute"),
    Toleration("node.kubernetes.io/disk-pressure", "Exists", "", "NoSchedule"),
    Toleration("node.kubernetes.io/memory-pressure", "Exists", "", "NoSchedule"),
    Toleration("node.kubernetes.io/pid-pressure", "Exists", "", "NoSchedule"),
    Toleration("node.kubernetes.io/unschedulable", "Exists", "", "NoSchedule"),
    Toleration("node.kubernetes.io/network-unavailable", "Exists", "", "NoSchedule"),
)
"""What the DaemonSet controller adds to its Pods (pkg/controller/daemon/util AddOrUpdateDaemonPodTolerations)."""

HostPort = tuple[IPAddress | None, str, int]
_Demands = tuple[tuple[tuple[str, str], ...], tuple[tuple[Requirement, ...], ...], tuple[Toleration, ...]]


def schedule(pods: Iterable[Pod], nodes: tuple[Node, ...]) -> tuple[Pod, ...]:
    """Place every Pod that has no node and has not been given a phase other than Running.

    Raises InputError for a Pod whose spec.nodeName is no Node.
    """
    pods = tuple(pods)
    _check_node_names(pods, nodes)
    placement = _Placement(nodes, pods)
    return tuple(placement.place(pod) if _is_waiting(pod) else pod for pod in pods)


def daemon_fits(spec: PodSpec, node: Node) -> bool:
    """Say whether the DaemonSet controller makes a Pod with this spec for `node`."""
    tolerating = replace(spec, tolerations=spec.tolerations + DAEMON_TOLERATIONS)
    return spec.node_name in ("", node.name) and not _untolerated(tolerating, node) and _affinity_matches(spec, node)


def _is_waiting(pod: Pod) -> bool:
    return not pod.node_name and pod.phase is PodPhase.RUNNING


def _check_node_names(pods: tuple[Pod, ...], nodes: tuple[Node, ...]) -> None:
    names = [node.name for node in nodes]
    for pod in pods:
        if pod.node_name and pod.node_name not in names:
            known = ", ".join(names[:10]) + (", …" if len(names) > 10 else "")
            raise pod.meta.error("spec.nodeName", f"there is no Node {pod.node_name!r}; the nodes are {known}")


class _Placement:
    """The Pods on each node as placing goes on."""

    def __init__(self, nodes: tuple[Node, ...], pods: tuple[Pod, ...]) -> None:
        self.nodes = {node.name: node for node in nodes}
        self.counts = dict.fromkeys(self.nodes, 0)
        self.full = {name for name, node in self.nodes.items() if node.max_pods <= 0}
        self.of_owner: defaultdict[tuple[str, object], dict[str, int]] = defaultdict(dict)
        self.host_ports: dict[str, set[HostPort]] = {name: set() for name in self.nodes}
        self.standing: dict[_Demands, dict[str, str]] = {}
        self.suitable: dict[_Demands, list[str]] = {}
        for pod in pods:
            if pod.node_name and not pod.finished:
                self._put(pod)

    def place(self, pod: Pod) -> Pod:
        demands = self._demands(pod.spec)
        wanted = _host_ports(pod.spec)
        siblings = self.of_owner[pod.namespace, pod.owner] if pod.owner else {}
        fitting = [name for name in self.suitable[demands] if name not in self.full]
        if wanted:
            fitting = [name for name in fitting if not _ports_conflict(wanted, self.host_ports[name])]
        if not fitting:
            reasons = Counter(self._obstacle(demands, wanted, name) for name in self.nodes)
            return replace(pod, phase=PodPhase.PENDING, ready=False, pending_reason=self._message(reasons))
        counts = self.counts
        best = min([(siblings.get(name, 0), counts[name], name) for name in fitting])[2]
        placed = replace(pod, spec=replace(pod.spec, node_name=best))
        self._put(placed)
        return placed

    def _put(self, pod: Pod) -> None:
        name = pod.node_name
        self.counts[name] += 1
        if self.counts[name] >= self.nodes[name].max_pods:
            self.full.add(name)
        if pod.owner is not None:
            siblings = self.of_owner[pod.namespace, pod.owner]
            siblings[name] = siblings.get(name, 0) + 1
        self.host_ports[name] |= _host_ports(pod.spec)

    def _demands(self, spec: PodSpec) -> _Demands:
        """Whatever a Pod asks of a node itself; nodes are judged once for all Pods that ask for the same."""
        demands = (tuple(spec.node_selector.items()), spec.node_affinity, spec.tolerations)
        if demands not in self.standing:
            obstacles = {name: _standing_obstacle(spec, node) for name, node in self.nodes.items()}
            self.standing[demands] = obstacles
            self.suitable[demands] = [name for name, obstacle in obstacles.items() if not obstacle]
        return demands

    def _obstacle(self, demands: _Demands, wanted: set[HostPort], name: str) -> str:
        """Say, in the scheduler's words, why a Pod does not fit on a node."""
        if self.standing[demands][name]:
            return self.standing[demands][name]
        if _ports_conflict(wanted, self.host_ports[name]):
            return "node(s) didn't have free ports for the requested pod ports"
        return "Too many pods"

    def _message(self, reasons: Mapping[str, int]) -> str:
        parts = ", ".join(sorted(f"{count} {reason}" for reason, count in reasons.items()))
        return f"0/{len(self.nodes)} nodes are available: {parts}."


def _standing_obstacle(spec: PodSpec, node: Node) -> str:
    taint = _untolerated(spec, node)
    if taint == UNSCHEDULABLE:
        return "node(s) were unschedulable"
    if taint:
        return f"node(s) had untolerated taint(s) {{{taint.key}: {taint.value}}}"
    return "" if _affinity_matches(spec, node) else "node(s) didn't match Pod's node affinity/selector"


def _untolerated(spec: PodSpec, node: Node) -> Taint | None:
    """Find the first taint that keeps new Pods off a node and that the Pod does not tolerate."""
    own = [taint for taint in node.taints if taint.effect != "PreferNoSchedule"]
    keys = {taint.key for taint in own}
    if node.unschedulable and UNSCHEDULABLE.key not in keys:
        own.insert(0, UNSCHEDULABLE)
    if not node.ready and NOT_READY.key not in keys:
        own.append(NOT_READY)
    return next((taint for taint in own if not any(t.tolerates(taint) for t in spec.tolerations)), None)


def _affinity_matches(spec: PodSpec, node: Node) -> bool:
    labels = node.meta.labels
    if not labels.items() >= spec.node_selector.items():
        return False
    fields = dict(labels) | {"metadata.name": node.name}
    return not spec.node_affinity or any(_term_matches(term, fields) for term in spec.node_affinity)


def _term_matches(term: tuple[Requirement, ...], labels: Mapping[str, str]) -> bool:
    """An empty term matches nothing (core/v1 NodeSelectorTerm)."""
    return bool(term) and all(requirement.matches(labels) for requirement in term)


def _host_ports(spec: PodSpec) -> set[HostPort]:
    """List the node's ports that a Pod takes; with hostNetwork the API server sets hostPort to containerPort."""
    ports = ((port, port.host_port or (port.port if spec.host_network else 0)) for port in spec.ports)
    return {(port.host_ip, port.protocol, number) for port, number in ports if number}


def _ports_conflict(wanted: set[HostPort], taken: set[HostPort]) -> bool:
    """Ports conflict if protocol and number are equal, and the addresses are or one of them is any address."""
    return any(
        (protocol, number) == (other_protocol, other_number) and (ip is None or other_ip is None or ip == other_ip)
        for ip, protocol, number in wanted
        for other_ip, other_protocol, other_number in taken
    )
