"""The IP layer: routes and routing rules, source validation, proxy ARP, sockets, broadcast, lengths and fragments.

``one-rack`` is drawn at the top of its file in ``clusters/``: shop/client and shop/near on n1, shop/far on n2.
"""

from __future__ import annotations

from tests.kernel import ip_changes as changes
from tests.kernel.scenario import send

CLIENT, NEAR, FAR = "pod/shop/client", "pod/shop/near", "pod/shop/far"
WORLD = "203.0.113.50:80"

ROUTES = (
    send("blackhole route on the way", CLIENT, WORLD, "timeout", change=changes.WORLD_BLACKHOLE),
    send("unreachable route on the way", CLIENT, WORLD, "unreachable", change=changes.WORLD_UNREACHABLE),
    send("prohibit route on the way", CLIENT, WORLD, "unreachable", change=changes.WORLD_PROHIBITED),
    send("blackhole route of the sender", "node/n1", WORLD, "invalid argument", change=changes.WORLD_BLACKHOLE),
    send("unreachable route of the sender", "node/n1", WORLD, "unreachable", change=changes.WORLD_UNREACHABLE),
    send("prohibit route of the sender", "node/n1", WORLD, "permission denied", change=changes.WORLD_PROHIBITED),
)

POLICY_ROUTING = (
    send("routing rule for the client's address", CLIENT, f"{FAR}:8080", "timeout",
         change=changes.client_has_a_table_of_its_own),
    send("routing rule for another address", NEAR, f"{FAR}:8080", change=changes.client_has_a_table_of_its_own),
    send("own addresses come before any rule", CLIENT, "192.168.1.11:9", "refused",
         change=changes.client_has_a_table_of_its_own),
    send("throw route leads to the next rule", CLIENT, f"{FAR}:8080", change=changes.thrown_out_of_the_table),
    send("routing rule for a mark", CLIENT, WORLD, "unreachable", change=changes.marked_packets_have_a_table),
    send("routing rule for a mark set in OUTPUT", "node/n1", "203.0.113.50:53", "permission denied", protocol="udp",
         change=changes.marked_packets_have_a_table),
)  # fmt: skip

SOURCE_VALIDATION = (
    send("strict rp_filter, answers would leave elsewhere", "external", "192.168.1.11:30081", "timeout",
         change=changes.strict_source_validation),
    send("loose rp_filter, answers leave elsewhere", "external", "192.168.1.11:30086", protocol="udp",
         change=changes.loose_source_validation),
    send("loose rp_filter, no way back", "external", "192.168.1.11:30081", "timeout",
         change=changes.loose_validation_without_a_way_back),
)  # fmt: skip

PROXY_ARP = (
    send("ARP for a pod of another node", CLIENT, f"{FAR}:8080", "unreachable", change=changes.other_pods_seem_near),
    send("proxy ARP for a pod of another node", CLIENT, f"{FAR}:8080",
         change=changes.bridge_answers_arp_for_other_pods),
)  # fmt: skip

SOCKETS = (
    send("server on localhost only", CLIENT, f"{NEAR}:8080", "refused",
         change=changes.server_listens_on_localhost_only),
    send("server on localhost only, asked by itself", NEAR, "127.0.0.1:8080",
         change=changes.server_listens_on_localhost_only),
    send("server on its own address only", CLIENT, f"{NEAR}:8080", change=changes.server_listens_on_its_address_only),
    send("server on its own address only, asked on localhost", NEAR, "127.0.0.1:8080", "refused",
         change=changes.server_listens_on_its_address_only),
)  # fmt: skip

BROADCAST = (
    send("TCP to the subnet's broadcast address", CLIENT, "10.244.1.255:80", "unreachable"),
    send("UDP to the subnet's broadcast address", CLIENT, "10.244.1.255:5353", "permission denied", protocol="udp"),
    send("ping the subnet's broadcast address", "node/n1", "192.168.1.255", "permission denied", protocol="icmp"),
    send("TCP to the broadcast address of another link", CLIENT, "192.168.1.255:80", "timeout"),
    send("UDP to the broadcast address of another link", CLIENT, "192.168.1.255:9", "timeout", protocol="udp"),
    send("ping the broadcast address of another link", CLIENT, "192.168.1.255", "timeout", protocol="icmp"),
)

FRAGMENTS = (
    send("ping in two fragments", CLIENT, NEAR, protocol="icmp", size=2000),
    send("ping in three fragments to another node", CLIENT, FAR, protocol="icmp", size=4000),
    send("fragments bridged without conntrack", CLIENT, NEAR, protocol="icmp", size=2000,
         change=changes.without_conntrack_for_bridged),
    send("fragments to ClusterIP, endpoint on another node", CLIENT, "svc/shop/far:53", protocol="udp", size=3000),
    send("fragments that a router forwards one by one", "node/n1", "203.0.113.50", protocol="icmp", size=3000),
    send("fragments to the node port", "external", "192.168.1.11:30086", protocol="udp", size=2000),
    send("node's datagram cut for the tunnel", "node/n1", f"{FAR}:5353", protocol="udp", size=1440),
    send("node's datagram that fits eth0 but not the tunnel", "node/n1", "svc/shop/far:53", protocol="udp", size=1440),
    send("tunnel's packet cut by a router in the underlay", CLIENT, f"{FAR}:8080", size=1398, cluster="two-racks",
         change=changes.router_link_of_1400),
    send("bridged fragments longer than the server's port takes", CLIENT, f"{NEAR}:5353", "timeout", protocol="udp",
         size=2000, change=changes.server_port_of_1400),
    send("bridged datagram longer than the server's port takes", CLIENT, f"{NEAR}:5353", "timeout", protocol="udp",
         size=1400, change=changes.server_port_of_1400),
    send("cable whose ends have two MTUs", CLIENT, f"{FAR}:5353", "timeout", protocol="udp", size=1472,
         change=changes.cable_with_two_mtus),
)  # fmt: skip

TCP_DATA = (
    send("little data on its node", CLIENT, f"{NEAR}:8080", size=100),
    send("a full segment through the tunnel", CLIENT, "svc/shop/far:80", size=1398),
    send("a full segment on its node, pods of 1500", CLIENT, f"{NEAR}:8080", size=1448, change=changes.pods_of_1500),
    send("little data, pods of 1500", CLIENT, "svc/shop/far:80", size=1398, change=changes.pods_of_1500),
    send("a segment too long for the tunnel is sent again, shorter", CLIENT, f"{FAR}:8080", size=1448,
         change=changes.pods_of_1500),
    send("the same through ClusterIP", CLIENT, "svc/shop/far:80", size=1448, change=changes.pods_of_1500),
    send("node's segment too long for the tunnel", "node/n1", "svc/shop/far:80", size=1448,
         change=changes.pods_of_1500),
    send("black hole: the segment is too long and nobody says so", CLIENT, f"{FAR}:8080", "connected, then stalled",
         size=1448, change=changes.pods_of_1500_and_no_icmp),
    send("black hole: what fits gets through", CLIENT, f"{FAR}:8080", size=1398,
         change=changes.pods_of_1500_and_no_icmp),
)  # fmt: skip

RESETS = (
    send("REJECT with tcp-reset, bridged", CLIENT, f"{NEAR}:8080", "refused", change=changes.forwarding_reset_on_n1),
    send("REJECT with tcp-reset, routed after a bridge", CLIENT, f"{FAR}:8080", "refused",
         change=changes.forwarding_reset_on_n1),
    send("REJECT with tcp-reset, bridged Service: the client ignores it", CLIENT, "svc/shop/near:80", "timeout",
         change=changes.forwarding_reset_on_n1),
    send("REJECT with tcp-reset, from outside", "external", "192.168.1.11:30082", "refused",
         change=changes.forwarding_reset_on_n1),
)  # fmt: skip

TRACEROUTE = (
    send("ICMP traceroute through a router, first hop", "node/n1", "203.0.113.50", "ttl exceeded", protocol="icmp",
         ttl=1),
    send("UDP traceroute to a pod, second hop", CLIENT, f"{FAR}:33434", "ttl exceeded", protocol="udp", ttl=2),
    send("UDP traceroute to a pod, the pod itself", CLIENT, f"{FAR}:33434", "refused", protocol="udp", ttl=3),
    send("TCP traceroute to a node port, first hop", "external", "192.168.1.11:30082", "ttl exceeded", ttl=1),
    send("TCP traceroute to a node port, second hop", "external", "192.168.1.11:30082", "ttl exceeded", ttl=2),
    send("TCP traceroute to a node port, third hop", "external", "192.168.1.11:30082", "ttl exceeded", ttl=3),
    send("TCP traceroute to a node port, the server", "external", "192.168.1.11:30082", ttl=4),
    send("UDP traceroute from behind a masquerade", CLIENT, "203.0.113.50:33434", "ttl exceeded", protocol="udp",
         ttl=2),
    send("traceroute through fragments", CLIENT, FAR, "ttl exceeded", protocol="icmp", ttl=2, size=2000),
)  # fmt: skip

SCENARIOS = (
    ROUTES + POLICY_ROUTING + SOURCE_VALIDATION + PROXY_ARP + SOCKETS + BROADCAST + FRAGMENTS + TCP_DATA + RESETS
    + TRACEROUTE
)  # fmt: skip
