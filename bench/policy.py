"""Seconds of all-pairs reachability: every pair of Pods on every port, and what that needs of memory.

The clusters are generated: Pods of a few apps in namespaces of a few teams, and policies with selectors, address
blocks, port ranges and named ports. Each size runs in a process of its own, so that its peak memory is its own. Beside
it in the same run: Kano's bit matrix (its algorithm, written after the paper; it knows neither namespaces nor ports and
is wrong for Kubernetes), and NCA (PyPI network-config-analyzer), where NETSIM_NCA names its program.
"""

from __future__ import annotations

import json
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from ipaddress import ip_address, ip_network
from itertools import compress
from pathlib import Path
from typing import Any

from netsim.kubernetes.cluster import Cluster
from netsim.kubernetes.objects import Container, ContainerPort, Namespace, ObjectMeta, Pod, PodSpec, Protocol
from netsim.kubernetes.policies import (
    IPBlock,
    NetworkPolicy,
    NetworkPolicyPeer,
    NetworkPolicyPort,
    NetworkPolicyRule,
    PolicyType,
)
from netsim.kubernetes.selectors import LabelSelector, Operator, Requirement
from netsim.policy.reachability import Matrix, Reachability

SIZES = ((5_000, 100, 20, 1_000, 0.2, None), (100_000, 1_000, 200, 1, 10.0, 1024))
"""Pods, policies, namespaces, classes of ports to work out, and the goals: seconds, MiB."""
NCA_SIZE = (100, 20, 5)
APPS, TIERS, TEAMS = 20, 3, 5
RANGES = ("0.0.0.0/0", "10.0.0.0/8", "10.0.0.0/16", "10.0.64.0/18", "10.1.0.0/16", "203.0.113.0/24", "192.168.0.0/16")
"""What policies name: the world, the Pod network and parts of it, offices."""


def main() -> None:
    if sys.argv[1:]:
        measure(*map(int, sys.argv[1:]))
        return
    for pods, policies, namespaces, ports, seconds, mib in SIZES:
        goals = f"{seconds:g} s" + (f" and {mib} MiB" if mib else "")
        print(f"{pods:,} Pods, {policies:,} policies, {namespaces} namespaces (goal: {goals})", flush=True)
        numbers = map(str, (pods, policies, namespaces, ports))
        subprocess.run([sys.executable, "-m", "bench.policy", *numbers], check=True)
    compare_with_nca(*NCA_SIZE)


def measure(pods: int, policies: int, namespaces: int, ports: int) -> None:
    """One size: the answers of all ports, then every row of some classes of ports; and Kano's matrix beside it."""
    cluster = generated(pods, policies, namespaces)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    started, started_cpu = time.perf_counter(), time.process_time()
    reach = Reachability(cluster)
    classes = reach.port_classes
    ready, ready_cpu = time.perf_counter() - started, time.process_time() - started_cpu
    sizes = [len(each.members) for each in reach.classes]
    counts = [pairs(reach.matrix(each[0].protocol, each[0].first), sizes) for each in classes[:ports]]
    took, took_cpu = time.perf_counter() - started, time.process_time() - started_cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"  {len(reach.classes):,} classes of Pods, {len(classes)} of ports")
    print(f"  any pair on any port can be asked after {ready:.3f} s ({ready_cpu:.3f} s CPU)")
    print(f"  all pairs on {len(counts)} classes of ports worked out and counted: {took:.3f} s ({took_cpu:.3f} s CPU)")
    print(
        f"  peak {peak:.0f} MiB, {before:.0f} MiB of it the objects; allowed {counts[0]:,} of {pods**2:,} on one port"
    )
    if pods <= SIZES[0][0]:
        seconds = kano(cluster)
        print(f"  Kano's matrix, one port: {seconds:.2f} s; netsim's, all ports: {took / seconds:.2f} times that")


def pairs(matrix: Matrix, sizes: list[int]) -> int:
    """How many pairs of Pods a matrix of classes allows: every row is worked out."""
    known: dict[int, int] = {}
    found = 0
    for (reached, _), size in zip(matrix.rows(), sizes, strict=True):
        if reached not in known:
            known[reached] = sum(compress(sizes, map(int, reversed(format(reached, "b")))))
        found += size * known[reached]
    return found


def generated(pods: int, policies: int, namespaces: int, seed: int = 7) -> Cluster:
    chance = random.Random(seed)  # noqa: S311
    names = [f"ns-{number}" for number in range(namespaces)]
    return Cluster(
        namespaces=tuple(
            Namespace(meta=ObjectMeta(name, labels={"team": f"t{i % TEAMS}", "kubernetes.io/metadata.name": name}))
            for i, name in enumerate(names)
        ),
        pods=tuple(_pod(number, names[number % namespaces], chance) for number in range(pods)),
        network_policies=tuple(_policy(number, names[number % namespaces], chance) for number in range(policies)),
    )


def _pod(number: int, namespace: str, chance: random.Random) -> Pod:
    app = chance.randrange(APPS)
    labels = {"app": f"a{app}", "tier": f"r{app % TIERS}", "pod-template-hash": f"{app:010x}"}
    port = ContainerPort(8000 + app % 3, name="http", protocol=Protocol.TCP)
    return Pod(
        meta=ObjectMeta(f"pod-{number}", namespace, labels=labels),
        spec=PodSpec(containers=(Container("server", (port,)),), node_name=f"node-{number % 100}"),
        pod_ips=(ip_address("10.0.0.0") + number + 1,),
    )


def _policy(number: int, namespace: str, chance: random.Random) -> NetworkPolicy:
    types = frozenset(chance.choice([[PolicyType.INGRESS], [PolicyType.EGRESS], list(PolicyType)]))
    rules = {kind: tuple(_rule(chance) for _ in range(chance.randint(0, 3))) for kind in types}
    return NetworkPolicy(
        meta=ObjectMeta(f"policy-{number}", namespace),
        pod_selector=_selector(chance) if chance.random() < 0.8 else LabelSelector(),
        policy_types=types,
        ingress=rules.get(PolicyType.INGRESS, ()),
        egress=rules.get(PolicyType.EGRESS, ()),
    )


def _selector(chance: random.Random) -> LabelSelector:
    app = f"a{chance.randrange(APPS)}"
    match chance.randrange(4):
        case 0:
            return LabelSelector(match_expressions=(Requirement("app", Operator.NOT_IN, (app,)),))
        case 1:
            return LabelSelector({"tier": f"r{chance.randrange(TIERS)}"})
        case _:
            return LabelSelector({"app": app})


def _rule(chance: random.Random) -> NetworkPolicyRule:
    return NetworkPolicyRule(
        peers=tuple(_peer(chance) for _ in range(chance.randint(0, 3))),
        ports=tuple(_port(chance) for _ in range(chance.randint(0, 2))),
    )


def _peer(chance: random.Random) -> NetworkPolicyPeer:
    team = LabelSelector({"team": f"t{chance.randrange(TEAMS)}"})
    match chance.randrange(5):
        case 0:
            network = ip_network(chance.choice(RANGES))
            return NetworkPolicyPeer(ip_block=IPBlock(network, (next(network.subnets(prefixlen_diff=4)),)))
        case 1:
            return NetworkPolicyPeer(namespace_selector=team)
        case 2:
            return NetworkPolicyPeer(pod_selector=_selector(chance), namespace_selector=team)
        case _:
            return NetworkPolicyPeer(pod_selector=_selector(chance))


def _port(chance: random.Random) -> NetworkPolicyPort:
    match chance.randrange(4):
        case 0:
            return NetworkPolicyPort(Protocol.TCP, "http")
        case 1:
            return NetworkPolicyPort(Protocol.TCP, 8000, 8100)
        case 2:
            return NetworkPolicyPort(Protocol.UDP)
        case _:
            return NetworkPolicyPort(Protocol.TCP, chance.choice([80, 443, 5432, 8080, 9090]))


def kano(cluster: Cluster) -> float:
    """Seconds of Kano's algorithm, which makes a bit vector of Pods for each policy and ors them into rows.

    Kano reads matchLabels only, without namespaces and ports.
    """
    started = time.perf_counter()
    holders: dict[tuple[str, str], int] = {}
    for position, pod in enumerate(cluster.pods):
        for label in pod.meta.labels.items():
            holders[label] = holders.get(label, 0) | 1 << position
    everybody = (1 << len(cluster.pods)) - 1
    rows = [everybody] * len(cluster.pods)
    isolated = [False] * len(cluster.pods)

    def selected(selector: LabelSelector | None) -> int:
        found = everybody
        for label in selector.match_labels.items() if selector else ():
            found &= holders.get(label, 0)
        return found

    for policy in cluster.network_policies:
        peers = 0
        for rule in policy.ingress:
            for peer in rule.peers:
                peers |= selected(peer.pod_selector)
        subjects = selected(policy.pod_selector)
        for position in range(len(cluster.pods)):
            if subjects >> position & 1:
                rows[position] = peers | (rows[position] if isolated[position] else 0)
                isolated[position] = True
    return time.perf_counter() - started


def compare_with_nca(pods: int, policies: int, namespaces: int) -> None:
    program = os.environ.get("NETSIM_NCA") or shutil.which("nca")
    if program is None:
        print("NCA: not measured; NETSIM_NCA does not name its program, nor is nca on the PATH")
        return
    cluster = generated(pods, policies, namespaces)
    started = time.perf_counter()
    reach = Reachability(cluster)
    sizes = [len(each.members) for each in reach.classes]
    for each in reach.port_classes:
        pairs(reach.matrix(each[0].protocol, each[0].first), sizes)
    own = time.perf_counter() - started
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "cluster.yaml").write_text(manifests(cluster))
        arguments = ["--connectivity", "-r", folder, "-o", "txt_no_fw_rules", "--output_endpoints", "pods"]
        started = time.perf_counter()
        subprocess.run([program, *arguments], check=True, capture_output=True)
        took = time.perf_counter() - started
    print(f"NCA, {pods} Pods, {policies} policies: {took:.1f} s, {took / own:.0f} times netsim's {own * 1000:.1f} ms")


def manifests(cluster: Cluster) -> str:
    """The generated objects as NCA reads them, JSON documents in one file."""
    documents: list[dict[str, Any]] = [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": each.name, "labels": dict(each.meta.labels)}}
        for each in cluster.namespaces
    ]
    documents += [_pod_document(pod) for pod in cluster.pods]
    documents += [_policy_document(policy) for policy in cluster.network_policies]
    return "\n---\n".join(map(json.dumps, documents))


def _pod_document(pod: Pod) -> dict[str, Any]:
    ports = [{"containerPort": p.port, "name": p.name, "protocol": p.protocol} for p in pod.spec.ports]
    metadata = {"name": pod.name, "namespace": pod.namespace, "labels": dict(pod.meta.labels)}
    return {
        "apiVersion": "v1", "kind": "Pod", "metadata": metadata,
        "spec": {"containers": [{"name": "server", "image": "server", "ports": ports}]},
        "status": {"podIP": str(pod.pod_ips[0]), "hostIP": "192.168.1.1"},
    }  # fmt: skip


def _policy_document(policy: NetworkPolicy) -> dict[str, Any]:
    spec: dict[str, Any] = {
        "podSelector": _selector_document(policy.pod_selector),
        "policyTypes": [kind for kind in PolicyType if kind in policy.policy_types],
    }
    for kind, peers, rules in (("ingress", "from", policy.ingress), ("egress", "to", policy.egress)):
        if kind.capitalize() in policy.policy_types:
            spec[kind] = [_rule_document(rule, peers) for rule in rules]
    metadata = {"name": policy.name, "namespace": policy.namespace}
    return {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": metadata, "spec": spec}


def _rule_document(rule: NetworkPolicyRule, peers_key: str) -> dict[str, Any]:
    document: dict[str, Any] = {}
    if rule.peers:
        document[peers_key] = [_peer_document(peer) for peer in rule.peers]
    if rule.ports:
        document["ports"] = [
            {
                key: value
                for key, value in (("protocol", p.protocol), ("port", p.port), ("endPort", p.end_port))
                if value
            }
            for p in rule.ports
        ]
    return document


def _peer_document(peer: NetworkPolicyPeer) -> dict[str, Any]:
    if peer.ip_block is not None:
        return {"ipBlock": {"cidr": str(peer.ip_block.cidr), "except": list(map(str, peer.ip_block.excepts))}}
    selectors = (("podSelector", peer.pod_selector), ("namespaceSelector", peer.namespace_selector))
    return {key: _selector_document(selector) for key, selector in selectors if selector is not None}


def _selector_document(selector: LabelSelector) -> dict[str, Any]:
    expressions = [
        {"key": r.key, "operator": r.operator, **({"values": list(r.values)} if r.values else {})}
        for r in selector.match_expressions
    ]
    document: dict[str, Any] = {"matchLabels": dict(selector.match_labels)} if selector.match_labels else {}
    return document | ({"matchExpressions": expressions} if expressions else {})


if __name__ == "__main__":
    main()
