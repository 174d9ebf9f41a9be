"""What ``python -m netsim proxy`` answers on Harbour.

shop/web 10.96.41.80:80, node port 30080 ── web-0 10.244.1.5:8080 on n1, web-1 10.244.2.6:8080 on n2
"""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from netsim.linux.netfilter import Accept
from netsim.network import Network
from netsim.packet import Protocol
from netsim.proxy.query import EndpointChance, ProxyAnswer, ProxyVerdict, new_packet_verdict

BOTH = (EndpointChance("10.244.1.5:8080", 0.5), EndpointChance("10.244.2.6:8080", 0.5))


def ask(network: Network, source: str, destination: str, port: int, node: str = "n1") -> ProxyAnswer:
    return new_packet_verdict(
        network.namespaces[node], ip_address(source), ip_address(destination), port, Protocol.TCP
    )  # fmt: skip


@pytest.mark.parametrize(
    ("source", "destination", "port", "verdict", "masquerade", "endpoints"),
    [
        ("10.244.1.9", "10.96.41.80", 80, ProxyVerdict.DNAT, False, BOTH),
        ("10.244.1.5", "10.96.41.80", 80, ProxyVerdict.DNAT, True, BOTH),
        ("172.20.1.11", "10.96.41.80", 80, ProxyVerdict.DNAT, True, BOTH),
        ("203.0.113.50", "172.20.1.11", 30080, ProxyVerdict.DNAT, True, BOTH),
        ("127.0.0.1", "127.0.0.1", 30080, ProxyVerdict.DNAT, True, BOTH),
        ("10.244.1.9", "10.96.41.80", 81, ProxyVerdict.NONE, False, ()),
        ("10.244.1.9", "10.96.99.9", 80, ProxyVerdict.NONE, False, ()),
        ("10.244.1.9", "203.0.113.50", 80, ProxyVerdict.NONE, False, ()),
    ],
    ids=[
        "Pod to ClusterIP",
        "endpoint to its own Service",
        "node to ClusterIP",
        "client to node port",
        "localhost to node port",
        "another port",
        "unallocated address",
        "Pod to the world",
    ],
)
def test_the_answer_follows_from_who_asks_for_what(
    harbour_network: Network, source: str, destination: str, port: int, verdict: ProxyVerdict, masquerade: bool,
    endpoints: tuple[EndpointChance, ...],
) -> None:  # fmt: skip
    answer = ask(harbour_network, source, destination, port)
    assert (answer.verdict, answer.masquerade, answer.endpoints) == (verdict, masquerade, endpoints)


def test_the_rules_are_listed_in_the_order_in_which_they_are_hit(harbour_network: Network) -> None:
    chains = [rule.split()[1] for rule in ask(harbour_network, "10.244.1.9", "10.96.77.7", 80).rules]

    assert chains == [
        "PREROUTING",
        "KUBE-SERVICES",
        "KUBE-SVC-YI7FANR2652WTB3A",
        "KUBE-SEP-OVOWBA7AYU64V2VJ",
        "FORWARD",
        "FORWARD",
        "FORWARD",
        "FORWARD",
        "POSTROUTING",
        "KUBE-POSTROUTING",
    ]


def test_the_rules_of_all_branches_stand_before_what_follows_for_all(harbour_network: Network) -> None:
    chains = [rule.split()[1] for rule in ask(harbour_network, "10.244.1.9", "10.96.41.80", 80).rules]

    assert chains[2:7] == [
        "KUBE-SVC-67NZLRHBNDSAWJRO",
        "KUBE-SEP-34ZZ2QFGO32YYXXO",
        "KUBE-SVC-67NZLRHBNDSAWJRO",
        "KUBE-SEP-6VCK77QPODAJLWFH",
        "FORWARD",
    ]


def test_a_rule_that_is_hit_twice_is_listed_once(harbour_network: Network) -> None:
    rules = ask(harbour_network, "10.244.1.5", "172.20.1.11", 30080).rules
    assert [rule for rule in rules if rule.startswith("-A KUBE-MARK-MASQ")] == [
        "-A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000"
    ]


def test_rules_of_other_programs_are_left_out(harbour_network: Network) -> None:
    rules = ask(harbour_network, "10.244.1.9", "203.0.113.50", 80).rules
    assert [rule for rule in rules if "FLANNEL" in rule] == []


def test_a_flushed_chain_answers_as_the_broken_node_would(harbour_network: Network) -> None:
    harbour_network.namespaces["n1"].netfilter.table("nat").chain("KUBE-SERVICES").rules.clear()

    assert ask(harbour_network, "10.244.1.9", "10.96.41.80", 80).verdict is ProxyVerdict.NONE
    assert ask(harbour_network, "10.244.1.9", "10.96.41.80", 80, node="n2").verdict is ProxyVerdict.DNAT


def test_another_programs_accept_is_not_kube_proxys(harbour_network: Network) -> None:
    harbour_network.namespaces["n1"].netfilter.table("filter").chain("FORWARD").prepend(Accept())
    assert ask(harbour_network, "10.244.1.9", "10.96.99.9", 80).verdict is ProxyVerdict.NONE


@pytest.mark.parametrize(
    ("destination", "protocol", "message"),
    [
        ("fd00::1", Protocol.TCP, "10.244.1.9 and fd00::1 are of different IP versions"),
        ("10.96.41.80", Protocol.ICMP, "icmp has no ports; use tcp, udp or sctp"),
    ],
    ids=["two IP versions", "no ports"],
)
def test_a_question_without_an_answer_is_refused(
    harbour_network: Network, destination: str, protocol: Protocol, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        new_packet_verdict(
            harbour_network.namespaces["n1"], ip_address("10.244.1.9"), ip_address(destination), 80, protocol
        )
