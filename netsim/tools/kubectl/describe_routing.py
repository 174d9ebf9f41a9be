"""``kubectl describe`` of Services, EndpointSlices and Ingresses (kubectl pkg/describe)."""

from __future__ import annotations

from netsim.kubernetes.cluster import Cluster
from netsim.kubernetes.ingress import Ingress, IngressBackend, IngressTls
from netsim.kubernetes.objects import Endpoint, EndpointSlice, Service, ServicePort, ServiceType
from netsim.l7.status import ingress_status
from netsim.tools.kubectl.describe_workloads import NONE, listed, pairs
from netsim.tools.kubectl.endpoints import ready_in
from netsim.tools.kubectl.tables import Row

UNSET = "<unset>"


def service(cluster: Cluster, item: Service) -> list[Row]:
    addresses = ["None"] if item.headless else [str(address) for address in item.cluster_ips]
    rows: list[Row] = [
        ["Name:", item.name],
        ["Namespace:", item.namespace],
        *pairs("Labels", item.meta.labels),
        *pairs("Annotations", item.meta.annotations, ": "),
        ["Selector:", ",".join(f"{key}={value}" for key, value in sorted(item.selector.items())) or NONE],
        ["Type:", str(item.type)],
        ["IP Family Policy:", item.ip_family_policy],
        ["IP Families:", ",".join(f"IPv{family}" for family in item.ip_families) or NONE],
        ["IP:", addresses[0] if addresses else ""],
        ["IPs:", ",".join(addresses) or NONE],
    ]
    if item.external_ips:
        rows.append(["External IPs:", ",".join(map(str, item.external_ips))])
    if item.external_name:
        rows.append(["External Name:", item.external_name])
    if item.load_balancer_ingress:
        balanced = (f"{each.ip} ({each.ip_mode})" for each in item.load_balancer_ingress)
        rows.append(["LoadBalancer Ingress:", ", ".join(balanced)])
    rows += [row for port in item.ports for row in _service_port(cluster, item, port)]
    return rows + _traffic(item)


def _service_port(cluster: Cluster, item: Service, port: ServicePort) -> list[Row]:
    name = port.name or UNSET
    rows: list[Row] = [
        ["Port:", f"{name}  {port.port}/{port.protocol}"],
        ["TargetPort:", f"{port.target_port}/{port.protocol}"],
    ]
    if port.node_port:
        rows.append(["NodePort:", f"{name}  {port.node_port}/{port.protocol}"])
    return [*rows, ["Endpoints:", ready_in(cluster, item, port.name)]]


def _traffic(item: Service) -> list[Row]:
    rows: list[Row] = [["Session Affinity:", str(item.session_affinity)]]
    if item.type in (ServiceType.NODE_PORT, ServiceType.LOAD_BALANCER):
        rows.append(["External Traffic Policy:", str(item.external_traffic_policy)])
    if item.type is not ServiceType.EXTERNAL_NAME:
        rows.append(["Internal Traffic Policy:", str(item.internal_traffic_policy)])
    if item.health_check_node_port:
        rows.append(["HealthCheck NodePort:", str(item.health_check_node_port)])
    if item.load_balancer_source_ranges:
        rows.append(["LoadBalancer Source Ranges:", ",".join(map(str, item.load_balancer_source_ranges))])
    if item.traffic_distribution is not None:
        rows.append(["Traffic Distribution:", str(item.traffic_distribution)])
    return rows


def endpoint_slice(cluster: Cluster, item: EndpointSlice) -> list[Row]:
    rows: list[Row] = [
        ["Name:", item.name],
        ["Namespace:", item.namespace],
        *pairs("Labels", item.meta.labels),
        *pairs("Annotations", item.meta.annotations, ": "),
        ["AddressType:", f"IPv{item.ip_family}"],
    ]
    if item.ports:
        rows += [["Ports:"], ["  Name", "Port", "Protocol"], ["  ----", "----", "--------"]]
        rows += [[f"  {each.name or UNSET}", str(each.port or UNSET), str(each.protocol)] for each in item.ports]
    else:
        rows.append([f"Ports: {UNSET}"])
    if not item.endpoints:
        return [*rows, [f"Endpoints: {NONE}"]]
    return [*rows, ["Endpoints:"], *(row for each in item.endpoints for row in _endpoint(each))]


def _endpoint(item: Endpoint) -> list[Row]:
    target = [["    TargetRef:", f"{item.target.kind}/{item.target.name}"]] if item.target is not None else []
    return [
        ["  - Addresses:", ", ".join(map(str, item.addresses))],
        ["    Conditions:"],
        ["      Ready:", str(item.ready).lower()],
        ["    Hostname:", item.hostname or UNSET],
        *target,
        ["    NodeName:", item.node_name or UNSET],
        ["    Zone:", item.zone or UNSET],
    ]


def ingress(cluster: Cluster, item: Ingress) -> list[Row]:
    default = "<default>" if item.default_backend is None else _backend(cluster, item, item.default_backend)
    rows: list[Row] = [
        ["Name:", item.name],
        *pairs("Labels", item.meta.labels),
        ["Namespace:", item.namespace],
        ["Address:", ",".join(map(str, ingress_status(cluster, item).addresses))],
        ["Ingress Class:", item.class_name or NONE],
        ["Default backend:", default],
    ]
    if item.tls:
        rows += [["TLS:"], *([f"  {_tls(each)}"] for each in item.tls)]
    rows += [["Rules:"], ["  Host", "Path", "Backends"], ["  ----", "----", "--------"]]
    for rule in item.rules:
        rows.append([f"  {rule.host or '*'}", ""])
        rows += [["    ", f"{path.path} ", _backend(cluster, item, path.backend)] for path in rule.paths]
    if not item.rules:
        rows.append(["  *", "*", default])
    return rows + listed("Annotations", (f"{key}: {value}" for key, value in sorted(item.meta.annotations.items())))


def _tls(item: IngressTls) -> str:
    hosts = ",".join(item.hosts)
    return f"{item.secret_name} terminates {hosts}" if item.secret_name else f"SNI routes {hosts}"


def _backend(cluster: Cluster, item: Ingress, backend: IngressBackend) -> str:
    """The Service, its port, and the ready endpoints of the port of that number or name."""
    if backend.resource:
        return backend.resource
    found = cluster.find_service(item.namespace, backend.service)
    if found is None:
        return f'{backend.text} (<error: services "{backend.service}" not found>)'
    name = next((port.name for port in found.ports if backend.port in (port.port, port.name)), "")
    return f"{backend.text} ({ready_in(cluster, found, name)})"
