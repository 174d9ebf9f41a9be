"""The iptables rules of flanneld, which all backends share.

Source: flannel-io/flannel pkg/trafficmngr/iptables/iptables.go (masqRules, masqIP6Rules, forwardRules).
"""

from __future__ import annotations

from netsim.cni.masquerade import MULTICAST
from netsim.linux.namespace import NetworkNamespace
from netsim.linux.netfilter import (
    Accept,
    Comment,
    Destination,
    Jump,
    MarkIs,
    Masquerade,
    Return,
    Source,
)
from netsim.linux.routing import IPNetwork

PROXY_MARK = 0x4000


def add_masquerade_rules(namespace: NetworkNamespace, cluster: IPNetwork, subnet: IPNetwork) -> None:
    """FLANNEL-POSTRTG: what leaves the cluster, or enters the overlay from a node itself, gets the node's address."""
    nat = namespace.netfilter.table("nat", cluster.version)
    comment = Comment("flanneld masq")
    nat.chain("POSTROUTING").append(Jump("FLANNEL-POSTRTG"), comment)
    chain = nat.chain("FLANNEL-POSTRTG")
    multicast = MULTICAST[cluster.version]
    chain.append(Return(), MarkIs(PROXY_MARK, PROXY_MARK), comment)
    chain.append(Return(), Source(subnet), Destination(cluster), comment)
    chain.append(Return(), Source(cluster), Destination(subnet), comment)
    chain.append(Return(), Source(cluster, negate=True), Destination(subnet), comment)
    chain.append(Masquerade(random_fully=True), Source(cluster), Destination(multicast, negate=True), comment)
    chain.append(Masquerade(random_fully=True), Source(cluster, negate=True), Destination(cluster), comment)


def add_forward_rules(namespace: NetworkNamespace, cluster: IPNetwork) -> None:
    """FLANNEL-FWD: Pod traffic is forwarded whatever the policy of FORWARD is."""
    filter_table = namespace.netfilter.table("filter", cluster.version)
    comment = Comment("flanneld forward")
    filter_table.chain("FORWARD").append(Jump("FLANNEL-FWD"), comment)
    chain = filter_table.chain("FLANNEL-FWD")
    chain.append(Accept(), Source(cluster), comment)
    chain.append(Accept(), Destination(cluster), comment)
