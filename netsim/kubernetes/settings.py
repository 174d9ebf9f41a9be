"""The ClusterNetwork document: cluster settings that no Kubernetes object holds, with their defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address
from typing import Literal

from netsim.kubernetes.objects import IPAddress, IPNetwork, Source


class CniPlugin(StrEnum):
    BRIDGE = "bridge"
    FLANNEL = "flannel"
    CALICO = "calico"
    WEAVE = "weave"
    CILIUM = "cilium"


BACKENDS: Mapping[CniPlugin, tuple[str, ...]] = {
    CniPlugin.BRIDGE: (),
    CniPlugin.FLANNEL: ("vxlan", "host-gw", "wireguard", "ipip"),
    CniPlugin.CALICO: ("none", "ipip", "vxlan", "cross-subnet"),
    CniPlugin.WEAVE: ("fastdp", "sleeve"),
    CniPlugin.CILIUM: ("vxlan", "native"),
}
"""The backends of each plugin, its default first."""

POLICY_PLUGINS = (CniPlugin.CALICO, CniPlugin.WEAVE, CniPlugin.CILIUM)
"""The plugins that bring an agent of their own which enforces NetworkPolicy."""

DEFAULT_POD_CIDRS: Mapping[CniPlugin, tuple[IPNetwork, ...]] = {CniPlugin.WEAVE: (IPv4Network("10.32.0.0/12"),)}
"""The Pod ranges of plugins that bring their own where nothing else is written (Weave's IPALLOC_RANGE)."""

OptionValue = str | int | bool


@dataclass(frozen=True, slots=True)
class CniSettings:
    """`backend` is "" for plugins that have one way only; `options` are the plugin's own, checked by its planner."""

    plugin: CniPlugin = CniPlugin.FLANNEL
    backend: str = "vxlan"
    options: Mapping[str, OptionValue] = field(default_factory=dict, hash=False)


class ProxyMode(StrEnum):
    """NONE means that the CNI plugin replaces kube-proxy, or nothing does."""

    IPTABLES = "iptables"
    NFTABLES = "nftables"
    IPVS = "ipvs"
    NONE = "none"


class LocalDetector(StrEnum):
    """How kube-proxy tells Pod traffic from the rest (kubeproxy.config.k8s.io/v1alpha1 LocalMode); NONE: it cannot."""

    CLUSTER_CIDR = "ClusterCIDR"
    NODE_CIDR = "NodeCIDR"
    BRIDGE_INTERFACE = "BridgeInterface"
    INTERFACE_NAME_PREFIX = "InterfaceNamePrefix"
    NONE = "None"


@dataclass(frozen=True, slots=True)
class ProxySettings:
    """`cluster_cidrs` are the Pod ranges unless given; `pod_interface` is the device, or with `+` the devices, that the
    two detectors by interface look at; `node_port_addresses` None is the default of the mode."""

    mode: ProxyMode = ProxyMode.IPTABLES
    masquerade_all: bool = False
    local_detector: LocalDetector = LocalDetector.CLUSTER_CIDR
    cluster_cidrs: tuple[IPNetwork, ...] = ()
    pod_interface: str | None = None
    node_port_addresses: tuple[IPNetwork, ...] | Literal["primary"] | None = None
    localhost_node_ports: bool = True


@dataclass(frozen=True, slots=True)
class Subnet:
    """A layer-2 network that nodes stand in; `gateway` is the router's address in it."""

    name: str
    cidr: IPNetwork
    gateway: IPAddress


@dataclass(frozen=True, slots=True)
class Underlay:
    """The network between the nodes: one subnet, or several with a router between them. `mtu` in bytes."""

    subnets: tuple[Subnet, ...] = (Subnet("underlay", IPv4Network("192.168.1.0/24"), IPv4Address("192.168.1.1")),)
    mtu: int = 1500

    def subnet_of(self, address: IPAddress) -> Subnet | None:
        """Find the subnet that `address` belongs to; None if it is in none of them."""
        return next((subnet for subnet in self.subnets if address in subnet.cidr), None)


@dataclass(frozen=True, slots=True)
class Fault:
    """A named fault with its parameters, as written under `faults`."""

    name: str
    options: Mapping[str, OptionValue] = field(default_factory=dict, hash=False)


EXTERNAL_CLIENTS: dict[int, IPAddress] = {4: IPv4Address("203.0.113.50"), 6: IPv6Address("2001:db8:203:113::50")}
"""The machine outside by IP version: addresses for documentation (RFC 5737, RFC 3849).

Unless the document gives another one, it has that of the first Pod range's version, and beside it that of the other
version where nodes have both."""


@dataclass(frozen=True, slots=True)
class ClusterNetwork:
    """The whole document. `policy_enforcement` None: as the plugin does; `written`: the keys that were given.

    `cluster_dns` is clusterDNS of the kubelets; empty: the address of Service kube-system/kube-dns.
    """

    name: str = "cluster"
    cni: CniSettings = CniSettings()
    proxy: ProxySettings = ProxySettings()
    pod_cidrs: tuple[IPNetwork, ...] = (IPv4Network("10.244.0.0/16"),)
    service_cidrs: tuple[IPNetwork, ...] = (IPv4Network("10.96.0.0/12"),)
    cluster_domain: str = "cluster.local"
    cluster_dns: tuple[IPAddress, ...] = ()
    underlay: Underlay = Underlay()
    external_client: IPAddress = EXTERNAL_CLIENTS[4]
    policy_enforcement: bool | None = None
    faults: tuple[Fault, ...] = ()
    written: frozenset[str] = frozenset()
    source: Source = field(default=Source("<defaults>", 0), compare=False)

    @property
    def enforces_policy(self) -> bool:
        """Whether policies take effect: as written, else as the plugin does.

        Where no plugin is written either, the cluster is as k3s sets one up: flannel, and beside it kube-router's
        policy controller.
        """
        if self.policy_enforcement is not None:
            return self.policy_enforcement
        return self.cni.plugin in POLICY_PLUGINS or "cni" not in self.written

    @property
    def enforces_cluster_policy(self) -> bool:
        """Whether ClusterNetworkPolicy takes effect as well: weave-npc is older than it."""
        return self.enforces_policy and self.cni.plugin is not CniPlugin.WEAVE
