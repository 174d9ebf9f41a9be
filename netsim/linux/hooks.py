"""What the kernel calls at a netfilter hook, in order (nf_hook_entries_grow in net/netfilter/core.c)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from netsim.linux.netfilter import BaseChain, Hook, Netfilter, Priority
from netsim.linux.nftables import Nftables

NAT_PRIORITY: Mapping[Hook, int] = {
    Hook.PREROUTING: Priority.DSTNAT,
    Hook.OUTPUT: Priority.DSTNAT,
    Hook.INPUT: Priority.SRCNAT,
    Hook.POSTROUTING: Priority.SRCNAT,
}
"""Where address translation happens, whatever priority a nat chain asks for (net/netfilter/nf_nat_proto.c)."""


class HookEntry(NamedTuple):
    """A chain that filters, or address translation with all chains that may decide on it."""

    priority: int
    chains: Sequence[BaseChain]
    is_nat: bool


def hook_entries(netfilter: Netfilter, nftables: Nftables, version: int, hook: Hook) -> list[HookEntry]:
    """The entries of both rule sets for one IP version.

    At equal priorities the younger registration runs first; the engine registers nftables' tables after iptables'.
    """
    chains: list[BaseChain] = [*nftables.base_chains(version, hook), *netfilter.base_chains(version, hook)]
    entries = [HookEntry(chain.priority, (chain,), is_nat=False) for chain in chains if not chain.is_nat]
    if hook in NAT_PRIORITY and (netfilter.translates(version) or nftables.translates(version)):
        deciding = sorted((chain for chain in chains if chain.is_nat), key=lambda chain: chain.priority)
        entries.append(HookEntry(NAT_PRIORITY[hook], deciding, is_nat=True))
    return sorted(entries, key=lambda entry: entry.priority)
