"""Two IP families, with the bridge plugin and with flannel VXLAN; the IPv6 half is what other modules do not send.

``bridge-dual-stack`` is drawn at the top of its file in ``clusters/``; ``flannel-dual-stack`` is the same with tunnels.
"""

from __future__ import annotations

from dataclasses import replace

from tests.kernel.scenario import send

CLIENT, NEAR, FAR = "pod/shop/client", "[fd00:244:0:1::3]", "[fd00:244:0:2::2]"
NEAR_SERVICE, FAR_SERVICE = "[fd00:96::11]:80", "[fd00:96::12]:80"

FLOWS = (
    send("IPv6 pod to pod on its node", CLIENT, f"{NEAR}:8080"),
    send("IPv6 pod to pod on another node", CLIENT, f"{FAR}:8080"),
    send("IPv4 pod to pod on another node", CLIENT, "10.244.2.2:8080"),
    send("IPv6 pod to ClusterIP, endpoint on its node", CLIENT, NEAR_SERVICE),
    send("IPv6 pod to ClusterIP, endpoint on another node", CLIENT, FAR_SERVICE),
    send("IPv6 UDP to ClusterIP, endpoint on another node", CLIENT, "[fd00:96::12]:53", protocol="udp", size=30),
    send("IPv6 pod to its own Service", "pod/shop/near", NEAR_SERVICE),
    send("IPv6 node to ClusterIP, endpoint on another node", "node/n1", FAR_SERVICE),
    send("IPv6 node to pod on another node", "node/n1", f"{FAR}:8080"),
    send("IPv6 closed port on another node", CLIENT, f"{FAR}:9", "refused"),
    send("IPv6 ping a pod on another node", CLIENT, "fd00:244:0:2::2", protocol="icmp", size=56),
    send("IPv6 pod to another node", CLIENT, "[fd00:1::12]:9", "refused"),
)

SCENARIOS = tuple(
    replace(flow, name=f"{cluster}: {flow.name}", cluster=f"{cluster}-dual-stack")
    for cluster in ("bridge", "flannel")
    for flow in FLOWS
)
