"""The flows that are sent both ways, through the engine and through the real kernel.

``one-rack`` and ``two-racks`` are drawn at the top of their files in ``clusters/``. A scenario may break the network
before anything is sent, as an experiment of the course would; both sides then get the broken network.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from netsim import Network, Probe

Change = Callable[[Network], None]


@dataclass(frozen=True, slots=True)
class Scenario:
    """``sees`` is what theory says that the client experiences, so that both sides cannot be wrong alike unnoticed."""

    name: str
    probe: Probe
    sees: str
    cluster: str = "one-rack"
    change: Change | None = None


def without_bridge_netfilter(network: Network) -> None:
    network.namespaces["n1"].sysctls["net.bridge.bridge-nf-call-iptables"] = 0


def without_forwarding_on_n1(network: Network) -> None:
    network.namespaces["n1"].sysctls["net.ipv4.ip_forward"] = 0


def without_forwarding_on_n2(network: Network) -> None:
    network.namespaces["n2"].sysctls["net.ipv4.ip_forward"] = 0


CLIENT, NEAR, FAR = "pod/shop/client", "pod/shop/near", "pod/shop/far"
PROBE = Probe


def _service(name: str, source: str, destination: str, sees: str = "connected", **options: object) -> Scenario:
    cluster = str(options.pop("cluster", "one-rack"))
    change = options.pop("change", None)
    return Scenario(name, Probe(source, destination, **options), sees, cluster, change)  # type: ignore[arg-type]


CONNECTIONS = (
    _service("pod to pod on its node", CLIENT, f"{NEAR}:8080"),
    _service("pod to pod on another node", CLIENT, f"{FAR}:8080"),
    _service("pod to ClusterIP, endpoint on its node", CLIENT, "svc/shop/near:80"),
    _service("pod to ClusterIP, endpoint on another node", CLIENT, "svc/shop/far:80"),
    _service("pod to its own Service (hairpin)", NEAR, "svc/shop/near:80"),
    _service("node to pod on it", "node/n1", f"{NEAR}:8080"),
    _service("node to pod on another node", "node/n1", f"{FAR}:8080"),
    _service("node to ClusterIP, endpoint on it", "node/n1", "svc/shop/near:80"),
    _service("node to ClusterIP, endpoint on another node", "node/n1", "svc/shop/far:80"),
    _service("outside to node port, endpoint on that node", "external", "192.168.1.11:30081"),
    _service("outside to node port, endpoint on another node", "external", "192.168.1.11:30082"),
    _service("outside to node port with policy Local, endpoint there", "external", "192.168.1.11:30083"),
    _service("outside to node port with policy Local, no endpoint there", "external", "192.168.1.11:30084", "timeout"),
    _service("pod to its node's port with policy Local, no endpoint there", CLIENT, "192.168.1.11:30084"),
    _service("pod to another node's port", CLIENT, "192.168.1.12:30081"),
    _service("node to its own node port", "node/n1", "192.168.1.11:30082"),
    _service("pod to the world", CLIENT, "203.0.113.50:80"),
    _service("node to the world", "node/n1", "203.0.113.50:80"),
)

FAILURES = (
    _service("closed TCP port of a pod", CLIENT, f"{NEAR}:9", "refused"),
    _service("closed UDP port of a pod", CLIENT, f"{NEAR}:9", "refused", protocol="udp"),
    _service("closed UDP port of a pod on another node", CLIENT, f"{FAR}:9", "refused", protocol="udp"),
    _service("closed port of the node", CLIENT, "192.168.1.11:9", "refused"),
    _service("Service without endpoints", CLIENT, "svc/shop/empty:80", "refused"),
    _service("Service without endpoints, UDP", CLIENT, "svc/shop/empty:53", "refused", protocol="udp"),
    _service("Service without endpoints, from the node", "node/n1", "svc/shop/empty:80", "refused"),
    _service(
        "Service without endpoints, UDP from the node", "node/n1", "svc/shop/empty:53", "not permitted", protocol="udp"
    ),
    _service("Service without endpoints, node port from outside", "external", "192.168.1.11:30085", "refused"),
    _service("unused address of the pod's own node", CLIENT, "10.244.1.77:80", "unreachable"),
    _service("unused address of another node", CLIENT, "10.244.2.77:80", "unreachable"),
    _service("pod address of no node", CLIENT, "10.244.9.9:80", "timeout"),
    _service("port that the Service does not have", CLIENT, "10.96.0.11:81", "unreachable"),
    _service("ClusterIP that nobody has", CLIENT, "10.96.0.99:80", "unreachable"),
)

OTHER_PROTOCOLS = (
    _service("ping a pod on its node", CLIENT, NEAR, protocol="icmp"),
    _service("ping a pod on another node", CLIENT, FAR, protocol="icmp", size=56),
    _service("ping a ClusterIP", CLIENT, "svc/shop/near", "unreachable", protocol="icmp"),
    _service("ping its own address", "node/n1", "192.168.1.11", protocol="icmp"),
    _service("ping the world", CLIENT, "203.0.113.50", protocol="icmp"),
    _service("UDP to ClusterIP, endpoint on its node", CLIENT, "svc/shop/near:53", protocol="udp", size=30),
    _service("UDP to ClusterIP, endpoint on another node", CLIENT, "svc/shop/far:53", protocol="udp", size=30),
)

LENGTH = (
    _service("ping that just fits", CLIENT, FAR, protocol="icmp", size=1422, dont_fragment=True),
    _service("ping one byte too long", CLIENT, FAR, "message too long", protocol="icmp", size=1423, dont_fragment=True),
    _service("node's ping too long for the tunnel", "node/n1", FAR, "message too long", protocol="icmp", size=1423,
             dont_fragment=True),
    _service("node's datagram to ClusterIP too long for the tunnel", "node/n1", "svc/shop/far:53", "message too long",
             protocol="udp", size=1423, dont_fragment=True),
    _service("datagram to the node port too long for the tunnel", "external", "192.168.1.11:30086", "message too long",
             protocol="udp", size=1423, dont_fragment=True),
    _service("datagram to itself over lo, longer than eth0 takes", NEAR, f"{NEAR}:5353", protocol="udp", size=1473,
             dont_fragment=True),
)  # fmt: skip

TTL = (
    _service("traceroute to a pod, first hop", CLIENT, FAR, "ttl exceeded", protocol="icmp", ttl=1),
    _service("traceroute to a pod, second hop", CLIENT, FAR, "ttl exceeded", protocol="icmp", ttl=2),
    _service("traceroute to a pod, the pod itself", CLIENT, FAR, protocol="icmp", ttl=3),
    _service("TCP traceroute to a ClusterIP, first hop", CLIENT, "svc/shop/far:80", "ttl exceeded", ttl=1),
    _service("TCP traceroute to a ClusterIP, second hop", CLIENT, "svc/shop/far:80", "ttl exceeded", ttl=2),
    _service("UDP traceroute to a ClusterIP, second hop", CLIENT, "svc/shop/far:53", "ttl exceeded", protocol="udp",
             ttl=2),
)  # fmt: skip

BROKEN = (
    _service(
        "ClusterIP without br_netfilter, endpoint on its node",
        CLIENT, "svc/shop/near:80", "timeout", change=without_bridge_netfilter,
    ),
    _service(
        "ClusterIP without br_netfilter, endpoint on another node",
        CLIENT, "svc/shop/far:80", change=without_bridge_netfilter,
    ),
    _service(
        "hairpin without br_netfilter",
        NEAR, "svc/shop/near:80", change=without_bridge_netfilter,
    ),
    _service(
        "client's node does not forward",
        CLIENT, f"{FAR}:8080", "timeout", change=without_forwarding_on_n1,
    ),
    _service(
        "client's node does not forward, endpoint on it",
        CLIENT, "svc/shop/near:80", "timeout", change=without_forwarding_on_n1,
    ),
    _service(
        "server's node does not forward",
        CLIENT, "svc/shop/far:80", "timeout", change=without_forwarding_on_n2,
    ),
)  # fmt: skip

TWO_RACKS = (
    _service("pod to pod in another rack", CLIENT, f"{FAR}:8080", cluster="two-racks"),
    _service("pod to ClusterIP, endpoint in another rack", CLIENT, "svc/shop/far:80", cluster="two-racks"),
    _service("outside to node port, endpoint in another rack", "external", "172.20.1.11:30082", cluster="two-racks"),
    _service("traceroute does not see the router under the tunnel", CLIENT, FAR, "ttl exceeded", protocol="icmp", ttl=2,
             cluster="two-racks"),
    _service("node to the other node", "node/n1", "172.20.2.12:30082", cluster="two-racks"),
)  # fmt: skip

SCENARIOS = CONNECTIONS + FAILURES + OTHER_PROTOCOLS + LENGTH + TTL + BROKEN + TWO_RACKS
