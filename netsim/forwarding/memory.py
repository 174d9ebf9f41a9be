"""What kernels remember from one packet to the next."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from netsim.linux.bpf import ProgramMap
from netsim.linux.conntrack import Connection, ConntrackTable
from netsim.linux.ipvs import BalancerMemory
from netsim.linux.namespace import NetworkNamespace
from netsim.packet import IPAddress


@dataclass(slots=True)
class Memory:
    """Connection tracking tables by namespace, those of netfilter and those that eBPF programs keep, and by
    (namespace, destination) the path MTU, in bytes, that an ICMP error told (``ip route get`` shows it as a cached
    exception). ``program_maps`` is what the programs of a machine keep beside; ``remembered`` are the source addresses
    that rules put into the lists of a namespace, by the list's name (``-m recent``, sets of nftables that rules fill);
    ``balancer`` is what each namespace's IPVS knows."""

    conntrack: dict[str, ConntrackTable] = field(default_factory=dict)
    program_connections: defaultdict[str, ConntrackTable] = field(default_factory=lambda: defaultdict(ConntrackTable))
    program_maps: defaultdict[str, ProgramMap] = field(default_factory=lambda: defaultdict(dict))
    remembered: defaultdict[str, dict[str, set[int]]] = field(default_factory=lambda: defaultdict(dict))
    balancer: defaultdict[str, BalancerMemory] = field(default_factory=lambda: defaultdict(BalancerMemory))
    path_mtu: dict[tuple[str, IPAddress], int] = field(default_factory=dict)

    def connections(self, namespace: NetworkNamespace) -> ConntrackTable:
        """The table of a namespace; at first it holds what the namespace knows from before."""
        table = self.conntrack.get(namespace.name)
        if table is None:
            table = self.conntrack[namespace.name] = ConntrackTable()
            for original, reply in namespace.old_connections:
                table.confirm(Connection(original, reply, replied=True))
        return table
