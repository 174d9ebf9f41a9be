"""``kubectl get``: tables, manifests, names and errors as the real program prints them. The cluster is Harbour."""

from __future__ import annotations

import json

import pytest
import yaml

import netsim
from tests.netsim.harbour import SCENE, simulate

DEPRECATED = "Warning: v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice\n"
EDGE = SCENE.with_name("edge.yaml")


@pytest.fixture(scope="module")
def operator(simulation) -> netsim.Terminal:
    return netsim.Terminal(simulation, "operator")


@pytest.fixture(scope="module")
def edge() -> netsim.Terminal:
    return netsim.Terminal(simulate(EDGE.read_text()), "operator")


def broken_by(fault: str) -> netsim.Terminal:
    cluster = netsim.load_cluster([(SCENE.name, SCENE.read_text())], faults=[fault])
    return netsim.Terminal(netsim.Simulation(cluster), "operator")


def column(terminal: netsim.Terminal, line: str, heading: str) -> dict[str, str]:
    """One column by the first one, cut out of the text below its heading."""
    head, *body = terminal.run(line).text.removeprefix(DEPRECATED).splitlines()
    start = head.index(heading)
    return {text.split()[0]: text[start:].split("   ")[0].strip() for text in body}


def test_a_table_of_pods_is_aligned_as_kubectl_does_it(operator):
    assert operator.run("kubectl get pods -n shop -l app=web -o wide").text == (
        "NAME    READY   STATUS    RESTARTS   AGE         IP           NODE   NOMINATED NODE   READINESS GATES\n"
        "web-0   1/1     Running   0          <unknown>   10.244.1.5   n1     <none>           <none>\n"
        "web-1   1/1     Running   0          <unknown>   10.244.2.6   n2     <none>           <none>\n"
    )


HEADINGS = {
    "pods": "NAMESPACE NAME READY STATUS RESTARTS AGE",
    "nodes": "NAME STATUS ROLES AGE VERSION",
    "services": "NAMESPACE NAME TYPE CLUSTER-IP EXTERNAL-IP PORT(S) AGE",
    "endpointslices": "NAMESPACE NAME ADDRESSTYPE PORTS ENDPOINTS AGE",
    "namespaces": "NAME STATUS AGE",
    "ingresses": "NAMESPACE NAME CLASS HOSTS ADDRESS PORTS AGE",
    "ingressclasses": "NAME CONTROLLER PARAMETERS AGE",
    "gatewayclasses": "NAME CONTROLLER ACCEPTED AGE",
    "gateways": "NAMESPACE NAME CLASS ADDRESS PROGRAMMED AGE",
    "httproutes": "NAMESPACE NAME HOSTNAMES AGE",
}


@pytest.mark.parametrize("plural", HEADINGS)
def test_each_type_has_the_columns_of_the_api_server(edge, plural):
    assert edge.run(f"kubectl get {plural} -A").text.splitlines()[0].split() == HEADINGS[plural].split()


@pytest.mark.parametrize(
    ("line", "heading", "expected"),
    [
        pytest.param(
            "svc -n shop", "CLUSTER-IP", {"api": "10.96.77.7", "db": "None", "pay": "<none>", "web": "10.96.41.80"},
            id="a headless Service has None and an alias has none",
        ),
        pytest.param(
            "svc -n shop", "EXTERNAL-IP", {"api": "<none>", "db": "<none>", "pay": "pay.example.net", "web": "<none>"},
            id="an alias shows its name",
        ),
        pytest.param(
            "svc -n shop", "PORT(S)", {"api": "80/TCP", "db": "5432/TCP", "pay": "<none>", "web": "80:30080/TCP"},
            id="node ports stand after the port",
        ),
        pytest.param("no -L topology.kubernetes.io/zone", "ZONE", {"n1": "a", "n3": "b"}, id="a label's column"),
        pytest.param("ep -n shop", "ENDPOINTS", {"api": "10.244.3.7:9090"}, id="endpoints have ports"),
        pytest.param("ns --show-labels", "LABELS", {"ops": "kubernetes.io/metadata.name=ops"}, id="all labels"),
        pytest.param("svc -n shop -o wide", "SELECTOR", {"api": "app=api", "pay": "<none>"}, id="wide services"),
    ],
)  # fmt: skip
def test_a_cell_tells_the_state(operator, line, heading, expected):
    found = column(operator, f"kubectl get {line}", heading)
    assert expected.items() <= found.items()


@pytest.mark.parametrize(
    ("fault", "line", "heading", "expected"),
    [
        pytest.param(
            "readiness-fails", "po -n shop", "READY", {"web-0": "0/1", "api-0": "1/1"}, id="a Pod that is not ready"
        ),
        pytest.param(
            "readiness-fails",
            "endpointslices -n shop",
            "ENDPOINTS",
            {"web": "10.244.1.5,10.244.2.6"},
            id="a slice lists what is not ready",
        ),
        pytest.param(
            "readiness-fails",
            "endpoints -n shop",
            "ENDPOINTS",
            {"web": "<none>", "api": "10.244.3.7:9090"},
            id="Endpoints list what is ready",
        ),
        pytest.param("selector-typo", "endpointslices -n shop", "ENDPOINTS", {"web": "<unset>"}, id="no Pod selected"),
        pytest.param("cni-missing", "po -n shop", "STATUS", {"api-0": "ContainerCreating"}, id="no network yet"),
        pytest.param("cni-missing", "no", "STATUS", {"n3": "NotReady", "n1": "Ready"}, id="a node without a plugin"),
        pytest.param(
            "coredns-loop", "po -n kube-system", "STATUS", {"coredns-a": "CrashLoopBackOff"}, id="a server that exits"
        ),
        pytest.param(
            "service-protocol-udp", "svc -n shop", "PORT(S)", {"web": "80:30080/UDP"}, id="the wrong protocol"
        ),
    ],
)
def test_a_fault_shows_in_its_column(fault, line, heading, expected):
    found = column(broken_by(fault), f"kubectl get {line}", heading)
    by_start = {name: next(cell for key, cell in found.items() if key.startswith(name)) for name in expected}
    assert by_start == expected


@pytest.mark.parametrize(
    ("line", "text", "code"),
    [
        pytest.param(
            "get pod web-0 nix -n shop -o name", 'pod/web-0\nError from server (NotFound): pods "nix" not found\n', 1,
            id="what is there is shown before what is missing",
        ),
        pytest.param(
            "get deploy web", 'Error from server (NotFound): deployments.apps "web" not found\n', 1, id="with its group"
        ),
        pytest.param("get pods", "No resources found in default namespace.\n", 0, id="an empty namespace"),
        pytest.param("get netpol -A", "No resources found\n", 0, id="nothing anywhere"),
        pytest.param(
            "get foo", 'error: the server doesn\'t have a resource type "foo"\n', 1, id="a type that is not served"
        ),
        pytest.param(
            "get po --foo", "error: unknown flag: --foo\nSee 'kubectl get --help' for usage.\n", 1, id="an unknown flag"
        ),
        pytest.param(
            "get po -z", "error: unknown shorthand flag: 'z' in -z\nSee 'kubectl get --help' for usage.\n", 1,
            id="an unknown letter",
        ),
        pytest.param(
            "get po web-0 -A", "error: a resource cannot be retrieved by name across all namespaces\n", 1,
            id="a name and every namespace",
        ),
        pytest.param(
            "get po web-0 -l a=b", "error: name cannot be provided when a selector is specified\n", 1,
            id="a name and a selector",
        ),
        pytest.param(
            "apply -f x.yaml",
            "error: this simulated API server is read-only here; change the scene by its switches\n", 1, id="a change",
        ),
        pytest.param("frob", 'error: unknown command "frob" for "kubectl"\n', 1, id="an unknown command"),
        pytest.param("-n shop get svc/web -o name", "service/web\n", 0, id="a namespace before the command"),
        pytest.param("get po -nshop -l app=web -oname", "pod/web-0\npod/web-1\n", 0, id="values without a space"),
        pytest.param(
            "get po,svc -n shop -l app!=web -o name",
            "pod/api-0\npod/db-0\npod/db-1\nservice/api\nservice/db\nservice/pay\nservice/web\n", 0,
            id="two types and a label that must differ",
        ),
        pytest.param(
            "get po -n shop -l app\\ in\\ (web,api),!x -o name", "pod/api-0\npod/web-0\npod/web-1\n", 0, id="a set"
        ),
    ],
)  # fmt: skip
def test_a_line_is_answered_in_kubectls_words(operator, line, text, code):
    output = operator.run(f"kubectl {line}")
    assert (output.text, output.exit_code) == (text, code)


BALANCED = """
apiVersion: v1
kind: Service
metadata: {name: front, namespace: shop}
spec: {type: LoadBalancer, selector: {app: web}, ports: [{port: 80, targetPort: http}]}
"""


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        pytest.param("", "<pending>", id="nobody implements it"),
        pytest.param(
            "status: {loadBalancer: {ingress: [{ip: 198.51.100.20}]}}", "198.51.100.20", id="it has an address"
        ),
    ],
)
def test_a_load_balancer_waits_for_its_address(status, expected):
    terminal = netsim.Terminal(simulate(BALANCED + status), "operator")
    assert column(terminal, "kubectl get svc front -n shop", "EXTERNAL-IP") == {"front": expected}


def test_the_deprecated_api_warns(operator):
    assert operator.run("kubectl get ep web -n shop").text.startswith(DEPRECATED)


def test_names_of_several_types_carry_their_type(operator):
    text = operator.run("kubectl get po,svc -n shop").text
    assert "\npod/web-1 " in text
    assert "\n\nNAME " in text
    assert "\nservice/web " in text


def test_a_manifest_is_the_object(operator):
    document = yaml.safe_load(operator.run("kubectl get svc web -n shop -o yaml").text)
    assert (document["kind"], document["spec"]["clusterIP"]) == ("Service", "10.96.41.80")
    assert list(document) == sorted(document)


def test_several_manifests_are_a_list(operator):
    document = json.loads(operator.run("kubectl get po -n shop -l app=web -o json").text)
    assert document["kind"] == "List"
    assert [item["metadata"]["name"] for item in document["items"]] == ["web-0", "web-1"]


def test_only_kubectl_is_on_the_operators_machine(operator):
    output = operator.run("ping -c 1 10.96.41.80")
    assert (output.exit_code, "kubectl exec" in output.text) == (127, True)


@pytest.mark.parametrize("where", ["pod/ops/probe", "node/n1", "external"])
def test_kubectl_is_at_every_prompt(simulation, where):
    assert netsim.Terminal(simulation, where).run("kubectl get no -o name").text == "node/n1\nnode/n2\nnode/n3\n"


def test_the_help_says_why_every_age_is_unknown(operator):
    [age] = set(column(operator, "kubectl get pods -n shop", "AGE").values())
    assert f"has no clock, so every age is {age}." in operator.run("kubectl").text
