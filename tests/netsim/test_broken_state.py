"""Break one piece of a kernel's state, and the packet fails the way it really fails. The cluster: see harbour.py."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from ipaddress import ip_address, ip_network

import pytest

from netsim import Probe, Simulation
from netsim.linux.netfilter import Destination, Drop, Hook, Masquerade, RedirectToPort
from netsim.network import Network
from tests.netsim.harbour import simulate, through


def broken(change: Callable[[Network], None]) -> Simulation:
    simulation = simulate()
    change(simulation.network)
    return simulation


def no_route(network: Network) -> None:
    network.namespaces["n1"].routes.remove(ip_network("10.244.2.0/24"))


def no_fdb_entry(network: Network) -> None:
    network.namespaces["n1"].fdb.clear()


def no_neighbour(network: Network) -> None:
    network.namespaces["n1"].neighbours.clear()


def no_forwarding(network: Network) -> None:
    network.namespaces["n2"].sysctls["net.ipv4.ip_forward"] = 0


def tunnel_down(network: Network) -> None:
    n1 = network.namespaces["n1"]
    n1.interfaces["flannel.1"] = replace(n1.interfaces["flannel.1"], up=False)


def no_proxy_rules(network: Network) -> None:
    for table in network.namespaces["n1"].netfilter:
        table.chain("KUBE-SERVICES").rules.clear()


def blocked_tunnel(network: Network) -> None:
    chain = network.namespaces["n2"].netfilter.table("filter").chains[Hook.INPUT]
    chain.prepend(Drop(), Destination(ip_network("172.20.1.12/32")))


@pytest.mark.parametrize(
    ("fault", "destination", "sees", "verdict"),
    [
        # The router refuses, but cannot tell: it has no route to the Pod either.
        (no_route, "pod/shop/web-1:8080", "timeout", "NO_ROUTE"),
        (no_fdb_entry, "pod/shop/web-1:8080", "timeout", "DROPPED"),
        (no_neighbour, "pod/shop/web-1:8080", "unreachable", "NEIGHBOR_UNREACHABLE"),
        (no_forwarding, "pod/shop/web-1:8080", "timeout", "DROPPED"),
        (tunnel_down, "pod/shop/web-1:8080", "timeout", "DROPPED"),
        (no_proxy_rules, "10.96.41.80:80", "unreachable", "NO_ROUTE"),
        (blocked_tunnel, "pod/shop/web-1:8080", "timeout", "DROPPED"),
    ],
)
def test_a_fault_is_a_change_of_state_and_shows_in_the_trace(fault, destination, sees, verdict):
    exchange = broken(fault).trace(Probe("pod/ops/probe", destination))
    assert (exchange.client_sees, exchange.verdict) == (sees, verdict)


def test_without_hairpin_mode_the_bridge_keeps_the_frame():
    def off(network: Network) -> None:
        n1 = network.namespaces["n1"]
        name = network.namespaces["shop/web-0"].interfaces["eth0"].peer_name
        n1.interfaces[name] = replace(n1.interfaces[name], hairpin=False)

    outcomes = {e.client_sees: e.reason for e in broken(off).branches(Probe("pod/shop/web-0", "svc/shop/web"))}
    assert set(outcomes) == {"connected", "timeout"}
    assert "hairpin mode is off" in outcomes["timeout"]


def test_without_bridge_netfilter_only_the_same_node_breaks():
    """The reply is switched past the rules: the client hears from an address that it never called."""

    def off(network: Network) -> None:
        for name in ("n1", "n2", "n3"):
            network.namespaces[name].sysctls["net.bridge.bridge-nf-call-iptables"] = 0

    simulation = broken(off)
    same_node = through(simulation, Probe("pod/ops/probe", "svc/shop/web"), "web-0")
    other_node = through(simulation, Probe("pod/ops/probe", "svc/shop/web"), "web-1")
    assert (same_node.client_sees, other_node.client_sees) == ("timeout", "connected")
    assert "10.244.1.5:8080" in same_node.reason


def test_too_big_for_the_tunnel_is_a_local_error():
    exchange = simulate().trace(
        Probe("pod/ops/probe", "pod/shop/web-1", protocol="icmp", size=1423, dont_fragment=True)
    )
    assert (exchange.client_sees, exchange.verdict) == ("message too long", "TOO_BIG")


def test_what_just_fits_the_tunnel_arrives():
    exchange = simulate().trace(
        Probe("pod/ops/probe", "pod/shop/web-1", protocol="icmp", size=1422, dont_fragment=True)
    )
    assert exchange.client_sees == "connected"


def test_a_pod_with_a_wrong_mtu_hears_which_one_fits():
    def wide(network: Network) -> None:
        probe, n1 = network.namespaces["ops/probe"], network.namespaces["n1"]
        host_end = probe.interfaces["eth0"].peer_name
        for namespace, device in ((probe, "eth0"), (n1, host_end), (n1, "cni0")):
            namespace.interfaces[device] = replace(namespace.interfaces[device], mtu=1500)

    exchange = broken(wide).trace(
        Probe("pod/ops/probe", "pod/shop/web-1", protocol="icmp", size=1472, dont_fragment=True)
    )
    error = exchange.reply.packet
    assert (str(error.source), error.transport.mtu, error.length) == ("10.244.1.1", 1450, 576)


@pytest.mark.parametrize("target", [Masquerade(), RedirectToPort(15001)], ids=lambda target: target.text)
def test_without_an_address_to_translate_to_the_packet_is_lost(target):
    def nameless(network: Network) -> None:
        n1 = network.namespaces["n1"]
        for name, interface in n1.interfaces.items():
            n1.interfaces[name] = interface if name == "lo" else replace(interface, addresses=())
        hook = Hook.POSTROUTING if isinstance(target, Masquerade) else Hook.PREROUTING
        n1.netfilter.table("nat").chains[hook].prepend(target)

    exchange = broken(nameless).trace(Probe("pod/ops/probe", "203.0.113.50:80"))
    assert (exchange.client_sees, exchange.verdict) == ("timeout", "DROPPED")
    assert "of n1 has no IPv4 address to translate the packet to" in exchange.reason


def test_a_route_over_a_missing_gateway_gives_up_after_arp():
    def astray(network: Network) -> None:
        probe = network.namespaces["ops/probe"]
        default = next(route for route in probe.routes if route.destination.prefixlen == 0)
        probe.routes.add(replace(default, gateway=ip_address("10.244.1.254")))

    exchange = broken(astray).trace(Probe("pod/ops/probe", "203.0.113.50:80"))
    assert (exchange.client_sees, exchange.verdict) == ("unreachable", "NEIGHBOR_UNREACHABLE")
