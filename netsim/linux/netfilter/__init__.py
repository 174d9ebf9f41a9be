"""Netfilter: tables of chains of rules, and what walking them does to a packet.

A chain with a hook is a base chain; at each hook the base chains of all tables run in the order of their priority
(``enum nf_ip_hook_priorities`` in include/uapi/linux/netfilter_ipv4.h). Rules print as ``iptables-save`` prints them.
"""

from netsim.linux.netfilter.basechains import BaseChain, Outcome, RuleHit
from netsim.linux.netfilter.chains import Chain
from netsim.linux.netfilter.connmark import ConnectionMarkIs
from netsim.linux.netfilter.context import ConnectionState, Hook, Priority, RuleContext
from netsim.linux.netfilter.matches import (
    Comment,
    Destination,
    DestinationIsLocal,
    DestinationPort,
    DestinationPortIsNot,
    InInterface,
    MarkIs,
    Match,
    OutInterface,
    ProtocolIs,
    ReversePathFails,
    Source,
    SourceIsLocal,
    SourcePort,
    StateIs,
    Statistic,
    TransportModule,
)
from netsim.linux.netfilter.owner import GroupIs, SocketExists, UserIs
from netsim.linux.netfilter.rules import Rule
from netsim.linux.netfilter.ruleset import BuiltInChain, Netfilter
from netsim.linux.netfilter.tables import BUILT_IN, Table, iptables_table
from netsim.linux.netfilter.targets import (
    ICMPV6_REJECTS,
    Accept,
    Continue,
    Dnat,
    Drop,
    Goto,
    Jump,
    Masquerade,
    NoTrack,
    RedirectToPort,
    Reject,
    RejectWith,
    RestoreMark,
    Return,
    SetConnectionMark,
    SetMark,
    Snat,
    Target,
    Verdict,
)
from netsim.linux.netfilter.traversal import traverse

__all__ = [
    "BUILT_IN",
    "ICMPV6_REJECTS",
    "Accept",
    "BaseChain",
    "BuiltInChain",
    "Chain",
    "Comment",
    "ConnectionMarkIs",
    "ConnectionState",
    "Continue",
    "Destination",
    "DestinationIsLocal",
    "DestinationPort",
    "DestinationPortIsNot",
    "Dnat",
    "Drop",
    "Goto",
    "GroupIs",
    "Hook",
    "InInterface",
    "Jump",
    "MarkIs",
    "Masquerade",
    "Match",
    "Netfilter",
    "NoTrack",
    "OutInterface",
    "Outcome",
    "Priority",
    "ProtocolIs",
    "RedirectToPort",
    "Reject",
    "RejectWith",
    "RestoreMark",
    "Return",
    "ReversePathFails",
    "Rule",
    "RuleContext",
    "RuleHit",
    "SetConnectionMark",
    "SetMark",
    "Snat",
    "SocketExists",
    "Source",
    "SourceIsLocal",
    "SourcePort",
    "StateIs",
    "Statistic",
    "Table",
    "Target",
    "TransportModule",
    "UserIs",
    "Verdict",
    "iptables_table",
    "traverse",
]
