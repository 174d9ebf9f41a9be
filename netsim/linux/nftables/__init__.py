"""nftables: tables of chains, sets and maps, and what walking them does to a packet.

A chain that is attached to a hook is a base chain; it runs among those of iptables in the order of their priorities.
Everything prints as ``nft list ruleset`` prints it.
"""

from netsim.linux.nftables.expressions import (
    Address,
    Concatenation,
    Layer4Protocol,
    RandomNumber,
    Side,
    TransportDestinationPort,
)
from netsim.linux.nftables.rules import Attachment, Chain, ChainType, Family, Rule, Table
from netsim.linux.nftables.ruleset import Nftables
from netsim.linux.nftables.sets import AddressSet, NamedSet, VerdictMap
from netsim.linux.nftables.statements import (
    AddressIn,
    AddressIsLocal,
    DestinationTranslated,
    Dnat,
    Endpoint,
    FlipMarkBits,
    InInterface,
    InNamedSet,
    LookUpVerdict,
    MarkHas,
    Masquerade,
    ProtocolIs,
    RandomDnat,
    RandomVerdict,
    Reject,
    Remember,
    SetMarkBits,
    StateIs,
    Statement,
)
from netsim.linux.nftables.values import DataType, Key, address_type, key_of
from netsim.linux.nftables.verdicts import Accept, Drop, Goto, Jump, Return, VerdictWord

__all__ = [
    "Accept",
    "Address",
    "AddressIn",
    "AddressIsLocal",
    "AddressSet",
    "Attachment",
    "Chain",
    "ChainType",
    "Concatenation",
    "DataType",
    "DestinationTranslated",
    "Dnat",
    "Drop",
    "Endpoint",
    "Family",
    "FlipMarkBits",
    "Goto",
    "InInterface",
    "InNamedSet",
    "Jump",
    "Key",
    "Layer4Protocol",
    "LookUpVerdict",
    "MarkHas",
    "Masquerade",
    "NamedSet",
    "Nftables",
    "ProtocolIs",
    "RandomDnat",
    "RandomNumber",
    "RandomVerdict",
    "Reject",
    "Remember",
    "Return",
    "Rule",
    "SetMarkBits",
    "Side",
    "StateIs",
    "Statement",
    "Table",
    "TransportDestinationPort",
    "VerdictMap",
    "VerdictWord",
    "address_type",
    "key_of",
]
