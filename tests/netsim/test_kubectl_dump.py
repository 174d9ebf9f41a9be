"""What ``kubectl get … -A -o yaml`` prints of a running cluster is taken as it is: see scenes/kubectl-dump.yaml.

The dump says nothing of the plugin, so Calico, which its addresses come from, is named in a document beside it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from ipaddress import ip_address, ip_network

import pytest

from netsim import Cluster, Probe, Simulation, load_cluster, manifests_of
from netsim.__main__ import main
from netsim.kubernetes.objects import PodPhase
from netsim.kubernetes.parsing.yaml_text import write_documents
from tests.netsim.harbour import SCENE

DUMP = SCENE.parent / "kubectl-dump.yaml"
CALICO = "{apiVersion: netsim.dev/v1, kind: ClusterNetwork, spec: {cni: {plugin: calico, backend: vxlan}}}"
LEFT_OUT = "2 Lease, 1 CronJob, 1 PodDisruptionBudget, 1 CustomResourceDefinition, 1 IPPool, 1 ServiceAccount"


@pytest.fixture(scope="module")
def cluster() -> Cluster:
    return load_cluster([(DUMP.name, DUMP.read_text()), ("calico.yaml", CALICO)])


def test_every_pod_is_as_it_was_and_none_is_added(cluster: Cluster) -> None:
    pods = {pod.name: (pod.node_name, ",".join(map(str, pod.pod_ips)), pod.ready) for pod in cluster.pods}
    assert pods == {
        "front-7c9d8b6f5-2xk4v": ("alpha", "10.42.0.17", True),
        "front-7c9d8b6f5-9zt6w": ("beta", "10.42.1.23", False),
        "report-29387520-h2v5d": ("beta", "10.42.1.23", False),
        "wide": ("", "", False),
        "kube-proxy-4m2tt": ("alpha", "10.20.0.5", True),
        "kube-proxy-8c7zz": ("beta", "10.20.0.6", True),
        "etcd-alpha": ("alpha", "10.20.0.5", True),
        "coredns-5d78c9869d-lq7mm": ("alpha", "10.42.0.9", True),
    }


def test_a_pod_that_goes_away_one_that_has_ended_and_one_that_waits_stay_so(cluster: Cluster) -> None:
    assert cluster.pod("shop", "front-7c9d8b6f5-9zt6w").terminating
    assert cluster.pod("shop", "report-29387520-h2v5d").phase is PodPhase.SUCCEEDED
    assert cluster.pod("shop", "wide").pending_reason.startswith("0/2 nodes are available")


def test_services_keep_their_addresses_and_ports(cluster: Cluster) -> None:
    assert {service.name: str(service.cluster_ips[0]) for service in cluster.services} == {
        "kubernetes": "10.43.0.1", "kube-dns": "10.43.0.10", "front": "10.43.77.4",
    }  # fmt: skip
    front = cluster.service("shop", "front")
    assert (front.ports[0].node_port, front.load_balancer_ips) == (31380, (ip_address("198.51.100.44"),))


def test_given_slices_are_kept_and_only_missing_ones_are_made(cluster: Cluster) -> None:
    slices = {(each.service_name, each.name) for each in cluster.endpoint_slices if each.service_name != "kube-dns"}
    assert slices == {("front", "front-x8r2c"), ("kubernetes", "kubernetes")}
    assert [e.terminating for e in cluster.slices_of(cluster.service("shop", "front"))[0].endpoints] == [False, True]
    assert len(cluster.slices_of(cluster.service("kube-system", "kube-dns"))) == 1


def test_the_ranges_are_those_that_the_objects_imply(cluster: Cluster) -> None:
    assert cluster.settings.pod_cidrs == (ip_network("10.42.0.0/16"),)
    assert all(service.cluster_ips[0] in cluster.settings.service_cidrs[0] for service in cluster.services)
    assert [str(subnet.cidr) for subnet in cluster.settings.underlay.subnets] == ["10.20.0.0/24"]


def test_kinds_that_are_not_modelled_are_listed(cluster: Cluster) -> None:
    assert cluster.left_out == LEFT_OUT
    assert Counter(each.namespace for each in cluster.ignored)["kube-node-lease"] == 2


@pytest.mark.parametrize("command", [("show", "--node", "alpha", "routes"), ("objects", "nodes"), ("status",)])
def test_commands_say_on_standard_error_what_they_left_out(
    command: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    name, *rest = command
    assert main([name, str(DUMP), *rest]) == 0
    assert capsys.readouterr().err == f"left out: {LEFT_OUT}\n"


def test_nothing_is_said_where_nothing_is_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["objects", str(SCENE)]) == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("source", "sees"),
    [
        pytest.param("node/alpha", "connected", id="the endpoint's own node may always come in"),
        pytest.param("pod/kube-system/coredns-5d78c9869d-lq7mm", "timeout", id="the policy lets no other Pod in"),
    ],
)
def test_packets_go_through_the_dumped_cluster(cluster: Cluster, source: str, sees: str) -> None:
    assert Simulation(cluster).trace(Probe(source, "svc/shop/front:80")).client_sees == sees


def test_it_is_the_same_when_written_and_loaded_again(cluster: Cluster) -> None:
    text = write_documents(manifests_of(cluster))
    other = load_cluster([("again.yaml", text)])
    parts: tuple[Callable[[Cluster], object], ...] = (
        lambda c: c.settings, lambda c: c.nodes, lambda c: c.workloads, lambda c: c.pods, lambda c: c.services,
        lambda c: c.endpoint_slices, lambda c: c.network_policies, lambda c: c.ingresses, lambda c: c.config_maps,
    )  # fmt: skip
    assert [part(other) for part in parts] == [part(cluster) for part in parts]
    assert write_documents(manifests_of(other)) == text
