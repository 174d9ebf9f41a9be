"""Each action, played on the small cluster of tests.lessons.factories: what conditions find, and what learners see."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

import netsim
from lessons.content.action_schema import Action
from lessons.experiments import predictions
from lessons.models import Experiment, PredictionOption, SimulationRun
from lessons.runs import simulations
from lessons.runs.expectations import value_at
from lessons.runs.observations import observe
from tests.lessons.factories import SCENE, make_experiment, make_lesson

DNS = """\
---
apiVersion: v1
kind: Namespace
metadata: {name: kube-system}
---
apiVersion: v1
kind: Pod
metadata: {name: coredns, namespace: kube-system, labels: {k8s-app: kube-dns}}
spec: {nodeName: n2, containers: [{name: coredns, image: x, ports: [{containerPort: 53, protocol: UDP}]}]}
status: {phase: Running, podIP: 10.244.2.9, conditions: [{type: Ready, status: "True"}]}
---
apiVersion: v1
kind: Service
metadata: {name: kube-dns, namespace: kube-system}
spec:
  clusterIP: 10.96.0.10
  selector: {k8s-app: kube-dns}
  ports: [{name: dns, port: 53, protocol: UDP}]
"""
CALICO = """\
apiVersion: netsim.dev/v1
kind: ClusterNetwork
metadata: {name: small}
spec: {cni: {plugin: calico}}
"""
DENY = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: closed, namespace: app}
spec:
  podSelector: {matchLabels: {app: api}}
  ingress: [{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: ops}}}]}]
---
apiVersion: netsim.dev/v1
kind: ClusterNetwork
metadata: {name: small}
spec: {cni: {plugin: flannel, backend: vxlan}, proxy: {mode: iptables}, policyEnforcement: true}
"""
CONFLIST = json.dumps(
    {
        "cniVersion": "1.0.0",
        "name": "pods",
        "plugins": [{"type": "bridge", "ipam": {"type": "host-local", "subnet": "10.1.0.0/24"}}],
    }
)
ACTIONS: dict[str, dict[str, Any]] = {
    "probe": {"from": "pod/ops/client", "to": "svc/app/api", "port": 80},
    "request": {"from": "pod/ops/client", "url": "http://api.app/cart"},
    "lookup": {"from": "pod/ops/client", "name": "api.app"},
    "reach": {"port": 8080},
    "command": {"at": "pod/ops/client", "line": "ip route", "before": ["hostname"]},
    "cni": {"conflist": CONFLIST, "commands": ["ADD", "DEL"]},
}
kinds = pytest.mark.parametrize("kind", list(ACTIONS))


@pytest.fixture(scope="module")
def simulation() -> netsim.Simulation:
    return netsim.Simulation(netsim.load_cluster([("scene.yaml", SCENE + DNS)], changes=[("deny.yaml", DENY)]))


def found(simulation: netsim.Simulation, kind: str) -> dict[str, Any]:
    return observe(simulation, Action.model_validate({kind: ACTIONS[kind]})).document


@pytest.mark.parametrize(
    ("kind", "path", "value"),
    [
        ("probe", "client_sees", "connected"),
        ("request", "status", 200),
        ("request", "seen_by_application.path", "/cart"),
        ("lookup", "rcode", "NOERROR"),
        ("lookup", "answers.0.data", "10.96.0.50"),
        ("lookup", "query_count", 4),
        ("reach", "pairs", 12),
        ("reach", "allowed_pairs", 8),
        ("reach", "to.ops/client.from.app/one", True),
        ("reach", "to.app/one.from.app/two", False),
        ("command", "exit_code", 0),
        ("command", "lines.0", "default via 10.244.1.1 dev eth0"),
        ("command", "session.0.line", "hostname"),
        ("cni", "runs.0.invocations.0.plugin", "bridge"),
        ("cni", "runs.1.error", None),
    ],
)
def test_a_document_says_what_conditions_ask_for(
    simulation: netsim.Simulation, kind: str, path: str, value: Any
) -> None:
    assert value_at(path, found(simulation, kind)) == value


@pytest.mark.parametrize(("kind", "parts"), [("probe", 1), ("request", 1), ("lookup", 2), ("reach", 0), ("cni", 0)])
def test_exchanges_are_played_in_order(simulation: netsim.Simulation, kind: str, parts: int) -> None:
    seen = observe(simulation, Action.model_validate({kind: ACTIONS[kind]}))
    assert [bool(part["exchange"]["request"]) for part in seen.parts] == [True] * parts


@pytest.mark.parametrize(
    ("name", "queries", "played"),
    [
        pytest.param("api.app", 4, ["A api.app.ops.svc.cluster.local", "A api.app.svc.cluster.local"], id="found"),
        pytest.param(
            "no.such.name",
            8,
            ["A no.such.name.ops.svc.cluster.local", "AAAA no.such.name", "AAAA no.such.name"],
            id="not found, and asked outside",
        ),
        pytest.param("api.app.svc.cluster.local.", 2, ["A api.app.svc.cluster.local"], id="at once"),
    ],
)
def test_of_many_queries_the_first_and_the_one_that_decides_are_played(
    simulation: netsim.Simulation, name: str, queries: int, played: list[str]
) -> None:
    seen = observe(simulation, Action.model_validate({"lookup": {"from": "pod/ops/client", "name": name}}))
    assert seen.document["query_count"] == queries
    assert [part["title"].partition(" for ")[2] for part in seen.parts] == played


def test_a_pod_that_is_not_there_is_named(simulation: netsim.Simulation) -> None:
    action = Action.model_validate({"reach": {"port": 80, "pods": ["app/three"]}})
    with pytest.raises(netsim.NetsimError, match=r"reach\.pods: the cluster has no Pod app/three"):
        observe(simulation, action)


def shown(kind: str, client: Client, **values: Any) -> str:
    """The outcome of an experiment with this action after a prediction, as a learner without JavaScript reads it."""
    lesson = make_lesson(manifests=SCENE + DNS)
    experiment = make_experiment(lesson, action={kind: ACTIONS[kind]}, **values)
    predicted = client.post(f"/experiments/{experiment.pk}/predict/", {"option": experiment.options.all()[0].pk})
    assert predicted.status_code in (302, 503)
    for key in SimulationRun.objects.values_list("key", flat=True):
        simulations.perform(key)
    return str(client.get(reverse("experiment_outcome", args=[experiment.pk])).content.decode())


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(predictions, "WAIT_SECONDS", 0.0)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("probe", "The client sees: connected"),
        ("request", "The client gets status 200"),
        ("lookup", "api.app is found"),
        ("reach", "12 of 12 pairs may connect"),
        ("command", "default via 10.244.1.1 dev eth0"),
        ("cni", "The runtime runs ADD"),
    ],
)
def test_what_was_found_is_on_the_page(client: Client, kind: str, text: str) -> None:
    assert text in shown(kind, client)


@pytest.mark.django_db
@kinds
def test_clusters_are_shown_side_by_side(client: Client, kind: str) -> None:
    page = shown(kind, client, compare=[{"label": "closed", "changes": DENY}])
    assert ("In each cluster" if kind == "command" else "Side by side") in page
    assert "closed" in page


@pytest.mark.django_db
def test_a_value_that_differs_says_so(client: Client) -> None:
    page = shown("reach", client, compare=[{"label": "closed", "changes": DENY}])
    assert '8\u00a0/\u00a012 <span class="changed__word">differs</span>' in page


@pytest.mark.django_db
def test_what_a_command_printed_keeps_its_columns_in_each_cluster(client: Client) -> None:
    page = shown("command", client, compare=[{"label": "another network", "changes": CALICO}])
    assert page.count("default via 169.254.1.1 dev eth0") == 1
    assert 'another network <span class="changed__word">differs</span>' in page
    assert "<br>" not in page


@pytest.mark.django_db
def test_a_fault_breaks_the_cluster_of_the_experiment(client: Client) -> None:
    faults = [{"name": "selector-typo", "options": {"service": "app/api"}}]
    assert "The client sees: refused" in shown("probe", client, faults=faults)


MYTH = {"claim": "A Service is a machine.", "verdict": "false", "evidence": "No interface has it.", "id": ""}


@pytest.mark.django_db
def test_a_myth_is_stated_first_and_judged_only_afterwards(client: Client) -> None:
    lesson = make_lesson()
    experiment = make_experiment(lesson, myth=MYTH)
    before = client.get(lesson.get_absolute_url()).content.decode()
    assert "A Service is a machine." in before
    assert "No interface has it." not in before
    assert Experiment.objects.get() == experiment


@pytest.mark.django_db
def test_every_option_is_explained_after_the_packet_moved(client: Client) -> None:
    page = shown("probe", client)
    for option in PredictionOption.objects.all():
        assert option.explanation in page


@pytest.mark.parametrize(
    ("written", "ends"),
    [
        ({"probe": {"from": "pod/ops/client", "to": "svc/app/api", "port": 80}}, ("pod/ops/client",)),
        ({"probe": {"from": "external/203.0.113.9", "to": "node/n1:30080"}}, ("external",)),
        ({"probe": {"from": "node/n1", "to": "pod/app/one"}}, ("node/n1", "pod/app/one")),
        ({"command": {"at": "node/n1", "line": "ip route"}}, ("node/n1",)),
        ({"lookup": {"from": "pod/ops/client", "name": "api"}}, ("pod/ops/client",)),
        ({"reach": {"port": 80}}, ()),
    ],
    ids=["Service", "outside to a node port", "node to Pod", "command", "lookup", "matrix"],
)
def test_an_action_says_where_its_packets_start_and_end(written: dict[str, Any], ends: tuple[str, ...]) -> None:
    assert Action.model_validate(written).ends == ends


@pytest.mark.django_db
def test_of_a_matrix_the_pairs_that_differ_are_compared(client: Client) -> None:
    page = shown("reach", client, compare=[{"label": "closed", "changes": DENY}])
    assert '<th scope="row">app/one → app/two</th>' in page
    assert '<th scope="row">ops/client → app/one</th>' not in page


@pytest.mark.django_db
def test_the_ports_of_a_request_are_compared(client: Client) -> None:
    page = shown("request", client, compare=[{"label": "closed", "changes": DENY}])
    assert '<th scope="row">Ports they arrive at</th><td>8080</td>' in page
