"""Looking names up: every query is a packet, and what stops packets stops names. Harbour is in harbour.py.

ops/probe (n1) ── 10.96.0.10 ──┬── kube-system/coredns-a (n1)
                               └── kube-system/coredns-b (n3) ── 203.0.113.50, the name server outside
"""

from __future__ import annotations

import pytest

import netsim
from netsim.kubernetes.dns.message import Question, RecordType
from tests.netsim.harbour import simulate
from tests.netsim.kubernetes.dns.cluster_zone import corefile
from tests.netsim.requests.test_requests import simulate as edge

PROBE = "pod/ops/probe"


def lookup(simulation: netsim.Simulation, name: str, source: str = PROBE, *types: str) -> netsim.Resolution:
    resolver = netsim.Resolver(simulation.session(), simulation.cluster, source)
    return resolver.lookup(name, tuple(RecordType(wanted) for wanted in types or ("A", "AAAA")))


@pytest.mark.parametrize(
    ("source", "name", "queries"),
    [
        ("pod/shop/web-0", "web", 2),
        ("pod/shop/web-0", "api.github.com", 8),
        ("pod/ops/probe", "web.shop", 4),
        ("pod/ops/probe", "web.shop.svc.cluster.local", 8),
        ("pod/ops/probe", "web.shop.svc.cluster.local.", 2),
        ("pod/ops/probe", "nosuch", 8),
    ],
)
def test_a_name_costs_queries(simulation, source, name, queries):
    assert len(lookup(simulation, name, source).queries) == queries


def test_a_query_is_a_packet_to_the_dns_service(simulation):
    query = lookup(simulation, "web.shop").queries[-1]
    assert query.exchange.server is not None
    assert query.exchange.server.name in ("coredns-a", "coredns-b")
    assert query.exchange.request.hops[0].packet.destination == query.server
    assert query.exchange.request.hops[0].packet.payload == len("web.shop.svc.cluster.local") + 18


def test_a_name_outside_is_asked_for_by_coredns_itself(simulation):
    upstream = lookup(simulation, "example.com").queries[-2].upstream
    assert [(str(query.server), query.outcome) for query in upstream] == [("203.0.113.50", "NOERROR")]
    assert upstream[0].exchange.request.hops[0].namespace.startswith("kube-system/coredns-")


@pytest.mark.parametrize(
    ("name", "source", "rcode", "answers"),
    [
        pytest.param("web.shop", PROBE, "NOERROR", ["10.96.41.80"], id="a Service"),
        pytest.param("pay.shop", PROBE, "NOERROR", ["pay.example.net", "203.0.113.50"], id="an ExternalName"),
        pytest.param("shop.svc", PROBE, "NOERROR", [], id="a name without records"),
        pytest.param("nosuch", PROBE, "NXDOMAIN", [], id="no name"),
        pytest.param("web.shop", "node/n1", "NXDOMAIN", [], id="a node asks outside"),
        pytest.param("example.com", "node/n1", "NOERROR", ["203.0.113.50"], id="which knows its own names"),
        pytest.param("example.com", "external", "NOERROR", ["203.0.113.50"], id="the machine outside asks itself"),
    ],
)
def test_the_answer_depends_on_who_is_asked(simulation, name, source, rcode, answers):
    found = lookup(simulation, name, source)
    assert (found.rcode, [record.data for record in found.answers]) == (rcode, answers)


def test_a_reverse_lookup_names_the_service(simulation):
    resolver = netsim.Resolver(simulation.session(), simulation.cluster, PROBE)
    address = simulation.cluster.service("shop", "web").cluster_ips[0]
    assert [record.data for record in resolver.reverse(address).answers] == ["web.shop.svc.cluster.local"]


NO_DNS_ENDPOINTS = """
apiVersion: v1
kind: Service
metadata: {name: kube-dns, namespace: kube-system}
spec:
  clusterIP: 10.96.0.10
  selector: {k8s-app: nothing}
  ports: [{name: dns, port: 53, protocol: UDP}, {name: dns-tcp, port: 53}]
"""


def test_a_dns_service_without_endpoints_refuses_and_ends_the_walk():
    found = lookup(simulate(NO_DNS_ENDPOINTS), "web.shop")
    assert found.rcode == "refused"
    assert [query.question.name for query in found.queries] == ["web.shop.ops.svc.cluster.local"] * 4


NO_ANSWER = """
apiVersion: v1
kind: Pod
metadata: {name: probe, namespace: ops}
spec: {nodeName: n1, containers: [{name: c}], dnsPolicy: None, dnsConfig: {nameservers: [172.20.1.77]}}
status: {podIP: 10.244.1.9}
"""


def test_a_server_that_is_not_there_makes_the_client_try_again():
    found = lookup(simulate(NO_ANSWER), "web.shop.")
    assert [query.attempt for query in found.queries] == [1, 1, 2, 2]
    assert found.error == "Temporary failure in name resolution"


SILENT = NO_ANSWER.replace("172.20.1.77", "10.244.3.7, 203.0.113.50") + (
    "---\napiVersion: v1\nkind: Pod\nmetadata: {name: api-0, namespace: shop, labels: {app: api}, "
    "annotations: {netsim.dev/listens: 53/udp}}\n"
    "spec: {nodeName: n3, containers: [{name: api}]}\nstatus: {podIP: 10.244.3.7}\n"
)


def test_the_second_name_server_answers_where_the_first_does_not():
    found = lookup(simulate(SILENT), "example.com.", PROBE, "A")
    assert [query.outcome for query in found.queries] == ["timeout", "NOERROR"]


def headless(endpoints: int) -> str:
    pods = "".join(
        "---\napiVersion: v1\nkind: Pod\n"
        f"metadata: {{name: many-{n}, namespace: shop, labels: {{app: many}}}}\n"
        f"spec: {{nodeName: n2, containers: [{{name: c}}]}}\nstatus: {{podIP: 10.244.2.{100 + n}}}\n"
        for n in range(endpoints)
    )
    return (
        "apiVersion: v1\nkind: Service\nmetadata: {name: many, namespace: shop}\n"
        "spec: {clusterIP: None, selector: {app: many}, ports: [{port: 80}]}\n" + pods
    )


@pytest.mark.parametrize(("endpoints", "protocols"), [(29, ["udp"]), (30, ["udp", "tcp"])])
def test_an_answer_of_more_than_512_bytes_is_asked_for_again_over_tcp(endpoints, protocols):
    """12 + 29 + 4 bytes of header, name, type and class, and 16 for each address."""
    found = lookup(simulate(headless(endpoints)), "many.shop.svc.cluster.local.", PROBE, "A")
    assert [query.protocol for query in found.queries] == protocols
    assert len(found.addresses) == endpoints


def test_without_the_tcp_port_a_long_answer_is_lost():
    only_udp = NO_DNS_ENDPOINTS.replace("k8s-app: nothing", "k8s-app: kube-dns").replace(
        ", {name: dns-tcp, port: 53}", ""
    )
    found = lookup(simulate(headless(40), only_udp), "many.shop.svc.cluster.local.", PROBE, "A")
    assert (found.found, found.queries[-1].protocol) == (False, "tcp")


TO_ITSELF = corefile(".:53 {\n forward . 10.96.0.10\n}")
STUB_RESOLVER = """
apiVersion: v1
kind: List
items:
  - apiVersion: v1
    kind: Node
    metadata: {name: n1, annotations: {netsim.dev/resolv-conf: nameserver 127.0.0.53}}
    spec: {podCIDR: 10.244.1.0/24}
    status: {addresses: [{type: InternalIP, address: 172.20.1.11}]}
"""


@pytest.mark.parametrize(
    ("changes", "crashed"),
    [
        pytest.param((STUB_RESOLVER,), ["coredns-a"], id="the node has a stub resolver on a loopback address"),
        pytest.param(
            (corefile(".:53 {\n loop\n forward . 10.96.0.10\n}"),), ["coredns-a", "coredns-b"], id="its Service"
        ),
        pytest.param((corefile(".:53 {\n loop\n forward . 10.244.1.2\n}"),), ["coredns-a"], id="its own address"),
        pytest.param((TO_ITSELF,), [], id="without the plugin nobody notices"),
        pytest.param((STUB_RESOLVER, corefile(".:53 {\n loop\n forward . 192.0.2.1\n}")), [], id="a real upstream"),
    ],
)
def test_coredns_exits_when_it_finds_itself_behind_its_forwarder(changes, crashed):
    """F18"""
    pods = simulate(*changes).cluster.pods
    assert [pod.name for pod in pods if pod.crash_loop] == crashed
    assert all(not pod.ready for pod in pods if pod.crash_loop)


def test_crashed_servers_leave_the_others_to_answer():
    simulation = simulate(STUB_RESOLVER)
    found = lookup(simulation, "web.shop.", PROBE, "A"), lookup(simulation, "web.shop", PROBE, "A")
    assert {query.exchange.server.name for each in found for query in each.queries} == {"coredns-b"}
    assert found[1].rcode == "NOERROR"
    assert found[1].notice == (
        'Pod kube-system/coredns-a is in CrashLoopBackOff: plugin/loop: Loop (127.0.0.53 -> :53) detected for zone "."'
    )


CRASHED = """
apiVersion: v1
kind: Pod
metadata: {name: web-0, namespace: shop, labels: {app: web}}
spec: {nodeName: n1, containers: [{name: web, ports: [{containerPort: 8080}]}]}
status:
  podIP: 10.244.1.5
  containerStatuses: [{name: web, state: {waiting: {reason: CrashLoopBackOff, message: back-off 5m0s}}}]
"""


def test_nobody_listens_in_a_pod_that_crashes():
    simulation = simulate(CRASHED)
    assert not simulation.cluster.pod("shop", "web-0").ready
    assert simulation.trace(netsim.Probe(PROBE, "10.244.1.5:8080")).client_sees == "refused"


def test_servers_that_forward_to_themselves_give_up():
    assert lookup(simulate(TO_ITSELF), "example.com.", PROBE, "A").rcode == "SERVFAIL"


def test_a_cluster_without_dns_pods_says_so():
    cluster = netsim.load_cluster(
        [("c", "apiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: x}\nspec: {containers: [{name: c}]}")]
    )
    assert "no DNS server" in lookup(netsim.Simulation(cluster), "web", "pod/x/p").notice


SMALL = """
apiVersion: v1
kind: Pod
metadata: {name: p, namespace: x, labels: {app: web}}
spec: {containers: [{name: c, ports: [{containerPort: 80}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: x}
spec: {clusterIP: 10.96.3.3, selector: {app: web}, ports: [{port: 80}]}
"""


def test_names_of_a_cluster_without_dns_are_answered_without_packets():
    simulation = netsim.Simulation(netsim.load_cluster([("small", SMALL)]))
    found = lookup(simulation, "web", "pod/x/p")
    assert (found.rcode, [str(address) for address in found.addresses]) == ("NOERROR", ["10.96.3.3"])
    assert [query.exchange for query in found.queries] == [None, None]
    assert lookup(simulation, "nosuch", "pod/x/p").rcode == "NXDOMAIN"
    assert lookup(simulation, "example.com", "pod/x/p").found
    assert netsim.Terminal(simulation, "pod/x/p").run("curl -s http://web").text.startswith("Hostname: p\n")


def test_a_dns_service_without_pods_is_no_dns():
    without_pods = netsim.load_cluster([("small", SMALL + "---" + NO_DNS_ENDPOINTS)])
    assert lookup(netsim.Simulation(without_pods), "web", "pod/x/p").rcode == "refused"


def test_dig_asks_one_server_and_knows_no_search_list(simulation):
    resolver = netsim.Resolver(simulation.session(), simulation.cluster, PROBE)
    asked = resolver.ask(resolver.conf.nameservers[0], Question("web.shop", RecordType.A))
    assert [query.outcome for query in asked] == ["NXDOMAIN"]


@pytest.mark.parametrize("name", ["a" * 64, "a..b", "ü.example", "x." * 127 + "y"])
def test_what_is_no_name_is_refused(simulation, name):
    with pytest.raises(netsim.NetsimError, match="is not a DNS name"):
        lookup(simulation, name)


PUBLISHED = """
apiVersion: v1
kind: Service
metadata: {name: nginx, namespace: edge}
spec:
  type: LoadBalancer
  clusterIP: 10.96.50.50
  selector: {app.kubernetes.io/name: ingress-nginx}
  ports: [{name: http, port: 80, targetPort: http}]
status: {loadBalancer: {ingress: [{ip: 198.51.100.20}]}}
"""


def test_a_name_that_an_ingress_publishes_leads_to_its_load_balancer():
    found = lookup(edge(PUBLISHED), "shop.example", "external", "A")
    assert [str(address) for address in found.addresses] == ["198.51.100.20"]


OVER_TCP = """
apiVersion: v1
kind: Pod
metadata: {name: careful, namespace: ops}
spec: {nodeName: n1, containers: [{name: c}], dnsConfig: {options: [{name: use-vc}]}}
"""


def test_the_option_use_vc_asks_over_tcp_only():
    queries = lookup(simulate(OVER_TCP), "web.shop", "pod/ops/careful").queries
    assert {str(query.protocol) for query in queries} == {"tcp"}
