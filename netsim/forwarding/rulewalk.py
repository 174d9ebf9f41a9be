"""A packet walks the rules of one base chain."""

from __future__ import annotations

from dataclasses import dataclass

from netsim.forwarding.flight import Flight, SocketBuffer
from netsim.linux.netfilter import (
    Chain,
    ConnectionState,
    Drop,
    Hook,
    Reject,
    RuleContext,
    RuleHit,
    Table,
    Verdict,
    traverse,
)
from netsim.trace import RulesHit


@dataclass(frozen=True, slots=True)
class HookPoint:
    """Where in its way the packet is (``struct nf_hook_state``). ``bridged``: br_netfilter brought it here."""

    hook: Hook
    in_interface: str | None = None
    out_interface: str | None = None
    bridged: bool = False


def walk(
    flight: Flight, buffer: SocketBuffer, table: Table, chain: Chain, point: HookPoint
) -> tuple[Verdict, list[RuleHit]]:
    """Send the packet through one base chain, and note the rules that it hit."""
    if not chain.rules:
        return chain.policy, []
    context = RuleContext(
        buffer.packet,
        in_interface=point.in_interface,
        out_interface=point.out_interface,
        states=_states(buffer),
        is_local=buffer.namespace.is_local,
        decide=flight.world.choices.decide,
    )
    hits: list[RuleHit] = []
    verdict = traverse(table, chain, context, hits)
    if context.mark != buffer.packet.mark:
        buffer.packet = buffer.packet.marked(context.mark)
    if hits:
        flight.note(RulesHit(point.hook, table.name, tuple(hits), verdict.text, point.bridged))
    return verdict, hits


def deciding(table: Table, chain: Chain, hits: list[RuleHit]) -> str:
    """The rule that gave the verdict, or the policy of the chain when none did."""
    if hits and isinstance(hits[-1].rule.target, Drop | Reject):
        last = hits[-1]
        return f"rule {last.number} of {table.name} chain {last.chain} (“{last.text}”)"
    return f"the policy of {table.name} chain {chain.name}"


def _states(buffer: SocketBuffer) -> frozenset[ConnectionState]:
    connection = buffer.connection
    if connection is None:
        return _INVALID if buffer.state is ConnectionState.INVALID else frozenset()
    states = {buffer.state} if buffer.state is not None else set()
    if connection.destination_translated:
        states.add(ConnectionState.DNAT)
    if connection.source_translated:
        states.add(ConnectionState.SNAT)
    return frozenset(states)


_INVALID = frozenset({ConnectionState.INVALID})
