"""The table raw on a machine that a client sends to: before connection tracking, and before any routing decision.

client 192.0.2.1 ── eth0 ────── eth0 ── server 192.0.2.2, 10.9.0.2 on the device spare
"""

from __future__ import annotations

from ipaddress import ip_address, ip_interface, ip_network

import pytest

from netsim.choices import Choices
from netsim.forwarding import Request, exchange
from netsim.linux.interfaces import Bridge, Veth
from netsim.linux.namespace import NetworkNamespace, Socket
from netsim.linux.netfilter import (
    ConnectionState,
    DestinationPort,
    Dnat,
    Drop,
    Hook,
    NoTrack,
    ProtocolIs,
    ReversePathFails,
    RuleContext,
    SourceIsLocal,
    StateIs,
)
from netsim.linux.routing import Route
from netsim.network import LinkLayer, Network
from netsim.packet import Packet, Protocol, Udp
from netsim.trace import Exchange

MACHINES = {"client": 1, "server": 2}


def network() -> Network:
    made = Network()
    for name, number in MACHINES.items():
        other = "server" if name == "client" else "client"
        machine = made.add(NetworkNamespace(name))
        machine.add_interface(
            Veth(
                name="eth0", mac=f"02:00:00:00:00:0{number}", addresses=(ip_interface(f"192.0.2.{number}/24"),),
                peer_namespace=other, peer_name="eth0",
            )
        )  # fmt: skip
    server = made.namespaces["server"]
    server.add_interface(Bridge(name="spare", mac="02:00:00:00:00:09", addresses=(ip_interface("10.9.0.2/32"),)))
    server.sockets.append(Socket(Protocol.UDP, 53, "a server"))
    server.netfilter.table("nat").chain("PREROUTING").append(
        Dnat(ip_address("192.0.2.2"), 54), ProtocolIs(Protocol.UDP)
    )
    return made


def ask(made: Network) -> Exchange:
    request = Request("client", ip_address("192.0.2.2"), 53, Protocol.UDP)
    return exchange(made, LinkLayer(made), request, Choices(0))


def steps(found: Exchange, kind: str) -> list[str]:
    return [step.text for hop in found.request.hops for step in hop.steps if step.kind == kind]


def without_tracking(made: Network) -> None:
    raw = made.namespaces["server"].netfilter.table("raw")
    udp = (ProtocolIs(Protocol.UDP), DestinationPort(Protocol.UDP, 53))
    raw.chain("PREROUTING").append(NoTrack(), *udp)


def test_a_tracked_packet_is_translated():
    found = ask(network())
    assert steps(found, "nat")
    assert found.client_sees == "refused"


def test_an_untracked_packet_meets_neither_connection_tracking_nor_nat():
    made = network()
    without_tracking(made)
    found = ask(made)
    assert steps(found, "conntrack") == steps(found, "nat") == steps(found, "conntrack-confirm") == []
    assert found.client_sees == "connected"


def test_rules_can_ask_for_untracked_packets():
    made = network()
    without_tracking(made)
    filtering = made.namespaces["server"].netfilter.table("filter")
    filtering.chain("INPUT").append(Drop(), StateIs(frozenset({ConnectionState.UNTRACKED})))
    assert "filter chain INPUT" in ask(made).reason


@pytest.mark.parametrize(
    ("through", "dropped"), [("eth0", False), ("spare", True)], ids=["by the way it came", "by another device"]
)
def test_rpfilter_drops_what_would_be_answered_elsewhere(through, dropped):
    made = network()
    server = made.namespaces["server"]
    server.netfilter.table("raw").chain("PREROUTING").append(Drop(), ReversePathFails())
    server.routes.add(Route(destination=ip_network("192.0.2.1/32"), device=through))
    assert ("rpfilter" in ask(made).reason) is dropped


@pytest.mark.parametrize(
    ("source", "out", "asked", "expected"),
    [
        ("10.9.0.2", "spare", SourceIsLocal(on_out_interface=True), True),
        ("192.0.2.2", "spare", SourceIsLocal(on_out_interface=True), False),
        ("192.0.2.2", "spare", SourceIsLocal(negate=True, on_out_interface=True), True),
        ("192.0.2.2", "spare", SourceIsLocal(), True),
        ("192.0.2.1", "spare", SourceIsLocal(negate=True), True),
    ],
    ids=["of the device", "of another device", "not of the device", "of any device", "of no device"],
)  # fmt: skip
def test_addrtype_can_limit_an_own_source_to_the_outgoing_device(source, out, asked, expected):
    server = network().namespaces["server"]
    packet = Packet(ip_address(source), ip_address("192.0.2.1"), Protocol.UDP, Udp(1, 2))
    context = RuleContext(
        packet, in_interface=None, out_interface=out, states=frozenset(), is_local=server.is_local,
        decide=lambda probability: True, device_of=server.device_of,
    )  # fmt: skip
    assert asked.matches(context) is expected


def test_the_hook_that_raw_needs_comes_before_all_others():
    made = network()
    without_tracking(made)
    chains = made.namespaces["server"].netfilter.base_chains(4, Hook.PREROUTING)
    assert [chain.table_name for chain in chains] == ["raw", "nat"]
