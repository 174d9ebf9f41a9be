"""Who may connect to whom: all pairs of Pods on one port, by the policies, and what decided one of them.

    play(request) → {"pods", "rows": [[{"source", "destination", "verdict"}, ...], ...], "protocol", "port", "ports",
                     "counts", "notices", "why", "left_out"}

A verdict is "allowed", "denied" or "undefined" (Kubernetes leaves it open). A request is a scenario's with `question`
beside it: protocol, port (a number, a name, or None for the first that a Pod declares), pods (None means all), and
`why`, a pair to explain, or None. `ports` are those that the Pods declare.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import netsim
from lessons.runs import scenarios

MOST_PODS = 40
DEFAULT_PORT = "80"
WORDS = {True: "allowed", False: "denied", None: "undefined"}


def play(request: Mapping[str, Any]) -> dict[str, Any]:
    """Raises manifests.ManifestError or netsim.NetsimError for content that the engine refuses."""
    cluster = scenarios.simulation_of(request).cluster
    question = request["question"]
    ports = _declared(cluster, question["protocol"], question["pods"])
    port = "" if question["protocol"] == "icmp" else str(question["port"] or next(iter(ports), DEFAULT_PORT))
    whole = netsim.reach_document(netsim.Reachability(cluster), *netsim.reach_question(question["protocol"], port))
    shown = [name for name in whole["pods"] if question["pods"] is None or name in question["pods"]]
    names = shown[:MOST_PODS]
    rows = [[_cell(whole, source, destination) for destination in names] for source in names]
    counts = Counter(cell["verdict"] for row in rows for cell in row if cell["source"] != cell["destination"])
    return {
        "pods": names,
        "protocol": question["protocol"],
        "port": port,
        "ports": ports,
        "left_out": len(shown) - len(names),
        "rows": rows,
        "counts": {word: counts[word] for word in WORDS.values()},
        "notices": list(whole["notices"]),
        "why": _why(cluster, question["protocol"], port, question["why"]) if question["why"] else None,
    }


def _declared(cluster: netsim.Cluster, protocol: str, pods: list[str] | None) -> list[str]:
    """The ports of this protocol that the Pods' containers declare, each once, by number."""
    found = (
        each.port
        for pod in cluster.pods
        if pods is None or f"{pod.namespace}/{pod.name}" in pods
        for each in pod.spec.ports
        if each.protocol.lower() == protocol
    )
    return list(dict.fromkeys(map(str, found)))


def _cell(whole: Mapping[str, Any], source: str, destination: str) -> dict[str, str]:
    allowed = whole["allowed"][whole["pods"].index(source)][whole["pods"].index(destination)]
    return {"source": source, "destination": destination, "verdict": WORDS[allowed]}


def _why(cluster: netsim.Cluster, protocol: str, port: str, pair: list[str]) -> dict[str, Any]:
    """What decided one pair: a sentence, and every policy and rule that was asked."""
    source, destination = pair
    to = f"pod/{destination}:{port}" if port else f"pod/{destination}"
    document = netsim.explanation_document(netsim.explain(cluster, f"pod/{source}", to, protocol))
    directions = [
        {
            "name": name,
            "verdict": WORDS[document[name]["allowed"]],
            "decided_by": document[name]["decided_by"],
            "policies": [_policy(policy) for policy in document[name]["policies"]],
        }
        for name in ("egress", "ingress")
    ]
    return {
        "source": source,
        "destination": destination,
        "verdict": WORDS[document["allowed"]],
        "decided_by": document["decided_by"],
        "directions": directions,
        "bystanders": document["bystanders"],
    }


def _policy(policy: Mapping[str, Any]) -> dict[str, Any]:
    return {"name": policy["policy"], "selects": policy["selects"], "rules": list(_rules(policy["rules"]))}


def _rules(rules: list[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    for rule in rules:
        findings = [*rule["peers"], rule["ports"]]
        yield {
            "text": f"{rule['place']}: {rule['action']}",
            "matches": {True: "matches", False: "does not match", None: "may match"}[rule["matches"]],
            "reasons": [finding["why"] for finding in findings],
        }
