"""Packets and MTUs, by the numbers that Linux gives. The cluster: see harbour.py (underlay 1500, tunnel and Pods 1450).

ops/probe (n1) ── tunnel ── shop/web-1 (n2)
"""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address, ip_network

import pytest

from netsim import Exchange, Network, Probe, Simulation
from netsim.linux.netfilter import ConnectionState, Destination, Dnat, Drop, Hook, ProtocolIs, Reject, StateIs
from netsim.linux.nftables import ChainType, Family, Table
from netsim.packet import Protocol
from netsim.trace import LearnPathMtu, Reassemble, Trace
from tests.netsim.harbour import simulate

FAR = "pod/shop/web-1"


def set_mtu(network: Network, mtu: int, *places: tuple[str, str]) -> None:
    for namespace, device in places:
        interfaces = network.namespaces[namespace].interfaces
        interfaces[device] = replace(interfaces[device], mtu=mtu)


def with_pods_of_1500() -> Simulation:
    """Pods and bridges take 1500 bytes, the tunnel 1450."""
    simulation = simulate()
    for pod, node in (("ops/probe", "n1"), ("shop/web-1", "n2")):
        host_end = simulation.network.namespaces[pod].interfaces["eth0"].peer_name
        set_mtu(simulation.network, 1500, (pod, "eth0"), (node, host_end), (node, "cni0"))
    return simulation


def with_tunnel_too_wide() -> Simulation:
    """n1's wire takes 1400 bytes, its tunnel counts on 1500."""
    simulation = simulate()
    set_mtu(simulation.network, 1400, ("n1", "eth0"))
    return simulation


def steps(trace: Trace, kind: type) -> list:
    return [step for hop in trace.hops for step in hop.steps if isinstance(step, kind)]


def ping(size: int, **words: object) -> Probe:
    return Probe("pod/ops/probe", FAR, protocol="icmp", size=size, **words)


@pytest.mark.parametrize(
    ("size", "pieces"),
    [(1422, ()), (1423, (1444, 27)), (1424, (1444, 28)), (2840, (1444, 1444)), (2841, (1444, 1444, 21))],
    ids=["just fits", "a byte too long", "two bytes too long", "two full pieces", "a byte more than two"],
)
def test_a_packet_without_df_leaves_in_pieces_of_eight_byte_steps(simulation, size, pieces):
    """1450 bytes hold 20 of header and 1424 of the message, whose own header has 8 bytes."""
    assert simulation.trace(ping(size)).request.hops[1].packet.fragments == pieces


def test_a_fragmented_packet_is_answered_in_fragments(simulation):
    exchange = simulation.trace(ping(2000))
    assert (exchange.client_sees, exchange.reply.hops[-1].packet.fragments) == ("connected", (1444, 604))


def test_conntrack_puts_fragments_together_and_the_way_out_cuts_them_again(simulation):
    request = simulation.trace(ping(2000)).request
    by_place = {f"{hop.namespace} {hop.interface} {hop.direction}": hop.packet.fragments for hop in request.hops}
    assert (by_place["n1 cni0 in"], by_place["n1 flannel.1 out"]) == ((), (1444, 604))


def test_the_receiver_puts_the_fragments_together(simulation):
    request = simulation.trace(ping(2000)).request
    assert (steps(request, Reassemble)[-1].lengths, request.hops[-1].packet.fragments) == ((1444, 604), (1444, 604))


def test_each_fragment_gets_a_tunnel_packet_of_its_own(simulation):
    request = simulation.trace(ping(2000)).request
    outer = next(hop.packet for hop in request.hops if hop.packet.inner is not None)
    assert (outer.fragments, outer.pieces) == ((), (1494, 654))


def test_a_tunnel_packet_too_long_for_the_wire_is_cut_itself():
    """The figures were measured on a kernel: 1420 bytes inside make 1470 outside, cut at 1400."""
    request = with_tunnel_too_wide().trace(ping(1392, dont_fragment=True)).request
    outer = next(hop.packet for hop in request.hops if hop.packet.inner is not None)
    assert (outer.inner.length, outer.pieces) == (1420, (1396, 94))


def test_a_tunnel_tells_its_own_node_the_path_mtu_and_goes_on():
    request = with_tunnel_too_wide().trace(ping(1392, dont_fragment=True)).request
    assert ([step.mtu for step in steps(request, LearnPathMtu)], request.disposition) == ([1350], "ACCEPTED")


def test_a_router_forwards_fragments_one_by_one(simulation):
    request = simulation.trace(Probe("node/n1", "203.0.113.50", protocol="icmp", size=3000)).request
    at_router = [hop.packet.fragments for hop in request.hops if hop.namespace == "router"]
    assert at_router == [(1500, 1500, 68)] * 2


def test_a_bridge_port_drops_what_exceeds_its_mtu_and_tells_nobody():
    simulation = simulate()
    host_end = simulation.network.namespaces["shop/web-0"].interfaces["eth0"].peer_name
    set_mtu(simulation.network, 1400, ("n1", host_end))
    exchange = simulation.trace(Probe("pod/ops/probe", "pod/shop/web-0", protocol="icmp", size=1400))
    assert (exchange.client_sees, exchange.verdict, exchange.reply) == ("timeout", "TOO_BIG", None)


def test_the_far_end_of_a_cable_drops_what_exceeds_its_mtu():
    simulation = simulate()
    set_mtu(simulation.network, 1500, ("ops/probe", "eth0"))
    exchange = simulation.trace(ping(1472))
    assert (exchange.client_sees, exchange.request.hops[-1].interface) == ("timeout", "eth0")


def test_a_session_remembers_the_path_mtu_that_an_error_told():
    session = with_pods_of_1500().session()
    probe = Probe("pod/ops/probe", "10.244.2.6:8080", protocol="udp", size=1472)
    first, second = session.trace(probe), session.trace(probe)
    assert (first.client_sees, second.request.hops[1].packet.fragments) == ("message too long", (1444, 76))


def test_a_session_refuses_what_the_path_does_not_take():
    session = with_pods_of_1500().session()
    session.trace(ping(1472, dont_fragment=True))
    again = session.trace(ping(1472, dont_fragment=True))
    assert (again.client_sees, len(again.request.hops)) == ("message too long", 1)
    assert "path MTU 1450" in again.reason


@pytest.mark.parametrize(("told", "kept"), [(1400, 1400), (100, 552), (9000, None)], ids=["less", "absurd", "more"])
def test_a_path_mtu_is_kept_only_where_it_is_lower_and_credible(told, kept):
    simulation = with_pods_of_1500()
    n1 = simulation.network.namespaces["n1"]
    n1.interfaces["flannel.1"] = replace(n1.interfaces["flannel.1"], mtu=told)
    session = simulation.session()
    session.trace(ping(1472, dont_fragment=True))
    assert session.memory.path_mtu.get(("ops/probe", ip_address("10.244.2.6"))) == kept


def test_conntrack_for_nftables_puts_fragments_together_too():
    simulation = simulate()
    namespace = simulation.network.namespaces["n1"]
    namespace.netfilter.tables.clear()
    namespace.nftables.add(Table(Family.IP, "filter")).add_base_chain("forward", ChainType.FILTER, Hook.FORWARD, 0)
    hop = next(hop for hop in simulation.trace(ping(2000)).request.hops if hop.interface == "cni0")
    assert hop.packet.fragments == ()


def dial(simulation: Simulation, size: int) -> Exchange:
    return simulation.trace(Probe("pod/ops/probe", f"{FAR}:8080", size=size))


@pytest.mark.parametrize(
    ("size", "length"), [(100, 152), (1398, 1450), (5000, 1450)], ids=["small", "the most that fits", "only the first"]
)
def test_tcp_sends_its_first_segment_as_long_as_the_mss_allows(simulation, size, length):
    data = dial(simulation, size).data
    assert (data[0].hops[0].packet.length, len(data)) == (length, 2)


def test_the_handshake_tells_the_mss_of_both_routes(simulation):
    exchange = dial(simulation, 0)
    mss = [trace.hops[0].packet.transport.mss for trace in (exchange.request, exchange.reply)]
    assert (mss, exchange.data) == ([1410, 1410], ())


def test_tcp_learns_the_path_mtu_and_sends_again():
    exchange = dial(with_pods_of_1500(), 1448)
    lengths = [trace.hops[0].packet.length for trace in exchange.data]
    assert (exchange.client_sees, lengths) == ("connected", [1500, 576, 1450, 52])


def test_tcp_hangs_where_nobody_says_that_it_is_too_long():
    simulation = with_pods_of_1500()
    chain = simulation.network.namespaces["n1"].netfilter.table("filter").chains[Hook.OUTPUT]
    chain.prepend(Drop(), ProtocolIs(Protocol.ICMP))
    exchange = dial(simulation, 1448)
    assert (exchange.client_sees, exchange.verdict) == ("connected, then stalled", "ACCEPTED")
    assert "1500 bytes with DF do not fit the MTU 1450 of flannel.1 on n1" in exchange.reason


def test_tcp_hangs_where_an_error_says_nothing_of_the_length():
    """n1 rejects what is established: port unreachable does not end a connection, and is no reason to send less."""
    simulation = simulate()
    chain = simulation.network.namespaces["n1"].netfilter.table("filter").chains[Hook.FORWARD]
    states = frozenset({ConnectionState.ESTABLISHED})
    chain.prepend(Reject(), StateIs(states), Destination(ip_network("10.244.2.0/24")))
    exchange = dial(simulation, 100)
    assert (exchange.client_sees, len(exchange.data)) == ("connected, then stalled", 2)


def test_what_came_in_small_pieces_leaves_in_small_pieces():
    """The client's device takes 1000 bytes, the tunnel 1450."""
    simulation = simulate()
    set_mtu(simulation.network, 1000, ("ops/probe", "eth0"))
    request = simulation.trace(ping(1800)).request
    assert next(hop.packet.fragments for hop in request.hops if hop.interface == "flannel.1") == (996, 852)


def test_the_senders_own_kernel_cuts_what_only_translation_leads_to_the_tunnel():
    """1468 bytes fit n1's eth0, by which the Service's address seems to be, but not the tunnel."""
    simulation = simulate()
    simulation.network.namespaces["n1"].netfilter.table("nat").chains[Hook.OUTPUT].prepend(
        Dnat(ip_address("10.244.2.6"), 53), Destination(ip_network("203.0.113.99"))
    )
    cut = simulation.trace(Probe("node/n1", "203.0.113.99:53", protocol="udp", size=1440)).request
    assert next(hop.packet.fragments for hop in cut.hops if hop.interface == "flannel.1") == (1444, 44)
