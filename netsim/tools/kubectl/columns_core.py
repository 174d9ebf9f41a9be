"""Cells of the tables of Pods, Nodes, Services, slices and workloads."""

from __future__ import annotations

from collections.abc import Mapping

from netsim.kubernetes.cluster import Cluster
from netsim.kubernetes.objects import EndpointSlice, KubernetesObject, Node, Pod, Service, ServiceType, Workload
from netsim.tools.kubectl import states
from netsim.tools.kubectl.endpoints import Endpoints, ready_list, shortened

NONE = "<none>"
UNSET = "<unset>"
VERSION = "v1.37.0"
"""Of the kubelets and the API server: the release that the simulation follows."""

LONGEST_ADDRESS = 16
"""Characters of a load balancer's addresses that are shown without ``-o wide`` (loadBalancerStatusStringer)."""


def none(cluster: Cluster, item: KubernetesObject) -> str:
    return NONE


def unknown(cluster: Cluster, item: KubernetesObject) -> str:
    return "<unknown>"


def blank(cluster: Cluster, item: KubernetesObject) -> str:
    return ""


def labels_text(labels: Mapping[str, str]) -> str:
    """``app=web,tier=front`` in the order of the keys."""
    return ",".join(f"{key}={value}" for key, value in sorted(labels.items())) or NONE


def ready(cluster: Cluster, pod: Pod) -> str:
    return states.ready_count(pod)


def pod_state(cluster: Cluster, pod: Pod) -> str:
    return states.pod_status(pod)


def restart_count(cluster: Cluster, pod: Pod) -> str:
    return str(states.restarts(pod))


def pod_ip(cluster: Cluster, pod: Pod) -> str:
    return str(pod.pod_ips[0]) if pod.pod_ips else NONE


def pod_node(cluster: Cluster, pod: Pod) -> str:
    return pod.node_name or NONE


def node_state(cluster: Cluster, node: Node) -> str:
    return states.node_status(cluster, node)


def roles(cluster: Cluster, node: Node) -> str:
    return states.node_roles(node)


def version(cluster: Cluster, node: Node) -> str:
    return VERSION


def internal_ip(cluster: Cluster, node: Node) -> str:
    return str(node.addresses[0]) if node.addresses else NONE


def service_type(cluster: Cluster, service: Service) -> str:
    return str(service.type)


def cluster_ip(cluster: Cluster, service: Service) -> str:
    if service.headless:
        return "None"
    return str(service.cluster_ips[0]) if service.cluster_ips else NONE


def external_ip(cluster: Cluster, service: Service) -> str:
    own = [str(address) for address in service.external_ips]
    match service.type:
        case ServiceType.EXTERNAL_NAME:
            return service.external_name
        case ServiceType.LOAD_BALANCER:
            balanced = ",".join(str(each.ip) for each in service.load_balancer_ingress)
            if len(balanced) > LONGEST_ADDRESS:
                balanced = balanced[: LONGEST_ADDRESS - 3] + "..."
            return ",".join([*([balanced] if balanced else []), *own]) or "<pending>"
        case _:
            return ",".join(own) or NONE


def service_ports(cluster: Cluster, service: Service) -> str:
    ports = (
        f"{each.port}:{each.node_port}/{each.protocol}" if each.node_port else f"{each.port}/{each.protocol}"
        for each in service.ports
    )
    return ",".join(ports) or NONE


def service_selector(cluster: Cluster, service: Service) -> str:
    return labels_text(service.selector)


def address_type(cluster: Cluster, piece: EndpointSlice) -> str:
    return f"IPv{piece.ip_family}"


def slice_ports(cluster: Cluster, piece: EndpointSlice) -> str:
    return shortened([str(each.port) if each.port is not None else "*" for each in piece.ports]) or UNSET


def slice_addresses(cluster: Cluster, piece: EndpointSlice) -> str:
    """All addresses, those that are not ready too."""
    return shortened([str(address) for each in piece.endpoints for address in each.addresses]) or UNSET


def ready_endpoints(cluster: Cluster, item: Endpoints) -> str:
    return ready_list(tuple((subset.addresses, subset.ports) for subset in item.subsets))


def _pods(cluster: Cluster, workload: Workload) -> tuple[Pod, ...]:
    return cluster.pods_of(workload.kind, workload.namespace, workload.name)


def desired(cluster: Cluster, workload: Workload) -> str:
    return str(workload.replicas)


def current(cluster: Cluster, workload: Workload) -> str:
    """Every Pod is made from the present template."""
    return str(len(_pods(cluster, workload)))


def available(cluster: Cluster, workload: Workload) -> str:
    return str(sum(pod.ready for pod in _pods(cluster, workload)))


def ready_of(cluster: Cluster, workload: Workload) -> str:
    return f"{available(cluster, workload)}/{workload.replicas}"


def containers(cluster: Cluster, workload: Workload) -> str:
    return ",".join(each.name for each in workload.template.spec.containers)


def images(cluster: Cluster, workload: Workload) -> str:
    """The engine does not keep images."""
    return ""


def workload_selector(cluster: Cluster, workload: Workload) -> str:
    return workload.selector.text or NONE


def node_selector(cluster: Cluster, workload: Workload) -> str:
    return labels_text(workload.template.spec.node_selector)
