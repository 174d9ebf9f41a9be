"""What ADD answers: interfaces, addresses, routes and DNS, in the JSON shape of each protocol version.

Source: CNI specification (section 5, "Success"); containernetworking/cni pkg/types/{020,040,100}.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import ip_address, ip_interface, ip_network
from typing import Any

from netsim.cni.protocol.errors import CniError, Code
from netsim.linux.interfaces import InterfaceAddress
from netsim.linux.routing import IPNetwork
from netsim.packet import IPAddress

Document = dict[str, Any]

VERSIONS = ("0.1.0", "0.2.0", "0.3.0", "0.3.1", "0.4.0", "1.0.0", "1.1.0")
"""The protocol versions that the plugins understand, oldest first."""
FLAT_VERSIONS = ("", "0.1.0", "0.2.0")
"""Those whose result has one address a family and knows no interfaces."""


def at_least(version: str, oldest: str) -> bool:
    """Whether ``version``, one of VERSIONS, is ``oldest`` or newer; no version at all means 0.1.0."""
    return VERSIONS.index(version or VERSIONS[0]) >= VERSIONS.index(oldest)


@dataclass(frozen=True, slots=True)
class ResultInterface:
    """``sandbox`` is the path of the network namespace, "" for a device of the machine."""

    name: str
    mac: str = ""
    sandbox: str = ""

    def document(self) -> Document:
        return _present(name=self.name, mac=self.mac, sandbox=self.sandbox)


@dataclass(frozen=True, slots=True)
class ResultAddress:
    """``interface`` is an index into the result's interfaces."""

    address: InterfaceAddress
    gateway: IPAddress | None = None
    interface: int | None = None

    def document(self, version: str) -> Document:
        family = {} if at_least(version, "1.0.0") else {"version": str(self.address.version)}
        index = {} if self.interface is None else {"interface": self.interface}
        return family | index | _present(address=str(self.address), gateway=_text(self.gateway))


@dataclass(frozen=True, slots=True)
class ResultRoute:
    destination: IPNetwork
    gateway: IPAddress | None = None

    def document(self) -> Document:
        return _present(dst=str(self.destination), gw=_text(self.gateway))


@dataclass(frozen=True, slots=True)
class Dns:
    nameservers: tuple[str, ...] = ()
    domain: str = ""
    search: tuple[str, ...] = ()
    options: tuple[str, ...] = ()

    def document(self) -> Document:
        return _present(
            nameservers=list(self.nameservers), domain=self.domain,
            search=list(self.search), options=list(self.options),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Result:
    interfaces: tuple[ResultInterface, ...] = ()
    addresses: tuple[ResultAddress, ...] = ()
    routes: tuple[ResultRoute, ...] = ()
    dns: Dns = field(default_factory=Dns)

    def document(self, version: str) -> Document:
        """The result as a plugin of this protocol version prints it."""
        head = _present(cniVersion=version)
        if version in FLAT_VERSIONS:
            return head | self._flat_document() | {"dns": self.dns.document()}
        return (
            head
            | _present(
                interfaces=[interface.document() for interface in self.interfaces],
                ips=[address.document(version) for address in self.addresses],
                routes=[route.document() for route in self.routes],
            )
            | {"dns": self.dns.document()}
        )

    def _flat_document(self) -> Document:
        """The first address of each family with the routes of that family (types/020)."""
        document: Document = {}
        for key, family in (("ip4", 4), ("ip6", 6)):
            first = next((a for a in self.addresses if a.address.version == family), None)
            if first is not None:
                routes = [route.document() for route in self.routes if route.destination.version == family]
                document[key] = _present(ip=str(first.address), gateway=_text(first.gateway), routes=routes)
        return document


def read_result(document: object, version: str) -> Result:
    """A result in the shape of a protocol version, such as ``prevResult``; CniError when it cannot be one."""
    if not isinstance(document, dict):
        raise CniError("could not parse prevResult: it is not an object", Code.DECODING_FAILURE)
    try:
        if version in FLAT_VERSIONS:
            return _read_flat(document)
        return Result(
            tuple(
                ResultInterface(each["name"], each.get("mac", ""), each.get("sandbox", ""))
                for each in document.get("interfaces") or ()
            ),
            tuple(
                ResultAddress(ip_interface(each["address"]), _address(each.get("gateway")), each.get("interface"))
                for each in document.get("ips") or ()
            ),
            tuple(_read_route(each) for each in document.get("routes") or ()),
            read_dns(document.get("dns") or {}),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CniError(f"could not parse prevResult: {error}", Code.DECODING_FAILURE) from None


def _read_flat(document: Document) -> Result:
    parts = [document[key] for key in ("ip4", "ip6") if document.get(key)]
    return Result(
        addresses=tuple(ResultAddress(ip_interface(part["ip"]), _address(part.get("gateway"))) for part in parts),
        routes=tuple(_read_route(each) for part in parts for each in part.get("routes") or ()),
        dns=read_dns(document.get("dns") or {}),
    )


def read_routes(documents: object) -> tuple[ResultRoute, ...]:
    """The ``routes`` of an IPAM configuration; CniError names what is not one."""
    try:
        return tuple(_read_route(each) for each in documents or ())  # type: ignore[attr-defined]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CniError(f"invalid route: {error}", Code.DECODING_FAILURE) from None


def _read_route(document: Document) -> ResultRoute:
    return ResultRoute(ip_network(document["dst"], strict=False), _address(document.get("gw")))


def read_dns(document: Document) -> Dns:
    """DNS settings; CniError for a list that is none."""
    lists = {key: document.get(key) or [] for key in ("nameservers", "search", "options")}
    for key, value in lists.items():
        if not isinstance(value, list):
            raise CniError(f"invalid dns: {key} must be a list", Code.DECODING_FAILURE)
    return Dns(
        tuple(map(str, lists["nameservers"])),
        str(document.get("domain") or ""),
        tuple(map(str, lists["search"])),
        tuple(map(str, lists["options"])),
    )


def _address(text: str | None) -> IPAddress | None:
    return ip_address(text) if text else None


def _text(address: IPAddress | None) -> str:
    return "" if address is None else str(address)


def _present(**values: Any) -> Document:
    """The values that are there, as Go's ``omitempty`` leaves the others out."""
    return {key: value for key, value in values.items() if value}
