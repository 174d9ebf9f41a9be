"""flannel's VXLAN with kube-proxy in iptables mode: what works, what fails, and every fault that the kernel shows.

``one-rack`` and ``two-racks`` are drawn at the top of their files in ``clusters/``.
"""

from __future__ import annotations

from dataclasses import replace

from tests.kernel import changes
from tests.kernel.scenario import send

CLIENT, NEAR, FAR = "pod/shop/client", "pod/shop/near", "pod/shop/far"

CONNECTIONS = (
    send("pod to pod on its node", CLIENT, f"{NEAR}:8080"),
    send("pod to pod on another node", CLIENT, f"{FAR}:8080"),
    send("pod to ClusterIP, endpoint on its node", CLIENT, "svc/shop/near:80"),
    send("pod to ClusterIP, endpoint on another node", CLIENT, "svc/shop/far:80"),
    send("pod to its own Service (hairpin)", NEAR, "svc/shop/near:80"),
    send("node to pod on it", "node/n1", f"{NEAR}:8080"),
    send("node to pod on another node", "node/n1", f"{FAR}:8080"),
    send("node to ClusterIP, endpoint on it", "node/n1", "svc/shop/near:80"),
    send("node to ClusterIP, endpoint on another node", "node/n1", "svc/shop/far:80"),
    send("outside to node port, endpoint on that node", "external", "192.168.1.11:30081"),
    send("outside to node port, endpoint on another node", "external", "192.168.1.11:30082"),
    send("outside to node port with policy Local, endpoint there", "external", "192.168.1.11:30083"),
    send("outside to node port with policy Local, no endpoint there", "external", "192.168.1.11:30084", "timeout"),
    send("pod to its node's port with policy Local, no endpoint there", CLIENT, "192.168.1.11:30084"),
    send("pod to another node's port", CLIENT, "192.168.1.12:30081"),
    send("node to its own node port", "node/n1", "192.168.1.11:30082"),
    send("pod to the world", CLIENT, "203.0.113.50:80"),
    send("node to the world", "node/n1", "203.0.113.50:80"),
)

FAILURES = (
    send("closed TCP port of a pod", CLIENT, f"{NEAR}:9", "refused"),
    send("closed UDP port of a pod", CLIENT, f"{NEAR}:9", "refused", protocol="udp"),
    send("closed UDP port of a pod on another node", CLIENT, f"{FAR}:9", "refused", protocol="udp"),
    send("closed port of the node", CLIENT, "192.168.1.11:9", "refused"),
    send("Service without endpoints", CLIENT, "svc/shop/empty:80", "refused"),
    send("Service without endpoints, UDP", CLIENT, "svc/shop/empty:53", "refused", protocol="udp"),
    send("Service without endpoints, from the node", "node/n1", "svc/shop/empty:80", "refused"),
    send(
        "Service without endpoints, UDP from the node", "node/n1", "svc/shop/empty:53", "not permitted", protocol="udp"
    ),
    send("Service without endpoints, node port from outside", "external", "192.168.1.11:30085", "refused"),
    send("unused address of the pod's own node", CLIENT, "10.244.1.77:80", "unreachable"),
    send("unused address of another node", CLIENT, "10.244.2.77:80", "unreachable"),
    send("pod address of no node", CLIENT, "10.244.9.9:80", "timeout"),
    send("port that the Service does not have", CLIENT, "10.96.0.11:81", "unreachable"),
    send("ClusterIP that nobody has", CLIENT, "10.96.0.99:80", "unreachable"),
)

OTHER_PROTOCOLS = (
    send("ping a pod on its node", CLIENT, NEAR, protocol="icmp"),
    send("ping a pod on another node", CLIENT, FAR, protocol="icmp", size=56),
    send("ping a ClusterIP", CLIENT, "svc/shop/near", "unreachable", protocol="icmp"),
    send("ping its own address", "node/n1", "192.168.1.11", protocol="icmp"),
    send("ping the world", CLIENT, "203.0.113.50", protocol="icmp"),
    send("UDP to ClusterIP, endpoint on its node", CLIENT, "svc/shop/near:53", protocol="udp", size=30),
    send("UDP to ClusterIP, endpoint on another node", CLIENT, "svc/shop/far:53", protocol="udp", size=30),
)

LENGTH = (
    send("ping that just fits", CLIENT, FAR, protocol="icmp", size=1422, dont_fragment=True),
    send("ping one byte too long", CLIENT, FAR, "message too long", protocol="icmp", size=1423, dont_fragment=True),
    send("node's ping too long for the tunnel", "node/n1", FAR, "message too long", protocol="icmp", size=1423,
             dont_fragment=True),
    send("node's datagram to ClusterIP too long for the tunnel", "node/n1", "svc/shop/far:53", "message too long",
             protocol="udp", size=1423, dont_fragment=True),
    send("datagram to the node port too long for the tunnel", "external", "192.168.1.11:30086", "message too long",
             protocol="udp", size=1423, dont_fragment=True),
    send("datagram to itself over lo, longer than eth0 takes", NEAR, f"{NEAR}:5353", protocol="udp", size=1473,
             dont_fragment=True),
)  # fmt: skip

TTL = (
    send("traceroute to a pod, first hop", CLIENT, FAR, "ttl exceeded", protocol="icmp", ttl=1),
    send("traceroute to a pod, second hop", CLIENT, FAR, "ttl exceeded", protocol="icmp", ttl=2),
    send("traceroute to a pod, the pod itself", CLIENT, FAR, protocol="icmp", ttl=3),
    send("TCP traceroute to a ClusterIP, first hop", CLIENT, "svc/shop/far:80", "ttl exceeded", ttl=1),
    send("TCP traceroute to a ClusterIP, second hop", CLIENT, "svc/shop/far:80", "ttl exceeded", ttl=2),
    send("UDP traceroute to a ClusterIP, second hop", CLIENT, "svc/shop/far:53", "ttl exceeded", protocol="udp",
             ttl=2),
)  # fmt: skip

BROKEN = (
    send(
        "ClusterIP without br_netfilter, endpoint on its node",
        CLIENT, "svc/shop/near:80", "timeout", change=changes.without_bridge_netfilter,
    ),
    send(
        "ClusterIP without br_netfilter, endpoint on another node",
        CLIENT, "svc/shop/far:80", change=changes.without_bridge_netfilter,
    ),
    send(
        "hairpin without br_netfilter",
        NEAR, "svc/shop/near:80", change=changes.without_bridge_netfilter,
    ),
    send(
        "client's node does not forward",
        CLIENT, f"{FAR}:8080", "timeout", change=changes.without_forwarding_on_n1,
    ),
    send(
        "client's node does not forward, endpoint on it",
        CLIENT, "svc/shop/near:80", "timeout", change=changes.without_forwarding_on_n1,
    ),
    send(
        "server's node does not forward",
        CLIENT, "svc/shop/far:80", "timeout", change=changes.without_forwarding_on_n2,
    ),
)  # fmt: skip

FAULTS = (
    send("no route to the other node's pods", CLIENT, "svc/shop/far:80", "timeout",
          change=changes.without_route_to_other_pods),
    send("no route to the other node's pods, from the node", "node/n1", "svc/shop/far:80", "unreachable",
          change=changes.without_route_to_other_pods),
    send("no route back", CLIENT, f"{FAR}:8080", "timeout", change=changes.without_route_back),
    send("tunnel to an address that nobody has", CLIENT, f"{FAR}:8080", "timeout", change=changes.tunnel_to_nobody),
    send("the other end of the tunnel is down", CLIENT, "svc/shop/far:80", "timeout", change=changes.tunnel_end_down),
    send("the bridge is down", CLIENT, f"{NEAR}:8080", "unreachable", change=changes.bridge_down),
    send("the bridge is down, from outside", "external", "192.168.1.12:30081", "timeout", change=changes.bridge_down),
    send("the server's cable is not plugged into the bridge", CLIENT, "svc/shop/near:80", "unreachable",
          change=changes.server_unplugged),
    send("hairpin without hairpin mode", NEAR, "svc/shop/near:80", "timeout", change=changes.without_hairpin_mode),
    send("nat rules flushed, Service", CLIENT, "svc/shop/far:80", "timeout", change=changes.translation_flushed),
    send("nat rules flushed, the world", CLIENT, "203.0.113.50:80", "timeout", change=changes.translation_flushed),
    send("FORWARD policy DROP on the server's node", CLIENT, f"{FAR}:8080", "timeout",
          change=changes.forwarding_forbidden),
    send("FORWARD policy DROP, masqueraded", "external", "192.168.1.12:30081",
          change=changes.forwarding_forbidden),
    send("pod MTU too large, full packet", CLIENT, f"{FAR}:5353", "message too long", protocol="udp", size=1472,
          change=changes.pod_mtu_as_on_the_wire),
    send("pod MTU too large, small packet", CLIENT, f"{FAR}:5353", protocol="udp", size=100,
          change=changes.pod_mtu_as_on_the_wire),
    send("node port on localhost", "node/n1", "127.0.0.1:30081"),
    send("node port on localhost without route_localnet", "node/n1", "127.0.0.1:30082", "timeout",
          change=changes.without_localhost_routing),
)  # fmt: skip

TWO_RACKS = (
    send("pod to pod in another rack", CLIENT, f"{FAR}:8080", cluster="two-racks"),
    send("pod to ClusterIP, endpoint in another rack", CLIENT, "svc/shop/far:80", cluster="two-racks"),
    send("outside to node port, endpoint in another rack", "external", "172.20.1.11:30082", cluster="two-racks"),
    send("traceroute does not see the router under the tunnel", CLIENT, FAR, "ttl exceeded", protocol="icmp", ttl=2,
             cluster="two-racks"),
    send("node to the other node", "node/n1", "172.20.2.12:30082", cluster="two-racks"),
)  # fmt: skip

FEATURES = tuple(
    replace(scenario, cluster="features")
    for scenario in (
        send("one of two endpoints", CLIENT, "svc/shop/web:80"),
        send("one of two endpoints, perhaps itself", "pod/shop/a", "svc/shop/web:80"),
        send("one of two endpoints, from outside", "external", "192.168.1.12:30080"),
        send("session affinity", CLIENT, "svc/shop/sticky:80"),
        send("Service of a hostNetwork pod", CLIENT, "svc/shop/host:80"),
        send("Service of a hostNetwork pod on the same node", "node/n2", "svc/shop/host:80"),
        send("node port of a hostNetwork pod on another node", "external", "192.168.1.11:30090"),
        send("internalTrafficPolicy Local", CLIENT, "svc/shop/inside:80"),
        send("internalTrafficPolicy Local, no endpoint here", CLIENT, "svc/shop/inside-host:80", "timeout"),
        send("externalTrafficPolicy Local, from outside", "external", "192.168.1.12:30081"),
        send("load balancer address, from a pod", CLIENT, "192.168.1.200:80", "timeout"),
        send("external IP, from a pod", CLIENT, "192.168.1.201:80"),
        send("host port, from outside", "external", "192.168.1.11:8000"),
        send("host port, from its own node", "node/n1", "192.168.1.11:8000"),
    )
)

SCENARIOS = CONNECTIONS + FAILURES + OTHER_PROTOCOLS + LENGTH + TTL + BROKEN + FAULTS + TWO_RACKS + FEATURES
