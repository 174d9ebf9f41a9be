"""Namespaces and the cables between them, and who can hear whom on each link."""

from __future__ import annotations

from dataclasses import dataclass, field

from netsim.errors import NetsimError
from netsim.linux.interfaces import Bridge, Interface, Loopback, Veth, Vxlan
from netsim.linux.namespace import NetworkNamespace
from netsim.packet import IPAddress


@dataclass(slots=True)
class Network:
    """All namespaces by name. Planners fill it; afterwards only faults change it, before anything is sent."""

    namespaces: dict[str, NetworkNamespace] = field(default_factory=dict)

    def add(self, namespace: NetworkNamespace) -> NetworkNamespace:
        """Add a namespace; NetsimError when its name is taken."""
        if namespace.name in self.namespaces:
            raise NetsimError(f"there are two network namespaces named {namespace.name!r}")
        self.namespaces[namespace.name] = namespace
        return namespace

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
    (arp_ignore=0), and a bridge knows behind which port a station is.
    """

    def __init__(self, network: Network) -> None:
        self._network = network
        self._stations: dict[tuple[str, str], tuple[Station, ...]] = {}
        self._owners: dict[tuple[str, str, IPAddress], Station | None] = {}
        self._ports: dict[tuple[str, str, str], str | None] = {}

    def owner(self, namespace: str, device: str, address: IPAddress) -> Station | None:
        """The station that answers "who has ``address``?" asked on ``device``."""
        key = (namespace, device, address)
        if key not in self._owners:
            self._owners[key] = next(
                (
                    station
                    for station in self._reached_from(namespace, device)
                    if (station.namespace, station.device) != (namespace, device)
                    and self._network.namespaces[station.namespace].is_local(address)
                ),
                None,
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
        if not interface.up or isinstance(interface, Loopback | Vxlan) or not isinstance(interface, Veth):
            return []
        far = self._network.namespaces.get(interface.peer_namespace)
        end = far.interfaces.get(interface.peer_name) if far else None
        if far is None or end is None or not end.up:
            return []
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
