"""What Cilium's agent writes into the maps that its eBPF programs read: endpoints, the ipcache, Services.

Sources: cilium/cilium bpf/lib/eps.h (cilium_lxc, cilium_ipcache), bpf/lib/encap.h (cilium_tunnel_map), bpf/lib/lb.h
(cilium_lb4_services_v2, cilium_lb4_backends_v3), pkg/identity/numericidentity.go.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import IPv4Network

from netsim.linux.routing import IPNetwork
from netsim.packet import IPAddress, Protocol
from netsim.proxy.endpoints import Backend

HOST_IDENTITY = 1
WORLD_IDENTITY = 2
REMOTE_NODE_IDENTITY = 6
FIRST_CLUSTER_IDENTITY = 256
"""Identities below are reserved; one of the cluster stands for all Pods of a namespace with the same labels."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A Pod of this node: ``device`` and ``node_mac`` are the node's end of its cable, ``mac`` is the Pod's."""

    name: str
    address: IPAddress
    identity: int
    device: str
    node_mac: str
    mac: str


@dataclass(frozen=True, slots=True)
class Remote:
    """An address of the cluster. ``tunnel_endpoint`` is the node that it is behind, None for what is not tunneled."""

    identity: int
    node: str
    tunnel_endpoint: IPAddress | None = None


@dataclass(frozen=True, slots=True)
class ClusterMaps:
    """What is the same on all nodes: the ipcache, and the Pod range of each node with its tunnel endpoint."""

    ipcache: Mapping[IPAddress, Remote]
    tunnels: tuple[tuple[IPv4Network, IPAddress], ...]

    def tunnel_endpoint(self, address: IPAddress) -> IPAddress | None:
        """The node to tunnel to: by address, else by Pod range."""
        known = self.ipcache.get(address)
        if known is not None:
            return known.tunnel_endpoint
        return next((node for network, node in self.tunnels if address in network), None)

    def identity(self, address: IPAddress) -> int:
        known = self.ipcache.get(address)
        return WORLD_IDENTITY if known is None else known.identity


class FrontendKind(StrEnum):
    CLUSTER_IP = "ClusterIP"
    NODE_PORT = "NodePort"
    EXTERNAL_IP = "ExternalIPs"
    LOAD_BALANCER = "LoadBalancer"
    HOST_PORT = "HostPort"


@dataclass(frozen=True, slots=True)
class Frontend:
    """One address and port of a Service. ``internal`` are the backends for clients of the cluster, ``external`` those
    for packets from outside, by the two traffic policies; with ``affinity`` a client keeps its backend."""

    kind: FrontendKind
    name: str
    internal: tuple[Backend, ...]
    external: tuple[Backend, ...]
    source_ranges: tuple[IPNetwork, ...] = ()
    affinity: bool = False

    @property
    def text(self) -> str:
        return f"{self.kind} {self.name}"


FrontendKey = tuple[IPAddress, int, Protocol]


@dataclass(slots=True)
class NodeMaps:
    """The maps of one node; ``router`` is the address of cilium_host, ``own`` all addresses of the machine.

    ``node_ports`` answer on the addresses of every node, ``host_ports`` on those of this one.
    """

    node: str
    router: IPAddress
    node_address: IPAddress
    own: frozenset[IPAddress]
    cluster: ClusterMaps
    endpoints: dict[IPAddress, Endpoint] = field(default_factory=dict)
    frontends: dict[FrontendKey, Frontend] = field(default_factory=dict)
    node_ports: dict[tuple[int, Protocol], Frontend] = field(default_factory=dict)
    host_ports: dict[tuple[int, Protocol], Frontend] = field(default_factory=dict)

    def on_own_address(self, port: int, protocol: Protocol) -> Frontend | None:
        """What answers on an address of this machine."""
        return self.host_ports.get((port, protocol)) or self.node_ports.get((port, protocol))

    def is_node(self, address: IPAddress) -> bool:
        """Whether the address is this machine's or that of another node."""
        if address in self.own:
            return True
        known = self.cluster.ipcache.get(address)
        return known is not None and known.identity in (HOST_IDENTITY, REMOTE_NODE_IDENTITY)
