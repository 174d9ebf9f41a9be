"""Names and link-layer addresses of simulated devices: the same ones whenever the same cluster is planned."""

from __future__ import annotations

from hashlib import sha256

from netsim.packet import IPAddress

LONGEST_DEVICE_NAME = 15
"""IFNAMSIZ - 1 (include/uapi/linux/if.h)."""


def device_name(prefix: str, name: str) -> str:
    """``prefix`` + ``name``, or the prefix and eight hexadecimal digits of a hash where that is too long for Linux."""
    whole = prefix + name
    return whole if len(whole) <= LONGEST_DEVICE_NAME else prefix + name_hash(name, 8)


def name_hash(name: str, digits: int) -> str:
    """Hexadecimal digits that depend on ``name`` only."""
    return sha256(name.encode()).hexdigest()[:digits]


def machine_mac(name: str) -> str:
    """The address of a machine's network card, in the range that QEMU gives to its guests."""
    return f"52:54:00:{_colons(name_hash(name, 6))}"


def virtual_mac(name: str) -> str:
    """A locally administered address, as the kernel draws for virtual devices (eth_random_addr)."""
    first, *rest = bytes.fromhex(name_hash(name, 12))
    return bytes([first & 0xFC | 0x02, *rest]).hex(":")


def address_mac(address: IPAddress) -> str:
    """0a:58 and the last four bytes of an IP address, by which Kubernetes bridges made addresses easy to read."""
    return f"0a:58:{address.packed[-4:].hex(':')}"


def _colons(digits: str) -> str:
    return bytes.fromhex(digits).hex(":")
