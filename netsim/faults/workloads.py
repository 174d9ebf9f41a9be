"""Faults in Pods: their labels, their probes, what they listen on, and whether they get a network at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from netsim.faults.kinds import Choice, FaultKind
from netsim.kubernetes.objects import Pod, PodPhase, Service, Workload
from netsim.kubernetes.parsing import Manifests
from netsim.kubernetes.selectors import service_selects
from netsim.processes import LISTENS_ANNOTATION

SERVICE = {"service": "the Service that selects too much, as NAMESPACE/NAME"}
APPLICATION = {"pod": "the Pod, as NAMESPACE/NAME, and all with its labels"}
NODE = {"node": "the Node on which it happens"}


def _selects(service: Service) -> bool:
    return bool(service.selector)


def _behind(service: Service) -> Callable[[str, Mapping[str, str]], bool]:
    """Whether a Pod of this namespace, with these labels, is behind the Service."""
    return lambda namespace, labels: namespace == service.namespace and service_selects(service.selector, labels)


def _relabel(manifests: Manifests, wanted: Callable[[Workload | Pod], bool], labels: Mapping[str, str]) -> Manifests:
    return replace(
        manifests,
        pods=tuple(
            replace(pod, meta=replace(pod.meta, labels={**pod.meta.labels, **labels})) if wanted(pod) else pod
            for pod in manifests.pods
        ),
        workloads=tuple(
            replace(each, template=replace(each.template, labels={**each.template.labels, **labels}))
            if wanted(each) else each
            for each in manifests.workloads
        ),
    )  # fmt: skip


def _share_labels(manifests: Manifests, choice: Choice) -> Manifests:
    """Another workload of the namespace, or else another Pod, gets the labels that the Service selects by."""
    service = choice.service(manifests.services, _selects)
    is_behind = _behind(service)
    foreign: list[Workload | Pod] = [
        each for each in manifests.workloads
        if each.namespace == service.namespace and not is_behind(each.namespace, each.template.labels)
    ]  # fmt: skip
    foreign += [
        pod for pod in manifests.pods
        if pod.namespace == service.namespace and not is_behind(pod.namespace, pod.meta.labels)
    ]  # fmt: skip
    if not foreign:
        raise choice.error("", f"namespace {service.namespace} has no other workload that {service.name} could select")
    return _relabel(manifests, lambda each: each is foreign[0], service.selector)


def _fail_readiness(pods: tuple[Pod, ...], choice: Choice) -> tuple[Pod, ...]:
    wanted = choice.pod(pods, lambda pod: pod.ready and bool(pod.spec.ports))
    return tuple(replace(pod, ready=False) if _same_application(pod, wanted) else pod for pod in pods)


def _listen_on_loopback(pods: tuple[Pod, ...], choice: Choice) -> tuple[Pod, ...]:
    wanted = choice.pod(pods, lambda pod: bool(pod.spec.ports) and not pod.host_network)
    return tuple(_on_loopback(pod) if _same_application(pod, wanted) else pod for pod in pods)


def _same_application(pod: Pod, wanted: Pod) -> bool:
    return pod is wanted or (
        pod.namespace == wanted.namespace and bool(pod.meta.labels) and pod.meta.labels == wanted.meta.labels
    )


def _on_loopback(pod: Pod) -> Pod:
    listens = ",".join(f"127.0.0.1:{port.port}/{port.protocol.lower()}" for port in pod.spec.ports)
    return replace(pod, meta=replace(pod.meta, annotations={**pod.meta.annotations, LISTENS_ANNOTATION: listens}))


def _never_start(reason: str) -> Callable[[tuple[Pod, ...], Choice], tuple[Pod, ...]]:
    """Pods of a node that need a network of their own wait in ContainerCreating."""

    def edit(pods: tuple[Pod, ...], choice: Choice) -> tuple[Pod, ...]:
        node = choice.text("node", _busiest(pods, choice))
        if all(pod.node_name != node for pod in pods):
            raise choice.error("node", f"no Pod runs on {node!r}")
        return tuple(_waiting(pod, reason) if _is_on(pod, node) else pod for pod in pods)

    return edit


def _is_on(pod: Pod, node: str) -> bool:
    return pod.node_name == node and not pod.host_network and not pod.finished


def _waiting(pod: Pod, reason: str) -> Pod:
    return replace(pod, pod_ips=(), phase=PodPhase.PENDING, ready=False, pending_reason=reason)


def _busiest(pods: tuple[Pod, ...], choice: Choice) -> str:
    """The last node that runs an application's Pod, so that the first Pods of a scene keep their network."""
    nodes = [pod.node_name for pod in pods if pod.node_name and not pod.host_network]
    if not nodes:
        raise choice.error("", "the cluster has no Pod that it could break")
    return max(nodes)


def _run_out_of_addresses(pods: tuple[Pod, ...], choice: Choice) -> tuple[Pod, ...]:
    """The node's newest Pod finds every address taken by Pods that are long gone."""
    newest = choice.pod(tuple(reversed(pods)), lambda pod: bool(pod.pod_ips) and not pod.host_network)
    reason = "failed to allocate for range 0: no IP addresses available in range set"
    return tuple(_waiting(pod, reason) if pod is newest else pod for pod in pods)


def _ask_for_one_host_port(manifests: Manifests, choice: Choice) -> Manifests:
    """Every replica of a Deployment wants the same port of its node, and there is one replica more than nodes."""
    port = choice.number("port", 8080, 1, 65535)
    found = [each for each in manifests.workloads if each.template.spec.ports and each.replicas > 0]
    if not found:
        raise choice.error("", "the cluster has no workload with a container port")
    broken = found[0]
    containers = tuple(
        replace(container, ports=tuple(replace(each, host_port=port) for each in container.ports[:1]))
        for container in broken.template.spec.containers
    )
    spec = replace(broken.template.spec, containers=containers, node_name="")
    replicas = max(broken.replicas, len(manifests.nodes or (1, 2, 3)) + 1)
    changed = replace(broken, replicas=replicas, template=replace(broken.template, spec=spec))
    return replace(manifests, workloads=tuple(changed if each is broken else each for each in manifests.workloads))


FAULTS = (
    FaultKind(
        number=4, name="selector-too-broad", title="The Service selects foreign Pods as well",
        symptom="a fixed share of connections ends at the wrong application; the slice lists its Pods",
        remedy="select by labels that only the right Pods have", options=SERVICE,
        edit_objects=_share_labels,
    ),
    FaultKind(
        number=16, name="cni-missing", title="A node has no CNI plugin",
        symptom="its Pods stay in ContainerCreating: cni plugin not initialized; the node is NotReady",
        remedy="restore the plugin's binary and configuration", options=NODE,
        edit_pods=_never_start("network is not ready: cni plugin not initialized"),
    ),
    FaultKind(
        number=17, name="ipam-exhausted", title="Leaked leases use up a node's Pod range",
        symptom="new Pods stay in ContainerCreating: no IP addresses available in range set",
        remedy="delete the leases of Pods that no longer exist", options={"pod": "the Pod that comes too late"},
        edit_pods=_run_out_of_addresses,
    ),
    FaultKind(
        number=24, name="host-port-conflict", title="More replicas than nodes want one host port",
        symptom="a replica stays Pending: the node(s) didn't have free ports for the requested pod ports",
        remedy="use a Service, or a DaemonSet with one Pod a node", options={"port": "the host port, 8080"},
        edit_objects=_ask_for_one_host_port,
    ),
    FaultKind(
        number=32, name="readiness-fails", title="The readiness probe asks for the wrong thing",
        symptom="Pods run but are not ready; the slice marks them so, connections are refused",
        remedy="correct the probe's path or port", options=APPLICATION, edit_pods=_fail_readiness,
    ),
    FaultKind(
        number=46, name="node-without-pod-cidr", title="A node got no podCIDR",
        symptom="the network agent fails on one node: node has no podCIDR assigned; its Pods never start",
        remedy="enlarge the cluster range, or let the controller manager allocate node CIDRs", options=NODE,
        edit_pods=_never_start("failed to acquire lease: node pod cidr not assigned"),
    ),
    FaultKind(
        number=50, name="listens-on-loopback", title="The application listens on 127.0.0.1 only",
        symptom="refused on the Pod's address, works inside the Pod; ss shows 127.0.0.1",
        remedy="bind to 0.0.0.0 or [::]", options=APPLICATION,
        edit_pods=_listen_on_loopback,
    ),
)  # fmt: skip
