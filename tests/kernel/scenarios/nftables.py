"""kube-proxy in nftables mode under flannel's VXLAN: the flows and faults of iptables mode, and where the modes differ.

The clusters are those of ``flannel.py`` with the other mode.
"""

from __future__ import annotations

from dataclasses import replace

from tests.kernel import changes
from tests.kernel.scenario import Scenario, send
from tests.kernel.scenarios import flannel

CLIENT, NEAR = "pod/shop/client", "pod/shop/near"


def _in_nftables_mode(scenario: Scenario) -> Scenario:
    return replace(scenario, name=f"nftables: {scenario.name}", cluster=f"{scenario.cluster} in nftables mode")


DIFFERENCES = (
    send("port that the Service does not have", CLIENT, "10.96.0.11:81", "refused"),
    send("port that the Service does not have, UDP", CLIENT, "10.96.0.11:82", "refused", protocol="udp"),
    send("port that the Service does not have, from the node", "node/n1", "10.96.0.11:81", "refused"),
    send("ClusterIP that nobody has", CLIENT, "10.96.0.99:80", "timeout"),
    send("ping a ClusterIP", CLIENT, "svc/shop/near", "refused", protocol="icmp"),
    send("ping a ClusterIP from the node", "node/n1", "svc/shop/near", "not permitted", protocol="icmp"),
    send("node port on localhost", "node/n1", "127.0.0.1:30081", "refused"),
    send("node port on another address of the node", CLIENT, "10.244.1.1:30081", "refused"),
    send(
        "FORWARD policy DROP, masqueraded",
        "external",
        "192.168.1.12:30081",
        "timeout",
        change=changes.forwarding_forbidden,
    ),
)

_DIFFERENT = {scenario.name for scenario in DIFFERENCES}
WITHOUT_BRIDGE_NETFILTER = tuple(
    scenario for scenario in flannel.BROKEN if scenario.change is changes.without_bridge_netfilter
)
SAME = tuple(
    scenario
    for scenario in (*flannel.CONNECTIONS, *flannel.FAILURES, *flannel.OTHER_PROTOCOLS, *flannel.TTL,
                     *WITHOUT_BRIDGE_NETFILTER, *flannel.FEATURES)
    if scenario.name not in _DIFFERENT
)  # fmt: skip

FAULTS = (
    send("table deleted, Service", CLIENT, "svc/shop/far:80", "unreachable", change=changes.proxy_table_deleted),
    send("table deleted, the world", CLIENT, "203.0.113.50:80", change=changes.proxy_table_deleted),
    send("chain of the Service flushed", CLIENT, "svc/shop/near:80", "refused", change=changes.service_chain_flushed),
)

IPV6 = tuple(
    replace(scenario, name=f"IPv6 {scenario.name}", cluster="flannel-dual-stack")
    for scenario in (
        send("pod to ClusterIP, endpoint on its node", CLIENT, "[fd00:96::11]:80"),
        send("pod to ClusterIP, endpoint on another node", CLIENT, "[fd00:96::12]:80"),
        send("UDP to ClusterIP, endpoint on another node", CLIENT, "[fd00:96::12]:53", protocol="udp", size=30),
        send("pod to its own Service (hairpin)", NEAR, "[fd00:96::11]:80"),
        send("port that the Service does not have", CLIENT, "[fd00:96::11]:81", "refused"),
        send("ClusterIP that nobody has", CLIENT, "[fd00:96::99]:80", "timeout"),
        send("ping a ClusterIP", CLIENT, "fd00:96::11", "refused", protocol="icmp"),
    )
)

SCENARIOS = tuple(_in_nftables_mode(scenario) for scenario in SAME + DIFFERENCES + FAULTS + IPV6)
