"""EndpointSlices follow selectors and readiness, as the EndpointSlice controller makes them.

Source: k8s.io/endpointslice, reconciler.go and utils.go (podToEndpoint, getEndpointPorts), and trafficdist for hints.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from netsim.kubernetes.controllers.names import generated_name
from netsim.kubernetes.objects import (
    SERVICE_NAME_LABEL,
    Endpoint,
    EndpointPort,
    EndpointSlice,
    IPAddress,
    Node,
    ObjectMeta,
    ObjectReference,
    Pod,
    Service,
    ServicePort,
    ServiceType,
    TrafficDistribution,
)
from netsim.kubernetes.selectors import service_selects

MAX_ENDPOINTS = 50_000
MAX_ENDPOINTS_PER_SLICE = 100
MANAGED_BY_LABEL = "endpointslice.kubernetes.io/managed-by"
CONTROLLER = "endpointslice-controller.k8s.io"


def make_endpoint_slices(
    services: Iterable[Service],
    pods: tuple[Pod, ...],
    nodes: tuple[Node, ...],
    given: tuple[EndpointSlice, ...],
    mirrored: tuple[EndpointSlice, ...],
) -> tuple[EndpointSlice, ...]:
    """Return the given slices and those of every Service that has none: by its selector, or mirrored if it has none."""
    index = _PodIndex(pods)
    zones = {node.name: node.zone for node in nodes}
    served = {(each.namespace, each.service_name) for each in given}
    made: list[EndpointSlice] = []
    room = MAX_ENDPOINTS
    for service in services:
        if service.key in served or service.type is ServiceType.EXTERNAL_NAME:
            continue
        if service.selector:
            selected = index.selected_by(service)
            room -= len(selected)
            if room < 0:
                message = f"selects more Pods than the {MAX_ENDPOINTS:,} endpoints that a cluster may have"
                raise service.meta.error("spec.selector", message)
            made += _slices_of(service, selected, zones)
        else:
            made += [each for each in mirrored if (each.namespace, each.service_name) == service.key]
    return given + tuple(made)


class _PodIndex:
    """The Pods that can be endpoints, by namespace and label."""

    def __init__(self, pods: Iterable[Pod]) -> None:
        self.by_label: defaultdict[tuple[str, str, str], list[Pod]] = defaultdict(list)
        for pod in pods:
            if pod.pod_ips and pod.node_name and not pod.finished:
                for key, value in pod.meta.labels.items():
                    self.by_label[pod.namespace, key, value].append(pod)

    def selected_by(self, service: Service) -> list[Pod]:
        """List the Pods that a Service selects, in order; terminating ones too, because they may still serve."""
        candidates = min((self.by_label[service.namespace, k, v] for k, v in service.selector.items()), key=len)
        return [pod for pod in candidates if service_selects(service.selector, pod.meta.labels)]


def _slices_of(service: Service, pods: list[Pod], zones: dict[str, str]) -> list[EndpointSlice]:
    """Make the slices of one Service: one family and one set of port numbers each, at most 100 endpoints."""
    slices: list[EndpointSlice] = []
    for family in service.ip_families:
        groups: dict[tuple[EndpointPort, ...], list[Endpoint]] = {}
        for pod in pods:
            ip = next((ip for ip in pod.pod_ips if ip.version == family), None)
            if ip is not None:
                groups.setdefault(_resolved_ports(service, pod), []).append(_endpoint(service, pod, ip, zones))
        for ports, endpoints in (groups or {(): []}).items():
            for start in range(0, len(endpoints) or 1, MAX_ENDPOINTS_PER_SLICE):
                chunk = tuple(endpoints[start : start + MAX_ENDPOINTS_PER_SLICE])
                slices.append(_slice(service, family, chunk, ports, [each.name for each in slices]))
    return slices


def _slice(
    service: Service, family: int, endpoints: tuple[Endpoint, ...], ports: tuple[EndpointPort, ...], taken: list[str]
) -> EndpointSlice:
    seed = f"{service.namespace}/{service.name}/{len(taken)}"
    labels = {SERVICE_NAME_LABEL: service.name, MANAGED_BY_LABEL: CONTROLLER}
    if service.headless:
        labels["service.kubernetes.io/headless"] = ""
    meta = ObjectMeta(
        name=generated_name(f"{service.name}-", seed, taken),
        namespace=service.namespace,
        labels=dict(service.meta.labels) | labels,
        source=service.meta.source,
    )
    return EndpointSlice(
        meta=meta, service_name=service.name, ip_family=family, endpoints=_with_hints(service, endpoints), ports=ports
    )


def _endpoint(service: Service, pod: Pod, ip: IPAddress, zones: dict[str, str]) -> Endpoint:
    in_subdomain = pod.spec.hostname and pod.spec.subdomain == service.name
    return Endpoint(
        addresses=(ip,),
        ready=service.publish_not_ready_addresses or (pod.ready and not pod.terminating),
        serving=pod.ready,
        terminating=pod.terminating,
        node_name=pod.node_name,
        zone=zones.get(pod.node_name, ""),
        hostname=pod.spec.hostname if in_subdomain else "",
        target=ObjectReference("Pod", pod.namespace, pod.name),
    )


def _resolved_ports(service: Service, pod: Pod) -> tuple[EndpointPort, ...]:
    """Resolve the targetPorts of a Service for one Pod; a name that the Pod does not have gives no port."""
    resolved = ((port, _target_number(port, pod)) for port in service.ports)
    return tuple(EndpointPort(number, port.name, port.protocol) for port, number in resolved if number is not None)


def _target_number(port: ServicePort, pod: Pod) -> int | None:
    if isinstance(port.target_port, int):
        return port.target_port
    matching = (p.port for p in pod.spec.ports if (p.name, p.protocol) == (port.target_port, port.protocol))
    return next(matching, None)


def _with_hints(service: Service, endpoints: tuple[Endpoint, ...]) -> tuple[Endpoint, ...]:
    """Hint each ready endpoint at its own zone, and its own node if the Service prefers that (KEP-3015)."""
    if service.traffic_distribution is None:
        return endpoints
    by_node = service.traffic_distribution is TrafficDistribution.PREFER_SAME_NODE
    return tuple(
        replace(
            endpoint,
            hint_zones=(endpoint.zone,) if endpoint.zone else (),
            hint_nodes=(endpoint.node_name,) if by_node else (),
        )
        if endpoint.ready
        else endpoint
        for endpoint in endpoints
    )
