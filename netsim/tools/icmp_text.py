"""What ping and traceroute say about ICMP errors (iputils ping/ping.c pr_icmph, ping6_common.c print_icmp)."""

from __future__ import annotations

from netsim.packet import Icmp, IcmpKind
from netsim.trace import Disposition, Exchange

PING_V4 = {
    IcmpKind.NET_UNREACHABLE: "Destination Net Unreachable",
    IcmpKind.HOST_UNREACHABLE: "Destination Host Unreachable",
    IcmpKind.PORT_UNREACHABLE: "Destination Port Unreachable",
    IcmpKind.ADMIN_PROHIBITED: "Packet filtered",
    IcmpKind.TIME_EXCEEDED: "Time to live exceeded",
}
PING_V6 = {
    IcmpKind.NET_UNREACHABLE: "Destination unreachable: No route",
    IcmpKind.HOST_UNREACHABLE: "Destination unreachable: Address unreachable",
    IcmpKind.PORT_UNREACHABLE: "Destination unreachable: Port unreachable",
    IcmpKind.ADMIN_PROHIBITED: "Destination unreachable: Administratively prohibited",
    IcmpKind.TIME_EXCEEDED: "Time exceeded: Hop limit",
}
TRACEROUTE_MARKS = {
    IcmpKind.NET_UNREACHABLE: " !N",
    IcmpKind.HOST_UNREACHABLE: " !H",
    IcmpKind.ADMIN_PROHIBITED: " !X",
}
"""traceroute's annotations; a port that is unreachable is what it waits for (modern/mod-udp.c)."""


def ping_text(error: Icmp, version: int) -> str:
    """ping's words for an error."""
    if error.kind is IcmpKind.FRAGMENTATION_NEEDED:
        return f"Frag needed and DF set (mtu = {error.mtu})" if version == 4 else f"Packet too big: mtu={error.mtu}"
    return (PING_V4 if version == 4 else PING_V6).get(error.kind, str(error.kind))


def error_heard(exchange: Exchange) -> Icmp | None:
    """The ICMP error that came back to the sender, if one did."""
    if exchange.reply is None or not exchange.reply.disposition.is_success:
        return None
    transport = exchange.reply.packet.transport
    return transport if isinstance(transport, Icmp) and transport.is_error else None


def unreachable_text(exchange: Exchange) -> str:
    """Why connect(2) failed: the error of the ICMP message (icmp_err_convert, net/ipv4/icmp.c), or of no route here."""
    heard = error_heard(exchange)
    if heard is None:
        no_network = exchange.request.disposition is Disposition.NO_ROUTE
    else:
        no_network = heard.kind is IcmpKind.NET_UNREACHABLE
    return "Network is unreachable" if no_network else "No route to host"
