"""The plugin ``loop`` of CoreDNS: a server that forwards to itself exits as soon as it starts (plugin/loop/loop.go)."""

from __future__ import annotations

from dataclasses import replace

from netsim.kubernetes.cluster import Cluster
from netsim.kubernetes.dns.corefile import Corefile, corefile_of
from netsim.kubernetes.dns.resolv_conf import DNS_NAMESPACE, DNS_SERVICE, pod_resolv_conf
from netsim.kubernetes.dns.roles import is_cluster_dns
from netsim.kubernetes.objects import IPAddress, Pod


def with_crash_loops(cluster: Cluster) -> tuple[Pod, ...]:
    """The Pods, those of CoreDNS that forward to themselves in CrashLoopBackOff and not ready.

    Raises InputError for a Corefile or a node's resolv.conf that cannot be read.
    """
    servers = [pod for pod in cluster.pods if is_cluster_dns(pod) and pod.pod_ips]
    if not servers:
        return cluster.pods
    corefile = corefile_of(cluster)
    reasons = {pod.key: _loop(cluster, corefile, pod) for pod in servers}
    return tuple(
        replace(pod, ready=False, crash_loop=reasons[pod.key]) if reasons.get(pod.key) else pod for pod in cluster.pods
    )


def _loop(cluster: Cluster, corefile: Corefile, pod: Pod) -> str:
    """What CoreDNS logs before it exits; "" where it finds no loop. On a loopback address it meets itself."""
    own = {*pod.pod_ips, *_service_addresses(cluster)}
    for server in corefile.servers:
        for forward in server.forwards if server.detects_loops else ():
            for upstream in pod_resolv_conf(cluster, pod).nameservers if forward.to is None else forward.to:
                if upstream.is_loopback or upstream in own:
                    zone = f"{forward.zone}."
                    return f'plugin/loop: Loop ({upstream} -> :53) detected for zone "{zone}"'
    return ""


def _service_addresses(cluster: Cluster) -> tuple[IPAddress, ...]:
    service = cluster.find_service(DNS_NAMESPACE, DNS_SERVICE)
    return service.cluster_ips if service is not None else ()
