"""Workloads make Pods, and take the Pods that are there into account."""

from __future__ import annotations

import re

import pytest

from netsim.errors import InputError
from netsim.kubernetes.cluster import Cluster
from netsim.kubernetes.controllers.names import ALPHABET, generated_name, template_hash
from netsim.kubernetes.objects import OwnerReference, WorkloadKind
from tests.netsim.kubernetes.manifests import load, node, pod, workload

OWNED = "ownerReferences: [{kind: %s, name: %s, controller: true}]"


def names(cluster: Cluster) -> list[str]:
    return [each.name for each in cluster.pods]


def test_a_deployment_makes_a_replica_set_that_makes_pods() -> None:
    cluster = load(workload("Deployment", "web", spec="replicas: 3"))
    replica_set = cluster.workloads[1]
    assert replica_set.kind is WorkloadKind.REPLICA_SET
    assert replica_set.meta.owner == OwnerReference("Deployment", "web")
    assert {each.owner for each in cluster.pods} == {OwnerReference("ReplicaSet", replica_set.name)}
    assert len(cluster.pods) == 3


def test_the_names_look_like_those_of_a_real_cluster() -> None:
    cluster = load(workload("Deployment", "web"))
    assert re.fullmatch(f"web-[{ALPHABET}]{{8,10}}-[{ALPHABET}]{{5}}", cluster.pods[0].name)


def test_the_pods_of_a_deployment_carry_the_hash_of_their_template() -> None:
    cluster = load(workload("Deployment", "web"))
    hash_label = cluster.pods[0].meta.labels["pod-template-hash"]
    assert cluster.workloads[1].name == f"web-{hash_label}"
    assert cluster.workloads[1].selector.match_labels == {"app": "web", "pod-template-hash": hash_label}


def test_another_template_has_another_hash() -> None:
    one = load(workload("Deployment", "web"))
    other = load(workload("Deployment", "web", template="containers: [{name: other}]"))
    assert one.workloads[1].name != other.workloads[1].name


def test_the_names_stay_when_another_workload_comes_before() -> None:
    alone = load(workload("Deployment", "web", spec="replicas: 2"))
    second = load(workload("Deployment", "api"), workload("Deployment", "web", spec="replicas: 2"))
    assert names(second)[1:] == names(alone)


def test_the_hash_is_that_of_fnv_1a_in_safe_digits() -> None:
    """FNV-1a of 32 bits of "foobar" is 0xbf9cf968 (Fowler, Noll, Vo, test vectors), 3214735720 in decimal."""
    expected = "".join(ALPHABET[ord(digit) % 27] for digit in "3214735720")
    assert template_hash("foobar") == expected


def test_a_generated_name_that_is_taken_is_passed_over() -> None:
    first = generated_name("web-", "seed", ())
    assert generated_name("web-", "seed", {first}) not in ("", first)


def test_a_long_name_is_cut_so_that_the_suffix_fits() -> None:
    assert len(generated_name("a" * 100, "seed", ())) == 63


def test_a_stateful_set_numbers_its_pods_and_gives_them_a_host_name() -> None:
    cluster = load(workload("StatefulSet", "db", spec="replicas: 2, serviceName: db, ordinals: {start: 5}"))
    assert names(cluster) == ["db-5", "db-6"]
    assert (cluster.pods[0].spec.hostname, cluster.pods[0].spec.subdomain) == ("db-5", "db")
    assert cluster.pods[0].meta.labels["apps.kubernetes.io/pod-index"] == "5"


def test_a_stateful_set_makes_only_the_ordinals_that_are_missing() -> None:
    given = pod("db-1", labels="{app: db}", metadata=OWNED % ("StatefulSet", "db"), status="{podIP: 10.244.0.77}")
    cluster = load(given, workload("StatefulSet", "db", spec="replicas: 3"))
    assert sorted(names(cluster)) == ["db-0", "db-1", "db-2"]
    assert str(cluster.pod("default", "db-1").pod_ips[0]) == "10.244.0.77"


DAEMON_NODES = (
    node("a"),
    node("b", spec="unschedulable: true"),
    node("c", spec="taints: [{key: gpu, effect: NoSchedule}]"),
    node("d", labels="{disk: ssd}"),
)
DAEMONS = {
    "on every node, cordoned ones too, but for taints": ("containers: [{name: app}]", ["a", "b", "d"]),
    "where its selector matches": ("containers: [{name: app}], nodeSelector: {disk: ssd}", ["d"]),
    "on tainted nodes that it tolerates": (
        "containers: [{name: app}], tolerations: [{operator: Exists}]",
        ["a", "b", "c", "d"],
    ),
}


@pytest.mark.parametrize(("template", "expected"), DAEMONS.values(), ids=DAEMONS.keys())
def test_a_daemon_set_runs(template: str, expected: list[str]) -> None:
    cluster = load(*DAEMON_NODES, workload("DaemonSet", "agent", template=template))
    assert [each.node_name for each in cluster.pods] == expected


def test_a_job_makes_pods_with_its_name_as_label() -> None:
    cluster = load(workload("Job", "once", spec="parallelism: 2"))
    assert [each.meta.labels["job-name"] for each in cluster.pods] == ["once", "once"]


def test_a_job_counts_the_pods_that_have_ended() -> None:
    given = pod("once-x", metadata=OWNED % ("Job", "once"), status="{phase: Succeeded}")
    assert names(load(given, workload("Job", "once"))) == ["once-x"]


def test_a_replica_set_of_the_files_is_used_and_no_other_is_made() -> None:
    replica_set = workload("ReplicaSet", "web-1", app="web", spec="replicas: 2").replace(
        "{name: web-1}", f"{{name: web-1, {OWNED % ('Deployment', 'web')}}}"
    )
    cluster = load(workload("Deployment", "web", spec="replicas: 2"), replica_set)
    assert [each.kind for each in cluster.workloads] == ["Deployment", "ReplicaSet"]
    assert {each.owner for each in cluster.pods} == {OwnerReference("ReplicaSet", "web-1")}


def test_a_dump_of_deployments_and_pods_without_replica_sets_gets_no_more_pods() -> None:
    given = [pod(f"web-9f-{n}", labels="{app: web}", metadata=OWNED % ("ReplicaSet", "web-9f")) for n in "ab"]
    cluster = load(workload("Deployment", "web", spec="replicas: 2"), *given)
    assert names(cluster) == ["web-9f-a", "web-9f-b"]
    assert len(cluster.pods_of(WorkloadKind.DEPLOYMENT, "default", "web")) == 2


def test_pods_without_an_owner_that_match_are_adopted() -> None:
    cluster = load(pod("web-0", labels="{app: web}"), workload("ReplicaSet", "web", spec="replicas: 2"))
    assert cluster.pod("default", "web-0").owner == OwnerReference("ReplicaSet", "web")
    assert len(cluster.pods) == 2


@pytest.mark.parametrize(
    ("metadata", "status"),
    [("deletionTimestamp: 2026-11-21T10:00:00Z", "{}"), ("", "{phase: Failed}")],
    ids=["terminating", "failed"],
)
def test_a_pod_on_its_way_out_is_replaced(metadata: str, status: str) -> None:
    owned = OWNED % ("ReplicaSet", "web") + (f", {metadata}" if metadata else "")
    given = pod("web-old", labels="{app: web}", metadata=owned, status=status)
    assert len(load(given, workload("ReplicaSet", "web")).pods) == 2


def test_pods_beyond_the_wanted_number_stay() -> None:
    given = [pod(f"web-{n}", labels="{app: web}") for n in range(3)]
    assert len(load(*given, workload("ReplicaSet", "web", spec="replicas: 1")).pods) == 3


def test_a_template_can_say_that_its_pods_are_not_ready() -> None:
    text = workload("Deployment", "web").replace(
        "{labels: {app: web}}", "{labels: {app: web}, annotations: {netsim.dev/ready: 'false'}}"
    )
    assert [each.ready for each in load(text).pods] == [False]


def test_more_pods_than_a_cluster_may_have_are_refused() -> None:
    texts = [workload("Deployment", f"web{n}", spec="replicas: 2000") for n in range(11)]
    with pytest.raises(InputError, match=r"spec\.replicas: makes more Pods than the 20,000 that a cluster may have"):
        load(*texts)
