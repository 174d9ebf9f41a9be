"""Chains in tables: what iptables keeps of one namespace."""

from __future__ import annotations

from dataclasses import dataclass, field

from netsim.linux.netfilter.chains import Chain, Chains
from netsim.linux.netfilter.context import Hook, Priority


@dataclass(slots=True)
class Table:
    """A named set of chains for one IP version."""

    name: str
    version: int
    chains: Chains = field(default_factory=Chains)

    def chain(self, name: str) -> Chain:
        """The chain of that name, made when it is not there yet."""
        return self.chains.setdefault(name, Chain(name))

    @property
    def is_nat(self) -> bool:
        return self.name == "nat"


BUILT_IN = {
    "raw": (Priority.RAW, (Hook.PREROUTING, Hook.OUTPUT)),
    "mangle": (Priority.MANGLE, tuple(Hook)),
    "nat": (Priority.DSTNAT, (Hook.PREROUTING, Hook.INPUT, Hook.OUTPUT, Hook.POSTROUTING)),
    "filter": (Priority.FILTER, (Hook.INPUT, Hook.FORWARD, Hook.OUTPUT)),
}
"""Priority and built-in chains of each iptables table, in the order in which they run at a hook."""


def iptables_table(name: str, version: int) -> Table:
    """An empty iptables table with its built-in chains; KeyError for a table that iptables does not have."""
    priority, hooks = BUILT_IN[name]
    table = Table(name, version)
    for hook in hooks:
        at = Priority.SRCNAT if name == "nat" and hook in (Hook.INPUT, Hook.POSTROUTING) else priority
        table.chains[hook] = Chain(hook, hook=hook, priority=at)
    return table
