"""NodeLocal DNSCache: a caching server in the host network of every node (KEP-1024, kubernetes/dns node-cache)."""

from __future__ import annotations

from ipaddress import IPv4Address

from netsim.kubernetes.cluster import Cluster
from netsim.kubernetes.dns.resolv_conf import DNS_NAMESPACE, DNS_SERVICE
from netsim.kubernetes.objects import IPAddress
from netsim.kubernetes.settings import ProxyMode

UPSTREAM_SERVICE = "kube-dns-upstream"
"""A second Service in front of the same Pods, since the cache itself takes the address of kube-dns."""

LINK_LOCAL = IPv4Address("169.254.20.10")
DEVICE = "nodelocaldns"


def upstream_dns(cluster: Cluster) -> tuple[IPAddress, ...]:
    """Whom the cache asks for names of the cluster: kube-dns-upstream, else kube-dns."""
    return _address(cluster, UPSTREAM_SERVICE) or _address(cluster, DNS_SERVICE)


def local_addresses(cluster: Cluster) -> tuple[IPAddress, ...]:
    """What the cache listens on: the link-local address and, with a Service of its own to ask, that of kube-dns.

    Beside kube-proxy in ipvs mode only the first, since that mode gives the node every cluster IP itself
    (kubernetes.io/docs/tasks/administer-cluster/nodelocaldns).
    """
    takes_over = bool(_address(cluster, UPSTREAM_SERVICE)) and cluster.settings.proxy.mode is not ProxyMode.IPVS
    return (LINK_LOCAL, *(_address(cluster, DNS_SERVICE) if takes_over else ()))


def _address(cluster: Cluster, name: str) -> tuple[IPAddress, ...]:
    service = cluster.find_service(DNS_NAMESPACE, name)
    return service.cluster_ips[:1] if service is not None else ()
