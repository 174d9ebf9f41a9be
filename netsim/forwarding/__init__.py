"""Executes packets against a ``Network``: nothing here knows Kubernetes, nothing here knows where a packet should go.

``journey`` drives one packet from stage to stage and an exchange from request to reply; ``flight`` is what the stages
hand to each other. The stages: ``link`` and ``tunnels`` (devices; ``sleeve`` for frames that a process carries),
``bridging``, ``programs`` (eBPF), ``ip`` with ``martians`` and ``fragments``, ``hooks`` (netfilter: ``tracking``,
``rulewalk``, ``nat``; ``balancing`` for IPVS), ``delivery`` (sockets), ``errors`` (what kernels answer). ``client``
draws the sender's conclusion, ``transfer`` sends TCP data after a handshake and ``late`` a segment from
beyond the window, ``memory`` is what outlives a packet.

docs/packet-path.md has the picture, and the kernel source of each stage.
"""

from netsim.forwarding.journey import FIRST_SOURCE_PORT, Request, branches, exchange
from netsim.forwarding.memory import Memory

__all__ = ["FIRST_SOURCE_PORT", "Memory", "Request", "branches", "exchange"]
