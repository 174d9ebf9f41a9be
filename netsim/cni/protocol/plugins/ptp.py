"""``ptp``: a cable between machine and container with no bridge; the container reaches everything over its gateway.

Source: containernetworking/plugins plugins/main/ptp/ptp.go.
"""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_interface, ip_network

from netsim.cni.protocol.errors import CniError
from netsim.cni.protocol.machine import add_addresses, enable_forwarding
from netsim.cni.protocol.plugins.base import Call
from netsim.cni.protocol.plugins.container_interface import (
    check_interface,
    configure,
    delete_interface,
    hide_behind_machine,
)
from netsim.cni.protocol.results import Result, ResultInterface
from netsim.linux.namespace import NetworkNamespace
from netsim.linux.routing import Route, Scope

DEFAULT_MTU = 1500


class PointToPoint:
    """The machine's end has the gateway's address alone, and a route to each address of the container."""

    def add(self, call: Call) -> Result:
        found = call.addresses()
        with call.released_on_failure():
            return self._connect(call, found)

    def _connect(self, call: Call, found: Result) -> Result:
        machine, environment = call.machine, call.request.environment
        enable_forwarding(machine.host, {each.address.version for each in found.addresses})
        sandbox = machine.sandbox(environment.netns)
        mtu = int(call.request.named("mtu", int, 0)) or DEFAULT_MTU
        inside, outside = machine.make_veth(sandbox, call.interface, call.container, mtu, None, hairpin=False)
        if any(each.gateway is None for each in found.addresses):
            raise CniError("IPAM plugin returned an address without a gateway")
        _set_up_container(sandbox, call.interface, found)
        _set_up_host(machine.host, outside.name, found)
        if call.flag("ipMasq"):
            hide_behind_machine(call, found)
        return Result(
            (ResultInterface(outside.name, outside.mac), ResultInterface(inside.name, inside.mac, environment.netns)),
            tuple(replace(each, interface=1) for each in found.addresses),
            found.routes,
            call.dns(found.dns),
        )

    def delete(self, call: Call) -> None:
        delete_interface(call)

    def check(self, call: Call) -> None:
        check_interface(call)


def _set_up_container(sandbox: NetworkNamespace, device: str, found: Result) -> None:
    """Everything, the subnet of the address included, goes by the gateway, which is on the cable."""
    configure(sandbox, device, found)
    for each in found.addresses:
        assert each.gateway is not None
        own = each.address
        if own.network.prefixlen < own.max_prefixlen:
            sandbox.routes.remove(own.network)
        sandbox.routes.add(Route(destination=ip_network(each.gateway), device=device, source=own.ip, scope=Scope.LINK))
        sandbox.routes.add(Route(destination=own.network, gateway=each.gateway, device=device, source=own.ip))


def _set_up_host(host: NetworkNamespace, device: str, found: Result) -> None:
    gateways = [ip_interface(each.gateway) for each in found.addresses if each.gateway is not None]
    add_addresses(host, device, gateways)
    for each in found.addresses:
        host.routes.add(Route(destination=ip_network(each.address.ip), device=device, scope=Scope.HOST))
