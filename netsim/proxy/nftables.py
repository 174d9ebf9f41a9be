"""kube-proxy in nftables mode: its table on one node, with what is there whatever Services there are.

Source: pkg/proxy/nftables/proxier.go of Kubernetes 1.37 (nftablesBaseChains, nftablesJumpChains, setupNFTables). The
rule for ``masqueradeAll`` is the one for traffic from outside without its condition on the source.
"""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_network

from netsim.kubernetes.cluster import Cluster
from netsim.kubernetes.objects import Node
from netsim.linux.namespace import NetworkNamespace
from netsim.linux.netfilter import ConnectionState, Hook, Priority
from netsim.linux.nftables import (
    Address,
    AddressIn,
    AddressIsLocal,
    AddressSet,
    ChainType,
    Concatenation,
    DataType,
    DestinationTranslated,
    Drop,
    Family,
    FlipMarkBits,
    InNamedSet,
    Jump,
    Layer4Protocol,
    LookUpVerdict,
    MarkHas,
    Masquerade,
    NamedSet,
    Reject,
    SetMarkBits,
    Side,
    StateIs,
    Statement,
    Table,
    TransportDestinationPort,
    VerdictMap,
    address_type,
    key_of,
)
from netsim.linux.routing import IPNetwork
from netsim.proxy.config import LOOPBACK, MASQUERADE_MARK, ProxyConfig, proxy_config
from netsim.proxy.health_checks import listen_for_health_checks
from netsim.proxy.nftables_plan import CLUSTER_IPS, HAIRPIN_CONNECTIONS, ServicePlan
from netsim.proxy.nftables_services import (
    FIREWALL_IPS,
    NO_ENDPOINT_NODEPORTS,
    NO_ENDPOINT_SERVICES,
    REJECT_CHAIN,
    SERVICE_IPS,
    SERVICE_NODEPORTS,
    pod_traffic,
)
from netsim.proxy.services import ClusterServices

TABLE = "kube-proxy"
NODEPORT_IPS = "nodeport-ips"
LOOPBACK_V6 = ip_network("::1/128")
PORT = Concatenation((Layer4Protocol(), TransportDestinationPort()))
"""Protocol and destination port."""

BASE_CHAINS = (
    ("filter-prerouting-pre-dnat", ChainType.FILTER, Hook.PREROUTING, Priority.DSTNAT - 10),
    ("filter-output-pre-dnat", ChainType.FILTER, Hook.OUTPUT, Priority.DSTNAT - 10),
    ("filter-input", ChainType.FILTER, Hook.INPUT, Priority.FILTER),
    ("filter-forward", ChainType.FILTER, Hook.FORWARD, Priority.FILTER),
    ("filter-output", ChainType.FILTER, Hook.OUTPUT, Priority.FILTER),
    ("nat-prerouting", ChainType.NAT, Hook.PREROUTING, Priority.DSTNAT),
    ("nat-output", ChainType.NAT, Hook.OUTPUT, Priority.DSTNAT),
    ("nat-postrouting", ChainType.NAT, Hook.POSTROUTING, Priority.SRCNAT),
)
NEW = (StateIs((ConnectionState.NEW,)),)
JUMPS: tuple[tuple[str, str, tuple[Statement, ...]], ...] = (
    ("filter-input", "nodeport-endpoints-check", NEW),
    ("filter-input", "service-endpoints-check", NEW),
    ("filter-forward", "service-endpoints-check", NEW),
    ("filter-output", "service-endpoints-check", NEW),
    ("filter-prerouting-pre-dnat", "firewall-check", NEW),
    ("filter-output-pre-dnat", "firewall-check", NEW),
    ("nat-output", "services", ()),
    ("nat-prerouting", "services", ()),
    ("nat-postrouting", "masquerading", ()),
    ("filter-forward", "cluster-ips-check", NEW),
    ("filter-output", "cluster-ips-check", NEW),
)
"""Base chain, chain jumped to, conditions."""


class NftablesProxy:
    """Programs the table of each IP version on a node; what is the same on all nodes is worked out once."""

    def __init__(self, cluster: Cluster) -> None:
        proxy = cluster.settings.proxy
        if proxy.node_port_addresses is None:
            proxy = replace(proxy, node_port_addresses="primary")
        self.cluster = replace(cluster, settings=replace(cluster.settings, proxy=proxy))
        self.known = ClusterServices(cluster)
        self.services = {version: ServicePlan(self.known, version) for version in self.known.ports}

    def plan_node(self, namespace: NetworkNamespace, node: Node) -> None:
        """Add the tables, and listen for the health checks of load balancers."""
        for version, services in self.services.items():
            config = proxy_config(namespace, node, self.cluster, version)
            ranges = tuple(each for each in self.cluster.settings.service_cidrs if each.version == version)
            table = _NodeTable(config, ranges).table
            services.add_to(table, config)
            namespace.nftables.add(table)
            listen_for_health_checks(namespace, config, self.known)


class _NodeTable:
    """The table without any Service in it."""

    def __init__(self, config: ProxyConfig, service_ranges: tuple[IPNetwork, ...]) -> None:
        self.config = config
        self.table = Table(Family.IP if config.version == 4 else Family.IP6, TABLE, "rules for kube-proxy")
        self.destination = Address(Side.DESTINATION, config.version)
        self._add_chains()
        self._add_sets()
        self._add_checks(service_ranges)
        self._add_dispatch()
        self._add_masquerading()

    def _add_chains(self) -> None:
        for name, kind, hook, priority in BASE_CHAINS:
            self.table.add_base_chain(name, kind, hook, priority)
        for base, chain, conditions in JUMPS:
            self.table.chain(chain)
            self.table.chain(base).append(*conditions, Jump(chain))

    def _add_sets(self) -> None:
        address = address_type(self.config.version)
        port = (DataType.INET_PROTO, DataType.INET_SERVICE)
        self.table.add_set(NamedSet(HAIRPIN_CONNECTIONS, (address, address, *port), "service hairpin connections"))
        self.table.add_set(NamedSet(CLUSTER_IPS, (address,), "Active ClusterIPs"))
        if self.config.node_port_ips is not None:
            node_ports = NamedSet(NODEPORT_IPS, (address,), "IPs that accept NodePort traffic")
            for own in self.config.node_port_ips:
                if not own.is_loopback:
                    node_ports.add(key_of(own))
            self.table.add_set(node_ports)
        for name, types, comment in (
            (NO_ENDPOINT_SERVICES, (address, *port), "vmap to drop or reject packets to services with no endpoints"),
            (NO_ENDPOINT_NODEPORTS, port, "vmap to drop or reject packets to service nodeports with no endpoints"),
            (FIREWALL_IPS, (address, *port), "destinations that are subject to LoadBalancerSourceRanges"),
            (SERVICE_IPS, (address, *port), "ClusterIP, ExternalIP and LoadBalancer IP traffic"),
            (SERVICE_NODEPORTS, port, "NodePort traffic"),
        ):
            self.table.add_set(VerdictMap(name, types, comment))

    def _add_checks(self, service_ranges: tuple[IPNetwork, ...]) -> None:
        """What becomes of packets for Services that no rule has sent to an endpoint."""
        unused = self.table.chain("cluster-ips-check")
        unused.append(
            InNamedSet(self.destination, CLUSTER_IPS), Reject(), comment="Reject traffic to invalid ports of ClusterIPs"
        )
        if service_ranges:
            in_range = AddressIn(self.destination, AddressSet(service_ranges))
            unused.append(in_range, Drop(), comment="Drop traffic to unallocated ClusterIPs")
        rejecting = self.table.chain(REJECT_CHAIN)
        rejecting.comment = "helper for @no-endpoint-services / @no-endpoint-nodeports"
        rejecting.append(Reject())
        self.table.chain("service-endpoints-check").append(LookUpVerdict(self._service, NO_ENDPOINT_SERVICES))
        local = self._node_port_destination[-1:]
        self.table.chain("nodeport-endpoints-check").append(*local, LookUpVerdict(PORT, NO_ENDPOINT_NODEPORTS))
        self.table.chain("firewall-check").append(LookUpVerdict(self._service, FIREWALL_IPS))

    def _add_dispatch(self) -> None:
        """From a Service's address, or a node port, to the Service's chain."""
        services = self.table.chain("services")
        mark = SetMarkBits(MASQUERADE_MARK)
        to_cluster_ip = InNamedSet(self.destination, CLUSTER_IPS)
        outside = pod_traffic(self.config, negate=True)
        if self.config.masquerade_all:
            services.append(to_cluster_ip, mark)
        elif outside is not None:
            comment = "masquerade clusterIP traffic from outside cluster"
            services.append(to_cluster_ip, outside, mark, comment=comment)
        services.append(LookUpVerdict(self._service, SERVICE_IPS))
        services.append(*self._node_port_destination, LookUpVerdict(PORT, SERVICE_NODEPORTS))

    def _add_masquerading(self) -> None:
        chain = self.table.chain("masquerading")
        chain.append(MarkHas(MASQUERADE_MARK), FlipMarkBits(MASQUERADE_MARK), Masquerade())
        source = Address(Side.SOURCE, self.config.version)
        connection = Concatenation((source, self.destination, *PORT.parts))
        chain.append(DestinationTranslated(), InNamedSet(connection, HAIRPIN_CONNECTIONS), Masquerade())

    @property
    def _service(self) -> Concatenation:
        return Concatenation((self.destination, *PORT.parts))

    @property
    def _node_port_destination(self) -> tuple[Statement, ...]:
        """Whether the packet is for an address that node ports are open on."""
        if self.config.node_port_ips is not None:
            return (InNamedSet(self.destination, NODEPORT_IPS),)
        loopback = LOOPBACK if self.config.version == 4 else LOOPBACK_V6
        return AddressIsLocal(Side.DESTINATION), AddressIn(self.destination, AddressSet((loopback,)), negate=True)
