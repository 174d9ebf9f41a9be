"""What a playground offers and shows before a packet moves, and what a change did to the nodes."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import translation

import netsim
from lessons import phrases
from lessons.content.schema import parse
from lessons.playground import cluster as playground_cluster
from lessons.playground import stage
from lessons.playground.differences import differences
from lessons.playground.schema import PlaygroundContent
from lessons.playground.state import Setup, Side
from tests.lessons.factories import SCENE
from tests.lessons.playgrounds import CONTENT
from tests.netsim.harbour import SCENE as HARBOUR

LOAD_BALANCER = """\
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec:
  type: LoadBalancer
  clusterIP: 10.96.41.80
  selector: {app: web}
  externalIPs: [198.51.100.30]
  ports: [{name: http, port: 80, targetPort: 8080, nodePort: 30080}]
status: {loadBalancer: {ingress: [{ip: 198.51.100.20}]}}
"""
ALL = parse(PlaygroundContent, {"start": {"from": "pod/ops/probe", "to": "svc/shop/web"}})


def play(manifests: str, setup: Setup = Setup(), content: PlaygroundContent = CONTENT) -> dict[str, Any]:  # noqa: B008
    return stage.play(
        playground_cluster.request(playground_cluster.scenario(manifests, content, Side(content.start, setup)))
    )


def values(groups: list[dict[str, Any]]) -> dict[str, list[str]]:
    return {group["name"]: [option["value"] for option in group["options"]] for group in groups}


def test_every_pod_node_and_the_client_outside_may_send() -> None:
    found = values(play(SCENE)["sources"])
    assert found == {
        "pods": ["pod/ops/client", "pod/app/one", "pod/app/two"],
        "machines": ["node/n1", "node/n2", "external"],
    }


def test_services_node_ports_and_balancers_can_be_asked() -> None:
    text = HARBOUR.read_text()
    found = values(play(text, content=ALL)["destinations"])
    assert {"svc/shop/web", "svc/kube-system/kube-dns"} <= set(found["services"])
    assert found["node ports"] == ["172.20.1.11:30080", "172.20.1.12:30080", "172.20.2.13:30080"]
    assert found["machines"][-1] == "203.0.113.50"


def test_addresses_of_load_balancers_can_be_asked() -> None:
    changed = PlaygroundContent.model_validate(
        {**ALL.document(), "toggles": [{"slug": "lb", "label": "LB", "changes": LOAD_BALANCER}]}
    )
    found = values(play(HARBOUR.read_text(), Setup(toggles=("lb",)), changed)["destinations"])
    assert found["load balancers"] == ["198.51.100.20:80", "198.51.100.30:80"]


def test_every_choice_can_be_sent() -> None:
    request = playground_cluster.request(playground_cluster.scenario(SCENE, CONTENT, Side(CONTENT.start)))
    result = stage.play(request)
    simulation = netsim.Simulation(netsim.load_cluster([("s", SCENE)]))
    sources = [option["value"] for group in result["sources"] for option in group["options"]]
    destinations = [option for group in result["destinations"] for option in group["options"]]
    for source in sources:
        for option in destinations:
            simulation.trace(netsim.Probe(source, option["value"], option["port"] or 80))


def test_a_choice_names_the_parts_of_the_picture_that_stand_for_it() -> None:
    result = play(SCENE)
    drawn = {element["data"]["id"] for element in result["diagram"]["elements"]}
    for group in result["destinations"]:
        for option in group["options"]:
            assert not option["elements"] or set(option["elements"]) & drawn


def test_a_proxy_mode_changes_the_sort_of_rules_and_no_route() -> None:
    found = differences(play(SCENE)["machines"], play(SCENE, Setup(proxy="nftables"))["machines"])
    assert [machine.name for machine in found] == ["n1", "n2"]
    counts = {count.name: count for count in found[0].rules}
    assert counts["nftables"].before < counts["nftables"].after
    assert counts["iptables"].before > counts["iptables"].after
    assert found[0].routes_added == found[0].routes_removed == ()


def test_a_data_plane_changes_devices_and_routes() -> None:
    found = differences(play(SCENE)["machines"], play(SCENE, Setup("calico-vxlan"))["machines"])[0]
    assert any(line.startswith("vxlan.calico") for line in found.devices_added)
    assert any(line.startswith("cni0") for line in found.devices_removed)
    assert any("dev flannel.1" in line for line in found.routes_removed)


def test_equal_machines_have_no_differences() -> None:
    machines = play(SCENE)["machines"]
    assert differences(machines, machines) == ()


def test_a_machine_that_came_differs_in_everything() -> None:
    machine = {"name": "n9", "devices": ["eth0"], "routes": ["default"], "rules": {"iptables": 3}}
    (found,) = differences([], [machine])
    assert (found.devices_added, found.routes_added, found.rules[0].after) == (("eth0",), ("default",), 3)


@pytest.mark.parametrize(
    ("label", "german"),
    [
        (stage.A_NODE.format(node="n1", address="172.20.1.11"), "Node n1 · 172.20.1.11"),
        (stage.THE_CLIENT.format(address="203.0.113.50"), "Client außen · 203.0.113.50"),
        (
            stage.A_NODE_PORT.format(address="172.20.1.11:30080", node="n1", service="shop/web"),
            "172.20.1.11:30080 · n1 für shop/web",
        ),
    ],
    ids=["node", "client", "node port"],
)
def test_what_is_offered_is_named_in_german(label: str, german: str) -> None:
    with translation.override("de"):
        assert phrases.shown(label) == german
