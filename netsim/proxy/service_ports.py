"""What kube-proxy keeps of Services: one entry for each port and IP family, with the names of its iptables chains.

Sources: pkg/proxy/serviceport.go, pkg/proxy/iptables/proxier.go (portProtoHash and the chain prefixes).
"""

from __future__ import annotations

from base64 import b32encode
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256

from netsim.kubernetes.objects import Service, ServicePort, ServiceType, SessionAffinity, TrafficPolicy
from netsim.linux.routing import IPNetwork
from netsim.packet import IPAddress, Protocol


@dataclass(frozen=True, slots=True)
class ProxiedPort:
    """One port of a Service in one IP family. ``name`` is ``namespace/service:port``, as kube-proxy's comments say."""

    service: tuple[str, str]
    name: str
    port_name: str
    cluster_ip: IPAddress
    port: int
    protocol: Protocol
    node_port: int | None = None
    external_ips: tuple[IPAddress, ...] = ()
    load_balancer_ips: tuple[IPAddress, ...] = ()
    source_ranges: tuple[IPNetwork, ...] = ()
    internal_local: bool = False
    external_local: bool = False
    affinity_seconds: int | None = None
    health_check_node_port: int | None = None

    def __hash__(self) -> int:
        """By name: ports are looked up often, and hardly ever share one."""
        return hash(self.name)

    @property
    def externally_accessible(self) -> bool:
        return bool(self.node_port or self.external_ips or self.load_balancer_ips)

    @property
    def uses_cluster_endpoints(self) -> bool:
        """With ``externalTrafficPolicy: Local`` too: the cluster's own clients are short-circuited to any endpoint."""
        return not self.internal_local or self.externally_accessible

    @property
    def uses_local_endpoints(self) -> bool:
        return self.internal_local or (self.external_local and self.externally_accessible)

    @property
    def cluster_chain(self) -> str:
        return f"KUBE-SVC-{self._hash()}"

    @property
    def local_chain(self) -> str:
        return f"KUBE-SVL-{self._hash()}"

    @property
    def external_chain(self) -> str:
        return f"KUBE-EXT-{self._hash()}"

    @property
    def firewall_chain(self) -> str:
        return f"KUBE-FW-{self._hash()}"

    def endpoint_chain(self, endpoint: str) -> str:
        """The chain of the endpoint ``address:port`` of this port."""
        return f"KUBE-SEP-{self._hash(endpoint)}"

    def _hash(self, suffix: str = "") -> str:
        return chain_hash(f"{self.name}{self.protocol}{suffix}")


@lru_cache(maxsize=100_000)
def chain_hash(text: str) -> str:
    """The sixteen characters by which kube-proxy keeps chain names within iptables' 28."""
    return b32encode(sha256(text.encode()).digest()).decode()[:16]


def proxied_ports(services: Iterable[Service], version: int) -> tuple[ProxiedPort, ...]:
    """All ports that kube-proxy of one IP family serves, by namespace and name (Go's map has no order of its own).

    Headless and ExternalName Services and those of another proxy have none (pkg/proxy/util ShouldSkipService).
    """
    served = [service for service in services if not _is_skipped(service)]
    return tuple(
        _proxied(service, port, address, version)
        for service in sorted(served, key=lambda service: service.key)
        for address in service.cluster_ips
        if address.version == version
        for port in service.ports
    )


def _is_skipped(service: Service) -> bool:
    return service.headless or service.type is ServiceType.EXTERNAL_NAME or bool(service.service_proxy_name)


def _proxied(service: Service, port: ServicePort, address: IPAddress, version: int) -> ProxiedPort:
    name = f"{service.namespace}/{service.name}"
    return ProxiedPort(
        service=service.key,
        name=f"{name}:{port.name}" if port.name else name,
        port_name=port.name,
        cluster_ip=address,
        port=port.port,
        protocol=Protocol(port.protocol.lower()),
        node_port=port.node_port or None,
        external_ips=tuple(ip for ip in service.external_ips if ip.version == version),
        load_balancer_ips=tuple(ip for ip in service.load_balancer_ips if ip.version == version),
        source_ranges=tuple(net for net in service.load_balancer_source_ranges if net.version == version),
        internal_local=service.internal_traffic_policy is TrafficPolicy.LOCAL,
        external_local=service.external_traffic_policy is TrafficPolicy.LOCAL,
        affinity_seconds=(
            service.session_affinity_timeout if service.session_affinity is SessionAffinity.CLIENT_IP else None
        ),
        health_check_node_port=service.health_check_node_port if _needs_health_check(service) else None,
    )


def _needs_health_check(service: Service) -> bool:
    """Only a balancer that must find out which nodes have endpoints asks (pkg/api/v1/service NeedsHealthCheck)."""
    return service.type is ServiceType.LOAD_BALANCER and service.external_traffic_policy is TrafficPolicy.LOCAL
