"""``kubectl describe`` and ``exec``, as the real program prints them. The cluster is Harbour, see harbour.py."""

from __future__ import annotations

import pytest

import netsim
from tests.netsim.harbour import SCENE, simulate

EDGE = SCENE.with_name("edge.yaml")
POLICY = """
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web, namespace: shop}
spec:
  podSelector: {matchLabels: {app: web}}
  policyTypes: [Ingress, Egress]
  ingress:
    - from:
        - {namespaceSelector: {matchLabels: {team: ops}}, podSelector: {matchLabels: {app: probe}}}
        - {ipBlock: {cidr: 203.0.113.0/24, except: [203.0.113.64/26]}}
      ports: [{port: 8080}]
    - {}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: closed, namespace: shop}
spec: {podSelector: {}, policyTypes: [Ingress]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: range, namespace: shop}
spec: {podSelector: {}, ingress: [{ports: [{port: 8000, endPort: 8010}]}]}
"""
SIDECAR = """
apiVersion: v1
kind: Pod
metadata: {name: pair, namespace: shop}
spec:
  nodeName: n1
  containers: [{name: app, ports: [{containerPort: 8000}]}, {name: helper}]
"""


@pytest.fixture
def operator(simulation) -> netsim.Terminal:
    return netsim.Terminal(simulation, "operator")


@pytest.fixture(scope="module")
def changed() -> netsim.Simulation:
    return simulate(POLICY, SIDECAR, EDGE.read_text())


def test_a_policy_is_told_rule_by_rule(changed):
    assert netsim.Terminal(changed, "operator").run("kubectl describe netpol web -n shop").text == (
        "Name:         web\n"
        "Namespace:    shop\n"
        "Created on:   <unknown>\n"
        "Labels:       <none>\n"
        "Annotations:  <none>\n"
        "Spec:\n"
        "  PodSelector:     app=web\n"
        "  Allowing ingress traffic:\n"
        "    To Port: 8080/TCP\n"
        "    From:\n"
        "      NamespaceSelector: team=ops\n"
        "      PodSelector: app=probe\n"
        "    From:\n"
        "      IPBlock:\n"
        "        CIDR: 203.0.113.0/24\n"
        "        Except: 203.0.113.64/26\n"
        "    ----------\n"
        "    To Port: <any> (traffic allowed to all ports)\n"
        "    From: <any> (traffic not restricted by source)\n"
        "  Allowing egress traffic:\n"
        "    <none> (Selected pods are isolated for egress connectivity)\n"
        "  Policy Types: Ingress, Egress\n"
    )


def test_a_policy_for_every_pod_says_so(changed):
    text = netsim.Terminal(changed, "operator").run("kubectl describe netpol closed -n shop").text
    assert "PodSelector:     <none> (Allowing the specific traffic to all pods in this namespace)\n" in text
    assert text.endswith("  Not affecting egress traffic\n  Policy Types: Ingress\n")


def test_a_range_of_ports_has_its_end(changed):
    text = netsim.Terminal(changed, "operator").run("kubectl describe netpol range -n shop").text
    assert "    To Port Range: 8000-8010/TCP\n" in text


def test_a_service_lists_what_is_behind_each_port(operator):
    text = operator.run("kubectl describe svc web -n shop").text
    assert (
        "IPs:                      10.96.41.80\n"
        "Port:                     http  80/TCP\n"
        "TargetPort:               http/TCP\n"
        "NodePort:                 http  30080/TCP\n"
        "Endpoints:                10.244.1.5:8080,10.244.2.6:8080\n"
        "Session Affinity:         None\n"
        "External Traffic Policy:  Cluster\n"
        "Internal Traffic Policy:  Cluster\n"
        "Events:                   <none>\n"
    ) in text


def test_a_service_shows_whom_its_balancer_lets_in():
    guarded = """
apiVersion: v1
kind: Service
metadata: {name: guarded, namespace: shop}
spec:
  type: LoadBalancer
  loadBalancerSourceRanges: [198.18.0.0/15, 203.0.113.0/24]
  selector: {app: web}
  ports: [{port: 80}]
"""
    text = netsim.Terminal(simulate(guarded), "operator").run("kubectl describe svc guarded -n shop").text
    assert "LoadBalancer Source Ranges:  198.18.0.0/15,203.0.113.0/24\n" in text


def test_the_beginning_of_a_name_is_enough(operator):
    text = operator.run("kubectl describe endpointslice web -n shop").text
    assert text.startswith("Name:         web-")
    assert text.count("  - Addresses:  ") == 2
    assert "    TargetRef:  Pod/web-1\n    NodeName:   n2\n    Zone:       a\n" in text


def test_a_slice_without_endpoints_says_so_in_one_word_each():
    lonely = """
apiVersion: v1
kind: Service
metadata: {name: lonely, namespace: shop}
spec: {selector: {app: nobody}, ports: [{port: 80}]}
"""
    text = netsim.Terminal(simulate(lonely), "operator").run("kubectl describe endpointslice lonely -n shop").text
    assert "\nPorts: <unset>\nEndpoints: <none>\n" in text


def test_a_pod_that_is_going_says_how_long():
    going = """
apiVersion: v1
kind: Pod
metadata: {name: going, namespace: shop, deletionTimestamp: "2026-11-21T10:00:00Z"}
spec: {nodeName: n1, containers: [{name: app}]}
"""
    text = netsim.Terminal(simulate(going), "operator").run("kubectl describe pod going -n shop").text
    assert "Status:           Terminating (lasts <unknown>)\n" in text


def test_an_ingress_shows_its_backends_with_their_endpoints(changed):
    text = netsim.Terminal(changed, "operator").run("kubectl describe ing shop -n shop").text
    assert "Address:          172.20.2.13\nIngress Class:    nginx\n" in text
    assert "/api   api:80 (10.244.3.7:9090)\n" in text


def test_a_pod_shows_its_place_and_ports(operator):
    text = operator.run("kubectl describe pod web-0 -n shop").text
    assert "Node:             n1/172.20.1.11\n" in text
    assert (
        "    Port:           8080/TCP (http)\n    Host Port:      0/TCP (http)\n    State:          Running\n" in text
    )


def test_the_conditions_of_a_pod_stand_in_two_columns(operator):
    assert (
        "Conditions:\n"
        "  Type                        Status\n"
        "  PodReadyToStartContainers   True \n"
        "  Initialized                 True \n"
        "  Ready                       True \n"
        "  ContainersReady             True \n"
        "  PodScheduled                True \n"
    ) in operator.run("kubectl describe pod web-0 -n shop").text


def test_the_condition_of_a_node_has_its_reason(operator):
    assert (
        "Conditions:\n"
        "  Type    Status  Reason         Message\n"
        "  ----    ------  ------         -------\n"
        "  Ready   True    KubeletReady   kubelet is posting ready status\n"
    ) in operator.run("kubectl describe node n1").text


def test_a_node_shows_its_pods(operator):
    text = operator.run("kubectl describe node n2").text
    listed = text.partition("Non-terminated Pods:")[2].splitlines()
    assert [line.split() for line in listed[3:5]] == [["shop", "db-0"], ["shop", "web-1"]]


@pytest.mark.parametrize(
    ("line", "text", "code"),
    [
        pytest.param(
            "describe pod nix -n shop", 'Error from server (NotFound): pods "nix" not found\n', 1, id="an unknown name"
        ),
        pytest.param("describe netpol -n shop", "No resources found in shop namespace.\n", 0, id="none of a type"),
        pytest.param("exec -n ops probe -- hostname", "probe\n", 0, id="a program"),
        pytest.param("exec -it -n shop svc/web -- hostname", "web-0\n", 0, id="the first Pod of a Service"),
        pytest.param(
            "exec -n ops probe hostname",
            "error: exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead\n"
            "See 'kubectl exec -h' for help and examples\n", 1, id="without dashes",
        ),
        pytest.param(
            "exec -n ops probe", "error: you must specify at least one command for the container\n", 1, id="nothing"
        ),
        pytest.param("exec -- ls", "error: pod, type/name or --filename must be specified\n", 1, id="nowhere"),
        pytest.param(
            "exec probe -- ip a", 'Error from server (NotFound): pods "probe" not found\n', 1, id="the wrong namespace"
        ),
        pytest.param(
            "exec -n ops probe -- sh -c ls",
            'OCI runtime exec failed: exec failed: unable to start container process: exec: "sh": executable file not '
            "found in $PATH: unknown\n(The simulated Pods have no shell. Name the program itself after the dashes, "
            "such as: -- ip route)\ncommand terminated with exit code 127\n", 127, id="no shell in the image",
        ),
        pytest.param(
            "exec -n ops probe -c box -- hostname",
            "Error from server (BadRequest): container box is not valid for pod probe\n", 1, id="another container",
        ),
    ],
)  # fmt: skip
def test_a_line_is_answered_in_kubectls_words(operator, line, text, code):
    output = operator.run(f"kubectl {line}")
    assert (output.text, output.exit_code) == (text, code)


def test_a_program_that_fails_tells_its_exit_code(operator):
    output = operator.run("kubectl exec -n ops probe -- curl -s http://10.244.2.6:81/")
    assert (output.text, output.exit_code) == ("command terminated with exit code 7\n", 7)


def test_the_first_of_several_containers_is_chosen_aloud(changed):
    output = netsim.Terminal(changed, "operator").run("kubectl exec -n shop pair -- hostname")
    assert output.text == 'Defaulted container "app" out of: app, helper\npair\n'


@pytest.mark.parametrize(
    ("fault", "pod", "text"),
    [
        pytest.param(
            "cni-missing", "-n shop api-0", 'error: unable to upgrade connection: container not found ("api")\n',
            id="no network yet",
        ),
        pytest.param(
            "coredns-loop", "-n kube-system coredns-a",
            'error: unable to upgrade connection: container not found ("coredns")\n', id="a container that exits",
        ),
    ],
)  # fmt: skip
def test_exec_needs_a_container_that_runs(fault, pod, text):
    cluster = netsim.load_cluster([(SCENE.name, SCENE.read_text())], faults=[fault])
    output = netsim.Terminal(netsim.Simulation(cluster), "operator").run(f"kubectl exec {pod} -- ip a")
    assert (output.text, output.exit_code) == (text, 1)


def test_what_exec_sends_is_seen_on_the_nodes(operator):
    operator.run("kubectl exec -n ops probe -- curl -s http://10.96.41.80/")
    assert "1 flow entries" in operator.on("node/n1").run("conntrack -L -p tcp").text
