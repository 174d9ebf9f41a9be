"""Real exchanges through the small cluster of factories.SCENE, for tests of how they are told and drawn.

ops/client 10.244.1.2 ── cni0 n1 ── flannel.1 ══ underlay ══ flannel.1 ── cni0 n2 ── app/two 10.244.2.2
app/one    10.244.1.3 ──┘           Service app/api 10.96.0.50:80 → :8080 of app/one and app/two
"""

from __future__ import annotations

from functools import cache
from typing import Any

import netsim
from tests.lessons.factories import SCENE, WITHOUT_ENDPOINTS

TRIES = 64
CLIENT = "pod/ops/client"
SERVICE = "svc/app/api"
NODE_PORT = """\
apiVersion: v1
kind: Service
metadata: {name: api, namespace: app}
spec:
  type: NodePort
  clusterIP: 10.96.0.50
  selector: {app: api}
  ports: [{port: 80, targetPort: 8080, nodePort: 30080}]
"""


@cache
def simulation(changes: str = "") -> netsim.Simulation:
    """The small cluster; `changes` is one of the Services above instead of its own."""
    documents = [part for part in SCENE.split("---\n") if not (changes and "kind: Service" in part)]
    return netsim.Simulation(netsim.load_cluster([("scene.yaml", "---\n".join([*documents, changes]))]))


def exchange(
    source: str, destination: str, port: int | None = 80, *, server: str = "", **values: Any
) -> dict[str, Any]:
    """The exchange document of one probe. `server`: with the first seed that picks this Pod."""
    changes = values.pop("changes", "")
    for seed in range(TRIES):
        probe = netsim.Probe(source, destination, port, seed=seed, **values)
        document = netsim.exchange_document(simulation(changes).trace(probe))
        if not server or (document["server"] or {}).get("name") == server:
            return document
    raise AssertionError(f"none of {TRIES} seeds picks {server}")


def parts(*documents: dict[str, Any]) -> list[dict[str, Any]]:
    """What the app's functions take: these exchanges, each with its place in the order as a title."""
    return [{"title": f"part {number}", "exchange": document} for number, document in enumerate(documents)]


def across_nodes() -> dict[str, Any]:
    """client → Service → app/two on the other node."""
    return exchange(CLIENT, SERVICE, server="two")


def without_endpoints() -> dict[str, Any]:
    """client → the Service, which selects nobody."""
    return exchange(CLIENT, SERVICE, changes=WITHOUT_ENDPOINTS)


def not_forwarded() -> dict[str, Any]:
    """client → app/two, on a node that does not forward."""
    cluster = netsim.load_cluster([("scene.yaml", SCENE)], faults=["ip-forward-off"])
    return netsim.exchange_document(netsim.Simulation(cluster).trace(netsim.Probe(CLIENT, "pod/app/two", 8080)))
