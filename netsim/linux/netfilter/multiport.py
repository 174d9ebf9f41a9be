"""``-m multiport``: one rule for several ports (net/netfilter/xt_multiport.c)."""

from __future__ import annotations

from dataclasses import dataclass

from netsim.linux.netfilter.context import RuleContext

MOST_PORTS = 15
"""XT_MULTI_PORTS: how many ports one rule can list."""


@dataclass(frozen=True, slots=True)
class DestinationPorts:
    """``--dports A,B``: any of these; beside a ``-p`` that names the protocol."""

    ports: tuple[int, ...]

    @property
    def text(self) -> str:
        return f"-m multiport --dports {','.join(map(str, self.ports))}"

    def matches(self, context: RuleContext) -> bool:
        return context.destination_port in self.ports
