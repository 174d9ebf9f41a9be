"""``bridge``: a bridge of the machine, a cable into the container, and with IPAM addresses, routes and a gateway.

Source: containernetworking/plugins plugins/main/bridge/bridge.go.
"""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_interface

from netsim.cni.bridge import BRIDGE
from netsim.cni.protocol.errors import CniError
from netsim.cni.protocol.machine import add_addresses, enable_forwarding
from netsim.cni.protocol.plugins.base import Call
from netsim.cni.protocol.plugins.container_interface import (
    check_interface,
    configure,
    delete_interface,
    hide_behind_machine,
)
from netsim.cni.protocol.results import Result, ResultAddress, ResultInterface, ResultRoute
from netsim.device_names import virtual_mac
from netsim.linux.interfaces import Bridge, InterfaceAddress
from netsim.linux.namespace import NetworkNamespace
from netsim.linux.routing import EVERYWHERE, IPNetwork

HIGHEST_VLAN = 4094
DEFAULT_MTU = 1500


class BridgePlugin:
    """``isGateway`` gives the bridge the gateway's address, ``isDefaultGateway`` adds the default route as well."""

    def add(self, call: Call) -> Result:
        _check_configuration(call)
        machine, environment = call.machine, call.request.environment
        bridge = _ensure_bridge(call)
        sandbox = machine.sandbox(environment.netns)
        inside, outside = machine.make_veth(
            sandbox, call.interface, call.container, _mtu(call), bridge, call.flag("hairpinMode")
        )
        found = Result()
        if call.ipam_type:
            found = call.addresses()
            with call.released_on_failure():
                found = _with_gateways(call, found)
                _connect_at_layer_3(call, bridge, sandbox, found)
        interfaces = (
            ResultInterface(bridge, machine.host.interfaces[bridge].mac),
            ResultInterface(outside.name, outside.mac),
            ResultInterface(inside.name, inside.mac, environment.netns),
        )
        addresses = tuple(replace(each, interface=2) for each in found.addresses)
        return Result(interfaces, addresses, found.routes, call.dns(found.dns))

    def delete(self, call: Call) -> None:
        delete_interface(call)

    def check(self, call: Call) -> None:
        bridge = call.machine.host.interfaces.get(_bridge_name(call))
        if not isinstance(bridge, Bridge):
            raise CniError(f"Bridge interface {_bridge_name(call)} not found")
        check_interface(call)


def _check_configuration(call: Call) -> None:
    vlan = call.request.named("vlan", int, 0)
    if not 0 <= vlan <= HIGHEST_VLAN:
        raise CniError(f"invalid VLAN ID {vlan} (must be between 0 and {HIGHEST_VLAN})")
    if vlan:
        raise CniError("VLANs are not simulated: leave vlan out")
    if call.flag("hairpinMode") and call.flag("promiscMode"):
        raise CniError("cannot set hairpin mode and promiscuous mode at the same time.")


def _connect_at_layer_3(call: Call, bridge: str, sandbox: NetworkNamespace, found: Result) -> None:
    configure(sandbox, call.interface, found)
    if call.flag("isGateway") or call.flag("isDefaultGateway"):
        _be_gateway(call, bridge, found)
    if call.flag("ipMasq"):
        hide_behind_machine(call, found)


def _bridge_name(call: Call) -> str:
    return str(call.request.named("bridge", str, "")) or BRIDGE


def _mtu(call: Call) -> int:
    return int(call.request.named("mtu", int, 0)) or DEFAULT_MTU


def _ensure_bridge(call: Call) -> str:
    """The bridge's name; the bridge is made when it is not there yet."""
    name, host = _bridge_name(call), call.machine.host
    present = host.interfaces.get(name)
    if present is None:
        host.add_interface(Bridge(name=name, mac=virtual_mac(f"{host.name}/{name}"), mtu=_mtu(call)))
    elif not isinstance(present, Bridge):
        raise CniError(f'failed to create bridge "{name}": "{name}" already exists but is not a bridge')
    return name


def _with_gateways(call: Call, found: Result) -> Result:
    """Gateways that IPAM left out, where the bridge is one, and the default route (calcGateways)."""
    default = call.flag("isDefaultGateway")
    addresses = tuple(_with_gateway(each, default or call.flag("isGateway")) for each in found.addresses)
    if not default:
        return replace(found, addresses=addresses)
    routes = list(found.routes)
    for address in addresses:
        everywhere = EVERYWHERE[address.address.version]
        if not any(route.destination == everywhere and route.gateway for route in routes):
            routes.append(ResultRoute(everywhere, address.gateway))
    return replace(found, addresses=addresses, routes=tuple(routes))


def _with_gateway(address: ResultAddress, needed: bool) -> ResultAddress:
    """calcGatewayIP: the first address of the subnet."""
    if address.gateway is not None or not needed:
        return address
    return replace(address, gateway=address.address.network.network_address + 1)


def _be_gateway(call: Call, bridge: str, found: Result) -> None:
    """Give the bridge each gateway's address, and let the machine forward."""
    host = call.machine.host
    for address in found.addresses:
        if address.gateway is not None:
            own = ip_interface(f"{address.gateway}/{address.address.network.prefixlen}")
            _ensure_address(host, bridge, own, call.flag("forceAddress"))
    enable_forwarding(host, {address.address.version for address in found.addresses})


def _ensure_address(host: NetworkNamespace, bridge: str, wanted: InterfaceAddress, force: bool) -> None:
    """A bridge has one IPv4 address; several of IPv6 only where their subnets do not overlap (ensureAddr)."""
    present = host.interfaces[bridge].addresses
    if wanted in present:
        return
    rivals = [each for each in present if each.version == wanted.version and _rivals(each.network, wanted.network)]
    if rivals and not force:
        raise CniError(f'failed to set bridge addr: "{bridge}" already has an IP address different from {wanted}')
    if rivals:
        _remove_addresses(host, bridge, rivals)
    add_addresses(host, bridge, (wanted,))


def _rivals(one: IPNetwork, other: IPNetwork) -> bool:
    return one.version == 4 or one.overlaps(other)


def _remove_addresses(host: NetworkNamespace, bridge: str, unwanted: list[InterfaceAddress]) -> None:
    """``ip addr del``, with the connected routes."""
    interface = host.interfaces[bridge]
    host.remove_interface(bridge)
    kept = tuple(each for each in interface.addresses if each not in unwanted)
    host.add_interface(replace(interface, addresses=kept))
