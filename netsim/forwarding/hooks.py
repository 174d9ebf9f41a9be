"""A netfilter hook: connection tracking, the rules of every base chain in order, and address translation."""

from __future__ import annotations

from collections.abc import Callable

from netsim.forwarding.balancing import PRIORITIES, balance
from netsim.forwarding.flight import Departure, End, Flight, SocketBuffer
from netsim.forwarding.nat import translate
from netsim.forwarding.rulewalk import HookPoint, refusal_by, walk
from netsim.forwarding.tracking import confirm, track
from netsim.linux.hooks import HookEntry
from netsim.linux.netfilter import BaseChain, Hook, Priority
from netsim.packet import Packet

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
) -> Departure | End | None:
    """Send the packet through everything registered at ``hook``; None means that it goes on.

    IPVS may take the packet and send it to a real server: a Departure. ``reroute`` is called as soon as the nat table
    gave the packet another destination, or the mangle table another mark (``ip_route_me_harder``).
    """
    if not (buffer.namespace.has_rules or buffer.namespace.ipvs):
        return None
    stopped = _run_entries(flight, buffer, HookPoint(hook, in_interface, out_interface, bridged), reroute)
    if stopped is None and hook in _CONFIRMING_HOOKS:
        return confirm(flight, buffer)
    return stopped


def _run_entries(
    flight: Flight, buffer: SocketBuffer, point: HookPoint, reroute: Callable[[], End | None] | None
) -> Departure | End | None:
    """The chains in order of priority, between them connection tracking and IPVS where it is their turn."""
    namespace, hook = buffer.namespace, point.hook
    tracked = not namespace.has_rules or hook not in _TRACKING_HOOKS
    balancing = PRIORITIES.get(hook) if namespace.ipvs else None
    for entry in namespace.hook_entries(buffer.version, hook):
        if balancing is not None and entry.priority > balancing:
            balancing = None
            taken = balance(flight, buffer, hook)
            if taken is not None:
                return taken
        if not tracked and entry.priority > Priority.CONNTRACK:
            end = track(flight, buffer)
            if end is not None:
                return end
            tracked = True
        if not entry.is_nat and entry.chains[0].is_silent:
            continue
        before = buffer.packet
        if entry.is_nat:
            end = translate(flight, buffer, entry.chains, point)
        else:
            end = _filter(flight, buffer, entry.chains[0], point)
        if end is None and reroute is not None and _leads_elsewhere(entry, before, buffer.packet):
            end = reroute()
        if end is not None:
            return end
    if not tracked:
        end = track(flight, buffer)
        if end is not None:
            return end
    if balancing is not None:
        taken = balance(flight, buffer, hook)
        if taken is not None:
            return taken
    return None


def _leads_elsewhere(entry: HookEntry, before: Packet, after: Packet) -> bool:
    """Whether routing may now decide otherwise (``nf_nat_ipv4_local_fn``, ``ipt_mangle_out``)."""
    if entry.is_nat:
        return before.destination != after.destination
    return before.mark != after.mark and entry.chains[0].table_name == "mangle"


def _filter(flight: Flight, buffer: SocketBuffer, chain: BaseChain, point: HookPoint) -> End | None:
    outcome, hits = walk(flight, buffer, chain, point)
    return refusal_by(flight, buffer, chain, outcome, hits)
