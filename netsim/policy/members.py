"""Which addresses and ports the selectors of policies stand for right now: what the agents on nodes keep in sets."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from netsim.kubernetes.cluster import Cluster
from netsim.kubernetes.objects import IPAddress, IPNetwork, Pod, Protocol
from netsim.kubernetes.policies import IPBlock, PolicyType
from netsim.packet import Protocol as WireProtocol
from netsim.policy.compiled import CompiledPolicy, Peer, PolicySet, Ports, Selection
from netsim.policy.parties import named_ports

WIRE_PROTOCOLS = {Protocol.TCP: WireProtocol.TCP, Protocol.UDP: WireProtocol.UDP, Protocol.SCTP: WireProtocol.SCTP}


class Members:
    """The Pods of a cluster by selection; host-network Pods are in none."""

    def __init__(self, cluster: Cluster) -> None:
        self._by_namespace: defaultdict[str, list[Pod]] = defaultdict(list)
        self._known: dict[str, tuple[Pod, ...]] = {}
        for pod in cluster.pods:
            if pod.pod_ips and not pod.host_network and not pod.finished:
                self._by_namespace[pod.namespace].append(pod)

    def pods(self, selection: Selection) -> tuple[Pod, ...]:
        """The Pods of a selection, by namespace and in the cluster's order."""
        if selection.text not in self._known:
            self._known[selection.text] = tuple(
                pod
                for namespace in sorted(selection.namespaces)
                for pod in self._by_namespace.get(namespace, ())
                if selection.pod_selector.matches(pod.meta.labels)
            )
        return self._known[selection.text]

    def addresses(self, selection: Selection, version: int) -> tuple[IPAddress, ...]:
        return tuple(address for pod in self.pods(selection) for address in of_version(pod, version))

    def addresses_in(self, namespace: str, version: int) -> tuple[IPAddress, ...]:
        """The addresses of all Pods of a namespace."""
        pods = self._by_namespace.get(namespace, ())
        return tuple(address for pod in pods for address in of_version(pod, version))

    def pods_of_peer(self, peer: Peer) -> tuple[Pod, ...]:
        """The Pods that a peer can stand for, by selector or because everybody is meant."""
        if peer.everybody:
            return tuple(pod for pods in self._by_namespace.values() for pod in pods)
        return self.pods(peer.pods) if peer.pods is not None else ()

    def resolved(self, ports: Ports, pods: tuple[Pod, ...]) -> dict[tuple[Protocol, int], list[Pod]]:
        """What a name of a port means in each of some Pods: the Pods by protocol and number."""
        found: defaultdict[tuple[Protocol, int], list[Pod]] = defaultdict(list)
        for pod in pods:
            for protocol in Protocol if ports.protocol is None else (ports.protocol,):
                for port in named_ports(pod, ports.name, protocol):
                    found[protocol, port.number].append(pod)
        return dict(sorted(found.items()))


def of_version(pod: Pod, version: int) -> tuple[IPAddress, ...]:
    return tuple(address for address in pod.pod_ips if address.version == version)


def selecting(policies: PolicySet, pod: Pod, direction: PolicyType) -> list[CompiledPolicy]:
    """The policies that select a Pod in a direction, in the order in which they are asked."""
    return [policy for policy in policies[direction] if policy.subject.names(pod)]


def networks(blocks: tuple[IPBlock, ...], version: int) -> Iterator[tuple[IPNetwork, bool]]:
    """The ranges of some blocks for a set, which cannot hold a range of all addresses, and whether each is an exception
    (hash:net takes no prefix length 0, net/netfilter/ipset/ip_set_hash_net.c)."""
    for block in blocks:
        if block.cidr.version == version:
            for network in block.cidr.subnets() if block.cidr.prefixlen == 0 else (block.cidr,):
                yield network, False
            for inner in block.excepts:
                yield inner, True
