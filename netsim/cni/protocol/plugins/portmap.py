"""``portmap``: a chained plugin that maps ports of the machine to the container in front of it.

Source: containernetworking/plugins plugins/meta/portmap/{main,portmap}.go.
"""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any

from netsim.cni.masquerade import chain_name
from netsim.cni.portmap import PortMapping, map_ports, unmap_ports
from netsim.cni.protocol.errors import CniError
from netsim.cni.protocol.plugins.base import Call
from netsim.cni.protocol.requests import typed
from netsim.cni.protocol.results import Result, ResultAddress
from netsim.packet import Protocol, parse_protocol


class Portmap:
    """Passes the result of the plugin before it on."""

    def add(self, call: Call) -> Result:
        mappings = _mappings(call)
        result = call.previous_result()
        if not mappings:
            return result
        for address in _container_addresses(result):
            map_ports(call.machine.host, call.request.network, call.container, mappings, address.address)
        return result

    def delete(self, call: Call) -> None:
        for version in (4, 6):
            if (version, "nat") in call.machine.host.netfilter.tables:
                nat = call.machine.host.netfilter.table("nat", version)
                if "CNI-HOSTPORT-DNAT" in nat.chains:
                    unmap_ports(nat, call.request.network, call.container)

    def check(self, call: Call) -> None:
        result = call.previous_result()
        chain = chain_name("CNI-DN-", call.request.network, call.container)
        for address in _container_addresses(result) if _mappings(call) else ():
            version = address.address.version
            if chain not in call.machine.host.netfilter.table("nat", version).chains:
                raise CniError(f"could not check ipv{version} dnat: chain {chain} not found in iptables table nat")


def _mappings(call: Call) -> tuple[PortMapping, ...]:
    return tuple(_mapping(each) for each in typed(call.runtime, "portMappings", list, []))


def _mapping(document: Any) -> PortMapping:
    if not isinstance(document, dict):
        raise CniError("failed to parse config: portMappings must list objects")
    for key, what in (("containerPort", "container"), ("hostPort", "host")):
        if not 1 <= typed(document, key, int, 0) <= 65535:
            raise CniError(f"failed to parse config: Invalid {what} port number: {document.get(key, 0)}")
    try:
        protocol = parse_protocol(typed(document, "protocol", str, "") or "tcp")
        host_ip = typed(document, "hostIP", str, "")
        address = ip_address(host_ip) if host_ip else None
    except ValueError as error:
        raise CniError(f"failed to parse config: {error}") from None
    if protocol not in (Protocol.TCP, Protocol.UDP, Protocol.SCTP):
        raise CniError(f"failed to parse config: {protocol} has no ports")
    return PortMapping(document["hostPort"], document["containerPort"], protocol, address)


def _container_addresses(result: Result) -> list[ResultAddress]:
    """The first address of each family that is not on a device of the machine."""
    chosen: dict[int, ResultAddress] = {}
    for address in result.addresses:
        index = address.interface
        known = index is not None and 0 <= index < len(result.interfaces)
        if known and index is not None and not result.interfaces[index].sandbox:
            continue
        chosen.setdefault(address.address.version, address)
    return list(chosen.values())
