"""Workloads make Pods: the Deployment, ReplicaSet, StatefulSet, DaemonSet and Job controllers.

Pods that are in the files count towards their workload: those that it owns, and those without an owner that its
selector matches, which it adopts. Pods beyond the wanted number stay, because files are taken as given.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from netsim.kubernetes.controllers.names import generated_name, template_hash
from netsim.kubernetes.controllers.scheduler import daemon_fits
from netsim.kubernetes.objects import (
    READY_ANNOTATION,
    Node,
    ObjectMeta,
    OwnerReference,
    Pod,
    PodSpec,
    PodTemplate,
    Workload,
    WorkloadKind,
)
from netsim.kubernetes.selectors import LabelSelector

MAX_PODS = 20_000
TEMPLATE_HASH_LABEL = "pod-template-hash"
POD_NAME_LABEL = "statefulset.kubernetes.io/pod-name"
POD_INDEX_LABEL = "apps.kubernetes.io/pod-index"


def run_workloads(
    workloads: Iterable[Workload], pods: Iterable[Pod], nodes: tuple[Node, ...]
) -> tuple[tuple[Workload, ...], tuple[Pod, ...]]:
    """Return all workloads with the ReplicaSets of the Deployments, and all Pods with those that the workloads make."""
    pool = _PodPool(pods)
    written = tuple(workloads)
    index = _Written(written)
    made = tuple(
        replica_set
        for workload in written
        if workload.kind is WorkloadKind.DEPLOYMENT
        for replica_set in _replica_sets(workload, index, pool)
    )
    everything = written + made
    for workload in everything:
        match workload.kind:
            case WorkloadKind.REPLICA_SET | WorkloadKind.JOB:
                _run_replicas(workload, pool)
            case WorkloadKind.STATEFUL_SET:
                _run_stateful_set(workload, pool)
            case WorkloadKind.DAEMON_SET:
                _run_daemon_set(workload, pool, nodes)
            case WorkloadKind.DEPLOYMENT:
                pass
    return everything, tuple(pool.pods.values())


class _PodPool:
    """The Pods that exist so far, in order, by namespace and name; and by owner, for those that have one."""

    def __init__(self, pods: Iterable[Pod]) -> None:
        self.pods: dict[tuple[str, str], Pod] = {}
        self.names: defaultdict[str, set[str]] = defaultdict(set)
        self.owned: defaultdict[tuple[str, OwnerReference], list[tuple[str, str]]] = defaultdict(list)
        self.orphans: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
        for pod in pods:
            self._put(pod)

    def of(self, workload: Workload) -> tuple[Pod, ...]:
        """Return the Pods of `workload` after it has adopted those that its selector matches and nobody owns."""
        owner = OwnerReference(workload.kind, workload.name)
        orphans = self.orphans[workload.namespace]
        adopted = [key for key in orphans if workload.selector.matches(self.pods[key].meta.labels)]
        for key in adopted:
            orphans.remove(key)
            self._put(replace(self.pods[key], meta=replace(self.pods[key].meta, owner=owner)))
        return tuple(self.pods[key] for key in self.owned[workload.namespace, owner])

    def owners_of(self, workload: Workload, kind: WorkloadKind) -> dict[str, int]:
        """Count, by the name of their owner, the Pods that `workload` selects and an object of `kind` owns."""
        return {
            owner.name: count
            for (namespace, owner), keys in self.owned.items()
            if namespace == workload.namespace
            and owner.kind == kind
            and (count := sum(workload.selector.matches(self.pods[key].meta.labels) for key in keys))
        }

    def add(self, workload: Workload, name: str, template: PodTemplate) -> None:
        """Add a Pod of `workload`, unless one of that name is there."""
        if name in self.names[workload.namespace]:
            return
        if len(self.pods) >= MAX_PODS:
            raise workload.meta.error("spec.replicas", f"makes more Pods than the {MAX_PODS:,} that a cluster may have")
        meta = ObjectMeta(
            name=name,
            namespace=workload.namespace,
            labels=template.labels,
            annotations=template.annotations,
            owner=OwnerReference(workload.kind, workload.name),
            source=workload.meta.source,
        )
        self._put(Pod(meta=meta, spec=template.spec, ready=template.annotations.get(READY_ANNOTATION) != "false"))

    def add_generated(self, workload: Workload, seed: str, template: PodTemplate) -> None:
        """Add a Pod of `workload` whose name ends in five characters that `seed` decides."""
        seed = f"{workload.namespace}/{workload.kind}/{workload.name}/{seed}"
        self.add(workload, generated_name(f"{workload.name}-", seed, self.names[workload.namespace]), template)

    def _put(self, pod: Pod) -> None:
        self.pods[pod.key] = pod
        self.names[pod.namespace].add(pod.name)
        if pod.owner is None:
            self.orphans[pod.namespace].append(pod.key)
        else:
            self.owned[pod.namespace, pod.owner].append(pod.key)


class _Written:
    """The workloads of the files: which owners they name, and the ReplicaSets among them, by namespace and name."""

    def __init__(self, workloads: Iterable[Workload]) -> None:
        self.owners: set[tuple[str, OwnerReference | None]] = set()
        self.replica_sets: set[tuple[str, str]] = set()
        for workload in workloads:
            self.owners.add((workload.namespace, workload.meta.owner))
            if workload.kind is WorkloadKind.REPLICA_SET:
                self.replica_sets.add(workload.key)


def _replica_sets(deployment: Workload, written: _Written, pool: _PodPool) -> tuple[Workload, ...]:
    """Make the ReplicaSet of a Deployment, or those that its Pods name; none if the files have one."""
    if (deployment.namespace, OwnerReference(WorkloadKind.DEPLOYMENT, deployment.name)) in written.owners:
        return ()
    named = pool.owners_of(deployment, WorkloadKind.REPLICA_SET)
    implied = {
        name: count
        for name, count in named.items()
        if name.startswith(f"{deployment.name}-") and (deployment.namespace, name) not in written.replica_sets
    }
    if implied:
        return tuple(_replica_set(deployment, name.rpartition("-")[2], count) for name, count in implied.items())
    return (_replica_set(deployment, template_hash(_canonical(deployment.template)), deployment.replicas),)


def _replica_set(deployment: Workload, hash_label: str, replicas: int) -> Workload:
    label = {TEMPLATE_HASH_LABEL: hash_label}
    selector = deployment.selector
    meta = replace(
        deployment.meta,
        name=f"{deployment.name}-{hash_label}",
        labels=dict(deployment.template.labels) | label,
        uid="",
        owner=OwnerReference(WorkloadKind.DEPLOYMENT, deployment.name),
    )
    return replace(
        deployment,
        meta=meta,
        kind=WorkloadKind.REPLICA_SET,
        replicas=replicas,
        selector=LabelSelector(dict(selector.match_labels) | label, selector.match_expressions),
        template=replace(deployment.template, labels=dict(deployment.template.labels) | label),
    )


def _canonical(template: PodTemplate) -> str:
    """Write a template as text that does not depend on the order of its mappings."""
    spec = replace(template.spec, node_selector={})
    return repr((sorted(template.labels.items()), sorted(template.spec.node_selector.items()), spec))


def _run_replicas(workload: Workload, pool: _PodPool) -> None:
    existing = pool.of(workload)
    counted = [pod for pod in existing if _counts(workload, pod)]
    for index in range(len(existing), len(existing) + workload.replicas - len(counted)):
        pool.add_generated(workload, str(index), workload.template)


def _counts(workload: Workload, pod: Pod) -> bool:
    """Say whether a Pod counts towards the wanted number: a Job's that has ended still does."""
    return not pod.terminating and (not pod.finished or workload.kind is WorkloadKind.JOB)


def _run_stateful_set(workload: Workload, pool: _PodPool) -> None:
    pool.of(workload)
    for ordinal in range(workload.first_ordinal, workload.first_ordinal + workload.replicas):
        name = f"{workload.name}-{ordinal}"
        labels = dict(workload.template.labels) | {POD_NAME_LABEL: name, POD_INDEX_LABEL: str(ordinal)}
        spec = replace(workload.template.spec, hostname=name, subdomain=workload.service_name)
        pool.add(workload, name, replace(workload.template, labels=labels, spec=spec))


def _run_daemon_set(workload: Workload, pool: _PodPool, nodes: tuple[Node, ...]) -> None:
    served = {pod.node_name for pod in pool.of(workload) if _counts(workload, pod)}
    for node in nodes:
        if node.name not in served and daemon_fits(workload.template.spec, node):
            spec: PodSpec = replace(workload.template.spec, node_name=node.name)
            pool.add_generated(workload, node.name, replace(workload.template, spec=spec))
