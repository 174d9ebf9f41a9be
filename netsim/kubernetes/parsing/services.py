"""Service, EndpointSlice, and the older Endpoints, which the control plane mirrors into EndpointSlices."""

from __future__ import annotations

from dataclasses import replace

from netsim.kubernetes.objects import (
    SERVICE_NAME_LABEL,
    Endpoint,
    EndpointPort,
    EndpointSlice,
    IPAddress,
    LoadBalancerIngress,
    ObjectReference,
    Protocol,
    Service,
    ServicePort,
    ServiceType,
    SessionAffinity,
    TrafficDistribution,
    TrafficPolicy,
)
from netsim.kubernetes.parsing import formats
from netsim.kubernetes.parsing.fields import Field
from netsim.kubernetes.parsing.metadata import read_labels, read_meta
from netsim.kubernetes.parsing.service_rules import check_service, refuse_special

IP_FAMILIES = {"IPv4": 4, "IPv6": 6}
FAMILY_POLICIES = ("SingleStack", "PreferDualStack", "RequireDualStack")
MIRRORED_BY = {"endpointslice.kubernetes.io/managed-by": "endpointslicemirroring-controller.k8s.io"}
DISTRIBUTIONS = ("PreferSameZone", "PreferSameNode", "PreferClose")


def read_service(root: Field) -> Service:
    spec = root["spec"]
    meta = read_meta(root, name_format=formats.dns_label)
    service_type = spec["type"].choice(ServiceType, ServiceType.CLUSTER_IP)
    headless, cluster_ips = _read_cluster_ips(spec, service_type)
    ingress = root["status"]["loadBalancer"]["ingress"].elements()
    service = Service(
        meta=meta,
        type=service_type,
        headless=headless,
        cluster_ips=cluster_ips,
        ip_families=_read_families(spec, cluster_ips),
        ip_family_policy=spec["ipFamilyPolicy"].one_of(FAMILY_POLICIES, "SingleStack"),
        external_name=_read_external_name(spec, service_type),
        selector=read_labels(spec["selector"]),
        ports=_read_ports(spec["ports"], required=not headless and service_type is not ServiceType.EXTERNAL_NAME),
        external_traffic_policy=spec["externalTrafficPolicy"].choice(TrafficPolicy, TrafficPolicy.CLUSTER),
        internal_traffic_policy=spec["internalTrafficPolicy"].choice(TrafficPolicy, TrafficPolicy.CLUSTER),
        session_affinity=spec["sessionAffinity"].choice(SessionAffinity, SessionAffinity.NONE),
        session_affinity_timeout=_affinity_timeout(spec["sessionAffinityConfig"]),
        external_ips=spec["externalIPs"].each(lambda field: field.parsed(formats.address)),
        load_balancer_ingress=tuple(_read_ingress(each) for each in ingress if each["ip"].present),
        load_balancer_source_ranges=spec["loadBalancerSourceRanges"].each(lambda field: field.parsed(formats.network)),
        allocate_load_balancer_node_ports=spec["allocateLoadBalancerNodePorts"].boolean(True),
        health_check_node_port=_optional_port(spec["healthCheckNodePort"]),
        publish_not_ready_addresses=spec["publishNotReadyAddresses"].boolean(False),
        traffic_distribution=spec["trafficDistribution"].maybe(_read_distribution),
    )
    check_service(root, service_type)
    return service


def read_endpoint_slice(root: Field) -> EndpointSlice:
    """Read an EndpointSlice whose addressType is IPv4 or IPv6; kube-proxy ignores the third, FQDN."""
    family = IP_FAMILIES[root["addressType"].one_of(tuple(IP_FAMILIES))]
    meta = read_meta(root)
    return EndpointSlice(
        meta=meta,
        service_name=meta.labels.get(SERVICE_NAME_LABEL, ""),
        ip_family=family,
        endpoints=root["endpoints"].each(lambda field: _read_endpoint(field, family)),
        ports=root["ports"].each(_read_endpoint_port),
    )


def read_endpoints(root: Field) -> tuple[EndpointSlice, ...]:
    """Read an Endpoints object as the slices that the EndpointSliceMirroring controller makes of it.

    Their labels: newEndpointSlice in pkg/controller/endpointslicemirroring/utils.go.
    """
    meta = read_meta(root)
    labels = dict(meta.labels) | {SERVICE_NAME_LABEL: meta.name} | MIRRORED_BY
    slices: list[EndpointSlice] = []
    for subset in root["subsets"].elements():
        ports = subset["ports"].each(_read_endpoint_port)
        endpoints = subset["addresses"].each(lambda field: _read_subset_address(field, ready=True))
        endpoints += subset["notReadyAddresses"].each(lambda field: _read_subset_address(field, ready=False))
        for family in (4, 6):
            of_family = tuple(each for each in endpoints if each.addresses[0].version == family)
            if of_family:
                named = replace(meta, name=f"{meta.name}-{len(slices)}", labels=labels, owner=None)
                slices.append(
                    EndpointSlice(
                        meta=named, service_name=meta.name, ip_family=family, endpoints=of_family, ports=ports
                    )
                )
    return tuple(slices)


def _read_cluster_ips(spec: Field, service_type: ServiceType) -> tuple[bool, tuple[IPAddress, ...]]:
    """Read clusterIP and clusterIPs; return whether the Service is headless, and its addresses."""
    first = spec["clusterIP"].string("")
    texts = {first, *spec["clusterIPs"].each(lambda field: field.string())}
    if "None" in texts:
        if texts - {"None", ""}:
            raise spec["clusterIPs"].error("must not hold None beside an address")
        if service_type in (ServiceType.NODE_PORT, ServiceType.LOAD_BALANCER):
            raise spec["clusterIP"].error(f"must not be None for a Service of type {service_type}")
        return True, ()
    addresses = spec["clusterIPs"].each(lambda field: field.parsed(formats.address))
    if first:
        primary = spec["clusterIP"].parsed(formats.address)
        if addresses and addresses[0] != primary:
            raise spec["clusterIPs"].error(f"must begin with clusterIP, which is {primary}")
        addresses = addresses or (primary,)
    if len(addresses) > 2 or len({address.version for address in addresses}) < len(addresses):
        raise spec["clusterIPs"].error("must hold at most one IPv4 and one IPv6 address")
    return False, addresses


def _read_families(spec: Field, cluster_ips: tuple[IPAddress, ...]) -> tuple[int, ...]:
    written = spec["ipFamilies"].each(lambda field: IP_FAMILIES[field.one_of(tuple(IP_FAMILIES))])
    if len(set(written)) < len(written):
        raise spec["ipFamilies"].error("must not repeat an address family")
    of_addresses = tuple(address.version for address in cluster_ips)
    if written and of_addresses and written != of_addresses:
        raise spec["ipFamilies"].error("must name the families of clusterIPs, in the same order")
    return written or of_addresses


def _read_external_name(spec: Field, service_type: ServiceType) -> str:
    if service_type is not ServiceType.EXTERNAL_NAME:
        return ""
    return spec["externalName"].parsed(lambda text: formats.dns_subdomain(text.removesuffix(".")))


def _read_ports(field: Field, required: bool) -> tuple[ServicePort, ...]:
    elements = tuple(field.elements())
    names: set[str] = set()
    numbers: set[tuple[int, Protocol]] = set()

    def read(element: Field) -> ServicePort:
        port = _read_port(element)
        if not port.name and len(elements) > 1:
            raise element["name"].error("missing; every port of a Service with several ports needs a name")
        if port.name in names:
            raise element["name"].error(f"another port of this Service is called {port.name!r}")
        if (port.port, port.protocol) in numbers:
            raise element["port"].error(f"another port of this Service is {port.port}/{port.protocol}")
        names.add(port.name)
        numbers.add((port.port, port.protocol))
        return port

    if required and not elements:
        raise field.error("missing; a Service with a cluster IP needs at least one port")
    return tuple(read(element) for element in elements)


def _read_port(field: Field) -> ServicePort:
    port = field["port"].port()
    return ServicePort(
        port=port,
        target_port=_read_target_port(field["targetPort"], port),
        name=field["name"].maybe(lambda name: name.parsed(formats.dns_label)) or "",
        protocol=field["protocol"].choice(Protocol, Protocol.TCP),
        node_port=_optional_port(field["nodePort"]),
    )


def _read_target_port(field: Field, port: int) -> int | str:
    if not field.present:
        return port
    value = field.option()
    if isinstance(value, str):
        if value.isdecimal():
            raise field.error(f'must be the number {value} without quotes; "{value}" would be the name of a port')
        return field.parsed(formats.port_name)
    return field.port()


def _optional_port(field: Field) -> int | None:
    """Read a port that is allocated when it is 0 or missing; its range is a flag of the API server, so any will do."""
    return field.integer(0, 65535, 0) or None


def _affinity_timeout(config: Field) -> int:
    return config["clientIP"]["timeoutSeconds"].integer(1, 86400, 10800)


def _read_ingress(field: Field) -> LoadBalancerIngress:
    return LoadBalancerIngress(field["ip"].parsed(formats.address), field["ipMode"].one_of(("VIP", "Proxy"), "VIP"))


def _read_distribution(field: Field) -> TrafficDistribution:
    text = field.one_of(DISTRIBUTIONS)
    return TrafficDistribution("PreferSameZone" if text == "PreferClose" else text)


def _read_endpoint(field: Field, family: int) -> Endpoint:
    addresses = field["addresses"].each(lambda each: each.parsed(formats.address))
    if not addresses:
        raise field["addresses"].error("missing; an endpoint needs at least one address")
    if any(address.version != family for address in addresses):
        raise field["addresses"].error(f"must be IPv{family} addresses, as addressType says")
    for address in addresses:
        refuse_special(field["addresses"], address)
    conditions, hints, target = field["conditions"], field["hints"], field["targetRef"]
    ready = conditions["ready"].boolean(True)
    return Endpoint(
        addresses=addresses,
        ready=ready,
        serving=conditions["serving"].boolean(ready),
        terminating=conditions["terminating"].boolean(False),
        node_name=field["nodeName"].string(""),
        zone=field["zone"].string(""),
        hostname=field["hostname"].string(""),
        hint_zones=hints["forZones"].each(lambda each: each["name"].string()),
        hint_nodes=hints["forNodes"].each(lambda each: each["name"].string()),
        target=target.maybe(_read_reference),
    )


def _read_subset_address(field: Field, ready: bool) -> Endpoint:
    return Endpoint(
        addresses=(field["ip"].parsed(formats.address),),
        ready=ready,
        serving=ready,
        node_name=field["nodeName"].string(""),
        hostname=field["hostname"].string(""),
        target=field["targetRef"].maybe(_read_reference),
    )


def _read_endpoint_port(field: Field) -> EndpointPort:
    return EndpointPort(
        port=_optional_port(field["port"]),
        name=field["name"].string(""),
        protocol=field["protocol"].choice(Protocol, Protocol.TCP),
    )


def _read_reference(field: Field) -> ObjectReference:
    return ObjectReference(field["kind"].string(""), field["namespace"].string(""), field["name"].string(""))
