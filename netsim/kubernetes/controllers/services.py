"""Cluster IPs and node ports, as the API server allocates them; given ones are kept.

The real allocators draw at random from the upper band of a range, to keep the lower band for numbers that people choose
(KEP-3070 for cluster IPs, KEP-3668 for node ports). Here the name of the Service decides the draw, so that a Service
keeps its numbers when others come and go.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain

from netsim.kubernetes.controllers.names import drawn_number
from netsim.kubernetes.controllers.ranges import block_around, smallest_cover
from netsim.kubernetes.objects import IPAddress, IPNetwork, Service, ServicePort, ServiceType, TrafficPolicy
from netsim.kubernetes.settings import ClusterNetwork

NODE_PORTS = range(30000, 32768)
STATIC_NODE_PORTS = min(max(16, len(NODE_PORTS) // 32), 128)
KUBERNETES = ("default", "kubernetes")
CLUSTER_DNS = ("kube-system", "kube-dns")
WELL_KNOWN_INDEX = {KUBERNETES: 1, CLUSTER_DNS: 10}
"""Addresses that kubeadm and the API server give by position in the range; nothing else is given them."""
MAX_ADDRESSES = 2**24
WIDEST_SERVICE_CIDR = {4: 16, 6: 112}


def allocate_services(
    services: tuple[Service, ...], settings: ClusterNetwork
) -> tuple[tuple[Service, ...], ClusterNetwork]:
    """Return the Services with addresses and ports, and the settings with the Service range that given addresses imply.

    Raises InputError for an address or a port that two Services have, and for a range that is used up.
    """
    settings = _with_service_cidrs(services, settings)
    addresses = _AddressAllocator(services, settings)
    ports = _PortAllocator(services)
    return tuple(ports.complete(addresses.complete(service)) for service in services), settings


def _with_service_cidrs(services: tuple[Service, ...], settings: ClusterNetwork) -> ClusterNetwork:
    """Take the Service range from given cluster IPs where the files do not give it and none is in the default."""
    given = [
        ip for service in services for ip in service.cluster_ips if ip.version == settings.service_cidrs[0].version
    ]
    if "serviceCIDR" in settings.written or not given or any(ip in settings.service_cidrs[0] for ip in given):
        return settings
    blocks = [block_around(ip, ip.max_prefixlen) for ip in given]
    cover = smallest_cover(blocks, WIDEST_SERVICE_CIDR[given[0].version])
    return replace(settings, service_cidrs=(cover, *settings.service_cidrs[1:]))


class _AddressAllocator:
    """Which Service has which cluster IP."""

    def __init__(self, services: Iterable[Service], settings: ClusterNetwork) -> None:
        self.settings = settings
        self.owners: dict[IPAddress, Service] = {}
        for service in services:
            for ip in service.cluster_ips:
                self._claim(ip, service)

    def complete(self, service: Service) -> Service:
        if service.type is ServiceType.EXTERNAL_NAME:
            return service
        families = self._families(service)
        if service.headless:
            return replace(service, ip_families=families)
        known: dict[int, IPAddress] = {ip.version: ip for ip in service.cluster_ips}
        addresses = tuple(known.get(family) or self._next(family, service) for family in families)
        return replace(service, ip_families=families, cluster_ips=addresses)

    def _claim(self, ip: IPAddress, service: Service) -> None:
        if ip in self.owners:
            raise service.meta.error("spec.clusterIP", f"{ip} is already the address of {_named(self.owners[ip])}")
        self.owners[ip] = service

    def _families(self, service: Service) -> tuple[int, ...]:
        """Return the families a Service gets, as ipFamilies and ipFamilyPolicy ask and the cluster can give."""
        of_cluster = tuple(cidr.version for cidr in self.settings.service_cidrs)
        first = service.ip_families or of_cluster[:1]
        if service.ip_family_policy == "SingleStack":
            wanted = first
        elif service.ip_family_policy == "RequireDualStack" and len(of_cluster) < 2:
            raise service.meta.error("spec.ipFamilyPolicy", "RequireDualStack needs a serviceCIDR of each family")
        else:
            wanted = tuple(dict.fromkeys(first + of_cluster))
        given = {ip.version for ip in service.cluster_ips}
        for family in wanted:
            if family not in of_cluster and family not in given:
                ranges = ", ".join(map(str, self.settings.service_cidrs))
                message = f"the cluster has no IPv{family} serviceCIDR; it has {ranges}"
                raise service.meta.error("spec.ipFamilies", message)
        return wanted

    def _next(self, family: int, service: Service) -> IPAddress:
        cidr = next(cidr for cidr in self.settings.service_cidrs if cidr.version == family)
        well_known = WELL_KNOWN_INDEX.get(service.key)
        preferred = [cidr[well_known]] if well_known and well_known < cidr.num_addresses else []
        candidates = chain(preferred, _dynamic_addresses(cidr, service))
        ip = next((candidate for candidate in candidates if candidate not in self.owners), None)
        if ip is None:
            raise service.meta.error("spec.clusterIP", f"the serviceCIDR {cidr} has no address left")
        self._claim(ip, service)
        return ip


def _dynamic_addresses(cidr: IPNetwork, service: Service) -> Iterator[IPAddress]:
    """List the addresses of a range, the upper band first from a drawn one on, without those that are well known."""
    offset = min(max(16, cidr.num_addresses // 16), 256)
    end = min(cidr.num_addresses - (1 if cidr.version == 4 else 0), MAX_ADDRESSES)
    order = _upper_band_first(offset, range(1, end), f"{service.namespace}/{service.name}/{cidr.version}")
    return (cidr[index] for index in order if index not in WELL_KNOWN_INDEX.values())


def _upper_band_first(offset: int, numbers: range, seed: str) -> Iterator[int]:
    """List the numbers from `offset` on, beginning with a drawn one and going around; then those below."""
    lower, upper = range(numbers.start, min(offset, numbers.stop)), range(min(offset, numbers.stop), numbers.stop)
    first = drawn_number(seed, len(upper)) if upper else 0
    return chain(upper[first:], upper[:first], lower)


def _named(service: Service) -> str:
    source = service.meta.source
    place = f" ({source.file}:{source.line})" if source else ""
    return f"Service {service.namespace}/{service.name}{place}"


class _PortAllocator:
    """Which Service has which node port; one Service may use a number once for each protocol."""

    def __init__(self, services: Iterable[Service]) -> None:
        self.owners: dict[int, Service] = {}
        services = tuple(services)
        for service in services:
            self._claim_node_ports(service)
        self.health_checks = {self._checked_health_port(service) for service in services}

    def complete(self, service: Service) -> Service:
        has_node_ports = service.type is ServiceType.NODE_PORT or (
            service.type is ServiceType.LOAD_BALANCER and service.allocate_load_balancer_node_ports
        )
        if has_node_ports:
            service = replace(service, ports=tuple(self._with_node_port(port, service) for port in service.ports))
        if _needs_health_check(service) and service.health_check_node_port is None:
            service = replace(service, health_check_node_port=self._next(service, "health check"))
        return service

    def _claim_node_ports(self, service: Service) -> None:
        seen: set[tuple[str, int]] = set()
        for index, port in enumerate(service.ports):
            if port.node_port is None:
                continue
            path = f"spec.ports[{index}].nodePort"
            if service.type not in (ServiceType.NODE_PORT, ServiceType.LOAD_BALANCER):
                raise service.meta.error(path, f"must be left out for a Service of type {service.type}")
            if (port.protocol, port.node_port) in seen:
                raise service.meta.error(path, f"another port of this Service has {port.node_port}/{port.protocol}")
            seen.add((port.protocol, port.node_port))
            self._refuse_if_taken(port.node_port, service, path)
            self.owners[port.node_port] = service

    def _checked_health_port(self, service: Service) -> int | None:
        """Return the given port, which must be no node port; that two Services share one harms only the check."""
        if service.health_check_node_port is not None:
            self._refuse_if_taken(service.health_check_node_port, service, "spec.healthCheckNodePort")
        return service.health_check_node_port

    def _refuse_if_taken(self, number: int, service: Service, path: str) -> None:
        owner = self.owners.get(number, service)
        if owner is not service:
            raise service.meta.error(path, f"{number} is already a node port of {_named(owner)}")

    def _with_node_port(self, port: ServicePort, service: Service) -> ServicePort:
        if port.node_port is not None:
            return port
        return replace(port, node_port=self._next(service, f"{port.name}/{port.port}/{port.protocol}"))

    def _next(self, service: Service, purpose: str) -> int:
        seed = f"{service.namespace}/{service.name}/{purpose}"
        order = _upper_band_first(NODE_PORTS.start + STATIC_NODE_PORTS, NODE_PORTS, seed)
        number = next(
            (number for number in order if number not in self.owners and number not in self.health_checks), None
        )
        if number is None:
            raise service.meta.error("spec.ports", f"no node port is left in {NODE_PORTS[0]}-{NODE_PORTS[-1]}")
        self.owners[number] = service
        return number


def _needs_health_check(service: Service) -> bool:
    return service.type is ServiceType.LOAD_BALANCER and service.external_traffic_policy is TrafficPolicy.LOCAL
