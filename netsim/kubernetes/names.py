"""Cluster DNS as far as an address is asked for: Service names, through the search list of a Pod.

Source: Kubernetes DNS-Based Service Discovery, specification 1.1.0 (github.com/kubernetes/dns).
"""

from __future__ import annotations

from netsim.errors import NetsimError
from netsim.kubernetes.cluster import Cluster
from netsim.kubernetes.objects import IPAddress, Service, ServiceType

NDOTS = 5
"""``options ndots:5`` of a Pod with dnsPolicy ClusterFirst."""


def service_named(cluster: Cluster, name: str, client_namespace: str) -> Service:
    """The Service that a Pod of ``client_namespace`` finds under a DNS name; NetsimError (NXDOMAIN) without one."""
    domain = cluster.settings.cluster_domain
    search = (f"{client_namespace}.svc.{domain}", f"svc.{domain}", domain)
    absolute = name.endswith(".")
    bare = name.rstrip(".").lower()
    candidates = [bare] if absolute else [f"{bare}.{suffix}" for suffix in search]
    if not absolute:
        candidates.insert(0 if bare.count(".") >= NDOTS else len(candidates), bare)
    services = {f"{service.name}.{service.namespace}.svc.{domain}": service for service in cluster.services}
    for candidate in candidates:
        if candidate in services:
            return services[candidate]
    raise NetsimError(f"{name}: NXDOMAIN; cluster DNS was asked for {', '.join(candidates)}")


def service_address(cluster: Cluster, service: Service) -> IPAddress:
    """The A record of a Service: its ClusterIP, or the first ready endpoint of a headless one."""
    called = f"Service {service.namespace}/{service.name}"
    if service.type is ServiceType.EXTERNAL_NAME:
        raise NetsimError(f"{called} is an alias for {service.external_name}, a name outside the cluster")
    if not service.headless:
        return service.cluster_ips[0]
    for endpoint_slice in cluster.slices_of(service):
        for endpoint in endpoint_slice.endpoints:
            if endpoint.ready:
                return endpoint.addresses[0]
    raise NetsimError(f"{called} is headless and has no ready endpoint, so its name has no address")
