"""Felix's rules that are not about policy: spoofing checks and NOTRACK in raw, masquerade in nat.

Sources: projectcalico/calico felix/rules/static.go (StaticRawTableChains, StaticNATTableChains) and nat.go, and the
dump felix/fv/cali-iptables-dump.txt; the marks are those of the default IptablesMarkMask 0xffff0000.
"""

from __future__ import annotations

from ipaddress import IPv4Network

from netsim.cni.calico_names import WORKLOAD_PREFIX
from netsim.cni.felix import FelixChain
from netsim.linux.ipset import Entry, IpSet, SetType
from netsim.linux.namespace import NetworkNamespace
from netsim.linux.netfilter import (
    Accept,
    DestinationPort,
    Drop,
    InInterface,
    Jump,
    MarkIs,
    Masquerade,
    NoTrack,
    OutInterface,
    ProtocolIs,
    ReversePathFails,
    SetMark,
    SourceIsLocal,
)
from netsim.linux.netfilter.sets import InSet
from netsim.packet import Protocol

ALL_MARKS = 0xF0000
MARK_ACCEPT = 0x10000
MARK_FROM_WORKLOAD = 0x40000
WORKLOADS = f"{WORKLOAD_PREFIX}+"
ALL_POOLS, MASQUERADED_POOLS = "cali40all-ipam-pools", "cali40masq-ipam-pools"


class FelixRules:
    """What Felix writes on every node of a cluster."""

    def __init__(
        self, pools: tuple[IPv4Network, ...], tunnel: str | None, *, nat_outgoing: bool, vxlan_port: int | None
    ) -> None:
        """``tunnel`` is the device of the overlay; ``vxlan_port`` None where there is no VXLAN."""
        self.pools = pools
        self.tunnel = tunnel
        self.nat_outgoing = nat_outgoing
        self.vxlan_port = vxlan_port

    def write(self, namespace: NetworkNamespace) -> None:
        """Add the IP sets and rules to a node that already has kube-proxy's."""
        self._write_raw(namespace)
        self._write_nat(namespace)

    def _write_raw(self, namespace: NetworkNamespace) -> None:
        raw = namespace.netfilter.table("raw")
        for base in ("PREROUTING", "OUTPUT"):
            FelixChain(raw, base).insert(Jump(f"cali-{base}"))
        for empty in ("cali-rpf-skip", "cali-from-host-endpoint", "cali-to-host-endpoint"):
            raw.chain(empty)
        from_workload = MarkIs(MARK_FROM_WORKLOAD, MARK_FROM_WORKLOAD)
        prerouting = FelixChain(raw, "cali-PREROUTING")
        prerouting.append(SetMark(0, ALL_MARKS))
        self._leave_vxlan_untracked(prerouting)
        prerouting.append(SetMark(MARK_FROM_WORKLOAD, MARK_FROM_WORKLOAD), InInterface(WORKLOADS))
        prerouting.append(Jump("cali-rpf-skip"), from_workload)
        prerouting.append(Drop(), from_workload, ReversePathFails())
        prerouting.append(Jump("cali-from-host-endpoint"), MarkIs(0, MARK_FROM_WORKLOAD))
        prerouting.append(Accept(), MarkIs(MARK_ACCEPT, MARK_ACCEPT))
        output = FelixChain(raw, "cali-OUTPUT")
        output.append(SetMark(0, ALL_MARKS))
        output.append(Jump("cali-to-host-endpoint"))
        self._leave_vxlan_untracked(output)
        output.append(Accept(), MarkIs(MARK_ACCEPT, MARK_ACCEPT))

    def _leave_vxlan_untracked(self, chain: FelixChain) -> None:
        """The outer packets of two directions never have the same ports, so that tracking them is of no use."""
        if self.vxlan_port is not None:
            udp = Protocol.UDP
            chain.append(NoTrack(), ProtocolIs(udp), DestinationPort(udp, self.vxlan_port))

    def _write_nat(self, namespace: NetworkNamespace) -> None:
        nat = namespace.netfilter.table("nat")
        for base in ("PREROUTING", "OUTPUT", "POSTROUTING"):
            FelixChain(nat, base).insert(Jump(f"cali-{base}"))
        for empty in ("cali-fip-dnat", "cali-fip-snat"):
            nat.chain(empty)
        for chain in ("cali-PREROUTING", "cali-OUTPUT"):
            FelixChain(nat, chain).append(Jump("cali-fip-dnat"))
        outgoing = FelixChain(nat, "cali-nat-outgoing")
        every, masqueraded = self._add_pools(namespace)
        if self.nat_outgoing:
            outgoing.append(
                Masquerade(random_fully=True), InSet(masqueraded, ("src",)), InSet(every, ("dst",), negate=True)
            )
        postrouting = FelixChain(nat, "cali-POSTROUTING")
        postrouting.append(Jump("cali-fip-snat"))
        postrouting.append(Jump("cali-nat-outgoing"))
        if self.tunnel is not None:
            postrouting.append(
                Masquerade(random_fully=True),
                OutInterface(self.tunnel),
                SourceIsLocal(negate=True, on_out_interface=True),
                SourceIsLocal(),
            )

    def _add_pools(self, namespace: NetworkNamespace) -> tuple[IpSet, IpSet]:
        """All pools, and those with ``natOutgoing``."""
        entries = [Entry(pool) for pool in self.pools]
        return (
            namespace.add_ipset(IpSet(ALL_POOLS, SetType.HASH_NET, entries=entries)),
            namespace.add_ipset(
                IpSet(MASQUERADED_POOLS, SetType.HASH_NET, entries=entries if self.nat_outgoing else ())
            ),
        )
