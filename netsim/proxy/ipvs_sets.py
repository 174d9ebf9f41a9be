"""The IP sets that kube-proxy keeps in ipvs mode, and the words that its rules say about them.

Source: pkg/proxy/ipvs/ipset.go, pkg/proxy/ipvs/proxier.go (ipsetInfo).
"""

from __future__ import annotations

from dataclasses import dataclass

from netsim.linux.ipset import IpSet, SetType

LONGEST_NAME = 31
"""IPSET_MAXNAMELEN - 1: kube-proxy cuts the longest of its IPv6 names there."""

LOOP_BACK = "KUBE-LOOP-BACK"
CLUSTER_IP = "KUBE-CLUSTER-IP"
EXTERNAL_IP = "KUBE-EXTERNAL-IP"
EXTERNAL_IP_LOCAL = "KUBE-EXTERNAL-IP-LOCAL"
LOAD_BALANCER = "KUBE-LOAD-BALANCER"
LOAD_BALANCER_FW = "KUBE-LOAD-BALANCER-FW"
LOAD_BALANCER_LOCAL = "KUBE-LOAD-BALANCER-LOCAL"
LOAD_BALANCER_SOURCE_IP = "KUBE-LOAD-BALANCER-SOURCE-IP"
LOAD_BALANCER_SOURCE_CIDR = "KUBE-LOAD-BALANCER-SOURCE-CIDR"
NODE_PORT_TCP = "KUBE-NODE-PORT-TCP"
NODE_PORT_LOCAL_TCP = "KUBE-NODE-PORT-LOCAL-TCP"
NODE_PORT_UDP = "KUBE-NODE-PORT-UDP"
NODE_PORT_LOCAL_UDP = "KUBE-NODE-PORT-LOCAL-UDP"
NODE_PORT_SCTP = "KUBE-NODE-PORT-SCTP-HASH"
NODE_PORT_LOCAL_SCTP = "KUBE-NODE-PORT-LOCAL-SCTP-HASH"
HEALTH_CHECK_NODE_PORT = "KUBE-HEALTH-CHECK-NODE-PORT"
IPVS_IPS = "KUBE-IPVS-IPS"


@dataclass(frozen=True, slots=True)
class KnownSet:
    name: str
    type: SetType
    comment: str


KNOWN_SETS = (
    KnownSet(
        LOOP_BACK, SetType.HASH_IP_PORT_IP, "Kubernetes endpoints dst ip:port, source ip for solving hairpin purpose"
    ),
    KnownSet(CLUSTER_IP, SetType.HASH_IP_PORT, "Kubernetes service cluster ip + port for masquerade purpose"),
    KnownSet(
        EXTERNAL_IP, SetType.HASH_IP_PORT, "Kubernetes service external ip + port for masquerade and filter purpose"
    ),
    KnownSet(
        EXTERNAL_IP_LOCAL,
        SetType.HASH_IP_PORT,
        "Kubernetes service external ip + port with externalTrafficPolicy=local",
    ),
    KnownSet(LOAD_BALANCER, SetType.HASH_IP_PORT, "Kubernetes service lb portal"),
    KnownSet(
        LOAD_BALANCER_FW,
        SetType.HASH_IP_PORT,
        "Kubernetes service load balancer ip + port for load balancer with sourceRange",
    ),
    KnownSet(
        LOAD_BALANCER_LOCAL,
        SetType.HASH_IP_PORT,
        "Kubernetes service load balancer ip + port with externalTrafficPolicy=local",
    ),
    KnownSet(
        LOAD_BALANCER_SOURCE_IP,
        SetType.HASH_IP_PORT_IP,
        "Kubernetes service load balancer ip + port + source IP for packet filter purpose",
    ),
    KnownSet(
        LOAD_BALANCER_SOURCE_CIDR,
        SetType.HASH_IP_PORT_NET,
        "Kubernetes service load balancer ip + port + source cidr for packet filter purpose",
    ),
    KnownSet(NODE_PORT_TCP, SetType.BITMAP_PORT, "Kubernetes nodeport TCP port for masquerade purpose"),
    KnownSet(NODE_PORT_LOCAL_TCP, SetType.BITMAP_PORT, "Kubernetes nodeport TCP port with externalTrafficPolicy=local"),
    KnownSet(NODE_PORT_UDP, SetType.BITMAP_PORT, "Kubernetes nodeport UDP port for masquerade purpose"),
    KnownSet(NODE_PORT_LOCAL_UDP, SetType.BITMAP_PORT, "Kubernetes nodeport UDP port with externalTrafficPolicy=local"),
    KnownSet(
        NODE_PORT_SCTP,
        SetType.HASH_IP_PORT,
        "Kubernetes nodeport SCTP port for masquerade purpose with type 'hash ip:port'",
    ),
    KnownSet(
        NODE_PORT_LOCAL_SCTP,
        SetType.HASH_IP_PORT,
        "Kubernetes nodeport SCTP port with externalTrafficPolicy=local with type 'hash ip:port'",
    ),
    KnownSet(HEALTH_CHECK_NODE_PORT, SetType.BITMAP_PORT, "Kubernetes health check node port"),
    KnownSet(IPVS_IPS, SetType.HASH_IP, "Addresses on the ipvs interface"),
)

COMMENTS = {known.name: known.comment for known in KNOWN_SETS}


def make_sets(version: int) -> dict[str, IpSet]:
    """All sets of one IP family, empty, by their IPv4 names; those of IPv6 are really called KUBE-6-…"""
    return {known.name: IpSet(_own_name(known.name, version), known.type, version) for known in KNOWN_SETS}


def _own_name(name: str, version: int) -> str:
    return name if version == 4 else name.replace("KUBE-", "KUBE-6-", 1)[:LONGEST_NAME]
