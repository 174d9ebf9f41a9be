"""The rules, routes and sockets of a Pod in ambient mode: ztunnel's sockets are in the Pod's own namespace.

Source: cni/pkg/iptables/iptables.go (AppendInpodRules, addLoopbackRoute, addInpodMarkIPRule) in istio/istio, and its
testdata; DNS capture is left out.
"""

from __future__ import annotations

from ipaddress import ip_address, ip_network

from netsim.kubernetes.cluster import Cluster
from netsim.kubernetes.objects import Node, Pod
from netsim.l7.mesh.membership import Mesh, mesh_of
from netsim.linux.ipset import Entry, IpSet, SetType
from netsim.linux.namespace import NetworkNamespace, Socket
from netsim.linux.netfilter import (
    Accept,
    ConnectionMarkIs,
    Destination,
    DestinationPortIsNot,
    Jump,
    MarkIs,
    OutInterface,
    ProtocolIs,
    RedirectToPort,
    RestoreMark,
    SetConnectionMark,
    Snat,
    SocketExists,
    Source,
    TransportModule,
)
from netsim.linux.netfilter.sets import InSet
from netsim.linux.routing import EVERYWHERE, Route, RouteKind, RoutingRule, RoutingTable, Scope
from netsim.packet import Protocol

OUTBOUND, INBOUND_PLAINTEXT, HBONE = 15001, 15006, 15008
MASK = 0xFFF
ZTUNNEL_MARK = 0x539
"""SO_MARK of ztunnel's own connections: 1337."""
CONNECTION_MARK = 0x111
HOST_PROBE = {4: ip_address("169.254.7.127"), 6: ip_address("fd16:9254:7127:1337:ffff:ffff:ffff:ffff")}
"""The source of the kubelet's probes, which the node gives them so that rules can tell them apart."""
LOOPBACK = {4: ip_address("127.0.0.1"), 6: ip_address("::1")}
INBOUND_TABLE = "100"
TCP = ProtocolIs(Protocol.TCP)


def plan_ambient(cluster: Cluster, namespace: NetworkNamespace, pod: Pod) -> None:
    """Enrol a Pod: rules, the way back to ztunnel for spoofed connections, and ztunnel's sockets."""
    process = f"ztunnel for {pod.namespace}/{pod.name}"
    served = serves(cluster, pod.node_name)
    for version in sorted({address.version for address in pod.pod_ips}):
        _rules(namespace, version)
        _way_back(namespace, version)
        if served:
            namespace.sockets.append(Socket(Protocol.TCP, OUTBOUND, process, LOOPBACK[version]))
    for port in (INBOUND_PLAINTEXT, HBONE) if served else ():
        namespace.sockets.append(Socket(Protocol.TCP, port, process))


def plan_ambient_node(cluster: Cluster, namespace: NetworkNamespace, node: Node) -> None:
    """The node gives its own connections to enrolled Pods a source by which they are let through: the kubelet's probes.

    Source: cni/pkg/iptables (CreateHostRulesForHealthChecks) and cni/pkg/ipset.
    """
    enrolled = [
        address
        for pod in cluster.pods_on(node.name)
        if mesh_of(cluster, pod) is Mesh.AMBIENT
        for address in pod.pod_ips
    ]
    for version in sorted({address.version for address in enrolled}):
        entries = (Entry(address) for address in enrolled if address.version == version)
        probed = namespace.add_ipset(IpSet(f"istio-inpod-probes-v{version}", SetType.HASH_IP, version, entries))
        nat = namespace.netfilter.table("nat", version)
        nat.chain("ISTIO_POSTRT").append(Snat(HOST_PROBE[version]), TCP, SocketExists(), InSet(probed, ("dst",)))
        nat.chain("POSTROUTING").append(Jump("ISTIO_POSTRT"))


def serves(cluster: Cluster, node_name: str) -> bool:
    """Whether a node has its ztunnel: a ready Pod ``app: ztunnel``, or no such Pod is in the files at all."""
    ztunnels = [pod for pod in cluster.pods if pod.meta.labels.get("app") == "ztunnel" and not pod.finished]
    return not ztunnels or any(pod.ready and pod.node_name == node_name for pod in ztunnels)


def _rules(namespace: NetworkNamespace, version: int) -> None:
    mangle, nat = namespace.netfilter.table("mangle", version), namespace.netfilter.table("nat", version)
    bits = 32 if version == 4 else 128
    probe = ip_network(f"{HOST_PROBE[version]}/{bits}")
    away = Destination(ip_network(f"{LOOPBACK[version]}/{bits}"), negate=True)
    not_ztunnel = MarkIs(ZTUNNEL_MARK, MASK, negate=True)
    tcp = TransportModule(Protocol.TCP)
    mangle.chain("PREROUTING").append(Jump("ISTIO_PRERT"))
    mangle.chain("OUTPUT").append(Jump("ISTIO_OUTPUT"))
    nat.chain("OUTPUT").append(Jump("ISTIO_OUTPUT"))
    nat.chain("PREROUTING").append(Jump("ISTIO_PRERT"))
    mangle.chain("ISTIO_PRERT").append(SetConnectionMark(CONNECTION_MARK, MASK), MarkIs(ZTUNNEL_MARK, MASK))
    mangle.chain("ISTIO_OUTPUT").append(RestoreMark(), ConnectionMarkIs(CONNECTION_MARK, MASK))
    prerouting, output = nat.chain("ISTIO_PRERT"), nat.chain("ISTIO_OUTPUT")
    prerouting.append(Accept(), Source(probe), TCP, tcp)
    captured = (away, TCP, DestinationPortIsNot(Protocol.TCP, HBONE), not_ztunnel)
    prerouting.append(RedirectToPort(INBOUND_PLAINTEXT), *captured)
    output.append(Accept(), Destination(probe), TCP, tcp)
    output.append(Accept(), TCP, MarkIs(CONNECTION_MARK, MASK))
    output.append(Accept(), away, OutInterface("lo"))
    output.append(RedirectToPort(OUTBOUND), away, TCP, not_ztunnel)


def _way_back(namespace: NetworkNamespace, version: int) -> None:
    """``ip rule add fwmark 0x111/0xfff pref 32764 lookup 100``; ``ip route add local default dev lo table 100``."""
    table = namespace.tables.setdefault(INBOUND_TABLE, RoutingTable())
    table.add(Route(destination=EVERYWHERE[version], device="lo", kind=RouteKind.LOCAL, scope=Scope.HOST))
    rule = RoutingRule(priority=32764, table=INBOUND_TABLE, version=version, mark=CONNECTION_MARK, mask=MASK)
    namespace.routing_rules = tuple(sorted((*namespace.routing_rules, rule), key=lambda each: each.priority))
