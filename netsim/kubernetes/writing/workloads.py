"""Pod, and the workloads that make Pods."""

from __future__ import annotations

from itertools import groupby, takewhile

from netsim.kubernetes.objects import (
    Container,
    ContainerPort,
    Pod,
    PodDNSConfig,
    PodPhase,
    PodSpec,
    PodTemplate,
    Toleration,
    Workload,
    WorkloadKind,
)
from netsim.kubernetes.selectors import Requirement
from netsim.kubernetes.writing.metadata import OWNER_VERSIONS, manifest
from netsim.kubernetes.writing.values import Manifest, compact, mapping, requirement_of, selector_of, texts, unless

NAME_FIELD = "metadata.name"
"""The one field of a Node that node affinity can ask for besides labels (core/v1 NodeSelectorTerm.matchFields)."""


def write_pod(item: Pod) -> Manifest:
    return manifest(item, "v1", "Pod", deleted=item.terminating, spec=_pod_spec(item.spec), status=_pod_status(item))


def _pod_status(pod: Pod) -> Manifest:
    return compact(
        {
            "phase": str(pod.phase),
            "hostIP": None if pod.host_ip is None else str(pod.host_ip),
            "podIP": str(pod.pod_ips[0]) if pod.pod_ips else None,
            "podIPs": [{"ip": str(ip)} for ip in pod.pod_ips],
            "conditions": _conditions(pod),
            "containerStatuses": _container_statuses(pod),
        }
    )


def _conditions(pod: Pod) -> list[Manifest]:
    """Ready; and for a Pod that waits, the condition that says why: the scheduler's or the kubelet's."""
    conditions: list[Manifest] = []
    if pod.phase is PodPhase.PENDING and pod.pending_reason:
        kind = "PodReadyToStartContainers" if pod.node_name else "PodScheduled"
        conditions.append({"type": kind, "status": "False", "message": pod.pending_reason})
    return [*conditions, {"type": "Ready", "status": str(pod.ready)}]


def _container_statuses(pod: Pod) -> list[Manifest]:
    if not pod.crash_loop:
        return []
    waiting = {"reason": "CrashLoopBackOff", "message": pod.crash_loop}
    return [{"name": container.name, "ready": False, "state": {"waiting": waiting}} for container in pod.containers[:1]]


def _pod_spec(spec: PodSpec) -> Manifest:
    containers = {"containers": [_container(each) for each in spec.containers]}
    others = compact(
        {
            "initContainers": [_container(each) | {"restartPolicy": "Always"} for each in spec.sidecars],
            "serviceAccountName": unless(spec.service_account, "default"),
            "nodeName": spec.node_name,
            "hostNetwork": spec.host_network or None,
            "nodeSelector": mapping(spec.node_selector),
            "affinity": {"nodeAffinity": _node_affinity(spec)} if spec.node_affinity else None,
            "tolerations": [_toleration(each) for each in spec.tolerations],
            "dnsPolicy": spec.dns_policy,
            "dnsConfig": _dns_config(spec.dns_config) or None,
            "hostname": spec.hostname,
            "subdomain": spec.subdomain,
            "hostAliases": [
                {"ip": str(address), "hostnames": [name for _, name in pairs]}
                for address, pairs in groupby(spec.host_aliases, key=lambda pair: pair[0])
            ],
        }
    )
    return containers | others


def _container(container: Container) -> Manifest:
    return compact({"name": container.name, "ports": [_container_port(each) for each in container.ports]})


def _container_port(port: ContainerPort) -> Manifest:
    return compact(
        {
            "name": port.name,
            "containerPort": port.port,
            "protocol": str(port.protocol),
            "hostPort": unless(port.host_port, 0),
            "hostIP": None if port.host_ip is None else str(port.host_ip),
        }
    )


def _node_affinity(spec: PodSpec) -> Manifest:
    terms = [_node_selector_term(term) for term in spec.node_affinity]
    return {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}}


def _node_selector_term(term: tuple[Requirement, ...]) -> Manifest:
    """The requirements at the end of a term that ask for the Node's name are those of its fields."""
    fields = len(tuple(takewhile(lambda requirement: requirement.key == NAME_FIELD, reversed(term))))
    labels = len(term) - fields
    return compact(
        {
            "matchExpressions": [requirement_of(each) for each in term[:labels]],
            "matchFields": [requirement_of(each) for each in term[labels:]],
        }
    )


def _toleration(toleration: Toleration) -> Manifest:
    return compact(
        {
            "key": toleration.key,
            "operator": toleration.operator,
            "value": toleration.value,
            "effect": toleration.effect,
        }
    )


def _dns_config(config: PodDNSConfig) -> Manifest:
    options = [compact({"name": name, "value": value}) for name, value in config.options]
    return compact({"nameservers": texts(config.nameservers), "searches": list(config.searches), "options": options})


def write_workload(item: Workload) -> Manifest:
    spec: Manifest = {}
    if item.kind is WorkloadKind.JOB:
        spec["parallelism"] = item.replicas
    else:
        spec["replicas"] = None if item.kind is WorkloadKind.DAEMON_SET else item.replicas
        spec["selector"] = selector_of(item.selector)
    spec["serviceName"] = item.service_name
    spec["ordinals"] = {"start": item.first_ordinal} if item.first_ordinal else None
    spec["template"] = _template(item.template)
    return manifest(item, OWNER_VERSIONS[item.kind], str(item.kind), spec=compact(spec))


def _template(template: PodTemplate) -> Manifest:
    metadata = compact({"labels": mapping(template.labels), "annotations": mapping(template.annotations)})
    return {"metadata": metadata, "spec": _pod_spec(template.spec)}
