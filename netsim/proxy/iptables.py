"""kube-proxy in iptables mode: the chains that exist on every node, around those of the Services.

Source: pkg/proxy/iptables/proxier.go (iptablesJumpChains, syncProxyRules), as on a kernel without nfnetlink_acct,
whose counters kube-proxy then leaves out.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Network, ip_network

from netsim.kubernetes.cluster import Cluster
from netsim.kubernetes.objects import EndpointSlice, Node
from netsim.kubernetes.settings import LocalDetector, ProxySettings
from netsim.linux.namespace import NetworkNamespace, Socket
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
from netsim.linux.routing import IPNetwork
from netsim.packet import IPAddress, Protocol
from netsim.proxy.endpoints import backends_of, categorize
from netsim.proxy.iptables_services import MASQUERADE_MARK, PortRules, ProxyConfig
from netsim.proxy.service_ports import ProxiedPort, proxied_ports

LARGE_CLUSTER_ENDPOINTS = 1000
"""Above it the rules that there are most of lose their comments."""
LOOPBACK = IPv4Network("127.0.0.0/8")
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
        self.slices: dict[tuple[str, str], list[EndpointSlice]] = {}
        for piece in cluster.endpoint_slices:
            self.slices.setdefault((piece.namespace, piece.service_name), []).append(piece)
        addresses = [a for node in cluster.nodes for a in node.addresses]
        addresses += [a for service in cluster.services for a in service.cluster_ips]
        versions = sorted({4, *(address.version for address in addresses)})
        self.ports = {version: proxied_ports(cluster.services, version) for version in versions}

    def plan_node(self, namespace: NetworkNamespace, node: Node) -> None:
        for version, ports in self.ports.items():
            program_node(namespace, proxy_config(namespace, node, self.cluster, version), ports, self.slices)


def proxy_config(namespace: NetworkNamespace, node: Node, cluster: Cluster, version: int) -> ProxyConfig:
    """kube-proxy's settings on one node; its own addresses come from the node's devices."""
    settings = cluster.settings.proxy
    primary = next((address for address in node.addresses if address.version == version), None)
    ranges = _node_port_ranges(settings, primary, version)
    return ProxyConfig(
        version=version,
        node_name=node.name,
        node_ip=primary,
        zone=node.zone,
        masquerade_all=settings.masquerade_all,
        pod_range=_pod_range(settings, node, cluster.settings.pod_cidrs, version),
        localhost_node_ports=(
            version == 4 and settings.localhost_node_ports and any(each.overlaps(LOOPBACK) for each in ranges)
        ),
        node_port_ips=None if any(each.prefixlen == 0 for each in ranges) else _own_addresses(namespace, ranges),
    )


def _pod_range(settings: ProxySettings, node: Node, pod_cidrs: tuple[IPNetwork, ...], version: int) -> IPNetwork | None:
    """The source range by which Pod traffic is told from the rest; None where it cannot be (pkg/proxy/util
    LocalTrafficDetector)."""
    candidates: tuple[IPNetwork, ...] = ()
    if settings.local_detector is LocalDetector.CLUSTER_CIDR:
        candidates = settings.cluster_cidrs or pod_cidrs
    elif settings.local_detector is LocalDetector.NODE_CIDR:
        candidates = node.pod_cidrs
    return next((each for each in candidates if each.version == version), None)


def _node_port_ranges(settings: ProxySettings, primary: IPAddress | None, version: int) -> tuple[IPNetwork, ...]:
    """The ranges of nodePortAddresses in one IP family; everything where none is given (NewNodePortAddresses)."""
    if settings.node_port_addresses == "primary" and primary is not None:
        return (ip_network(primary),)
    given = settings.node_port_addresses if isinstance(settings.node_port_addresses, tuple) else ()
    ranges = tuple(each for each in given if each.version == version)
    return ranges or (ip_network("0.0.0.0/0" if version == 4 else "::/0"),)


def _own_addresses(namespace: NetworkNamespace, ranges: tuple[IPNetwork, ...]) -> tuple[IPAddress, ...]:
    """The namespace's addresses within the ranges, range by range (GetNodeIPs)."""
    own = [address.ip for interface in namespace.interfaces.values() for address in interface.addresses]
    return tuple(dict.fromkeys(ip for each in ranges for ip in own if ip in each))


def program_node(
    namespace: NetworkNamespace, config: ProxyConfig, ports: tuple[ProxiedPort, ...],
    slices: dict[tuple[str, str], list[EndpointSlice]],
) -> None:  # fmt: skip
    """Write the rules of one IP family into a node's namespace.

    ``slices`` holds the EndpointSlices of each Service by its (namespace, name).
    """
    nat, filter_table = _make_chains(namespace.netfilter, config)
    if config.localhost_node_ports:
        namespace.sysctls["net.ipv4.conf.all.route_localnet"] = 1
    backends = {port: backends_of(port, slices.get(port.service, ()), config.node_name) for port in ports}
    with_comments = sum(map(len, backends.values())) <= LARGE_CLUSTER_ENDPOINTS
    for port in ports:
        usable = categorize(backends[port], port, config.node_name, config.zone)
        PortRules(nat, filter_table, port, usable, config, with_comments).write()
    _add_node_port_jumps(nat, config)
    _add_forward_rules(filter_table)
    _listen_for_health_checks(namespace, ports)


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


def _listen_for_health_checks(namespace: NetworkNamespace, ports: Iterable[ProxiedPort]) -> None:
    numbers = dict.fromkeys(port.health_check_node_port for port in ports if port.health_check_node_port)
    wanted = [Socket(Protocol.TCP, number, "kube-proxy health check") for number in numbers]
    namespace.sockets += [socket for socket in wanted if socket not in namespace.sockets]
