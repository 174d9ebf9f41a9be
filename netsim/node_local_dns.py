"""What NodeLocal DNSCache does to its node: a device with its addresses, and rules that spare DNS connection tracking.

Source: kubernetes/dns cmd/node-cache/app (cache_app.go): the device ``nodelocaldns`` and its iptables rules.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_interface, ip_network

from netsim.device_names import virtual_mac
from netsim.kubernetes.cluster import Cluster
from netsim.kubernetes.dns.nodelocal import DEVICE, local_addresses
from netsim.kubernetes.dns.roles import is_node_local_dns
from netsim.kubernetes.objects import Node
from netsim.linux.interfaces import Dummy
from netsim.linux.namespace import NetworkNamespace
from netsim.linux.netfilter import (
    Accept,
    Comment,
    Destination,
    DestinationPort,
    Match,
    NoTrack,
    ProtocolIs,
    Source,
    SourcePort,
)
from netsim.packet import IPAddress, Protocol

PORT = 53
SKIP = Comment("NodeLocal DNS Cache: skip conntrack")
ALLOW = Comment("NodeLocal DNS Cache: allow DNS traffic")


def plan_node_local_dns(namespace: NetworkNamespace, cluster: Cluster, node: Node) -> None:
    """Add the cache's device and rules where one of its Pods runs on the node; after kube-proxy, whose rules it
    precedes."""
    if not any(is_node_local_dns(pod) for pod in cluster.pods_on(node.name)):
        return
    addresses = local_addresses(cluster)
    hosts = tuple(ip_interface(f"{address}/{address.max_prefixlen}") for address in addresses)
    namespace.add_interface(Dummy(name=DEVICE, mac=virtual_mac(f"{node.name}/{DEVICE}"), addresses=hosts))
    for address in addresses:
        for protocol in (Protocol.TCP, Protocol.UDP):
            _plan_rules(namespace, address, protocol)


def _plan_rules(namespace: NetworkNamespace, address: IPAddress, protocol: Protocol) -> None:
    """Queries and answers are not tracked, so that no rule of the nat table is asked about them, and accepted."""
    raw, filter_table = (namespace.netfilter.table(name, address.version) for name in ("raw", "filter"))
    asked, answered = tuple(_to(address, protocol)), tuple(_from(address, protocol))
    raw.chain("PREROUTING").prepend(NoTrack(), *asked, SKIP)
    raw.chain("OUTPUT").prepend(NoTrack(), *asked, SKIP)
    raw.chain("OUTPUT").prepend(NoTrack(), *answered, SKIP)
    filter_table.chain("INPUT").prepend(Accept(), *asked, ALLOW)
    filter_table.chain("OUTPUT").prepend(Accept(), *answered, ALLOW)


def _to(address: IPAddress, protocol: Protocol) -> Iterator[Match]:
    yield from (Destination(ip_network(address)), ProtocolIs(protocol), DestinationPort(protocol, PORT))


def _from(address: IPAddress, protocol: Protocol) -> Iterator[Match]:
    yield from (Source(ip_network(address)), ProtocolIs(protocol), SourcePort(protocol, PORT))
