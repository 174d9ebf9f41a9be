"""iptables-save's text, checked against the real iptables where it is installed."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest

from netsim.build import build_network
from netsim.linux.namespace import NetworkNamespace
from netsim.loading import load_cluster
from netsim.network import Network
from netsim.tools.iptables_save import iptables_save

POLICIES = """
apiVersion: v1
kind: Service
metadata: {name: shop-front, namespace: shop}
spec:
  type: LoadBalancer
  clusterIP: 10.96.50.1
  selector: {app: web}
  externalTrafficPolicy: Local
  internalTrafficPolicy: Local
  sessionAffinity: ClientIP
  healthCheckNodePort: 32000
  externalIPs: [198.51.100.30]
  loadBalancerSourceRanges: [203.0.113.0/24, 172.20.1.0/24]
  ports:
    - {name: http, port: 80, targetPort: http, nodePort: 30090}
    - {name: quic, port: 443, targetPort: 8443, protocol: UDP, nodePort: 30443}
    - {name: assoc, port: 36412, protocol: SCTP, nodePort: 30412}
status: {loadBalancer: {ingress: [{ip: 198.51.100.20}]}}
---
apiVersion: v1
kind: Service
metadata: {name: nobody, namespace: shop}
spec: {type: NodePort, clusterIP: 10.96.50.2, selector: {app: nobody}, ports: [{port: 80, nodePort: 30091}]}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: gate, namespace: ops}
spec:
  selector: {matchLabels: {app: gate}}
  template:
    metadata: {labels: {app: gate}}
    spec: {containers: [{name: gate, ports: [{containerPort: 80, hostPort: 80}, {containerPort: 443, hostPort: 443}]}]}
"""
DUAL_STACK = """
apiVersion: v1
kind: Service
metadata: {name: six, namespace: shop}
spec: {type: NodePort, clusterIP: 'fd00:96::50', clusterIPs: ['fd00:96::50'], ipFamilies: [IPv6],
       ports: [{name: p, port: 80, nodePort: 30096}, {name: q, port: 81, nodePort: 30097}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: six-x, namespace: shop, labels: {kubernetes.io/service-name: six}}
addressType: IPv6
ports: [{name: p, port: 8080}]
endpoints: [{addresses: ['fd00:10:244::5']}, {addresses: ['fd00:10:244::6']}, {addresses: ['fd00:10:244::7']}]
"""


@pytest.fixture(scope="module")
def every_kind_of_rule(harbour_text: str) -> Network:
    """Harbour with Services of every type, policy and protocol, IPv6 ones too, and host ports."""
    text = harbour_text.replace("serviceCIDR: 10.96.0.0/16", "serviceCIDR: '10.96.0.0/16,fd00:96::/112'")
    sources = [("harbour.yaml", text), ("policies.yaml", POLICIES), ("six.yaml", DUAL_STACK)]
    return build_network(load_cluster(sources))


def test_a_namespace_without_rules_gives_no_text() -> None:
    assert iptables_save(NetworkNamespace("empty")) == ""


def test_built_in_chains_come_first_and_the_others_by_name(harbour_network: Network) -> None:
    text = iptables_save(harbour_network.namespaces["n1"])
    filter_table = text[text.index("*filter") : text.index("*nat")]

    assert re.findall(r"^:(\S+) (\S+) \[0:0\]$", filter_table, re.MULTILINE) == [
        ("INPUT", "ACCEPT"),
        ("FORWARD", "ACCEPT"),
        ("OUTPUT", "ACCEPT"),
        ("FLANNEL-FWD", "-"),
        ("KUBE-EXTERNAL-SERVICES", "-"),
        ("KUBE-FIREWALL", "-"),
        ("KUBE-FORWARD", "-"),
        ("KUBE-NODEPORTS", "-"),
        ("KUBE-PROXY-CANARY", "-"),
        ("KUBE-PROXY-FIREWALL", "-"),
        ("KUBE-SERVICES", "-"),
    ]


@pytest.mark.kernel
@pytest.mark.parametrize("node", ["n1", "n3"])
@pytest.mark.parametrize(
    ("version", "program", "shown"),
    [
        (4, "iptables", ["-m recent --rcheck", "-j REJECT --reject-with icmp-port-unreachable", "-m multiport"]),
        (6, "ip6tables", ["--probability 0.33333333349", "-j REJECT --reject-with icmp6-port-unreachable"]),
    ],
    ids=["IPv4", "IPv6"],
)
def test_the_real_iptables_loads_the_text_and_prints_it_back(
    every_kind_of_rule: Network, node: str, version: int, program: str, shown: list[str]
) -> None:
    text = iptables_save(every_kind_of_rule.namespaces[node], version)

    assert [words for words in shown if words not in text] == []
    assert printed_back(text, program) == text


def printed_back(text: str, program: str) -> str:
    """What ``iptables-save`` prints after ``iptables-restore`` in a network namespace of its own."""
    if not shutil.which(f"{program}-restore") or not shutil.which("unshare"):
        pytest.skip(f"{program}-restore or unshare is not installed: the rules were not loaded into a kernel")
    inside = ["unshare", "--user", "--map-root-user", "--net"]
    if subprocess.run([*inside, "true"], capture_output=True).returncode != 0:
        pytest.skip("network namespaces are not permitted here: the rules were not loaded into a kernel")
    commands = f"{program}-restore && {program}-save"
    done = subprocess.run([*inside, "sh", "-c", commands], input=text, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    lines = [re.sub(r"\[\d+:\d+\]", "[0:0]", line) for line in done.stdout.splitlines() if not line.startswith("#")]
    return "".join(f"{line}\n" for line in lines)
