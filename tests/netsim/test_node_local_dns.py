"""NodeLocal DNSCache as a DaemonSet in the files. The cluster is Harbour, see harbour.py.

ops/probe ── 169.254.20.10 or 10.96.0.10, both on n1's device nodelocaldns
                  └── TCP ── kube-dns-upstream 10.96.0.11 ── coredns-a, coredns-b
"""

from __future__ import annotations

import pytest

import netsim
from netsim.kubernetes.dns.message import RecordType
from netsim.packet import Protocol
from tests.netsim.harbour import simulate

CACHE = """
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: node-local-dns, namespace: kube-system}
spec:
  selector: {matchLabels: {k8s-app: node-local-dns}}
  template:
    metadata: {labels: {k8s-app: node-local-dns}}
    spec:
      hostNetwork: true
      dnsPolicy: Default
      containers:
        - name: node-cache
          ports: [{name: dns, containerPort: 53, protocol: UDP}, {name: dns-tcp, containerPort: 53, protocol: TCP}]
"""
UPSTREAM = """
apiVersion: v1
kind: Service
metadata: {name: kube-dns-upstream, namespace: kube-system}
spec:
  clusterIP: 10.96.0.11
  selector: {k8s-app: kube-dns}
  ports: [{name: dns, port: 53, protocol: UDP}, {name: dns-tcp, port: 53, protocol: TCP}]
"""
SETTINGS = """
apiVersion: netsim.dev/v1
kind: ClusterNetwork
metadata: {name: harbour}
spec:
  clusterDNS: [169.254.20.10]
  proxy: {mode: %s}
  podCIDR: 10.244.0.0/16
  serviceCIDR: 10.96.0.0/16
  underlay: {subnets: [{name: rack-a, cidr: 172.20.1.0/24}, {name: rack-b, cidr: 172.20.2.0/24}]}
"""


def lookup(simulation: netsim.Simulation, name: str, source: str = "pod/ops/probe") -> netsim.Resolution:
    resolver = netsim.Resolver(simulation.session(), simulation.cluster, source)
    return resolver.lookup(name, (RecordType.A,))


@pytest.mark.parametrize(
    ("changes", "server"),
    [
        pytest.param((CACHE, UPSTREAM), "10.96.0.10", id="it takes the address of kube-dns"),
        pytest.param((CACHE, UPSTREAM, SETTINGS % "iptables"), "169.254.20.10", id="the kubelets name its own"),
        pytest.param((CACHE, UPSTREAM, SETTINGS % "ipvs"), "169.254.20.10", id="beside ipvs"),
        pytest.param((CACHE, UPSTREAM, SETTINGS % "nftables"), "169.254.20.10", id="beside nftables"),
        pytest.param((CACHE, SETTINGS % "iptables"), "169.254.20.10", id="without a Service of its own"),
    ],
)
def test_a_query_ends_on_the_own_node_and_goes_on_over_tcp(changes, server):
    query = lookup(simulate(*changes), "web.shop").queries[-1]
    assert (str(query.server), query.outcome) == (server, "NOERROR")
    assert query.exchange.server == netsim.trace.Server("node", None, "n1", "n1")
    assert [asked.protocol for asked in query.upstream] == [Protocol.TCP]
    assert query.upstream[0].exchange.server.name.startswith("coredns-")


def test_a_name_outside_is_asked_for_at_the_servers_of_the_node():
    query = lookup(simulate(CACHE, UPSTREAM), "example.com.").queries[-1]
    assert [(str(asked.server), asked.outcome) for asked in query.upstream] == [("203.0.113.50", "NOERROR")]


def test_queries_leave_no_connection_behind():
    terminal = netsim.Terminal(simulate(CACHE, UPSTREAM), "pod/ops/probe")
    terminal.run("dig web.shop.svc.cluster.local")
    assert "dport=53" not in terminal.on("node/n1").run("conntrack -L -p udp").text


def test_without_the_cache_the_same_query_is_translated(simulation):
    terminal = netsim.Terminal(simulation, "pod/ops/probe")
    terminal.run("dig web.shop.svc.cluster.local")
    assert "dst=10.96.0.10" in terminal.on("node/n1").run("conntrack -L -p udp").text


def test_the_cache_without_a_service_of_its_own_leaves_kube_dns_alone():
    node = netsim.Terminal(simulate(CACHE), "node/n1")
    assert node.run("ip -4 -br addr show nodelocaldns").text.split()[2:] == ["169.254.20.10/32"]
    assert lookup(simulate(CACHE), "web.shop").queries[-1].exchange.server.kind == "pod"


def test_the_rules_print_as_iptables_saves_them():
    saved = netsim.Terminal(simulate(CACHE, UPSTREAM), "node/n1").run("iptables-save -t raw").text
    assert (
        "-A PREROUTING -d 10.96.0.10/32 -p udp -m udp --dport 53 "
        '-m comment --comment "NodeLocal DNS Cache: skip conntrack" -j '
    ) in saved
