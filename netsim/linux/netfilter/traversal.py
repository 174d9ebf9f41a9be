"""A packet walks the rules of an iptables chain (ipt_do_table in net/ipv4/netfilter/ip_tables.c)."""

from __future__ import annotations

from collections.abc import Iterator

from netsim.linux.netfilter.basechains import Outcome, RuleHit
from netsim.linux.netfilter.context import RuleContext
from netsim.linux.netfilter.rules import Chain, Table
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
_State = tuple[Chain, Iterator[int], int]
"""A chain that the packet comes back to: where it goes on, and how many of its rules were evaluated."""


def traverse(table: Table, base: Chain, context: RuleContext, hits: list[RuleHit]) -> Outcome:
    """Walk a base chain as the kernel does; append every rule that matched to ``hits``."""
    callers: list[_State] = []
    chain, places, reached = base, iter(base.places(context)), 0
    evaluated = 0
    while True:
        place = _next_hit(chain, places, context)
        if place is None:
            evaluated += len(chain.rules) - reached
            if not callers:
                return base.by_policy(evaluated)
            chain, places, reached = callers.pop()
            continue
        evaluated += place + 1 - reached
        reached = place + 1
        rule = chain.rules[place]
        hits.append(RuleHit(table.name, chain.name, reached, rule))
        target = rule.target
        if isinstance(target, Jump):
            callers.append((chain, places, reached))
            chain, reached = table.chains[target.chain], 0
            places = iter(chain.places(context))
        elif isinstance(target, Goto):
            chain, reached = table.chains[target.chain], 0
            places = iter(chain.places(context))
        elif isinstance(target, Return):
            if not callers:
                return base.by_policy(evaluated)
            chain, places, reached = callers.pop()
        elif isinstance(target, Verdict):
            return Outcome(target, target.text, evaluated, by_rule=True)
        else:
            _note(target, context)


def _next_hit(chain: Chain, places: Iterator[int], context: RuleContext) -> int | None:
    """Where the next rule stands that matches."""
    rules = chain.rules
    for place in places:
        for match in rules[place].matches:
            if not match.matches(context):
                break
        else:
            return place
    return None


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
