"""DNS questions and answers, as far as resolvers and CoreDNS need them (RFC 1035, RFC 3596, RFC 2782)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from ipaddress import ip_address

from netsim.kubernetes.objects import IPAddress

PLAIN_UDP_SIZE = 512
"""Bytes of a UDP answer that every resolver takes (RFC 1035, 4.2.1); glibc asks for more only with ``edns0``."""


class RecordType(StrEnum):
    A = "A"
    AAAA = "AAAA"
    CNAME = "CNAME"
    SRV = "SRV"
    PTR = "PTR"
    TXT = "TXT"
    NS = "NS"


class Rcode(StrEnum):
    """How a server answered; NOERROR without a record for the question is called NODATA."""

    NOERROR = "NOERROR"
    SERVFAIL = "SERVFAIL"
    NXDOMAIN = "NXDOMAIN"
    REFUSED = "REFUSED"


@dataclass(frozen=True, slots=True)
class Question:
    """``name`` is absolute and in lower case, without the final dot."""

    name: str
    type: RecordType

    @property
    def size(self) -> int:
        """Bytes of the query message: header, name, type and class."""
        return 12 + len(self.name) + 2 + 4


@dataclass(frozen=True, slots=True)
class Record:
    """One resource record of class IN; ``ttl`` in seconds, ``data`` as dig prints it but without the final dot."""

    name: str
    type: RecordType
    ttl: int
    data: str

    @property
    def address(self) -> IPAddress:
        """The address of an A or AAAA record; ValueError for any other."""
        return ip_address(self.data)

    @property
    def size(self) -> int:
        """Bytes in a message whose names are compressed to pointers, but for a target."""
        match self.type:
            case RecordType.A:
                return 16
            case RecordType.AAAA:
                return 28
            case RecordType.SRV:
                return 12 + 6 + len(self.data.split()[-1]) + 2
            case _:
                return 12 + len(self.data) + 2


@dataclass(frozen=True, slots=True)
class Response:
    """``answers`` in the order of the message; ``additional`` has the addresses of SRV targets.

    ``truncated`` is the TC bit: the answers did not fit, and the client has to ask again over TCP.
    """

    rcode: Rcode
    answers: tuple[Record, ...] = ()
    additional: tuple[Record, ...] = ()
    truncated: bool = False

    def addresses(self, wanted: RecordType) -> tuple[IPAddress, ...]:
        return tuple(record.address for record in self.answers if record.type is wanted)

    @property
    def has_data(self) -> bool:
        """Whether the question is answered: a record other than the aliases on the way to it."""
        return any(record.type is not RecordType.CNAME for record in self.answers)

    @property
    def outcome(self) -> str:
        """The rcode, or NODATA for a name that exists without a record of that type."""
        if self.truncated:
            return "truncated"
        return str(self.rcode) if self.rcode is not Rcode.NOERROR or self.answers else "NODATA"

    def size(self, question: Question) -> int:
        """Bytes of the message without its additional section, which is dropped first."""
        return question.size + sum(record.size for record in self.answers)

    def renamed(self, old: str, new: str) -> Response:
        """The same answers with another owner name."""
        answers = tuple(replace(r, name=new) if r.name == old else r for r in self.answers)
        return replace(self, answers=answers)


NXDOMAIN = Response(Rcode.NXDOMAIN)
NODATA = Response(Rcode.NOERROR)


def absolute(name: str) -> str:
    """A name as questions hold it."""
    return name.rstrip(".").lower()


def is_below(name: str, zone: str) -> bool:
    """Whether ``name`` is ``zone`` or in it; the root zone is ``""``."""
    return not zone or name == zone or name.endswith(f".{zone}")


def reverse_name(address: IPAddress) -> str:
    """``80.41.96.10.in-addr.arpa`` for 10.96.41.80 (RFC 1035 3.5, RFC 3596 2.5), without the zone of fe80::1%eth0."""
    return type(address)(int(address)).reverse_pointer


def reversed_address(name: str) -> IPAddress | None:
    """The address that a reverse name stands for; None for any other name."""
    labels = name.split(".")
    if name.endswith(".in-addr.arpa"):
        text = ".".join(reversed(labels[:-2]))
    elif name.endswith(".ip6.arpa"):
        nibbles = "".join(reversed(labels[:-2]))
        text = ":".join(nibbles[i : i + 4] for i in range(0, len(nibbles), 4))
    else:
        return None
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return address if address.reverse_pointer == name else None
