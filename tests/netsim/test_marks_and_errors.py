"""What kernels do with marks, and where their own answers come from. The cluster: see harbour.py."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

from netsim import Network, Probe, Simulation
from netsim.choices import Choices
from netsim.forwarding.flight import Flight, SocketBuffer, World
from netsim.forwarding.tracking import confirm, track
from netsim.linux.namespace import NetworkNamespace, Socket
from netsim.linux.netfilter import ConnectionState, Destination, Hook, SetMark
from netsim.network import LinkLayer
from netsim.packet import Packet, Protocol, Udp
from netsim.trace import Point
from tests.netsim.harbour import simulate


def marking(change: int) -> Simulation:
    """Harbour, where n1 marks what it forwards to n2's Pods."""
    simulation = simulate()
    chain = simulation.network.namespaces["n1"].netfilter.table("mangle").chains[Hook.FORWARD]
    chain.append(SetMark(change, change), Destination(ip_network("10.244.2.0/24")))
    return simulation


def marks(simulation: Simulation) -> dict[str, int]:
    exchange = simulation.trace(Probe("pod/ops/probe", "pod/shop/web-1:8080"))
    return {f"{hop.namespace} {hop.interface} {hop.direction}": hop.packet.mark for hop in exchange.request.hops}


def test_a_mark_survives_encapsulation():
    """The reason why kube-proxy takes its mark off again before the packet leaves (kubernetes#92035)."""
    assert marks(marking(0x10))["n1 eth0 out"] == 0x10


def test_a_mark_does_not_cross_to_another_kernel():
    seen = marks(marking(0x10))
    assert (seen["underlay p-n1 in"], seen["n2 eth0 in"]) == (0, 0)


def test_a_closed_port_answers_from_the_address_that_was_called(simulation: Simulation):
    """n1 has two addresses; towards the Pod it would prefer the bridge's."""
    exchange = simulation.trace(Probe("pod/ops/probe", "node/n1:9999", protocol="udp"))
    assert (exchange.client_sees, str(exchange.reply.packet.source)) == ("refused", "172.20.1.11")


def test_a_router_answers_from_the_address_next_to_the_sender(simulation: Simulation):
    exchange = simulation.trace(Probe("pod/ops/probe", "pod/shop/web-1", protocol="icmp", ttl=1))
    assert str(exchange.reply.packet.source) == "10.244.1.1"


def test_a_connection_is_established_once_it_was_answered():
    namespace, network = NetworkNamespace("n"), Network()
    network.add(namespace)
    namespace.netfilter.table("filter")
    world = World(network, LinkLayer(network), Choices(), Socket(Protocol.UDP, 1, "client"), "n")
    there = Packet(ip_address("10.0.0.1"), ip_address("10.0.0.2"), Protocol.UDP, Udp(1000, 53))
    back = there.with_endpoints(there.destination, 53, there.source, 1000)
    states = []
    for packet in (there, there, back, there):
        flight, buffer = Flight(world), SocketBuffer(namespace, packet)
        flight.tap(namespace, None, Point.LOCAL, packet)
        track(flight, buffer)
        confirm(flight, buffer)
        states.append(buffer.state)
    assert states == [
        ConnectionState.NEW, ConnectionState.NEW, ConnectionState.ESTABLISHED, ConnectionState.ESTABLISHED,
    ]  # fmt: skip
