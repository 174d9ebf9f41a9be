"""Netfilter: tables of chains of rules, and what walking them does to a packet.

A chain with a hook is a base chain; at each hook the base chains of all tables run in the order of their priority
(``enum nf_ip_hook_priorities`` in include/uapi/linux/netfilter_ipv4.h). Rules print as ``iptables-save`` prints them.
"""

from netsim.linux.netfilter.basechains import BaseChain, Outcome, RuleHit
from netsim.linux.netfilter.context import ConnectionState, Hook, Priority, RuleContext
from netsim.linux.netfilter.matches import (
    Comment,
    Destination,
    DestinationIsLocal,
    DestinationPort,
    InInterface,
    MarkIs,
    Match,
    OutInterface,
    ProtocolIs,
    ReversePathFails,
    Source,
    SourceIsLocal,
    StateIs,
    Statistic,
    TransportModule,
)
from netsim.linux.netfilter.rules import BUILT_IN, Chain, Rule, Table, iptables_table
from netsim.linux.netfilter.ruleset import BuiltInChain, Netfilter
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
    Reject,
    RejectWith,
    Return,
    SetMark,
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
    "ConnectionState",
    "Continue",
    "Destination",
    "DestinationIsLocal",
    "DestinationPort",
    "Dnat",
    "Drop",
    "Goto",
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
    "Reject",
    "RejectWith",
    "Return",
    "ReversePathFails",
    "Rule",
    "RuleContext",
    "RuleHit",
    "SetMark",
    "Source",
    "SourceIsLocal",
    "StateIs",
    "Statistic",
    "Table",
    "Target",
    "TransportModule",
    "Verdict",
    "iptables_table",
    "traverse",
]
