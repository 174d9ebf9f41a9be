"""Ingresses, Gateways and routes in a picture: which are shown, what they say, and when they are read."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

import netsim
from lessons.content.action_schema import Action
from lessons.picture.drawing import draw
from lessons.picture.narration import rows
from lessons.picture.objects import MOST_CHIPS
from lessons.picture.svg import shapes
from lessons.runs.observations import Observation, observe
from tests.content.claims import lesson_named
from tests.lessons import pictures

GATEWAY = {
    "nodes": ["n1", "n2", "n3"],
    "pods": ["shop/web-0", "shop/api-0", "infra/front-0"],
    "services": ["infra/front", "shop/web", "shop/api"],
}
SHOWN = {
    "nodes": ["n2", "n3"],
    "pods": ["ingress/edge-0", "shop/api-0"],
    "services": ["ingress/edge", "shop/api"],
}
NO_CLASS = """\
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: shop, namespace: shop}
spec:
  ingressClassName: nobodys
  defaultBackend: {service: {name: api, port: {number: 80}}}
"""
LONG_ROUTE = """\
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: shop, namespace: shop}
spec:
  parentRefs: [{name: front, namespace: infra}]
  rules:
""" + "".join(
    f"    - {{matches: [{{path: {{value: /{letter}}}}}], backendRefs: [{{name: web, port: 80}}]}}\n"
    for letter in "abcdefgh"
)
WEIGHTS = """\
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: shop, namespace: shop}
spec:
  parentRefs: [{name: front, namespace: infra}]
  rules: [{backendRefs: [{name: web, port: 80, weight: 9}, {name: canry, port: 80, weight: 1}]}]
"""


def elements(diagram: dict[str, Any], *kinds: str) -> dict[str, str]:
    """The labels of elements of these kinds, by id."""
    found = [each for each in diagram["elements"] if each["classes"].split()[0] in kinds]
    return {each["data"]["id"]: each["data"].get("label", "") for each in found}


def drawn(lesson: str, show: dict[str, Any], changes: str = "") -> dict[str, Any]:
    return draw(lesson_named(lesson).simulation(changes), (), show)


def lines(diagram: dict[str, Any]) -> set[tuple[str, str]]:
    return {(wire.source, wire.target) for wire in pictures.wires(diagram)}


@cache
def asked(lesson: str, url: str, changes: str = "") -> tuple[netsim.Simulation, Observation]:
    simulation = lesson_named(lesson).simulation(changes)
    action = {"request": {"from": "external", "url": url, "connect_to": "198.51.100.20:80"}}
    return simulation, observe(simulation, Action.model_validate(action))


def read(lesson: str, url: str, show: dict[str, Any], changes: str = "") -> list[list[str]]:
    """What is read at each stop."""
    simulation, seen = asked(lesson, url, changes)
    return [stop["read"] for stop in draw(simulation, seen.parts, show)["stops"]]


def test_an_ingress_says_class_host_paths_and_where_they_lead() -> None:
    diagram = drawn("ingress", SHOWN)
    assert elements(diagram, "rule") == {"ingress:shop/shop:1": "/api\n↓ api", "ingress:shop/shop:2": "/\n↓ web"}
    captions = [label for name, label in elements(diagram, "caption").items() if "ingress:shop" in name]
    assert captions == ["Ingress shop/shop", "class edge · shop.example"]


def test_an_ingress_is_tied_to_its_controller_and_to_the_services_that_are_drawn() -> None:
    assert {pair for pair in lines(drawn("ingress", SHOWN)) if pair[0].startswith("ingress:")} == {
        ("ingress:shop/shop:", "pod:ingress/edge-0"), ("ingress:shop/shop:1", "service:shop/api"),
    }  # fmt: skip


@pytest.mark.parametrize(("lesson", "show"), [("ingress", SHOWN), ("gateway-api", GATEWAY)])
def test_the_line_to_whoever_reads_an_object_is_told_apart_from_lines_that_lead_on(
    lesson: str, show: dict[str, Any]
) -> None:  # fmt: skip
    told = {each["data"]["target"] for each in drawn(lesson, show)["elements"] if each["classes"] == "selects reads"}
    assert told == {
        pod for pod in ("pod:ingress/edge-0", "pod:infra/front-0") if pod.removeprefix("pod:") in show["pods"]
    }


def test_the_picture_without_scripts_shows_what_was_read() -> None:
    simulation, seen = asked("ingress", "http://shop.example/api/v2")
    found = shapes(draw(simulation, seen.parts, SHOWN))
    kinds = {line["text"]: box["kind"] for box in found["boxes"] for line in box["lines"]}
    assert (kinds["/api"], kinds["/"]) == ("rule pick read", "rule pick")
    assert {wire["kind"] for wire in found["wires"]} >= {"selects read", "selects reads read"}


def test_a_route_of_connections_speaks_of_no_host() -> None:
    show = {"pods": ["infra/edge", "shop/db-0"], "services": ["infra/edge", "shop/db"]}
    labels = elements(drawn("what-is-changing", show), "caption", "rule")
    assert (labels["caption:tcproute:infra/db:1"], labels["tcproute:infra/db:1"]) == ("every connection", "any\n↓ db")


def test_a_gateway_is_tied_to_its_proxy_and_its_routes_to_it() -> None:
    found = lines(drawn("gateway-api", GATEWAY))
    assert ("gateway:infra/front:", "pod:infra/front-0") in found
    assert ("httproute:shop/shop:", "gateway:infra/front:") in found


def test_an_ingress_of_a_class_that_nobody_serves_is_tied_to_no_pod() -> None:
    found = lines(drawn("ingress", SHOWN, NO_CLASS))
    assert {pair for pair in found if pair[0] == "ingress:shop/shop:"} == set()


@pytest.mark.parametrize(
    ("lesson", "show", "expected"),
    [
        ("ingress", SHOWN, {"ingress:shop/shop:"}),
        ("ingress", SHOWN | {"services": ["ingress/edge"]}, set()),
        ("ingress", SHOWN | {"pods": ["shop/api-0"]}, set()),
        ("ingress", SHOWN | {"objects": []}, set()),
        ("gateway-api", GATEWAY, {"gateway:infra/front:", "httproute:shop/shop:"}),
        ("gateway-api", GATEWAY | {"services": ["infra/front"]}, {"gateway:infra/front:"}),
        ("gateway-api", GATEWAY | {"objects": ["HTTPRoute/shop/shop"]}, {"httproute:shop/shop:"}),
        ("services-from-outside", {}, set()),
    ],
    ids=["leads to a Service", "no Service of its own", "reader hidden", "none wished", "route and Gateway",
         "Gateway alone", "named", "no such object"],
)  # fmt: skip
def test_objects_that_lead_to_what_is_drawn_are_shown(lesson: str, show: dict[str, Any], expected: set[str]) -> None:
    assert set(elements(drawn(lesson, show), "plate")) == expected


def test_an_object_that_the_cluster_does_not_have_is_refused() -> None:
    with pytest.raises(netsim.NetsimError, match="no HTTPRoute shop/none"):
        drawn("gateway-api", {"objects": ["HTTPRoute/shop/none"]})


def test_rules_stand_in_the_order_of_what_they_lead_to_so_that_the_picture_tells_no_order_of_matching() -> None:
    placed = pictures.boxes(drawn("gateway-api", GATEWAY))
    chips = sorted(name for name in placed if name.startswith("httproute:shop/shop:") and name[-1].isdigit())
    labels = elements(drawn("gateway-api", GATEWAY), "rule")
    tied = [name for name in chips if labels[name] in ("/\n↓ web", "/api\n↓ api")]
    assert [labels[name] for name in sorted(tied, key=lambda name: placed[name].left)] == ["/\n↓ web", "/api\n↓ api"]


def test_a_rule_with_several_backends_says_their_weights() -> None:
    assert elements(drawn("gateway-api", GATEWAY, WEIGHTS), "rule")["httproute:shop/shop:1"] == "/\n↓ web 9 canry 1"


def test_a_plate_has_room_for_some_rules_and_says_how_many_more_there_are() -> None:
    labels = elements(drawn("gateway-api", GATEWAY, LONG_ROUTE), "rule")
    chips = [label for name, label in labels.items() if name.startswith("httproute:")]
    assert (len(chips), chips[-1]) == (MOST_CHIPS, "…\n+3")


def test_nothing_of_a_plate_covers_or_crosses_anything() -> None:
    for lesson, show in (("ingress", SHOWN), ("gateway-api", GATEWAY)):
        assert pictures.blemishes(drawn(lesson, show)) == {}


def test_the_rule_that_takes_a_request_is_read_where_the_proxy_gets_it_and_nowhere_else() -> None:
    found = read("ingress", "http://shop.example/api/v2", SHOWN)
    _, seen = asked("ingress", "http://shop.example/api/v2")
    at = [row["number"] for row in rows(seen.parts) if any(each["kind"] == "rule" for each in row["events"])]
    assert [number for number, names in enumerate(found, start=1) if names] == at
    assert set(found[at[0] - 1]) == {
        "ingress:shop/shop:", "ingress:shop/shop:1",
        "wire ingress:shop/shop:1 service:shop/api", "wire ingress:shop/shop: pod:ingress/edge-0",
    }  # fmt: skip


def test_an_ingress_of_another_class_is_not_read() -> None:
    assert not any(read("ingress", "http://shop.example/", SHOWN, NO_CLASS))


def test_listener_and_rule_of_a_gateway_are_read_together() -> None:
    (found,) = filter(None, read("gateway-api", "http://shop.example/api", GATEWAY))
    chips = {name for name in found if not name.startswith("wire") and not name.endswith(":")}
    assert chips == {"gateway:infra/front:1", "httproute:shop/shop:2"}
    assert "wire httproute:shop/shop: gateway:infra/front:" in found


def test_what_is_read_is_drawn() -> None:
    simulation, seen = asked("gateway-api", "http://shop.example/api")
    diagram = draw(simulation, seen.parts, GATEWAY)
    ids = {each["data"]["id"] for each in diagram["elements"]}
    assert all(ids.issuperset(stop["read"]) for stop in diagram["stops"])


def test_the_hop_table_tells_what_the_proxy_decides() -> None:
    _, seen = asked("ingress", "http://shop.example/api/v2")
    (row,) = (row for row in rows(seen.parts) if any(each["kind"] == "rule" for each in row["events"]))
    assert row["where"] == "edge-0"
    assert row["sentence"].endswith(
        "The Ingress controller proxy: Ingress shop/shop, host shop.example, Prefix /api takes the request."
    )


@pytest.mark.parametrize(
    ("lesson", "show", "changes", "said"),
    [
        ("ingress", SHOWN, "", "Ingress shop/shop is read by ingress/edge-0; no packet passes through it."),
        ("ingress", SHOWN, NO_CLASS, "Ingress shop/shop is read by nobody."),
        ("gateway-api", GATEWAY, "", "HTTPRoute shop/shop names Gateway infra/front; no packet passes through it."),
        ("gateway-api", GATEWAY, "", "HTTPRoute shop/shop rule 3, PathPrefix /api leads to Service shop/api."),
        ("ingress", SHOWN, NO_CLASS, "Ingress shop/shop, default backend leads to Service shop/api."),
    ],
    ids=["read", "read by nobody", "attached", "rule", "default backend"],
)
def test_the_picture_in_words_says_it(lesson: str, show: dict[str, Any], changes: str, said: str) -> None:
    assert said in drawn(lesson, show, changes)["summary"]
