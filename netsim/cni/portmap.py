"""The portmap plugin, which flannel's configuration chains behind the bridge: a container's hostPort on its node.

Source: containernetworking/plugins plugins/meta/portmap/{portmap_iptables,utils}.go, pkg/utils/utils.go (chain names).
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_network
from itertools import groupby

from netsim.cni.masquerade import chain_name
from netsim.cni.plugin import NETWORK_NAME, container_id
from netsim.kubernetes.objects import Pod
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
from netsim.packet import IPAddress, Protocol

MASQUERADE_MARK = 0x2000
LOCALHOST = ip_network("127.0.0.1/32")


@dataclass(frozen=True, slots=True)
class PortMapping:
    """One entry of the ``portMappings`` capability; ``host_ip`` None or unspecified means every address."""

    host_port: int
    container_port: int
    protocol: Protocol
    host_ip: IPAddress | None = None


def plan_host_ports(
    namespace: NetworkNamespace, pod: Pod, addresses: tuple[InterfaceAddress, ...], network: str = NETWORK_NAME
) -> None:
    """Map the host ports of one Pod with these addresses on its node; nothing where no container asks for one.

    ``network`` is the name of the configuration list that portmap stands in.
    """
    mappings = tuple(
        PortMapping(port.host_port, port.port, Protocol(port.protocol.lower()), port.host_ip)
        for port in pod.spec.ports
        if port.host_port
    )
    if not mappings:
        return
    for address in addresses:
        map_ports(namespace, network, container_id(pod), mappings, address)


def map_ports(
    host: NetworkNamespace, network: str, container: str, mappings: tuple[PortMapping, ...], address: InterfaceAddress
) -> None:
    """A chain for the container, found by its ports: one rule for each protocol, by name."""
    _let_loopback_through(host, address)
    nat = host.netfilter.table("nat", address.version)
    _make_shared_chains(nat)
    chain = chain_name("CNI-DN-", network, container)
    comment = Comment(f'dnat name: \\"{network}\\" id: \\"{container}\\"')
    wanted = tuple(m for m in mappings if m.host_ip is None or m.host_ip.version == address.version)
    for protocol, group in groupby(sorted(wanted, key=_protocol), key=_protocol):
        numbers = [mapping.host_port for mapping in group]
        for first in range(0, len(numbers), MOST_PORTS):
            some = DestinationPorts(tuple(numbers[first : first + MOST_PORTS]))
            nat.chain("CNI-HOSTPORT-DNAT").append(Jump(chain), ProtocolIs(protocol), comment, some)
    for mapping in wanted:
        _write_port_rules(nat, chain, mapping, address)


def unmap_ports(nat: Table, network: str, container: str) -> None:
    """Take the container's chain and the jumps to it away; what all containers share stays."""
    chain = chain_name("CNI-DN-", network, container)
    rules = nat.chain("CNI-HOSTPORT-DNAT").rules
    rules[:] = [rule for rule in rules if rule.target != Jump(chain)]
    nat.chains.pop(chain, None)


def _let_loopback_through(host: NetworkNamespace, address: InterfaceAddress) -> None:
    """Whoever asks the machine at 127.0.0.1 has a loopback source until it is masqueraded (enableLocalnetRouting)."""
    route = host.routes.lookup(address.ip)
    if address.version == 4 and route is not None and route.device is not None:
        host.sysctls[f"net.ipv4.conf.{route.device}.route_localnet"] = 1


def _protocol(mapping: PortMapping) -> Protocol:
    return mapping.protocol


def _write_port_rules(nat: Table, chain: str, mapping: PortMapping, address: InterfaceAddress) -> None:
    """Mark what comes from the Pods beside it and from this machine's loopback, then translate."""
    where: tuple[Match, ...] = ()
    if mapping.host_ip is not None and not mapping.host_ip.is_unspecified:
        where = (Destination(ip_network(mapping.host_ip)),)
    matches = (*where, ProtocolIs(mapping.protocol), DestinationPort(mapping.protocol, mapping.host_port))
    mark = Jump("CNI-HOSTPORT-SETMARK")
    nat.chain(chain).append(mark, Source(address.network), *matches)
    if address.version == 4:
        nat.chain(chain).append(mark, Source(LOCALHOST), *matches)
    nat.chain(chain).append(Dnat(address.ip, mapping.container_port), *matches)


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
