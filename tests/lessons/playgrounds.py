"""A playground on the small course of factories: two data planes, a fault and a policy to switch on, all tools."""

from __future__ import annotations

from typing import Any

from lessons.content.schema import parse
from lessons.models import Lesson
from lessons.playground.schema import PlaygroundContent
from tests.lessons.factories import make_lesson

DENY = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny, namespace: app}
spec: {podSelector: {}, policyTypes: [Ingress]}
"""
PLAYGROUND: dict[str, Any] = {
    "title": "Small is yours",
    "start": {"from": "pod/ops/client", "to": "svc/app/api", "port": 80},
    "data_planes": ["flannel-host-gw", "calico-vxlan", "cilium-vxlan"],
    "proxies": ["iptables", "nftables", "ipvs"],
    "toggles": [
        {"slug": "typo", "kind": "fault", "label": "A typo", "faults": ["selector-typo"]},
        {"slug": "deny", "kind": "policy", "label": "Deny all", "changes": DENY},
    ],
    "tools": ["inspect", "compare", "matrix", "terminal"],
}
CONTENT = parse(PlaygroundContent, PLAYGROUND)
SEND = {"from": "pod/ops/client", "to": "svc/app/api", "port": "80", "sent": "1"}


def make_playground(**values: Any) -> Lesson:
    """A published lesson with the playground, changed by `values`."""
    return make_lesson(playground=PLAYGROUND | values)
