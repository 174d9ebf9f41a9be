"""``-m multiport``: one rule for several ports (net/netfilter/xt_multiport.c)."""

from __future__ import annotations

from dataclasses import dataclass

from netsim.linux.netfilter.context import RuleContext

MOST_PORTS = 15
"""XT_MULTI_PORTS: how many ports one rule can list; a range counts as two."""


@dataclass(frozen=True, slots=True)
class DestinationPorts:
    """``--dports A,B:C``: any of these; beside a ``-p`` that names the protocol. A pair is a range, both ends in it."""

    ports: tuple[int | tuple[int, int], ...]

    @property
    def text(self) -> str:
        words = (str(port) if isinstance(port, int) else f"{port[0]}:{port[1]}" for port in self.ports)
        return f"-m multiport --dports {','.join(words)}"

    def matches(self, context: RuleContext) -> bool:
        wanted = context.destination_port
        return wanted is not None and any(
            wanted == port if isinstance(port, int) else port[0] <= wanted <= port[1] for port in self.ports
        )
