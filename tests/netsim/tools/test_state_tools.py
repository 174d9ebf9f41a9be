"""What a machine's kernel knows, as the usual programs print it. The cluster is Harbour, see harbour.py.

``tests/kernel/test_tool_output.py`` compares ip, iptables and others with the real programs; here is the rest.
"""

from __future__ import annotations

import pytest

import netsim
from tests.netsim.harbour import simulate
from tests.netsim.test_node_local_dns import CACHE, UPSTREAM


@pytest.fixture
def probe(simulation) -> netsim.Terminal:
    return netsim.Terminal(simulation, "pod/ops/probe")


def lines(terminal: netsim.Terminal, line: str) -> list[str]:
    return terminal.run(line).text.splitlines()


def test_ip_neigh_shows_what_packets_made_the_kernel_learn(probe):
    assert lines(probe, "ip neigh") == []
    probe.run("ping -c1 10.244.2.6")
    probe.run("ping -c1 10.244.1.200")
    assert lines(probe, "ip neigh") == [
        "10.244.1.1 dev eth0 lladdr 0a:58:0a:f4:01:01 REACHABLE ", "10.244.1.200 dev eth0 FAILED ",
    ]  # fmt: skip
    assert lines(probe, "ip neigh show dev eth0 nud failed") == ["10.244.1.200 FAILED "]
    assert lines(probe, "arp -n")[1:] == [
        "10.244.1.1               ether   0a:58:0a:f4:01:01   C                     eth0",
        "10.244.1.200                     (incomplete)                              eth0",
    ]


def test_a_bridge_learns_whose_frames_came_in_by_a_port(probe):
    node = probe.on("node/n1")
    before = lines(node, "bridge fdb show br cni0")
    probe.run("ping -c1 10.244.2.6")
    learned = "0a:58:0a:f4:01:09 dev vethbf391594 master cni0"
    assert [line for line in lines(node, "bridge fdb show br cni0") if line not in before] == [learned]
    assert lines(node, "bridge fdb show dev vethbf391594")[1:] == [learned]


def test_the_two_ends_of_a_cable_name_each_other_by_number(probe):
    """eth0 is number 2 in the Pod; its other end is the sixth device of n1."""
    assert lines(probe, "ip link show eth0")[0].startswith("2: eth0@if6: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1450")
    assert lines(probe.on("node/n1"), "ip link show vethbf391594")[0].startswith("6: vethbf391594@if2: ")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("ip -d link show flannel.1", "    vxlan id 1 local 172.20.1.11 dev eth0 srcport 0 0 dstport 8472 nolearning "),
        (
            "ip -br link show cni0",
            "cni0             UP             0a:58:0a:f4:01:01 <BROADCAST,MULTICAST,UP,LOWER_UP> ",
        ),
        ("bridge fdb show dev flannel.1", "f2:1a:05:ba:3b:ba dev flannel.1 dst 172.20.1.12 self permanent"),
        ("bridge fdb", "2e:88:b4:95:6b:09 dev vethbf391594 master cni0 permanent"),
        ("ip route show table all", "local 10.244.1.1 dev cni0 table local proto kernel scope host src 10.244.1.1 "),
        ("ip route show dev flannel.1", "10.244.2.0/24 via 10.244.2.0 onlink "),
        ("sysctl net.ipv4.ip_forward", "net.ipv4.ip_forward = 1"),
        ("cat /proc/sys/net/ipv4/ip_forward", "1"),
        ("hostname", "n1"),
        ("iptables -t nat -L KUBE-SERVICES", "target     prot opt source               destination         "),
        ("iptables-save -t nat", "*nat"),
        ("ipvsadm -Ln", "Prot LocalAddress:Port Scheduler Flags"),
    ],
)
def test_a_node_shows_its_state(probe, line, expected):
    assert expected in lines(probe.on("node/n1"), line)


def test_iptables_save_of_one_table_has_no_other(probe):
    assert [line for line in lines(probe.on("node/n1"), "iptables-save -t nat") if line.startswith("*")] == ["*nat"]


NFTABLES = """
apiVersion: netsim.dev/v1
kind: ClusterNetwork
metadata: {name: harbour}
spec:
  proxy: {mode: nftables}
  podCIDR: 10.244.0.0/16
  serviceCIDR: 10.96.0.0/16
  underlay: {subnets: [{name: rack-a, cidr: 172.20.1.0/24}, {name: rack-b, cidr: 172.20.2.0/24}]}
"""


def test_nft_lists_the_rule_set_of_kube_proxy():
    node = netsim.Terminal(simulate(NFTABLES), "node/n1")
    assert "table ip kube-proxy" in lines(node, "nft list tables")
    assert "table ip kube-proxy {" in lines(node, "nft list ruleset")


IPVS = NFTABLES.replace("nftables", "ipvs")


def test_ipset_lists_a_set_by_name():
    node = netsim.Terminal(simulate(IPVS), "node/n1")
    assert lines(node, "ipset list KUBE-CLUSTER-IP")[:2] == ["Name: KUBE-CLUSTER-IP", "Type: hash:ip,port"]
    assert "10.96.41.80,tcp:80" in lines(node, "ipset list KUBE-CLUSTER-IP")
    assert node.run("ipset list NONE").exit_code == 1


def test_ipset_saves_what_restore_loads():
    node = netsim.Terminal(simulate(IPVS), "node/n1")
    saved = node.run("ipset save").text
    assert "\n\n" not in saved
    assert node.run("ipset save KUBE-CLUSTER-IP").text in saved


def test_ipvsadm_lists_the_virtual_servers():
    assert "TCP  10.96.41.80:80 rr" in lines(netsim.Terminal(simulate(IPVS), "node/n1"), "ipvsadm -Ln")


CHANGES = (
    "ip route add default via 10.0.0.1",
    "ip addr add 10.0.0.1/8 dev eth0",
    "ip link set eth0 down",
    "iptables -F",
)


@pytest.mark.parametrize("line", [*CHANGES, "sysctl -w net.ipv4.ip_forward=0"])
def test_nothing_is_changed_by_hand(probe, line):
    before = probe.run("ip route").text
    assert probe.run(line).exit_code != 0
    assert probe.run("ip route").text == before


def test_ss_lists_what_listens(probe):
    assert lines(probe.on("pod/kube-system/coredns-a"), "ss -lntup") == [
        "Netid State  Recv-Q Send-Q Local Address:Port Peer Address:Port Process",
        'tcp   LISTEN 0      4096   *:53               *:*               users:(("kube-system/coredns-a (coredns)"))',
        'udp   UNCONN 0      0      *:53               *:*               users:(("kube-system/coredns-a (coredns)"))',
    ]
    assert lines(probe.on("pod/shop/web-0"), "ss -Hlnt") == ["LISTEN 0      4096   *:8080             *:*"]
    assert lines(probe.on("pod/shop/web-0"), "ss -t") == [
        "State Recv-Q Send-Q Local Address:Port Peer Address:Port Process"
    ]


def test_conntrack_shows_the_translation(probe):
    probe.run("curl -s http://10.96.77.7/")
    original = "src=10.244.1.9 dst=10.96.77.7 sport=41000 dport=80"
    reply = "src=10.244.3.7 dst=10.244.1.9 sport=9090 dport=41000"
    assert lines(probe.on("node/n1"), "conntrack -L -p tcp --dport 80") == [
        f"tcp      6 432000 ESTABLISHED {original} {reply} [ASSURED] mark=0 use=1",
        "conntrack v1.4.7 (conntrack-tools): 1 flow entries have been shown.",
    ]
    assert lines(probe.on("node/n1"), "conntrack -C") == ["3"], "with the two UDP flows of the tunnel"
    assert lines(probe.on("node/n1"), "conntrack -L -s 10.9.9.9")[-1].endswith("0 flow entries have been shown.")


def test_conntrack_tells_refused_and_unanswered_connections(probe):
    probe.run("nc -z 10.244.2.6 81")
    assert " CLOSE src=10.244.1.9 dst=10.244.2.6 " in probe.on("node/n1").run("conntrack -L -p tcp").text
    broken = simulate()
    broken.network.namespaces["n2"].sysctls["net.ipv4.ip_forward"] = 0
    lost = netsim.Terminal(broken, "pod/ops/probe")
    lost.run("nc -z 10.244.2.6 8080")
    text = lost.on("node/n1").run("conntrack -L -p tcp").text
    assert "tcp      6 120 SYN_SENT src=10.244.1.9 dst=10.244.2.6 sport=41000 dport=8080 [UNREPLIED] src=" in text


@pytest.fixture
def captured(probe) -> netsim.Terminal:
    """n1 after a ping to another node, a request to a Service and a datagram to a closed port."""
    for line in ("ping -c1 10.244.2.6", "curl -s http://10.96.77.7/", "nc -zu 10.244.2.6 99"):
        probe.run(line)
    return probe.on("node/n1")


@pytest.mark.parametrize(
    ("expression", "count"),
    [
        ("", 6),
        ("icmp", 3),
        ("tcp", 2),
        ("udp", 1),
        ("not icmp", 3),
        ("host 10.244.3.7", 1),
        ("src host 10.96.77.7", 1),
        ("dst 10.244.3.7", 1),
        ("port 9090", 1),
        ("dst port 9090", 1),
        ("tcp port 9090 and src 10.244.1.9", 1),
        ("'udp port 99 or icmp'", 4),
        ("'( udp or tcp ) and not port 99'", 2),
        ("ip6", 0),
        ("-c 2 ip", 2),
    ],
)
def test_tcpdump_filters(captured, expression, count):
    assert (
        lines(captured, f"tcpdump -ni cni0 {expression}")[-1] == f"{count} packet{'' if count == 1 else 's'} captured"
    )


def test_tcpdump_refuses_a_pile_of_parentheses(captured):
    assert captured.run(f"tcpdump -ni cni0 {'(' * 900}").text == "tcpdump: expression too long\n"


def test_tcpdump_prints_packets_as_the_real_one_does(captured):
    printed = lines(captured, "tcpdump -tni cni0")
    assert printed[0] == "listening on cni0, link-type EN10MB (Ethernet), snapshot length 262144 bytes"
    assert printed[1:-1] == [
        "IP 10.244.1.9 > 10.244.2.6: ICMP echo request, id 41000, seq 1, length 64",
        "IP 10.244.2.6 > 10.244.1.9: ICMP echo reply, id 41000, seq 1, length 64",
        "IP 10.244.1.9.41001 > 10.244.3.7.9090: Flags [S], seq 0, win 64240, length 0",
        "IP 10.96.77.7.80 > 10.244.1.9.41001: Flags [S.], seq 0, ack 1, win 64240, length 0",
        "IP 10.244.1.9.41002 > 10.244.2.6.99: UDP, length 0",
        "IP 10.244.2.6 > 10.244.1.9: ICMP 10.244.2.6 udp port 99 unreachable, length 36",
    ]


def test_tcpdump_shows_what_a_tunnel_carries(captured):
    first = captured.run("tcpdump -tni eth0 -c 1").text.splitlines()[1:3]
    assert first[0].startswith("IP 172.20.1.11.")
    assert first[0].endswith(".8472: VXLAN, flags [I] (0x08), vni 1")
    assert first[1] == "IP 10.244.1.9 > 10.244.2.6: ICMP echo request, id 41000, seq 1, length 64"


def test_tcpdump_can_show_frames_and_every_device(captured):
    assert "0a:58:0a:f4:01:09 > 0a:58:0a:f4:01:01, ethertype IPv4 (0x0800), length 98: " in (
        captured.run("tcpdump -etni vethbf391594 icmp").text
    )
    assert "cni0 In  IP 10.244.1.9 > 10.244.2.6" in captured.run("tcpdump -tni any icmp").text


@pytest.mark.parametrize("line", ["tcpdump -i eth9", "tcpdump frob 1", "tcpdump host nowhere", "tcpdump port x",
                                  "tcpdump ( tcp", "tcpdump tcp udp", "tcpdump not", "tcpdump -Z root"])  # fmt: skip
def test_tcpdump_refuses(probe, line):
    assert probe.run(line).exit_code != 0


def test_tcpdump_reads_dns(probe):
    """On n1's side of the cable: what the Pod asked, before the address is translated."""
    probe.run("dig web.shop.svc.cluster.local")
    probe.run("dig nosuch.")
    assert lines(probe.on("node/n1"), "tcpdump -tni vethbf391594 port 53")[1:-1] == [
        "IP 10.244.1.9.41000 > 10.96.0.10.53: 4242+ A? web.shop.svc.cluster.local. (44)",
        "IP 10.96.0.10.53 > 10.244.1.9.41000: 4242* 1/0/0 A 10.96.41.80 (60)",
        "IP 10.244.1.9.41001 > 10.96.0.10.53: 4242+ A? nosuch. (24)",
        "IP 10.96.0.10.53 > 10.244.1.9.41001: 4242 NXDomain* 0/0/0 (24)",
    ]


def test_tcpdump_shows_the_queries_of_the_server_itself(probe):
    probe.run("dig example.com")
    outside = lines(probe.on("external"), "tcpdump -tni eth0 udp")
    assert [line.partition(": ")[2] for line in outside[1:-1]] == [
        "4242+ A? example.com. (29)", "4242* 1/0/0 A 203.0.113.50 (45)",
    ]  # fmt: skip


def test_iptables_lists_what_is_not_tracked():
    node = netsim.Terminal(simulate(CACHE, UPSTREAM), "node/n1")
    assert (
        "CT         17   --  0.0.0.0/0            10.96.0.10           udp dpt:53 "
        "/* NodeLocal DNS Cache: skip conntrack */ NOTRACK"
    ) in lines(node, "iptables -t raw -L PREROUTING -n")


def test_a_long_session_forgets_its_oldest_packets(probe):
    for _ in range(6):
        probe.run("ping -c 100 127.0.0.1")
    assert lines(probe, "tcpdump -ni lo icmp -c 100000")[-1] == "2000 packets captured"


IPIP = NFTABLES.replace("proxy: {mode: nftables}", "cni: {plugin: calico, backend: ipip}")


def test_conntrack_knows_no_ports_of_a_tunnel():
    probe = netsim.Terminal(simulate(IPIP), "pod/ops/probe")
    probe.run("ping -c1 10.244.2.6")
    assert "unknown  4 600 src=172.20.1.11 dst=172.20.1.12 src=172.20.1.12 dst=172.20.1.11 mark=0 use=1" in (
        lines(probe.on("node/n1"), "conntrack -L")
    )
