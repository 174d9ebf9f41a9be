"""Who sends and who is asked is marked in the picture, before the packet and after it."""

from __future__ import annotations

from typing import Any

import pytest

import netsim
from lessons.content.action_schema import Action
from lessons.picture.drawing import draw
from tests.content.claims import lesson_named
from tests.lessons.planes import harbour, packet

HOST_POD = """\
apiVersion: v1
kind: Pod
metadata: {name: agent, namespace: ops}
spec: {nodeName: n2, hostNetwork: true, containers: [{name: x}]}
"""


def labels(roles: dict[str, str], changes: str = "") -> dict[str, str]:
    """The labels of what is marked, by element."""
    diagram = draw(harbour(changes=changes), (), {"roles": roles})
    return {
        element["data"]["id"]: element["data"]["label"].split("\n")[0]
        for element in diagram["elements"]
        if "role" in element["classes"].split() and element["data"]["label"]
    }


@pytest.mark.parametrize(
    ("text", "element", "label"),
    [
        ("pod/ops/probe", "caption:ops/probe", "to Pod · ops"),
        ("node/n1", "caption:n1", "to node n1"),
        ("node/n3:30080", "caption:n3", "to node n3"),
        ("external", "outside:external:", "to the outside"),
        ("svc/shop/web", "service:shop/web", "to Service shop/web"),
        ("web.shop", "service:shop/web", "to Service shop/web"),
        ("api.shop.svc.cluster.local.", "service:shop/api", "to Service shop/api"),
        ("10.244.1.9:8080", "caption:ops/probe", "to Pod · ops"),
        ("172.20.1.11:30080", "caption:n1", "to node n1"),
        ("203.0.113.50", "outside:external:", "to the outside"),
        ("pod/ops/agent", "caption:n2", "to node n2"),
    ],
)
def test_a_destination_is_marked_however_it_is_named(text: str, element: str, label: str) -> None:
    assert labels({"to": text}, HOST_POD) == {element: label}


def test_source_and_destination_are_told_apart() -> None:
    assert labels({"from": "pod/ops/probe", "to": "svc/shop/web"}) == {
        "caption:ops/probe": "from Pod · ops", "service:shop/web": "to Service shop/web",
    }  # fmt: skip


def test_who_asks_itself_is_marked_once() -> None:
    assert labels({"from": "pod/ops/probe", "to": "pod/ops/probe"}) == {"caption:ops/probe": "from Pod · ops"}


def test_a_name_that_nobody_knows_is_not_marked() -> None:
    assert labels({"to": "shop.example"}) == {}


@pytest.mark.parametrize("text", ["pod/probe", "pod/", "pod"])
def test_what_names_no_pod_is_not_marked(text: str) -> None:
    assert labels({"to": text}) == {}


def test_a_packet_between_nodes_that_are_not_there_is_refused_by_name() -> None:
    with pytest.raises(netsim.NetsimError, match="no Node n9"):
        draw(harbour(), (), {"ends": ["node/n9"]})


@pytest.mark.parametrize("text", ["www.example.com", "www.example.com:443", "8.8.8.8", "[2606:4700::1]:53"])
def test_a_name_or_address_outside_the_cluster_is_the_machine_outside(text: str) -> None:
    assert labels({"to": text}) == {"outside:external:": "to the outside"}


@pytest.mark.parametrize("text", ["10.244.7.7", "10.96.200.1", "172.20.1.99", "127.0.0.1"])
def test_an_address_of_the_clusters_networks_that_nobody_has_is_not_marked(text: str) -> None:
    assert labels({"to": text}) == {}


def test_a_name_that_an_ingress_publishes_is_its_controllers_service() -> None:
    diagram = draw(lesson_named("ingress").simulation(), (), {"roles": {"to": "shop.example"}})
    marked = [each["data"]["id"] for each in diagram["elements"] if "role" in each["classes"].split()]
    assert marked == ["service:ingress/edge"]


@pytest.mark.parametrize(
    ("action", "roles"),
    [
        ({"probe": {"from": "pod/ops/a", "to": "svc/shop/web"}}, {"from": "pod/ops/a", "to": "svc/shop/web"}),
        ({"request": {"from": "external", "url": "http://web.shop:80/x"}}, {"from": "external", "to": "web.shop"}),
        (
            {"request": {"from": "external", "url": "http://shop.example/", "connect_to": "198.51.100.20:80"}},
            {"from": "external", "to": "198.51.100.20:80"},
        ),
        ({"request": {"from": "external", "url": "shop.example/cart"}}, {"from": "external", "to": "shop.example"}),
        ({"request": {"from": "external", "url": "http://[2001:db8::1/"}}, {"from": "external"}),
        ({"lookup": {"from": "pod/ops/a", "name": "web"}}, {"from": "pod/ops/a"}),
        ({"command": {"at": "node/n1", "line": "ip route"}}, {"at": "node/n1"}),
        ({"reach": {}}, {}),
    ],
    ids=["probe", "request", "request to an address", "URL without a scheme", "no URL", "lookup", "command", "matrix"],
)
def test_an_action_says_who_takes_part(action: dict[str, Any], roles: dict[str, str]) -> None:
    assert Action.model_validate(action).roles == roles


def test_the_picture_in_words_says_who_sends_to_whom() -> None:
    roles = {"from": "pod/ops/probe", "to": "svc/shop/web"}
    summary = draw(harbour(), (), {"roles": roles})["summary"]
    assert summary[0] == "A packet goes from pod/ops/probe to svc/shop/web."
    assert any(sentence.startswith("Service shop/web (") for sentence in summary)


def test_marks_are_there_before_the_packet_and_after_it() -> None:
    simulation, show = harbour(), {"roles": {"from": "pod/ops/probe", "to": "svc/shop/web"}}
    sent = draw(simulation, packet(simulation, _probe()), show)
    assert sent["elements"] == draw(simulation, (), show)["elements"]


def _probe() -> Any:
    return Action.model_validate({"probe": {"from": "pod/ops/probe", "to": "svc/shop/web", "port": 80}}).spec.probe()
