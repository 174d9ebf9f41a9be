"""One node in nftables mode, n1 at 192.168.1.11 and fd00:1::11, with Services made of plain values.

Service shop/web-K: 10.96.0.10 + K (or fd00:96::10 + K), port 80, node port 30000 + K; endpoints 10.244.2.1:8080 and on.
"""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address, ip_interface, ip_network

from netsim.kubernetes.cluster import Cluster
from netsim.kubernetes.objects import (
    Endpoint,
    EndpointPort,
    EndpointSlice,
    Node,
    ObjectMeta,
    Service,
    ServicePort,
    ServiceType,
)
from netsim.kubernetes.settings import ClusterNetwork, ProxyMode, ProxySettings
from netsim.linux.interfaces import Veth
from netsim.linux.namespace import NetworkNamespace
from netsim.proxy.nftables import NftablesProxy

NODE = Node(meta=ObjectMeta("n1"), addresses=(ip_address("192.168.1.11"), ip_address("fd00:1::11")))


def web(number: int = 0, version: int = 4, **changes: object) -> Service:
    """A node-port Service of TCP port 80."""
    base = ip_address("10.96.0.10" if version == 4 else "fd00:96::10")
    service = Service(
        meta=ObjectMeta(f"web-{number}", "shop"),
        type=ServiceType.NODE_PORT,
        cluster_ips=(base + number,),
        ports=(ServicePort(80, 8080, "http", node_port=30000 + number),),
    )
    return replace(service, **changes)


def endpoints_of(service: Service, count: int, node: str = "n2") -> EndpointSlice:
    """So many ready endpoints of a Service, all on one node."""
    version = service.cluster_ips[0].version
    base = ip_address("10.244.2.1" if version == 4 else "fd00:244:2::1")
    return EndpointSlice(
        meta=ObjectMeta(f"{service.name}-slice", service.namespace),
        service_name=service.name,
        ip_family=version,
        endpoints=tuple(Endpoint((base + number,), node_name=node) for number in range(count)),
        ports=(EndpointPort(8080, "http"),),
    )


def planned(
    services: tuple[Service, ...], slices: tuple[EndpointSlice, ...], proxy: ProxySettings | None = None,
    node: Node = NODE,
) -> NetworkNamespace:  # fmt: skip
    """The node's namespace with the tables that kube-proxy writes."""
    namespace = NetworkNamespace("n1", node="n1")
    addresses = tuple(ip_interface(f"{address}/{24 if address.version == 4 else 64}") for address in node.addresses)
    namespace.add_interface(
        Veth(name="eth0", mac="52:54:00:00:00:01", addresses=addresses, peer_namespace="underlay", peer_name="p-n1")
    )
    settings = ClusterNetwork(
        proxy=replace(proxy or ProxySettings(), mode=ProxyMode.NFTABLES),
        pod_cidrs=(ip_network("10.244.0.0/16"), ip_network("fd00:244::/48")),
        service_cidrs=(ip_network("10.96.0.0/12"), ip_network("fd00:96::/112")),
    )
    cluster = Cluster(settings=settings, nodes=(node,), services=services, endpoint_slices=slices)
    NftablesProxy(cluster).plan_node(namespace, node)
    return namespace
