"""kube-proxy's settings on one node, in whichever mode it runs.

Sources: cmd/kube-proxy/app/server_linux.go (getLocalDetectors), pkg/proxy/util/localdetector.go, nodeport_addresses.go.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network, ip_network

from netsim.kubernetes.cluster import Cluster
from netsim.kubernetes.objects import Node
from netsim.kubernetes.settings import LocalDetector, ProxySettings
from netsim.linux.namespace import NetworkNamespace
from netsim.linux.netfilter import InInterface, Match, Source
from netsim.linux.routing import EVERYWHERE, IPNetwork
from netsim.packet import IPAddress

MASQUERADE_MARK = 0x4000
LOOPBACK = IPv4Network("127.0.0.0/8")
NO_NODE_IP = {4: "127.0.0.1", 6: "::1"}
"""What kube-proxy takes for the node's address in an IP family that it has none of (detectNodeIPs)."""


@dataclass(frozen=True, slots=True)
class ProxyConfig:
    """kube-proxy on one node, for one IP family.

    Pod traffic is told from other traffic by its source, ``pod_range``, or by the device it comes from,
    ``pod_interface`` (``+`` at its end stands for any ending); where both are None it cannot be. ``node_port_ips``
    None: node ports are open on every address of the node.
    """

    version: int
    node_name: str
    node_ip: IPAddress | None
    zone: str = ""
    masquerade_all: bool = False
    pod_range: IPNetwork | None = None
    pod_interface: str | None = None
    localhost_node_ports: bool = True
    node_port_ips: tuple[IPAddress, ...] | None = None

    def pod_traffic(self, negate: bool = False) -> Match | None:
        """The match for what comes from Pods, or with ``negate`` from elsewhere; None where that cannot be told."""
        if self.pod_range is not None:
            return Source(self.pod_range, negate)
        return None if self.pod_interface is None else InInterface(self.pod_interface, negate)


def proxy_config(namespace: NetworkNamespace, node: Node, cluster: Cluster, version: int) -> ProxyConfig:
    """kube-proxy's settings on one node; its own addresses come from the node's devices."""
    settings = cluster.settings.proxy
    primary = next((address for address in node.addresses if address.version == version), None)
    ranges = _node_port_ranges(settings, primary, version)
    return ProxyConfig(
        version=version,
        node_name=node.name,
        node_ip=primary,
        zone=node.zone,
        masquerade_all=settings.masquerade_all,
        pod_range=_pod_range(settings, node, cluster.settings.pod_cidrs, version),
        pod_interface=settings.pod_interface,
        localhost_node_ports=(
            version == 4 and settings.localhost_node_ports and any(each.overlaps(LOOPBACK) for each in ranges)
        ),
        node_port_ips=None if any(each.prefixlen == 0 for each in ranges) else _own_addresses(namespace, ranges),
    )


def _pod_range(settings: ProxySettings, node: Node, pod_cidrs: tuple[IPNetwork, ...], version: int) -> IPNetwork | None:
    """The source range by which Pod traffic is told from the rest; None where it cannot be (pkg/proxy/util
    LocalTrafficDetector)."""
    candidates: tuple[IPNetwork, ...] = ()
    if settings.local_detector is LocalDetector.CLUSTER_CIDR:
        candidates = settings.cluster_cidrs or pod_cidrs
    elif settings.local_detector is LocalDetector.NODE_CIDR:
        candidates = node.pod_cidrs
    return next((each for each in candidates if each.version == version), None)


def _node_port_ranges(settings: ProxySettings, primary: IPAddress | None, version: int) -> tuple[IPNetwork, ...]:
    """The ranges of nodePortAddresses in one IP family; everything where none is given (NewNodePortAddresses)."""
    if settings.node_port_addresses == "primary":
        return (ip_network(primary or NO_NODE_IP[version]),)
    given = settings.node_port_addresses if isinstance(settings.node_port_addresses, tuple) else ()
    ranges = tuple(each for each in given if each.version == version)
    return ranges or (EVERYWHERE[version],)


def _own_addresses(namespace: NetworkNamespace, ranges: tuple[IPNetwork, ...]) -> tuple[IPAddress, ...]:
    """The namespace's addresses within the ranges, range by range (GetNodeIPs)."""
    own = [address.ip for interface in namespace.interfaces.values() for address in interface.addresses]
    return tuple(dict.fromkeys(ip for each in ranges for ip in own if ip in each))
