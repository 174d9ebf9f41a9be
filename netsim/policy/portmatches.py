"""The ports of a policy's rule as matches of iptables rules."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from netsim.kubernetes.objects import Protocol
from netsim.linux.netfilter import DestinationPort, Match, ProtocolIs, TransportModule
from netsim.linux.netfilter.multiport import MOST_PORTS, DestinationPorts
from netsim.packet import HIGHEST_PORT
from netsim.policy.compiled import Ports
from netsim.policy.members import WIRE_PROTOCOLS

Span = tuple[int, int]


def by_protocol(ports: Iterable[Ports]) -> dict[Protocol, list[Span]]:
    """The numbered ports of a rule; an empty list is every port of that protocol."""
    found: defaultdict[Protocol, list[Span]] = defaultdict(list)
    whole = set()
    for each in ports:
        if not each.name:
            for protocol in Protocol if each.protocol is None else (each.protocol,):
                found[protocol].append((each.first, each.last))
                whole |= {protocol} if (each.first, each.last) == (1, HIGHEST_PORT) else set()
    return {protocol: [] if protocol in whole else sorted(set(spans)) for protocol, spans in sorted(found.items())}


def multiport_matches(protocol: Protocol, spans: list[Span]) -> Iterator[tuple[Match, ...]]:
    """``-p`` and ``-m multiport`` for one rule after another, as many ports in each as it can list."""
    wire = ProtocolIs(WIRE_PROTOCOLS[protocol])
    if not spans:
        yield (wire,)
        return
    listed: list[int | Span] = []
    used = 0
    for first, last in spans:
        weight = 1 if first == last else 2
        if used + weight > MOST_PORTS:
            yield wire, DestinationPorts(tuple(listed))
            listed, used = [], 0
        listed.append(first if first == last else (first, last))
        used += weight
    yield wire, DestinationPorts(tuple(listed))


def single_matches(protocol: Protocol, spans: list[Span]) -> Iterator[tuple[Match, ...]]:
    """``-p`` and ``--dport`` for one rule a port; a range goes into ``-m multiport``."""
    wire = WIRE_PROTOCOLS[protocol]
    if not spans:
        yield ProtocolIs(wire), TransportModule(wire)
    for first, last in spans:
        if first == last:
            yield ProtocolIs(wire), DestinationPort(wire, first)
        else:
            yield ProtocolIs(wire), DestinationPorts(((first, last),))
