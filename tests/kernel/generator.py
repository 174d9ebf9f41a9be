"""Random clusters, faults and probes, each wholly decided by its seed.

    python -m tests.kernel.generator SEED      prints the cluster of a seed, to look into a difference by hand

A cluster has two or three nodes in one or two subnets, two or three Pods a node (some in the node's own network), and
Services with every feature that decides where a packet goes. JSON is YAML, so manifests are written as JSON.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from random import Random
from typing import Any

from netsim import InputError, Probe, Simulation, load_cluster
from netsim.kubernetes.settings import Fault

Manifest = dict[str, Any]

FLOWS = 20
"""Probes a scenario."""
FIRST_SOURCE_PORT = 41000
DATA_PLANES: tuple[tuple[str, str], ...] = (
    ("flannel", "vxlan"), ("flannel", "host-gw"), ("bridge", ""), ("calico", "vxlan"), ("calico", "none"),
    ("calico", "cross-subnet"),
)  # fmt: skip
PROXY_MODES = ("iptables", "iptables", "nftables")
FAULTS = (
    "selector-typo", "target-port-mismatch", "named-port-missing", "headless-surprise", "external-traffic-local",
    "internal-traffic-local", "readiness-fails", "listens-on-loopback", "ip-forward-off", "forward-policy-drop",
    "bridge-nf-off", "hairpin-off", "no-default-route", "tunnel-port-blocked", "pod-mtu-too-large", "wrong-interface",
    "overlapping-ranges", "rp-filter-strict", "wrong-cluster-cidr", "kube-proxy-down", "foreign-service-range",
    "selector-too-broad", "service-protocol-udp", "load-balancer-pending", "bgp-down", "localhost-node-port",
    "egress-without-dns", "namespace-label-missing", "one-dash-too-many", "policy-service-port", "ip-block-host-bits",
)  # fmt: skip
"""Those that a laboratory of namespaces can show; some need what not every cluster has, and are then passed over."""
ONE_LINK = (("flannel", "host-gw"), ("bridge", ""), ("calico", "none"))
"""Data planes whose nodes must share a subnet to reach each other's Pods."""
NAMES = ("amber", "birch", "cedar", "dune", "elm", "fern", "grove", "heath", "iris", "jade")
APPS = ("web", "api", "db")
EXTERNAL = "203.0.113.50"
UNUSED_SERVICE_ADDRESS, UNUSED_NODE_PORT = "10.96.200.200", 32000


@dataclass(frozen=True, slots=True)
class Scenario:
    """A cluster, what is broken in it, and what is sent."""

    seed: int
    text: str
    faults: tuple[Fault, ...]
    probes: tuple[Probe, ...]


def scenario(seed: int) -> Scenario:
    """The scenario of a seed."""
    dice = Random(seed)
    cluster = _Cluster(dice)
    wanted, candidates = dice.choice((0, 1, 2)), dice.sample(FAULTS, len(FAULTS))
    probes = tuple(cluster.probe(FIRST_SOURCE_PORT + number) for number in range(FLOWS))
    text = cluster.text()
    faults = islice((Fault(name) for name in candidates if _can_break(text, name)), wanted)
    return Scenario(seed, text, tuple(faults), probes)


def _can_break(text: str, fault: str) -> bool:
    """Whether the cluster has what the fault breaks."""
    try:
        Simulation(load_cluster([("random.yaml", text)], faults=[fault]))
    except InputError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class _Pod:
    name: str
    app: str
    node: int
    address: str
    port: int
    host_network: bool


class _Cluster:
    """A random cluster, and random probes that fit it."""

    def __init__(self, dice: Random) -> None:
        self.dice = dice
        self.plugin, self.backend = dice.choice(DATA_PLANES)
        self.mode = dice.choice(PROXY_MODES)
        self.racks = 1 if (self.plugin, self.backend) in ONE_LINK else dice.choice((1, 1, 2))
        self.nodes = [f"172.20.{1 + number % self.racks}.{11 + number}" for number in range(dice.choice((2, 2, 3)))]
        self.ports = dict(zip(APPS, (8080, 9090, 5432), strict=True))
        self.pods = self._pods()
        self.services = [self._service(number) for number in range(dice.randint(3, 5))]

    def _pods(self) -> list[_Pod]:
        pods = []
        for node in range(len(self.nodes)):
            for number in range(self.dice.choice((2, 2, 3))):
                app = self.dice.choice(APPS)
                host = number > 1 and all(not pod.host_network for pod in pods)
                address = self.nodes[node] if host else f"10.244.{node + 1}.{number + 2}"
                pods.append(_Pod(NAMES[len(pods)], app, node, address, 9999 if host else self.ports[app], host))
        return pods

    def _service(self, number: int) -> Manifest:
        dice = self.dice
        app = dice.choice((*APPS, *APPS, "nobody"))
        protocol = dice.choice(("TCP", "TCP", "UDP"))
        target: int | str = dice.choice(("main", self.ports.get(app, 80))) if protocol == "TCP" else 53
        kind = dice.choice(("ClusterIP", "NodePort", "NodePort", "LoadBalancer"))
        port: Manifest = {"name": "main", "port": 80, "protocol": protocol, "targetPort": target}
        spec: Manifest = {
            "type": kind, "clusterIP": f"10.96.0.{10 + number}", "selector": {"app": app}, "ports": [port],
            "internalTrafficPolicy": dice.choice(("Cluster", "Cluster", "Cluster", "Local")),
        }  # fmt: skip
        status: Manifest = {}
        if kind != "ClusterIP":
            port["nodePort"] = 30080 + number
            spec["externalTrafficPolicy"] = dice.choice(("Cluster", "Local"))
        if kind == "LoadBalancer":
            status = {"loadBalancer": {"ingress": [{"ip": f"198.51.100.{20 + number}"}]}}
            if dice.random() < 0.4:
                spec["loadBalancerSourceRanges"] = [dice.choice(("203.0.113.0/24", "192.0.2.0/24"))]
        if dice.random() < 0.2:
            spec["externalIPs"] = [f"198.51.100.{120 + number}"]
        return _object("Service", f"svc-{number}", "shop", spec, status)

    def text(self) -> str:
        """The manifests."""
        subnets = [{"name": f"rack-{rack}", "cidr": f"172.20.{rack}.0/24"} for rack in range(1, self.racks + 1)]
        settings = _object("ClusterNetwork", "random", "", {
            "cni": {"plugin": self.plugin, **({"backend": self.backend} if self.backend else {})},
            "proxy": {"mode": self.mode, "masqueradeAll": self.dice.random() < 0.1}, "podCIDR": "10.244.0.0/16",
            "serviceCIDR": "10.96.0.0/16", "underlay": {"mtu": 1500, "subnets": subnets},
            **({"policyEnforcement": True} if self.dice.random() < 0.5 else {}),
        })  # fmt: skip
        nodes = [
            _object("Node", f"n{number + 1}", "", {"podCIDR": f"10.244.{number + 1}.0/24"},
                    {"addresses": [{"type": "InternalIP", "address": address}]})
            for number, address in enumerate(self.nodes)
        ]  # fmt: skip
        documents = [settings, *nodes, *self.policies(), *(self._pod_object(pod) for pod in self.pods), *self.services]
        return "\n---\n".join(json.dumps(document) for document in documents) + "\n"

    def _pod_object(self, pod: _Pod) -> Manifest:
        ports: list[Manifest] = [{"name": "main", "containerPort": pod.port}]
        if not pod.host_network:
            ports.append({"name": "dns", "containerPort": 53, "protocol": "UDP"})
            if self.dice.random() < 0.15:
                ports[0]["hostPort"] = 7000 + self.pods.index(pod)
        spec: Manifest = {"nodeName": f"n{pod.node + 1}", "containers": [{"name": "main", "ports": ports}]}
        if pod.host_network:
            spec["hostNetwork"] = True
        pod_object = _object("Pod", pod.name, "shop", spec, {"phase": "Running", "podIP": pod.address})
        pod_object["metadata"]["labels"] = {"app": pod.app}
        return pod_object

    def policies(self) -> list[Manifest]:
        """Network policies in half of the clusters, half of which enforce them whatever their plugin does."""
        if self.dice.random() < 0.5:
            return []
        return [self._policy(number) for number in range(self.dice.randint(1, 2))]

    def _policy(self, number: int) -> Manifest:
        dice = self.dice
        selector = {"matchLabels": {"app": dice.choice(APPS)}}
        peers = dice.choice((
            [], [{"podSelector": {"matchLabels": {"app": dice.choice(APPS)}}}], [{"namespaceSelector": {}}],
            [{"ipBlock": {"cidr": "10.244.0.0/16", "except": ["10.244.2.0/24"]}}],
            [{"podSelector": {}}, {"ipBlock": {"cidr": f"{EXTERNAL}/32"}}],
        ))  # fmt: skip
        ports = dice.choice(([], [{"port": 8080}], [{"port": "main"}], [{"port": 5000, "endPort": 9100}],
                             [{"protocol": "UDP", "port": 53}, {"port": 9090}]))  # fmt: skip
        ingress = dice.random() < 0.7
        rule = {**({"ports": ports} if ports else {}), **({("from" if ingress else "to"): peers} if peers else {})}
        direction = "ingress" if ingress else "egress"
        spec: Manifest = {"podSelector": selector, "policyTypes": [direction.capitalize()], direction: [rule]}
        policy = _object("NetworkPolicy", f"policy-{number}", "shop", spec)
        return {**policy, "apiVersion": "networking.k8s.io/v1"}

    def probe(self, source_port: int) -> Probe:
        """One first packet: usually to something that answers, sometimes to nobody, too far or too big."""
        dice = self.dice
        protocol = dice.choice(("tcp", "tcp", "tcp", "udp", "icmp"))
        destination = dice.choice(self._destinations())(protocol)
        size, whole = 0, False
        if protocol != "tcp":
            size = dice.choice((0, 30, 30, 1300, 1422, 1423, 1472))
            whole = size > 1400 or dice.random() < 0.3
        ttl = dice.choice((64, 64, 64, 64, 1, 2, 3))
        return Probe(
            self._source(), destination, protocol=protocol, ttl=ttl, size=size, dont_fragment=whole,
            source_port=source_port,
        )  # fmt: skip

    def _source(self) -> str:
        pods = [f"pod/shop/{pod.name}" for pod in self.pods if not pod.host_network]
        return self.dice.choice((*pods, *pods, f"node/n{self.dice.randint(1, len(self.nodes))}", "external"))

    def _destinations(self) -> tuple[Callable[[str], str], ...]:
        return (
            self._pod_port, self._pod_port, self._cluster_ip, self._cluster_ip, self._cluster_ip, self._cluster_ip,
            self._node_port, self._node_port, self._balancer, self._nobody, self._outside,
        )  # fmt: skip

    def _pod_port(self, protocol: str) -> str:
        pod = self.dice.choice(self.pods)
        port = {"tcp": pod.port, "udp": 53}.get(protocol, 80)
        return f"{pod.address}:{self.dice.choice((port, port, port, 9))}"

    def _cluster_ip(self, protocol: str) -> str:
        return f"{self.dice.choice(self.services)['spec']['clusterIP']}:{self.dice.choice((80, 80, 80, 80, 81))}"

    def _node_port(self, protocol: str) -> str:
        ports = [service["spec"]["ports"][0].get("nodePort", UNUSED_NODE_PORT) for service in self.services]
        return f"{self.dice.choice(self.nodes)}:{self.dice.choice(ports)}"

    def _balancer(self, protocol: str) -> str:
        addresses = [service["status"]["loadBalancer"]["ingress"][0]["ip"] for service in self.services
                     if "status" in service]  # fmt: skip
        addresses += [ip for service in self.services for ip in service["spec"].get("externalIPs", ())]
        return f"{self.dice.choice(addresses or ['198.51.100.99'])}:80"

    def _nobody(self, protocol: str) -> str:
        return self.dice.choice(("10.244.1.77:80", "10.244.2.77:80", "10.244.99.9:80", f"{UNUSED_SERVICE_ADDRESS}:80"))

    def _outside(self, protocol: str) -> str:
        return f"{EXTERNAL}:{53 if protocol == 'udp' else 80}"


def _object(kind: str, name: str, namespace: str, spec: Manifest, status: Manifest | None = None) -> Manifest:
    version = "netsim.dev/v1" if kind == "ClusterNetwork" else "v1"
    meta: Manifest = {"name": name, **({"namespace": namespace} if namespace else {})}
    whole = {"apiVersion": version, "kind": kind, "metadata": meta, "spec": spec}
    return {**whole, "status": status} if status else whole


if __name__ == "__main__":
    drawn = scenario(int(sys.argv[1]))
    sys.stdout.write(
        "\n".join([drawn.text, f"# faults: {drawn.faults}", *(f"# {probe}" for probe in drawn.probes), ""])
    )
