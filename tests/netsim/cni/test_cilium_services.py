"""Cilium in kube-proxy's place: Services, node ports and host ports in Harbour.

    external ── router ──┬── rack a: n1 172.20.1.11 cilium_host 10.244.1.1: ops/probe .1.9, shop/web-0 .1.5
                         │           n2 172.20.1.12 cilium_host 10.244.2.1: shop/web-1 .2.6, shop/db-0 .2.8
                         └── rack b: n3 172.20.2.13 cilium_host 10.244.3.1: shop/api-0 .3.7, shop/db-1 .3.9

Service shop/web is 10.96.41.80:80 and node port 30080, in front of web-0 and web-1.
"""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest

from netsim import Probe, Simulation
from netsim.linux.routing import Route
from netsim.tools.iptables_save import iptables_save
from netsim.trace import ClientSees
from tests.netsim.cni.cilium_scene import seen, steps, with_cilium
from tests.netsim.harbour import through


def test_a_service_address_is_replaced_before_there_is_a_packet(vxlan: Simulation) -> None:
    found = through(vxlan, Probe("pod/ops/probe", "svc/shop/web:80"), "web-1")

    assert steps(found, "socket-rewrite") == [
        "cil_sock4_connect at connect(): 10.96.41.80:80 becomes 10.244.2.6:8080 (a backend of ClusterIP shop/web:http)"
    ]
    assert "10.96.41.80" not in {str(hop.packet.destination) for hop in found.request.hops}


def test_backends_are_picked_alike(vxlan: Simulation) -> None:
    assert [e.probability for e in vxlan.branches(Probe("pod/ops/probe", "svc/shop/web:80"))] == [0.5, 0.5]


@pytest.mark.parametrize(
    ("source", "destination", "protocol", "sees", "reason"),
    [
        ("pod/ops/probe", "svc/shop/nobody:80", "tcp", "unreachable", "connect() fails with EHOSTUNREACH"),
        ("external", "172.20.1.11:30091", "tcp", "refused", "Service backend not found: NodePort shop/nobody"),
        ("external", "172.20.1.11:30090", "tcp", "refused", "Service backend not found: NodePort shop/local"),
        ("pod/ops/probe", "172.20.1.11:30090", "tcp", "connected", "delivered to shop/api-0"),
        ("external", "172.20.1.11:30092", "udp", "refused", "nothing in shop/web-"),
        ("external", "198.18.0.7:80", "tcp", "timeout", "Not in the source ranges of LoadBalancer shop/limited"),
        ("pod/ops/probe", "198.18.0.7:80", "tcp", "connected", "delivered to shop/web-"),
        ("pod/ops/probe", "172.20.1.99:80", "tcp", "unreachable", "nobody on eth0 of n1 answers for 172.20.1.99"),
        ("pod/ops/probe", "svc/shop/web", "icmp", "unreachable", "router has no route to 10.96.41.80"),
        ("pod/ops/probe", "10.244.1.77:80", "tcp", "timeout", "Unroutable packet: no endpoint has 10.244.1.77"),
        ("pod/ops/probe", "10.244.2.77:80", "tcp", "timeout", "cil_from_host on cilium_host of n2: Unroutable packet"),
        ("pod/ops/probe", "pod/shop/web-1:9", "tcp", "refused", "nothing in shop/web-1 listens on tcp port 9"),
        ("pod/ops/probe", "172.20.1.12:9", "udp", "refused", "nothing in n2 listens on udp port 9"),
        ("pod/ops/probe", "10.244.2.1", "icmp", "connected", "the kernel of n2"),
    ],
    ids=[
        "no backend, from a Pod: connect() fails", "no backend, from outside: ICMP", "policy Local, no backend here",
        "policy Local does not bind the cluster's own", "a backend's ICMP error is translated back",
        "outside the source ranges", "source ranges do not bind the cluster's own",
        "external IPs are left to the network", "a ping of a Service address is not translated",
        "unused address of the node", "unused address of another node", "closed port of a Pod",
        "closed port of another node", "cilium_host of another node",
    ],
)  # fmt: skip
def test_what_the_client_sees(
    vxlan: Simulation, source: str, destination: str, protocol: str, sees: str, reason: str
) -> None:
    for found in vxlan.branches(Probe(source, destination, protocol=protocol)):
        assert (str(found.client_sees), reason in found.reason) == (sees, True), found.reason


def test_a_policy_local_node_port_keeps_the_client_where_the_backend_is(vxlan: Simulation) -> None:
    assert seen(vxlan.trace(Probe("external", "172.20.2.13:30090")))[0] == "203.0.113.50"


def test_a_cluster_ip_is_closed_to_packets_from_outside(harbour_text: str) -> None:
    """Even where the network routes Service addresses to a node (bpf.lbExternalClusterIP is off)."""
    simulation = with_cilium(harbour_text, "{plugin: cilium}")
    router = simulation.network.namespaces["router"]
    to_node = Route(destination=ip_network("10.96.0.0/12"), gateway=ip_address("172.20.1.11"), device="eth-rack-a")
    router.routes.add(to_node)

    found = simulation.trace(Probe("external", "svc/shop/web:80"))

    assert found.client_sees is ClientSees.TIMEOUT
    assert found.reason.startswith("cil_from_netdev on eth0 of n1: Is a ClusterIP")


def test_kube_proxy_is_replaced(vxlan: Simulation) -> None:
    assert "KUBE-" not in iptables_save(vxlan.network.namespaces["n1"])


def test_a_session_finds_its_connection_again(vxlan: Simulation) -> None:
    """The second packet of a NodePort connection goes to the backend of the first, whatever the seed."""
    session = vxlan.session()
    first = session.trace(Probe("external", "172.20.1.11:30080", seed=1, protocol="tcp", source_port=40001))
    again = {
        (e.server.name if e.server else None)
        for e in (session.trace(Probe("external", "172.20.1.11:30080", seed=s, source_port=40001)) for s in range(4))
    }

    assert first.server is not None
    assert again == {first.server.name}


INSIDE = """
apiVersion: v1
kind: Service
metadata: {name: inside, namespace: shop}
spec:
  clusterIP: 10.96.41.95
  internalTrafficPolicy: Local
  selector: {app: web}
  ports: [{port: 80, targetPort: 8080}]
"""


@pytest.mark.parametrize(
    ("source", "servers"),
    [("pod/ops/probe", ["web-0"]), ("pod/shop/db-0", ["web-1"]), ("pod/shop/api-0", [None])],
    ids=["n1: the backend there", "n2: the backend there", "n3: none, connect() fails"],
)
def test_internal_traffic_policy_local_keeps_to_the_node(
    harbour_text: str, source: str, servers: list[str | None]
) -> None:
    simulation = with_cilium(harbour_text, "{plugin: cilium}", INSIDE)
    found = simulation.branches(Probe(source, "svc/shop/inside:80"))

    assert [e.server.name if e.server else None for e in found] == servers


STICKY = """
apiVersion: v1
kind: Service
metadata: {name: sticky, namespace: shop}
spec:
  type: NodePort
  clusterIP: 10.96.41.94
  sessionAffinity: ClientIP
  selector: {app: web}
  ports: [{port: 80, targetPort: 8080, nodePort: 30094}]
"""
GATE = """
apiVersion: v1
kind: Pod
metadata: {name: gate, namespace: ops}
spec:
  nodeName: n1
  containers:
    - name: gate
      ports: [{containerPort: 80, hostPort: 8081}, {containerPort: 443, hostPort: 8443, hostIP: 127.0.0.1}]
status: {podIP: 10.244.1.20}
"""


@pytest.mark.parametrize(
    ("source", "destination"),
    [("pod/ops/probe", "svc/shop/sticky:80"), ("node/n1", "svc/shop/sticky:80"), ("external", "172.20.1.11:30094")],
)
def test_session_affinity_keeps_a_clients_backend(harbour_text: str, source: str, destination: str) -> None:
    session = with_cilium(harbour_text, "{plugin: cilium}", STICKY).session()
    served = {
        exchange.server.name
        for port in range(40000, 40012)
        for exchange in [session.trace(Probe(source, destination, seed=port, source_port=port))]
        if exchange.server is not None
    }

    assert len(served) == 1


def test_without_affinity_connections_spread(vxlan: Simulation) -> None:
    session = vxlan.session()
    probes = (Probe("pod/ops/probe", "svc/shop/web:80", seed=n, source_port=40000 + n) for n in range(12))

    assert {e.server.name for e in map(session.trace, probes) if e.server is not None} == {"web-0", "web-1"}


@pytest.mark.parametrize(
    ("source", "destination", "seen_source"),
    [
        ("external", "172.20.1.11:8081", "203.0.113.50"),
        ("pod/ops/probe", "172.20.1.11:8081", "10.244.1.9"),
        ("node/n1", "127.0.0.1:8443", "10.244.1.1"),
        ("pod/shop/web-1", "172.20.1.11:8081", "172.20.1.12"),
        ("external", "172.20.1.12:8081", None),
        ("external", "172.20.1.11:8443", None),
    ],
    ids=[
        "from outside", "from a Pod of the node", "from the node itself", "from another node's Pod, masqueraded",
        "another node does not have it", "only on its host IP",
    ],
)  # fmt: skip
def test_host_ports_are_in_the_maps(harbour_text: str, source: str, destination: str, seen_source: str | None) -> None:
    simulation = with_cilium(harbour_text, "{plugin: cilium}", GATE)
    found = simulation.trace(Probe(source, destination))

    assert "CNI-HOSTPORT" not in iptables_save(simulation.network.namespaces["n1"])
    assert (str(found.seen_by_server.source) if found.seen_by_server else None) == seen_source
