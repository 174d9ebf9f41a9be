"""kube-proxy in ipvs mode: the iptables rules around IPVS, which masquerade, filter, and ask the IP sets.

Source: pkg/proxy/ipvs/proxier.go (iptablesJumpChain, ipsetWithIptablesChain, writeIptablesRules). Matches stand in the
order in which iptables-save prints them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_network

from netsim.linux.ipset import IpSet
from netsim.linux.ipvs import VirtualAddress
from netsim.linux.netfilter import (
    Accept,
    Comment,
    ConnectionState,
    Destination,
    DestinationIsLocal,
    Drop,
    Jump,
    MarkIs,
    Masquerade,
    Match,
    Netfilter,
    ProtocolIs,
    Reject,
    Return,
    SetMark,
    Source,
    SourceIsLocal,
    StateIs,
    Target,
)
from netsim.linux.netfilter.ipvs import VirtualServerIs
from netsim.linux.netfilter.physdev import PhysdevIsIn
from netsim.linux.netfilter.sets import InSet
from netsim.packet import Protocol
from netsim.proxy import ipvs_sets as sets
from netsim.proxy.config import LOOPBACK, MASQUERADE_MARK, ProxyConfig

MARK_MASQUERADE = Jump("KUBE-MARK-MASQ")

JUMPS = (
    ("filter", "INPUT", "KUBE-FIREWALL", ""),
    ("filter", "OUTPUT", "KUBE-FIREWALL", ""),
    ("nat", "OUTPUT", "KUBE-SERVICES", "kubernetes service portals"),
    ("nat", "PREROUTING", "KUBE-SERVICES", "kubernetes service portals"),
    ("nat", "POSTROUTING", "KUBE-POSTROUTING", "kubernetes postrouting rules"),
    ("filter", "FORWARD", "KUBE-FORWARD", "kubernetes forwarding rules"),
    ("filter", "INPUT", "KUBE-NODE-PORT", "kubernetes health check rules"),
    ("filter", "INPUT", "KUBE-PROXY-FIREWALL", "kube-proxy firewall rules"),
    ("filter", "FORWARD", "KUBE-PROXY-FIREWALL", "kube-proxy firewall rules"),
    ("filter", "INPUT", "KUBE-IPVS-FILTER", "kubernetes ipvs access filter"),
    ("filter", "OUTPUT", "KUBE-IPVS-OUT-FILTER", "kubernetes ipvs access filter"),
)
"""Table, built-in chain, chain jumped to, comment: each is put before what is there. KUBE-FIREWALL is kubelet's."""

OWN_CHAINS = (("nat", "KUBE-LOAD-BALANCER"), ("nat", "KUBE-NODE-PORT"), ("nat", "KUBE-MARK-MASQ"),
              ("filter", "KUBE-SOURCE-RANGES-FIREWALL"))  # fmt: skip
"""Chains that no built-in chain jumps to."""

TO = ("dst", "dst")
TO_FROM = ("dst", "dst", "src")
TO_PORT = ("dst",)

BY_SET: tuple[tuple[str, str, str, Target, tuple[str, ...], Protocol | None], ...] = (
    (sets.LOOP_BACK, "nat", "KUBE-POSTROUTING", Masquerade(), TO_FROM, None),
    (sets.LOAD_BALANCER, "nat", "KUBE-SERVICES", Jump("KUBE-LOAD-BALANCER"), TO, None),
    (sets.LOAD_BALANCER_LOCAL, "nat", "KUBE-LOAD-BALANCER", Return(), TO, None),
    (sets.NODE_PORT_LOCAL_TCP, "nat", "KUBE-NODE-PORT", Return(), TO_PORT, Protocol.TCP),
    (sets.NODE_PORT_TCP, "nat", "KUBE-NODE-PORT", MARK_MASQUERADE, TO_PORT, Protocol.TCP),
    (sets.NODE_PORT_LOCAL_UDP, "nat", "KUBE-NODE-PORT", Return(), TO_PORT, Protocol.UDP),
    (sets.NODE_PORT_UDP, "nat", "KUBE-NODE-PORT", MARK_MASQUERADE, TO_PORT, Protocol.UDP),
    (sets.NODE_PORT_LOCAL_SCTP, "nat", "KUBE-NODE-PORT", Return(), TO, Protocol.SCTP),
    (sets.NODE_PORT_SCTP, "nat", "KUBE-NODE-PORT", MARK_MASQUERADE, TO, Protocol.SCTP),
    (sets.LOAD_BALANCER_FW, "filter", "KUBE-PROXY-FIREWALL", Jump("KUBE-SOURCE-RANGES-FIREWALL"), TO, None),
    (sets.LOAD_BALANCER_SOURCE_CIDR, "filter", "KUBE-SOURCE-RANGES-FIREWALL", Return(), TO_FROM, None),
    (sets.LOAD_BALANCER_SOURCE_IP, "filter", "KUBE-SOURCE-RANGES-FIREWALL", Return(), TO_FROM, None),
)
"""Set, table, chain, target, directions, protocol: the rule is there while the set is not empty."""


@dataclass(frozen=True, slots=True)
class IpvsRules:
    """Writes the rules of one IP family. ``closed_to_nodes`` are balancer addresses that the node may not call."""

    netfilter: Netfilter
    sets: Mapping[str, IpSet]
    config: ProxyConfig
    closed_to_nodes: tuple[VirtualAddress, ...]

    def write(self) -> None:
        """All rules, in kube-proxy's order."""
        self._make_chains()
        self._add("nat", "KUBE-SERVICES", Return(), Source(LOOPBACK if self.config.version == 4 else ip_network("::1")))
        for name, table, chain, target, directions, protocol in BY_SET:
            if len(self.sets[name]):
                which: tuple[Match, ...] = () if protocol is None else (ProtocolIs(protocol),)
                self._add(table, chain, target, *which, *self._asks(name, directions))
        self._masquerade_cluster_ips()
        self._capture_external_ips()
        self._add("nat", "KUBE-SERVICES", Jump("KUBE-NODE-PORT"), DestinationIsLocal())
        self._add("nat", "KUBE-LOAD-BALANCER", MARK_MASQUERADE)
        self._add("filter", "KUBE-SOURCE-RANGES-FIREWALL", Drop())
        for virtual in self.closed_to_nodes:
            self._add("filter", "KUBE-IPVS-OUT-FILTER", Drop(), Source(ip_network(virtual.address)),
                      VirtualServerIs(virtual.protocol, virtual.address, virtual.port))  # fmt: skip
        for name in (sets.CLUSTER_IP, sets.LOAD_BALANCER):
            if len(self.sets[name]):
                self._add("nat", "KUBE-SERVICES", Accept(), InSet(self.sets[name], TO))
        self._forward()
        self._guard_local_ports()
        self._masquerade_marked()

    def _add(self, table: str, chain: str, target: Target, *matches: Match) -> None:
        self.netfilter.table(table, self.config.version).chain(chain).append(target, *matches)

    def _asks(self, name: str, directions: tuple[str, ...]) -> tuple[Match, ...]:
        return Comment(sets.COMMENTS[name]), InSet(self.sets[name], directions)

    def _make_chains(self) -> None:
        for table, chain in OWN_CHAINS:
            self.netfilter.table(table, self.config.version).chain(chain)
        for name, base, chain, comment in JUMPS:
            table_of = self.netfilter.table(name, self.config.version)
            table_of.chain(chain)
            table_of.chain(base).prepend(Jump(chain), *((Comment(comment),) if comment else ()))
        if self.config.version == 4:
            known = frozenset({ConnectionState.RELATED, ConnectionState.ESTABLISHED, ConnectionState.DNAT})
            self._add(
                "filter", "KUBE-FIREWALL", Drop(), Source(LOOPBACK, negate=True), Destination(LOOPBACK),
                Comment("block incoming localnet connections"), StateIs(known, negate=True),
            )  # fmt: skip

    def _masquerade_cluster_ips(self) -> None:
        """What comes to a ClusterIP from outside the Pods; the node itself calls it with the address as its source."""
        if not len(self.sets[sets.CLUSTER_IP]):
            return
        from_elsewhere = self.config.pod_traffic(negate=True)
        if self.config.masquerade_all:
            self._add("nat", "KUBE-SERVICES", MARK_MASQUERADE, *self._asks(sets.CLUSTER_IP, TO))
        elif from_elsewhere is not None:
            self._add("nat", "KUBE-SERVICES", MARK_MASQUERADE, from_elsewhere, *self._asks(sets.CLUSTER_IP, TO))
        else:
            self._add("nat", "KUBE-SERVICES", MARK_MASQUERADE, *self._asks(sets.CLUSTER_IP, ("src", "dst")))

    def _capture_external_ips(self) -> None:
        for name in (sets.EXTERNAL_IP, sets.EXTERNAL_IP_LOCAL):
            if not len(self.sets[name]):
                continue
            asks = self._asks(name, TO)
            if name == sets.EXTERNAL_IP:
                self._add("nat", "KUBE-SERVICES", MARK_MASQUERADE, *asks)
            self._add("nat", "KUBE-SERVICES", Accept(), *asks, PhysdevIsIn(negate=True), SourceIsLocal(negate=True))
            self._add("nat", "KUBE-SERVICES", Accept(), *asks, DestinationIsLocal())

    def _forward(self) -> None:
        marked = MarkIs(MASQUERADE_MARK, MASQUERADE_MARK)
        self._add("filter", "KUBE-FORWARD", Accept(), Comment("kubernetes forwarding rules"), marked)
        known = StateIs(frozenset({ConnectionState.RELATED, ConnectionState.ESTABLISHED}))
        self._add("filter", "KUBE-FORWARD", Accept(), Comment("kubernetes forwarding conntrack rule"), known)

    def _guard_local_ports(self) -> None:
        """Nothing of the node answers on a virtual address but what a Service says (KUBE-IPVS-FILTER, 1.27)."""
        self._add("filter", "KUBE-NODE-PORT", Accept(), *self._asks(sets.HEALTH_CHECK_NODE_PORT, TO_PORT))
        for name in (sets.LOAD_BALANCER, sets.CLUSTER_IP, sets.EXTERNAL_IP, sets.EXTERNAL_IP_LOCAL):
            self._add("filter", "KUBE-IPVS-FILTER", Return(), InSet(self.sets[name], TO))
        self._add("filter", "KUBE-IPVS-FILTER", Return(), InSet(self.sets[sets.HEALTH_CHECK_NODE_PORT], TO_PORT))
        self._add("filter", "KUBE-IPVS-FILTER", Reject(version=self.config.version),
                  StateIs(frozenset({ConnectionState.NEW})), InSet(self.sets[sets.IPVS_IPS], TO_PORT))  # fmt: skip

    def _masquerade_marked(self) -> None:
        unmarked = MarkIs(MASQUERADE_MARK, MASQUERADE_MARK, negate=True)
        self._add("nat", "KUBE-POSTROUTING", Return(), unmarked)
        self._add("nat", "KUBE-POSTROUTING", SetMark(MASQUERADE_MARK, 0))
        comment = Comment("kubernetes service traffic requiring SNAT")
        self._add("nat", "KUBE-POSTROUTING", Masquerade(random_fully=True), comment)
        self._add("nat", "KUBE-MARK-MASQ", SetMark(MASQUERADE_MARK, MASQUERADE_MARK))
