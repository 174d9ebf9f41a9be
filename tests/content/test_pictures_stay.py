"""What is drawn stays where it is when a cluster grows: measured on the pictures of shipped scenes."""

from __future__ import annotations

from typing import Any

import pytest

from lessons.picture.drawing import draw
from tests.content.claims import lesson_named

LESSONS = (
    "routes-tunnels-mtu", "choosing-a-data-plane", "services-from-outside", "network-policy", "gateway-api",
    "service-meshes",
)  # fmt: skip
CROWDED = "gateway-api"
"""More stands above its nodes than fits: one more node is room into which that spreads."""
ABOVE = ("service:", "gateway:", "httproute:", "caption:gateway:", "caption:httproute:")
POD = """\
apiVersion: v1
kind: Pod
metadata: {name: late, namespace: shop}
spec: {nodeName: n3, containers: [{name: x}]}
"""
SERVICE = """\
apiVersion: v1
kind: Service
metadata: {name: late, namespace: shop}
spec: {selector: {app: api}, ports: [{port: 81}]}
"""
POLICY = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: late, namespace: shop}
spec: {podSelector: {}, policyTypes: [Ingress, Egress]}
"""
NODE = """\
apiVersion: v1
kind: Node
metadata: {name: n4}
spec: {podCIDR: 10.244.4.0/24}
status: {addresses: [{type: InternalIP, address: 172.20.2.14}]}
"""


def positions(lesson: str, changes: str = "") -> dict[str, tuple[float, float]]:
    diagram: dict[str, Any] = draw(lesson_named(lesson).simulation(changes), (), {})
    placed = [each for each in diagram["elements"] if "position" in each and each["classes"] != "caption link-caption"]
    return {each["data"]["id"]: (each["position"]["x"], each["position"]["y"]) for each in placed}


def moves(lesson: str, changes: str) -> tuple[set[str], dict[str, tuple[float, float]]]:
    """What is new, and by how much what was there has moved: (right, down); bars of subnets may become longer."""
    before, after = positions(lesson), positions(lesson, changes)
    shifts = {name: (after[name][0] - x, after[name][1] - y) for name, (x, y) in before.items()}
    return after.keys() - before.keys(), {name: by for name, by in shifts.items() if not name.startswith("link:")}


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_pod_takes_a_free_slot_and_no_device_moves(lesson: str) -> None:
    new, shifts = moves(lesson, POD)
    assert "pod:shop/late" in new
    assert {by for name, by in shifts.items() if not name.startswith(ABOVE)} == {(0, 0)}


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_policy_moves_nothing(lesson: str) -> None:
    new, shifts = moves(lesson, POLICY)
    assert new == set()
    assert set(shifts.values()) == {(0, 0)}


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_node_stands_on_the_right_and_nothing_else_moves(lesson: str) -> None:
    new, shifts = moves(lesson, NODE)
    assert "node:n4" in new
    spreading = ABOVE if lesson == CROWDED else ()
    assert {by for name, by in shifts.items() if not name.startswith(spreading)} == {(0, 0)}


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_service_moves_the_nodes_down_at_most_and_all_alike(lesson: str) -> None:
    new, shifts = moves(lesson, SERVICE)
    assert new == {"service:shop/late"}
    ((right, _),) = {by for name, by in shifts.items() if not name.startswith(ABOVE)}
    assert right == 0
