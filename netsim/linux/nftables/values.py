"""The data types of nftables and their values, which the engine keeps as integers (src/datatype.c of nftables)."""

from __future__ import annotations

from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address

from netsim.packet import PROTOCOL_NUMBERS, IPAddress, Protocol

Key = tuple[int, ...]
"""A value of a concatenated type: one integer a part."""


class DataType(StrEnum):
    IPV4_ADDR = "ipv4_addr"
    IPV6_ADDR = "ipv6_addr"
    INET_PROTO = "inet_proto"
    INET_SERVICE = "inet_service"

    @property
    def length(self) -> int:
        """Bytes of one value."""
        return _LENGTHS[self]

    def text(self, value: int) -> str:
        """The value as ``nft list`` prints it."""
        match self:
            case DataType.IPV4_ADDR:
                return str(IPv4Address(value))
            case DataType.IPV6_ADDR:
                return str(IPv6Address(value))
            case DataType.INET_PROTO:
                return str(PROTOCOLS[value]) if value in PROTOCOLS else str(value)
            case _:
                return str(value)


_LENGTHS = {
    DataType.IPV4_ADDR: 4, DataType.IPV6_ADDR: 16, DataType.INET_PROTO: 1, DataType.INET_SERVICE: 2,
}  # fmt: skip

PROTOCOLS = {number: protocol for protocol, number in PROTOCOL_NUMBERS.items()}


def address_type(version: int) -> DataType:
    """The type of an address of IP ``version`` 4 or 6."""
    return DataType.IPV4_ADDR if version == 4 else DataType.IPV6_ADDR


def key_of(*parts: IPAddress | Protocol | int) -> Key:
    """The key of an element, from values as the rest of the engine has them."""
    return tuple(PROTOCOL_NUMBERS[part] if isinstance(part, Protocol) else int(part) for part in parts)


def key_text(types: tuple[DataType, ...], key: Key) -> str:
    return " . ".join(datatype.text(value) for datatype, value in zip(types, key, strict=True))


def listing_order(types: tuple[DataType, ...], key: Key) -> int:
    """What ``nft list`` sorts elements by: a plain value by itself, a concatenation as if its bytes were one number in
    the machine's order, little-endian (concat_expr_msort_value in src/mergesort.c)."""
    if len(types) == 1:
        return key[0]
    data = b"".join(value.to_bytes(datatype.length, "big") for datatype, value in zip(types, key, strict=True))
    return int.from_bytes(data, "little")
