"""Network devices of one namespace, named and typed as ``ip link`` does."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Interface, IPv6Interface

from netsim.packet import IPAddress

InterfaceAddress = IPv4Interface | IPv6Interface


@dataclass(frozen=True, slots=True, kw_only=True)
class Interface:
    """What every device has. ``master`` names the bridge that the device is a port of."""

    name: str
    mac: str
    mtu: int = 1500
    addresses: tuple[InterfaceAddress, ...] = ()
    up: bool = True
    master: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Loopback(Interface):
    """``lo``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Veth(Interface):
    """One end of a cable. ``hairpin`` is the bridge port flag ``bridge link set dev X hairpin on``."""

    peer_namespace: str
    peer_name: str
    hairpin: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Bridge(Interface):
    """A bridge device; its ports are the interfaces whose ``master`` it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vxlan(Interface):
    """A VXLAN tunnel endpoint with static forwarding (``nolearning``), as flannel makes it.

    ``local`` is the outer source address; the outer device is found by routing. ``external``: whoever sends the
    packet here says to whom and with which VNI (``ip link add … type vxlan external``), and any VNI is taken.
    """

    vni: int
    port: int
    local: IPAddress
    underlying: str
    external: bool = False

    def takes(self, port: int, vni: int) -> bool:
        """Whether a packet that arrives on a UDP port with this VNI is the device's."""
        return port == self.port and (self.external or vni == self.vni)
