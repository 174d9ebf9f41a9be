"""Lesson 11 says nothing about Harbour's Gateway that the engine does not say too.

client ── router ── 198.51.100.20 ── n2: infra/front-0 10.244.2.20 ──> Services of shop and, granted, of billing
"""

from __future__ import annotations

from typing import Any

import pytest
import yaml

import netsim
from tests.content.claims import addresses_in, blocks, known_addresses, lesson_named, table

LESSON = lesson_named("gateway-api")
DOCUMENTS = {(d["kind"], d["metadata"]["name"]): d for d in yaml.safe_load_all(LESSON.scene)}
ROUTE = DOCUMENTS["HTTPRoute", "shop"]
GATEWAY = "198.51.100.20:80"
SERVED_NOWHERE = {"198.51.100.20"}
"""Announced for the Service, so that no interface has it."""


def asked(url: str = "http://shop.example/a/b", changes: str = "", **probe: Any) -> netsim.HttpExchange:
    return netsim.send_request(LESSON.simulation(changes), netsim.HttpProbe("external", url, **probe))


def route(*rules: dict[str, Any], name: str = "shop", **metadata: str) -> dict[str, Any]:
    return {
        **ROUTE,
        "metadata": {"name": name, "namespace": "shop", **metadata},
        "spec": {**ROUTE["spec"], "rules": rules},
    }


def rule(backend: str, **match: Any) -> dict[str, Any]:
    return {"matches": [match], "backendRefs": [{"name": backend, "port": 80}]}


def path(kind: str, value: str) -> dict[str, str]:
    return {"type": kind, "value": value}


def taker(result: netsim.HttpExchange) -> str:
    return result.decisions[0].targets[0].backend.removeprefix("Service shop/").split(":")[0]


HEADER = [{"name": "X-One", "value": "1"}]
LADDER = {
    "an Exact path": (
        rule("api", path=path("Exact", "/a/b")),
        rule("web", path=path("PathPrefix", "/a/b"), method="GET"),
    ),
    "the longest path prefix": (
        rule("api", path=path("PathPrefix", "/a/b")),
        rule("web", path=path("PathPrefix", "/a"), method="GET", headers=HEADER),
    ),
    "a match for the method": (rule("api", method="GET"), rule("web", headers=HEADER)),
    "more headers": (rule("api", headers=HEADER), rule("web", queryParams=[{"name": "q", "value": "1"}])),
    "more query parameters": (rule("api", queryParams=[{"name": "q", "value": "1"}]), rule("web")),
}


@pytest.mark.parametrize("step", LADDER)
@pytest.mark.parametrize("order", [1, -1], ids=["first", "last"])
def test_a_step_of_the_ladder_decides_wherever_the_rule_stands(step: str, order: int):
    changes = yaml.safe_dump(route(*LADDER[step][::order]))
    assert taker(asked("http://shop.example/a/b?q=1", changes, headers=(("X-One", "1"),))) == "api"


def test_the_older_route_is_preferred_then_the_name_then_the_position():
    one = route(rule("api"), name="z", creationTimestamp="2026-01-01T00:00:00Z")
    other = route(rule("web"), name="b", creationTimestamp="2026-02-01T00:00:00Z")
    nothing = route(rule("canary", path=path("Exact", "/nothing")))
    assert taker(asked(changes=yaml.safe_dump_all([one, other, nothing]))) == "api"


def test_of_equally_old_routes_the_first_by_name_is_preferred():
    routes = [route(rule("web"), name="b"), route(rule("api"), name="a"), route(rule("web", path=path("Exact", "/x")))]
    assert taker(asked(changes=yaml.safe_dump_all(routes))) == "api"


def test_of_equal_rules_the_first_is_preferred():
    assert taker(asked(changes=yaml.safe_dump(route(rule("api"), rule("web"))))) == "api"


def test_the_table_of_the_ladder_has_these_steps_in_this_order():
    assert [row[1] for row in table(LESSON, "step")][:5] == list(LADDER)


def test_the_rules_in_the_table_are_those_of_the_route():
    told = [
        [
            str(number),
            f"prefix {each['matches'][0]['path']['value']}",
            "".join(f"{h['name']}: {h['value']}" for h in each["matches"][0].get("headers", [])),
            " in ".join(filter(None, (each["backendRefs"][0]["name"], each["backendRefs"][0].get("namespace")))),
        ]
        for number, each in enumerate(ROUTE["spec"]["rules"], start=1)
    ]
    assert table(LESSON, "rule") == told


def test_the_listener_of_the_table_is_that_of_the_scene():
    [listener] = DOCUMENTS["Gateway", "front"]["spec"]["listeners"]
    [told] = (row[2] for row in table(LESSON, "object on Harbour") if row[0] == "Gateway infra/front")
    assert told.startswith(f"a listener for {listener['protocol']} on port {listener['port']}, open to ")


@pytest.mark.parametrize(
    ("condition", "changes"),
    [
        ("Accepted", {**ROUTE, "spec": {**ROUTE["spec"], "hostnames": ["other.example"]}}),
        ("ResolvedRefs", route(rule("nobody"))),
    ],
    ids=["Accepted", "ResolvedRefs"],
)
def test_a_condition_that_is_not_true_has_the_status_of_the_table(condition: str, changes: dict[str, Any]):
    [told] = (row[2] for row in table(LESSON, "where") if row[:2] == ["route, for each parent", condition])
    assert f": {asked(changes=yaml.safe_dump(changes), connect_to=GATEWAY).status}" in told


def test_the_grant_in_the_text_is_that_of_the_scene():
    assert yaml.safe_load("\n".join(blocks(LESSON, "yaml"))) == DOCUMENTS["ReferenceGrant", "routes-of-shop"]


def test_without_a_namespace_setting_only_routes_of_the_gateways_namespace_are_taken():
    gateway = DOCUMENTS["Gateway", "front"]
    listener = {key: value for key, value in gateway["spec"]["listeners"][0].items() if key != "allowedRoutes"}
    changes = yaml.safe_dump({**gateway, "spec": {**gateway["spec"], "listeners": [listener]}})
    assert asked(changes=changes, connect_to=GATEWAY).status == 404


def test_a_weight_of_zero_gets_nothing():
    backends = [{"name": "web", "port": 80, "weight": 0}, {"name": "api", "port": 80, "weight": 1}]
    [decision] = asked(changes=yaml.safe_dump(route({"backendRefs": backends}))).decisions
    shares = {target.backend: target.share for target in decision.targets}
    assert shares.get("Service shop/web:80", 0) == 0
    assert shares["Service shop/api:80"] == 1


def test_the_more_specific_host_comes_first():
    wide = {**route(rule("web", path=path("Exact", "/a/b")), name="wide")}
    wide["spec"] = {**wide["spec"], "hostnames": ["*.example"]}
    assert taker(asked(changes=yaml.safe_dump_all([wide, route(rule("api"))]))) == "api"


def test_every_address_in_the_text_is_one_of_harbours():
    assert addresses_in(LESSON) - known_addresses(LESSON.simulation()) - SERVED_NOWHERE == set()
