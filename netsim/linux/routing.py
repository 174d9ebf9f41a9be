"""Routes and the longest-prefix match, as ``ip route`` shows and the kernel's FIB does it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network

from netsim.packet import IPAddress

IPNetwork = IPv4Network | IPv6Network


class RouteKind(StrEnum):
    UNICAST = "unicast"
    BLACKHOLE = "blackhole"
    UNREACHABLE = "unreachable"


class Scope(StrEnum):
    """How far away the destination is: behind a gateway, or on the link itself."""

    GLOBAL = "global"
    LINK = "link"


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One line of ``ip route``. ``gateway`` None means that the destination is on the link of ``device``."""

    destination: IPNetwork
    device: str | None = None
    gateway: IPAddress | None = None
    source: IPAddress | None = None
    kind: RouteKind = RouteKind.UNICAST
    scope: Scope = Scope.GLOBAL
    protocol: str | None = None
    metric: int = 0
    onlink: bool = False

    def text(self) -> str:
        """The line that ``ip route show`` prints for it."""
        words = [] if self.kind is RouteKind.UNICAST else [str(self.kind)]
        words.append("default" if self.destination.prefixlen == 0 else _short(self.destination))
        if self.gateway is not None:
            words += ["via", str(self.gateway)]
        if self.device is not None:
            words += ["dev", self.device]
        if self.protocol:
            words += ["proto", self.protocol]
        if self.scope is Scope.LINK:
            words += ["scope", "link"]
        if self.source is not None:
            words += ["src", str(self.source)]
        if self.metric:
            words += ["metric", str(self.metric)]
        if self.onlink:
            words.append("onlink")
        return " ".join(words)


class RoutingTable:
    """The main table. A later route to the same prefix with a lower metric wins; with an equal one it replaces."""

    def __init__(self) -> None:
        self._by_length: dict[tuple[int, int], dict[int, list[Route]]] = {}

    def add(self, route: Route) -> None:
        network = route.destination
        prefixes = self._by_length.setdefault((network.version, network.prefixlen), {})
        same = [r for r in prefixes.get(int(network.network_address), []) if r.metric != route.metric]
        prefixes[int(network.network_address)] = sorted([*same, route], key=lambda r: r.metric)
        self._by_length = dict(sorted(self._by_length.items(), key=lambda item: (item[0][0], -item[0][1])))

    def remove(self, destination: IPNetwork) -> None:
        """Delete every route to exactly this prefix; KeyError when there is none."""
        prefixes = self._by_length.get((destination.version, destination.prefixlen), {})
        if prefixes.pop(int(destination.network_address), None) is None:
            raise KeyError(f"no route to {destination}")

    def remove_through(self, device: str) -> None:
        """Delete every route that leaves by this device."""
        for route in list(self):
            if route.device == device:
                self.remove(route.destination)

    def lookup(self, destination: IPAddress) -> Route | None:
        """The route with the longest prefix that holds ``destination``, or None."""
        version, bits, value = destination.version, destination.max_prefixlen, int(destination)
        for (family, length), prefixes in self._by_length.items():
            if family != version:
                continue
            routes = prefixes.get(value >> (bits - length) << (bits - length))
            if routes:
                return routes[0]
        return None

    def __iter__(self) -> Iterator[Route]:
        """Shortest prefix first, then by address: the order of ``ip route``."""
        routes = [route for prefixes in self._by_length.values() for group in prefixes.values() for route in group]
        return iter(
            sorted(
                routes, key=lambda r: (r.destination.version, r.destination.prefixlen > 0, int(r.destination[0]),
                                       r.destination.prefixlen, r.metric),
            )
        )  # fmt: skip


def _short(network: IPNetwork) -> str:
    return str(network.network_address) if network.prefixlen == network.max_prefixlen else str(network)
