"""Calico with VXLAN (kube-proxy in two modes), without an overlay and cross-subnet: flannel's flows, and what is
otherwise under Calico.

The clusters are flannel's with the other plugin, and ``three-nodes``, drawn at the top of its file in ``clusters/``.
IP-in-IP is not here: the kernel that this was written on has no such device.
"""

from __future__ import annotations

from dataclasses import replace

from tests.kernel import calico_changes as changes
from tests.kernel.scenario import Scenario, send
from tests.kernel.scenarios import flannel

CLIENT, NEAR, MID, FAR = "pod/shop/client", "pod/shop/near", "pod/shop/mid", "pod/shop/far"
GUEST = "10.244.1.9"


def _under(plugin: str, scenario: Scenario) -> Scenario:
    return replace(scenario, name=f"{plugin}: {scenario.name}", cluster=f"{scenario.cluster} with {plugin}")


DIFFERENT = (
    send("unused address of the node's own block", CLIENT, "10.244.1.50:80", "timeout"),
    send("unused address of another node's block", CLIENT, "10.244.2.50:80", "timeout"),
    send("address of no block", CLIENT, "10.244.1.77:80", "timeout"),
    send("node to an unused address of its own block", "node/n1", "10.244.1.50:80", "invalid argument"),
    send("node port on localhost, endpoint on that node", "node/n1", "127.0.0.1:30081"),
    send("pod with an address that is not its own", CLIENT, f"{NEAR}:8080", "timeout", change=changes.spoofing_pod),
    send("the pod's cable answers no ARP", CLIENT, f"{NEAR}:8080", "unreachable", change=changes.without_proxy_arp),
    send("the node does not forward, so it answers no ARP", CLIENT, f"{FAR}:8080", "unreachable",
         change=changes.node_does_not_forward),
    send("nat rules flushed, the world", CLIENT, "203.0.113.50:80", "timeout", change=changes.translation_flushed),
)  # fmt: skip
TRACEROUTE = (
    send("traceroute to a pod on its node, first hop", CLIENT, NEAR, "ttl exceeded", protocol="icmp", ttl=1),
    send("traceroute to a pod on its node, the pod itself", CLIENT, NEAR, protocol="icmp", ttl=2),
)
_NOT_HERE = {"unused address of the pod's own node", "unused address of another node", "pod address of no node"}
SAME = tuple(
    scenario
    for scenario in flannel.CONNECTIONS + flannel.FAILURES + flannel.OTHER_PROTOCOLS + flannel.TTL
    if scenario.name not in _NOT_HERE
)

VXLAN = tuple(
    _under("calico vxlan", scenario)
    for scenario in (
        *SAME, *flannel.LENGTH, *DIFFERENT, *TRACEROUTE,
        send("the other end of the tunnel is down", CLIENT, "svc/shop/far:80", "timeout", change=changes.tunnel_down),
        send("no route to the other block", CLIENT, f"{FAR}:8080", "timeout", change=changes.without_block_route),
        *(replace(each, cluster="two-racks") for each in flannel.TWO_RACKS),
        *(each for each in flannel.FEATURES if each.name.startswith("host port")),
    )
)  # fmt: skip
NFTABLES = tuple(
    replace(scenario, name=f"nftables: {scenario.name}", cluster=f"{scenario.cluster} in nftables mode")
    for scenario in VXLAN
    if scenario.name.removeprefix("calico vxlan: ") in {each.name for each in flannel.CONNECTIONS}
)
NO_OVERLAY = tuple(
    _under("calico none", scenario)
    for scenario in (
        *flannel.CONNECTIONS, *DIFFERENT, *TRACEROUTE, *flannel.TTL,
        send("full packet to another node", CLIENT, FAR, protocol="icmp", size=1472, dont_fragment=True),
        send("one byte more", CLIENT, FAR, "message too long", protocol="icmp", size=1473, dont_fragment=True),
        send("another rack, whose routes the router does not know", CLIENT, f"{FAR}:8080", "timeout",
             cluster="two-racks"),
        send("no route to the other block", CLIENT, f"{FAR}:8080", "timeout", change=changes.without_block_route),
    )
)  # fmt: skip
CROSS_SUBNET = tuple(
    _under("calico cross-subnet", replace(scenario, cluster="three-nodes"))
    for scenario in (
        send("pod to pod in the same rack, without a tunnel", CLIENT, f"{MID}:8080"),
        send("pod to pod in another rack, by the tunnel", CLIENT, f"{FAR}:8080"),
        send("pod to ClusterIP, endpoint in the same rack", CLIENT, "svc/shop/mid:80"),
        send("pod to ClusterIP, endpoint in another rack", CLIENT, "svc/shop/far:80"),
        send("node to ClusterIP, endpoint in the same rack", "node/n1", "svc/shop/mid:80"),
        send("node to ClusterIP, endpoint in another rack", "node/n1", "svc/shop/far:80"),
        send("outside to node port, endpoint in the same rack", "external", "172.20.1.11:30083"),
        send("outside to node port, endpoint in another rack", "external", "172.20.1.11:30082"),
        send("pod with a borrowed address, from the owner of its block", CLIENT, f"{GUEST}:8080"),
        send("pod with a borrowed address, from another node", MID, f"{GUEST}:8080"),
        send("traceroute in the same rack, second hop", CLIENT, MID, "ttl exceeded", protocol="icmp", ttl=2),
        send("traceroute to another rack, second hop", CLIENT, FAR, "ttl exceeded", protocol="icmp", ttl=2),
        send("pod to the world", CLIENT, "203.0.113.50:80"),
    )
)
PEERING = tuple(
    _under("calico none and a router that learns routes", replace(scenario, cluster="three-nodes"))
    for scenario in (
        send("pod to pod in the same rack", CLIENT, f"{MID}:8080"),
        send("pod to pod in another rack", CLIENT, f"{FAR}:8080"),
        send("node to pod in another rack", "node/n1", f"{FAR}:8080"),
        send("outside to a pod's own address", "external", f"{FAR}:8080"),
        send("traceroute to another rack shows the router", CLIENT, FAR, "ttl exceeded", protocol="icmp", ttl=2),
        send("pod with a borrowed address", CLIENT, f"{GUEST}:8080"),
    )
)

SCENARIOS = VXLAN + NFTABLES + NO_OVERLAY + CROSS_SUBNET + PEERING
