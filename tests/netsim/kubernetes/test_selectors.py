"""Both forms of label selector."""

from __future__ import annotations

import pytest

from netsim.kubernetes.selectors import LabelSelector, Operator, Requirement, service_selects

WEB = {"app": "web", "tier": "front", "rank": "7"}

REQUIREMENTS = {
    "In holds for a listed value": (Requirement("app", Operator.IN, ("web", "api")), True),
    "In fails for another value": (Requirement("app", Operator.IN, ("api",)), False),
    "In fails for an absent key": (Requirement("zone", Operator.IN, ("a",)), False),
    "NotIn holds for another value": (Requirement("app", Operator.NOT_IN, ("api",)), True),
    "NotIn holds for an absent key": (Requirement("zone", Operator.NOT_IN, ("a",)), True),
    "NotIn fails for a listed value": (Requirement("app", Operator.NOT_IN, ("web",)), False),
    "Exists holds for a present key": (Requirement("app", Operator.EXISTS), True),
    "Exists fails for an absent key": (Requirement("zone", Operator.EXISTS), False),
    "DoesNotExist holds for an absent key": (Requirement("zone", Operator.DOES_NOT_EXIST), True),
    "DoesNotExist fails for a present key": (Requirement("app", Operator.DOES_NOT_EXIST), False),
    "Gt compares as numbers": (Requirement("rank", Operator.GT, ("10",)), False),
    "Lt compares as numbers": (Requirement("rank", Operator.LT, ("10",)), True),
    "Gt fails for a value that is no number": (Requirement("app", Operator.GT, ("1",)), False),
    "Lt fails for an absent key": (Requirement("zone", Operator.LT, ("1",)), False),
}


@pytest.mark.parametrize(("requirement", "expected"), REQUIREMENTS.values(), ids=REQUIREMENTS.keys())
def test_requirement(requirement: Requirement, expected: bool) -> None:
    assert requirement.matches(WEB) is expected


SELECTORS = {
    "empty selects everything": (LabelSelector(), True),
    "all labels are there": (LabelSelector({"app": "web", "tier": "front"}), True),
    "one label differs": (LabelSelector({"app": "web", "tier": "back"}), False),
    "labels hold but an expression does not": (
        LabelSelector({"app": "web"}, (Requirement("tier", Operator.DOES_NOT_EXIST),)),
        False,
    ),
    "labels and expressions hold": (LabelSelector({"app": "web"}, (Requirement("tier", Operator.EXISTS),)), True),
}


@pytest.mark.parametrize(("selector", "expected"), SELECTORS.values(), ids=SELECTORS.keys())
def test_label_selector(selector: LabelSelector, expected: bool) -> None:
    assert selector.matches(WEB) is expected


@pytest.mark.parametrize(
    ("selector", "expected"),
    [({}, False), ({"app": "web"}, True), ({"app": "web", "zone": "a"}, False)],
    ids=["an empty one selects nothing", "a part of the labels", "a label that is not there"],
)
def test_service_selector(selector: dict[str, str], expected: bool) -> None:
    assert service_selects(selector, WEB) is expected
