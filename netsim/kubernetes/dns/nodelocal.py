"""NodeLocal DNSCache: a caching server in the host network of every node (KEP-1024, kubernetes/dns node-cache)."""

from __future__ import annotations

from ipaddress import IPv4Address

from netsim.kubernetes.cluster import Cluster
from netsim.kubernetes.dns.resolv_conf import DNS_NAMESPACE, DNS_SERVICE
from netsim.kubernetes.objects import IPAddress

UPSTREAM_SERVICE = "kube-dns-upstream"
"""A second Service in front of the same Pods, since the cache itself takes the address of kube-dns."""

LINK_LOCAL = IPv4Address("169.254.20.10")
DEVICE = "nodelocaldns"


def upstream_dns(cluster: Cluster) -> tuple[IPAddress, ...]:
    """Whom the cache asks for names of the cluster: kube-dns-upstream, else kube-dns."""
    services = {service.key: service for service in cluster.services}
    for name in (UPSTREAM_SERVICE, DNS_SERVICE):
        service = services.get((DNS_NAMESPACE, name))
        if service is not None and service.cluster_ips:
            return service.cluster_ips[:1]
    return ()
