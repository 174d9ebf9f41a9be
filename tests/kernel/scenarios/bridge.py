"""The bridge plugin with ipMasq and static routes. ``bridge`` is drawn at the top of its file in ``clusters/``."""

from __future__ import annotations

from dataclasses import replace

from tests.kernel import changes
from tests.kernel.scenario import send

CLIENT, NEAR, FAR = "pod/shop/client", "10.244.1.3", "10.244.2.2"

SCENARIOS = tuple(
    replace(scenario, cluster="bridge")
    for scenario in (
        send("bridge: pod to pod on its node", CLIENT, f"{NEAR}:8080"),
        send("bridge: pod to pod on another node, masqueraded", CLIENT, f"{FAR}:8080"),
        send("bridge: full packet to another node", CLIENT, FAR, protocol="icmp", size=1472, dont_fragment=True),
        send("bridge: pod to ClusterIP, endpoint on its node", CLIENT, "svc/shop/near:80"),
        send("bridge: pod to ClusterIP, endpoint on another node", CLIENT, "svc/shop/far:80"),
        send("bridge: UDP to ClusterIP, endpoint on another node", CLIENT, "svc/shop/far:53", protocol="udp", size=30),
        send("bridge: pod to its own Service", "pod/shop/near", "svc/shop/near:80"),
        send("bridge: node to ClusterIP, endpoint on another node", "node/n1", "svc/shop/far:80"),
        send("bridge: pod to the world", CLIENT, "203.0.113.50:80"),
        send("bridge: pod to its node", CLIENT, "192.168.1.11:9", "refused"),
        send("bridge: outside to node port, endpoint on another node", "external", "192.168.1.11:30082"),
        send("bridge: outside to host port", "external", "192.168.1.11:8000"),
        send("bridge: pod to the host port of its neighbor", CLIENT, "192.168.1.11:8000"),
        send("bridge: pod to a host port on another node", "pod/shop/far", "192.168.1.11:8000"),
        send("bridge: closed UDP port on another node", CLIENT, f"{FAR}:9", "refused", protocol="udp"),
        send("bridge: traceroute, second hop", CLIENT, FAR, "ttl exceeded", protocol="icmp", ttl=2),
        send("bridge: no route back is needed under ipMasq", CLIENT, f"{FAR}:8080", change=changes.without_route_back),
        send("bridge: no route to the other node's pods", CLIENT, f"{FAR}:8080", "unreachable",
             change=changes.without_route_to_other_pods),
    )
)  # fmt: skip
