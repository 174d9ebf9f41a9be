"""The zone of a cluster, as CoreDNS' ``kubernetes`` plugin serves it.

Sources: Kubernetes DNS-Based Service Discovery, specification 1.1.0 (github.com/kubernetes/dns); CoreDNS
plugin/kubernetes (parse.go parseRequest, kubernetes.go findServices and findPods, reverse.go) and
plugin/backend_lookup.go for SRV weights. Where the two differ the server is followed: it also answers SRV for the
bare name of a Service, with every port.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from netsim.kubernetes.cluster import Cluster
from netsim.kubernetes.dns.corefile import KubernetesPlugin, PodsMode
from netsim.kubernetes.dns.message import (
    NODATA,
    NXDOMAIN,
    Question,
    Rcode,
    Record,
    RecordType,
    Response,
    reversed_address,
)
from netsim.kubernetes.objects import Endpoint, IPAddress, Protocol, Service, ServiceType
from netsim.kubernetes.parsing import formats

SCHEMA_VERSION = "1.1.0"
Resolve = Callable[[Question], Response]


@dataclass(frozen=True, slots=True)
class _Request:
    """The labels of a name in the zone; empty where the name is shorter."""

    kind: str = ""
    namespace: str = ""
    name: str = ""
    endpoint: str = ""
    port: str = ""
    protocol: str = ""


@dataclass(frozen=True, slots=True)
class _Backend:
    """One address and port that a name stands for; ``host`` is the name that belongs to the address."""

    address: IPAddress
    port: int | None
    host: str


def lookup(cluster: Cluster, plugin: KubernetesPlugin, zone: str, question: Question, resolve: Resolve) -> Response:
    """Answer a question about a name in ``zone``; ``resolve`` follows an ExternalName to where it points."""
    address = reversed_address(question.name)
    if address is not None:
        return _pointers(cluster, plugin, question, address)
    request = _parse(question.name, zone)
    if request is None:
        return NXDOMAIN
    if not request.kind:
        return _apex(plugin, zone, question)
    if not _exists(cluster, request.namespace):
        return NXDOMAIN
    if request.kind == "pod":
        return _pod(cluster, plugin, question, request)
    if not request.name:
        return NODATA
    service = cluster.find_service(request.namespace, request.name)
    if service is None:
        return NXDOMAIN
    if service.type is ServiceType.EXTERNAL_NAME:
        return _alias(plugin, question, request, service, resolve)
    found = list(_backends(cluster, service, request, f"{service.name}.{service.namespace}.svc.{zone}"))
    return _response(plugin, question, found) if found else NXDOMAIN


def _parse(name: str, zone: str) -> _Request | None:
    """None for what cannot be a name of this zone."""
    labels = name.removesuffix(zone).rstrip(".").split(".") if name != zone else []
    if labels == ["dns-version"] or labels == ["ns", "dns"]:
        return _Request()
    match list(reversed(labels)):
        case []:
            return _Request()
        case ["svc" | "pod" as kind]:
            return _Request(kind)
        case ["svc" | "pod" as kind, namespace]:
            return _Request(kind, namespace)
        case ["svc" | "pod" as kind, namespace, name]:
            return _Request(kind, namespace, name)
        case ["svc", namespace, name, endpoint]:
            return _Request("svc", namespace, name, endpoint=endpoint)
        case ["svc", namespace, name, protocol, port]:
            return _Request("svc", namespace, name, port=port.removeprefix("_"), protocol=protocol.removeprefix("_"))
        case _:
            return None


def _exists(cluster: Cluster, namespace: str) -> bool:
    """``svc.ZONE`` and ``pod.ZONE`` themselves exist too, without records."""
    return not namespace or any(each.name == namespace for each in cluster.namespaces)


def _apex(plugin: KubernetesPlugin, zone: str, question: Question) -> Response:
    if question.type is RecordType.TXT and question.name == f"dns-version.{zone}":
        return Response(Rcode.NOERROR, (Record(question.name, RecordType.TXT, plugin.ttl, f'"{SCHEMA_VERSION}"'),))
    if question.type is RecordType.NS and question.name == zone:
        return Response(Rcode.NOERROR, (Record(zone, RecordType.NS, plugin.ttl, f"ns.dns.{zone}"),))
    return NODATA


def _pod(cluster: Cluster, plugin: KubernetesPlugin, question: Question, request: _Request) -> Response:
    """``10-244-1-5.shop.pod.ZONE``"""
    if not request.name:
        return NODATA
    if plugin.pods is PodsMode.DISABLED:
        return NXDOMAIN
    dashed_v4 = request.name.count("-") == 3 and "--" not in request.name
    try:
        address = formats.address(request.name.replace("-", "." if dashed_v4 else ":"))
    except ValueError:
        return NXDOMAIN
    if plugin.pods is PodsMode.VERIFIED and not any(
        address in pod.pod_ips for pod in cluster.pods if pod.namespace == request.namespace and not pod.finished
    ):
        return NXDOMAIN
    return _response(plugin, question, [_Backend(address, None, question.name)])


def _alias(
    plugin: KubernetesPlugin, question: Question, request: _Request, service: Service, resolve: Resolve
) -> Response:
    """An ExternalName is a CNAME, with what it points at in the same answer where the server can find it."""
    if request.endpoint or request.port:
        return NXDOMAIN
    alias = Record(question.name, RecordType.CNAME, plugin.ttl, service.external_name)
    if question.type is RecordType.CNAME:
        return Response(Rcode.NOERROR, (alias,))
    if question.type not in (RecordType.A, RecordType.AAAA):
        return NODATA
    target = resolve(Question(service.external_name, question.type))
    return Response(Rcode.NOERROR, (alias, *target.answers))


def _backends(cluster: Cluster, service: Service, request: _Request, host: str) -> Iterable[_Backend]:
    if not (service.headless or request.endpoint):
        for port in service.ports:
            if _asked(request, port.name, port.protocol):
                yield from (_Backend(address, port.port, host) for address in service.cluster_ips)
        return
    for endpoint_slice in cluster.slices_of(service):
        ports = [(p.port, p.name, p.protocol) for p in endpoint_slice.ports] or [(None, "", Protocol.TCP)]
        for endpoint in endpoint_slice.endpoints:
            if not endpoint.ready or (request.endpoint and _hostname(endpoint) != request.endpoint):
                continue
            for number, name, protocol in ports:
                if _asked(request, name, protocol):
                    yield _Backend(endpoint.addresses[0], number, f"{_hostname(endpoint)}.{host}")


def _asked(request: _Request, name: str, protocol: Protocol) -> bool:
    return request.port in ("", name) and request.protocol in ("", protocol.lower())


def _hostname(endpoint: Endpoint) -> str:
    return endpoint.hostname or _dashed(endpoint.addresses[0])


def _dashed(address: IPAddress) -> str:
    return str(address).replace(".", "-").replace(":", "-")


def _response(plugin: KubernetesPlugin, question: Question, found: list[_Backend]) -> Response:
    """The backends as records of the type that was asked for; none of that type is NODATA."""
    if question.type is RecordType.SRV:
        return _services(plugin, question, found)
    version = {RecordType.A: 4, RecordType.AAAA: 6}.get(question.type)
    addresses = dict.fromkeys(backend.address for backend in found if backend.address.version == version)
    records = tuple(Record(question.name, question.type, plugin.ttl, str(address)) for address in addresses)
    return Response(Rcode.NOERROR, records)


def _services(plugin: KubernetesPlugin, question: Question, found: list[_Backend]) -> Response:
    """SRV records of equal weight, and the addresses of their targets."""
    targets = list(dict.fromkeys((backend.host, backend.port) for backend in found if backend.port is not None))
    weight = 100 // len(targets) if targets else 0
    answers = [Record(question.name, RecordType.SRV, plugin.ttl, f"0 {weight} {port} {host}") for host, port in targets]
    hosts = {(b.host, b.address): b for b in found if b.port is not None}
    additional = [
        Record(host, RecordType.A if address.version == 4 else RecordType.AAAA, plugin.ttl, str(address))
        for host, address in hosts
    ]
    return Response(Rcode.NOERROR, tuple(answers), tuple(additional))


def _pointers(cluster: Cluster, plugin: KubernetesPlugin, question: Question, address: IPAddress) -> Response:
    """The name of a cluster IP, else those of ready endpoints: their hostnames where they have one."""
    zone = plugin.zones[0]
    services = {service.key: service for service in cluster.services}
    named = [f"{s.name}.{s.namespace}.svc.{zone}" for s in cluster.services if address in s.cluster_ips][:1]
    if not named:
        found = [
            (bool(endpoint.hostname), f"{_hostname(endpoint)}.{each.service_name}.{each.namespace}.svc.{zone}")
            for each in cluster.endpoint_slices
            if (each.namespace, each.service_name) in services
            for endpoint in each.endpoints
            if endpoint.ready and address in endpoint.addresses
        ]
        with_hostname = [name for has_hostname, name in found if has_hostname]
        named = with_hostname or [name for _, name in found]
    if not named:
        return NXDOMAIN
    if question.type is not RecordType.PTR:
        return NODATA
    return Response(Rcode.NOERROR, tuple(Record(question.name, RecordType.PTR, plugin.ttl, name) for name in named))
