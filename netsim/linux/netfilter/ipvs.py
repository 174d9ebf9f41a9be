"""``-m ipvs``: a rule that asks which virtual server a packet was sent to (net/netfilter/xt_ipvs.c)."""

from __future__ import annotations

from dataclasses import dataclass

from netsim.linux.netfilter.context import RuleContext
from netsim.packet import PROTOCOL_NUMBERS, IPAddress, Protocol


@dataclass(frozen=True, slots=True)
class VirtualServerIs:
    """``--vproto P --vaddr A --vport N``: IPVS has translated the packet for this virtual server."""

    protocol: Protocol
    address: IPAddress
    port: int

    @property
    def text(self) -> str:
        return f"-m ipvs --vproto {PROTOCOL_NUMBERS[self.protocol]} --vaddr {self.address} --vport {self.port}"

    def matches(self, context: RuleContext) -> bool:
        return context.virtual_server == (self.protocol, self.address, self.port)
