"""Lesson 10 says nothing about Harbour's Ingress controller that the engine does not say too.

client 203.0.113.50 ── router ── 198.51.100.20 ── n2: ingress/edge-0 10.244.2.20 ──> n3: shop/api-0 10.244.3.7
"""

from __future__ import annotations

from typing import Any

import pytest
import yaml

import netsim
from tests.content.claims import addresses_in, blocks, known_addresses, lesson_named, table

LESSON = lesson_named("ingress")
DOCUMENTS = {(d["kind"], d["metadata"]["name"]): d for d in yaml.safe_load_all(LESSON.scene)}
INGRESS = DOCUMENTS["Ingress", "shop"]
CONTROLLER = "198.51.100.20:80"
SERVED_NOWHERE = {"198.51.100.20"}
"""Announced for the Service, so that no interface has it."""


def asked(url: str, changes: str = "", **probe: Any) -> netsim.HttpExchange:
    return netsim.send_request(LESSON.simulation(changes), netsim.HttpProbe("external", url, **probe))


def with_rules(*paths: tuple[str, str, str]) -> str:
    """An Ingress for path.example with (pathType, path, Service) each."""
    listed = [
        {"path": path, "pathType": kind, "backend": {"service": {"name": name, "port": {"number": 80}}}}
        for kind, path, name in paths
    ]
    spec = {"ingressClassName": "edge", "rules": [{"host": "path.example", "http": {"paths": listed}}]}
    return yaml.safe_dump({**INGRESS, "metadata": {"name": "paths", "namespace": "shop"}, "spec": spec})


def taker(result: netsim.HttpExchange) -> str:
    """The Service of the rule that took the request."""
    return result.decisions[0].targets[0].backend.removeprefix("Service shop/").split(":")[0]


def test_the_ingress_in_the_text_is_that_of_the_scene():
    assert yaml.safe_load("\n".join(blocks(LESSON, "yaml")))["spec"] == INGRESS["spec"]


def test_the_table_of_objects_names_the_ports_of_the_controllers_service():
    [said] = (row[1] for row in table(LESSON, "object or program") if row[0] == "Service ingress/edge")
    containers = {port["name"]: port["containerPort"] for port in _controller_ports()}
    ports = {port["port"]: containers[port["targetPort"]] for port in DOCUMENTS["Service", "edge"]["spec"]["ports"]}
    assert said.startswith(f"198.51.100.20, port 80 to {ports[80]}, port 443 to {ports[443]} of ")


def _controller_ports() -> list[dict[str, Any]]:
    ports: list[dict[str, Any]] = DOCUMENTS["Pod", "edge-0"]["spec"]["containers"][0]["ports"]
    return ports


@pytest.mark.parametrize("leg", [0, 1], ids=["the client's", "the controller's"])
def test_the_two_connections_have_the_addresses_of_the_table(leg: int):
    packet = asked("http://shop.example/api/v2").legs[leg].exchange.seen_by_server
    assert packet is not None
    assert packet.ports is not None
    row = table(LESSON, "connection")[leg]
    assert row[1:] == [str(packet.source), f"{packet.destination}:{packet.ports[1]}"]


def test_tls_ends_at_the_controller():
    assert [leg.security for leg in asked("https://shop.example/api").legs] == ["TLS", "none"]


HOSTS = {"a.shop.example": 200, "a.b.shop.example": 404, "shop.example": 404}


@pytest.mark.parametrize("host", HOSTS)
def test_a_star_stands_for_one_label(host: str):
    rules = [{**INGRESS["spec"]["rules"][0], "host": "*.shop.example"}]
    changes = yaml.safe_dump({**INGRESS, "spec": {"ingressClassName": "edge", "rules": rules}})
    assert asked(f"http://{host}/", changes, connect_to=CONTROLLER).status == HOSTS[host]


def test_an_exact_path_comes_first():
    changes = with_rules(("Prefix", "/a", "web"), ("Exact", "/a", "api"))
    assert taker(asked("http://path.example/a", changes)) == "api"


def test_the_longest_prefix_comes_first():
    changes = with_rules(("Prefix", "/", "web"), ("Prefix", "/a/b", "api"))
    assert taker(asked("http://path.example/a/b/c", changes)) == "api"


@pytest.mark.parametrize("path", ["/A", "/a/"])
def test_an_exact_path_heeds_case_and_the_final_slash(path: str):
    assert asked(f"http://path.example{path}", with_rules(("Exact", "/a", "api"))).status == 404


@pytest.mark.parametrize(("path", "taken"), [("/api", True), ("/api/", True), ("/apis", False), ("/api-v2", False)])
def test_a_prefix_is_compared_by_elements(path: str, taken: bool):
    assert (taker(asked(f"http://shop.example{path}")) == "api") is taken


def test_the_address_instead_of_the_name_fits_no_rule():
    assert asked("http://198.51.100.20/").status == 404


NOT_SERVED = {
    "a rule takes the request, and nothing is behind it": ("Prefix", "/", "nobody"),
    "it runs, and none of its rules takes the request": ("Exact", "/b", "web"),
}


@pytest.mark.parametrize("row", table(LESSON, "what you see")[1:3], ids=lambda row: row[0])
def test_the_controller_answers_as_the_table_says(row: list[str]):
    status = asked("http://path.example/a", with_rules(NOT_SERVED[row[1]]), connect_to=CONTROLLER).status
    assert row[0] == f"{status} from the controller"


def test_a_header_is_enough_to_be_served():
    assert asked("http://198.51.100.20/", headers=(("Host", "shop.example"),)).status == 200


def test_the_controller_replaces_a_header_that_came_in():
    result = asked("http://shop.example/api", headers=(("X-Forwarded-For", "192.0.2.1"),))
    assert result.seen_by_application is not None
    assert result.seen_by_application.header("X-Forwarded-For") == "203.0.113.50"


def test_every_address_in_the_text_is_one_of_harbours():
    assert addresses_in(LESSON) - known_addresses(LESSON.simulation()) - SERVED_NOWHERE == set()
