"""Namespaces and the cables between them, and who can hear whom on each link."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from netsim.errors import NetsimError
from netsim.linux.interfaces import (
    Bridge,
    CapturedVeth,
    DatapathVxlan,
    Interface,
    InterfaceAddress,
    OverlayPeer,
    Veth,
)
from netsim.linux.namespace import NetworkNamespace
from netsim.linux.routing import IPNetwork, RouteKind
from netsim.packet import IPAddress

Plan = Callable[[NetworkNamespace], None]
"""Fills an empty namespace."""


@dataclass(frozen=True, slots=True)
class Outline:
    """What the neighbors of a namespace may know before it is planned.

    ``plugs`` are the (device, MAC address) that stand on links of their own, ports of no bridge; ``addresses`` those
    that the namespace certainly has, and ``ranges`` where it may have more.
    """

    name: str
    node: str | None = None
    pod: tuple[str, str] | None = None
    plugs: tuple[tuple[str, str], ...] = ()
    addresses: tuple[InterfaceAddress, ...] = ()
    ranges: tuple[IPNetwork, ...] = ()


class Namespaces(Mapping[str, NetworkNamespace]):
    """All namespaces by name, in the order in which they were added; each is planned when it is first asked for."""

    def __init__(self) -> None:
        self._entries: dict[str, NetworkNamespace | tuple[Outline, Plan]] = {}

    def __getitem__(self, name: str) -> NetworkNamespace:
        entry = self._entries[name]
        if isinstance(entry, NetworkNamespace):
            return entry
        outline, plan = entry
        namespace = NetworkNamespace(name, node=outline.node, pod=outline.pod)
        plan(namespace)
        self._entries[name] = namespace
        return namespace

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def is_planned(self, name: str) -> bool:
        """Whether the namespace's state has been worked out; KeyError when there is none of that name."""
        return isinstance(self._entries[name], NetworkNamespace)

    def amend(self, name: str, change: Plan) -> None:
        """See `Network.amend`."""
        entry = self._entries[name]
        if isinstance(entry, NetworkNamespace):
            change(entry)
            return
        outline, plan = entry

        def plan_and_change(namespace: NetworkNamespace) -> None:
            plan(namespace)
            change(namespace)

        self._entries[name] = (outline, plan_and_change)

    def enter(self, name: str, entry: NetworkNamespace | tuple[Outline, Plan]) -> None:
        """Add a namespace; NetsimError when its name is taken."""
        if name in self._entries:
            raise NetsimError(f"there are two network namespaces named {name!r}")
        self._entries[name] = entry


class Network:
    """All machines and Pods. Planners fill it; afterwards only faults change it, before anything is sent."""

    def __init__(self) -> None:
        self.namespaces = Namespaces()
        self.outlines: dict[str, Outline] = {}

    def add(self, namespace: NetworkNamespace) -> NetworkNamespace:
        """Add a namespace that is planned already, or is planned by the caller; NetsimError when its name is taken."""
        self.namespaces.enter(namespace.name, namespace)
        return namespace

    def defer(self, outline: Outline, plan: Plan) -> None:
        """Add a namespace that ``plan`` fills once something needs it; NetsimError when its name is taken."""
        self.namespaces.enter(outline.name, (outline, plan))
        self.outlines[outline.name] = outline

    def amend(self, name: str, change: Plan) -> None:
        """Change a namespace once it is planned, or now if it is; KeyError when there is none of that name.

        What its outline promises may no longer be true, so its neighbors have to look at the namespace itself.
        """
        self.outlines.pop(name, None)
        self.namespaces.amend(name, change)

    def connect(self, one: NetworkNamespace, one_end: Veth, other: NetworkNamespace, other_end: Veth) -> None:
        """Plug a veth pair in; NetsimError when the two ends do not name each other."""
        if (one_end.peer_namespace, one_end.peer_name) != (other.name, other_end.name) or (
            other_end.peer_namespace, other_end.peer_name,
        ) != (one.name, one_end.name):  # fmt: skip
            raise NetsimError(f"{one.name}/{one_end.name} and {other.name}/{other_end.name} do not name each other")
        one.add_interface(one_end)
        other.add_interface(other_end)


@dataclass(frozen=True, slots=True)
class Station:
    """A device that takes part in a link with an IP stack of its own: not a port of a bridge."""

    namespace: str
    device: str
    mac: str


class LinkLayer:
    """Who is on the link of each device, worked out once for a network that no longer changes.

    It stands in for ARP and for what bridges learn from it: every station answers for its namespace's addresses
    (arp_ignore=0) and, with proxy_arp, for what it would route elsewhere; a bridge knows behind which port a station
    is. Namespaces that are not planned yet stay so where their outline answers the question.
    """

    def __init__(self, network: Network) -> None:
        self._network = network
        self._stations: dict[tuple[str, str], tuple[Station, ...]] = {}
        self._owners: dict[tuple[str, str, IPAddress], Station | None] = {}
        self._ports: dict[tuple[str, str, str], str | None] = {}
        self._peers: dict[tuple[IPAddress, str], OverlayPeer | None] = {}

    def owner(self, namespace: str, device: str, address: IPAddress) -> Station | None:
        """The station that answers "who has ``address``?" asked on ``device``."""
        key = (namespace, device, address)
        if key not in self._owners:
            asked = [s for s in self._reached_from(namespace, device) if (s.namespace, s.device) != (namespace, device)]
            self._owners[key] = (
                next((station for station in asked if self._is_outlined(station, address)), None)
                or next((station for station in asked if self._owns(station, address)), None)
                or next((station for station in asked if self._proxies(station, address)), None)
            )
        return self._owners[key]

    def port_towards(self, namespace: str, bridge: str, mac: str) -> str | None:
        """The bridge port behind which the station with ``mac`` is, or None when the bridge would only flood."""
        key = (namespace, bridge, mac)
        if key not in self._ports:
            self._ports[key] = next(
                (
                    port.name
                    for port in self._network.namespaces[namespace].ports(bridge)
                    if any(station.mac == mac for station in self._beyond(namespace, port))
                ),
                None,
            )
        return self._ports[key]

    def peer_towards(self, overlay: DatapathVxlan | CapturedVeth, mac: str) -> OverlayPeer | None:
        """The peer of an overlay behind which the station with ``mac`` is, or None when nobody knows it."""
        key = (overlay.local, mac)
        if key not in self._peers:
            self._peers[key] = next(
                (
                    peer
                    for peer in overlay.peers
                    if any(station.mac == mac for station in self._behind_peer(peer, type(overlay)))
                ),
                None,
            )
        return self._peers[key]

    def _is_outlined(self, station: Station, address: IPAddress) -> bool:
        """Whether the outline says that the address is the station's, and nothing has taken it away since."""
        outline = self._network.outlines.get(station.namespace)
        if outline is None or all(own.ip != address for own in outline.addresses):
            return False
        namespaces = self._network.namespaces
        return not namespaces.is_planned(station.namespace) or namespaces[station.namespace].is_local(address)

    def _owns(self, station: Station, address: IPAddress) -> bool:
        namespaces = self._network.namespaces
        outline = self._network.outlines.get(station.namespace)
        is_planned = namespaces.is_planned(station.namespace)
        if outline is not None and not is_planned and not any(address in each for each in outline.ranges):
            return False
        return namespaces[station.namespace].is_local(address)

    def _proxies(self, station: Station, address: IPAddress) -> bool:
        """Proxy ARP: a forwarding station answers for what it routes to another link (arp_fwd_proxy in
        net/ipv4/arp.c)."""
        if address.version == 6 or not self._network.namespaces.is_planned(station.namespace):
            return False
        namespace = self._network.namespaces[station.namespace]
        if not namespace.forwards(4) or not namespace.proxies_arp(station.device):
            return False
        route = namespace.lookup(address, in_interface=station.device)
        return route is not None and route.kind is RouteKind.UNICAST and route.device != station.device

    def _reached_from(self, namespace: str, device: str) -> tuple[Station, ...]:
        """Every station that hears a broadcast sent out of ``device``."""
        key = (namespace, device)
        if key not in self._stations:
            interface = self._network.namespaces[namespace].interfaces[device]
            self._stations[key] = tuple(self._hearing(namespace, interface))
        return self._stations[key]

    def _hearing(self, namespace: str, interface: Interface) -> list[Station]:
        if isinstance(interface, Bridge):
            ports = self._network.namespaces[namespace].ports(interface.name)
            return [station for port in ports for station in self._beyond(namespace, port)]
        return self._beyond(namespace, interface)

    def _beyond(self, namespace: str, interface: Interface) -> list[Station]:
        """Stations that a frame sent out of this one device can reach."""
        if interface.up and isinstance(interface, DatapathVxlan):
            return self._behind_peers(interface)
        if not interface.up or not isinstance(interface, Veth):
            return []
        plug = self._outlined_plug(interface)
        if plug is not None:
            return [plug]
        if interface.peer_namespace not in self._network.namespaces:
            return []
        far = self._network.namespaces[interface.peer_namespace]
        end = far.interfaces.get(interface.peer_name)
        if end is None or not end.up:
            return []
        if isinstance(end, CapturedVeth):
            return self._behind_peers(end)
        if end.master is None:
            return [Station(far.name, end.name, end.mac)]
        bridge = far.interfaces[end.master]
        if not bridge.up:
            return []
        reached = [Station(far.name, bridge.name, bridge.mac)]
        for port in far.ports(bridge.name):
            if port.name != end.name:
                reached += self._beyond(far.name, port)
        return reached

    def _behind_peers(self, overlay: DatapathVxlan | CapturedVeth) -> list[Station]:
        """What the other machines of an overlay have told of their own stations."""
        return [station for peer in overlay.peers for station in self._behind_peer(peer, type(overlay))]

    def _behind_peer(self, peer: OverlayPeer, kind: type[DatapathVxlan | CapturedVeth]) -> list[Station]:
        """A peer that is planned is asked; of one that is not, the overlay knows enough."""
        if not self._network.namespaces.is_planned(peer.namespace):
            return [Station(*station) for station in peer.stations]
        namespace = self._network.namespaces[peer.namespace]
        entry = next((i for i in namespace.interfaces.values() if isinstance(i, kind) and i.up), None)
        if entry is None:
            return []
        if isinstance(entry, CapturedVeth):
            return self._beyond(peer.namespace, entry)
        ports = namespace.ports(entry.master or "")
        return [station for port in ports if port is not entry for station in self._beyond(peer.namespace, port)]

    def _outlined_plug(self, interface: Veth) -> Station | None:
        """The far end of a cable into a namespace that is not planned yet, where its outline names it."""
        outline = self._network.outlines.get(interface.peer_namespace)
        if outline is None or self._network.namespaces.is_planned(interface.peer_namespace):
            return None
        return next(
            (Station(outline.name, device, mac) for device, mac in outline.plugs if device == interface.peer_name), None
        )
