"""A simulated network as real commands: scripts that build the same thing in this machine's kernel.

What comes out is a directory of plain files for iproute2, ``sysctl``, ``iptables-restore`` and ``nft``; ``build.sh``
feeds them to the kernel, ``destroy.sh`` takes it all away. It works as root and as anybody inside ``unshare -Urnm``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from netsim.errors import NetsimError
from netsim.linux.interfaces import (
    Bridge,
    CapturedVeth,
    Datapath,
    DatapathVxlan,
    Dummy,
    Geneve,
    Interface,
    Ipip,
    Loopback,
    Veth,
    Vxlan,
    Wireguard,
)
from netsim.linux.namespace import LOOPBACK_ADDRESSES, NetworkNamespace
from netsim.linux.routing import DEFAULT_RULES, IPNetwork, Route, Scope
from netsim.network import Network
from netsim.tools.ipset import ipset_save
from netsim.tools.iptables_save import iptables_save
from netsim.tools.ipvsadm import ipvsadm_save
from netsim.tools.nft_list import nft_list

DEVICE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,14}")
"""What every tool takes without quoting; 15 characters are the kernel's limit (IFNAMSIZ, include/uapi/linux/if.h)."""

MACHINE_WIDE = "net.netfilter.nf_conntrack_"
"""Sysctls that one kernel has once, so that a namespace of it can only read them."""
UNSAFE = re.compile(r"[^A-Za-z0-9._-]")
PREFIX = "hop-"
LOADED_BY = {
    "ip": "ip -n {0} -batch {0}.ip",
    "rules.ip": "ip -n {0} -batch {0}.rules.ip",
    "rules.ip6": "ip -6 -n {0} -batch {0}.rules.ip6",
    "devices.sysctl": "ip netns exec {0} sysctl -q -p {0}.devices.sysctl",
    "bridge": "bridge -n {0} -batch {0}.bridge",
    "ipvs": "ip netns exec {0} ipvsadm-restore < {0}.ipvs",
    "ipset": "ip netns exec {0} ipset restore < {0}.ipset",
    "rules.v4": 'ip netns exec {0} "${{IPTABLES_RESTORE:-iptables-restore}}" < {0}.rules.v4',
    "rules.v6": 'ip netns exec {0} "${{IP6TABLES_RESTORE:-ip6tables-restore}}" < {0}.rules.v6',
    "nft": "ip netns exec {0} nft -f {0}.nft",
}
"""The command for each part of a namespace that has it, in the order in which they work."""
DEVICE_SYSCTL = re.compile(r"net\.(ipv[46])\.conf\.(?!(?:all|default)\.)(.+)\.([a-z0-9_]+)")


def render(network: Network, prefix: str = PREFIX) -> dict[str, str]:
    """The files, text by name, that build ``network`` in namespaces whose names start with ``prefix``.

    Raises NetsimError for a device that Linux cannot have, for namespaces whose names become the same, and for what
    takes more than commands: eBPF programs, WireGuard's keys, the flows and frames that Weave's router process handles.
    """
    names = namespace_names(network, prefix)
    namespaces = list(network.namespaces.values())
    for namespace in namespaces:
        if namespace.programs.on_devices or namespace.programs.on_connect:
            raise NetsimError(f"{namespace.name} runs eBPF programs, which are modelled and cannot be rendered")
    files = {
        "README.md": _readme(network, names),
        "destroy.sh": _destroy_script(names),
        "namespaces.ip": "".join(f"netns add {name}\n" for name in names.values()),
    }
    made: set[tuple[str, str]] = set()
    for namespace in namespaces:
        parts = {
            "sysctl": _sysctls(namespace),
            "ip": _ip_commands(network, namespace, names, made),
            "rules.ip": _routing_rules(namespace, 4),
            "rules.ip6": _routing_rules(namespace, 6),
            "devices.sysctl": _device_sysctls(namespace),
            "bridge": _bridge_commands(namespace),
            "ipset": ipset_save(namespace),
            "ipvs": ipvsadm_save(namespace),
            "rules.v4": iptables_save(namespace, 4),
            "rules.v6": iptables_save(namespace, 6),
            "nft": nft_list(namespace),
        }
        files |= {f"{names[namespace.name]}.{part}": text for part, text in parts.items() if text}
    return files | {"build.sh": _build_script(names, files)}


def namespace_names(network: Network, prefix: str = PREFIX) -> dict[str, str]:
    """The name under which ``ip netns`` will know each namespace: ``shop/web-0`` becomes ``hop-shop_web-0``."""
    names: dict[str, str] = {}
    for namespace in network.namespaces:
        name = prefix + UNSAFE.sub("_", namespace)
        if name in names.values():
            raise NetsimError(f"two network namespaces would both be called {name!r}, one of them is {namespace!r}")
        names[namespace] = name
    return names


def _ip_commands(
    network: Network, namespace: NetworkNamespace, names: dict[str, str], made: set[tuple[str, str]]
) -> str:
    """The lines of ``ip -n NAMESPACE -batch``. ``made`` holds the veth ends that exist by now."""
    interfaces = namespace.interfaces.values()
    for interface in interfaces:
        _check_name(namespace, interface)
        _check_kind(namespace, interface)
    lines = [f"link add {_device_words(i)} type bridge" for i in interfaces if isinstance(i, Bridge)]
    for interface in interfaces:
        if isinstance(interface, Veth) and (namespace.name, interface.name) not in made:
            lines.append(_veth_pair(network, namespace, interface, names))
            made |= {(namespace.name, interface.name), (interface.peer_namespace, interface.peer_name)}
    lines += [_tunnel(namespace, i) for i in interfaces if isinstance(i, Vxlan | Geneve | Ipip | Wireguard)]
    lines += [f"link add {_device_words(i)} type dummy" for i in interfaces if isinstance(i, Dummy)]
    lines += [f"link set {i.name} master {i.master}" for i in interfaces if i.master]
    lines += [line for interface in interfaces for line in _addresses(interface)]
    lines += [f"link set {i.name} up" for i in interfaces if i.up]
    lines += _routes(namespace)
    lines += [f"neigh replace {n.address} lladdr {n.mac} dev {n.device} nud permanent"
              for n in namespace.neighbours.values()]  # fmt: skip
    return "".join(f"{line}\n" for line in lines)


def _check_name(namespace: NetworkNamespace, interface: Interface) -> None:
    if not DEVICE_NAME.fullmatch(interface.name):
        raise NetsimError(
            f"{namespace.name}: {interface.name!r} cannot be the name of a Linux network device; "
            "use up to 15 letters, digits, dots, dashes and underscores"
        )


def _check_kind(namespace: NetworkNamespace, interface: Interface) -> None:
    """Refuse what needs a program that is not running here."""
    if isinstance(interface, Datapath | DatapathVxlan | CapturedVeth):
        raise NetsimError(
            f"{namespace.name}/{interface.name} cannot be rendered: Weave's router would have to program it"
        )


def _device_words(interface: Interface) -> str:
    return f"{interface.name} address {interface.mac} mtu {interface.mtu}"


def _veth_pair(network: Network, namespace: NetworkNamespace, veth: Veth, names: dict[str, str]) -> str:
    far = network.namespaces.get(veth.peer_namespace)
    peer = None if far is None else far.interfaces.get(veth.peer_name)
    if peer is None:
        raise NetsimError(
            f"{namespace.name}/{veth.name} is plugged into {veth.peer_namespace}/{veth.peer_name}, which does not exist"
        )
    return f"link add {_device_words(veth)} type veth peer {_device_words(peer)} netns {names[veth.peer_namespace]}"


def _tunnel(namespace: NetworkNamespace, tunnel: Vxlan | Geneve | Ipip | Wireguard) -> str:
    """The line that makes a tunnel device; ``tunl0`` is there as soon as the module ipip is loaded, and no other is.

    NetsimError for WireGuard, whose peers need keys.
    """
    match tunnel:
        case Vxlan(external=True):
            return f"link add {_device_words(tunnel)} type vxlan external dstport {tunnel.port} nolearning"
        case Vxlan():
            return (
                f"link add {_device_words(tunnel)} type vxlan id {tunnel.vni} local {tunnel.local} "
                f"dev {tunnel.underlying} dstport {tunnel.port} nolearning"
            )
        case Geneve():
            return f"link add {_device_words(tunnel)} type geneve external dstport {tunnel.port}"
        case Ipip(local=local) if local is not None:
            return f"link add {tunnel.name} mtu {tunnel.mtu} type ipip local {local}"
        case Ipip():
            return f"link set {tunnel.name} mtu {tunnel.mtu}"
        case Wireguard():
            raise NetsimError(
                f"{namespace.name}/{tunnel.name} cannot be rendered: WireGuard needs keys to be exchanged"
            )


def _addresses(interface: Interface) -> Iterator[str]:
    for address in interface.addresses:
        if not (isinstance(interface, Loopback) and address in LOOPBACK_ADDRESSES):
            nodad = " nodad" if address.version == 6 else ""
            yield f"addr add {address} dev {interface.name}{nodad}"


def _routes(namespace: NetworkNamespace) -> Iterator[str]:
    """The namespace's own routes, those on a link first, then the removal of connected routes that it lacks.

    A route through a device that is down is left out: the kernel keeps none.
    """
    routes = [route for route in namespace.routes if _usable(namespace, route)]
    own = [route for route in routes if route.protocol != "kernel"]
    for route in sorted(own, key=lambda route: route.scope is not Scope.LINK):
        yield f"route add {route.text()}"
    for name, table in namespace.tables.items():
        for route in sorted(table, key=lambda route: route.scope is not Scope.LINK):
            yield f"route add {route.text()} table {name}"
    present = {(route.destination, route.device) for route in routes}
    for network, device in _connected(namespace):
        if (network, device) not in present:
            yield f"route del {network} dev {device}"


def _routing_rules(namespace: NetworkNamespace, version: int) -> str:
    """The rules that the namespace has beside the default ones, as lines of ``ip -batch`` (``ip -6 -batch``)."""
    added = [rule for rule in namespace.routing_rules if rule not in DEFAULT_RULES and rule.version == version]
    return "".join(f"rule add {rule.text()} priority {rule.priority}\n" for rule in added)


def _usable(namespace: NetworkNamespace, route: Route) -> bool:
    return route.device is None or namespace.interfaces[route.device].up


def _connected(namespace: NetworkNamespace) -> Iterator[tuple[IPNetwork, str]]:
    """What ``ip addr add`` and ``ip link set up`` make by themselves."""
    for interface in namespace.interfaces.values():
        for address in interface.addresses:
            if interface.up and not isinstance(interface, Loopback) and address.network.num_addresses > 1:
                yield address.network, interface.name


def _bridge_commands(namespace: NetworkNamespace) -> str:
    """The lines of ``bridge -n NAMESPACE -batch``."""
    lines = [f"fdb append {e.mac} dev {e.device} dst {e.remote} self permanent" for e in namespace.fdb.values()]
    for interface in namespace.interfaces.values():
        if isinstance(interface, Veth) and interface.master and interface.hairpin:
            lines.append(f"link set dev {interface.name} hairpin on")
    return "".join(f"{line}\n" for line in lines)


def _sysctls(namespace: NetworkNamespace) -> str:
    """A file for ``sysctl -p``. New devices copy ``conf.default``, so ``rp_filter`` is set there as well."""
    settings = {
        key: value
        for key, value in namespace.sysctls.items()
        if not key.startswith(MACHINE_WIDE) and not DEVICE_SYSCTL.fullmatch(key)
    }
    settings["net.ipv4.conf.default.rp_filter"] = settings.get("net.ipv4.conf.all.rp_filter", 0)
    if not _uses_ipv6(namespace):
        settings["net.ipv6.conf.all.disable_ipv6"] = settings["net.ipv6.conf.default.disable_ipv6"] = 1
    return "".join(f"{key} = {value}\n" for key, value in settings.items())


def _device_sysctls(namespace: NetworkNamespace) -> str:
    """Settings of single devices, which exist only once their devices do. With slashes a device's name may have dots
    (sysctl.d(5))."""
    found = [(DEVICE_SYSCTL.fullmatch(key), value) for key, value in namespace.sysctls.items()]
    return "".join(f"net/{m[1]}/conf/{m[2]}/{m[3]} = {value}\n" for m, value in found if m is not None)


def _uses_ipv6(namespace: NetworkNamespace) -> bool:
    return any(
        address.version == 6
        for interface in namespace.interfaces.values()
        if not isinstance(interface, Loopback)
        for address in interface.addresses
    )


def _build_script(names: dict[str, str], files: dict[str, str]) -> str:
    """All namespaces have their sysctls before the first device is made, whose settings are copied from them."""
    lines = [
        "#!/bin/sh",
        "# Builds the network in this machine's kernel. Run as root, or inside: unshare -Urnm",
        "# IPTABLES_RESTORE and IP6TABLES_RESTORE choose the programs, iptables-legacy-restore say.",
        "set -eu",
        'cd "$(dirname "$0")"',
        "if [ ! -w /run/netns ] && ! mkdir -p /run/netns 2>/dev/null; then",
        "    mount -t tmpfs tmpfs /run && mkdir /run/netns",
        "fi",
        "ip -batch namespaces.ip",
    ]
    lines += [f"ip netns exec {name} sysctl -q -p {name}.sysctl" for name in names.values()]
    for name in names.values():
        lines += [command.format(name) for part, command in LOADED_BY.items() if f"{name}.{part}" in files]
    return "".join(f"{line}\n" for line in lines)


def _destroy_script(names: dict[str, str]) -> str:
    lines = ["#!/bin/sh", "# Deletes the namespaces that build.sh makes, and all that is in them.", "set -eu"]
    lines += [f"[ ! -e /run/netns/{name} ] || ip netns del {name}" for name in names.values()]
    return "".join(f"{line}\n" for line in lines)


def _readme(network: Network, names: dict[str, str]) -> str:
    rows = "".join(
        f"| `{names[namespace.name]}` | {_owner(namespace)} | {_listens(namespace)} |\n"
        for namespace in network.namespaces.values()
    )
    example = list(names.values())[-1] if names else "NAME"
    return f"""# A simulated network, rendered

{len(names)} network namespaces. They need iproute2 and iptables, ipset where a file here ends in `.ipset`, nftables
where one ends in `.nft`, and ipvsadm with the kernel's module ip_vs where one ends in `.ipvs`; build them as root with

    sh build.sh

or without any privilege in a shell of their own:

    unshare -Urnm sh -c 'mount -t tmpfs tmpfs /run && mkdir /run/netns && sh build.sh && exec sh'

Look around with `ip netns exec {example} ip addr`. `sh destroy.sh` deletes everything.

The rendered commands make devices, addresses, routes, neighbours, sysctls and rules, not the processes: to have
something to talk to, start a server for each socket below, such as `ip netns exec {example} nc -lk -p 8080`.

| namespace | what it is | listens on |
|---|---|---|
{rows}"""


def _owner(namespace: NetworkNamespace) -> str:
    if namespace.pod is not None:
        return f"Pod {'/'.join(namespace.pod)} on node {namespace.node}"
    return f"node {namespace.node}" if namespace.node else namespace.name


def _listens(namespace: NetworkNamespace) -> str:
    return ", ".join(f"{s.port}/{s.protocol}" for s in namespace.sockets) or "–"
