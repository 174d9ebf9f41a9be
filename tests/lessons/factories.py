"""Small courses to test with. The cluster is two nodes, a client and two servers behind one Service:

ops/client 10.244.1.2 on n1, app/one 10.244.1.3 on n1, app/two 10.244.2.2 on n2, Service app/api 10.96.0.50:80
"""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User

from lessons.models import Course, Experiment, Lesson, PredictionOption, Scene, Status, TraceExercise

SCENE = """\
apiVersion: netsim.dev/v1
kind: ClusterNetwork
metadata: {name: small}
spec: {cni: {plugin: flannel, backend: vxlan}, proxy: {mode: iptables}}
---
apiVersion: v1
kind: Node
metadata: {name: n1}
spec: {podCIDR: 10.244.1.0/24}
---
apiVersion: v1
kind: Node
metadata: {name: n2}
spec: {podCIDR: 10.244.2.0/24}
---
apiVersion: v1
kind: Pod
metadata: {name: client, namespace: ops}
spec: {nodeName: n1, containers: [{name: main, image: x}]}
status: {phase: Running, podIP: 10.244.1.2, conditions: [{type: Ready, status: "True"}]}
---
apiVersion: v1
kind: Pod
metadata: {name: one, namespace: app, labels: {app: api}}
spec: {nodeName: n1, containers: [{name: main, image: x, ports: [{containerPort: 8080}]}]}
status: {phase: Running, podIP: 10.244.1.3, conditions: [{type: Ready, status: "True"}]}
---
apiVersion: v1
kind: Pod
metadata: {name: two, namespace: app, labels: {app: api}}
spec: {nodeName: n2, containers: [{name: main, image: x, ports: [{containerPort: 8080}]}]}
status: {phase: Running, podIP: 10.244.2.2, conditions: [{type: Ready, status: "True"}]}
---
apiVersion: v1
kind: Service
metadata: {name: api, namespace: app}
spec:
  clusterIP: 10.96.0.50
  selector: {app: api}
  ports: [{port: 80, targetPort: 8080}]
"""

WITHOUT_ENDPOINTS = """\
apiVersion: v1
kind: Service
metadata: {name: api, namespace: app}
spec:
  clusterIP: 10.96.0.50
  selector: {app: nobody}
  ports: [{port: 80, targetPort: 8080}]
"""

PROBE = {"from": "pod/ops/client", "to": "svc/app/api", "port": 80}


def make_lesson(**values: Any) -> Lesson:
    """A published lesson, with its course and scene, and no experiments."""
    course = values.pop("course", None) or Course.objects.create(
        slug="networking", title="Networking", summary="How packets travel.", status=Status.PUBLISHED
    )
    manifests = values.pop("manifests", SCENE)
    scene = Scene.objects.create(course=course, slug=values.get("slug", "services"), title="Small", manifests=manifests)
    defaults = {"slug": "services", "title": "Services", "body": "# Rules\n\nText.", "status": Status.PUBLISHED}
    return Lesson.objects.create(course=course, scene=scene, **(defaults | values))


def make_experiment(lesson: Lesson | None = None, **values: Any) -> Experiment:
    """Who answers a connection to the Service? Two options: connected (right), refused (wrong)."""
    defaults = {"slug": "first", "title": "First", "action": {"probe": PROBE}, "question": "What does the client see?"}
    experiment = Experiment.objects.create(lesson=lesson or make_lesson(), **(defaults | values))
    for position, (text, sees) in enumerate([("A connection", "connected"), ("A refusal", "refused")], start=1):
        PredictionOption.objects.create(
            experiment=experiment,
            position=position,
            text=text,
            when={"client_sees": sees},
            explanation=f"Because it is {sees}.",
        )
    return experiment


TRACES: dict[str, dict[str, Any]] = {
    "worked": {"notes": [{"row": 2, "text": "It leaves by *eth0*."}], "takeaway": "It is one hop."},
    "blanks": {
        "blanks": [
            {"row": 1, "column": "destination", "hint": "What was dialed?", "explanation": "The address of app/one."},
            {"row": 3, "column": "ttl"},
        ]
    },
    "alone": {"ask": ["source", "destination"], "explanation": "Nobody changes anything."},
}
"""Content by kind, beside the probe: ops/client dials app/one on the same node, 10.244.1.3:8080."""


def make_trace(lesson: Lesson | None = None, kind: str = "blanks", **content: Any) -> TraceExercise:
    values = {"probe": {"from": "pod/ops/client", "to": "pod/app/one", "port": 8080}, **TRACES[kind], **content}
    return TraceExercise.objects.create(
        lesson=lesson or make_lesson(), slug=kind, kind=kind, title=f"A trace, {kind}", content=values
    )


def make_user(name: str = "ana", **values: Any) -> User:
    return User.objects.create_user(name, password="hop-by-hop-1", **values)


def make_instructor() -> User:
    return make_user("ben", is_staff=True, is_superuser=True)
