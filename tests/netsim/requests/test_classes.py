"""Many endpoints behind one proxy: told by class, and quickly.

pod/client ── Ingress controller ── N endpoints on three nodes
"""

from __future__ import annotations

import time

import pytest

import netsim
from netsim.requests.classes import summarized_requests
from netsim.tools.requesttext import request_class_text

EDGE = """
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: {name: nginx}
spec: {controller: k8s.io/ingress-nginx}
---
{apiVersion: v1, kind: Pod, metadata: {name: client}, spec: {nodeName: node1, containers: [{name: a}]}}
---
apiVersion: v1
kind: Pod
metadata: {name: nginx, labels: {app.kubernetes.io/name: ingress-nginx}}
spec: {nodeName: node2, containers: [{name: controller, ports: [{containerPort: 80}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web}
spec: {ingressClassName: nginx, defaultBackend: {service: {name: web, port: {number: 80}}}}
"""


def simulation(endpoints: int) -> netsim.Simulation:
    web = (
        "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {"
        f"replicas: {endpoints}, selector: {{matchLabels: {{app: web}}}}, "
        "template: {metadata: {labels: {app: web}}, "
        "spec: {containers: [{name: web, ports: [{containerPort: 8080}]}]}}}}"
    )
    return netsim.Simulation(netsim.load_cluster([("edge.yaml", EDGE), ("web.yaml", web)]))


PROBE = netsim.HttpProbe("pod/default/client", "http://web.example/", connect_to="pod/default/nginx")


def test_a_few_branches_are_told_one_by_one():
    classes = summarized_requests(netsim.request_branches(simulation(5), PROBE))
    assert [each.count for each in classes] == [1] * 5


def test_many_branches_are_told_by_the_node_that_they_end_on():
    classes = summarized_requests(netsim.request_branches(simulation(40), PROBE))
    assert sum(each.count for each in classes) == 40
    assert len(classes) == 3
    assert sum(each.result.probability for each in classes) == pytest.approx(1)
    document = classes[0].document()
    assert (document["count"], len(document["applications"])) == (classes[0].count, 10)
    assert f"the same way for {classes[0].count} branches: Pod default/web-" in request_class_text(classes[0])


def test_a_hundred_endpoints_take_seconds_not_minutes():
    cluster = simulation(100)
    started = time.perf_counter()
    results = netsim.request_branches(cluster, PROBE)
    assert (len(results), time.perf_counter() - started < 20) == (100, True)
