"""A packet walks the rules of one base chain."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from netsim.forwarding.errors import reject
from netsim.forwarding.flight import End, Flight, SocketBuffer
from netsim.linux.netfilter import (
    BaseChain,
    ConnectionState,
    Drop,
    Hook,
    Outcome,
    Reject,
    Rule,
    RuleContext,
    RuleHit,
)
from netsim.trace import Disposition, RulesHit


class HookPoint(NamedTuple):
    """Where in its way the packet is (``struct nf_hook_state``). ``bridged``: br_netfilter brought it here."""

    hook: Hook
    in_interface: str | None = None
    out_interface: str | None = None
    bridged: bool = False


def walk(flight: Flight, buffer: SocketBuffer, chain: BaseChain, point: HookPoint) -> tuple[Outcome, list[RuleHit]]:
    """Send the packet through one base chain, and note the rules that it hit."""
    context = RuleContext(
        buffer.packet,
        in_interface=point.in_interface,
        out_interface=point.out_interface,
        states=_states(buffer),
        is_local=buffer.namespace.is_local,
        decide=flight.world.choices.decide,
        remembered=flight.world.memory.remembered[buffer.namespace.name],
        lookup=buffer.namespace.lookup,
        device_of=buffer.namespace.device_of,
        bridged=point.bridged,
        connection_mark=buffer.connection.mark if buffer.connection is not None else 0,
        uid=buffer.uid,
        virtual_server=buffer.balanced.virtual if buffer.balanced is not None else None,
    )
    hits: list[RuleHit] = []
    outcome = chain.walk(context, hits)
    if context.mark != buffer.packet.mark:
        buffer.packet = buffer.packet.marked(context.mark)
    if buffer.connection is not None:
        buffer.connection.mark = context.connection_mark
    if context.untracked:
        buffer.state = ConnectionState.UNTRACKED
    if hits:
        flight.note(RulesHit(point.hook, chain.table_name, tuple(hits), outcome.text, point.bridged, outcome.evaluated))
    return outcome, hits


def refusal_by(
    flight: Flight, buffer: SocketBuffer, chain: BaseChain, outcome: Outcome, hits: list[RuleHit]
) -> End | None:
    """The packet's end where the chain dropped or rejected it."""
    match outcome.verdict:
        case Drop():
            reason = f"{_decider(chain, outcome, hits)} drops the packet"
            return flight.discard(buffer, Disposition.DROPPED, reason)
        case Reject(answer):
            reason = f"{_decider(chain, outcome, hits)} rejects the packet with {answer}"
            return flight.discard(buffer, Disposition.REJECTED, reason, reject(buffer, answer))
        case _:
            return None


def _decider(chain: BaseChain, outcome: Outcome, hits: list[RuleHit]) -> str:
    """The rule that gave the verdict, or the policy of the chain when none did."""
    if outcome.by_rule:
        last = hits[-1]
        why = f"{last.rule.note}: " if isinstance(last.rule, Rule) and last.rule.note else ""
        return f"{why}rule {last.number} of {last.table} chain {last.chain} (“{last.text}”)"
    return f"the policy of {chain.table_name} chain {chain.name}"


def _states(buffer: SocketBuffer) -> frozenset[ConnectionState]:
    connection = buffer.connection
    if connection is None:
        return _WITHOUT_CONNECTION.get(buffer.state, frozenset())
    return _with_connection(buffer.state, connection.destination_translated, connection.source_translated)


_WITHOUT_CONNECTION: dict[ConnectionState | None, frozenset[ConnectionState]] = {
    state: frozenset({state}) for state in (ConnectionState.INVALID, ConnectionState.UNTRACKED)
}


@cache
def _with_connection(
    state: ConnectionState | None, destination_translated: bool, source_translated: bool
) -> frozenset[ConnectionState]:
    states = {state} if state is not None else set()
    if destination_translated:
        states.add(ConnectionState.DNAT)
    if source_translated:
        states.add(ConnectionState.SNAT)
    return frozenset(states)
