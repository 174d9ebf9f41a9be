"""How a cluster behaves, cell by cell: what can come of a packet or a request, and who may connect to whom."""

from __future__ import annotations

from typing import Any

import pytest

import netsim
from lessons.content.action_schema import Action
from lessons.runs.behavior import IMPOSSIBLE, _delivery, cells
from tests.lessons.factories import SCENE, WITHOUT_ENDPOINTS

CLIENT = "pod/ops/client"
POLICY = """
apiVersion: netsim.dev/v1
kind: ClusterNetwork
metadata: {name: small}
spec: {cni: {plugin: calico, backend: vxlan}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: nobody, namespace: app}
spec: {podSelector: {}, policyTypes: [Ingress]}
"""


def simulation(changes: str = "") -> netsim.Simulation:
    return netsim.Simulation(netsim.load_cluster([("scene.yaml", SCENE)], [("changes.yaml", changes)]))


def found(action: dict[str, Any], changes: str = "") -> list[dict[str, Any]]:
    return cells(simulation(changes), [Action.model_validate(action)])


@pytest.mark.parametrize(
    ("action", "changes", "outcome"),
    [
        pytest.param(
            {"probe": {"from": CLIENT, "to": "svc/app/api", "port": 80}},
            "",
            "connected: app/one | connected: app/two",
            id="each endpoint that can be picked",
        ),
        pytest.param({"probe": {"from": CLIENT, "to": "pod/app/two", "port": 81}}, "", "refused", id="a closed port"),
        pytest.param(
            {"probe": {"from": CLIENT, "to": "svc/app/api", "port": 80}}, WITHOUT_ENDPOINTS, "refused", id="no endpoint"
        ),
        pytest.param(
            {"request": {"from": CLIENT, "url": "http://10.244.2.2:8080/"}}, "", "200: Pod app/two", id="a request"
        ),
        pytest.param(
            {"request": {"from": CLIENT, "url": "http://10.244.2.2:81/"}}, "", "refused", id="a request to nobody"
        ),
    ],
)
def test_what_can_come_of_a_packet(action: dict[str, Any], changes: str, outcome: str) -> None:
    [cell] = found(action, changes)
    assert cell["outcome"] == outcome


@pytest.mark.parametrize(
    "action",
    [
        {"probe": {"from": CLIENT, "to": "svc/app/nix", "port": 80}},
        {"request": {"from": "pod/ops/nix", "url": "http://10.244.2.2/"}},
    ],
    ids=["a Service that is not there", "a machine that is not there"],
)
def test_what_cannot_be_asked_is_an_outcome_too(action: dict[str, Any]) -> None:
    [cell] = found(action)
    assert cell["outcome"].startswith(f"{IMPOSSIBLE}: ")


def test_a_server_whose_answer_is_lost_has_not_connected() -> None:
    server = {"kind": "pod", "namespace": "app", "name": "one", "node": "n1"}
    assert _delivery({"client_sees": "timeout", "server": server}) == "timeout"


def test_a_matrix_has_a_cell_for_each_ordered_pair() -> None:
    pairs = found({"reach": {"port": 8080}}, POLICY)
    assert len(pairs) == 6
    assert {cell["destination"] for cell in pairs if cell["outcome"] == "denied"} == {"pod/app/one", "pod/app/two"}
    assert {cell["port"] for cell in pairs} == {8080}


def test_each_action_has_its_number() -> None:
    actions = [Action.model_validate({"reach": {"port": port, "pods": ["app/one", "app/two"]}}) for port in (80, 81)]
    assert [cell["action"] for cell in cells(simulation(), actions)] == [0, 0, 1, 1]


def test_other_actions_cannot_be_compared() -> None:
    with pytest.raises(netsim.NetsimError, match="lookup: behaviors are compared by reach, probe, request"):
        found({"lookup": {"from": CLIENT, "name": "api.app"}})
