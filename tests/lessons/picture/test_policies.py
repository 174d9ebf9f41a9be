"""Pods that NetworkPolicies select are told apart in a picture, without a device being moved."""

from __future__ import annotations

from typing import Any

import pytest

from lessons.picture.drawing import draw
from lessons.picture.policies import selections
from tests.lessons.planes import PLANES, harbour, with_policy

NOBODY = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: nobody, namespace: ops}
spec: {podSelector: {matchLabels: {app: web}}}
"""


def captions(diagram: dict[str, Any]) -> dict[str, str]:
    return {e["data"]["id"]: e["data"]["label"] for e in diagram["elements"] if e["classes"].startswith("caption")}


@pytest.mark.parametrize("plane", PLANES)
def test_the_pods_that_a_policy_selects_say_so(plane: str) -> None:
    said = captions(draw(with_policy(plane), (), {}))
    assert said["caption:shop/web-0"] == said["caption:shop/web-1"] == "policy · shop"
    assert said["caption:shop/api-0"] == "Pod · shop"
    assert said["caption:ops/probe"] == "Pod · ops"


def test_a_selected_pod_that_sends_says_both() -> None:
    said = captions(draw(with_policy("calico, backend: none"), (), {"roles": {"from": "pod/shop/web-0"}}))
    assert said["caption:shop/web-0"] == "from · policy"


def test_a_policy_selects_in_its_own_namespace_only() -> None:
    cluster = harbour(changes=NOBODY).cluster
    assert selections(cluster, ["ops/probe", "shop/web-0"]) == {}


def test_the_picture_in_words_names_the_policy_and_its_pods() -> None:
    summary = draw(with_policy("calico, backend: none"), (), {})["summary"]
    assert summary[-1] == "NetworkPolicy shop/guard selects shop/web-0, shop/web-1."
