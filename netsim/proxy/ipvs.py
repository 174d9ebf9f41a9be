"""kube-proxy in ipvs mode: virtual servers, their addresses on kube-ipvs0, and IP sets for the rules around them.

Source: pkg/proxy/ipvs/proxier.go (NewProxier, syncProxyRules, syncEndpoint) of Kubernetes 1.33 and later.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import IPv4Interface, IPv6Interface

from netsim.device_names import virtual_mac
from netsim.kubernetes.cluster import Cluster
from netsim.kubernetes.objects import Node
from netsim.linux.interfaces import Dummy, InterfaceAddress
from netsim.linux.ipset import Entry, IpSet
from netsim.linux.ipvs import RealServer, VirtualAddress, VirtualServer
from netsim.linux.namespace import NetworkNamespace
from netsim.packet import IPAddress, Protocol
from netsim.proxy import ipvs_sets as sets
from netsim.proxy.config import ProxyConfig, proxy_config
from netsim.proxy.health_checks import listen_for_health_checks
from netsim.proxy.ipvs_rules import IpvsRules
from netsim.proxy.service_ports import ProxiedPort
from netsim.proxy.services import ClusterServices, PortEndpoints

DEVICE = "kube-ipvs0"
SYSCTLS = {
    "net.ipv4.vs.conntrack": 1,
    "net.ipv4.vs.expire_nodest_conn": 1,
    "net.ipv4.vs.expire_quiescent_template": 1,
    "net.ipv4.ip_forward": 1,
}
NODE_PORT_SETS = {
    Protocol.TCP: (sets.NODE_PORT_TCP, sets.NODE_PORT_LOCAL_TCP),
    Protocol.UDP: (sets.NODE_PORT_UDP, sets.NODE_PORT_LOCAL_UDP),
    Protocol.SCTP: (sets.NODE_PORT_SCTP, sets.NODE_PORT_LOCAL_SCTP),
}


class IpvsProxy:
    """Programs IPVS, sets and rules of a node for every IP family of the cluster."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.services = ClusterServices(cluster)

    def plan_node(self, namespace: NetworkNamespace, node: Node) -> None:
        namespace.sysctls |= SYSCTLS
        own = {address.ip for device in namespace.interfaces.values() for address in device.addresses}
        bound: dict[IPAddress, None] = {}
        for version, ports in self.services.ports.items():
            config = proxy_config(namespace, node, self.cluster, version)
            program = _Program(namespace, config, own, bound)
            for port in ports:
                program.serve(port, self.services.endpoints(port, config.node_name, config.zone))
            program.finish()
            listen_for_health_checks(namespace, config, self.services)
        addresses = tuple(_host_interface(ip) for ip in bound)
        mac = virtual_mac(f"{node.name}/{DEVICE}")
        namespace.add_interface(Dummy(name=DEVICE, mac=mac, addresses=addresses, up=False))


def _host_interface(address: IPAddress) -> InterfaceAddress:
    """An address with a prefix that holds no other."""
    return IPv4Interface((int(address), 32)) if address.version == 4 else IPv6Interface((int(address), 128))


@dataclass(slots=True)
class _Program:
    """One IP family on one node. ``own`` are the node's addresses without those of kube-ipvs0, ``bound`` these."""

    namespace: NetworkNamespace
    config: ProxyConfig
    own: set[IPAddress]
    bound: dict[IPAddress, None]
    sets: dict[str, IpSet] = field(init=False)
    node_ips: tuple[IPAddress, ...] = field(init=False)
    closed_to_nodes: list[VirtualAddress] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.sets = {name: self.namespace.add_ipset(each) for name, each in sets.make_sets(self.config.version).items()}
        candidates = self.own if self.config.node_port_ips is None else self.config.node_port_ips
        self.node_ips = tuple(
            address
            for address in sorted(candidates, key=str)
            if address.version == self.config.version and not (address.is_loopback or address.is_link_local)
        )

    def serve(self, port: ProxiedPort, endpoints: PortEndpoints) -> None:
        """Everything that one port of a Service needs."""
        internal = _servers(endpoints, port.internal_local)
        external = _servers(endpoints, port.external_local)
        for backend in endpoints.backends:
            if backend.is_local:
                entry = Entry(backend.address, port.protocol, backend.port, backend.address)
                self.sets[sets.LOOP_BACK].add(entry)
        self.sets[sets.CLUSTER_IP].add(Entry(port.cluster_ip, port.protocol, port.port))
        self._add_server(port, port.cluster_ip, port.port, internal, bind=True)
        for address in port.external_ips:
            name = sets.EXTERNAL_IP_LOCAL if port.external_local else sets.EXTERNAL_IP
            self.sets[name].add(Entry(address, port.protocol, port.port))
            self._add_server(port, address, port.port, external, bind=True)
        for address in port.load_balancer_ips:
            self._enter_balancer(port, address)
            self._add_server(port, address, port.port, external, bind=True)
        if port.node_port is not None and self.node_ips:
            self._enter_node_port(port, port.node_port)
            for address in self.node_ips:
                self._add_server(port, address, port.node_port, external, bind=False)
        if port.health_check_node_port is not None:
            self.sets[sets.HEALTH_CHECK_NODE_PORT].add(Entry(port=port.health_check_node_port))

    def _add_server(
        self, port: ProxiedPort, address: IPAddress, number: int, servers: tuple[RealServer, ...], *, bind: bool
    ) -> None:
        """A virtual server; its address goes to kube-ipvs0 unless another device of the node has it."""
        virtual = VirtualAddress(port.protocol, address, number)
        self.namespace.ipvs.add(VirtualServer(virtual, servers, port.affinity_seconds))
        if bind and address not in self.own:
            self.bound[address] = None
            self.sets[sets.IPVS_IPS].add(Entry(address))

    def _enter_balancer(self, port: ProxiedPort, address: IPAddress) -> None:
        entry = Entry(address, port.protocol, port.port)
        self.sets[sets.LOAD_BALANCER].add(entry)
        if port.external_local:
            self.sets[sets.LOAD_BALANCER_LOCAL].add(entry)
        if not port.source_ranges:
            return
        self.sets[sets.LOAD_BALANCER_FW].add(entry)
        for source in port.source_ranges:
            self.sets[sets.LOAD_BALANCER_SOURCE_CIDR].add(Entry(address, port.protocol, port.port, source))
        if self.config.node_ip is not None and any(self.config.node_ip in source for source in port.source_ranges):
            self.sets[sets.LOAD_BALANCER_SOURCE_IP].add(Entry(address, port.protocol, port.port, address))
        else:
            self.closed_to_nodes.append(VirtualAddress(port.protocol, address, port.port))

    def _enter_node_port(self, port: ProxiedPort, number: int) -> None:
        """SCTP ports are entered with every address of the node, since a port bitmap knows TCP and UDP only."""
        entries = [Entry(port=number)]
        if port.protocol is Protocol.SCTP:
            entries = [Entry(address, port.protocol, number) for address in self.node_ips]
        everywhere, local = NODE_PORT_SETS[port.protocol]
        for name in (everywhere, local) if port.external_local else (everywhere,):
            for entry in entries:
                self.sets[name].add(entry)

    def finish(self) -> None:
        """The rules, which depend on what the sets hold."""
        IpvsRules(self.namespace.netfilter, self.sets, self.config, tuple(self.closed_to_nodes)).write()


def _servers(endpoints: PortEndpoints, only_local: bool) -> tuple[RealServer, ...]:
    """The real servers of a virtual one. With the policy Local and nothing local kube-proxy gives all that the policy
    Cluster may use (k/k #97081): Pods of this node are served, and others get answers that they never asked for."""
    usable = endpoints.usable
    chosen = usable.local if only_local and usable.local else usable.cluster
    return tuple(RealServer(backend.address, backend.port) for backend in chosen)
