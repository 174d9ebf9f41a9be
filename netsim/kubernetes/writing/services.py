"""Service and EndpointSlice."""

from __future__ import annotations

from netsim.kubernetes.objects import (
    Endpoint,
    EndpointPort,
    EndpointSlice,
    LoadBalancerIngress,
    ObjectReference,
    Service,
    ServicePort,
    ServiceType,
    SessionAffinity,
)
from netsim.kubernetes.writing.metadata import manifest
from netsim.kubernetes.writing.values import Manifest, compact, mapping, texts, unless

FAMILY_NAMES = {4: "IPv4", 6: "IPv6"}


def write_service(item: Service) -> Manifest:
    ingress = [_ingress(each) for each in item.load_balancer_ingress]
    status = {"loadBalancer": {"ingress": ingress}} if ingress else None
    spec = compact(_addresses(item) | _policies(item))
    return manifest(item, "v1", "Service", spec=spec, status=status)


def _addresses(service: Service) -> Manifest:
    addresses = ["None"] if service.headless else texts(service.cluster_ips)
    return {
        "type": str(service.type),
        "clusterIP": addresses[0] if addresses else None,
        "clusterIPs": addresses,
        "ipFamilies": [FAMILY_NAMES[family] for family in service.ip_families],
        "ipFamilyPolicy": service.ip_family_policy,
        "externalName": service.external_name,
        "externalIPs": texts(service.external_ips),
        "selector": mapping(service.selector),
        "ports": [_port(each) for each in service.ports],
    }


def _policies(service: Service) -> Manifest:
    """How a proxy treats the traffic; what belongs to one type or to one way only is written with that alone."""
    timeout = {"clientIP": {"timeoutSeconds": service.session_affinity_timeout}}
    is_balanced = service.type is ServiceType.LOAD_BALANCER
    return {
        "internalTrafficPolicy": str(service.internal_traffic_policy),
        "externalTrafficPolicy": _external_traffic_policy(service),
        "sessionAffinity": str(service.session_affinity),
        "sessionAffinityConfig": timeout if service.session_affinity is SessionAffinity.CLIENT_IP else None,
        "loadBalancerSourceRanges": texts(service.load_balancer_source_ranges),
        "allocateLoadBalancerNodePorts": service.allocate_load_balancer_node_ports if is_balanced else None,
        "healthCheckNodePort": service.health_check_node_port,
        "publishNotReadyAddresses": service.publish_not_ready_addresses or None,
        "trafficDistribution": None if service.traffic_distribution is None else str(service.traffic_distribution),
    }


def _external_traffic_policy(service: Service) -> str | None:
    """Cluster is the default, which the API server fills in where traffic comes from outside."""
    is_outside = service.type in (ServiceType.NODE_PORT, ServiceType.LOAD_BALANCER) or service.external_ips
    policy = str(service.external_traffic_policy)
    return policy if is_outside else unless(policy, "Cluster")


def _port(port: ServicePort) -> Manifest:
    return compact(
        {
            "name": port.name,
            "protocol": str(port.protocol),
            "port": port.port,
            "targetPort": port.target_port,
            "nodePort": port.node_port,
        }
    )


def _ingress(ingress: LoadBalancerIngress) -> Manifest:
    return {"ip": str(ingress.ip), "ipMode": ingress.ip_mode}


def write_endpoint_slice(item: EndpointSlice) -> Manifest:
    return manifest(
        item,
        "discovery.k8s.io/v1",
        "EndpointSlice",
        addressType=FAMILY_NAMES[item.ip_family],
        endpoints=[_endpoint(each) for each in item.endpoints],
        ports=[_endpoint_port(each) for each in item.ports],
    )


def _endpoint(endpoint: Endpoint) -> Manifest:
    conditions = {"ready": endpoint.ready, "serving": endpoint.serving, "terminating": endpoint.terminating}
    hints = {"forZones": _named(endpoint.hint_zones), "forNodes": _named(endpoint.hint_nodes)}
    return compact(
        {
            "addresses": texts(endpoint.addresses),
            "conditions": conditions,
            "hostname": endpoint.hostname,
            "nodeName": endpoint.node_name,
            "zone": endpoint.zone,
            "hints": compact(hints) or None,
            "targetRef": None if endpoint.target is None else _reference(endpoint.target),
        }
    )


def _named(names: tuple[str, ...]) -> list[Manifest]:
    return [{"name": name} for name in names]


def _reference(target: ObjectReference) -> Manifest:
    return compact({"kind": target.kind, "namespace": target.namespace, "name": target.name})


def _endpoint_port(port: EndpointPort) -> Manifest:
    return compact({"name": port.name, "protocol": str(port.protocol), "port": port.port})
