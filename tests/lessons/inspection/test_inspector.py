"""A device tells its state as the usual programs print it, with the lines that the packet used marked and counted."""

from __future__ import annotations

import re
from typing import Any

import pytest

import netsim
from lessons.inspection import inspector
from lessons.inspection.evidence import Evidence, evidence_of
from lessons.playground import cluster as playground_cluster
from lessons.playground.state import Setup, Side
from tests.lessons.factories import SCENE
from tests.lessons.playgrounds import CONTENT

WIDE = CONTENT.model_copy(update={"data_planes": ("cilium-vxlan", "calico-vxlan")})
TO_TWO = CONTENT.start.model_copy(update={"destination": "pod/app/two", "port": 8080})


def far(setup: Setup) -> Any:
    """The first packet to the Service whose random choice falls on app/two, on the other node."""
    for seed in range(32):
        flow = CONTENT.start.model_copy(update={"seed": seed})
        asked = playground_cluster.scenario(SCENE, WIDE, Side(flow, setup))
        simulation = netsim.Simulation(netsim.load_cluster([("s", asked.manifests)], [("c", t) for t in asked.changes]))
        server = simulation.trace(flow.probe()).server
        if server is not None and server.name == "two":
            return flow
    raise AssertionError("no seed picks app/two")


def look(element: str, setup: Setup = Setup(), flow: Any = None) -> dict[str, dict[str, Any]]:  # noqa: B008
    side = Side(flow or far(setup), setup)
    request = playground_cluster.scenario(SCENE, WIDE, side).request("trace") | {"element": element}
    return {section["name"]: section for section in inspector.play(request)["sections"]}


def used(section: dict[str, Any]) -> list[str]:
    return [line["text"] for line in section["lines"] if line["hits"]]


def test_the_rule_that_translates_the_service_is_marked_once() -> None:
    found = look("netfilter:n1:")["iptables"]
    hits = [line for line in found["lines"] if "--to-destination" in line["text"] and line["hits"]]
    assert [(line["text"].split("--to-destination ")[1], line["hits"]) for line in hits] == [("10.244.2.2:8080", 1)]
    assert found["hits"] == len(used(found))


def test_rules_of_the_endpoint_that_was_not_chosen_are_not_marked() -> None:
    assert not any("10.244.1.3:8080" in text for text in used(look("netfilter:n1:")["iptables"]))


@pytest.mark.parametrize(
    ("setup", "element", "section", "expected"),
    [
        pytest.param(Setup(), "routing:n1:", "routes", "10.244.2.0/24 via 10.244.2.0 dev flannel.1", id="route"),
        pytest.param(Setup(), "interface:n1:flannel.1", "forwarding database", "dev flannel.1 dst", id="tunnel"),
        pytest.param(Setup(), "routing:n1:", "neighbors", "10.244.2.0 dev flannel.1", id="neighbor"),
        pytest.param(Setup(), "netfilter:n1:", "connections", "dst=10.96.0.50", id="connection"),
        pytest.param(Setup(proxy="nftables"), "netfilter:n1:", "nftables", "vmap @service-ips", id="nftables rule"),
        pytest.param(Setup(proxy="nftables"), "netfilter:n1:", "nftables", "10.96.0.50 . tcp . 80", id="map element"),
        pytest.param(Setup(proxy="ipvs"), "netfilter:n1:", "ipvs", "10.96.0.50:80 rr", id="virtual server"),
        pytest.param(Setup(proxy="ipvs"), "netfilter:n1:", "ipvs", "  -> 10.244.2.2:8080", id="real server"),
        pytest.param(Setup("cilium-vxlan"), "routing:n1:", "programs", "tcx/", id="eBPF program"),
    ],
)
def test_what_the_packet_used_is_marked(setup: Setup, element: str, section: str, expected: str) -> None:
    assert any(expected in text for text in used(look(element, setup)[section]))


def test_nothing_is_marked_where_the_packet_did_not_pass() -> None:
    near = CONTENT.start.model_copy(update={"destination": "10.244.1.3", "port": 8080})
    assert all(section["hits"] == 0 for section in look("netfilter:n2:", flow=near).values())


def test_what_was_picked_is_open_and_comes_first() -> None:
    sections = list(look("routing:n1:").values())
    assert [section["name"] for section in sections if section["open"]] == ["routes", "routing rules"]
    assert sections[0]["open"]


@pytest.mark.parametrize(
    ("element", "section", "expected"),
    [
        pytest.param("process:app/two:", "sockets", "*:8080", id="socket"),
        pytest.param("interface:app/two:eth0", "interfaces", "inet 10.244.2.2/24", id="address"),
        pytest.param("service:app/api", "Service", "clusterIP: 10.96.0.50", id="Service"),
        pytest.param("service:app/api", "EndpointSlice", "- 10.244.2.2", id="endpoints"),
        pytest.param("router:router:", "routes", "192.168.1.0/24", id="router"),
        pytest.param("outside:external:", "interfaces", "203.0.113.50", id="client outside"),
        pytest.param("node:n1", "kernel settings", "net.ipv4.ip_forward = 1", id="node"),
    ],
)
def test_every_sort_of_part_can_be_looked_into(element: str, section: str, expected: str) -> None:
    assert any(expected in line["text"] for line in look(element)[section]["lines"])


def test_a_pod_names_the_policies_that_select_it() -> None:
    lines = look("pod:app/two", Setup("calico-vxlan", toggles=("deny",)), TO_TWO)["policies"]["lines"]
    assert "NetworkPolicy app/deny" in lines[0]["text"]
    assert look("pod:app/two")["policies"]["lines"][0]["text"].startswith("ingress: no policy selects this Pod")


def test_the_cluster_can_be_looked_into_before_a_packet_is_sent() -> None:
    request = playground_cluster.request(playground_cluster.scenario(SCENE, CONTENT, Side(CONTENT.start)))
    found = inspector.play(request | {"element": "netfilter:n1:"})["sections"]
    assert {section["hits"] for section in found} == {0}
    assert "connections" not in [section["name"] for section in found]


@pytest.mark.parametrize(
    "element", ["", "n1", "shelf:n1:", "interface:", "pod:app/nobody", "service:app/nothing", "router:r9:"]
)
def test_what_is_no_part_of_the_picture_is_refused(element: str) -> None:
    with pytest.raises(netsim.NetsimError):
        look(element)


def test_lines_of_a_section_without_evidence_count_nothing() -> None:
    assert Evidence().counts("n1", "iptables", ["*nat", "-A X -j Y"]) == [0, 0]
    assert evidence_of([]).counts("n1", "interfaces", ["lo"]) == [0]


@pytest.mark.parametrize(
    ("action", "element", "section", "expected"),
    [
        pytest.param(
            {"request": {"from": "pod/ops/client", "url": "http://api.app/"}}, "netfilter:n1:", "connections",
            "dport=80", id="HTTP request",
        ),
        pytest.param(
            {"command": {"at": "pod/ops/client", "line": "curl -s http://10.96.0.50"}}, "netfilter:n1:", "connections",
            "dst=10.96.0.50", id="command",
        ),
        pytest.param({"reach": {"port": 8080}}, "routing:n1:", "routes", "default via", id="matrix"),
    ],
)  # fmt: skip
def test_a_device_can_be_looked_into_after_any_action(
    action: dict[str, Any], element: str, section: str, expected: str
) -> None:
    request = playground_cluster.request(playground_cluster.scenario(SCENE, CONTENT, Side(CONTENT.start)))
    sections = inspector.play(request | {"action": action, "element": element})["sections"]
    lines = next(each["lines"] for each in sections if each["name"] == section)
    assert any(expected in line["text"] for line in lines)


@pytest.mark.parametrize(
    ("element", "entry", "used_one"),
    [
        pytest.param(
            "interface:n2:cni0", r".* master cni0.*", r"0a:58:0a:f4:02:02 dev veth\w+ master cni0", id="bridge"
        ),
        pytest.param("interface:n1:flannel.1", r".* dev flannel.1 dst .*", r".* self permanent", id="tunnel"),
    ],
)
def test_the_forwarding_database_is_of_the_device_that_was_picked(element: str, entry: str, used_one: str) -> None:
    found = look(element)["forwarding database"]
    assert all(re.fullmatch(entry, line["text"]) for line in found["lines"])
    assert [bool(re.fullmatch(used_one, text)) for text in used(found)] == [True]


def test_the_kernel_has_asked_for_the_neighbor_that_the_packet_went_to() -> None:
    assert any("10.244.2.2 dev cni0" in text for text in used(look("routing:n2:")["neighbors"]))


def test_a_device_that_was_picked_is_told_apart_from_the_others() -> None:
    sections = look("interface:n1:flannel.1")
    assert "vxlan id 1" in " ".join(line["text"] for line in sections["device"]["lines"])
    assert [line["text"].split(":")[1] for line in sections["interfaces"]["lines"] if line["text"][0] != " "] == [
        " flannel.1"
    ]
