"""The portmap plugin, which flannel's configuration chains behind the bridge: a container's hostPort on its node.

Source: containernetworking/plugins plugins/meta/portmap/portmap_iptables.go, pkg/utils/utils.go (chain names).
"""

from __future__ import annotations

from hashlib import sha256, sha512
from ipaddress import ip_network
from itertools import groupby

from netsim.kubernetes.objects import ContainerPort, Pod
from netsim.linux.interfaces import InterfaceAddress
from netsim.linux.namespace import NetworkNamespace
from netsim.linux.netfilter import (
    Comment,
    Destination,
    DestinationIsLocal,
    DestinationPort,
    Dnat,
    Jump,
    MarkIs,
    Masquerade,
    Match,
    ProtocolIs,
    SetMark,
    Source,
    Table,
)
from netsim.linux.netfilter.multiport import MOST_PORTS, DestinationPorts
from netsim.packet import Protocol

NETWORK_NAME = "cbr0"
"""``name`` in kube-flannel's cni-conf.json."""
MASQUERADE_MARK = 0x2000
LOCALHOST = ip_network("127.0.0.1/32")


def plan_host_ports(namespace: NetworkNamespace, pod: Pod, addresses: tuple[InterfaceAddress, ...]) -> None:
    """Map the host ports of one Pod with these addresses on its node; nothing where no container asks for one."""
    ports = tuple(port for port in pod.spec.ports if port.host_port)
    if not ports:
        return
    for address in addresses:
        _map_ports(namespace.netfilter.table("nat", address.version), pod, address, ports)


def _map_ports(nat: Table, pod: Pod, address: InterfaceAddress, ports: tuple[ContainerPort, ...]) -> None:
    """A chain for the Pod, found by its ports; the newest Pod's comes first."""
    _make_shared_chains(nat)
    container = sha256(f"{pod.namespace}/{pod.name}".encode()).hexdigest()
    chain = f"CNI-DN-{sha512(f'{NETWORK_NAME}{container}'.encode()).hexdigest()[:21]}"
    comment = Comment(f'dnat name: \\"{NETWORK_NAME}\\" id: \\"{container}\\"')
    wanted = tuple(p for p in ports if p.host_ip is None or p.host_ip.version == address.version)
    for protocol, group in groupby(sorted(wanted, key=_protocol), key=_protocol):
        numbers = [port.host_port for port in group]
        for first in range(0, len(numbers), MOST_PORTS):
            some = DestinationPorts(tuple(numbers[first : first + MOST_PORTS]))
            nat.chain("CNI-HOSTPORT-DNAT").prepend(Jump(chain), ProtocolIs(protocol), comment, some)
    for port in wanted:
        _write_port_rules(nat, chain, port, address)


def _protocol(port: ContainerPort) -> Protocol:
    return Protocol(port.protocol.lower())


def _write_port_rules(nat: Table, chain: str, port: ContainerPort, address: InterfaceAddress) -> None:
    """Mark what comes from the Pods beside it and from this machine's loopback, then translate."""
    protocol = _protocol(port)
    where: tuple[Match, ...] = ()
    if port.host_ip is not None and not port.host_ip.is_unspecified:
        where = (Destination(ip_network(port.host_ip)),)
    matches = (*where, ProtocolIs(protocol), DestinationPort(protocol, port.host_port))
    mark = Jump("CNI-HOSTPORT-SETMARK")
    nat.chain(chain).append(mark, Source(address.network), *matches)
    if address.version == 4:
        nat.chain(chain).append(mark, Source(LOCALHOST), *matches)
    nat.chain(chain).append(Dnat(address.ip, port.port), *matches)


def _make_shared_chains(nat: Table) -> None:
    if "CNI-HOSTPORT-DNAT" in nat.chains:
        return
    nat.chain("CNI-HOSTPORT-SETMARK").append(
        SetMark(MASQUERADE_MARK, MASQUERADE_MARK), Comment("CNI portfwd masquerade mark")
    )
    nat.chain("CNI-HOSTPORT-MASQ").append(Masquerade(), MarkIs(MASQUERADE_MARK, MASQUERADE_MARK))
    nat.chain("POSTROUTING").prepend(Jump("CNI-HOSTPORT-MASQ"), Comment("CNI portfwd requiring masquerade"))
    for base in ("PREROUTING", "OUTPUT"):
        nat.chain(base).append(Jump("CNI-HOSTPORT-DNAT"), DestinationIsLocal())
    nat.chain("CNI-HOSTPORT-DNAT")
