"""Host ports, as the portmap plugin maps them.

external ── n1 172.20.1.11:8081 ──> ops/gate 10.244.1.20:80 on n1
"""

from __future__ import annotations

import pytest

from netsim import Network, Probe, Simulation
from netsim.loading import load_cluster
from netsim.tools.iptables_save import iptables_save

GATE = """
apiVersion: v1
kind: Pod
metadata: {name: gate, namespace: ops}
spec:
  nodeName: n1
  containers:
    - name: gate
      ports:
        - {containerPort: 80, hostPort: 8081}
        - {containerPort: 53, hostPort: 5353, protocol: UDP}
        - {containerPort: 443, hostPort: 8443, hostIP: 172.20.1.11}
status: {podIP: 10.244.1.20}
"""
CHAIN = "CNI-DN-d0370a3aba06827388614"


@pytest.fixture(scope="module")
def gate(harbour_text: str) -> Simulation:
    return Simulation(load_cluster([("harbour.yaml", harbour_text), ("gate.yaml", GATE)]))


def lines_of(network: Network, node: str, chain: str) -> list[str]:
    lines = iptables_save(network.namespaces[node]).splitlines()
    return [line.removeprefix(f"-A {chain} ") for line in lines if line.startswith(f"-A {chain} ")]


def test_each_port_is_marked_where_needed_and_then_translated(gate: Simulation) -> None:
    assert lines_of(gate.network, "n1", CHAIN) == [
        "-s 10.244.1.0/24 -p tcp -m tcp --dport 8081 -j CNI-HOSTPORT-SETMARK",
        "-s 127.0.0.1/32 -p tcp -m tcp --dport 8081 -j CNI-HOSTPORT-SETMARK",
        "-p tcp -m tcp --dport 8081 -j DNAT --to-destination 10.244.1.20:80",
        "-s 10.244.1.0/24 -p udp -m udp --dport 5353 -j CNI-HOSTPORT-SETMARK",
        "-s 127.0.0.1/32 -p udp -m udp --dport 5353 -j CNI-HOSTPORT-SETMARK",
        "-p udp -m udp --dport 5353 -j DNAT --to-destination 10.244.1.20:53",
        "-s 10.244.1.0/24 -d 172.20.1.11/32 -p tcp -m tcp --dport 8443 -j CNI-HOSTPORT-SETMARK",
        "-s 127.0.0.1/32 -d 172.20.1.11/32 -p tcp -m tcp --dport 8443 -j CNI-HOSTPORT-SETMARK",
        "-d 172.20.1.11/32 -p tcp -m tcp --dport 8443 -j DNAT --to-destination 10.244.1.20:443",
    ]


def test_the_pods_chain_is_found_by_its_ports(gate: Simulation) -> None:
    entries = lines_of(gate.network, "n1", "CNI-HOSTPORT-DNAT")

    assert [entry.split("-m multiport ")[1] for entry in entries] == [
        f"--dports 8081,8443 -j {CHAIN}",
        f"--dports 5353 -j {CHAIN}",
    ]


@pytest.mark.parametrize(
    ("chain", "order"),
    [
        ("PREROUTING", ["KUBE-SERVICES", "CNI-HOSTPORT-DNAT"]),
        ("OUTPUT", ["KUBE-SERVICES", "CNI-HOSTPORT-DNAT"]),
        ("POSTROUTING", ["CNI-HOSTPORT-MASQ", "KUBE-POSTROUTING", "FLANNEL-POSTRTG"]),
    ],
)
def test_host_ports_come_behind_services_and_are_masqueraded_first(
    gate: Simulation, chain: str, order: list[str]
) -> None:
    jumps = gate.network.namespaces["n1"].netfilter.table("nat").chains[chain].rules
    assert [rule.target.text for rule in jumps] == order


@pytest.mark.parametrize(
    ("source", "destination", "seen"),
    [
        ("external", "172.20.1.11:8081", "203.0.113.50"),
        ("pod/ops/probe", "172.20.1.11:8081", "10.244.1.1"),
        ("node/n1", "127.0.0.1:8081", "10.244.1.1"),
        ("external", "172.20.1.11:8443", "203.0.113.50"),
    ],
    ids=["from outside", "from a Pod of the node", "from the node itself", "on the address that was asked for"],
)
def test_a_host_port_reaches_its_pod(gate: Simulation, source: str, destination: str, seen: str) -> None:
    exchange = gate.trace(Probe(source, destination))

    assert exchange.server is not None
    assert exchange.seen_by_server is not None
    assert (exchange.server.name, str(exchange.seen_by_server.source)) == ("gate", seen)


@pytest.mark.parametrize("mode", ["iptables", "nftables", "ipvs"])
def test_the_nodes_loopback_address_works_whatever_kube_proxy_does(harbour_text: str, mode: str) -> None:
    """In iptables mode kube-proxy lets loopback sources out by every device; portmap sees to the Pod's itself."""
    text = harbour_text.replace("mode: iptables", f"mode: {mode}")
    cluster = load_cluster([("harbour.yaml", text), ("gate.yaml", GATE)])

    assert Simulation(cluster).trace(Probe("node/n1", "127.0.0.1:8081")).client_sees == "connected"


def test_another_node_does_not_answer_on_the_port(gate: Simulation) -> None:
    assert gate.trace(Probe("external", "172.20.1.12:8081")).server is None


def test_nodes_without_host_ports_have_no_such_chains(gate: Simulation) -> None:
    assert "CNI-HOSTPORT" not in iptables_save(gate.network.namespaces["n2"])
