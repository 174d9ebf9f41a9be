"""iptables' rule set of one namespace, and its built-in chains as the hooks see them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from netsim.linux.netfilter.basechains import Outcome, RuleHit
from netsim.linux.netfilter.chains import Chain
from netsim.linux.netfilter.context import Hook, RuleContext
from netsim.linux.netfilter.tables import Table, iptables_table
from netsim.linux.netfilter.targets import Accept
from netsim.linux.netfilter.traversal import traverse


@dataclass(frozen=True, slots=True)
class BuiltInChain:
    """A built-in chain with its table, as a ``BaseChain``."""

    table: Table
    chain: Chain

    @property
    def table_name(self) -> str:
        return self.table.name

    @property
    def name(self) -> str:
        return self.chain.name

    @property
    def priority(self) -> int:
        return self.chain.priority

    @property
    def is_nat(self) -> bool:
        return self.table.is_nat

    @property
    def is_silent(self) -> bool:
        return not self.chain.rules and isinstance(self.chain.policy, Accept)

    def walk(self, context: RuleContext, hits: list[RuleHit]) -> Outcome:
        return traverse(self.table, self.chain, context, hits)


class Netfilter:
    """iptables' rule set of one namespace."""

    def __init__(self) -> None:
        self.tables: dict[tuple[int, str], Table] = {}

    def table(self, name: str, version: int = 4) -> Table:
        """iptables' table of that name, made when it is not there yet."""
        if (version, name) not in self.tables:
            self.tables[version, name] = iptables_table(name, version)
        return self.tables[version, name]

    def translates(self, version: int) -> bool:
        """Whether there is a nat table, which hooks address translation up."""
        return (version, "nat") in self.tables

    def base_chains(self, version: int, hook: Hook) -> list[BuiltInChain]:
        """The base chains at a hook in the order in which they run."""
        found = [
            BuiltInChain(table, table.chains[hook])
            for table in self.tables.values()
            if table.version == version and hook in table.chains
        ]
        return sorted(found, key=lambda base: base.priority)

    def __iter__(self) -> Iterator[Table]:
        return iter(self.tables.values())
