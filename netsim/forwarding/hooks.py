"""A netfilter hook: connection tracking, the rules of every table in order, and address translation."""

from __future__ import annotations

from collections.abc import Callable

from netsim.forwarding.errors import reject
from netsim.forwarding.flight import End, Flight, SocketBuffer
from netsim.forwarding.nat import translate
from netsim.forwarding.rulewalk import HookPoint, deciding, walk
from netsim.forwarding.tracking import confirm, track
from netsim.linux.netfilter import Chain, Drop, Hook, Priority, Reject, Table
from netsim.packet import Packet
from netsim.trace import Disposition

_TRACKING_HOOKS = (Hook.PREROUTING, Hook.OUTPUT)
_CONFIRMING_HOOKS = (Hook.POSTROUTING, Hook.INPUT)


def run_hook(
    flight: Flight,
    buffer: SocketBuffer,
    hook: Hook,
    in_interface: str | None = None,
    out_interface: str | None = None,
    bridged: bool = False,
    reroute: Callable[[], End | None] | None = None,
) -> End | None:
    """Send the packet through everything registered at ``hook``; None means that it goes on.

    ``reroute`` is called as soon as the nat table gave the packet another destination, or the mangle table another mark
    (``ip_route_me_harder``).
    """
    point = HookPoint(hook, in_interface, out_interface, bridged)
    netfilter = buffer.namespace.netfilter
    tracked = not netfilter.tables or hook not in _TRACKING_HOOKS
    for table, chain in netfilter.base_chains(buffer.version, hook):
        if not tracked and chain.priority > Priority.CONNTRACK:
            end = track(flight, buffer)
            if end is not None:
                return end
            tracked = True
        before = buffer.packet
        apply = translate if table.is_nat else _filter
        end = apply(flight, buffer, table, chain, point)
        if end is None and reroute is not None and _leads_elsewhere(table, before, buffer.packet):
            end = reroute()
        if end is not None:
            return end
    if not tracked:
        end = track(flight, buffer)
        if end is not None:
            return end
    if hook in _CONFIRMING_HOOKS:
        confirm(flight, buffer)
    return None


def _leads_elsewhere(table: Table, before: Packet, after: Packet) -> bool:
    """Whether routing may now decide otherwise (``nf_nat_ipv4_local_fn``, ``ipt_mangle_out``)."""
    return before.destination != after.destination or (table.name == "mangle" and before.mark != after.mark)


def _filter(flight: Flight, buffer: SocketBuffer, table: Table, chain: Chain, point: HookPoint) -> End | None:
    verdict, hits = walk(flight, buffer, table, chain, point)
    match verdict:
        case Drop():
            return flight.discard(buffer, Disposition.DROPPED, f"{deciding(table, chain, hits)} drops the packet")
        case Reject(answer):
            reason = f"{deciding(table, chain, hits)} rejects the packet with {answer}"
            return flight.discard(buffer, Disposition.REJECTED, reason, reject(buffer, answer))
        case _:
            return None
