"""IPv6 beside IPv4: the same cluster in both, the bridge plugin, kube-proxy's ip6tables rules, ICMPv6.

``dual-stack`` is drawn at the top of its file in ``clusters/``.
"""

from __future__ import annotations

from dataclasses import replace

from tests.kernel import ip_changes as changes
from tests.kernel.scenario import Scenario, send

CLIENT, NEAR, FAR = "pod/shop/client", "pod/shop/near", "pod/shop/far"
NEAR_6, FAR_6 = "fd00:10:244:1::3", "fd00:10:244:2::2"
NEAR_SERVICE, FAR_SERVICE, EMPTY_SERVICE = "fd00:10:96::11", "fd00:10:96::12", "fd00:10:96::15"
NODE_1, WORLD = "fd00:192::11", "2001:db8:203:113::50"

CONNECTIONS = (
    send("pod to pod on its node", CLIENT, f"[{NEAR_6}]:8080"),
    send("pod to pod on another node", CLIENT, f"[{FAR_6}]:8080"),
    send("pod to ClusterIP, endpoint on its node", CLIENT, f"[{NEAR_SERVICE}]:80"),
    send("pod to ClusterIP, endpoint on another node", CLIENT, f"[{FAR_SERVICE}]:80"),
    send("pod to its own Service (hairpin)", NEAR, f"[{NEAR_SERVICE}]:80"),
    send("node to pod on another node", "node/n1", f"[{FAR_6}]:8080"),
    send("node to ClusterIP, endpoint on another node", "node/n1", f"[{FAR_SERVICE}]:80"),
    send("outside to node port, endpoint on another node", "external", f"[{NODE_1}]:30082"),
    send("UDP to ClusterIP, endpoint on another node", CLIENT, f"[{FAR_SERVICE}]:53", protocol="udp", size=30),
    send("ping a pod on another node", CLIENT, FAR_6, protocol="icmp", size=56),
    send("node to the world", "node/n1", f"[{WORLD}]:80"),
    send("the same cluster over IPv4", CLIENT, "10.96.0.12:80"),
)

FAILURES = (
    send("closed TCP port", CLIENT, f"[{FAR_6}]:9", "refused"),
    send("closed UDP port", CLIENT, f"[{FAR_6}]:9", "refused", protocol="udp"),
    send("Service without endpoints", CLIENT, f"[{EMPTY_SERVICE}]:80", "refused"),
    send("Service without endpoints, UDP", CLIENT, f"[{EMPTY_SERVICE}]:53", "refused", protocol="udp"),
    send("unused address of another node", CLIENT, "[fd00:10:244:2::77]:80", "unreachable"),
    send("unused address of the pod's own node", CLIENT, "[fd00:10:244:1::77]:80", "unreachable"),
    send("an address that no router knows", "node/n1", "[2001:db8:9::9]:80", "unreachable"),
    send("prohibit route on the way", "node/n2", f"[{WORLD}]:80", "permission denied",
         change=changes.router_prohibits_the_world),
    send("blackhole route on the way", "node/n2", f"[{WORLD}]:80", "timeout",
         change=changes.router_blackholes_the_world),
    send("node does not forward", CLIENT, f"[{FAR_6}]:8080", "timeout", change=changes.without_ipv6_forwarding),
    send("ClusterIP without br_netfilter, endpoint on its node", CLIENT, f"[{NEAR_SERVICE}]:80", "timeout",
         change=changes.without_bridge_ip6tables),
)  # fmt: skip

HOP_LIMIT = (
    send("traceroute, first hop", CLIENT, FAR_6, "ttl exceeded", protocol="icmp", ttl=1),
    send("traceroute, second hop", CLIENT, FAR_6, "ttl exceeded", protocol="icmp", ttl=2),
    send("traceroute, the pod itself", CLIENT, FAR_6, protocol="icmp", ttl=3),
    send("UDP traceroute to a ClusterIP, first hop", CLIENT, f"[{FAR_SERVICE}]:53", "ttl exceeded", protocol="udp",
         ttl=1),
    send("TCP traceroute to a ClusterIP, second hop", CLIENT, f"[{FAR_SERVICE}]:80", "ttl exceeded", ttl=2),
)  # fmt: skip

LENGTH = (
    send("ping in two fragments", CLIENT, NEAR_6, protocol="icmp", size=2000),
    send("fragments to ClusterIP, endpoint on another node", CLIENT, f"[{FAR_SERVICE}]:53", protocol="udp", size=3000),
    send("fragments that a router forwards one by one", "node/n1", WORLD, protocol="icmp", size=3000),
    send("ping one byte too long that may not be cut", CLIENT, FAR_6, "message too long", protocol="icmp", size=1453,
         dont_fragment=True),
    send("ping that just fits", CLIENT, FAR_6, protocol="icmp", size=1452, dont_fragment=True),
    send("too long for a link of the router: only the sender cuts", "node/n1", WORLD, "message too long",
         protocol="icmp", size=1452, change=changes.world_link_of_1400),
    send("fragments too long for a link of the router", "node/n1", WORLD, "message too long", protocol="icmp",
         size=2000, change=changes.world_link_of_1400),
    send("a segment of data", CLIENT, f"[{FAR_SERVICE}]:80", size=1428),
)  # fmt: skip


def _in_ipv6(scenario: Scenario) -> Scenario:
    return replace(scenario, name=f"IPv6: {scenario.name}", cluster="dual-stack")


SCENARIOS = tuple(_in_ipv6(scenario) for scenario in CONNECTIONS + FAILURES + HOP_LIMIT + LENGTH)
