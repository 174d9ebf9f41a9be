"""Who took a DNS query, and what it answers: CoreDNS, the cache of a node, or the name server outside."""

from __future__ import annotations

from collections.abc import Callable

from netsim.kubernetes.cluster import Cluster
from netsim.kubernetes.dns import outside
from netsim.kubernetes.dns.coredns import CoreDns
from netsim.kubernetes.dns.corefile import ForwardPlugin, corefile_of
from netsim.kubernetes.dns.message import Question, Response, is_below
from netsim.kubernetes.dns.nodelocal import upstream_dns
from netsim.kubernetes.dns.resolv_conf import (
    DNS_NAMESPACE,
    DNS_SERVICE,
    cluster_dns,
    node_resolv_conf,
    pod_resolv_conf,
)
from netsim.kubernetes.dns.roles import is_cluster_dns, is_node_local_dns
from netsim.kubernetes.objects import IPAddress, Pod
from netsim.requests.probe import published_address
from netsim.trace import Exchange, Server
from netsim.underlay import EXTERNAL

Upstream = Callable[[str, tuple[IPAddress, ...], Question, bool], Response]
"""Asks (source, servers, question, over TCP): the first answer, SERVFAIL where there is none."""

REVERSE_ZONES = ("in-addr.arpa", "ip6.arpa")


def answer_of(cluster: Cluster, exchange: Exchange, question: Question, upstream: Upstream) -> Response | None:
    """What the process that took the query says; None where it is no name server."""
    if exchange.server is None:
        return None
    if exchange.server.kind == EXTERNAL:
        return _outside(cluster, question)
    for pod in _listeners(cluster, exchange.server):
        if is_node_local_dns(pod):
            return _cached(cluster, pod, question, upstream)
        if is_cluster_dns(pod):
            return _coredns(cluster, pod, question, upstream)
    return None


def is_assumed(cluster: Cluster, server: IPAddress) -> bool:
    """Whether the files leave cluster DNS out, Pods and Service, so that it is taken to be there."""
    if server not in cluster_dns(cluster) or cluster.find_service(DNS_NAMESPACE, DNS_SERVICE) is not None:
        return False
    return not any(is_cluster_dns(pod) or is_node_local_dns(pod) for pod in cluster.pods)


def assumed_answer(cluster: Cluster, question: Question) -> Response:
    """What CoreDNS would say if it could reach the name server outside."""

    def ask_outside(asked: Question, plugin: ForwardPlugin) -> Response:
        return _outside(cluster, asked)

    return CoreDns(cluster, corefile_of(cluster), ask_outside).answer(question)


def _outside(cluster: Cluster, question: Question) -> Response:
    published = published_address(cluster, question.name)
    return outside.answer(question, cluster.settings.external_client, published)


def _listeners(cluster: Cluster, server: Server) -> tuple[Pod, ...]:
    """The Pod itself, or those that use the network of a node."""
    if server.kind == "pod" and server.namespace is not None:
        return (cluster.pod(server.namespace, server.name),)
    return tuple(pod for pod in cluster.pods_on(server.name) if pod.host_network)


def _coredns(cluster: Cluster, pod: Pod, question: Question, upstream: Upstream) -> Response:
    def forward(asked: Question, plugin: ForwardPlugin) -> Response:
        servers = pod_resolv_conf(cluster, pod).nameservers if plugin.to is None else plugin.to
        return upstream(f"pod/{pod.namespace}/{pod.name}", servers, asked, plugin.force_tcp)

    return CoreDns(cluster, corefile_of(cluster), forward).answer(question)


def _cached(cluster: Cluster, pod: Pod, question: Question, upstream: Upstream) -> Response:
    """The node's cache, empty: it asks cluster DNS over TCP, and for names outside the node's own name servers."""
    source = f"pod/{pod.namespace}/{pod.name}"
    if any(is_below(question.name, zone) for zone in (cluster.settings.cluster_domain, *REVERSE_ZONES)):
        return upstream(source, upstream_dns(cluster), question, True)
    return upstream(source, node_resolv_conf(cluster, cluster.node(pod.node_name)).nameservers, question, False)
