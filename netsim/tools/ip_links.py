"""Devices and their addresses as ``ip addr`` and ``ip link`` print them (iproute2 ip/ipaddress.c)."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address

from netsim.linux.interfaces import (
    Bridge,
    Dummy,
    Geneve,
    Interface,
    InterfaceAddress,
    Ipip,
    Loopback,
    Veth,
    Vxlan,
    Wireguard,
)
from netsim.tools.machine import Machine
from netsim.underlay import EXTERNAL, ROUTER, SWITCH

BROADCAST = "ff:ff:ff:ff:ff:ff"
NO_QUEUE = (Loopback, Veth, Bridge, Vxlan, Geneve, Ipip, Wireguard, Dummy)


def addresses(machine: Machine, device: str, version: int | None, brief: bool) -> str:
    """``ip addr``; with ``version`` only devices that have such an address."""
    blocks: list[str] = []
    for index, interface in _numbered(machine, device):
        own = [a for a in interface.addresses if version in (None, a.version)]
        if version is not None and not own:
            continue
        if brief:
            blocks.append(_brief(machine, interface, "".join(f"{address} " for address in own)))
            continue
        head = [_first_line(machine, index, interface, mode=""), _second_line(machine, interface)]
        if version is not None:
            head = head[:1]
        blocks.append("".join(f"{line}\n" for line in (*head, *_address_lines(interface, own))))
    return "".join(blocks)


def links(machine: Machine, device: str, brief: bool, details: bool) -> str:
    """``ip link``"""
    blocks: list[str] = []
    for index, interface in _numbered(machine, device):
        if brief:
            hardware = _second_line(machine, interface).split()[1] if interface.has_link_layer else ""
            blocks.append(_brief(machine, interface, f"{hardware} <{_flags(interface)}> "))
            continue
        lines = [_first_line(machine, index, interface, mode="mode DEFAULT "), _second_line(machine, interface)]
        if details and _detail(interface):
            lines.append(f"    {_detail(interface)} ")
        blocks.append("".join(f"{line}\n" for line in lines))
    return "".join(blocks)


def _numbered(machine: Machine, device: str) -> Iterator[tuple[int, Interface]]:
    for index, interface in enumerate(machine.kernel.interfaces.values(), start=1):
        if device in ("", interface.name):
            yield index, interface


def is_cable(interface: Interface) -> bool:
    """Whether this stands for a machine's network card, whose other end is the switch or router outside."""
    return isinstance(interface, Veth) and interface.peer_namespace in (SWITCH, ROUTER, EXTERNAL)


def called(machine: Machine, interface: Interface) -> str:
    """A veth is shown with the number of its other end, which is in another namespace."""
    if not isinstance(interface, Veth) or is_cable(interface):
        return interface.name
    peers = machine.session.simulation.network.namespaces[interface.peer_namespace].interfaces
    return f"{interface.name}@if{list(peers).index(interface.peer_name) + 1}"


def _namespace_number(machine: Machine, interface: Veth) -> int:
    """``link-netnsid``: the numbers that a namespace gives to others, in the order in which it met them."""
    met = [each.peer_namespace for each in machine.kernel.interfaces.values() if isinstance(each, Veth)]
    cabled = (SWITCH, ROUTER, EXTERNAL)
    return list(dict.fromkeys(name for name in met if name not in cabled)).index(interface.peer_namespace)


def _flags(interface: Interface) -> str:
    if isinstance(interface, Loopback):
        flags = ["LOOPBACK"]
    elif isinstance(interface, Wireguard):
        flags = ["POINTOPOINT", "NOARP"]
    elif isinstance(interface, Ipip):
        flags = ["NOARP"]
    elif isinstance(interface, Dummy):
        flags = ["BROADCAST", "NOARP"]
    else:
        flags = ["BROADCAST", "MULTICAST"]
    return ",".join([*flags, "UP", "LOWER_UP"] if interface.up else flags)


def _state(interface: Interface) -> str:
    """Devices without a carrier of their own do not know."""
    if not interface.up:
        return "DOWN"
    return "UP" if isinstance(interface, Veth | Bridge) else "UNKNOWN"


def _first_line(machine: Machine, index: int, interface: Interface, mode: str) -> str:
    queue = "noqueue" if isinstance(interface, NO_QUEUE) and interface.up else "noop"
    master = f"master {interface.master} " if interface.master else ""
    return (
        f"{index}: {called(machine, interface)}: <{_flags(interface)}> mtu {interface.mtu} qdisc {queue} {master}"
        f"state {_state(interface)} {mode}group default qlen 1000"
    )


def _second_line(machine: Machine, interface: Interface) -> str:
    match interface:
        case Ipip(local=local):
            return f"    link/ipip {local or IPv4Address(0)} brd 0.0.0.0"
        case Wireguard():
            return "    link/none "
        case Loopback():
            return f"    link/loopback {interface.mac} brd {interface.mac}"
        case Veth() if not is_cable(interface):
            number = _namespace_number(machine, interface)
            return f"    link/ether {interface.mac} brd {BROADCAST} link-netnsid {number}"
        case _:
            return f"    link/ether {interface.mac} brd {BROADCAST}"


def _address_lines(interface: Interface, own: list[InterfaceAddress]) -> Iterator[str]:
    for address in own:
        scope = "host" if address.ip.is_loopback else "link" if address.ip.is_link_local else "global"
        if address.version == 4:
            yield f"    inet {address} scope {scope} {interface.name}"
        else:
            yield f"    inet6 {address} scope {scope} "
        yield "       valid_lft forever preferred_lft forever"


def _brief(machine: Machine, interface: Interface, rest: str) -> str:
    return f"{called(machine, interface):<16} {_state(interface):<14} {rest}\n"


def _detail(interface: Interface) -> str:
    """What ``-d`` adds about the kind."""
    match interface:
        case Veth():
            return "" if is_cable(interface) else "veth"
        case Bridge():
            return "bridge"
        case Dummy():
            return "dummy"
        case Vxlan(external=True, port=port):
            return f"vxlan external dstport {port}"
        case Vxlan(vni=vni, port=port, local=local, underlying=underlying):
            return f"vxlan id {vni} local {local} dev {underlying} srcport 0 0 dstport {port} nolearning"
        case Geneve(port=port):
            return f"geneve external dstport {port}"
        case Ipip(local=local):
            return f"ipip any remote any local {local or 'any'} ttl inherit nopmtudisc"
        case Wireguard():
            return "wireguard"
        case _:
            return ""
