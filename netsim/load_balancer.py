"""How the address of a load balancer gets to a node: as MetalLB does it, one node takes the packets of one Service.

With externalTrafficPolicy Local only a node with a ready endpoint may be that node (metallb.io, concepts: layer 2 and
BGP mode, “traffic policies”). An address that lies in a subnet of the nodes is left to that subnet.
"""

from __future__ import annotations

from ipaddress import ip_network

from netsim.kubernetes.cluster import Cluster
from netsim.kubernetes.objects import Node, Service, ServiceType, TrafficPolicy
from netsim.linux.routing import Route
from netsim.network import Network
from netsim.packet import IPAddress
from netsim.underlay import ROUTER, router_device, subnet_of_node


def announce_load_balancers(network: Network, cluster: Cluster) -> None:
    """Give the router a route to every load-balancer address, by the node that takes its packets."""
    router = network.namespaces[ROUTER]
    underlay = cluster.settings.underlay
    for service in cluster.services:
        if service.type is not ServiceType.LOAD_BALANCER:
            continue
        for address in service.load_balancer_ips:
            node = _taker(service, address, cluster)
            if node is None or underlay.subnet_of(address) is not None:
                continue
            gateway = next(each for each in node.addresses if each.version == address.version)
            device = router_device(subnet_of_node(node, underlay))
            router.routes.add(Route(destination=ip_network(address), gateway=gateway, device=device))


def _taker(service: Service, address: IPAddress, cluster: Cluster) -> Node | None:
    """The first node that can take packets for the Service; None where none can."""
    suited = [node for node in cluster.nodes if any(each.version == address.version for each in node.addresses)]
    if service.external_traffic_policy is TrafficPolicy.LOCAL:
        serving = {
            endpoint.node_name for piece in cluster.slices_of(service) for endpoint in piece.endpoints if endpoint.ready
        }
        suited = [node for node in suited if node.name in serving]
    return suited[0] if suited else None
