"""``static``: the addresses that the configuration itself gives.

Source: containernetworking/plugins plugins/ipam/static/main.go.
"""

from __future__ import annotations

from ipaddress import ip_address, ip_interface
from typing import Any

from netsim.cni.protocol.errors import CniError
from netsim.cni.protocol.plugins.base import Call
from netsim.cni.protocol.requests import typed
from netsim.cni.protocol.results import Result, ResultAddress, read_dns, read_routes


class Static:
    """Reserves nothing: two containers with one configuration get the same address."""

    def add(self, call: Call) -> Result:
        documents = typed(call.ipam, "addresses", list, [])
        try:
            addresses = tuple(_address(document) for document in documents)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise CniError(f"the address is invalid: {error}") from None
        return Result(
            addresses=addresses,
            routes=read_routes(typed(call.ipam, "routes", list, [])),
            dns=read_dns(typed(call.ipam, "dns", dict, {})),
        )

    def delete(self, call: Call) -> None:
        """Nothing is reserved."""

    def check(self, call: Call) -> None:
        previous = call.previous_result()
        for wanted in self.add(call).addresses:
            if all(found.address != wanted.address for found in previous.addresses):
                raise CniError(f"static: Failed to find address {wanted.address} in prevResult")


def _address(document: dict[str, Any]) -> ResultAddress:
    address = ip_interface(typed(document, "address", str, ""))
    gateway = ip_address(typed(document, "gateway", str, "") or address.ip)
    if gateway.version != address.version:
        raise CniError(f"the gateway {gateway} is of another family than {address}")
    return ResultAddress(address, gateway if document.get("gateway") else None)
