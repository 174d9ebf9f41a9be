"""Ways to change what a kernel knows of routes, source validation and sockets before anything is sent.

They fit the cluster ``one-rack``: n1 carries shop/client and shop/near, n2 carries shop/far.
"""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network, IPv6Network

from netsim import Network
from netsim.linux.interfaces import Veth
from netsim.linux.netfilter import Destination, Drop, Hook, ProtocolIs, Reject, RejectWith, SetMark
from netsim.linux.routing import Route, RouteKind, RoutingRule, Scope
from netsim.packet import Protocol
from tests.kernel.changes import Change

WORLD = IPv4Network("203.0.113.0/24")
EVERYWHERE = IPv4Network("0.0.0.0/0")
OTHER_PODS = IPv4Network("10.244.2.0/24")
CLIENT, NEAR = IPv4Network("10.244.1.2/32"), IPv4Network("10.244.1.3/32")


def world_is(kind: RouteKind) -> Change:
    """n1 gets a route to the world that leads nowhere."""

    def change(network: Network) -> None:
        network.namespaces["n1"].routes.add(Route(destination=WORLD, kind=kind))

    change.__qualname__ = f"world_is_{kind}"
    return change


WORLD_BLACKHOLE = world_is(RouteKind.BLACKHOLE)
WORLD_UNREACHABLE = world_is(RouteKind.UNREACHABLE)
WORLD_PROHIBITED = world_is(RouteKind.PROHIBIT)


def _way_back_by_the_tunnel(network: Network) -> None:
    """n1 would answer the world through n2, although the world's packets reach it by eth0."""
    route = Route(destination=WORLD, gateway=IPv4Address("10.244.2.0"), device="flannel.1", onlink=True)
    network.namespaces["n1"].routes.add(route)


def strict_source_validation(network: Network) -> None:
    _way_back_by_the_tunnel(network)
    network.namespaces["n1"].sysctls["net.ipv4.conf.eth0.rp_filter"] = 1


def loose_source_validation(network: Network) -> None:
    _way_back_by_the_tunnel(network)
    network.namespaces["n1"].sysctls["net.ipv4.conf.all.rp_filter"] = 2


def loose_validation_without_a_way_back(network: Network) -> None:
    network.namespaces["n1"].routes.remove(EVERYWHERE)
    network.namespaces["n1"].sysctls["net.ipv4.conf.all.rp_filter"] = 2


def other_pods_seem_near(network: Network) -> None:
    """The client asks ARP for Pods of the other node."""
    network.namespaces["shop/client"].routes.add(Route(destination=OTHER_PODS, device="eth0", scope=Scope.LINK))


def bridge_answers_arp_for_other_pods(network: Network) -> None:
    other_pods_seem_near(network)
    network.namespaces["n1"].sysctls["net.ipv4.conf.cni0.proxy_arp"] = 1


def client_has_a_table_of_its_own(network: Network) -> None:
    """What comes from shop/client asks a table whose only route is a blackhole."""
    n1 = network.namespaces["n1"]
    n1.table("100").add(Route(destination=EVERYWHERE, kind=RouteKind.BLACKHOLE))
    n1.add_rule(RoutingRule(priority=100, table="100", source=CLIENT))


def marked_packets_have_a_table(network: Network) -> None:
    """n1 marks what goes to the world, and prohibits what is marked; the node's own packets are routed once more."""
    n1 = network.namespaces["n1"]
    n1.table("100").add(Route(destination=EVERYWHERE, kind=RouteKind.PROHIBIT))
    n1.add_rule(RoutingRule(priority=100, table="100", mark=0x10, mask=0x10))
    for hook in (Hook.PREROUTING, Hook.OUTPUT):
        n1.netfilter.table("mangle").chains[hook].append(SetMark(0x10, 0x10), Destination(WORLD))


def thrown_out_of_the_table(network: Network) -> None:
    """A table that knows nothing of other Pods sends the lookup on to the next rule."""
    client_has_a_table_of_its_own(network)
    network.namespaces["n1"].table("100").add(Route(destination=OTHER_PODS, kind=RouteKind.THROW))


def server_listens_on_localhost_only(network: Network) -> None:
    near = network.namespaces["shop/near"]
    near.sockets = [replace(socket, address=IPv4Address("127.0.0.1")) for socket in near.sockets]


def server_listens_on_its_address_only(network: Network) -> None:
    near = network.namespaces["shop/near"]
    near.sockets = [replace(socket, address=IPv4Address("10.244.1.3")) for socket in near.sockets]


def _set_mtu(network: Network, mtu: int, *devices: tuple[str, str]) -> None:
    for namespace, device in devices:
        interfaces = network.namespaces[namespace].interfaces
        interfaces[device] = replace(interfaces[device], mtu=mtu)


def _host_end(network: Network, pod: str) -> tuple[str, str]:
    cable = network.namespaces[pod].interfaces["eth0"]
    assert isinstance(cable, Veth)
    return cable.peer_namespace, cable.peer_name


def router_link_of_1400(network: Network) -> None:
    """In ``two-racks`` the router sends no more than 1400 bytes at once to n2, and takes 1500 from it."""
    _set_mtu(network, 1400, ("router", "eth-rack-b"))


def server_port_of_1400(network: Network) -> None:
    _set_mtu(network, 1400, ("shop/near", "eth0"), _host_end(network, "shop/near"))


def cable_with_two_mtus(network: Network) -> None:
    """The client's end of its cable takes 1500 bytes, the node's 1450."""
    _set_mtu(network, 1500, ("shop/client", "eth0"))


def pods_of_1500(network: Network) -> None:
    """Pods and bridges take 1500 bytes, the tunnel between the nodes 1450."""
    for pod in ("shop/client", "shop/near", "shop/far"):
        _set_mtu(network, 1500, (pod, "eth0"), _host_end(network, pod))
    _set_mtu(network, 1500, ("n1", "cni0"), ("n2", "cni0"))


def pods_of_1500_and_no_icmp(network: Network) -> None:
    """As above, and n1 keeps to itself that something was too long."""
    pods_of_1500(network)
    chain = network.namespaces["n1"].netfilter.table("filter").chains[Hook.OUTPUT]
    chain.prepend(Drop(), ProtocolIs(Protocol.ICMP))


def without_conntrack_for_bridged(network: Network) -> None:
    network.namespaces["n1"].sysctls["net.bridge.bridge-nf-call-iptables"] = 0


def router_prohibits_the_world(network: Network) -> None:
    _replace_world(network, RouteKind.PROHIBIT)


def router_blackholes_the_world(network: Network) -> None:
    _replace_world(network, RouteKind.BLACKHOLE)


def _replace_world(network: Network, kind: RouteKind) -> None:
    """The client outside has the only address in a half of its link; that half leads nowhere from the router."""
    half = IPv6Network("2001:db8:203:113::/65")
    network.namespaces["router"].routes.add(Route(destination=half, kind=kind))


def without_ipv6_forwarding(network: Network) -> None:
    network.namespaces["n1"].sysctls["net.ipv6.conf.all.forwarding"] = 0


def without_bridge_ip6tables(network: Network) -> None:
    network.namespaces["n1"].sysctls["net.bridge.bridge-nf-call-ip6tables"] = 0


def world_link_of_1400(network: Network) -> None:
    _set_mtu(network, 1400, ("router", "outside"), ("external", "eth0"))


def forwarding_reset_on_n1(network: Network) -> None:
    """n1 resets TCP connections to Pods that it bridges or forwards."""
    chain = network.namespaces["n1"].netfilter.table("filter").chains[Hook.FORWARD]
    chain.prepend(Reject(RejectWith.TCP_RESET), ProtocolIs(Protocol.TCP), Destination(IPv4Network("10.244.0.0/16")))
