"""nftables' rule set of one namespace, and a packet's walk through a base chain of it."""

from __future__ import annotations

from dataclasses import dataclass

from netsim.linux import netfilter
from netsim.linux.netfilter import BaseChain, Hook, Outcome, RuleContext, RuleHit, Verdict
from netsim.linux.nftables import statements
from netsim.linux.nftables.rules import Attachment, Chain, ChainType, Family, Rule, Table
from netsim.linux.nftables.statements import Break, Evaluation, Result
from netsim.linux.nftables.verdicts import Accept, Goto, Jump, Return


@dataclass(frozen=True, slots=True)
class AttachedChain:
    """A chain that is attached to a hook, as a ``BaseChain``."""

    table: Table
    chain: Chain
    attachment: Attachment

    @property
    def table_name(self) -> str:
        return self.table.full_name

    @property
    def name(self) -> str:
        return self.chain.name

    @property
    def priority(self) -> int:
        return self.attachment.priority

    @property
    def is_nat(self) -> bool:
        return self.attachment.type is ChainType.NAT

    @property
    def is_silent(self) -> bool:
        return not self.chain.rules and isinstance(self.attachment.policy, Accept)

    def walk(self, context: RuleContext, hits: list[RuleHit]) -> Outcome:
        """Walk as the kernel does (nft_do_chain in net/netfilter/nf_tables_core.c)."""
        returns: list[tuple[Chain, int]] = []
        chain, place = self.chain, 0
        evaluated = 0
        while True:
            if place == len(chain.rules):
                if not returns:
                    return self._by_policy(evaluated)
                chain, place = returns.pop()
                continue
            rule = chain.rules[place]
            place += 1
            evaluated += 1
            result, element = _evaluate(rule, context, self.table)
            if result is Break.NEXT_RULE:
                continue
            hits.append(RuleHit(self.table_name, chain.name, place, rule, element))
            match result:
                case None:
                    continue
                case Jump(name):
                    returns.append((chain, place))
                    chain, place = self.table.chains[name], 0
                case Goto(name):
                    chain, place = self.table.chains[name], 0
                case Return():
                    place = len(chain.rules)
                case verdict:
                    return Outcome(verdict, _text(verdict), evaluated, by_rule=True)

    def _by_policy(self, evaluated: int) -> Outcome:
        policy = self.attachment.policy
        return Outcome(policy.run(None), policy.text, evaluated, by_rule=False)


def _evaluate(rule: Rule, context: RuleContext, table: Table) -> tuple[Result, str]:
    """What a rule comes to, and the map element that it found."""
    evaluation = Evaluation(context, table.sets, table.full_name)
    for statement in rule.statements:
        result = statement.run(evaluation)
        if result is not None:
            return result, evaluation.element
    return None, evaluation.element


def _text(verdict: Verdict) -> str:
    """A verdict in the words of nft."""
    match verdict:
        case netfilter.Dnat(address, int(port)):
            return statements.Dnat(address, port).text
        case netfilter.Masquerade():
            return statements.Masquerade.text
        case netfilter.Reject():
            return statements.Reject.text
        case _:
            return verdict.text.lower()


class Nftables:
    """nftables' tables of one namespace."""

    def __init__(self) -> None:
        self.tables: dict[tuple[Family, str], Table] = {}

    def add(self, table: Table) -> Table:
        """``nft add table``"""
        self.tables[table.family, table.name] = table
        return table

    def translates(self, version: int) -> bool:
        """Whether there is a nat chain, which hooks address translation up (nf_nat_register_fn)."""
        return any(
            chain.attachment is not None and chain.attachment.type is ChainType.NAT
            for table in self._tables_for(version)
            for chain in table.base_chains
        )

    def base_chains(self, version: int, hook: Hook) -> list[BaseChain]:
        """The base chains at a hook in the order in which they run; of two at one priority the younger is first."""
        found: list[BaseChain] = [
            AttachedChain(table, chain, chain.attachment)
            for table in self._tables_for(version)
            for chain in table.base_chains
            if chain.attachment is not None and chain.attachment.hook is hook
        ]
        found.reverse()
        return sorted(found, key=lambda base: base.priority)

    def _tables_for(self, version: int) -> list[Table]:
        return [table for table in self.tables.values() if version in table.family.versions]
