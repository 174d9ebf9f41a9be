"""Address arithmetic that the controllers share."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_network

from netsim.kubernetes.objects import IPAddress, IPNetwork


def block_around(address: IPAddress, length: int) -> IPNetwork:
    """Return the network of prefix `length` that holds `address`."""
    return ip_network((address, length), strict=False)


def smallest_cover(networks: Iterable[IPNetwork], longest: int) -> IPNetwork:
    """Return the smallest network, of prefix length at most `longest`, that holds all `networks` of one family."""
    first, *rest = networks
    cover = first if first.prefixlen <= longest else block_around(first.network_address, longest)
    for other in rest:
        while not (other.network_address in cover and other.broadcast_address in cover):
            cover = cover.supernet()
    return cover


def contains(outer: IPNetwork, inner: IPNetwork) -> bool:
    """Say whether `inner` lies wholly in `outer`; never for networks of two families."""
    return inner.network_address in outer and inner.prefixlen >= outer.prefixlen


def overlap(one: IPNetwork, other: IPNetwork) -> bool:
    """Say whether two networks share an address; never for networks of two families."""
    return contains(one, other) or contains(other, one)


def one_per_family(addresses: Iterable[IPAddress]) -> tuple[IPAddress, ...]:
    """Keep the first address of each family, in order."""
    first: dict[int, IPAddress] = {}
    for address in addresses:
        first.setdefault(address.version, address)
    return tuple(first.values())
