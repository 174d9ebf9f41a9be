"""An object that a proxy reads tells its rules in the order in which they match, how it stands, and its manifest."""

from __future__ import annotations

from typing import Any

import pytest

import netsim
from lessons.inspection import inspector
from lessons.runs.scenarios import Scenario
from tests.content.claims import lesson_named
from tests.content.shipped import ShippedLesson


def look(lesson: str, slug: str, element: str) -> dict[str, Any]:
    found: ShippedLesson = lesson_named(lesson)
    experiment = next(each for each in found.experiments if each.slug == slug)
    asked: Scenario = found.scenario(experiment)
    return inspector.play(asked.request("trace") | {"element": element})


def sections(found: dict[str, Any]) -> dict[str, list[str]]:
    return {section["name"]: [line["text"] for line in section["lines"]] for section in found["sections"]}


def used(found: dict[str, Any]) -> list[str]:
    return [line["text"] for section in found["sections"] for line in section["lines"] if line["hits"]]


def test_rules_stand_in_the_order_in_which_they_match() -> None:
    found = look("gateway-api", "longer-path-or-more-conditions", "httproute:shop/shop:")
    assert [line.split(" → ")[1] for line in sections(found)["rules in order"]] == [
        "billing/bill", "shop/api", "shop/canary", "shop/web",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("lesson", "slug", "element", "rule"),
    [
        ("gateway-api", "longer-path-or-more-conditions", "httproute:shop/shop:", "rule 3, PathPrefix /api → shop/api"),
        ("gateway-api", "longer-path-or-more-conditions", "gateway:infra/front:", "listener http (HTTP 80)"),
        ("ingress", "the-first-request", "ingress:shop/shop:1", "host shop.example, Prefix /api → shop/api"),
    ],
    ids=["route", "Gateway", "a rule stands for its Ingress"],
)
def test_the_rule_that_took_the_request_is_marked_and_no_other(
    lesson: str, slug: str, element: str, rule: str
) -> None:  # fmt: skip
    (line,) = used(look(lesson, slug, element))
    assert line.endswith(rule)


def test_nothing_is_marked_in_an_object_that_nobody_reads() -> None:
    assert used(look("ingress", "a-class-that-nobody-serves", "ingress:shop/shop:")) == []


@pytest.mark.parametrize(
    ("lesson", "slug", "element", "line"),
    [
        ("gateway-api", "a-route-from-another-namespace", "httproute:billing/bill:", "Accepted=False"),
        ("gateway-api", "the-grant-is-gone", "httproute:shop/shop:", "ResolvedRefs=False (RefNotPermitted)"),
        ("gateway-api", "by-a-header", "gateway:infra/front:", "listener http, 1 attached routes"),
        ("ingress", "a-class-that-nobody-serves", "ingress:shop/shop:", "Served=False (NoClass)"),
        ("ingress", "the-first-request", "ingress:shop/shop:", "read by ingress/edge-0"),
    ],
)
def test_its_status_is_told(lesson: str, slug: str, element: str, line: str) -> None:
    assert any(line in text for text in sections(look(lesson, slug, element))["status"])


def test_shares_of_backends_are_told() -> None:
    found = look("gateway-api", "one-backend-is-missing", "httproute:shop/shop:")
    assert sections(found)["rules in order"][0].endswith("→ shop/web (9 of 10), shop/canry (1 of 10)")


def test_the_manifests_of_the_object_and_its_class_follow() -> None:
    found = look("ingress", "the-first-request", "ingress:shop/shop:")
    assert list(sections(found))[2:] == ["Ingress", "IngressClass"]
    assert "  ingressClassName: edge" in sections(found)["Ingress"]


def test_an_object_that_the_cluster_does_not_have_is_refused() -> None:
    with pytest.raises(netsim.NetsimError, match="no 'gateway:shop/none:'"):
        look("ingress", "the-first-request", "gateway:shop/none:")
