"""What a rule does to a packet that it matches."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from netsim.packet import IPAddress


class RejectWith(StrEnum):
    """``--reject-with``: what the sender gets to hear."""

    PORT_UNREACHABLE = "icmp-port-unreachable"
    NET_UNREACHABLE = "icmp-net-unreachable"
    HOST_UNREACHABLE = "icmp-host-unreachable"
    ADMIN_PROHIBITED = "icmp-admin-prohibited"
    TCP_RESET = "tcp-reset"


@dataclass(frozen=True, slots=True)
class Accept:
    text = "ACCEPT"


@dataclass(frozen=True, slots=True)
class Drop:
    text = "DROP"


ICMPV6_REJECTS = {
    RejectWith.PORT_UNREACHABLE: "icmp6-port-unreachable",
    RejectWith.NET_UNREACHABLE: "icmp6-no-route",
    RejectWith.HOST_UNREACHABLE: "icmp6-addr-unreachable",
    RejectWith.ADMIN_PROHIBITED: "icmp6-adm-prohibited",
}
"""ip6tables' words for the same answers (extensions/libip6t_REJECT.c)."""


@dataclass(frozen=True, slots=True)
class Reject:
    answer: RejectWith = RejectWith.PORT_UNREACHABLE
    version: int = 4

    @property
    def text(self) -> str:
        answer = ICMPV6_REJECTS.get(self.answer, self.answer) if self.version == 6 else self.answer
        return f"REJECT --reject-with {answer}"


@dataclass(frozen=True, slots=True)
class Return:
    text = "RETURN"


@dataclass(frozen=True, slots=True)
class Jump:
    chain: str

    @property
    def text(self) -> str:
        return self.chain


@dataclass(frozen=True, slots=True)
class Goto:
    """``-g CHAIN``: like a jump, but the end of that chain returns to where this one was called from."""

    chain: str

    @property
    def text(self) -> str:
        return self.chain


@dataclass(frozen=True, slots=True)
class Dnat:
    """``DNAT --to-destination ADDRESS:PORT``; no port keeps the packet's."""

    address: IPAddress
    port: int | None = None

    @property
    def text(self) -> str:
        host = f"[{self.address}]" if self.address.version == 6 and self.port else str(self.address)
        return f"DNAT --to-destination {host}" + (f":{self.port}" if self.port else "")


@dataclass(frozen=True, slots=True)
class RedirectToPort:
    """``REDIRECT --to-ports PORT``: to this machine itself, 127.0.0.1 for its own packets, else the first address of
    the device that the packet came by (net/netfilter/nf_nat_redirect.c)."""

    port: int

    @property
    def text(self) -> str:
        return f"REDIRECT --to-ports {self.port}"


@dataclass(frozen=True, slots=True)
class Snat:
    """``SNAT --to-source ADDRESS``: the port stays where it is free."""

    address: IPAddress

    @property
    def text(self) -> str:
        return f"SNAT --to-source {self.address}"


@dataclass(frozen=True, slots=True)
class Masquerade:
    """Source NAT to the first address of the interface that the packet leaves by."""

    random_fully: bool = False

    @property
    def text(self) -> str:
        return "MASQUERADE --random-fully" if self.random_fully else "MASQUERADE"


@dataclass(frozen=True, slots=True)
class SetMark:
    """``MARK --set-xmark VALUE/MASK``: clear the bits of MASK, then exclusive-or VALUE."""

    value: int
    mask: int

    @property
    def text(self) -> str:
        return f"MARK --set-xmark {self.value:#x}/{self.mask:#x}"

    def apply(self, mark: int) -> int:
        return mark & ~self.mask & 0xFFFFFFFF ^ self.value


@dataclass(frozen=True, slots=True)
class SetConnectionMark:
    """``CONNMARK --set-xmark VALUE/MASK``: the same for the mark of the packet's connection."""

    value: int
    mask: int

    @property
    def text(self) -> str:
        return f"CONNMARK --set-xmark {self.value:#x}/{self.mask:#x}"

    def apply(self, mark: int) -> int:
        return mark & ~self.mask & 0xFFFFFFFF ^ self.value


@dataclass(frozen=True, slots=True)
class RestoreMark:
    """``CONNMARK --restore-mark``: the packet takes the mark of its connection, all bits of it."""

    text = "CONNMARK --restore-mark --nfmask 0xffffffff --ctmask 0xffffffff"


@dataclass(frozen=True, slots=True)
class NoTrack:
    """Connection tracking leaves the packet alone, which is UNTRACKED from here on; only in the table raw, where the
    walk goes on (net/netfilter/xt_CT.c)."""

    text = "NOTRACK"


@dataclass(frozen=True, slots=True)
class Continue:
    """A rule without ``-j``: it only counts, and the walk goes on."""

    text = ""


Verdict = Accept | Drop | Reject | Dnat | RedirectToPort | Snat | Masquerade
"""What ends the walk of a base chain."""

Target = Verdict | Return | Jump | Goto | SetMark | SetConnectionMark | RestoreMark | NoTrack | Continue
