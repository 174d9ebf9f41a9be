"""Cilium: no bridge, few routes, and eBPF programs that know where every Pod is; it replaces kube-proxy.

    Pod eth0 10.244.1.5/32 ── lxc… ┐            ┌ cilium_vxlan (tunnel mode) ── eth0 ── other nodes
                                   ├ programs ──┤
        cilium_net ── cilium_host ─┘            └ the stack: masqueraded by CILIUM_POST_nat ── eth0 ── the world

Modelled are the defaults: VXLAN or native routing with autoDirectNodeRoutes, legacy host routing, masquerading by
iptables, socket load balancing, NodePort with SNAT, and host ports in the same maps as node ports. The MTU that the
tunnel leaves is on the Pod's device, where Cilium puts it on the Pod's routes.

Sources: cilium/cilium pkg/defaults/node.go, pkg/datapath/linux/node.go (routes), pkg/datapath/iptables/iptables.go
(CILIUM_ chains), pkg/datapath/connector, Documentation/network/concepts/routing.rst.
"""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Network, ip_interface, ip_network

from netsim.cni.cilium.agent import Agents, lxc_device, pod_address, pod_mac
from netsim.cni.cilium.balancing import TUNNEL, NodePortBalancer, SocketBalancer
from netsim.cni.cilium.maps import NodeMaps
from netsim.cni.cilium.programs import FromContainer, FromHost, FromNetdev, FromOverlay
from netsim.cni.cilium.rules import add_forward_rules, add_masquerade_rules
from netsim.cni.options import Allowed, known_options
from netsim.cni.plugin import networked_pods_on, pod_namespace_name, share_a_link
from netsim.device_names import virtual_mac
from netsim.kubernetes.cluster import Cluster
from netsim.kubernetes.objects import Node, Pod
from netsim.kubernetes.settings import ProxyMode
from netsim.linux.bpf import AttachPoint
from netsim.linux.interfaces import Veth, Vxlan
from netsim.linux.namespace import NetworkNamespace
from netsim.linux.routing import EVERYWHERE, Route, Scope
from netsim.network import Outline
from netsim.packet import IPAddress
from netsim.proxy.config import proxy_config
from netsim.proxy.health_checks import listen_for_health_checks

HOST, NET = "cilium_host", "cilium_net"
PORT = 8472
OVERHEAD = 50
OPTIONS: Mapping[str, Allowed] = {"mtu": range(576, 65536)}


class Cilium:
    """The planner of both backends; ``vxlan`` tunnels between all nodes, ``native`` leaves it to routes."""

    maps_host_ports = True

    def __init__(self, cluster: Cluster) -> None:
        """Raises InputError for options, for a kube-proxy beside it, and for nodes and Pods without IPv4 addresses."""
        settings = cluster.settings
        options = known_options(settings, OPTIONS)
        if settings.proxy.mode is not ProxyMode.NONE:
            message = "Cilium replaces kube-proxy: leave the mode out, or write none"
            raise settings.source.error("spec.proxy.mode", message)
        self.cluster = cluster
        self.tunneled = settings.cni.backend == "vxlan"
        mtu = int(options.get("mtu", settings.underlay.mtu))
        self.mtu = mtu
        self.pod_mtu = mtu - OVERHEAD if self.tunneled else mtu
        self.agents = Agents(cluster, tunneled=self.tunneled)

    def outline(self, pod: Pod) -> Outline:
        return Outline(
            pod_namespace_name(pod), node=pod.node_name, pod=pod.key, plugs=(("eth0", pod_mac(pod)),),
            addresses=(ip_interface(f"{pod_address(pod)}/32"),),
        )  # fmt: skip

    def plan_node(self, namespace: NetworkNamespace, node: Node) -> None:
        maps = self.agents.maps(node.name)
        namespace.sysctls["net.ipv4.ip_forward"] = 1
        self._add_host_devices(namespace, maps)
        self._add_routes(namespace, node, maps)
        balancer = NodePortBalancer(maps, self.tunneled)
        programs = namespace.programs
        programs.on_connect.append(SocketBalancer(maps, in_host=True))
        programs.attach("eth0", AttachPoint.INGRESS, FromNetdev(maps, balancer))
        programs.attach(HOST, AttachPoint.EGRESS, FromHost(maps, self.tunneled))
        if self.tunneled:
            self._add_tunnel(namespace, maps, balancer)
        for pod in networked_pods_on(self.cluster, node):
            self._plug_in(namespace, pod, maps)
        pod_range, own_range = self._cluster_range(), self.agents.pod_ranges[node.name]
        add_masquerade_rules(namespace, own_range, own_range if self.tunneled else pod_range, self._other_nodes(node))
        add_forward_rules(namespace)
        listen_for_health_checks(namespace, proxy_config(namespace, node, self.cluster, 4), self.agents.services)

    def plan_pod(self, namespace: NetworkNamespace, pod: Pod) -> None:
        maps = self.agents.maps(pod.node_name)
        outline = self.outline(pod)
        namespace.add_interface(
            Veth(
                name="eth0", mac=pod_mac(pod), mtu=self.pod_mtu, addresses=outline.addresses,
                peer_namespace=pod.node_name, peer_name=lxc_device(pod),
            )
        )  # fmt: skip
        namespace.routes.add(Route(destination=ip_network(maps.router), device="eth0", scope=Scope.LINK))
        namespace.routes.add(Route(destination=EVERYWHERE[4], gateway=maps.router, device="eth0"))
        namespace.programs.on_connect.append(SocketBalancer(maps, in_host=False))

    def _cluster_range(self) -> IPv4Network:
        """``ipv4-native-routing-cidr``."""
        return next(cidr for cidr in self.cluster.settings.pod_cidrs if isinstance(cidr, IPv4Network))

    def _other_nodes(self, node: Node) -> tuple[IPAddress, ...]:
        """What native routing reaches without masquerading: the other nodes."""
        if self.tunneled:
            return ()
        return tuple(self.agents.node_addresses[other.name] for other in self.cluster.nodes if other is not node)

    def _add_host_devices(self, namespace: NetworkNamespace, maps: NodeMaps) -> None:
        """The cable between programs and stack; the routes to Pods lead into it."""
        for name, other, addresses in ((NET, HOST, ()), (HOST, NET, (ip_interface(f"{maps.router}/32"),))):
            namespace.add_interface(
                Veth(
                    name=name, mac=_mac(maps, name), mtu=self.mtu, addresses=addresses, arp=False,
                    peer_namespace=namespace.name, peer_name=other,
                )
            )  # fmt: skip

    def _add_routes(self, namespace: NetworkNamespace, node: Node, maps: NodeMaps) -> None:
        """To all Pods by cilium_host; with native routing autoDirectNodeRoutes, which need nodes on one link."""
        router = ip_network(maps.router)
        namespace.routes.add(Route(destination=router, device=HOST, scope=Scope.LINK, protocol="kernel"))
        for name, network in self.agents.pod_ranges.items():
            if name == node.name or self.tunneled:
                namespace.routes.add(
                    Route(destination=network, gateway=maps.router, device=HOST, source=maps.router, protocol="kernel")
                )
            elif share_a_link(self.cluster, node, self.agents.nodes[name]):
                gateway = self.agents.node_addresses[name]
                namespace.routes.add(Route(destination=network, gateway=gateway, device="eth0", protocol="kernel"))

    def _add_tunnel(self, namespace: NetworkNamespace, maps: NodeMaps, balancer: NodePortBalancer) -> None:
        namespace.add_interface(
            Vxlan(
                name=TUNNEL, mac=_mac(maps, TUNNEL), mtu=self.mtu, vni=0, port=PORT, local=maps.node_address,
                underlying="eth0", external=True,
            )
        )  # fmt: skip
        program = FromOverlay(maps, balancer, _mac(maps, HOST), _mac(maps, NET))
        namespace.programs.attach(TUNNEL, AttachPoint.INGRESS, program)

    def _plug_in(self, namespace: NetworkNamespace, pod: Pod, maps: NodeMaps) -> None:
        endpoint = maps.endpoints[pod_address(pod)]
        namespace.add_interface(
            Veth(
                name=endpoint.device, mac=endpoint.node_mac, mtu=self.pod_mtu,
                peer_namespace=pod_namespace_name(pod), peer_name="eth0",
            )
        )  # fmt: skip
        program = FromContainer(maps, endpoint, self.tunneled)
        namespace.programs.attach(endpoint.device, AttachPoint.INGRESS, program)


def _mac(maps: NodeMaps, device: str) -> str:
    return virtual_mac(f"{maps.node}/{device}")
