"""What a server sees and what a client feels, against what was measured on a real kernel (flannel VXLAN, iptables).

The figures are those of kernel labs with the same layout: which source address and TTL arrive, who answers when nobody
listens, what a router that knows no Service addresses says. The cluster is drawn in harbour.py.
"""

from __future__ import annotations

import pytest

from netsim import Probe
from netsim.trace import ClientSees, Disposition
from tests.netsim.harbour import simulate, taps, through

WEB, WEB_NODE_PORT = "svc/shop/web:80", 30080

ARRIVALS = [
    ("pod to Pod on the same node is bridged", "pod/ops/probe", "pod/shop/web-0:8080", "web-0", "10.244.1.9", 64),
    ("pod to Pod on another node is routed twice", "pod/ops/probe", "pod/shop/web-1:8080", "web-1", "10.244.1.9", 62),
    ("pod to Service, endpoint on the same node", "pod/ops/probe", WEB, "web-0", "10.244.1.9", 64),
    ("pod to Service, endpoint elsewhere", "pod/ops/probe", WEB, "web-1", "10.244.1.9", 62),
    ("hairpin: the bridge's address, still bridged", "pod/shop/web-0", WEB, "web-0", "10.244.1.1", 64),
    ("node to Service, endpoint on it", "node/n1", WEB, "web-0", "10.244.1.1", 64),
    ("node to Service, endpoint elsewhere: the tunnel's address", "node/n1", WEB, "web-1", "10.244.1.0", 63),
    ("node to its own Pod", "node/n1", "pod/shop/web-0:8080", "web-0", "10.244.1.1", 64),
    ("node to another node's Pod", "node/n1", "pod/shop/web-1:8080", "web-1", "10.244.1.0", 63),
    ("outside to node port, endpoint on that node", "external", "node/n1:30080", "web-0", "10.244.1.1", 62),
    ("outside to node port, endpoint elsewhere", "external", "node/n1:30080", "web-1", "10.244.1.0", 61),
    ("pod to another node's node port, endpoint there", "pod/ops/probe", "node/n2:30080", "web-1", "10.244.2.1", 62),
    ("node to its own node port on localhost", "node/n1", "127.0.0.1:30080", "web-1", "10.244.1.0", 63),
    ("pod to the world", "pod/ops/probe", "203.0.113.50:80", "external", "172.20.1.11", 62),
    ("a process to itself", "pod/shop/web-0", "127.0.0.1:8080", "web-0", "127.0.0.1", 64),
]


@pytest.mark.parametrize(
    ("source", "destination", "server", "seen", "ttl"), [a[1:] for a in ARRIVALS], ids=[a[0] for a in ARRIVALS]
)
def test_the_server_sees_the_measured_source_and_ttl(simulation, source, destination, server, seen, ttl):
    exchange = through(simulation, Probe(source, destination), server)
    assert exchange.client_sees is ClientSees.CONNECTED
    assert (str(exchange.seen_by_server.source), exchange.seen_by_server.ttl) == (seen, ttl)


FAILURES = [
    ("closed TCP port", "pod/shop/web-1:81", "tcp", "refused", Disposition.NO_LISTENER),
    ("closed UDP port", "pod/shop/web-1:81", "udp", "refused", Disposition.NO_LISTENER),
    ("unused address of another node's Pods", "10.244.2.99:80", "tcp", "unreachable", Disposition.NEIGHBOR_UNREACHABLE),
    ("unused address of the own node's Pods", "10.244.1.99:80", "tcp", "unreachable", Disposition.NEIGHBOR_UNREACHABLE),
    ("port that the Service does not have", "svc/shop/web:81", "tcp", "unreachable", Disposition.NO_ROUTE),
    ("Service address that nobody has", "10.96.200.200:80", "tcp", "unreachable", Disposition.NO_ROUTE),
    ("ping of a ClusterIP", "svc/shop/web", "icmp", "unreachable", Disposition.NO_ROUTE),
    ("address outside that nobody has", "8.8.8.8:53", "udp", "unreachable", Disposition.NO_ROUTE),
]


@pytest.mark.parametrize(
    ("destination", "protocol", "sees", "verdict"), [f[1:] for f in FAILURES], ids=[f[0] for f in FAILURES]
)
def test_the_client_feels_the_measured_failure(simulation, destination, protocol, sees, verdict):
    exchange = simulation.trace(Probe("pod/ops/probe", destination, protocol=protocol))
    assert (exchange.client_sees, exchange.verdict) == (sees, verdict)


NO_ENDPOINTS = """
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec:
  type: NodePort
  clusterIP: 10.96.41.80
  selector: {app: wbe}
  ports: [{name: http, port: 80, targetPort: http, nodePort: 30080}]
"""


@pytest.mark.parametrize("source", ["pod/ops/probe", "node/n1", "external"])
def test_a_service_without_endpoints_refuses_at_once(source):
    destination = "node/n1:30080" if source == "external" else WEB
    exchange = simulate(NO_ENDPOINTS).trace(Probe(source, destination))
    assert (exchange.client_sees, exchange.verdict) == (ClientSees.REFUSED, Disposition.REJECTED)


def test_the_reason_names_the_rule_that_rejects():
    exchange = simulate(NO_ENDPOINTS).trace(Probe("pod/ops/probe", WEB))
    assert "filter chain KUBE-SERVICES" in exchange.reason
    assert "shop/web:http has no endpoints" in exchange.reason


def local_only(policy: str) -> str:
    return NO_ENDPOINTS.replace("app: wbe", "app: web").replace("type: NodePort", f"type: NodePort\n  {policy}: Local")


@pytest.mark.parametrize(
    ("policy", "source", "destination", "server", "sees"),
    [
        ("externalTrafficPolicy", "external", "node/n2:30080", "203.0.113.50", "connected"),
        ("externalTrafficPolicy", "external", "node/n3:30080", None, "timeout"),
        ("externalTrafficPolicy", "pod/shop/api-0", "node/n3:30080", "10.244.3.7", "connected"),
        ("internalTrafficPolicy", "pod/ops/probe", WEB, "10.244.1.9", "connected"),
        ("internalTrafficPolicy", "pod/shop/api-0", WEB, None, "timeout"),
    ],
    ids=[
        "outside keeps its address where an endpoint is local",
        "outside is dropped where none is",
        "a Pod on that node may use any endpoint",
        "inside stays on the node",
        "inside is dropped where no endpoint is local",
    ],
)
def test_local_policies_keep_or_drop(policy, source, destination, server, sees):
    exchange = simulate(local_only(policy)).trace(Probe(source, destination))
    seen = str(exchange.seen_by_server.source) if exchange.seen_by_server else None
    assert (seen, exchange.client_sees) == (server, sees)


def test_the_packet_passes_the_measured_capture_points(simulation):
    """probe → web-1 through the ClusterIP: bridge, DNAT, tunnel, switch, tunnel, bridge."""
    exchange = through(simulation, Probe("pod/ops/probe", WEB), "web-1")
    veth = {
        name: simulation.network.namespaces[name].interfaces["eth0"].peer_name for name in ("ops/probe", "shop/web-1")
    }
    assert taps(exchange.request) == [
        "ops/probe None local",
        "ops/probe eth0 out",
        f"n1 {veth['ops/probe']} in",
        "n1 cni0 in",
        "n1 flannel.1 out",
        "n1 eth0 out",
        "underlay p-n1 in",
        "underlay p-n2 out",
        "n2 eth0 in",
        "n2 flannel.1 in",
        "n2 cni0 out",
        f"n2 {veth['shop/web-1']} out",
        "shop/web-1 eth0 in",
    ]


def test_the_bridge_shows_the_translated_destination_before_routing(simulation):
    exchange = through(simulation, Probe("pod/ops/probe", WEB), "web-1")
    at_bridge = next(hop for hop in exchange.request.hops if hop.interface == "cni0")
    assert (str(at_bridge.packet.destination), at_bridge.packet.ttl) == ("10.244.2.6", 64)


def test_bridged_translation_keeps_the_clients_mac(simulation):
    exchange = through(simulation, Probe("pod/ops/probe", WEB), "web-0")
    client = simulation.network.namespaces["ops/probe"].interfaces["eth0"]
    assert exchange.seen_by_server.frame.source == client.mac


def test_a_hairpin_frame_comes_from_the_pods_own_mac(simulation):
    exchange = through(simulation, Probe("pod/shop/web-0", WEB), "web-0")
    frame = exchange.seen_by_server.frame
    assert frame.source == frame.destination


def test_the_reply_leaves_with_the_service_address_again(simulation):
    exchange = through(simulation, Probe("pod/ops/probe", WEB), "web-1")
    last = exchange.reply.packet
    assert (str(last.source), last.ports) == ("10.96.41.80", (80, 41000))


def test_the_outer_packet_has_a_ttl_of_its_own_and_fifty_bytes_more(simulation):
    exchange = through(simulation, Probe("pod/ops/probe", WEB), "web-1")
    outer = next(hop.packet for hop in exchange.request.hops if hop.packet.inner is not None)
    assert (outer.ttl, outer.dont_fragment, outer.length - outer.inner.length) == (64, False, 50)


@pytest.mark.parametrize(
    ("destination", "protocol", "answers"),
    [
        ("pod/shop/web-0", "icmp", ["10.244.1.5"]),
        ("pod/shop/web-1", "icmp", ["10.244.1.1", "10.244.2.0", "10.244.2.6"]),
        ("svc/shop/web:80", "tcp", ["10.96.41.80", "10.96.41.80", "10.96.41.80"]),
    ],
    ids=["same node: one hop", "another node: bridge, far tunnel end, Pod", "a Service hides every hop behind itself"],
)
def test_traceroute_shows_the_measured_hops(simulation, destination, protocol, answers):
    """Seed 3 sends the TCP probes to web-1, so that there are three hops."""
    seed = next(s for s in range(99) if simulation.trace(Probe("pod/ops/probe", WEB, seed=s)).server.name == "web-1")
    heard = []
    for ttl in range(1, len(answers) + 1):
        exchange = simulation.trace(Probe("pod/ops/probe", destination, protocol=protocol, ttl=ttl, seed=seed))
        heard.append(str(exchange.reply.packet.source))
    assert heard == answers


def test_the_random_branches_add_up_to_one(simulation):
    exchanges = simulation.branches(Probe("pod/ops/probe", WEB))
    assert {e.server.name: e.probability for e in exchanges} == {"web-0": 0.5, "web-1": 0.5}


def test_the_same_seed_takes_the_same_branch(simulation):
    probe = Probe("pod/ops/probe", WEB, seed=7)
    assert simulation.trace(probe) == simulation.trace(probe)


def test_seeds_reach_every_endpoint(simulation):
    servers = {simulation.trace(Probe("pod/ops/probe", WEB, seed=seed)).server.name for seed in range(20)}
    assert servers == {"web-0", "web-1"}


def test_an_icmp_error_quotes_what_the_client_sent(simulation):
    """The router refuses a masqueraded packet; the quote comes back with the Pod's own address."""
    exchange = simulation.trace(Probe("pod/ops/probe", "8.8.8.8:53", protocol="udp"))
    quoted = exchange.reply.packet.transport.quoted
    assert (str(quoted.source), str(quoted.destination), quoted.ports) == ("10.244.1.9", "8.8.8.8", (41000, 53))


def test_udp_gets_its_answer(simulation):
    exchange = simulation.trace(Probe("pod/ops/probe", "svc/kube-system/kube-dns:53", protocol="udp"))
    assert exchange.client_sees is ClientSees.CONNECTED


def test_the_client_outside_can_have_any_address(simulation):
    exchange = through(
        simulate(local_only("externalTrafficPolicy")), Probe("external/198.51.100.7", "node/n2:30080"), "web-1"
    )
    assert str(exchange.seen_by_server.source) == "198.51.100.7"
