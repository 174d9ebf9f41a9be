"""A packet walks the rules of an iptables chain (ipt_do_table in net/ipv4/netfilter/ip_tables.c)."""

from __future__ import annotations

from collections.abc import Iterator

from netsim.linux.netfilter.basechains import Outcome, RuleHit
from netsim.linux.netfilter.chains import Chain
from netsim.linux.netfilter.context import RuleContext
from netsim.linux.netfilter.rules import Rule
from netsim.linux.netfilter.tables import Table
from netsim.linux.netfilter.targets import (
    Continue,
    Goto,
    Jump,
    NoTrack,
    RestoreMark,
    Return,
    SetConnectionMark,
    SetMark,
    Verdict,
)

Note = SetMark | SetConnectionMark | RestoreMark | NoTrack | Continue
_Hits = Iterator[tuple[int, Rule]]
_State = tuple[Chain, _Hits, int]
"""A chain that the packet comes back to: where it goes on, and how many of its rules were evaluated."""
_END = (0, None)


def traverse(table: Table, base: Chain, context: RuleContext, hits: list[RuleHit]) -> Outcome:
    """Walk a base chain as the kernel does; append every rule that matched to ``hits``."""
    callers: list[_State] = []
    chain, matching, reached = base, _matching(base, context), 0
    evaluated = 0
    while True:
        number, rule = next(matching, _END)
        if rule is None:
            evaluated += len(chain.rules) - reached
            if not callers:
                return base.by_policy(evaluated)
            chain, matching, reached = callers.pop()
            continue
        evaluated += number - reached
        reached = number
        hits.append(RuleHit(table.name, chain.name, number, rule))
        target = rule.target
        if isinstance(target, Jump):
            callers.append((chain, matching, reached))
            chain, reached = table.chains[target.chain], 0
            matching = _matching(chain, context)
        elif isinstance(target, Goto):
            chain, reached = table.chains[target.chain], 0
            matching = _matching(chain, context)
        elif isinstance(target, Return):
            if not callers:
                return base.by_policy(evaluated)
            chain, matching, reached = callers.pop()
        elif isinstance(target, Verdict):
            return Outcome(target, target.text, evaluated, by_rule=True)
        else:
            _note(target, context)


def _matching(chain: Chain, context: RuleContext) -> _Hits:
    """The rules that match, with their numbers; a rule is compared only when the packet gets to it."""
    for number, rule in chain.candidates(context):
        for match in rule.matches:
            if not match.matches(context):
                break
        else:
            yield number, rule


def _note(target: Note, context: RuleContext) -> None:
    """Do what a target asks for that does not end the walk."""
    match target:
        case SetMark() as set_mark:
            context.mark = set_mark.apply(context.mark)
        case SetConnectionMark() as set_mark:
            context.connection_mark = set_mark.apply(context.connection_mark)
        case RestoreMark():
            context.mark = context.connection_mark
        case NoTrack():
            context.untracked = True
        case Continue():
            pass
