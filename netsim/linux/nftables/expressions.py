"""What rules of nftables read: fields of the packet, its metadata, and a random number."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol as StructuralType

from netsim.linux.netfilter import RuleContext
from netsim.linux.nftables.values import Key
from netsim.packet import PROTOCOL_NUMBERS


class Expression(StructuralType):
    """``text`` is how ``nft list`` prints it."""

    @property
    def text(self) -> str: ...

    def read(self, context: RuleContext) -> Key | None:
        """The value, None where the packet has no such field: the rule does not match then."""
        ...


class Side(StrEnum):
    SOURCE = "saddr"
    DESTINATION = "daddr"


@dataclass(frozen=True, slots=True)
class Address:
    """``ip saddr``, ``ip6 daddr`` …"""

    side: Side
    version: int = 4

    @property
    def text(self) -> str:
        return f"{'ip' if self.version == 4 else 'ip6'} {self.side}"

    def read(self, context: RuleContext) -> Key | None:
        if context.packet.version != self.version:
            return None
        return (context.source if self.side is Side.SOURCE else context.destination,)


@dataclass(frozen=True, slots=True)
class Layer4Protocol:
    """``meta l4proto``"""

    text = "meta l4proto"

    def read(self, context: RuleContext) -> Key | None:
        return (PROTOCOL_NUMBERS[context.protocol],)


@dataclass(frozen=True, slots=True)
class TransportDestinationPort:
    """``th dport``: the second two bytes of the transport header. ICMP keeps its checksum there, which the engine does
    not work out: it says that there is no port."""

    text = "th dport"

    def read(self, context: RuleContext) -> Key | None:
        return None if context.destination_port is None else (context.destination_port,)


@dataclass(frozen=True, slots=True)
class Concatenation:
    """``a . b . c``"""

    parts: tuple[Expression, ...]

    @property
    def text(self) -> str:
        return " . ".join(part.text for part in self.parts)

    def read(self, context: RuleContext) -> Key | None:
        key: list[int] = []
        for part in self.parts:
            value = part.read(context)
            if value is None:
                return None
            key += value
        return tuple(key)


@dataclass(frozen=True, slots=True)
class RandomNumber:
    """``numgen random mod N``: every number below N is as likely."""

    modulus: int

    @property
    def text(self) -> str:
        return f"numgen random mod {self.modulus}"

    def draw(self, context: RuleContext) -> int:
        """The number, found by halves: thousands of endpoints take a dozen decisions."""
        lowest, end = 0, self.modulus
        while end - lowest > 1:
            middle = (lowest + end) // 2
            if context.decide((middle - lowest) / (end - lowest)):
                end = middle
            else:
                lowest = middle
        return lowest
