"""A completed cluster written as manifests and loaded again is the same cluster.

files ──load──> cluster ──manifests_of, YAML──> files ──load──> the same cluster, and the same traces
"""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netsim import Cluster, Probe, Simulation, exchange_document, load_cluster, manifests_of
from netsim.kubernetes.parsing.yaml_text import write_documents
from tests.kernel.generator import Scenario, scenario
from tests.netsim.faults.test_catalogue import CASES, Case, simulate
from tests.netsim.harbour import SCENE
from tests.netsim.kubernetes.manifests import load, network, node, pod, service, workload

PROJECT = Path(__file__).resolve().parents[3]
REAL = PROJECT.parent / "shared" / "real"
CLUSTERS = sorted((PROJECT / "tests" / "kernel" / "clusters").glob("*.yaml"))
SCENES = {
    "harbour": (SCENE,),
    "harbour and an edge": (SCENE, SCENE.parent / "edge.yaml"),
    **{f"kernel test's {path.stem}": (path,) for path in CLUSTERS if path.stem != "three-nodes"},
}
"""Clusters in the repository; ``three-nodes`` needs Calico, which its scenarios write into it."""
REAL_FILES = ("online-boutique.yaml", "guestbook.yaml", "online-boutique-network-policies.yaml")


def texts(paths: tuple[Path, ...]) -> list[tuple[str, str]]:
    return [(path.name, path.read_text(encoding="utf-8")) for path in paths]


def written(cluster: Cluster) -> str:
    return write_documents(manifests_of(cluster))


def again(cluster: Cluster) -> Cluster:
    """The cluster after it has been written and loaded."""
    return load_cluster([("again.yaml", written(cluster))])


def assert_same(cluster: Cluster, other: Cluster) -> None:
    """Equal objects, field by field, so that a failure shows the kind; what is left out is written nowhere."""
    for field in fields(Cluster):
        if field.compare and field.name != "ignored":
            assert getattr(other, field.name) == getattr(cluster, field.name), field.name


def without_faults(cluster: Cluster) -> Cluster:
    return replace(cluster, settings=replace(cluster.settings, faults=(), written=frozenset()))


def outcomes(cluster: Cluster, probes: tuple[Probe, ...]) -> list[object]:
    simulation = Simulation(cluster)
    return [exchange_document(simulation.trace(probe)) for probe in probes]


@pytest.mark.parametrize("paths", [pytest.param(paths, id=name) for name, paths in SCENES.items()])
def test_the_clusters_of_the_repository_are_the_same_when_loaded_again(paths: tuple[Path, ...]) -> None:
    cluster = load_cluster(texts(paths))
    assert_same(cluster, again(cluster))


@pytest.mark.parametrize("name", REAL_FILES)
def test_manifests_of_other_projects_are_the_same_when_loaded_again(name: str) -> None:
    path = REAL / name
    if not path.exists():
        pytest.skip(f"{path} is absent: no manifest of another project was tried")
    cluster = load_cluster(texts((path,)))
    assert_same(cluster, again(cluster))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6))
def test_a_random_cluster_is_the_same_when_loaded_again(seed: int) -> None:
    cluster = load_cluster([("random.yaml", scenario(seed).text)])
    assert_same(cluster, again(cluster))


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10**6))
def test_a_broken_random_cluster_loaded_again_treats_packets_as_before(seed: int) -> None:
    drawn: Scenario = scenario(seed)
    cluster = load_cluster([("random.yaml", drawn.text)], faults=drawn.faults)
    assert outcomes(again(cluster), drawn.probes[:5]) == outcomes(cluster, drawn.probes[:5])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_a_fault_did_to_objects_is_written_once(case: Case) -> None:
    cluster = simulate(case, broken=True).cluster
    assert_same(without_faults(cluster), without_faults(again(cluster)))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_broken_cluster_loaded_again_is_as_broken(case: Case) -> None:
    simulation = simulate(case, broken=True)
    assert case.shows(Simulation(again(simulation.cluster))) == case.shows(simulation)


@pytest.mark.parametrize("fault", ["no-default-route", "ip-forward-off"])
def test_a_fault_of_a_kernel_stays_a_fault(fault: str) -> None:
    cluster = load_cluster(texts((SCENE,)), faults=[fault])
    assert [each.name for each in again(cluster).settings.faults] == [fault]


@pytest.mark.parametrize("paths", [pytest.param(SCENES[name], id=name) for name in ("harbour", "harbour and an edge")])
def test_writing_a_second_time_changes_nothing(paths: tuple[Path, ...]) -> None:
    cluster = load_cluster(texts(paths))
    assert written(again(cluster)) == written(cluster)


def test_what_the_controllers_filled_in_is_written() -> None:
    cluster = load(workload("Deployment", "web"), service("web", spec="type: NodePort, selector: {app: web}"))
    found = {each["kind"]: each for each in manifests_of(cluster)}
    assert found["Pod"]["spec"]["nodeName"] == "node1"
    assert found["Pod"]["status"]["podIP"] == "10.244.0.2"
    assert found["Pod"]["metadata"]["ownerReferences"][0]["kind"] == "ReplicaSet"
    assert found["Service"]["spec"]["clusterIP"].startswith("10.")
    assert 30000 <= found["Service"]["spec"]["ports"][0]["nodePort"] < 32768
    assert found["EndpointSlice"]["endpoints"][0]["addresses"] == ["10.244.0.2"]


CLUSTERS_OF_ONE_SUBJECT = {
    "nothing is given": (),
    "a Pod that fits nowhere": (pod("web", spec="nodeSelector: {disk: fast}"),),
    "a Pod for which no address is left": (
        network("{podCIDR: 10.1.0.0/29, cni: {plugin: bridge}}"),
        node("n1", "192.168.1.11", "10.1.0.0/29"),
        workload("Deployment", "web", spec="replicas: 9"),
    ),
    "a Pod that has ended": (pod("web", status="{phase: Succeeded, podIP: 10.244.0.9}", spec="nodeName: node1"),),
    "a Pod that goes away": (pod("web", metadata="deletionTimestamp: '2026-01-01T00:00:00Z'"),),
    "a Pod in a crash loop": (
        pod(
            "web",
            status="{containerStatuses: [{state: {waiting: {reason: CrashLoopBackOff, message: exits}}}]}",
        ),
    ),
    "a Pod with everything": (
        pod(
            "web",
            labels="{version: '1.10', on: 'yes'}",
            metadata="uid: abc, annotations: {note: 'a: b # c', netsim.dev/ready: 'false'}",
            spec="serviceAccountName: clerk, hostname: web, subdomain: all, dnsPolicy: None, "
            "dnsConfig: {nameservers: [10.0.0.53], searches: [a.example], options: [{name: ndots, value: '2'}, "
            "{name: rotate}]}, hostAliases: [{ip: 10.0.0.1, hostnames: [a, b]}, {ip: 10.0.0.2, hostnames: [c]}], "
            "tolerations: [{operator: Exists}, {key: a, value: b, effect: NoSchedule}], "
            "initContainers: [{name: proxy, restartPolicy: Always, ports: [{containerPort: 15006}]}, {name: once}], "
            "affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: "
            "[{matchExpressions: [{key: zone, operator: DoesNotExist}], "
            "matchFields: [{key: metadata.name, operator: In, values: [node2]}]}]}}}",
            ports="[{containerPort: 80, hostPort: 8080, hostIP: 127.0.0.1, name: http, protocol: UDP}]",
        ),
    ),
    "a Pod in the node's network": (pod("web", spec="hostNetwork: true"),),
    "every kind of workload": (
        workload("StatefulSet", "db", spec="replicas: 2, serviceName: db, ordinals: {start: 5}"),
        workload("DaemonSet", "agent", spec="minReadySeconds: 7"),
        workload("Job", "once", spec="parallelism: 3, completions: 2"),
        workload("Job", "ended", spec="suspend: true"),
        workload("ReplicaSet", "web", spec="replicas: 0"),
    ),
    "a workload that adopts a Pod": (pod("old", labels="{app: web}"), workload("ReplicaSet", "web")),
    "nodes that imply the ranges": (
        node("n1", "10.9.8.7", "100.64.1.0/24", labels="{topology.kubernetes.io/zone: a}"),
        node("n2", "10.9.77.7", "100.64.2.0/24", spec="unschedulable: true, taints: [{key: a, effect: NoExecute}]"),
        service("web", spec="clusterIP: 172.30.0.9"),
    ),
    "an MTU and nothing else of the underlay": (network("{underlay: {mtu: 9000}}"), node("n1", "10.5.0.1")),
    "dual stack": (
        network("{podCIDR: '10.244.0.0/16,fd00:244::/48', serviceCIDR: '10.96.0.0/16,fd00:96::/112'}"),
        workload("Deployment", "web"),
        service("web", spec="ipFamilyPolicy: RequireDualStack, selector: {app: web}"),
        service("six", spec="ipFamilies: [IPv6], clusterIP: None, selector: {app: web}"),
    ),
    "every kind of Service": (
        workload("Deployment", "web"),
        service(
            "balanced",
            spec="type: LoadBalancer, selector: {app: web}, externalTrafficPolicy: Local, "
            "loadBalancerSourceRanges: [203.0.113.0/24], allocateLoadBalancerNodePorts: false, "
            "sessionAffinity: ClientIP, sessionAffinityConfig: {clientIP: {timeoutSeconds: 60}}",
            status="{loadBalancer: {ingress: [{ip: 192.0.2.1}, {ip: 192.0.2.2, ipMode: Proxy}]}}",
        ),
        service("near", spec="selector: {app: web}, trafficDistribution: PreferClose, internalTrafficPolicy: Local"),
        service("outside", spec="externalIPs: [192.0.2.9], externalTrafficPolicy: Local"),
        service("early", spec="clusterIP: None, publishNotReadyAddresses: true, selector: {app: web}"),
        service("pay", ports="[]", spec="type: ExternalName, externalName: pay.example.com"),
    ),
    "Endpoints of a Service without a selector": (
        service("db"),
        """
        {apiVersion: v1, kind: Endpoints, metadata: {name: db, labels: {a: b}}, subsets: [{addresses:
        [{ip: 192.0.2.5, hostname: one}], notReadyAddresses: [{ip: 192.0.2.6, targetRef: {}}], ports: [{port: 80}]}]}
        """,
    ),
    "settings with everything": (
        network(
            "{cni: {plugin: calico, backend: ipip, options: {mtu: 1400}}, proxy: {mode: nftables, masqueradeAll: true, "
            "localDetector: InterfaceNamePrefix, interfaceNamePrefix: cali, nodePortAddresses: [10.0.0.0/8], "
            "localhostNodePorts: false}, clusterDomain: example.org, clusterDNS: [10.96.0.10], "
            "externalClient: 198.51.100.7, policyEnforcement: false, faults: []}"
        ),
    ),
    "a detector by bridge": (
        network("{proxy: {localDetector: BridgeInterface, bridgeInterface: cni0, nodePortAddresses: primary}}"),
    ),
    "no detector": (network("{proxy: {clusterCIDR: ''}, clusterDNS: []}"),),
    "Cilium's own proxy": (network("{cni: {plugin: cilium}}"),),
    "no plugin is written": (network("{proxy: {mode: ipvs, clusterCIDR: '10.244.0.0/16'}}"),),
}


@pytest.mark.parametrize("objects", CLUSTERS_OF_ONE_SUBJECT.values(), ids=CLUSTERS_OF_ONE_SUBJECT)
def test_it_is_the_same_when_loaded_again(objects: tuple[str, ...]) -> None:
    cluster = load(*objects)
    assert_same(cluster, again(cluster))


def test_no_two_keys_of_a_document_share_an_anchor() -> None:
    text = written(load(workload("Deployment", "web", spec="replicas: 3")))
    assert "&id" not in text
    assert "*id" not in text
