"""kube-proxy's ipvs mode: what it programs, and what packets and kernels then do.

The cluster is tests/netsim/scenes/services.yaml: shop/client and shop/a on n1, shop/b on n2, nothing on n3.
"""

from __future__ import annotations

from ipaddress import ip_address
from pathlib import Path

import pytest

from netsim import Probe, Simulation, load_cluster
from netsim.linux.interfaces import Dummy
from netsim.linux.ipvs import VirtualAddress
from netsim.packet import Icmp, Protocol
from netsim.proxy.query import new_packet_verdict
from netsim.render import render
from netsim.tools.iptables_save import iptables_save
from netsim.tools.ipvsadm import ipvsadm_list, ipvsadm_save
from netsim.trace import Balance, RulesHit

SCENE = Path(__file__).parents[1] / "scenes" / "services.yaml"


def simulate(proxy: str = "mode: ipvs", *changes: str) -> Simulation:
    text = SCENE.read_text().replace("mode: iptables", proxy)
    return Simulation(load_cluster([(SCENE.name, text)], [(f"change {n}", change) for n, change in enumerate(changes)]))


@pytest.fixture(scope="module")
def ipvs() -> Simulation:
    return simulate()


def rules(simulation: Simulation, chain: str, node: str = "n1") -> list[str]:
    lines = iptables_save(simulation.network.namespaces[node]).splitlines()
    return [line.removeprefix(f"-A {chain} ") for line in lines if line.startswith(f"-A {chain} ")]


def served_by(exchange: object) -> str | None:
    server = exchange.server
    return None if server is None else server.name


def test_every_virtual_address_is_on_kube_ipvs0_which_is_down(ipvs):
    device = ipvs.network.namespaces["n1"].interfaces["kube-ipvs0"]
    assert isinstance(device, Dummy)
    assert not device.up
    assert [str(address) for address in device.addresses] == [
        "10.96.0.17/32", "198.51.100.1/32", "10.96.0.19/32", "10.96.0.18/32", "198.51.100.2/32", "10.96.0.13/32",
        "10.96.0.14/32", "10.96.0.16/32", "10.96.0.20/32", "10.96.0.12/32", "10.96.0.11/32", "fd00:96::11/128",
    ]  # fmt: skip


def test_an_external_ip_that_the_node_has_already_is_not_put_on_kube_ipvs0():
    change = """{apiVersion: v1, kind: Service, metadata: {name: external-ip, namespace: shop}, spec: {
        clusterIP: 10.96.0.18, externalIPs: [192.168.1.11], selector: {app: web}, ports: [{port: 80}]}}"""
    bound = {
        node: any(address.ip == ip_address("192.168.1.11") for address in space.interfaces["kube-ipvs0"].addresses)
        for node, space in simulate("mode: ipvs", change).network.namespaces.items()
        if node in ("n1", "n2")
    }
    assert bound == {"n1": False, "n2": True}


def test_the_kernel_settings_that_kube_proxy_needs_are_made(ipvs):
    sysctls = ipvs.network.namespaces["n1"].sysctls
    wanted = ("net.ipv4.vs.conntrack", "net.ipv4.vs.expire_nodest_conn", "net.ipv4.vs.expire_quiescent_template")
    assert [sysctls[name] for name in wanted] == [1, 1, 1]


def test_ipvsadm_lists_virtual_and_real_servers(ipvs):
    listed = ipvsadm_list(ipvs.network.namespaces["n3"]).splitlines()
    assert listed[:9] == [
        "IP Virtual Server version 1.2.1 (size=4096)",
        "Prot LocalAddress:Port Scheduler Flags",
        "  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn",
        "TCP  10.96.0.11:80 rr",
        "  -> 10.244.1.3:8080              Masq    1      0          0         ",
        "  -> 10.244.2.3:8080              Masq    1      0          0         ",
        "TCP  10.96.0.12:80 rr persistent 10800",
        "  -> 10.244.1.3:8080              Masq    1      0          0         ",
        "  -> 10.244.2.3:8080              Masq    1      0          0         ",
    ]
    assert "UDP  192.168.1.13:30053 rr" in listed


def test_ipvsadm_saves_what_ipvsadm_restore_loads(ipvs):
    saved = ipvsadm_save(ipvs.network.namespaces["n1"]).splitlines()
    assert saved[3:6] == [
        "-A -t 10.96.0.12:80 -s rr -p 10800",
        "-a -t 10.96.0.12:80 -r 10.244.1.3:8080 -m -w 1",
        "-a -t 10.96.0.12:80 -r 10.244.2.3:8080 -m -w 1",
    ]


def test_rendered_files_build_the_virtual_servers(ipvs):
    files = render(ipvs.network)
    assert "link add kube-ipvs0" in files["hop-n1.ip"]
    assert files["hop-n1.ipvs"] == ipvsadm_save(ipvs.network.namespaces["n1"])
    assert "ip netns exec hop-n1 ipvsadm-restore < hop-n1.ipvs" in files["build.sh"]


NAT_RULES = {
    "KUBE-SERVICES": [
        "-s 127.0.0.0/8 -j RETURN",
        (
            '-m comment --comment "Kubernetes service lb portal" -m set --match-set KUBE-LOAD-BALANCER dst,dst '
            "-j KUBE-LOAD-BALANCER"
        ),
        (
            '! -s 10.244.0.0/16 -m comment --comment "Kubernetes service cluster ip + port for masquerade purpose" '
            "-m set --match-set KUBE-CLUSTER-IP dst,dst -j KUBE-MARK-MASQ"
        ),
        (
            '-m comment --comment "Kubernetes service external ip + port for masquerade and filter purpose" '
            "-m set --match-set KUBE-EXTERNAL-IP dst,dst -j KUBE-MARK-MASQ"
        ),
        (
            '-m comment --comment "Kubernetes service external ip + port for masquerade and filter purpose" '
            "-m set --match-set KUBE-EXTERNAL-IP dst,dst -m physdev ! --physdev-is-in -m addrtype ! --src-type LOCAL "
            "-j ACCEPT"
        ),
        (
            '-m comment --comment "Kubernetes service external ip + port for masquerade and filter purpose" '
            "-m set --match-set KUBE-EXTERNAL-IP dst,dst -m addrtype --dst-type LOCAL -j ACCEPT"
        ),
        "-m addrtype --dst-type LOCAL -j KUBE-NODE-PORT",
        "-m set --match-set KUBE-CLUSTER-IP dst,dst -j ACCEPT",
        "-m set --match-set KUBE-LOAD-BALANCER dst,dst -j ACCEPT",
    ],
    "KUBE-NODE-PORT": [
        (
            '-p tcp -m comment --comment "Kubernetes nodeport TCP port with externalTrafficPolicy=local" '
            "-m set --match-set KUBE-NODE-PORT-LOCAL-TCP dst -j RETURN"
        ),
        (
            '-p tcp -m comment --comment "Kubernetes nodeport TCP port for masquerade purpose" '
            "-m set --match-set KUBE-NODE-PORT-TCP dst -j KUBE-MARK-MASQ"
        ),
        (
            '-p udp -m comment --comment "Kubernetes nodeport UDP port for masquerade purpose" '
            "-m set --match-set KUBE-NODE-PORT-UDP dst -j KUBE-MARK-MASQ"
        ),
        (
            '-m comment --comment "Kubernetes health check node port" '
            "-m set --match-set KUBE-HEALTH-CHECK-NODE-PORT dst -j ACCEPT"
        ),
    ],
    "KUBE-POSTROUTING": [
        (
            '-m comment --comment "Kubernetes endpoints dst ip:port, source ip for solving hairpin purpose" '
            "-m set --match-set KUBE-LOOP-BACK dst,dst,src -j MASQUERADE"
        ),
        "-m mark ! --mark 0x4000/0x4000 -j RETURN",
        "-j MARK --set-xmark 0x4000/0x0",
        '-m comment --comment "kubernetes service traffic requiring SNAT" -j MASQUERADE --random-fully',
    ],
    "KUBE-IPVS-FILTER": [
        "-m set --match-set KUBE-LOAD-BALANCER dst,dst -j RETURN",
        "-m set --match-set KUBE-CLUSTER-IP dst,dst -j RETURN",
        "-m set --match-set KUBE-EXTERNAL-IP dst,dst -j RETURN",
        "-m set --match-set KUBE-EXTERNAL-IP-LOCAL dst,dst -j RETURN",
        "-m set --match-set KUBE-HEALTH-CHECK-NODE-PORT dst -j RETURN",
        "-m conntrack --ctstate NEW -m set --match-set KUBE-IPVS-IPS dst -j REJECT --reject-with icmp-port-unreachable",
    ],
    "KUBE-IPVS-OUT-FILTER": ["-s 198.51.100.1/32 -m ipvs --vproto 6 --vaddr 198.51.100.1 --vport 80 -j DROP"],
    "INPUT": [
        '-m comment --comment "kubernetes ipvs access filter" -j KUBE-IPVS-FILTER',
        '-m comment --comment "kube-proxy firewall rules" -j KUBE-PROXY-FIREWALL',
        '-m comment --comment "kubernetes health check rules" -j KUBE-NODE-PORT',
        "-j KUBE-FIREWALL",
    ],
}


@pytest.mark.parametrize("chain", NAT_RULES)
def test_a_chain_holds_the_rules_that_kube_proxy_writes(ipvs, chain):
    assert sorted(rules(ipvs, chain)) == sorted(NAT_RULES[chain])
    assert [rule for rule in rules(ipvs, chain) if rule in NAT_RULES[chain]] == rules(ipvs, chain)


@pytest.mark.parametrize(
    ("proxy", "rule"),
    [
        ("mode: ipvs, masqueradeAll: true", "-m set --match-set KUBE-CLUSTER-IP dst,dst -j KUBE-MARK-MASQ"),
        ("mode: ipvs, localDetector: None", "-m set --match-set KUBE-CLUSTER-IP src,dst -j KUBE-MARK-MASQ"),
        ("mode: ipvs, localDetector: NodeCIDR", "-m set --match-set KUBE-CLUSTER-IP dst,dst -j KUBE-MARK-MASQ"),
    ],
)
def test_settings_decide_what_is_masqueraded_on_its_way_to_a_cluster_ip(proxy, rule):
    found = [each for each in rules(simulate(proxy), "KUBE-SERVICES") if "cluster ip" in each]
    assert [each.split('purpose" ')[1] for each in found] == [rule]


def test_node_ports_are_virtual_servers_on_the_addresses_that_the_settings_choose():
    """A range of one IP family leaves the other family as it is (NewNodePortAddresses)."""
    network = simulate('mode: ipvs, nodePortAddresses: ["10.244.0.0/16"]').network
    ports = {str(s.virtual.address) for s in network.namespaces["n1"].ipvs if s.virtual.port == 30080}
    assert ports == {"10.244.1.0", "10.244.1.1", "fd00:1::11", "fd00:244:0:1::", "fd00:244:0:1::1"}


def test_sets_hold_local_endpoints_for_the_hairpin_and_node_ports_by_protocol(ipvs):
    sets = ipvs.network.namespaces["n1"].ipsets
    assert {entry.text for entry in sets["KUBE-LOOP-BACK"]} == {
        "10.244.1.3,tcp:8080,10.244.1.3", "10.244.1.3,udp:53,10.244.1.3",
    }  # fmt: skip
    assert [entry.text for entry in sets["KUBE-NODE-PORT-LOCAL-TCP"]] == ["30081"]
    assert [entry.text for entry in sets["KUBE-NODE-PORT-UDP"]] == ["30053"]
    assert [e.text for e in sets["KUBE-LOAD-BALANCER-SOURCE-CIDR"]] == ["198.51.100.1,tcp:80,10.244.0.0/16"]


def test_one_connection_after_another_goes_round_the_servers():
    session = simulate().session()
    probes = [Probe("pod/shop/client", "svc/shop/web:80", source_port=port) for port in range(41000, 41004)]
    servers = [served_by(session.trace(probe)) for probe in probes]
    assert servers in (["a", "b", "a", "b"], ["b", "a", "b", "a"])


@pytest.mark.parametrize("seed", range(4))
def test_a_client_with_affinity_stays_with_its_server(seed):
    session = simulate().session()
    probes = [Probe("pod/shop/client", "svc/shop/sticky:80", seed=seed, source_port=port) for port in (41000, 41001)]
    first, second = (served_by(session.trace(probe)) for probe in probes)
    assert first == second


def test_a_known_connection_keeps_its_server_and_the_trace_says_so():
    session = simulate().session()
    probe = Probe("pod/shop/client", "svc/shop/web:53", protocol="udp")
    first, again = session.trace(probe), session.trace(probe)
    steps = [step for hop in again.request.hops for step in hop.steps if isinstance(step, Balance)]
    assert (served_by(first), [step.how for step in steps]) == (served_by(again), ["known"])


def test_a_connection_whose_server_is_gone_is_dropped_once_and_then_balanced_again():
    gone = """{apiVersion: v1, kind: Pod, metadata: {name: %s, namespace: shop, labels: {app: nothing}},
        spec: {nodeName: n2, containers: [{name: main, ports: [{containerPort: 53, protocol: UDP}]}]},
        status: {podIP: 10.244.2.3}}"""
    probe = next(
        probe
        for probe in (Probe("pod/shop/client", "10.96.0.11:53", protocol="udp", seed=seed) for seed in range(20))
        if served_by(simulate().trace(probe)) == "b"
    )
    session = simulate().session()
    assert served_by(session.trace(probe)) == "b"
    later = session.on(simulate("mode: ipvs", gone % "b"))
    dropped, again = later.trace(probe), later.trace(probe)
    assert "no longer has the server 10.244.2.3:53" in dropped.reason
    assert served_by(again) == "a"


def test_the_request_passes_input_and_output_and_the_answer_forward(ipvs):
    exchange = ipvs.trace(Probe("pod/shop/client", "10.96.0.14:80"))
    passed = [
        [step.hook for step in trace.hops[at].steps if isinstance(step, RulesHit) and step.table == "filter"]
        for trace, at in ((exchange.request, 3), (exchange.reply, 2))
    ]
    assert passed == [["INPUT", "OUTPUT"], ["FORWARD"]]


def test_the_server_sees_one_hop_less_than_the_client_sent(ipvs):
    exchange = ipvs.trace(Probe("pod/shop/client", "10.96.0.13:80"))
    assert exchange.seen_by_server.ttl == 63


def test_conntrack_expects_the_real_server_to_answer(ipvs):
    session = ipvs.session()
    session.trace(Probe("pod/shop/client", "10.96.0.14:80"))
    replies = {c.original.text: c.reply.text for c in session.memory.connections(ipvs.network.namespaces["n1"])}
    asked = "src=10.244.1.2 dst=10.96.0.14 sport=41000 dport=80"
    assert replies[asked] == "src=10.244.1.3 dst=10.244.1.2 sport=8080 dport=41000"


def test_without_its_conntrack_setting_nothing_is_masqueraded():
    simulation = simulate()
    simulation.network.namespaces["n1"].sysctls["net.ipv4.vs.conntrack"] = 0
    exchange = simulation.trace(Probe("node/n1", "10.96.0.14:80"))
    assert exchange.seen_by_server is None or str(exchange.seen_by_server.source) == "10.96.0.14"


def test_a_closed_udp_port_of_a_server_refuses_in_the_name_of_the_service():
    """The ICMP error quotes what the Pod got; IPVS makes it quote what the client sent."""
    change = """{apiVersion: v1, kind: Service, metadata: {name: inside, namespace: shop}, spec: {
        clusterIP: 10.96.0.14, selector: {app: web}, ports: [{port: 80, protocol: UDP, targetPort: 9}]}}"""
    exchange = simulate("mode: ipvs", change).trace(Probe("pod/shop/client", "10.96.0.14:80", protocol="udp"))
    error = exchange.reply.packet
    assert exchange.client_sees == "refused"
    assert isinstance(error.transport, Icmp)
    assert (str(error.source), str(error.transport.quoted.destination)) == ("10.96.0.14", "10.96.0.14")


def test_a_packet_whose_ttl_ends_at_the_balancer_is_reported(ipvs):
    exchange = ipvs.trace(Probe("pod/shop/client", "10.96.0.11:80", ttl=1))
    assert (exchange.client_sees, exchange.reason) == ("ttl exceeded", "the TTL ran out at n1")


def test_a_packet_too_long_for_the_tunnel_is_reported_to_the_client():
    simulation = simulate()
    probe = Probe("pod/shop/client", "10.96.0.13:80", protocol="udp", size=3000, dont_fragment=True)
    assert simulation.trace(probe).client_sees == "message too long"


def test_a_node_may_not_call_a_balancer_whose_source_ranges_leave_it_out(ipvs):
    exchange = ipvs.trace(Probe("node/n1", "198.51.100.1:80"))
    assert exchange.client_sees == "timeout"
    assert "KUBE-IPVS-OUT-FILTER" in exchange.reason


@pytest.mark.parametrize("node", ["n1", "n3"])
def test_the_balancer_asks_the_health_check_and_hears_whether_the_node_has_endpoints(node):
    change = """{apiVersion: v1, kind: Service, metadata: {name: balanced, namespace: shop}, spec: {type: LoadBalancer,
        externalTrafficPolicy: Local, healthCheckNodePort: 32000, clusterIP: 10.96.0.17, selector: {app: web},
        ports: [{port: 80}]}}"""
    exchange = simulate("mode: ipvs", change).trace(Probe("external", f"node/{node}:32000"))
    status = "200, 1 local endpoints" if node == "n1" else "503, 0 local endpoints"
    assert exchange.client_sees == "connected"
    assert f"kube-proxy health check of shop/balanced: {status}" in exchange.reason


def test_a_virtual_server_taken_away_leaves_its_address_closed(ipvs):
    simulation = simulate()
    virtual = VirtualAddress(Protocol.TCP, ip_address("10.96.0.11"), 80)
    simulation.network.namespaces["n1"].ipvs.remove(virtual)
    assert simulation.trace(Probe("pod/shop/client", "10.96.0.11:80")).client_sees == "refused"


@pytest.mark.parametrize(
    ("source", "destination", "port", "verdict", "masquerade", "endpoints"),
    [
        ("10.244.1.2", "10.96.0.11", 80, "DNAT", False, {"10.244.1.3:8080": 0.5, "10.244.2.3:8080": 0.5}),
        ("203.0.113.50", "192.168.1.11", 30080, "DNAT", True, {"10.244.1.3:8080": 0.5, "10.244.2.3:8080": 0.5}),
        ("203.0.113.50", "192.168.1.11", 30081, "DNAT", False, {"10.244.1.3:8080": 1}),
        ("10.244.1.2", "10.96.0.19", 80, "REJECT", False, {}),
        ("10.244.1.2", "10.96.0.11", 81, "REJECT", False, {}),
        ("203.0.113.50", "198.51.100.1", 80, "DROP", False, {}),
        ("10.244.1.2", "10.96.9.9", 80, "NONE", False, {}),
    ],
    ids=["ClusterIP", "node port", "Local node port", "no endpoints", "no such port", "not in the ranges", "nobody's"],
)
def test_the_proxy_says_what_it_does_to_a_new_packet(ipvs, source, destination, port, verdict, masquerade, endpoints):
    answer = new_packet_verdict(
        ipvs.network.namespaces["n1"], ip_address(source), ip_address(destination), port, Protocol.TCP
    )
    found = {endpoint.address: endpoint.probability for endpoint in answer.endpoints}
    assert (answer.verdict, answer.masquerade, found) == (verdict, masquerade, endpoints)
