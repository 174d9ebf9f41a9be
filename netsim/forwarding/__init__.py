"""Executes packets against a ``Network``: nothing here knows Kubernetes, nothing here knows where a packet should go.

``journey`` drives one packet from stage to stage and an exchange from request to reply; the stages are ``link``
(devices), ``bridging``, ``ip``, ``hooks`` (netfilter: ``tracking``, ``rulewalk``, ``nat``), ``delivery`` (sockets) and
``errors`` (what kernels answer).
"""

from netsim.forwarding.journey import Request, branches, exchange

__all__ = ["Request", "branches", "exchange"]
