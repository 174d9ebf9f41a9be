"""Walking chains as the kernel does, and rules printed as ``iptables-save`` prints them."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest

from netsim.linux.netfilter import (
    Accept,
    Comment,
    ConnectionState,
    Destination,
    DestinationIsLocal,
    DestinationPort,
    Dnat,
    Drop,
    Hook,
    InInterface,
    Jump,
    MarkIs,
    Masquerade,
    Netfilter,
    OutInterface,
    ProtocolIs,
    Reject,
    RejectWith,
    Return,
    Rule,
    RuleContext,
    RuleHit,
    SetMark,
    Source,
    StateIs,
    Statistic,
    Table,
    TransportModule,
    iptables_table,
    traverse,
)
from netsim.packet import Packet, Protocol, Tcp

PACKET = Packet(ip_address("10.244.1.9"), ip_address("10.96.41.80"), Protocol.TCP, Tcp(41000, 80))
NEW = frozenset({ConnectionState.NEW})


def context(packet: Packet = PACKET, chance: bool = True) -> RuleContext:
    return RuleContext(
        packet, in_interface="cni0", out_interface="eth0", states=NEW,
        is_local=lambda address: address == ip_address("10.96.41.80"), decide=lambda probability: chance,
    )  # fmt: skip


def walk(table: Table, on: RuleContext | None = None) -> tuple[object, list[str]]:
    """The verdict of OUTPUT, and the rules hit as ``chain/number``."""
    hits: list[RuleHit] = []
    outcome = traverse(table, table.chains[Hook.OUTPUT], on or context(), hits)
    return outcome.verdict, [f"{hit.chain}/{hit.number}" for hit in hits]


@pytest.fixture
def table() -> Table:
    return iptables_table("filter", 4)


MATCHES = [
    (Source(ip_network("10.244.0.0/16")), "-s 10.244.0.0/16", True),
    (Source(ip_network("10.244.0.0/16"), negate=True), "! -s 10.244.0.0/16", False),
    (Source(ip_network("0.0.0.0/0")), "-s 0.0.0.0/0", True),
    (Destination(ip_network("10.96.41.80/32")), "-d 10.96.41.80/32", True),
    (Destination(ip_network("10.96.41.81/32")), "-d 10.96.41.81/32", False),
    (InInterface("cni0"), "-i cni0", True),
    (InInterface("cni+"), "-i cni+", True),
    (OutInterface("flannel.1", negate=True), "! -o flannel.1", True),
    (ProtocolIs(Protocol.UDP), "-p udp", False),
    (TransportModule(Protocol.TCP), "-m tcp", True),
    (DestinationPort(Protocol.TCP, 80), "-m tcp --dport 80", True),
    (DestinationPort(Protocol.UDP, 80), "-m udp --dport 80", False),
    (MarkIs(0x4000, 0x4000), "-m mark --mark 0x4000/0x4000", False),
    (MarkIs(0x4000, 0x4000, negate=True), "-m mark ! --mark 0x4000/0x4000", True),
    (StateIs(frozenset({ConnectionState.NEW})), "-m conntrack --ctstate NEW", True),
    (
        StateIs(frozenset({ConnectionState.ESTABLISHED, ConnectionState.RELATED})),
        "-m conntrack --ctstate RELATED,ESTABLISHED",
        False,
    ),
    (DestinationIsLocal(), "-m addrtype --dst-type LOCAL", True),
    (Comment("why"), '-m comment --comment "why"', True),
    (Statistic(0.3333333333), "-m statistic --mode random --probability 0.33333333349", True),
]


@pytest.mark.parametrize(("match", "text", "holds"), MATCHES, ids=[text for _, text, _ in MATCHES])
def test_a_match_holds_and_prints(match, text, holds):
    assert (match.text, match.matches(context())) == (text, holds)


TARGETS = [
    (Accept(), "-j ACCEPT"),
    (Reject(), "-j REJECT --reject-with icmp-port-unreachable"),
    (Reject(RejectWith.TCP_RESET), "-j REJECT --reject-with tcp-reset"),
    (Dnat(ip_address("10.244.2.6"), 8080), "-j DNAT --to-destination 10.244.2.6:8080"),
    (Dnat(ip_address("fd00::6"), 8080), "-j DNAT --to-destination [fd00::6]:8080"),
    (Masquerade(random_fully=True), "-j MASQUERADE --random-fully"),
    (SetMark(0x4000, 0x4000), "-j MARK --set-xmark 0x4000/0x4000"),
    (Jump("KUBE-SERVICES"), "-j KUBE-SERVICES"),
]


@pytest.mark.parametrize(("target", "text"), TARGETS, ids=[text for _, text in TARGETS])
def test_a_target_prints(target, text):
    assert Rule((), target).text == text


def test_a_rule_without_match_lets_the_walk_go_on(table):
    table.chains[Hook.OUTPUT].append(Drop(), ProtocolIs(Protocol.UDP))
    table.chains[Hook.OUTPUT].append(Accept(), ProtocolIs(Protocol.TCP))
    assert walk(table) == (Accept(), ["OUTPUT/2"])


def test_a_finished_chain_returns_to_its_caller(table):
    table.chains[Hook.OUTPUT].append(Jump("FIRST"))
    table.chains[Hook.OUTPUT].append(Drop())
    table.chain("FIRST").append(Jump("SECOND"))
    table.chain("SECOND").append(SetMark(1, 1))
    assert walk(table) == (Drop(), ["OUTPUT/1", "FIRST/1", "SECOND/1", "OUTPUT/2"])


def test_return_skips_the_rest_of_its_chain_only(table):
    table.chains[Hook.OUTPUT].append(Jump("FIRST"))
    table.chains[Hook.OUTPUT].append(Accept())
    table.chain("FIRST").append(Return())
    table.chain("FIRST").append(Drop())
    assert walk(table) == (Accept(), ["OUTPUT/1", "FIRST/1", "OUTPUT/2"])


@pytest.mark.parametrize("policy", [Accept(), Drop()], ids=["ACCEPT", "DROP"])
def test_the_policy_decides_when_no_rule_did(table, policy):
    table.chains[Hook.OUTPUT].policy = policy
    table.chains[Hook.OUTPUT].append(Return())
    assert walk(table)[0] == policy


def test_a_mark_set_by_one_rule_is_seen_by_the_next(table):
    table.chains[Hook.OUTPUT].append(SetMark(0x4000, 0x4000))
    table.chains[Hook.OUTPUT].append(Drop(), MarkIs(0x4000, 0x4000))
    assert walk(table)[0] == Drop()


@pytest.mark.parametrize(
    ("before", "value", "mask", "after"),
    [(0x0, 0x4000, 0x4000, 0x4000), (0x4001, 0x4000, 0x0, 0x1), (0xFF, 0x0, 0xF0, 0xF)],
    ids=["or-mark", "xor-mark", "clear bits"],
)
def test_marks_are_cleared_by_the_mask_then_flipped_by_the_value(before, value, mask, after):
    assert SetMark(value, mask).apply(before) == after


def test_tables_run_in_the_order_of_their_priority():
    netfilter = Netfilter()
    for name in ("filter", "nat", "mangle", "raw"):
        netfilter.table(name)
    order = [chain.table_name for chain in netfilter.base_chains(4, Hook.OUTPUT)]
    assert order == ["raw", "mangle", "nat", "filter"]


def test_source_nat_runs_last():
    netfilter = Netfilter()
    for name in ("nat", "mangle"):
        netfilter.table(name)
    order = [chain.table_name for chain in netfilter.base_chains(4, Hook.POSTROUTING)]
    assert order == ["mangle", "nat"]
