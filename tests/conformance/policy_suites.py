"""Upstream's tables of network policies as clusters and expected answers.

48 cases of the Kubernetes e2e suite: Pods a, b, c in namespaces x, y, z on three nodes, each a server on 80 and 81 for
the protocols of the case. 16 tests of the network-policy-api conformance suite: eight Pods of four houses on one node,
two Pods on the host networks of two others.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from netsim.kubernetes.cluster import Cluster
from netsim.loading import load_cluster

FACTS = Path(__file__).resolve().parents[3] / "shared" / "conformance"
Document = dict[str, Any]


@cache
def facts(name: str) -> Any:
    path = FACTS / name
    return json.loads(path.read_text()) if path.is_file() else None


def e2e_cases() -> list[Document]:
    return facts("e2e_netpol_cases.json") or []


def cluster_policy_groups() -> list[Document]:
    suite = facts("cluster_network_policy_cases.json") or {"tests": []}
    return [{"test": test["test"], **group} for test in suite["tests"] for group in test["groups"]]


def e2e_cluster(case: Document, step: Document, cni: Document | None = None) -> Cluster:
    namespaces = sorted({key.split("/")[0] for key in case["pods"]})
    addresses = {key: f"10.244.{1 + index % 3}.{10 + index}" for index, key in enumerate(case["pods"])}
    objects: list[Document] = [
        {"apiVersion": "v1", "kind": "Namespace",
         "metadata": {"name": name, "labels": step["namespaceLabels"].get(name, {})}}
        for name in namespaces
    ]  # fmt: skip
    objects += [e2e_pod(case, step, key, address) for key, address in addresses.items()]
    for policy in step["policies"]:
        policy["apiVersion"], policy["kind"] = "networking.k8s.io/v1", "NetworkPolicy"
    objects += json.loads(with_addresses(json.dumps(step["policies"]), addresses))
    return loaded(objects, cni)


def e2e_pod(case: Document, step: Document, key: str, address: str) -> Document:
    namespace, name = key.split("/")
    ports = [
        {"containerPort": port, "protocol": protocol, "name": f"serve-{port}-{protocol.lower()}"}
        for protocol in case["protocols"]
        for port in (80, 81)
    ]
    return {
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": name, "namespace": namespace, "labels": {"pod": name} | step["podLabels"].get(key, {})},
        "spec": {"containers": [{"name": "server", "ports": ports}], "nodeName": f"node{address.split('.')[2]}"},
        "status": {"podIP": address},
    }  # fmt: skip


def with_addresses(text: str, addresses: dict[str, str]) -> str:
    """Put in the address of a Pod, and the /8 around it, for what stands for them."""
    text = re.sub(r"\$\{ip:([^}]+)\}", lambda found: addresses[found[1]], text)
    return re.sub(r"\$\{large:([^}]+)\}", lambda found: str(ip_network(f"{addresses[found[1]]}/8", strict=False)), text)


def loaded(objects: list[Document], cni: Document | None) -> Cluster:
    """A cluster that enforces policies, with flannel or with another plugin."""
    spec = {"policyEnforcement": True} | ({"cni": cni} if cni else {})
    settings = {"apiVersion": "netsim.dev/v1", "kind": "ClusterNetwork", "spec": spec}
    return load_cluster(
        [("case.json", json.dumps({"apiVersion": "v1", "kind": "List", "items": [settings, *objects]}))]
    )


def fits(pattern: str, key: str) -> bool:
    """Whether ``*``, ``namespace/*`` or ``namespace/name`` means a Pod."""
    return pattern in ("*", key, f"{key.split('/')[0]}/*")


def expected_cells(case: Document, probe: Document) -> Iterator[tuple[str, str, bool]]:
    """Every pair of different Pods; all are allowed but for what the case says, the last word counting."""
    for source in case["pods"]:
        for destination in case["pods"]:
            if source != destination:
                said = [e["allowed"] for e in probe["expect"] if fits(e["from"], source) and fits(e["to"], destination)]
                yield source, destination, said[-1] if said else True


def cluster_policy_cluster(group: Document, cni: Document | None = None) -> Cluster:
    """The Pods of the suite; those on the host network are on nodes of their own."""
    pods = facts("cluster_network_policy_cases.json")["pods"]
    objects: list[Document] = [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}
        for name, labels in group["namespaces"].items()
    ]
    hosts = [pod["ip"] for pod in pods if pod["hostNetwork"]]
    for index, address in enumerate(["172.18.0.10", *hosts]):
        objects.append(
            {"apiVersion": "v1", "kind": "Node",
             "metadata": {"name": f"node{index}", "labels": {"kubernetes.io/os": "linux"}},
             "spec": {"podCIDR": f"10.244.{index + 1}.0/24"},
             "status": {"addresses": [{"type": "InternalIP", "address": address}]}}
        )  # fmt: skip
    objects += [suite_pod(pod, hosts) for pod in pods]
    return loaded([*objects, *group["clusterNetworkPolicies"], *group.get("networkPolicies", [])], cni)


def suite_pod(pod: Document, hosts: list[str]) -> Document:
    namespace, name = pod["name"].split("/")
    node = f"node{hosts.index(pod['ip']) + 1}" if pod["hostNetwork"] else "node0"
    return {
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": name, "namespace": namespace, "labels": pod["labels"]},
        "spec": {"containers": [{"name": "server", "ports": pod["ports"]}], "hostNetwork": pod["hostNetwork"],
                 "nodeName": node},
        "status": {"podIP": pod["ip"]},
    }  # fmt: skip
