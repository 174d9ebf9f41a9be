"""Executes packets against a ``Network``: nothing here knows Kubernetes, nothing here knows where a packet should go.

``journey`` drives one packet from stage to stage and an exchange from request to reply; the stages are ``link``
(devices), ``bridging``, ``ip``, ``hooks`` (netfilter: ``tracking``, ``rulewalk``, ``nat``), ``delivery`` (sockets) and
``errors`` (what kernels answer).
"""

from netsim.forwarding.journey import FIRST_SOURCE_PORT, Request, branches, exchange
from netsim.forwarding.memory import Memory

__all__ = ["FIRST_SOURCE_PORT", "Memory", "Request", "branches", "exchange"]
