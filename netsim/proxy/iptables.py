"""kube-proxy in iptables mode: the chains that exist on every node, around those of the Services.

Source: pkg/proxy/iptables/proxier.go (iptablesJumpChains, syncProxyRules), as on a kernel without nfnetlink_acct,
whose counters kube-proxy then leaves out.
"""

from __future__ import annotations

from ipaddress import ip_network

from netsim.kubernetes.cluster import Cluster
from netsim.kubernetes.objects import Node
from netsim.kubernetes.settings import LocalDetector
from netsim.linux.namespace import NetworkNamespace
from netsim.linux.netfilter import (
    Accept,
    Comment,
    ConnectionState,
    Destination,
    DestinationIsLocal,
    Drop,
    Jump,
    MarkIs,
    Masquerade,
    Match,
    Netfilter,
    Return,
    SetMark,
    Source,
    StateIs,
    Table,
)
from netsim.proxy.config import LOOPBACK, MASQUERADE_MARK, ProxyConfig, proxy_config
from netsim.proxy.health_checks import listen_for_health_checks
from netsim.proxy.iptables_services import PortRules
from netsim.proxy.service_ports import ProxiedPort
from netsim.proxy.services import ClusterServices, PortEndpoints

LARGE_CLUSTER_ENDPOINTS = 1000
"""Above it the rules that there are most of lose their comments."""
LOOPBACK_V6 = ip_network("::1/128")
NEW = StateIs(frozenset({ConnectionState.NEW}))

JUMPS: tuple[tuple[str, str, str, tuple[Match, ...]], ...] = (
    ("filter", "INPUT", "KUBE-FIREWALL", ()),
    ("filter", "OUTPUT", "KUBE-FIREWALL", ()),
    ("filter", "INPUT", "KUBE-EXTERNAL-SERVICES", (NEW, Comment("kubernetes externally-visible service portals"))),
    ("filter", "FORWARD", "KUBE-EXTERNAL-SERVICES", (NEW, Comment("kubernetes externally-visible service portals"))),
    ("filter", "INPUT", "KUBE-NODEPORTS", (Comment("kubernetes health check service ports"),)),
    ("filter", "FORWARD", "KUBE-SERVICES", (NEW, Comment("kubernetes service portals"))),
    ("filter", "OUTPUT", "KUBE-SERVICES", (NEW, Comment("kubernetes service portals"))),
    ("filter", "FORWARD", "KUBE-FORWARD", (Comment("kubernetes forwarding rules"),)),
    ("filter", "INPUT", "KUBE-PROXY-FIREWALL", (NEW, Comment("kubernetes load balancer firewall"))),
    ("filter", "OUTPUT", "KUBE-PROXY-FIREWALL", (NEW, Comment("kubernetes load balancer firewall"))),
    ("filter", "FORWARD", "KUBE-PROXY-FIREWALL", (NEW, Comment("kubernetes load balancer firewall"))),
    ("nat", "OUTPUT", "KUBE-SERVICES", (Comment("kubernetes service portals"),)),
    ("nat", "PREROUTING", "KUBE-SERVICES", (Comment("kubernetes service portals"),)),
    ("nat", "POSTROUTING", "KUBE-POSTROUTING", (Comment("kubernetes postrouting rules"),)),
)
"""Table, built-in chain, chain jumped to, matches: each is put before what is there, so that the last comes first.

KUBE-FIREWALL is kubelet's; kubelet starts before kube-proxy, so its jumps end up behind the others.
"""


class IptablesProxy:
    """Programs the rules of a node, for IPv4 and, where Services or nodes have such addresses, for IPv6."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.services = ClusterServices(cluster)
        sizes = {version: self.services.count_endpoints(version) for version in self.services.ports}
        self.with_comments = {version: size <= LARGE_CLUSTER_ENDPOINTS for version, size in sizes.items()}
        self._known_rules: dict[int, PortRules] = {}

    def plan_node(self, namespace: NetworkNamespace, node: Node) -> None:
        for version in self.services.ports:
            self._program(namespace, proxy_config(namespace, node, self.cluster, version))

    def _program(self, namespace: NetworkNamespace, config: ProxyConfig) -> None:
        """Write the rules of one IP family into a node's namespace."""
        nat, filter_table = _make_chains(namespace.netfilter, config)
        tables = {"nat": nat, "filter": filter_table}
        if config.localhost_node_ports:
            namespace.sysctls["net.ipv4.conf.all.route_localnet"] = 1
        for port in self.services.ports[config.version]:
            rules = self._rules_of(port, self.services.endpoints(port, config.node_name, config.zone), config)
            for (table, chain), captures in rules.captures().items():
                tables[table].chain(chain).rules.extend(captures)
            nat.chains.promise(rules.entry_chains(), rules.chains, leading_to="KUBE-SEP-")
        _add_node_port_jumps(nat, config)
        _add_forward_rules(filter_table)
        listen_for_health_checks(namespace, config, self.services)

    def _rules_of(self, port: ProxiedPort, endpoints: PortEndpoints, config: ProxyConfig) -> PortRules:
        """The rules of a port, those of an earlier node where the port has the very same endpoints there.

        They differ all the same where they ask for something of the node: its podCIDR, its address in source ranges.
        """
        with_comments = self.with_comments[config.version]
        if self.cluster.settings.proxy.local_detector is LocalDetector.NODE_CIDR or port.source_ranges:
            return PortRules(port, endpoints.usable, config, with_comments)
        known = self._known_rules.get(id(endpoints.usable))
        if known is None:
            known = self._known_rules[id(endpoints.usable)] = PortRules(port, endpoints.usable, config, with_comments)
        return known


def _make_chains(netfilter: Netfilter, config: ProxyConfig) -> tuple[Table, Table]:
    """The chains that exist whatever Services there are, with their own rules and the jumps to them."""
    nat = netfilter.table("nat", config.version)
    filter_table = netfilter.table("filter", config.version)
    for table in (netfilter.table("mangle", config.version), nat, filter_table):
        table.chain("KUBE-PROXY-CANARY")
    for table_name, base, chain, matches in JUMPS:
        table = netfilter.table(table_name, config.version)
        table.chain(chain)
        table.chain(base).prepend(Jump(chain), *matches)
    nat.chain("KUBE-NODEPORTS")
    nat.chain("KUBE-MARK-MASQ").append(SetMark(MASQUERADE_MARK, MASQUERADE_MARK))
    postrouting = nat.chain("KUBE-POSTROUTING")
    postrouting.append(Return(), MarkIs(MASQUERADE_MARK, MASQUERADE_MARK, negate=True))
    postrouting.append(SetMark(MASQUERADE_MARK, 0))
    postrouting.append(Masquerade(random_fully=True), Comment("kubernetes service traffic requiring SNAT"))
    if config.localhost_node_ports:
        known = frozenset({ConnectionState.RELATED, ConnectionState.ESTABLISHED, ConnectionState.DNAT})
        filter_table.chain("KUBE-FIREWALL").append(
            Drop(), Source(LOOPBACK, negate=True), Destination(LOOPBACK),
            Comment("block incoming localnet connections"), StateIs(known, negate=True),
        )  # fmt: skip
    return nat, filter_table


def _add_node_port_jumps(nat: Table, config: ProxyConfig) -> None:
    """The end of KUBE-SERVICES: what is addressed to the node itself may be for a node port."""
    services = nat.chain("KUBE-SERVICES")
    jump = Jump("KUBE-NODEPORTS")
    comment = Comment("kubernetes service nodeports; NOTE: this must be the last rule in this chain")
    if config.node_port_ips is None:
        except_loopback: tuple[Match, ...] = ()
        if config.version == 6:
            except_loopback = (Destination(LOOPBACK_V6, negate=True),)
        elif not config.localhost_node_ports:
            except_loopback = (Destination(LOOPBACK, negate=True),)
        services.append(jump, *except_loopback, comment, DestinationIsLocal())
        return
    for address in config.node_port_ips:
        if not address.is_loopback or config.localhost_node_ports:
            services.append(jump, Destination(ip_network(address)), comment)


def _add_forward_rules(filter_table: Table) -> None:
    forward = filter_table.chain("KUBE-FORWARD")
    forward.append(Drop(), StateIs(frozenset({ConnectionState.INVALID})))
    forward.append(Accept(), Comment("kubernetes forwarding rules"), MarkIs(MASQUERADE_MARK, MASQUERADE_MARK))
    known = frozenset({ConnectionState.RELATED, ConnectionState.ESTABLISHED})
    forward.append(Accept(), Comment("kubernetes forwarding conntrack rule"), StateIs(known))
