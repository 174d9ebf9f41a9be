"""What happened to a packet, as data with its evidence.

A ``Trace`` is one packet's way in one direction: a list of ``Hop``, each a point where a packet capture on that
device would see the packet, with the ``Step`` taken until the next such point. An ``Exchange`` is the request's trace,
the trace of whatever came back, and what the client concludes from it.

``steps`` has each kind of step, ``outcomes`` how ways end, ``exchange`` the hops, traces and exchanges made of them.
"""

from __future__ import annotations

from netsim.trace.exchange import (
    Exchange,
    Hop,
    Point,
    Server,
    Trace,
)
from netsim.trace.outcomes import (
    ClientSees,
    Disposition,
)
from netsim.trace.steps import (
    Balance,
    BridgeDecision,
    BridgeRedirect,
    ConntrackConfirm,
    ConntrackLookup,
    Decapsulate,
    Deliver,
    Discard,
    Encapsulate,
    Encapsulation,
    Forward,
    Fragment,
    LearnPathMtu,
    Originate,
    Reassemble,
    ResolveNeighbour,
    RouteLookup,
    RulesHit,
    RunProgram,
    SocketRewrite,
    Step,
    Translate,
)

__all__ = [
    "Balance",
    "BridgeDecision",
    "BridgeRedirect",
    "ClientSees",
    "ConntrackConfirm",
    "ConntrackLookup",
    "Decapsulate",
    "Deliver",
    "Discard",
    "Disposition",
    "Encapsulate",
    "Encapsulation",
    "Exchange",
    "Forward",
    "Fragment",
    "Hop",
    "LearnPathMtu",
    "Originate",
    "Point",
    "Reassemble",
    "ResolveNeighbour",
    "RouteLookup",
    "RulesHit",
    "RunProgram",
    "Server",
    "SocketRewrite",
    "Step",
    "Trace",
    "Translate",
]
