"""The ports of all protocols, cut where some policy tells them apart; sets of the pieces are the bits of an int.

A point is one piece: a range of ports of one protocol, or ICMP, which has no ports.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

from netsim.kubernetes.objects import Protocol
from netsim.packet import HIGHEST_PORT


@dataclass(frozen=True, slots=True)
class PortRange:
    """``first`` to ``last``, both included; ``protocol`` None is ICMP."""

    protocol: Protocol | None
    first: int = 0
    last: int = 0

    @property
    def text(self) -> str:
        if self.protocol is None:
            return "ICMP"
        return f"{self.protocol} {self.first}" + (f"-{self.last}" if self.last != self.first else "")


class PortSpace:
    """``ranges`` lists what each point is."""

    def __init__(self, used: Iterable[tuple[Protocol | None, int, int]]) -> None:
        """Cut the ports at the edges of the ``used`` (protocol, first, last); protocol None is all three."""
        edges: dict[Protocol, set[int]] = {protocol: {1} for protocol in Protocol}
        for protocol, first, last in used:
            for each in Protocol if protocol is None else (protocol,):
                edges[each] |= {first, last + 1} - {HIGHEST_PORT + 1}
        self._starts = {protocol: sorted(found) for protocol, found in edges.items()}
        self._offsets: dict[Protocol, int] = {}
        self.ranges: list[PortRange] = []
        for protocol, starts in self._starts.items():
            self._offsets[protocol] = len(self.ranges)
            ends = [start - 1 for start in starts[1:]] + [HIGHEST_PORT]
            self.ranges += [PortRange(protocol, *ends_of) for ends_of in zip(starts, ends, strict=True)]
        self.icmp = len(self.ranges)
        self.ranges.append(PortRange(None))
        self.everything = (1 << len(self.ranges)) - 1

    def point(self, protocol: Protocol | None, port: int) -> int:
        """The number of the point that a port lies in; with protocol None, ICMP's."""
        if protocol is None:
            return self.icmp
        return self._offsets[protocol] + bisect_right(self._starts[protocol], port) - 1

    def span(self, protocol: Protocol | None, first: int, last: int) -> int:
        """The set of the points of a range; protocol None is TCP, UDP and SCTP."""
        found = 0
        for each in Protocol if protocol is None else (protocol,):
            found |= (2 << self.point(each, last)) - (1 << self.point(each, first))
        return found
