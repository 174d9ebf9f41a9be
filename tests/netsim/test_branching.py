"""Branches told by class.

ops/probe ── Service shop/crowd ── 40 Pods of a Deployment on three nodes
"""

from __future__ import annotations

import pytest

from netsim import Exchange, Probe
from netsim.branching import TOLD_ONE_BY_ONE, summarized
from tests.netsim.harbour import simulate

CROWD = """
apiVersion: apps/v1
kind: Deployment
metadata: {{name: crowd, namespace: shop}}
spec:
  replicas: {replicas}
  selector: {{matchLabels: {{app: crowd}}}}
  template:
    metadata: {{labels: {{app: crowd}}}}
    spec: {{containers: [{{name: main, image: registry.example/main, ports: [{{containerPort: 8000}}]}}]}}
---
apiVersion: v1
kind: Service
metadata: {{name: crowd, namespace: shop}}
spec: {{clusterIP: 10.96.60.60, selector: {{app: crowd}}, ports: [{{port: 80, targetPort: 8000}}]}}
"""


def branches(replicas: int) -> list[Exchange]:
    return simulate(CROWD.format(replicas=replicas)).branches(Probe("pod/ops/probe", "svc/shop/crowd:80"))


def test_few_branches_are_told_one_by_one() -> None:
    assert [each.count for each in summarized(branches(TOLD_ONE_BY_ONE))] == [1] * TOLD_ONE_BY_ONE


def test_many_branches_are_one_class_for_each_node_of_the_endpoints() -> None:
    classes = summarized(branches(40))

    assert sorted(each.exchange.server.node for each in classes if each.exchange.server) == ["n1", "n2", "n3"]
    assert sum(each.count for each in classes) == 40


def test_no_probability_is_lost() -> None:
    assert sum(each.exchange.probability for each in summarized(branches(40))) == pytest.approx(1)


def test_a_class_names_some_of_its_servers() -> None:
    document = summarized(branches(40))[0].document()

    assert document["count"] > 10
    assert len(document["servers"]) == 10
    assert all(name.startswith("shop/crowd-") for name in document["servers"])
