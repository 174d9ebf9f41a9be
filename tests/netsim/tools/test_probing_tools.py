"""ping, traceroute, tracepath, curl and nc: their lines and exit codes. The cluster is Harbour, see harbour.py.

ops/probe 10.244.1.9 ── n1 cni0 10.244.1.1, flannel.1 10.244.1.0 ══ n2 flannel.1 10.244.2.0 ── shop/web-1 10.244.2.6
"""

from __future__ import annotations

import pytest

import netsim
from tests.netsim.harbour import simulate
from tests.netsim.requests.test_requests import simulate as edge


def run(line: str, simulation: netsim.Simulation | None = None, where: str = "pod/ops/probe") -> tuple[int, list[str]]:
    output = netsim.Terminal(simulation or simulate(), where).run(line)
    return output.exit_code, output.text.splitlines()


def test_ping_prints_what_iputils_prints(simulation):
    """Request and answer have 13 hops each, at 0.02 ms a hop."""
    assert run("ping -c 2 10.244.2.6", simulation) == (0, [
        "PING 10.244.2.6 (10.244.2.6) 56(84) bytes of data.",
        "64 bytes from 10.244.2.6: icmp_seq=1 ttl=62 time=0.52 ms",
        "64 bytes from 10.244.2.6: icmp_seq=2 ttl=62 time=0.52 ms",
        "",
        "--- 10.244.2.6 ping statistics ---",
        "2 packets transmitted, 2 received, 0% packet loss, time 1000ms",
        "rtt min/avg/max/mdev = 0.520/0.520/0.520/0.000 ms",
    ])  # fmt: skip


@pytest.mark.parametrize(
    ("line", "code", "expected"),
    [
        pytest.param("ping -c1 10.99.9.9", 1, "From 172.20.1.1 icmp_seq=1 Destination Net Unreachable", id="no route"),
        pytest.param(
            "ping -c1 10.244.1.200", 1, "From 10.244.1.9 icmp_seq=1 Destination Host Unreachable", id="no host"
        ),
        pytest.param("ping -c1 -t 1 10.244.2.6", 1, "From 10.244.1.1 icmp_seq=1 Time to live exceeded", id="TTL"),
        pytest.param("ping -c1 -M do -s 1423 10.244.2.6", 1, "ping: local error: message too long, mtu=1450", id="MTU"),
        pytest.param(
            "ping -c1 -M do -s 1422 10.244.2.6",
            0,
            "1430 bytes from 10.244.2.6: icmp_seq=1 ttl=62 time=0.52 ms",
            id="just fits",
        ),
        pytest.param("ping -c1 nosuch", 2, "ping: nosuch: Name or service not known", id="no name"),
        pytest.param(
            "ping -c1 -6 10.244.2.6", 2, "ping: 10.244.2.6: Address family for hostname not supported", id="-6"
        ),
        pytest.param("ping", 1, "ping: usage error: Destination address required", id="no destination"),
        pytest.param("ping -Z 10.244.2.6", 2, "ping: invalid option -- 'Z'", id="no such option"),
        pytest.param(
            "ping -c x 10.244.2.6", 1, "ping: invalid argument: 'x': out of range: 1 <= value <= 100", id="no number"
        ),
        pytest.param("ping -c1 127.0.0.1", 0, "64 bytes from 127.0.0.1: icmp_seq=1 ttl=64 time=0.12 ms", id="loopback"),
        pytest.param(
            "ping -c1 probe", 0, "64 bytes from probe (10.244.1.9): icmp_seq=1 ttl=64 time=0.12 ms", id="hosts file"
        ),
    ],
)
def test_ping_says(simulation, line, code, expected):
    exit_code, lines = run(line, simulation)
    assert exit_code == code
    assert expected in lines


def test_ping_counts_errors_and_losses(simulation):
    assert (
        "3 packets transmitted, 0 received, +3 errors, 100% packet loss, time 2000ms"
        in (run("ping -c 3 10.99.9.9", simulation)[1])
    )


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        pytest.param("traceroute -n 10.244.2.6", ["10.244.1.1", "10.244.2.0", "10.244.2.6"], id="UDP"),
        pytest.param("traceroute -n -I 10.244.2.6", ["10.244.1.1", "10.244.2.0", "10.244.2.6"], id="ICMP"),
        pytest.param("traceroute -n -T -p 8080 10.244.2.6", ["10.244.1.1", "10.244.2.0", "10.244.2.6"], id="TCP"),
        pytest.param("traceroute -n 10.244.1.5", ["10.244.1.5"], id="on one bridge there is no router"),
        pytest.param("traceroute -n -m 2 10.244.2.6", ["10.244.1.1", "10.244.2.0"], id="no further than -m"),
    ],
)
def test_traceroute_lists_the_routers(simulation, line, expected):
    code, lines = run(line, simulation)
    assert code == 0
    assert [row.split()[1] for row in lines[1:]] == expected


def test_traceroute_prints_each_address_once_and_every_time(simulation):
    lines = run("traceroute -n 10.244.2.6", simulation)[1]
    assert lines[0] == "traceroute to 10.244.2.6 (10.244.2.6), 30 hops max, 60 byte packets"
    assert lines[3] == " 3  10.244.2.6  0.520 ms  0.520 ms  0.520 ms"


def test_traceroute_shows_stars_for_silence_and_marks_for_errors(simulation):
    assert run("traceroute -n -q 2 10.99.9.9", simulation)[1][-1] == " 2  172.20.1.1  0.320 ms !N  0.320 ms !N"
    broken = simulate()
    broken.network.namespaces["n2"].sysctls["net.ipv4.ip_forward"] = 0
    assert run("traceroute -n -m 3 -q 2 10.244.2.6", broken)[1][2:] == [" 2  * *", " 3  * *"]


def test_traceroute_asks_for_names(simulation):
    assert "10-244-2-6.web.shop.svc.cluster.local (10.244.2.6)" in run("traceroute 10.244.2.6", simulation)[1][-1]


def test_tracepath_finds_the_mtu(simulation):
    code, lines = run("tracepath -n 10.244.2.6", simulation)
    assert code == 0
    assert lines[0] == " 1?: [LOCALHOST]                      pmtu 1450"
    assert lines[-2] == " 3:  10.244.2.6                                             0.520ms reached"
    assert lines[-1] == "     Resume: pmtu 1450 hops 3 back 3 "


DENY = """
apiVersion: netsim.dev/v1
kind: ClusterNetwork
metadata: {name: harbour}
spec:
  cni: {plugin: flannel, backend: vxlan}
  policyEnforcement: true
  podCIDR: 10.244.0.0/16
  serviceCIDR: 10.96.0.0/16
  underlay: {subnets: [{name: rack-a, cidr: 172.20.1.0/24}, {name: rack-b, cidr: 172.20.2.0/24}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny-egress, namespace: ops}
spec: {podSelector: {}, policyTypes: [Egress]}
"""


def test_default_deny_egress_takes_the_names_too():
    """F7: kube-router's chains reject, so the resolver is refused before any connection is tried."""
    simulation = simulate(DENY)
    assert run("curl -s -S http://web.shop", simulation) == (6, ["curl: (6) Could not resolve host: web.shop"])
    assert run("ping -c1 web.shop", simulation) == (2, ["ping: web.shop: Temporary failure in name resolution"])
    assert run("nslookup web.shop", simulation)[1][-2] == ";; no servers could be reached"
    assert run("curl -s http://10.96.41.80", simulation)[0] == 7


def test_curl_shows_who_answered_and_what_it_saw(simulation):
    code, lines = run("curl -s http://10.244.2.6:8080/health?x=1", simulation)
    assert code == 0
    assert lines == [
        "Hostname: web-1", "Namespace: shop", "Node: n2", "IP: 10.244.2.6", "RemoteAddr: 10.244.1.9:41000",
        "GET /health?x=1 HTTP/1.1", "Host: 10.244.2.6", "User-Agent: curl/7.88.1", "Accept: */*",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("line", "code", "last"),
    [
        pytest.param(
            "curl web.shop:81",
            7,
            "curl: (7) Failed to connect to web.shop port 81 after 0 ms: Couldn't connect to server",
            id="refused by a rule or a kernel",
        ),
        pytest.param(
            "curl 10.244.1.200",
            7,
            "curl: (7) Failed to connect to 10.244.1.200 port 80 after 3000 ms: Couldn't connect to server",
            id="no such host",
        ),
        pytest.param(
            "curl -m 1 10.244.1.200", 28, "curl: (28) Connection timed out after 1001 milliseconds", id="limit"
        ),
        pytest.param("curl http://nosuch/", 6, "curl: (6) Could not resolve host: nosuch", id="no name"),
        pytest.param(
            "curl https://web.shop:80/",
            35,
            "curl: (35) OpenSSL/3.0.19: error:0A00010B:SSL routines::wrong version number",
            id="TLS to a plain port",
        ),
        pytest.param(
            "curl gopher://x/", 1, 'curl: (1) Protocol "gopher" not supported or disabled in libcurl', id="scheme"
        ),
        pytest.param("curl http://:80/", 3, "curl: (3) URL using bad/illegal format or missing URL", id="no host"),
        pytest.param(
            "curl --frob x", 2, "curl: try 'curl --help' or 'curl --manual' for more information", id="option"
        ),
        pytest.param("curl -so /dev/null -w '%{http_code}\\n' web.shop", 0, "200", id="write-out"),
        pytest.param("curl -sI web.shop", 0, "", id="head only"),
        pytest.param("curl -s -H 'Host: x.example' web.shop", 0, "Accept: */*", id="a header"),
        pytest.param("curl -s --resolve a.example:80:10.96.41.80 http://a.example/", 0, "Accept: */*", id="resolve"),
    ],
)
def test_curl_exits_with_its_code(simulation, line, code, last):
    exit_code, lines = run(line, simulation)
    assert (exit_code, lines[-1]) == (code, last)


def test_curl_sends_the_host_header_that_was_given(simulation):
    assert "Host: x.example" in run("curl -s -H 'Host: x.example' web.shop", simulation)[1]


def test_curl_is_silent_about_errors_when_it_shall_be(simulation):
    assert run("curl -s nosuch", simulation) == (6, [])


@pytest.mark.parametrize(
    ("line", "code", "expected"),
    [
        ("nc -zv 10.244.2.6 8080", 0, "Connection to 10.244.2.6 8080 port [tcp/*] succeeded!"),
        ("nc -zv 10.244.2.6 81", 1, "nc: connect to 10.244.2.6 port 81 (tcp) failed: Connection refused"),
        ("nc -zv 10.244.1.200 80", 1, "nc: connect to 10.244.1.200 port 80 (tcp) failed: No route to host"),
        ("nc -zv 10.99.0.1 80", 1, "nc: connect to 10.99.0.1 port 80 (tcp) failed: Network is unreachable"),
        ("nc -zv web.shop 80", 0, "Connection to web.shop (10.96.41.80) 80 port [tcp/http] succeeded!"),
        ("nc -zvu 10.96.0.10 53", 0, "Connection to 10.96.0.10 53 port [udp/domain] succeeded!"),
        ("nc -zvu 10.244.2.6 53", 1, "nc: connect to 10.244.2.6 port 53 (udp) failed: Connection refused"),
        ("nc -zv nosuch 80", 1, 'nc: getaddrinfo for host "nosuch" port 80: Name or service not known'),
        ("nc -zv 10.244.2.6 99999", 1, "nc: port number too large: 99999"),
    ],
)
def test_nc_tells_open_from_closed(simulation, line, code, expected):
    assert run(line, simulation) == (code, [expected])


def test_curl_goes_through_an_ingress():
    """The application sees the controller, and the client only in a header."""
    terminal = netsim.Terminal(edge(), "pod/ops/probe")
    lines = terminal.run("curl -s -H 'Host: shop.example' http://nginx.edge/api/v2").text.splitlines()
    assert lines[0] == "Hostname: api-0"
    assert next(line for line in lines if line.startswith("RemoteAddr: ")).startswith("RemoteAddr: 10.244.3.50:")
    assert "X-Forwarded-For: 10.244.1.9" in lines


def test_curl_shows_what_the_controller_answers_itself():
    terminal = netsim.Terminal(edge(), "pod/ops/probe")
    output = terminal.run("curl -sI -H 'Host: other.example' http://nginx.edge/")
    assert output.text.splitlines()[0] == "HTTP/1.1 404 Not Found"
    assert terminal.run("curl -sf -H 'Host: other.example' http://nginx.edge/").exit_code == 22


def test_tcpdump_sees_both_connections_of_a_request():
    terminal = netsim.Terminal(edge(), "pod/ops/probe")
    terminal.run("curl -s -H 'Host: shop.example' http://nginx.edge/api")
    opened = terminal.on("pod/edge/nginx").run("tcpdump -tni eth0 tcp and port 9090").text
    assert "> 10.244.3.7.9090: Flags [S]" in opened


REDIRECTS = """
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: moved, namespace: shop}
spec:
  parentRefs: [{name: public, namespace: edge}]
  hostnames: [moved.example]
  rules:
  - matches: [{path: {type: PathPrefix, value: /old}}]
    filters: [{type: RequestRedirect, requestRedirect: {hostname: web.shop, port: 80, statusCode: 301}}]
  - matches: [{path: {type: PathPrefix, value: /round}}]
    filters: [{type: RequestRedirect, requestRedirect: {statusCode: 302}}]
"""


def test_curl_follows_redirects_when_it_shall():
    simulation = edge(REDIRECTS)
    terminal = netsim.Terminal(simulation, "pod/ops/probe")
    resolve = f"--resolve moved.example:80:{simulation.cluster.service('edge', 'envoy').cluster_ips[0]}"
    assert terminal.run(f"curl -sI {resolve} http://moved.example/old").text.splitlines()[0] == (
        "HTTP/1.1 301 Moved Permanently"
    )
    followed = terminal.run(f"curl -sL {resolve} http://moved.example/old").text.splitlines()
    assert followed[0].startswith("Hostname: web-")
    assert "GET /old HTTP/1.1" in followed
    assert terminal.run(f"curl -sSL {resolve} http://moved.example/round").text == (
        "curl: (47) Maximum (50) redirects followed\n"
    )
