"""The two ends of a connection as policies see them: a Pod, a node, or an address outside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from netsim.kubernetes.cluster import Cluster
from netsim.kubernetes.objects import ContainerPort, IPAddress, Node, Pod, Protocol


class NamedPort(NamedTuple):
    """A port that a Pod has a name for. ``certain`` is False where Kubernetes does not say which port is meant."""

    number: int
    certain: bool


@dataclass(frozen=True, slots=True)
class Party:
    """``pod`` is None outside Pods; ``node`` is the machine that the party runs on, "" outside the cluster."""

    text: str
    addresses: tuple[IPAddress, ...]
    pod: Pod | None = None
    node: str = ""

    @property
    def on_host_network(self) -> bool:
        """Whether it speaks with its node's address: a node, or a host-network Pod, which policies see as its node."""
        return bool(self.node) and (self.pod is None or self.pod.host_network)


def pod_party(pod: Pod) -> Party:
    return Party(f"Pod {pod.namespace}/{pod.name}", pod.pod_ips, pod, pod.node_name)


def node_party(node: Node) -> Party:
    return Party(f"node {node.name}", node.addresses, node=node.name)


def party_at(cluster: Cluster, address: IPAddress) -> Party:
    """Whoever has an address: a Pod, a node, or else somebody outside the cluster."""
    if (pod := cluster.pod_with_ip(address)) is not None:
        return pod_party(pod)
    for node in cluster.nodes:
        if address in node.addresses:
            return node_party(node)
    return Party(f"address {address}", (address,))


def named_ports(pod: Pod, name: str, protocol: Protocol | None) -> tuple[NamedPort, ...]:
    """The numbers that ``name`` can stand for in a Pod; none where it has no such port.

    A name with two numbers, and one that only a sidecar has, is resolved in different ways by different
    implementations (cilium/cilium issue 30003; KEP-753 says nothing of policies).
    """
    spec = pod.spec
    found = {port.port for container in spec.containers for port in container.ports if _is_called(port, name, protocol)}
    sidecars = {port.port for each in spec.sidecars for port in each.ports if _is_called(port, name, protocol)}
    if found:
        return tuple(NamedPort(number, len(found) == 1) for number in sorted(found))
    return tuple(NamedPort(number, False) for number in sorted(sidecars))


def _is_called(port: ContainerPort, name: str, protocol: Protocol | None) -> bool:
    return port.name == name and protocol in (None, port.protocol)
