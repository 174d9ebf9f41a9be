"""Sets and maps of nftables, named and anonymous, printed as ``nft list`` prints them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from netsim.linux.nftables.values import DataType, Key, key_text, listing_order
from netsim.linux.nftables.verdicts import VerdictWord
from netsim.linux.routing import IPNetwork

DYNAMIC_SIZE = 65535
"""How many elements a set holds that rules add to, unless told (nft_dynset_init in net/netfilter/nft_dynset.c)."""


@dataclass(frozen=True, slots=True)
class Element:
    """What a named set or map holds beside the key."""

    comment: str = ""

    @property
    def suffix(self) -> str:
        return f' comment "{self.comment}"' if self.comment else ""


@dataclass(slots=True)
class NamedSet:
    """``types`` are the parts of the key. A set with ``timeout``, in seconds, is one that rules add sources to."""

    name: str
    types: tuple[DataType, ...]
    comment: str = ""
    elements: dict[Key, Element] = field(default_factory=dict)
    timeout: int | None = None

    def add(self, key: Key, comment: str = "") -> None:
        self.elements[key] = Element(comment)

    def lines(self) -> list[str]:
        """The lines of ``nft list`` between the braces."""
        lines = [f"type {_type_text(self.types)}"]
        if self.timeout is not None:
            lines += [f"size {DYNAMIC_SIZE}", "flags dynamic,timeout", f"timeout {duration_text(self.timeout)}"]
        if self.comment:
            lines.append(f'comment "{self.comment}"')
        texts = [key_text(self.types, key) + self.elements[key].suffix for key in _ordered(self.types, self.elements)]
        return lines + _element_lines(self.types, texts)


@dataclass(slots=True)
class VerdictMap:
    """A map from keys to verdicts: what happens to a packet whose key is found."""

    name: str
    types: tuple[DataType, ...]
    comment: str = ""
    elements: dict[Key, tuple[VerdictWord, Element]] = field(default_factory=dict)

    def add(self, key: Key, verdict: VerdictWord, comment: str = "") -> None:
        self.elements[key] = (verdict, Element(comment))

    def element_text(self, key: Key) -> str:
        verdict, element = self.elements[key]
        return f"{key_text(self.types, key)}{element.suffix} : {verdict.text}"

    def lines(self) -> list[str]:
        """The lines of ``nft list`` between the braces."""
        lines = [f"type {_type_text(self.types)} : verdict"]
        if self.comment:
            lines.append(f'comment "{self.comment}"')
        texts = [self.element_text(key) for key in _ordered(self.types, self.elements)]
        return lines + _element_lines(self.types, texts)


@dataclass(frozen=True, slots=True)
class AddressSet:
    """``{ 10.0.0.0/8, 203.0.113.7 }`` in a rule; a single range is printed without braces."""

    networks: tuple[IPNetwork, ...]

    @property
    def text(self) -> str:
        ordered = sorted(set(self.networks), key=lambda network: (int(network.network_address), network.prefixlen))
        texts = [network_text(network) for network in ordered]
        return texts[0] if len(texts) == 1 else f"{{ {', '.join(texts)} }}"

    def holds(self, address: int) -> bool:
        return any(address >> (n.max_prefixlen - n.prefixlen) == _prefix(n) for n in self.networks)


def _prefix(network: IPNetwork) -> int:
    return int(network.network_address) >> (network.max_prefixlen - network.prefixlen)


def network_text(network: IPNetwork) -> str:
    return str(network.network_address) if network.prefixlen == network.max_prefixlen else str(network)


def duration_text(seconds: int) -> str:
    """``10800`` as ``3h`` (time_print in src/datatype.c)."""
    parts = []
    for name, length in (("d", 86400), ("h", 3600), ("m", 60), ("s", 1)):
        count, seconds = divmod(seconds, length)
        if count:
            parts.append(f"{count}{name}")
    return "".join(parts) or "0s"


def _type_text(types: tuple[DataType, ...]) -> str:
    return " . ".join(types)


def _ordered(types: tuple[DataType, ...], elements: Mapping[Key, object]) -> list[Key]:
    return sorted(elements, key=lambda key: listing_order(types, key))


def _element_lines(types: tuple[DataType, ...], texts: Iterable[str]) -> list[str]:
    """``elements = { … }``: two IPv4 addresses a line, one of anything longer (calculate_delim in src/expression.c)."""
    texts = list(texts)
    if not texts:
        return []
    width = 2 if types == (DataType.IPV4_ADDR,) else 1
    rows = [", ".join(texts[at : at + width]) for at in range(0, len(texts), width)]
    joined = (",\n\t\t\t     ").join(rows)
    return f"elements = {{ {joined} }}".split("\n")
