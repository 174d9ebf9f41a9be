"""One network namespace: everything that a single Linux network stack knows."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from ipaddress import IPv4Interface, IPv6Interface
from typing import NamedTuple

from netsim.linux.bpf import Programs
from netsim.linux.conntrack import FlowTuple
from netsim.linux.interfaces import Interface, Loopback
from netsim.linux.ipset import IpSet
from netsim.linux.netfilter import Netfilter
from netsim.linux.routing import Route, RoutingTable, Scope
from netsim.packet import IPAddress, Protocol

SYSCTL_DEFAULTS = {
    "net.ipv4.ip_forward": 0,
    "net.ipv6.conf.all.forwarding": 0,
    "net.ipv4.conf.all.route_localnet": 0,
    "net.ipv4.conf.all.rp_filter": 0,
    "net.bridge.bridge-nf-call-iptables": 1,
    "net.bridge.bridge-nf-call-ip6tables": 1,
}
"""What a new namespace has, with br_netfilter loaded (Documentation/networking/ip-sysctl.rst)."""


class FdbEntry(NamedTuple):
    """A permanent line of ``bridge fdb``: frames to ``mac`` leave ``device`` towards ``remote``."""

    mac: str
    device: str
    remote: IPAddress


class Neighbour(NamedTuple):
    """A permanent line of ``ip neigh``; the others are found by asking the link."""

    address: IPAddress
    device: str
    mac: str


@dataclass(frozen=True, slots=True)
class Socket:
    """A process that listens. ``address`` None means every address of the namespace."""

    protocol: Protocol
    port: int
    process: str
    address: IPAddress | None = None


LOOPBACK_ADDRESSES = (IPv4Interface("127.0.0.1/8"), IPv6Interface("::1/128"))


@dataclass(slots=True)
class NetworkNamespace:
    """``name`` is unique in the network; ``node`` is the machine that it lives on, None outside the cluster.

    ``old_connections`` are the (original, reply) tuples of conntrack entries from before the first packet;
    ``pod`` is (namespace, name) where the namespace belongs to a Pod.
    """

    name: str
    node: str | None = None
    pod: tuple[str, str] | None = None
    interfaces: dict[str, Interface] = field(default_factory=dict)
    routes: RoutingTable = field(default_factory=RoutingTable)
    neighbours: dict[tuple[str, IPAddress], Neighbour] = field(default_factory=dict)
    fdb: dict[tuple[str, str], FdbEntry] = field(default_factory=dict)
    ipsets: dict[str, IpSet] = field(default_factory=dict)
    netfilter: Netfilter = field(default_factory=Netfilter)
    sysctls: dict[str, int] = field(default_factory=lambda: dict(SYSCTL_DEFAULTS))
    sockets: list[Socket] = field(default_factory=list)
    old_connections: list[tuple[FlowTuple, FlowTuple]] = field(default_factory=list)
    programs: Programs = field(default_factory=Programs)
    _local: set[IPAddress] = field(default_factory=set)

    def __post_init__(self) -> None:
        if "lo" not in self.interfaces:
            self.add_interface(Loopback(name="lo", mac="00:00:00:00:00:00", mtu=65536, addresses=LOOPBACK_ADDRESSES))

    def add_interface(self, interface: Interface) -> None:
        """Add or replace a device, with the connected route of each address, as ``ip addr add`` does."""
        self.interfaces[interface.name] = interface
        for address in interface.addresses:
            self._local.add(address.ip)
            if address.network.prefixlen < address.max_prefixlen and not isinstance(interface, Loopback):
                self.routes.add(
                    Route(destination=address.network, device=interface.name, source=address.ip,
                          scope=Scope.LINK, protocol="kernel")
                )  # fmt: skip

    def set_down(self, device: str) -> None:
        """``ip link set DEVICE down``: the kernel deletes its routes too (``fib_sync_down_dev``). KeyError: unknown."""
        self.interfaces[device] = replace(self.interfaces[device], up=False)
        self.routes.remove_through(device)

    def add_neighbour(self, device: str, address: IPAddress, mac: str) -> None:
        self.neighbours[device, address] = Neighbour(address, device, mac)

    def add_ipset(self, ipset: IpSet) -> IpSet:
        """``ipset create``; the set itself is returned."""
        self.ipsets[ipset.name] = ipset
        return ipset

    def add_fdb(self, device: str, mac: str, remote: IPAddress) -> None:
        self.fdb[device, mac] = FdbEntry(mac, device, remote)

    def ports(self, bridge: str) -> list[Interface]:
        """The ports of a bridge, in the order in which they were added."""
        return [interface for interface in self.interfaces.values() if interface.master == bridge]

    def is_local(self, address: IPAddress) -> bool:
        """Whether the kernel's ``local`` table holds the address (all of 127.0.0.0/8 included)."""
        return address in self._local or (address.version == 4 and int(address) >> 24 == 127)

    def address_on(self, device: str, version: int, near: IPAddress | None = None) -> IPAddress | None:
        """The source that ``inet_select_addr`` picks on a device: one whose subnet holds ``near``, else the first.

        A device without an address, or with none but host-scope ones like ``lo``, borrows the first one of the
        namespace, as the kernel does.
        """
        own = [a for a in self.interfaces[device].addresses if a.version == version and not a.ip.is_loopback]
        for address in own:
            if near is not None and near in address.network:
                return address.ip
        if own:
            return own[0].ip
        for interface in self.interfaces.values():
            for address in interface.addresses:
                if address.version == version and not isinstance(interface, Loopback):
                    return address.ip
        return None

    def listener(self, protocol: Protocol, address: IPAddress, port: int) -> Socket | None:
        """The socket that takes a packet for ``address``:``port``."""
        for socket in self.sockets:
            if socket.protocol is protocol and socket.port == port and socket.address in (None, address):
                return socket
        return None

    def forwards(self, version: int) -> bool:
        """Whether packets that are for somebody else go on."""
        return bool(self.sysctls["net.ipv4.ip_forward" if version == 4 else "net.ipv6.conf.all.forwarding"])

    def routes_localnet(self, device: str | None) -> bool:
        """Whether 127.0.0.0/8 may appear on this device (``route_localnet`` of the device or of all)."""
        return bool(
            self.sysctls["net.ipv4.conf.all.route_localnet"]
            or self.sysctls.get(f"net.ipv4.conf.{device}.route_localnet", 0)
        )

    def proxies_arp(self, device: str) -> bool:
        """Whether ``device`` answers ARP for others (``proxy_arp`` of the device or of all)."""
        return any(self.sysctls.get(f"net.ipv4.conf.{scope}.proxy_arp", 0) for scope in ("all", device))

    def bridge_calls_netfilter(self, version: int) -> bool:
        """Whether bridged frames go through the IP hooks (br_netfilter)."""
        return bool(self.sysctls[f"net.bridge.bridge-nf-call-{'iptables' if version == 4 else 'ip6tables'}"])
