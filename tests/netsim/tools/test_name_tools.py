"""dig, nslookup and the files behind them. The cluster is Harbour, see harbour.py."""

from __future__ import annotations

import pytest

import netsim
from tests.netsim.harbour import simulate
from tests.netsim.test_resolver import NO_DNS_ENDPOINTS, headless


def run(simulation: netsim.Simulation, line: str, where: str = "pod/ops/probe") -> tuple[int, str]:
    output = netsim.Terminal(simulation, where).run(line)
    return output.exit_code, output.text


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("dig +short web.shop.svc.cluster.local", "10.96.41.80\n"),
        ("dig +short web.shop", ""),
        ("dig +short +search web.shop", "10.96.41.80\n"),
        ("dig +short -x 10.96.41.80", "web.shop.svc.cluster.local.\n"),
        ("dig +short -x fe80::1%eth0", ""),
        ("dig +short @203.0.113.50 example.com", "203.0.113.50\n"),
        ("dig +short SRV _http._tcp.web.shop.svc.cluster.local", ""),
        ("dig +short _http._tcp.web.shop.svc.cluster.local SRV", "0 100 80 web.shop.svc.cluster.local.\n"),
        ("dig +short pay.shop.svc.cluster.local", "pay.example.net.\n203.0.113.50\n"),
    ],
)
def test_dig_short(simulation, line, text):
    assert run(simulation, line) == (0, text)


def test_dig_prints_the_whole_message(simulation):
    lines = run(simulation, "dig web.shop.svc.cluster.local")[1].splitlines()
    assert ";; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: 4242" in lines
    assert "web.shop.svc.cluster.local.\t30\tIN\tA\t10.96.41.80" in lines
    assert ";; SERVER: 10.96.0.10#53(10.96.0.10) (UDP)" in lines
    assert ";; MSG SIZE  rcvd: 60" in lines


def test_dig_says_what_the_status_is(simulation):
    assert "status: NXDOMAIN" in run(simulation, "dig nosuch")[1]


def test_dig_retries_a_truncated_answer_over_tcp():
    text = run(simulate(headless(40)), "dig many.shop.svc.cluster.local")[1]
    assert text.startswith(";; Truncated, retrying in TCP mode.\n")
    assert "(TCP)" in text


@pytest.mark.parametrize(
    ("line", "code", "last"),
    [
        ("dig +frob x", 1, "Usage:  dig [@global-server] [q-type] {q-opt} [host]"),
        ("dig -x nothing", 1, "dig: '-x' requires an address"),
        ("dig @nosuch x", 10, "dig: couldn't get address for 'nosuch': not found"),
    ],
)
def test_dig_refuses(simulation, line, code, last):
    exit_code, text = run(simulation, line)
    assert (exit_code, text.splitlines()[-1]) == (code, last)


def test_dig_gives_up_when_nobody_answers():
    code, text = run(simulate(NO_DNS_ENDPOINTS), "dig web.shop")
    assert code == 9
    assert text.count(";; communications error to 10.96.0.10#53: connection refused\n") == 3


@pytest.mark.parametrize(
    ("line", "code", "expected"),
    [
        ("nslookup web.shop", 0, "Name:\tweb.shop.svc.cluster.local\nAddress: 10.96.41.80\n"),
        ("nslookup db.shop", 0, "Address: 10.244.2.8\nName:\tdb.shop.svc.cluster.local\nAddress: 10.244.3.9\n"),
        ("nslookup pay.shop", 0, "pay.shop.svc.cluster.local\tcanonical name = pay.example.net.\n"),
        ("nslookup 10.96.41.80", 0, "80.41.96.10.in-addr.arpa\tname = web.shop.svc.cluster.local.\n"),
        ("nslookup nosuch", 1, "** server can't find nosuch: NXDOMAIN\n"),
        ("nslookup -type=AAAA web.shop", 0, "*** Can't find web.shop: No answer\n"),
        ("nslookup example.com 203.0.113.50", 0, "Server:\t\t203.0.113.50\n"),
        ("nslookup -frob", 1, "*** Invalid option: frob\n"),
    ],
)
def test_nslookup(simulation, line, code, expected):
    exit_code, text = run(simulation, line)
    assert exit_code == code
    assert expected in text


HOST_ALIASES = """
apiVersion: v1
kind: Pod
metadata: {name: probe, namespace: ops}
spec:
  nodeName: n1
  subdomain: lab
  containers: [{name: c}]
  hostAliases: [{ip: 10.244.2.6, hostnames: [shop.example, Web-One.example]}]
status: {podIP: 10.244.1.9}
"""


def test_the_hosts_file_comes_before_dns():
    simulation = simulate(HOST_ALIASES.replace("Web-One", "web-one"))
    assert "10.244.1.9\tprobe.lab probe\n10.244.2.6\tshop.example\n" in run(simulation, "cat /etc/hosts")[1]
    assert "from shop.example (10.244.2.6)" in run(simulation, "ping -c1 shop.example")[1]
    assert run(simulation, "dig +short shop.example")[1] == ""


def test_a_pod_shows_its_resolv_conf(simulation):
    assert "options ndots:5\n" in run(simulation, "cat /etc/resolv.conf")[1]
    assert run(simulation, "cat /etc/resolv.conf", "node/n1")[1] == "nameserver 203.0.113.50\n"


DUAL_STACK = """
apiVersion: netsim.dev/v1
kind: ClusterNetwork
metadata: {name: two-families}
spec:
  podCIDR: 10.244.0.0/16,fd00:10::/56
  serviceCIDR: 10.96.0.0/16,fd00:96::/112
  underlay: {subnets: [{name: lan, cidr: 192.168.1.0/24}]}
---
apiVersion: v1
kind: Node
metadata: {name: n1}
status:
  addresses: [{type: InternalIP, address: 192.168.1.11}, {type: InternalIP, address: "fd00:1::11"}]
---
apiVersion: v1
kind: Pod
metadata: {name: client, namespace: lab}
spec: {containers: [{name: c}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: lab, labels: {app: web}}
spec: {containers: [{name: c, ports: [{containerPort: 80}]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: dns, namespace: kube-system, labels: {k8s-app: kube-dns}}
spec: {containers: [{name: c, ports: [{containerPort: 53, protocol: UDP}, {containerPort: 53}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: kube-dns, namespace: kube-system}
spec: {clusterIP: 10.96.0.10, selector: {k8s-app: kube-dns}, ports: [{name: dns, port: 53, protocol: UDP}]}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: lab}
spec: {ipFamilyPolicy: RequireDualStack, selector: {app: web}, ports: [{port: 80}]}
"""


def test_a_pod_with_both_families_tries_ipv6_first():
    simulation = netsim.Simulation(netsim.load_cluster([("two", DUAL_STACK)]))
    verbose = run(simulation, "curl -v http://web/", "pod/lab/client")[1].splitlines()
    assert verbose[0].startswith("*   Trying [fd00:96::")
    assert verbose[1].startswith("* Connected to web (fd00:96::")
    assert run(simulation, "curl -4v http://web/", "pod/lab/client")[1].startswith("*   Trying 10.96.")


def test_nslookup_that_hears_nothing_says_so():
    """One of the two servers is cut off; connection tracking and chance decide which one a socket talks to."""
    simulation = simulate()
    simulation.network.namespaces["n3"].sysctls["net.ipv4.ip_forward"] = 0
    terminal = netsim.Terminal(simulation, "pod/ops/probe")
    said = {terminal.run("nslookup nosuch.").text.splitlines()[-2] for _ in range(12)}
    assert said == {"** server can't find nosuch: NXDOMAIN", ";; no servers could be reached"}
