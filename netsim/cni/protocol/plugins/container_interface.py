"""What plugins that make an interface have in common: setting it up in the container, checking it, deleting it.

Source: containernetworking/plugins pkg/ipam/ipam_linux.go (ConfigureIface), pkg/ip/link_linux.go
(ValidateExpectedInterfaceIPs, ValidateExpectedRoute).
"""

from __future__ import annotations

from netsim.cni.masquerade import masquerade, stop_masquerading
from netsim.cni.protocol.errors import CniError
from netsim.cni.protocol.machine import add_addresses
from netsim.cni.protocol.plugins.base import Call
from netsim.cni.protocol.results import Result, ResultRoute
from netsim.linux.interfaces import InterfaceAddress
from netsim.linux.namespace import NetworkNamespace
from netsim.linux.routing import Route
from netsim.packet import IPAddress


def configure(sandbox: NetworkNamespace, device: str, result: Result) -> None:
    """Give the container's interface the result's addresses and routes; a route without a gateway takes that of the
    first address of its family. CniError for a second route to the same destination, as the kernel refuses it."""
    add_addresses(sandbox, device, (found.address for found in result.addresses))
    for route in result.routes:
        gateway = route.gateway or first_gateway(result, route.destination.version)
        if any(present.destination == route.destination for present in sandbox.routes):
            raise CniError(f"failed to add route '{route.destination} via {gateway} dev {device}': file exists")
        sandbox.routes.add(Route(destination=route.destination, gateway=gateway, device=device))


def first_gateway(result: Result, version: int) -> IPAddress | None:
    gateways = (found.gateway for found in result.addresses if found.address.version == version)
    return next((gateway for gateway in gateways if gateway is not None), None)


def hide_behind_machine(call: Call, result: Result) -> None:
    """``ipMasq``, for every address of the container."""
    for found in result.addresses:
        nat = call.machine.host.netfilter.table("nat", found.address.version)
        masquerade(nat, call.request.network, call.container, found.address)


def delete_interface(call: Call) -> None:
    """DEL: the addresses first, then the interface and its masquerade rules. What is gone already is no error.

    Without the namespace nobody knows the interface's addresses any more, so the rules for them stay.
    """
    if call.ipam_type:
        call.delegate(call.ipam_type, "DEL", None)
    sandbox = call.machine.sandboxes.get(call.request.environment.netns)
    if sandbox is None:
        return
    deleted = call.machine.delete_link(sandbox, call.interface)
    if deleted is None or not (call.ipam_type and call.flag("ipMasq")):
        return
    for version in {address.version for address in deleted.addresses}:
        nat = call.machine.host.netfilter.table("nat", version)
        stop_masquerading(nat, call.request.network, call.container)


def check_interface(call: Call) -> None:
    """CHECK: the container has the interface, addresses and routes of ``prevResult``."""
    if call.ipam_type:
        call.delegate(call.ipam_type, "CHECK", None)
    previous = call.previous_result()
    path = call.request.environment.netns
    sandbox = call.machine.sandbox(path)
    wanted = next((each for each in previous.interfaces if each.name == call.interface and each.sandbox == path), None)
    if wanted is None:
        raise CniError(f"Sandbox in prevResult does not match configured netns: {path}")
    interface = sandbox.interfaces.get(call.interface)
    if interface is None:
        raise CniError(f"Container Interface name in prevResult: {call.interface} not found")
    if wanted.mac and interface.mac != wanted.mac:
        raise CniError(f"Interface {call.interface} Mac {wanted.mac} doesn't match container Mac: {interface.mac}")
    for found in previous.addresses:
        _check_address(interface.addresses, found.address, call.interface)
    for route in previous.routes:
        _check_route(sandbox, route)


def _check_address(present: tuple[InterfaceAddress, ...], wanted: InterfaceAddress, device: str) -> None:
    if wanted not in present:
        raise CniError(f"Failed to match addr {wanted.ip} on interface {device}")


def _check_route(sandbox: NetworkNamespace, wanted: ResultRoute) -> None:
    for route in sandbox.routes:
        if route.destination == wanted.destination and wanted.gateway in (None, route.gateway):
            return
    raise CniError(f"Expected Route {wanted.destination} via {wanted.gateway} not found in routing table")
