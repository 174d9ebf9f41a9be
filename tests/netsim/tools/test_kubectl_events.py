"""Events and logs: each fault that kubelet, scheduler or a server would report says so. The cluster is Harbour."""

from __future__ import annotations

import pytest

import netsim
from tests.netsim.harbour import SCENE

EDGE = SCENE.with_name("edge.yaml")
AGENTS = """
apiVersion: v1
kind: Pod
metadata: {name: kube-flannel-n3, namespace: kube-flannel, labels: {app: flannel}}
spec: {nodeName: n3, hostNetwork: true, containers: [{name: kube-flannel}]}
---
apiVersion: v1
kind: Pod
metadata: {name: kube-proxy-n1, namespace: kube-system, labels: {k8s-app: kube-proxy}}
spec: {nodeName: n1, hostNetwork: true, containers: [{name: kube-proxy}]}
"""
REPLICAS = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: edge, namespace: shop}
spec:
  replicas: 2
  selector: {matchLabels: {app: edge}}
  template:
    metadata: {labels: {app: edge}}
    spec: {containers: [{name: edge, ports: [{containerPort: 8443}]}]}
"""


def operator(*faults: str | netsim.Fault, change: str = "") -> netsim.Terminal:
    cluster = netsim.load_cluster([(SCENE.name, SCENE.read_text()), ("change", change)], faults=list(faults))
    return netsim.Terminal(netsim.Simulation(cluster), "operator")


def test_a_healthy_cluster_has_no_events():
    terminal = operator()
    assert terminal.run("kubectl get events -A").text == "No resources found\n"
    assert terminal.run("kubectl events -n shop").text == "No events found in shop namespace.\n"


CHANGES = {"host-port-conflict": REPLICAS}
EVENTS = {
    "cni-missing": (
        "shop", "pod/api-0", "NetworkNotReady",
        "NetworkPluginNotReady message:Network plugin returns error: cni plugin",
    ),
    "ipam-exhausted": (
        "ops", "pod/probe", "FailedCreatePodSandBox",
        ('plugin type="flannel" failed (add): failed to delegate add: failed to allocate for range 0: no IP addresses '
        "available in range set: 10.244.1.1-10.244.1.254"),
    ),
    "node-without-pod-cidr": ("shop", "pod/api-0", "FailedCreatePodSandBox", "open /run/flannel/subnet.env: no such"),
    "host-port-conflict": (
        "shop", "pod/edge-", "FailedScheduling",
        "0/3 nodes are available: 3 node(s) didn't have free ports for the requested pod ports.",
    ),
    "readiness-fails": ("shop", "pod/web-1", "Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode"),
    "coredns-loop": ("kube-system", "pod/coredns-a", "BackOff", "Back-off restarting failed container coredns in pod"),
}  # fmt: skip


@pytest.mark.parametrize("fault", EVENTS)
def test_a_fault_is_reported(fault):
    namespace, about, reason, message = EVENTS[fault]
    text = (
        operator(fault, change=REPLICAS if fault == "host-port-conflict" else "")
        .run(f"kubectl get events -n {namespace}")
        .text
    )
    lines = [line for line in text.splitlines() if f" {about}" in line and reason in line]
    assert len(lines) == 1
    assert "   Warning   " in lines[0]
    assert message in lines[0]


@pytest.mark.parametrize("fault", EVENTS)
def test_describe_ends_with_the_same_events(fault):
    namespace, about, reason, message = EVENTS[fault]
    text = (
        operator(fault, change=REPLICAS if fault == "host-port-conflict" else "")
        .run(f"kubectl describe {about.replace('/', ' ')} -n {namespace}")
        .text
    )
    _, events = text.rsplit("\nEvents:\n", 1)
    assert any(reason in line and message in line for line in events.splitlines())


def test_events_of_one_object_come_in_the_order_in_which_they_happened():
    text = operator("cni-missing").run("kubectl events -n shop --for pod/api-0").text
    assert [line.split()[2] for line in text.splitlines()[1:]] == ["Scheduled", "NetworkNotReady"]


def test_kubectl_events_writes_the_kind_of_an_object_as_it_is():
    lines = operator("readiness-fails").run("kubectl events -n shop --for pod/web-0").text.splitlines()
    assert lines == [
        "LAST SEEN   TYPE      REASON      OBJECT      MESSAGE",
        "<unknown>   Warning   Unhealthy   Pod/web-0   Readiness probe failed: HTTP probe failed with statuscode: 404",
    ]


def test_events_of_one_type():
    text = operator("cni-missing").run("kubectl events -A --types=Normal --no-headers").text
    assert {line.split()[2] for line in text.splitlines()} == {"Normal"}


def test_a_node_without_a_plugin_says_why_it_is_not_ready():
    text = operator("cni-missing").run("kubectl describe node n3").text
    assert "  Ready   False   KubeletNotReady   container runtime network not ready: NetworkReady=false" in text
    assert "Node n3 status is now: NodeNotReady" in text


LOGS = {
    "coredns-loop": (
        "kube-system coredns-a", "",
        ('[FATAL] plugin/loop: Loop (127.0.0.53 -> :53) detected for zone ".", '
        "see https://coredns.io/plugins/loop#troubleshooting.\n"),
    ),
    "node-without-pod-cidr": (
        "kube-flannel kube-flannel-n3", AGENTS,
        ("E0101 00:00:00.000000       1 main.go:292] Error registering network: failed to acquire lease: "
        'node "n3" pod cidr not assigned\n'),
    ),
    "kube-proxy-down": (
        "kube-system kube-proxy-n1", AGENTS,
        ('E0101 00:00:00.000000       1 run.go:72] "command failed" err="failed complete: '
        'open /var/lib/kube-proxy/configuration.conf: no such file or directory"\n'),
    ),
    "ingress-class-missing": (
        "edge nginx", EDGE.read_text(),
        ('I0101 00:00:00.000000       7 store.go:436] "Ignoring ingress because of error while validating ingress '
        'class" ingress="shop/shop" error="no object matching key \\"nobodys\\" in local store"\n'),
    ),
    "selector-typo": (
        "edge nginx", EDGE.read_text(),
        'W0101 00:00:00.000000       7 controller.go:1112] Service "shop/web" does not have any active Endpoint.\n',
    ),
}  # fmt: skip


@pytest.mark.parametrize("fault", LOGS)
def test_a_fault_is_in_the_log_of_who_meets_it(fault):
    pod, change, expected = LOGS[fault]
    assert operator(fault, change=change).run(f"kubectl logs -n {pod}").text == expected


@pytest.mark.parametrize("fault", LOGS)
def test_without_the_fault_the_log_is_empty(fault):
    pod, change, _ = LOGS[fault]
    assert operator(change=change).run(f"kubectl logs -n {pod}").text == ""


def test_a_server_logs_the_requests_that_reached_it_with_the_address_it_saw():
    terminal = operator()
    terminal.on("pod/ops/probe").run("curl -s http://10.244.2.6:8080/cart?full=1")
    terminal.on("external").run("curl -s http://172.20.1.11:30080/from-outside")
    lines = [terminal.run(f"kubectl logs -n shop web-{n}").text.splitlines() for n in (0, 1)]
    peers = {line.split('"')[1]: line.rpartition(" - - [")[0].rpartition(":")[0] for line in lines[0] + lines[1]}
    assert peers["GET /cart HTTP/1.1"] == "10.244.1.9"
    assert peers["GET /from-outside HTTP/1.1"] != "203.0.113.50"
    assert sum(map(len, lines)) == 2


def test_a_request_that_reached_nobody_is_in_no_log():
    terminal = operator("listens-on-loopback")
    assert terminal.on("pod/ops/probe").run("curl -s http://10.244.1.5:8080/").exit_code == 7
    assert terminal.run("kubectl logs -n shop web-0").text == ""


@pytest.mark.parametrize(
    ("fault", "line", "text"),
    [
        pytest.param(
            "cni-missing", "logs api-0 -n shop",
            'Error from server (BadRequest): container "api" in pod "api-0" is waiting to start: ContainerCreating\n',
            id="a container that has not started",
        ),
        pytest.param(
            "readiness-fails", "logs web-0 -n shop -p",
            'Error from server (BadRequest): previous terminated container "web" in pod "web-0" not found\n',
            id="a container that never ended",
        ),
        pytest.param(
            "readiness-fails", "logs web-0 -n shop -c nix",
            "Error from server (BadRequest): container nix is not valid for pod web-0\n", id="another container",
        ),
        pytest.param(
            "readiness-fails", "logs web-9 -n shop",
            'Error from server (NotFound): pods "web-9" not found\n', id="no Pod",
        ),
    ],
)  # fmt: skip
def test_logs_that_there_are_not(fault, line, text):
    output = operator(fault).run(f"kubectl {line}")
    assert (output.text, output.exit_code) == (text, 1)
