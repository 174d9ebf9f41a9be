"""One network namespace: everything that a single Linux network stack knows."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from ipaddress import IPv4Address, IPv4Interface, IPv6Interface
from typing import NamedTuple

from netsim.linux.bpf import Programs
from netsim.linux.conntrack import FlowTuple
from netsim.linux.hooks import HookEntry, hook_entries
from netsim.linux.interfaces import Interface, Loopback
from netsim.linux.ipset import IpSet
from netsim.linux.ipvs import Ipvs
from netsim.linux.netfilter import Hook, Netfilter
from netsim.linux.nftables import Nftables
from netsim.linux.routing import (
    DEFAULT_RULES,
    EVERYWHERE,
    LOCAL_TABLE,
    MAIN_TABLE,
    Route,
    RouteKind,
    RoutingRule,
    RoutingTable,
    Scope,
)
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
    """A process that listens. ``address`` None means every address of the namespace.

    ``health`` is the HTTP status with which a health check answers, None for any other process.
    """

    protocol: Protocol
    port: int
    process: str
    address: IPAddress | None = None
    health: int | None = None


LOOPBACK_ADDRESSES = (IPv4Interface("127.0.0.1/8"), IPv6Interface("::1/128"))
LIMITED_BROADCAST = int(IPv4Address("255.255.255.255"))
TO_ITSELF = {
    version: Route(destination=everywhere, device="lo", kind=RouteKind.LOCAL, scope=Scope.HOST)
    for version, everywhere in EVERYWHERE.items()
}
"""What a lookup finds in the ``local`` table for an address of the namespace's own."""


@dataclass(slots=True)
class NetworkNamespace:
    """``name`` is unique in the network; ``node`` is the machine that it lives on, None outside the cluster.

    ``pod`` is (namespace, name) where the namespace belongs to a Pod. ``routes`` is the routing table ``main``;
    ``tables`` holds those that only rules of the routing policy lead to, by name or number. ``old_connections`` are the
    (original, reply) tuples of conntrack entries from before the first packet. ``enters_clashes``: two packets that
    open the same connection at the same time, with different translations, both get through, as since Linux 5.7
    (nf_ct_resolve_clash_harder in net/netfilter/nf_conntrack_core.c); before, one was lost.
    """

    name: str
    node: str | None = None
    pod: tuple[str, str] | None = None
    interfaces: dict[str, Interface] = field(default_factory=dict)
    routes: RoutingTable = field(default_factory=RoutingTable)
    neighbours: dict[tuple[str, IPAddress], Neighbour] = field(default_factory=dict)
    fdb: dict[tuple[str, str], FdbEntry] = field(default_factory=dict)
    ipvs: Ipvs = field(default_factory=Ipvs)
    ipsets: dict[str, IpSet] = field(default_factory=dict)
    netfilter: Netfilter = field(default_factory=Netfilter)
    nftables: Nftables = field(default_factory=Nftables)
    sysctls: dict[str, int] = field(default_factory=lambda: dict(SYSCTL_DEFAULTS))
    sockets: list[Socket] = field(default_factory=list)
    old_connections: list[tuple[FlowTuple, FlowTuple]] = field(default_factory=list)
    enters_clashes: bool = True
    programs: Programs = field(default_factory=Programs)
    tables: dict[str, RoutingTable] = field(default_factory=dict)
    routing_rules: tuple[RoutingRule, ...] = DEFAULT_RULES
    _local: set[tuple[int, int]] = field(default_factory=set)
    _broadcast: dict[int, str] = field(default_factory=dict)
    _registered: list[int] = field(default_factory=list)
    _hook_entries: dict[tuple[int, Hook], list[HookEntry]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if "lo" not in self.interfaces:
            self.add_interface(Loopback(name="lo", mac="00:00:00:00:00:00", mtu=65536, addresses=LOOPBACK_ADDRESSES))

    def add_interface(self, interface: Interface) -> None:
        """Add or replace a device, with the connected route of each address, as ``ip addr add`` does."""
        self.interfaces[interface.name] = interface
        for address in interface.addresses:
            self._local.add((address.version, int(address.ip)))
            if address.version == 4 and address.network.prefixlen < 31 and not isinstance(interface, Loopback):
                self._broadcast[int(address.network.broadcast_address)] = interface.name
            if address.network.prefixlen < address.max_prefixlen and not isinstance(interface, Loopback):
                self.routes.add(
                    Route(destination=address.network, device=interface.name, source=address.ip,
                          scope=Scope.LINK, protocol="kernel")
                )  # fmt: skip

    def remove_interface(self, name: str) -> None:
        """``ip link del``, for this end: its addresses, routes and neighbors go with it. KeyError: unknown."""
        del self.interfaces[name]
        self.routes.remove_through(name)
        self.neighbours = {key: entry for key, entry in self.neighbours.items() if entry.device != name}
        self._local = {(a.version, int(a.ip)) for interface in self.interfaces.values() for a in interface.addresses}
        self._broadcast = {address: device for address, device in self._broadcast.items() if device != name}

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

    @property
    def has_rules(self) -> bool:
        """Whether anything is registered at a netfilter hook; connection tracking runs only then."""
        return bool(self.netfilter.tables or self.nftables.tables)

    def hook_entries(self, version: int, hook: Hook) -> list[HookEntry]:
        """What runs at a netfilter hook, in order."""
        registered = [len(self.netfilter.tables), *[len(table.chains) for table in self.nftables.tables.values()]]
        if registered != self._registered:
            self._registered = registered
            self._hook_entries.clear()
        entries = self._hook_entries.get((version, hook))
        if entries is None:
            entries = self._hook_entries[version, hook] = hook_entries(self.netfilter, self.nftables, version, hook)
        return entries

    def ports(self, bridge: str) -> list[Interface]:
        """The ports of a bridge, in the order in which they were added."""
        return [interface for interface in self.interfaces.values() if interface.master == bridge]

    def is_local(self, address: IPAddress) -> bool:
        """Whether the kernel's ``local`` table holds the address (all of 127.0.0.0/8 included)."""
        version, value = address.version, int(address)
        return (version, value) in self._local or (version == 4 and value >> 24 == 127)

    def has_address(self, address: IPAddress) -> bool:
        """Whether a device has exactly this address (``inet_lookup_ifaddr_rcu``); of 127.0.0.0/8 that is 127.0.0.1."""
        return (address.version, int(address)) in self._local

    def device_of(self, address: IPAddress) -> str | None:
        """The device that has the address (``ip_dev_find``), or None."""
        for interface in self.interfaces.values():
            if any(own.ip == address for own in interface.addresses):
                return interface.name
        return None

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

    def broadcast_device(self, address: IPAddress) -> str | None:
        """The device whose subnet has ``address`` as its broadcast address, or None.

        Linux has such a route for every IPv4 subnet of more than two addresses (``fib_add_ifaddr``); for
        255.255.255.255 it is the device of the default route.
        """
        if address.version == 6:
            return None
        value = int(address)
        if value == LIMITED_BROADCAST:
            default = self.routes.lookup(address)
            return default.device if default is not None and default.device is not None else "lo"
        return self._broadcast.get(value)

    def add_rule(self, rule: RoutingRule) -> None:
        """``ip rule add``; among equal priorities the older rule comes first."""
        self.routing_rules = tuple(sorted((*self.routing_rules, rule), key=lambda each: each.priority))

    def table(self, name: str) -> RoutingTable:
        """The routing table of that name or number, made when it is not there yet."""
        return self.routes if name == MAIN_TABLE else self.tables.setdefault(name, RoutingTable())

    def lookup(
        self, destination: IPAddress, source: IPAddress | None = None, mark: int = 0, in_interface: str = "lo"
    ) -> Route | None:
        """The routing decision, as ``ip route get`` shows it: a LOCAL route for an own address, None without any.

        ``in_interface`` is ``lo`` for packets of this namespace's own (``fib_lookup``, ``fib_rules_lookup``).
        """
        if self.routing_rules is DEFAULT_RULES:
            return TO_ITSELF[destination.version] if self.is_local(destination) else self.routes.lookup(destination)
        for rule in self.routing_rules:
            if rule.version == destination.version and rule.matches(source, destination, mark, in_interface):
                found = self._lookup_in(rule.table, destination)
                if found is not None and found.kind is not RouteKind.THROW:
                    return found
        return None

    def _lookup_in(self, table: str, destination: IPAddress) -> Route | None:
        if table == LOCAL_TABLE and self.is_local(destination):
            return TO_ITSELF[destination.version]
        routes = self.routes if table == MAIN_TABLE else self.tables.get(table)
        return None if routes is None else routes.lookup(destination)

    def listener(self, protocol: Protocol, address: IPAddress, port: int) -> Socket | None:
        """The socket that takes a packet for ``address``:``port``: one bound to the address before one for all
        (``compute_score`` in net/ipv4/inet_hashtables.c)."""
        for bound in (address, None):
            for socket in self.sockets:
                if socket.protocol is protocol and socket.port == port and socket.address == bound:
                    return socket
        return None

    def forwards(self, version: int) -> bool:
        """Whether packets that are for somebody else go on."""
        return bool(self.sysctls["net.ipv4.ip_forward" if version == 4 else "net.ipv6.conf.all.forwarding"])

    def device_setting(self, name: str, device: str | None, version: int = 4) -> int:
        """The sysctl ``net.ipv4.conf.DEVICE.NAME`` as the kernel applies it: the higher one of ``all`` and the device
        (``IN_DEV_MAXCONF`` and, for switches, ``IN_DEV_ORCONF`` in include/linux/inetdevice.h)."""
        conf = f"net.ipv{version}.conf."
        return max(self.sysctls.get(f"{conf}all.{name}", 0), self.sysctls.get(f"{conf}{device}.{name}", 0))

    def routes_localnet(self, device: str | None) -> bool:
        """Whether 127.0.0.0/8 may appear on this device."""
        return bool(self.device_setting("route_localnet", device))

    def proxies_arp(self, device: str) -> bool:
        """Whether ``device`` answers ARP for others."""
        return bool(self.device_setting("proxy_arp", device))

    def bridge_calls_netfilter(self, version: int) -> bool:
        """Whether bridged frames go through the IP hooks (br_netfilter)."""
        return bool(self.sysctls[f"net.bridge.bridge-nf-call-{'iptables' if version == 4 else 'ip6tables'}"])
