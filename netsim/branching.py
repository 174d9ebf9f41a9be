"""Many branches of one probe, told by class: a thousand endpoints on forty nodes are forty stories, not a thousand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from netsim.serialize import exchange_document
from netsim.trace import Exchange, Trace

TOLD_ONE_BY_ONE = 16
"""Up to this many branches are each a class of their own."""
SERVERS_LISTED = 10


@dataclass(frozen=True, slots=True)
class BranchClass:
    """Branches that take the same way to the same end. ``exchange`` is the first of them, with the chance of all."""

    exchange: Exchange
    count: int = 1
    servers: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        """The exchange's JSON; a class of several adds ``count`` and its first ``servers``."""
        document = exchange_document(self.exchange)
        return document if self.count == 1 else {**document, "count": self.count, "servers": list(self.servers)}


def summarized(branches: Iterable[Exchange]) -> tuple[BranchClass, ...]:
    """The classes of some branches, most probable first; no branch is lost and the probabilities still add up."""
    every = list(branches)
    if len(every) <= TOLD_ONE_BY_ONE:
        return tuple(BranchClass(exchange) for exchange in every)
    members: dict[object, list[Exchange]] = {}
    for exchange in every:
        members.setdefault(shape(exchange), []).append(exchange)
    classes = (_class_of(alike) for alike in members.values())
    return tuple(sorted(classes, key=lambda each: -each.exchange.probability))


def _class_of(alike: list[Exchange]) -> BranchClass:
    names = [f"{each.server.namespace}/{each.server.name}" for each in alike if each.server is not None]
    first = replace(alike[0], probability=sum(each.probability for each in alike))
    return BranchClass(first, len(alike), tuple(names[:SERVERS_LISTED]))


def shape(exchange: Exchange) -> object:
    """What tells two branches apart: outcome, nodes and kinds of step, but not which of a node's Pods it was."""
    reply = exchange.reply
    return (
        exchange.client_sees,
        exchange.verdict,
        exchange.server.node if exchange.server else None,
        _way(exchange.request),
        None if reply is None else _way(reply),
    )


def _way(trace: Trace) -> tuple[object, ...]:
    return tuple((hop.node, hop.direction, tuple(step.kind for step in hop.steps)) for hop in trace.hops)
