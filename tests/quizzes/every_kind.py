"""One question of every kind, on the small cluster of tests.lessons.factories.

EVERY_KIND: slug → (kind, points, specification); SOLUTIONS: the response that earns all points.
"""

from __future__ import annotations

from typing import Any

from lessons.models import Lesson
from quizzes.models import Question, Quiz
from tests.lessons.factories import WITHOUT_ENDPOINTS
from tests.quizzes.factories import RESPONSES, SPECS, TO_TWO, make_quiz

CLOSED = {"probe": {"from": "pod/ops/client", "to": "pod/app/two", "port": 81}}
CALICO = """\
apiVersion: netsim.dev/v1
kind: ClusterNetwork
metadata: {name: small}
spec: {cni: {plugin: calico, backend: vxlan}}"""
ONLY_EACH_OTHER = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: each-other, namespace: app}
spec:
  podSelector: {matchLabels: {app: api}}
  ingress:
    - from: [{podSelector: {matchLabels: {app: api}}}]
      ports: [{protocol: TCP, port: 8080}]"""
NOBODY = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: nobody, namespace: app}
spec: {podSelector: {}, policyTypes: [Ingress]}"""
WRONG_TARGET_PORT = """\
apiVersion: v1
kind: Service
metadata: {name: api, namespace: app}
spec:
  clusterIP: 10.96.0.50
  selector: {app: api}
  ports: [{port: 80, targetPort: 81}]"""
NEW: dict[str, tuple[str, int, dict[str, Any]]] = {
    "fate": (
        "verdict",
        1,
        {
            "prompt": "Nobody listens on port 81. What does the client see?",
            "scene": CLOSED,
            "explanations": {
                "connected": "Somebody would have to listen.",
                "refused": "The Pod's kernel answers with a reset.",
                "timeout": "Nothing is dropped on the way.",
                "unreachable": "There is a route.",
                "reset": "There never was a connection.",
            },
        },
    ),
    "ttl": (
        "number",
        1,
        {
            "prompt": "Which TTL has the packet at the server?",
            "explanation": "Two nodes route it.",
            "scene": TO_TWO,
            "unit": "hops",
            "answer": {"path": "seen_by_server.ttl"},
            "mistakes": [{"value": 63, "explanation": "The second node routes it as well."}],
        },
    ),
    "range": (
        "network",
        1,
        {
            "prompt": "Which network holds the Pods of n2?",
            "explanation": "One prefix each node.",
            "form": "cidr",
            "answer": {"value": "10.244.2.0/24"},
            "mistakes": [{"value": "10.244.0.0/16", "explanation": "That is the whole cluster's."}],
        },
    ),
    "who": (
        "short_text",
        1,
        {
            "prompt": "Who writes the rules of a Service?",
            "matchers": [
                {"contains": "kube-proxy", "right": True, "explanation": "On every node."},
                {"equals": "kubelet", "explanation": "It starts the Pods."},
                {"otherwise": True, "explanation": "It runs on every node and watches Services."},
            ],
        },
    ),
    "rule": (
        "fill",
        2,
        {
            "prompt": "Complete what the server sees.",
            "scene": TO_TWO,
            "text": "IP {{source}} > {{destination}}: TCP",
            "blanks": {
                "source": {"path": "seen_by_server.source_ip", "explanation": "The client's own."},
                "destination": {
                    "path": "seen_by_server.destination_ip",
                    "label": "server",
                    "explanation": "Its own.",
                    "mistakes": [{"value": "10.96.0.50", "explanation": "That is a Service."}],
                },
            },
        },
    ),
    "pairs": (
        "match",
        2,
        {
            "prompt": "What belongs to whom?",
            "pairs": [
                {"left": "bridge", "right": "MAC addresses", "explanation": "It forwards frames."},
                {"left": "router", "right": "IP addresses", "explanation": "It forwards packets."},
            ],
            "extra": ["URLs"],
        },
    ),
    "wrapper": (
        "click_device",
        1,
        {
            "prompt": "Which device wraps the packet?",
            "explanation": "The node's route to the other Pod range leads into the tunnel.",
            "scene": TO_TWO,
            "expect": "encapsulates",
            "devices": [{"device": "interface:n1:cni0", "explanation": "A bridge reads frames only."}],
        },
    ),
    "cable": (
        "click_device",
        1,
        {
            "prompt": "On which link does the packet travel inside of another one?",
            "explanation": "Between the nodes only the tunnel's packet is seen.",
            "scene": TO_TWO,
            "expect": "crosses-wrapped",
        },
    ),
    "packet": (
        "predict_packet",
        3,
        {
            "prompt": "Nobody listens on port 81. What becomes of the packet?",
            "scene": CLOSED,
            "parts": {
                "fate": "The Pod's kernel answers with a reset.",
                "place": "It arrives at the Pod.",
                "source": "Nothing translates between Pods.",
            },
            "mistakes": [{"part": "source", "value": "10.244.1.1", "explanation": "cni0 does not masquerade."}],
        },
    ),
    "decides": (
        "decisive_command",
        2,
        {
            "prompt": "The client is refused. Why?",
            "scene": {"probe": {"from": "pod/ops/client", "to": "svc/app/api", "port": 80}},
            "hypotheses": [
                {"label": "The selector matches nobody", "changes": WITHOUT_ENDPOINTS.strip()},
                {"label": "The target port is wrong", "changes": WRONG_TARGET_PORT},
            ],
            "commands": [
                {
                    "at": "operator",
                    "line": "kubectl get endpointslices -n app",
                    "explanation": "Without Pods there is nothing to list.",
                },
                {
                    "at": "pod/ops/client",
                    "line": "ping -c 1 -n 10.244.2.2",
                    "explanation": "The Pod answers in both cases.",
                },
            ],
        },
    ),
    "doors": (
        "write_yaml",
        3,
        {
            "prompt": "Only the Pods of app may connect to each other on 8080.",
            "explanation": "Selecting the servers isolates them; the rule lets them in again.",
            "scene": {"changes": CALICO, "reach": {"port": 8080}},
            "kinds": ["NetworkPolicy"],
            "start": "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy",
            "solution": ONLY_EACH_OTHER,
            "also": [{"probe": {"from": "pod/ops/client", "to": "svc/app/api", "port": 80}}],
            "mistakes": [{"manifest": NOBODY, "explanation": "Now they cannot reach each other either."}],
        },
    ),
}
EVERY_KIND = SPECS | NEW
SOLUTIONS: dict[str, Any] = {slug: pair[0] for slug, pair in RESPONSES.items()} | {
    "fate": {"verdict": "refused"},
    "ttl": {"text": "62"},
    "range": {"text": "10.244.2.0/24"},
    "who": {"text": "the Kube-Proxy"},
    "rule": {"texts": {"source": "10.244.1.2", "destination": "10.244.2.2"}},
    "pairs": {"partners": [0, 1]},
    "wrapper": {"device": "interface:n1:flannel.1"},
    "cable": {"device": "wire interface:n1:eth0 link:underlay:br-underlay"},
    "packet": {"fate": "closed-port", "place": "pod/app/two", "source": "10.244.1.2"},
    "decides": {"chosen": 0},
    "doors": {"text": ONLY_EACH_OTHER},
}


def make_quiz_of_every_kind(lesson: Lesson | None = None, **values: Any) -> Quiz:
    quiz = make_quiz(lesson, **values)
    for position, (slug, (kind, points, spec)) in enumerate(NEW.items(), start=len(SPECS) + 1):
        Question.objects.create(quiz=quiz, slug=slug, position=position, kind=kind, points=points, spec=spec)
    return quiz
