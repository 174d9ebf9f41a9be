"""``host-local``: addresses from ranges, in turn, with one file for each reserved address.

Source: containernetworking/plugins plugins/ipam/host-local/backend/{allocator,range,range_set,config}.go and
disk/backend.go.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address, ip_interface
from typing import Any

from netsim.cni.protocol.errors import CniError
from netsim.cni.protocol.plugins.base import Call
from netsim.cni.protocol.requests import typed
from netsim.cni.protocol.results import Result, ResultAddress, read_routes
from netsim.linux.routing import IPNetwork
from netsim.packet import IPAddress

DATA_DIRECTORY = "/var/lib/cni/networks"
LINE_BREAK = "\r\n"
SMALLEST = 2
"""Host bits that a range needs: a gateway and at least one more address beside network and broadcast."""


@dataclass(frozen=True, slots=True)
class Range:
    """Part of a subnet from which addresses are given out, first and last included."""

    subnet: IPNetwork
    first: IPAddress
    last: IPAddress
    gateway: IPAddress

    @property
    def text(self) -> str:
        return f"{self.first}-{self.last}"

    def __contains__(self, address: IPAddress) -> bool:
        return address.version == self.first.version and int(self.first) <= int(address) <= int(self.last)


RangeSet = tuple[Range, ...]


class HostLocal:
    """One address from each range set."""

    def add(self, call: Call) -> Result:
        store, range_sets = _Store(call), _range_sets(call)
        requested = _requested(call)
        got: list[ResultAddress] = []
        for index, range_set in enumerate(range_sets):
            wanted = next((address for address in requested if any(address in each for each in range_set)), None)
            try:
                got.append(_allocate(store, index, range_set, wanted))
            except CniError as error:
                if got:
                    store.release()
                raise CniError(f"failed to allocate for range {index}: {error}") from None
            requested = [address for address in requested if address != wanted]
        if requested:
            store.release()
            raise CniError(f"failed to allocate all requested IPs: {' '.join(map(str, requested))}")
        return Result(addresses=tuple(got), routes=read_routes(typed(call.ipam, "routes", list, [])))

    def delete(self, call: Call) -> None:
        _Store(call).release()

    def check(self, call: Call) -> None:
        if not _Store(call).reserved_here():
            raise CniError(f"host-local: Failed to find address added by container {call.container}")


class _Store:
    """The files of one network: one named after each reserved address, which says who has it."""

    def __init__(self, call: Call) -> None:
        folder = typed(call.ipam, "dataDir", str, "") or DATA_DIRECTORY
        self.files = call.machine.files
        self.folder = f"{folder.rstrip('/')}/{call.request.network}"
        self.owner = f"{call.container}{LINE_BREAK}{call.interface}"
        self.files.setdefault(f"{self.folder}/lock", "")

    def reserve(self, address: IPAddress, index: int) -> bool:
        path = f"{self.folder}/{address}"
        if path in self.files:
            return False
        self.files[path] = self.owner
        self.files[f"{self.folder}/last_reserved_ip.{index}"] = str(address)
        return True

    def last_reserved(self, index: int) -> IPAddress | None:
        text = self.files.get(f"{self.folder}/last_reserved_ip.{index}")
        return ip_address(text) if text else None

    def reserved_here(self) -> list[IPAddress]:
        """What this container's interface has."""
        prefix = f"{self.folder}/"
        paths = (path for path, owner in self.files.items() if path.startswith(prefix) and owner == self.owner)
        return [ip_address(path.removeprefix(prefix)) for path in paths]

    def release(self) -> None:
        for address in self.reserved_here():
            del self.files[f"{self.folder}/{address}"]


def _allocate(store: _Store, index: int, range_set: RangeSet, wanted: IPAddress | None) -> ResultAddress:
    """The wanted address, or the next free one behind that which was given out last."""
    if wanted is not None:
        place = next(each for each in range_set if wanted in each)
        if wanted == place.gateway:
            raise CniError(f"requested ip {wanted} is subnet's gateway")
        if not store.reserve(wanted, index):
            raise CniError(f"requested IP address {wanted} is not available in range set {_names(range_set)}")
        return _answer(wanted, place)
    for address in store.reserved_here():
        if any(address in each for each in range_set):
            container = store.owner.split(LINE_BREAK)[0]
            raise CniError(f"{address} has been allocated to {container}, duplicate allocation is not allowed")
    for address, place in _in_turn(range_set, store.last_reserved(index)):
        if address != place.gateway and store.reserve(address, index):
            return _answer(address, place)
    raise CniError(f"no IP addresses available in range set: {_names(range_set)}")


def _in_turn(range_set: RangeSet, last: IPAddress | None) -> Iterator[tuple[IPAddress, Range]]:
    """All addresses of the set, the one after ``last`` first, ``last`` itself at the end."""
    every = [place for place in range_set if last is not None and last in place]
    start = range_set.index(every[0]) if every and last is not None else 0
    behind = int(last) + 1 if every and last is not None else int(range_set[start].first)
    yield from _between(range_set[start], behind, int(range_set[start].last))
    for step in range(1, len(range_set)):
        place = range_set[(start + step) % len(range_set)]
        yield from _between(place, int(place.first), int(place.last))
    yield from _between(range_set[start], int(range_set[start].first), behind - 1)


def _between(place: Range, first: int, last: int) -> Iterator[tuple[IPAddress, Range]]:
    make = type(place.first)
    return ((make(number), place) for number in range(first, last + 1))


def _answer(address: IPAddress, place: Range) -> ResultAddress:
    return ResultAddress(ip_interface(f"{address}/{place.subnet.prefixlen}"), place.gateway)


def _names(range_set: RangeSet) -> str:
    return ",".join(each.text for each in range_set)


def _range_sets(call: Call) -> list[RangeSet]:
    """``subnet`` of old configurations first, then the runtime's ``ipRanges``, then ``ranges``."""
    documents: list[Any] = []
    if "subnet" in call.ipam:
        documents.append([call.ipam])
    documents += typed(call.runtime, "ipRanges", list, [])
    documents += typed(call.ipam, "ranges", list, [])
    if not documents:
        raise CniError("no IP ranges specified")
    try:
        return [_range_set(index, document) for index, document in enumerate(documents)]
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise CniError(f"invalid range set: {error}") from None


def _range_set(index: int, documents: list[dict[str, Any]]) -> RangeSet:
    if not documents:
        raise CniError(f"invalid range set {index}: empty range set")
    ranges = tuple(_range(index, document) for document in documents)
    if len({each.subnet.version for each in ranges}) > 1:
        raise CniError(f"invalid range set {index}: mixed address families")
    return ranges


def _range(index: int, document: dict[str, Any]) -> Range:
    given = ip_interface(typed(document, "subnet", str, ""))
    subnet = given.network
    if subnet.max_prefixlen - subnet.prefixlen < SMALLEST:
        raise CniError(f"invalid range set {index}: Network {given} too small to allocate from")
    if given.ip != subnet.network_address:
        raise CniError(
            f"invalid range set {index}: Network has host bits set. For a subnet mask of length {subnet.prefixlen} "
            f"the network address is {subnet.network_address}"
        )
    last = subnet.broadcast_address - (1 if subnet.version == 4 else 0)
    found = Range(
        subnet,
        ip_address(typed(document, "rangeStart", str, "") or subnet.network_address + 1),
        ip_address(typed(document, "rangeEnd", str, "") or last),
        ip_address(typed(document, "gateway", str, "") or subnet.network_address + 1),
    )
    if found.gateway.version != subnet.version:
        raise CniError(f"invalid range set {index}: the gateway {found.gateway} is of another family than {subnet}")
    for name, address in (("RangeStart", found.first), ("RangeEnd", found.last)):
        if address not in subnet:
            raise CniError(f"invalid range set {index}: {name} {address} not in network {subnet}")
    return found


def _requested(call: Call) -> list[IPAddress]:
    """``IP=…`` of CNI_ARGS and the runtime's ``ips``."""
    pairs = (pair.partition("=") for pair in call.request.environment.arguments.split(";"))
    texts = [value for key, _, value in pairs if key == "IP" and value]
    texts += typed(call.runtime, "ips", list, [])
    try:
        return [ip_interface(text).ip for text in texts]
    except ValueError as error:
        raise CniError(f"invalid requested address: {error}") from None
