"""Faults of the service proxy: rules that are missing or stale, ranges that are wrong, and modes that differ."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Network, ip_interface, ip_network

from netsim.faults.kinds import Choice, FaultKind
from netsim.kubernetes.cluster import Cluster
from netsim.kubernetes.objects import Pod, Protocol, Service
from netsim.kubernetes.parsing import Manifests
from netsim.kubernetes.settings import ClusterNetwork, LocalDetector, ProxyMode, ProxySettings
from netsim.linux.conntrack import FlowTuple
from netsim.linux.namespace import NetworkNamespace
from netsim.linux.netfilter import ConnectionState, Drop, Rule, StateIs
from netsim.linux.routing import Route
from netsim.network import Network
from netsim.packet import IPAddress
from netsim.packet import Protocol as IPProtocol
from netsim.underlay import EXTERNAL, ROUTER

CLIENT_PORT = 41000
"""The source port that the stale entry is about: the one that a probe has unless it is given another."""


def _is_virtual(service: Service) -> bool:
    return bool(service.cluster_ips) and not service.headless


def _serves_udp(service: Service) -> bool:
    return _is_virtual(service) and any(port.protocol is Protocol.UDP for port in service.ports)


def _stop_on_one_node(cluster: Cluster, choice: Choice) -> tuple[str, Cluster]:
    """kube-proxy of one node stopped before this Service came; what it wrote until then stays."""
    unknown = choice.service(cluster.services, _is_virtual)
    known = tuple(service for service in cluster.services if service is not unknown)
    return choice.node(cluster.nodes).name, replace(cluster, services=known)


def _change_proxy(manifests: Manifests, proxy: ProxySettings) -> Manifests:
    return replace(manifests, settings=replace(manifests.settings or ClusterNetwork(), proxy=proxy))


def _mistake_cluster_range(manifests: Manifests, choice: Choice) -> Manifests:
    settings = manifests.settings or ClusterNetwork()
    text = choice.text("clusterCIDR", "10.32.0.0/12")
    try:
        wrong = ip_network(text)
    except ValueError as error:
        raise choice.error("clusterCIDR", str(error)) from None
    return _change_proxy(
        manifests, replace(settings.proxy, local_detector=LocalDetector.CLUSTER_CIDR, cluster_cidrs=(wrong,))
    )


def _move_to_nftables(manifests: Manifests, choice: Choice) -> Manifests:
    settings = manifests.settings or ClusterNetwork()
    return _change_proxy(manifests, replace(settings.proxy, mode=ProxyMode.NFTABLES))


def _answer_for_the_service(network: Network, cluster: Cluster, choice: Choice) -> None:
    """A machine outside the cluster has the ClusterIP for an address, and the routers know the way to it."""
    service = choice.service(cluster.services, _is_virtual)
    address = service.cluster_ips[0]
    host = ip_network(address)
    device = network.namespaces[ROUTER].interfaces["outside"].name

    def move_in(external: NetworkNamespace) -> None:
        card = external.interfaces["eth0"]
        external.add_interface(replace(card, addresses=(*card.addresses, ip_interface(host))))

    network.amend(EXTERNAL, move_in)
    network.amend(ROUTER, lambda router: router.routes.add(Route(destination=host, device=device)))


def _remember_a_dead_endpoint(network: Network, cluster: Cluster, choice: Choice) -> None:
    """The client's node still has the entry of a conversation with a Pod that is gone."""
    service = choice.service(cluster.services, _serves_udp)
    client = choice.pod(cluster.pods, lambda pod: bool(pod.pod_ips) and not pod.host_network)
    port = next(each for each in service.ports if each.protocol is Protocol.UDP)
    source = client.pod_ips[0]
    asked = FlowTuple(source, CLIENT_PORT, service.cluster_ips[0], port.port, IPProtocol.UDP)
    target = port.target_port if isinstance(port.target_port, int) else port.port
    answered = FlowTuple(_address_of_the_dead(cluster, client), target, source, CLIENT_PORT, IPProtocol.UDP)
    network.amend(client.node_name, lambda namespace: namespace.old_connections.append((asked, answered)))


def _address_of_the_dead(cluster: Cluster, client: Pod) -> IPAddress:
    """An address near the end of another node's Pod range, which nobody has."""
    ranges = [
        cidr
        for node in cluster.nodes
        for cidr in node.pod_cidrs
        if isinstance(cidr, IPv4Network) and node.name != client.node_name
    ]
    return (ranges or [IPv4Network("10.244.250.0/24")])[-1][-5]


def _let_invalid_through(network: Network, cluster: Cluster, choice: Choice) -> None:
    """No rule drops what connection tracking does not understand, and it is not told to be liberal either."""
    chains = network.namespaces[cluster.nodes[0].name].netfilter.table("filter").chains
    if "KUBE-FORWARD" not in chains or not any(map(_drops_invalid, chains["KUBE-FORWARD"].rules)):
        raise choice.error("", "kube-proxy has no rule that drops INVALID packets here")
    for node in cluster.nodes:
        network.amend(node.name, _forget_invalid)


def _drops_invalid(rule: Rule) -> bool:
    return rule.target == Drop() and StateIs(frozenset({ConnectionState.INVALID})) in rule.matches


def _forget_invalid(namespace: NetworkNamespace) -> None:
    namespace.sysctls["net.netfilter.nf_conntrack_tcp_be_liberal"] = 0
    for table in namespace.netfilter.tables.values():
        chain = table.chains.get("KUBE-FORWARD")
        if chain is not None:
            chain.rules = [rule for rule in chain.rules if not _drops_invalid(rule)]


FAULTS = (
    FaultKind(
        number=20, name="wrong-cluster-cidr", title="kube-proxy does not know the Pod range",
        symptom="Pods that call a Service arrive with a node's address, so that policies by Pod or namespace fail",
        remedy="set clusterCIDR to the Pod range", options={"clusterCIDR": "the wrong range, 10.32.0.0/12"},
        edit_objects=_mistake_cluster_range,
    ),
    FaultKind(
        number=30, name="kube-proxy-down", title="kube-proxy is down on one node",
        symptom="old Services work there, new ones do not; on other nodes all is well",
        remedy="correct what keeps kube-proxy from starting",
        options={"node": "the Node, the first unless given", "service": "the Service that came too late"},
        proxy_view=_stop_on_one_node,
    ),
    FaultKind(
        number=33, name="foreign-service-range", title="Somebody outside answers pings for a ClusterIP",
        symptom="ping of the ClusterIP succeeds although nothing in the cluster answers it; curl works as ever",
        remedy="test the Service's port; a ClusterIP need not answer ICMP",
        options={"service": "the Service whose address is taken"}, amend_network=_answer_for_the_service,
    ),
    FaultKind(
        number=37, name="late-packets", title="Nothing drops the packets that connection tracking calls INVALID",
        symptom="long transfers through a Service die with connection reset by peer; the client's node sent the reset",
        remedy="drop INVALID in FORWARD, as kube-proxy does, or nf_conntrack_tcp_be_liberal = 1",
        amend_network=_let_invalid_through,
    ),
    FaultKind(
        number=40, name="stale-udp-entry", title="A conntrack entry outlived its endpoint",
        symptom="one client, with one source port, is sent to a Pod that is gone; others are served",
        remedy="conntrack -D -p udp --orig-dst of the Service",
        options={"service": "the UDP Service", "pod": "the client with the entry"},
        amend_network=_remember_a_dead_endpoint,
    ),
    FaultKind(
        number=42, name="localhost-node-port", title="kube-proxy moved to nftables",
        symptom="127.0.0.1:NODEPORT worked on the nodes and is refused now; the node's address works",
        remedy="dial the node's address", edit_objects=_move_to_nftables,
    ),
)  # fmt: skip
