"""One namespace's state as the usual commands print it, and as JSON values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Any

from netsim.linux.interfaces import (
    Bridge,
    CapturedVeth,
    Datapath,
    DatapathVxlan,
    Geneve,
    Interface,
    Ipip,
    Loopback,
    Veth,
    Vxlan,
    Wireguard,
)
from netsim.linux.namespace import NetworkNamespace
from netsim.tools.ipset import ipset_save
from netsim.tools.iptables_save import iptables_save
from netsim.tools.ipvsadm import ipvsadm_list, ipvsadm_save
from netsim.tools.nft_list import nft_list


@dataclass(frozen=True, slots=True)
class Shown:
    """The same state twice: ``text`` for people, ``items`` as a list of JSON values."""

    text: str
    items: list[Any]


def show(namespace: NetworkNamespace, what: str) -> Shown:
    """The part of the state that ``what``, one of ``SHOWS``, names."""
    return SHOWS[what](namespace)


def _lines(items: list[Any], texts: list[str]) -> Shown:
    return Shown("".join(f"{text}\n" for text in texts), items)


def _routes(namespace: NetworkNamespace) -> Shown:
    """``ip route``, then the routes of other tables as ``ip route show table all`` prints them."""
    texts = [route.text() for route in namespace.routes]
    texts += [f"{route.text()} table {name}" for name, table in namespace.tables.items() for route in table]
    return _lines(list(texts), texts)


def _rules(namespace: NetworkNamespace) -> Shown:
    """``ip rule`` and ``ip -6 rule``"""
    texts = [f"{rule.priority}:\t{rule.text()}" for rule in sorted(namespace.routing_rules, key=lambda r: r.version)]
    return _lines(list(texts), texts)


def _links(namespace: NetworkNamespace) -> Shown:
    """``ip addr``"""
    items, texts = [], []
    for index, interface in enumerate(namespace.interfaces.values(), start=1):
        addresses = [str(address) for address in interface.addresses]
        items.append(
            {
                "name": interface.name, "kind": _kind(interface), "mac": interface.mac, "mtu": interface.mtu,
                "up": interface.up, "master": interface.master, "addresses": addresses, "detail": _detail(interface),
            }
        )  # fmt: skip
        peer = f"@{interface.peer_name}" if isinstance(interface, Veth) else ""
        master = f" master {interface.master}" if interface.master else ""
        state = "UP" if interface.up else "DOWN"
        texts.append(f"{index}: {interface.name}{peer}: mtu {interface.mtu}{master} state {state}")
        texts.append(f"    {_link_type(interface)}")
        if _detail(interface):
            texts.append(f"    {_detail(interface)}")
        texts += [f"    {'inet' if a.version == 4 else 'inet6'} {a}" for a in interface.addresses]
    return _lines(items, texts)


def _kind(interface: Interface) -> str:
    return type(interface).__name__.lower()


def _link_type(interface: Interface) -> str:
    """The hardware type and address, as ``ip link`` prints them."""
    match interface:
        case Ipip(local=local):
            return f"link/ipip {local or IPv4Address(0)}"
        case Wireguard():
            return "link/none"
        case Loopback():
            return f"link/loopback {interface.mac}"
        case _:
            return f"link/ether {interface.mac}"


def _detail(interface: Interface) -> str:
    """The line of ``ip -d link`` that tells the kinds apart."""
    match interface:
        case CapturedVeth(peer_name=name, port=port):
            return f"veth, other end {name}; the router process reads and writes its frames, UDP port {port}"
        case Veth(peer_namespace=namespace, peer_name=name, hairpin=hairpin):
            return f"veth, other end {name} in {namespace}" + (", hairpin on" if hairpin else "")
        case Vxlan(vni=vni, port=port, local=local, underlying=underlying):
            return f"vxlan id {vni} local {local} dev {underlying} dstport {port} nolearning"
        case Geneve(port=port):
            return f"geneve external dstport {port}"
        case Ipip(local=local):
            return f"ipip any remote any local {local or 'any'} ttl inherit nopmtudisc"
        case Wireguard(port=port, peers=peers):
            return f"wireguard, listening port {port}" + "".join(
                f"; peer {peer.public_key} endpoint {peer.endpoint}:{peer.endpoint_port} "
                f"allowed ips {', '.join(map(str, peer.allowed_ips))}"
                for peer in peers
            )
        case DatapathVxlan(port=port):
            return f"vxlan external dstport {port}, a port of openvswitch"
        case Datapath():
            return "openvswitch"
        case Bridge():
            return "bridge"
        case _:
            return ""


def _neighbours(namespace: NetworkNamespace) -> Shown:
    """``ip neigh``: the permanent entries; the others appear when a packet needs them."""
    entries = list(namespace.neighbours.values())
    items = [{"address": str(n.address), "device": n.device, "mac": n.mac, "state": "PERMANENT"} for n in entries]
    return _lines(items, [f"{n.address} dev {n.device} lladdr {n.mac} PERMANENT" for n in entries])


def _fdb(namespace: NetworkNamespace) -> Shown:
    """``bridge fdb``: the permanent entries of tunnel devices, and the bridges' own addresses."""
    items, texts = [], []
    for entry in namespace.fdb.values():
        items.append({"mac": entry.mac, "device": entry.device, "destination": str(entry.remote), "state": "permanent"})
        texts.append(f"{entry.mac} dev {entry.device} dst {entry.remote} self permanent")
    return _lines(items, texts)


def _iptables(namespace: NetworkNamespace) -> Shown:
    """``iptables-save``"""
    text = iptables_save(namespace)
    return Shown(text, text.splitlines())


def _ipset(namespace: NetworkNamespace) -> Shown:
    """``ipset save``"""
    text = ipset_save(namespace)
    return Shown(text, text.splitlines())


def _nft(namespace: NetworkNamespace) -> Shown:
    """``nft list ruleset``"""
    text = nft_list(namespace)
    return Shown(text, text.splitlines())


def _ipvs(namespace: NetworkNamespace) -> Shown:
    """``ipvsadm -Ln``; the items are the lines of ``ipvsadm-save -n``."""
    return Shown(ipvsadm_list(namespace), ipvsadm_save(namespace).splitlines())


def _conntrack(namespace: NetworkNamespace) -> Shown:
    """``conntrack -L``: empty, since nothing has been sent yet; a trace shows the entries that it makes."""
    return Shown("", [])


def _sysctl(namespace: NetworkNamespace) -> Shown:
    """``sysctl``"""
    ordered = sorted(namespace.sysctls.items())
    items = [{"name": name, "value": value} for name, value in ordered]
    return _lines(items, [f"{name} = {value}" for name, value in ordered])


def _programs(namespace: NetworkNamespace) -> Shown:
    """``bpftool net`` and ``bpftool cgroup``: the eBPF programs of each device and of the processes."""
    attached = [
        (device, str(point), program.name)
        for (device, point), programs in namespace.programs.on_devices.items()
        for program in programs
    ]
    attached += [("processes", "cgroup/connect", program.name) for program in namespace.programs.on_connect]
    items = [{"device": device, "point": point, "program": name} for device, point, name in attached]
    return _lines(items, [f"{device} {point} {name}" for device, point, name in attached])


SHOWS: dict[str, Callable[[NetworkNamespace], Shown]] = {
    "routes": _routes,
    "rules": _rules,
    "links": _links,
    "neighbours": _neighbours,
    "fdb": _fdb,
    "iptables": _iptables,
    "ipset": _ipset,
    "nft": _nft,
    "ipvs": _ipvs,
    "conntrack": _conntrack,
    "programs": _programs,
    "sysctl": _sysctl,
}
"""What ``python -m netsim show`` can print."""
