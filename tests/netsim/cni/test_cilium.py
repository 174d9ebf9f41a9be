"""Cilium in Harbour, over VXLAN and with native routing.

    external ── router ──┬── rack a: n1 172.20.1.11 cilium_host 10.244.1.1: ops/probe .1.9, shop/web-0 .1.5
                         │           n2 172.20.1.12 cilium_host 10.244.2.1: shop/web-1 .2.6, shop/db-0 .2.8
                         └── rack b: n3 172.20.2.13 cilium_host 10.244.3.1: shop/api-0 .3.7, shop/db-1 .3.9

Service shop/web is 10.96.41.80:80 and node port 30080, in front of web-0 and web-1.
"""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest

from netsim import Exchange, InputError, NetsimError, Probe, Simulation
from netsim.kubernetes.loading import load_cluster
from netsim.linux.routing import Route
from netsim.render import render
from netsim.tools.iptables_save import iptables_save
from netsim.trace import ClientSees
from tests.netsim.harbour import taps, through

WRITTEN = "{plugin: flannel, backend: vxlan}"
BACKENDS = ("vxlan", "native")
MORE = """
apiVersion: v1
kind: Service
metadata: {name: local, namespace: shop}
spec:
  type: NodePort
  externalTrafficPolicy: Local
  clusterIP: 10.96.41.90
  selector: {app: api}
  ports: [{port: 80, targetPort: 9090, nodePort: 30090}]
---
apiVersion: v1
kind: Service
metadata: {name: nobody, namespace: shop}
spec:
  type: NodePort
  clusterIP: 10.96.41.91
  selector: {app: nobody}
  ports: [{port: 80, targetPort: 80, nodePort: 30091}]
---
apiVersion: v1
kind: Service
metadata: {name: closed, namespace: shop}
spec:
  type: NodePort
  clusterIP: 10.96.41.92
  selector: {app: web}
  ports: [{port: 9, targetPort: 9, protocol: UDP, nodePort: 30092}]
---
apiVersion: v1
kind: Service
metadata: {name: limited, namespace: shop}
spec:
  type: LoadBalancer
  clusterIP: 10.96.41.93
  externalIPs: [172.20.1.99]
  loadBalancerSourceRanges: [198.51.100.0/24]
  selector: {app: web}
  ports: [{port: 80, targetPort: 8080}]
status: {loadBalancer: {ingress: [{ip: 198.18.0.7}]}}
"""


def with_cilium(text: str, cni: str, *more: str) -> Simulation:
    changed = text.replace(WRITTEN, cni).replace("proxy: {mode: iptables}", "proxy: {}")
    sources = [("harbour.yaml", changed)]
    return Simulation(load_cluster([*sources, *((f"more {n}", each) for n, each in enumerate(more))]))


@pytest.fixture(scope="module")
def clusters(harbour_text: str) -> dict[str, Simulation]:
    return {b: with_cilium(harbour_text, f"{{plugin: cilium, backend: {b}}}", MORE) for b in BACKENDS}


@pytest.fixture
def vxlan(clusters: dict[str, Simulation]) -> Simulation:
    return clusters["vxlan"]


def seen(exchange: Exchange) -> tuple[str, int]:
    """The source address and the TTL that the server sees."""
    assert exchange.seen_by_server is not None, exchange.reason
    return str(exchange.seen_by_server.source), exchange.seen_by_server.ttl


def steps(exchange: Exchange, kind: str) -> list[str]:
    return [step.text for hop in exchange.request.hops for step in hop.steps if step.kind == kind]


SEEN: list[tuple[str, str, str, str, str, int]] = [
    ("vxlan", "pod/ops/probe", "pod/shop/web-0:8080", "web-0", "10.244.1.9", 63),
    ("vxlan", "pod/ops/probe", "pod/shop/web-1:8080", "web-1", "10.244.1.9", 63),
    ("vxlan", "pod/ops/probe", "pod/shop/api-0:9090", "api-0", "10.244.1.9", 63),
    ("vxlan", "pod/ops/probe", "svc/shop/web:80", "web-0", "10.244.1.9", 63),
    ("vxlan", "pod/shop/web-0", "svc/shop/web:80", "web-0", "10.244.1.5", 64),
    ("vxlan", "node/n1", "svc/shop/web:80", "web-1", "10.244.1.1", 63),
    ("vxlan", "node/n1", "pod/shop/web-0:8080", "web-0", "10.244.1.1", 63),
    ("vxlan", "node/n1", "127.0.0.1:30080", "web-1", "10.244.1.1", 63),
    ("vxlan", "pod/ops/probe", "172.20.1.12:30080", "web-0", "10.244.1.9", 63),
    ("vxlan", "external", "172.20.1.11:30080", "web-0", "203.0.113.50", 61),
    ("vxlan", "external", "172.20.1.11:30080", "web-1", "10.244.1.1", 62),
    ("vxlan", "pod/ops/probe", "203.0.113.50:80", "external", "172.20.1.11", 61),
    ("native", "pod/ops/probe", "pod/shop/web-0:8080", "web-0", "10.244.1.9", 63),
    ("native", "pod/ops/probe", "pod/shop/web-1:8080", "web-1", "10.244.1.9", 60),
    ("native", "node/n1", "pod/shop/web-1:8080", "web-1", "172.20.1.11", 62),
    ("native", "external", "172.20.1.11:30080", "web-0", "203.0.113.50", 61),
    ("native", "external", "172.20.1.11:30080", "web-1", "172.20.1.11", 60),
    ("native", "pod/ops/probe", "203.0.113.50:80", "external", "172.20.1.11", 61),
]


@pytest.mark.parametrize(
    ("backend", "source", "destination", "server", "address", "ttl"), SEEN,
    ids=[f"{row[0]}: {row[1]} to {row[2]}, {row[3]}" for row in SEEN],
)  # fmt: skip
def test_what_the_server_sees(
    clusters: dict[str, Simulation], backend: str, source: str, destination: str, server: str, address: str, ttl: int
) -> None:
    found = through(clusters[backend], Probe(source, destination), server)

    assert found.client_sees is ClientSees.CONNECTED
    assert seen(found) == (address, ttl)


def test_a_service_address_is_replaced_before_there_is_a_packet(vxlan: Simulation) -> None:
    found = through(vxlan, Probe("pod/ops/probe", "svc/shop/web:80"), "web-1")

    assert steps(found, "socket-rewrite") == [
        "cil_sock4_connect at connect(): 10.96.41.80:80 becomes 10.244.2.6:8080 (a backend of ClusterIP shop/web:http)"
    ]
    assert "10.96.41.80" not in {str(hop.packet.destination) for hop in found.request.hops}


def test_backends_are_picked_alike(vxlan: Simulation) -> None:
    assert [e.probability for e in vxlan.branches(Probe("pod/ops/probe", "svc/shop/web:80"))] == [0.5, 0.5]


def test_pods_of_one_node_meet_at_their_cables(vxlan: Simulation) -> None:
    """No bridge, no route, no rule: from one lxc device to the other."""
    found = vxlan.trace(Probe("pod/ops/probe", "pod/shop/web-0:8080"))

    assert [tap.split()[0] + " " + tap.split()[1][:3] for tap in taps(found.request)] == [
        "ops/probe Non", "ops/probe eth", "n1 lxc", "n1 lxc", "shop/web-0 eth",
    ]  # fmt: skip
    assert steps(found, "rules") == []


def test_the_vni_is_the_senders_identity(vxlan: Simulation) -> None:
    web_1, db_0 = (vxlan.trace(Probe(f"pod/shop/{name}", "pod/shop/web-0:8080")) for name in ("web-1", "db-0"))
    node = vxlan.trace(Probe("node/n2", "pod/shop/web-0:8080"))

    numbers = [steps(found, "encapsulate")[0].split("VNI ")[1].split(")")[0] for found in (web_1, db_0, node)]
    assert int(numbers[0]) >= 256
    assert int(numbers[0]) != int(numbers[1]) >= 256
    assert numbers[2] == "6"


def test_pods_with_the_same_labels_share_an_identity(vxlan: Simulation) -> None:
    to_web_0 = through(vxlan, Probe("pod/shop/web-1", "pod/shop/web-0:8080"), "web-0")
    to_web_1 = through(vxlan, Probe("pod/shop/web-0", "pod/shop/web-1:8080"), "web-1")

    assert steps(to_web_0, "encapsulate")[0].split("(")[1][:8] == steps(to_web_1, "encapsulate")[0].split("(")[1][:8]


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


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_pod_cannot_send_with_another_source(harbour_text: str, backend: str) -> None:
    simulation = with_cilium(harbour_text, f"{{plugin: cilium, backend: {backend}}}")
    node = simulation.network.namespaces["n1"]
    program = next(p for (d, _), (p,) in node.programs.on_devices.items() if d.startswith("lxcbf39"))
    program.endpoint = next(e for e in program.maps.endpoints.values() if e.name == "shop/web-0")

    assert "Invalid source ip: 10.244.1.9" in simulation.trace(Probe("pod/ops/probe", "pod/shop/web-1:8080")).reason


@pytest.mark.parametrize(
    ("backend", "routes"),
    [
        (
            "vxlan",
            [
                "10.244.1.0/24 via 10.244.1.1 dev cilium_host proto kernel src 10.244.1.1",
                "10.244.1.1 dev cilium_host proto kernel scope link",
                "10.244.2.0/24 via 10.244.1.1 dev cilium_host proto kernel src 10.244.1.1",
                "10.244.3.0/24 via 10.244.1.1 dev cilium_host proto kernel src 10.244.1.1",
            ],
        ),
        (
            "native",
            [
                "10.244.1.0/24 via 10.244.1.1 dev cilium_host proto kernel src 10.244.1.1",
                "10.244.1.1 dev cilium_host proto kernel scope link",
                "10.244.2.0/24 via 172.20.1.12 dev eth0 proto kernel",
            ],
        ),
    ],
    ids=BACKENDS,
)
def test_routes_of_a_node(clusters: dict[str, Simulation], backend: str, routes: list[str]) -> None:
    table = clusters[backend].network.namespaces["n1"].routes
    assert [route.text() for route in table if str(route.destination).startswith("10.244.")] == routes


def test_a_pod_has_its_address_alone_and_a_gateway_on_the_cable(vxlan: Simulation) -> None:
    pod = vxlan.network.namespaces["ops/probe"]

    assert [route.text() for route in pod.routes] == [
        "default via 10.244.1.1 dev eth0",
        "10.244.1.1 dev eth0 scope link",
    ]
    assert [str(address) for address in pod.interfaces["eth0"].addresses] == ["10.244.1.9/32"]
    assert pod.interfaces["eth0"].mtu == 1450


def test_devices_of_a_node(clusters: dict[str, Simulation]) -> None:
    names = {b: [n for n in clusters[b].network.namespaces["n1"].interfaces if n != "lo"] for b in BACKENDS}

    assert [name for name in names["vxlan"] if not name.startswith("lxc")] == [
        "eth0", "cilium_net", "cilium_host", "cilium_vxlan",
    ]  # fmt: skip
    assert "cilium_vxlan" not in names["native"]
    assert all(len(name) == 15 for name in names["vxlan"] if name.startswith("lxc"))


@pytest.mark.parametrize(
    ("backend", "rules"),
    [
        ("vxlan", ["-s 10.244.1.0/24 ! -d 10.244.1.0/24 ! -o cilium_+", "-m mark --mark 0xa00/0xe00"]),
        (
            "native",
            [
                "-s 10.244.1.0/24 -m set --match-set cilium_node_set_v4 dst",
                "-s 10.244.1.0/24 ! -d 10.244.0.0/16 ! -o cilium_+",
                "-m mark --mark 0xa00/0xe00",
            ],
        ),
    ],
    ids=BACKENDS,
)
def test_masquerade_rules(clusters: dict[str, Simulation], backend: str, rules: list[str]) -> None:
    saved = iptables_save(clusters[backend].network.namespaces["n1"]).splitlines()
    chain = "-A CILIUM_POST_nat "
    assert [r.removeprefix(chain).split(" -m comment")[0] for r in saved if r.startswith(chain)] == rules


def test_kube_proxy_is_replaced(vxlan: Simulation) -> None:
    assert "KUBE-" not in iptables_save(vxlan.network.namespaces["n1"])


def test_a_ttl_that_runs_out_in_a_program_is_not_told(vxlan: Simulation) -> None:
    found = vxlan.trace(Probe("pod/ops/probe", "pod/shop/web-0:8080", ttl=1))

    assert (found.client_sees, found.reason.split(": ")[1]) == (ClientSees.TIMEOUT, "TTL exceeded")


@pytest.mark.parametrize(
    ("size", "sees"), [(1422, ClientSees.CONNECTED), (1423, ClientSees.TOO_BIG)], ids=["fits", "one byte too many"]
)
def test_the_tunnel_takes_fifty_bytes(vxlan: Simulation, size: int, sees: ClientSees) -> None:
    probe = Probe("pod/ops/probe", "pod/shop/web-1", protocol="icmp", size=size, dont_fragment=True)
    assert vxlan.trace(probe).client_sees is sees


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


def test_programs_cannot_be_rendered(vxlan: Simulation) -> None:
    with pytest.raises(NetsimError, match="runs eBPF programs"):
        render(vxlan.network)


@pytest.mark.parametrize(
    ("cni", "message"),
    [
        ("{plugin: cilium, options: {mtu: 1}}", r"spec\.cni\.options\.mtu: must be a number from 576"),
        ("{plugin: cilium, backend: geneve}", r"spec\.cni\.backend: "),
        ("{plugin: cilium}\n  podCIDR: 10.244.0.0/16,fd00::/56", "IPv4 podCIDR only"),
    ],
    ids=["an option", "a backend", "IPv6"],
)
def test_what_cilium_cannot_do_is_refused(harbour_text: str, cni: str, message: str) -> None:
    text = harbour_text.replace("\n  podCIDR: 10.244.0.0/16", "") if "podCIDR" in cni else harbour_text
    with pytest.raises(NetsimError, match=message):
        with_cilium(text, cni)


def test_kube_proxy_beside_cilium_is_refused(harbour_text: str) -> None:
    with pytest.raises(InputError, match=r"spec\.proxy\.mode: Cilium replaces kube-proxy"):
        Simulation(load_cluster([("harbour.yaml", harbour_text.replace(WRITTEN, "{plugin: cilium}"))]))
