"""Short ways to write clusters with policies.

    n1  x/a 10.244.1.10  x/b .11  y/a .12        n2  y/b 10.244.2.10  x/c .11        outside 203.0.113.50

Every Pod has the label pod=<name> and declares `http` 80/TCP; y has the label team=blue. Policies are enforced.
"""

from __future__ import annotations

import json
from typing import Any

from netsim.kubernetes.cluster import Cluster
from netsim.kubernetes.objects import Protocol
from netsim.loading import load_cluster
from netsim.policy.explanation import Explanation, explain
from netsim.policy.reachability import Reachability

Document = dict[str, Any]
HTTP = [{"containerPort": 80, "name": "http"}]
PLACES = {"x/a": "10.244.1.10", "x/b": "10.244.1.11", "y/a": "10.244.1.12", "y/b": "10.244.2.10", "x/c": "10.244.2.11"}
EVERYBODY: Document = {}


def node(number: int) -> Document:
    return {
        "apiVersion": "v1", "kind": "Node", "metadata": {"name": f"n{number}", "labels": {"kubernetes.io/os": "linux"}},
        "spec": {"podCIDR": f"10.244.{number}.0/24"},
        "status": {"addresses": [{"type": "InternalIP", "address": f"192.168.1.1{number}"}]},
    }  # fmt: skip


def pod(key: str, address: str = "", *, ports: list[Document] | None = None, **spec: Any) -> Document:
    """A Pod; one on the host network gives its node instead of an address."""
    namespace, name = key.split("/")
    on = {"nodeName": f"n{address.split('.')[2]}"} if address else {}
    return {
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": name, "namespace": namespace, "labels": {"pod": name}},
        "spec": {"containers": [{"name": "server", "ports": HTTP if ports is None else ports}], **on, **spec},
        "status": {"podIP": address} if address else {},
    }  # fmt: skip


def policy(namespace: str = "x", name: str = "policy", **spec: Any) -> Document:
    return {
        "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
        "metadata": {"name": name, "namespace": namespace}, "spec": {"podSelector": {}} | spec,
    }  # fmt: skip


def cluster_policy(name: str, tier: str, priority: int, subject: Document | None = None, **spec: Any) -> Document:
    return {
        "apiVersion": "policy.networking.k8s.io/v1alpha2", "kind": "ClusterNetworkPolicy", "metadata": {"name": name},
        "spec": {"tier": tier, "priority": priority, "subject": subject or {"namespaces": {}}, **spec},
    }  # fmt: skip


def rule(action: str, *peers: Document, side: str = "from", **more: Any) -> Document:
    """A rule of a ClusterNetworkPolicy; without peers for Pods of all namespaces."""
    return {"action": action, side: list(peers) or [{"namespaces": {}}], **more}


def from_pod(name: str, **more: Any) -> Document:
    """A rule of a NetworkPolicy that admits Pods of its own namespace with the label pod=name."""
    return {"from": [{"podSelector": selector(name)}], **more}


def selector(name: str) -> Document:
    return {"matchLabels": {"pod": name}}


def cluster(*objects: Document, pods: dict[str, str] | None = None, **network: Any) -> Cluster:
    """The cluster above with more objects; those of the same kind and name replace."""
    spec = {"policyEnforcement": True} | network
    base: list[Document] = [
        {"apiVersion": "netsim.dev/v1", "kind": "ClusterNetwork", "spec": spec},
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "y", "labels": {"team": "blue"}}},
        node(1), node(2), *(pod(key, address) for key, address in (PLACES if pods is None else pods).items()),
    ]  # fmt: skip
    return load_cluster([("base.json", as_list(base))], [("more.json", as_list(list(objects)))])


def as_list(objects: list[Document]) -> str:
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": objects})


def verdict(of: Cluster, source: str, destination: str, port: int | str = 80, protocol: str = "TCP") -> bool | None:
    """The answer of the matrix for two Pods; ``protocol`` ICMP has no port."""
    reach = Reachability(of)
    keys = [f"{each.namespace}/{each.name}" for each in reach.pods]
    rows = list(reach.allowed(None if protocol == "ICMP" else Protocol(protocol), 1 if protocol == "ICMP" else port))
    return rows[keys.index(source)][keys.index(destination)]


def explained(of: Cluster, source: str, destination: str, port: int | str = 80, protocol: str = "tcp") -> Explanation:
    """The explanation for two Pods, or for other parties where a name has no slash or more than one."""
    ends = [f"pod/{end}" if end.count("/") == 1 and not end.startswith(("node/", "external/")) else end
            for end in (source, destination)]  # fmt: skip
    suffix = "" if protocol == "icmp" else f":{port}"
    return explain(of, ends[0], ends[1] + suffix, protocol)
