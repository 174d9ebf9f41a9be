"""A packet walks the rules of an iptables chain (ipt_do_table in net/ipv4/netfilter/ip_tables.c)."""

from __future__ import annotations

from netsim.linux.netfilter.basechains import Outcome, RuleHit
from netsim.linux.netfilter.context import RuleContext
from netsim.linux.netfilter.rules import Chain, Rule, Table
from netsim.linux.netfilter.targets import (
    Continue,
    Goto,
    Jump,
    NoTrack,
    RestoreMark,
    Return,
    SetConnectionMark,
    SetMark,
)


class _Frame:
    """A chain that the packet is in, and how far it has come."""

    __slots__ = ("chain", "evaluated", "places")

    def __init__(self, chain: Chain, context: RuleContext) -> None:
        self.chain = chain
        self.places = iter(chain.places(context))
        self.evaluated = 0

    def next_hit(self, context: RuleContext) -> Rule | None:
        """The next rule that matches; ``evaluated`` is its number then, or that of the last rule."""
        for place in self.places:
            rule = self.chain.rules[place]
            for match in rule.matches:
                if not match.matches(context):
                    break
            else:
                self.evaluated = place + 1
                return rule
        self.evaluated = len(self.chain.rules)
        return None


def traverse(table: Table, base: Chain, context: RuleContext, hits: list[RuleHit]) -> Outcome:
    """Walk a base chain as the kernel does; append every rule that matched to ``hits``."""
    frames = [_Frame(base, context)]
    evaluated = 0
    while frames:
        frame = frames[-1]
        before = frame.evaluated
        rule = frame.next_hit(context)
        evaluated += frame.evaluated - before
        if rule is None:
            frames.pop()
            continue
        hits.append(RuleHit(table.name, frame.chain.name, frame.evaluated, rule))
        match rule.target:
            case Jump(name):
                frames.append(_Frame(table.chains[name], context))
            case Goto(name):
                frames[-1] = _Frame(table.chains[name], context)
            case Return():
                frames.pop()
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
            case verdict:
                return Outcome(verdict, verdict.text, evaluated, by_rule=True)
    return Outcome(base.policy, base.policy.text, evaluated, by_rule=False)
