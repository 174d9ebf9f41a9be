"""The iptables rules that Cilium still needs: masquerading, and leave to forward.

Source: cilium/cilium pkg/datapath/iptables/iptables.go. The SNAT rules for what enters cilium_host with a loopback
source or after a hairpin are left out: neither arises where Services are translated at connect().
"""

from __future__ import annotations

from ipaddress import IPv4Network

from netsim.linux.ipset import Entry, IpSet, SetType
from netsim.linux.namespace import NetworkNamespace
from netsim.linux.netfilter import (
    Accept,
    Comment,
    Destination,
    InInterface,
    Jump,
    MarkIs,
    Masquerade,
    OutInterface,
    Source,
)
from netsim.linux.netfilter.sets import InSet
from netsim.packet import IPAddress

NODE_SET = "cilium_node_set_v4"
PROXY_MARK, PROXY_MASK = 0xA00, 0xE00


def add_masquerade_rules(
    namespace: NetworkNamespace, pods: IPv4Network, unchanged: IPv4Network, nodes: tuple[IPAddress, ...]
) -> None:
    """CILIUM_POST_nat: what the node's Pods send elsewhere than to ``unchanged``, ``nodes`` or into a tunnel."""
    nat = namespace.netfilter.table("nat")
    nat.chain("POSTROUTING").prepend(Jump("CILIUM_POST_nat"), Comment("cilium-feeder: CILIUM_POST_nat"))
    chain = nat.chain("CILIUM_POST_nat")
    if nodes:
        entries = {Entry(address=address) for address in nodes}
        ipset = namespace.add_ipset(IpSet(NODE_SET, SetType.HASH_IP, 4, entries))
        comment = Comment("exclude traffic to cluster nodes from masquerade")
        chain.append(Accept(), Source(pods), InSet(ipset, ("dst",)), comment)
    chain.append(
        Masquerade(), Source(pods), Destination(unchanged, negate=True), OutInterface("cilium_+", negate=True),
        Comment("cilium masquerade non-cluster"),
    )  # fmt: skip
    chain.append(Accept(), MarkIs(PROXY_MARK, PROXY_MASK), Comment("exclude proxy return traffic from masquerade"))


def add_forward_rules(namespace: NetworkNamespace) -> None:
    """CILIUM_FORWARD: whatever the policy of FORWARD is."""
    table = namespace.netfilter.table("filter")
    table.chain("FORWARD").prepend(Jump("CILIUM_FORWARD"), Comment("cilium-feeder: CILIUM_FORWARD"))
    chain = table.chain("CILIUM_FORWARD")
    for match, words in (
        (OutInterface("cilium_host"), "any->cluster on cilium_host forward accept"),
        (InInterface("cilium_host"), "cluster->any on cilium_host forward accept (nodeport)"),
        (InInterface("lxc+"), "cluster->any on lxc+ forward accept"),
        (InInterface("cilium_net"), "cluster->any on cilium_net forward accept (nodeport)"),
    ):
        chain.append(Accept(), match, Comment(f"cilium: {words}"))
