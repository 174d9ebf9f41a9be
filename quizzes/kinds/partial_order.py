"""Which things have to come before which others, and how much of that an order keeps. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from graphlib import TopologicalSorter

Before = Mapping[int, frozenset[int]]
"""For each thing all that have to come before it, with what has to come before those."""


def closed(before: Mapping[int, Iterable[int]]) -> Before:
    """With everything that follows from it. Raises graphlib.CycleError, whose second argument is the circle."""
    found: dict[int, frozenset[int]] = {}
    for thing in TopologicalSorter(before).static_order():
        nearest = frozenset(before.get(thing, ()))
        found[thing] = nearest.union(*(found[each] for each in nearest))
    return found


def at_odds(given: Sequence[int], before: Before) -> dict[int, frozenset[int]]:
    """For each thing those that stand behind it in the given order and have to come before it."""
    return {thing: before[thing].intersection(given[place + 1 :]) for place, thing in enumerate(given)}


def longest_run(given: Sequence[int], before: Before) -> int:
    """How many of the things, at most, stand in a right order relative to each other.

    A thing that is at odds with another one is at odds with all that are at odds with that: a partial order, whose
    largest set without two at odds has as many things as it takes chains to cover it (R. P. Dilworth, A decomposition
    theorem for partially ordered sets, 1950). A cover by fewest chains is a largest matching of each thing with the
    next of its chain.
    """
    odds = at_odds(given, before)
    chained: dict[int, int] = {}

    def chain(thing: int, seen: set[int]) -> bool:
        for other in odds[thing] - seen:
            seen.add(other)
            if other not in chained or chain(chained[other], seen):
                chained[other] = thing
                return True
        return False

    return len(given) - sum(chain(thing, set()) for thing in given)


def width(before: Before) -> int:
    """How many things, at most, are in no order among each other: the longest run that every order has."""
    backwards = tuple(TopologicalSorter(before).static_order())[::-1]
    return longest_run(backwards, before)
