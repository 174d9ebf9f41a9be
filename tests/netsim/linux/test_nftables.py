"""Walking nftables' chains as the kernel does; how they print nft itself judges (tests/kernel/test_nft_listing.py).

table ip test: input (priority filter) ── jump ──> first ── goto ──> second
"""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest

from netsim.choices import every_branch
from netsim.linux import netfilter
from netsim.linux.namespace import NetworkNamespace
from netsim.linux.netfilter import ConnectionState, Hook, Priority, RuleContext, RuleHit
from netsim.linux.nftables import (
    Accept,
    Address,
    AddressIn,
    AddressIsLocal,
    AddressSet,
    Chain,
    ChainType,
    Concatenation,
    DataType,
    DestinationTranslated,
    Dnat,
    Drop,
    Endpoint,
    Family,
    FlipMarkBits,
    Goto,
    InInterface,
    InNamedSet,
    Jump,
    Layer4Protocol,
    LookUpVerdict,
    MarkHas,
    Masquerade,
    NamedSet,
    ProtocolIs,
    RandomDnat,
    RandomVerdict,
    Reject,
    Remember,
    Return,
    Rule,
    SetMarkBits,
    Side,
    StateIs,
    Statement,
    Table,
    TransportDestinationPort,
    VerdictMap,
    key_of,
)
from netsim.linux.nftables.rules import Attachment, priority_text
from netsim.linux.nftables.sets import duration_text
from netsim.packet import Icmp, IcmpKind, Packet, Protocol, Tcp

SOURCE, DESTINATION = Address(Side.SOURCE), Address(Side.DESTINATION)
SERVICE = Concatenation((DESTINATION, Layer4Protocol(), TransportDestinationPort()))
PACKET = Packet(ip_address("10.244.1.9"), ip_address("10.96.41.80"), Protocol.TCP, Tcp(41000, 80))
PING = Packet(ip_address("10.244.1.9"), ip_address("10.96.41.80"), Protocol.ICMP, Icmp(IcmpKind.ECHO_REQUEST, 7))
SIX = Packet(ip_address("fd00::9"), ip_address("fd00:96::80"), Protocol.TCP, Tcp(41000, 80))


def context(packet: Packet = PACKET, **given: object) -> RuleContext:
    settings = {
        "in_interface": "cni0", "out_interface": None, "states": frozenset({ConnectionState.NEW}),
        "is_local": lambda address: address == ip_address("10.96.41.80"), "decide": lambda _: True, **given,
    }  # fmt: skip
    return RuleContext(packet, **settings)  # type: ignore[arg-type]


def table(**chains: list[Rule]) -> Table:
    """A table whose chain ``base`` is attached to INPUT."""
    made = Table(Family.IP, "test")
    made.add_base_chain("base", ChainType.FILTER, Hook.INPUT, Priority.FILTER)
    for name, rules in chains.items():
        made.chain(name).rules += rules
    return made


def walk(made: Table, on: RuleContext | None = None) -> tuple[str, list[str], int]:
    """The words of the verdict, the rules hit as ``chain/number``, how many were evaluated."""
    namespace = NetworkNamespace("n1")
    namespace.nftables.add(made)
    (base,) = namespace.nftables.base_chains(4, Hook.INPUT)
    hits: list[RuleHit] = []
    outcome = base.walk(on or context(), hits)
    return outcome.text, [f"{hit.chain}/{hit.number}" for hit in hits], outcome.evaluated


ORDERS: dict[str, tuple[dict[str, list[Rule]], tuple[str, list[str], int]]] = {
    "no rule: the policy": ({}, ("accept", [], 0)),
    "a rule without a verdict goes on": (
        {"base": [Rule((SetMarkBits(1),)), Rule((Drop(),))]},
        ("drop", ["base/1", "base/2"], 2),
    ),
    "a rule that breaks off is evaluated, not hit": (
        {"base": [Rule((ProtocolIs(Protocol.UDP), Drop())), Rule((Accept(),))]},
        ("accept", ["base/2"], 2),
    ),
    "a jump comes back": (
        {"base": [Rule((Jump("first"),)), Rule((Drop(),))], "first": [Rule((SetMarkBits(1),))]},
        ("drop", ["base/1", "first/1", "base/2"], 3),
    ),
    "a goto does not come back": (
        {"base": [Rule((Goto("first"),)), Rule((Drop(),))], "first": [Rule((SetMarkBits(1),))]},
        ("accept", ["base/1", "first/1"], 2),
    ),
    "the end of a chain that was gone to is the end of the one that was jumped to": (
        {
            "base": [Rule((Jump("first"),)), Rule((Reject(),))],
            "first": [Rule((Goto("second"),)), Rule((Drop(),))],
            "second": [Rule((SetMarkBits(1),))],
        },
        ("reject", ["base/1", "first/1", "second/1", "base/2"], 4),
    ),
    "return leaves a chain": (
        {"base": [Rule((Jump("first"),)), Rule((Reject(),))], "first": [Rule((Return(),)), Rule((Drop(),))]},
        ("reject", ["base/1", "first/1", "base/2"], 3),
    ),
    "return in a base chain is its policy": ({"base": [Rule((Return(),)), Rule((Drop(),))]}, ("accept", ["base/1"], 1)),
}


@pytest.mark.parametrize(("chains", "expected"), ORDERS.values(), ids=ORDERS.keys())
def test_rules_are_walked_in_the_kernels_order(
    chains: dict[str, list[Rule]], expected: tuple[str, list[str], int]
) -> None:
    assert walk(table(**chains)) == expected


def test_a_base_chain_may_drop_what_no_rule_decides() -> None:
    made = table()
    made.chains["base"].attachment = Attachment(ChainType.FILTER, Hook.INPUT, 0, Drop())

    assert walk(made) == ("drop", [], 0)


CLUSTER_IPS = NamedSet("cluster-ips", (DataType.IPV4_ADDR,))
CLUSTER_IPS.add(key_of(ip_address("10.96.41.80")))
MATCHES: dict[str, tuple[Statement, RuleContext, bool]] = {
    "an address in a range": (AddressIn(SOURCE, AddressSet((ip_network("10.244.0.0/16"),))), context(), True),
    "an address in another range": (AddressIn(SOURCE, AddressSet((ip_network("10.0.0.0/16"),))), context(), False),
    "an address not in a range": (
        AddressIn(SOURCE, AddressSet((ip_network("10.0.0.0/16"),)), negate=True), context(), True,
    ),
    "one of several ranges": (
        AddressIn(DESTINATION, AddressSet((ip_network("10.1.0.0/16"), ip_network("10.96.41.80")))), context(), True,
    ),
    "an IPv4 range and an IPv6 packet": (
        AddressIn(SOURCE, AddressSet((ip_network("0.0.0.0/0"),))), context(SIX), False,
    ),
    "no IPv4 range and an IPv6 packet": (
        AddressIn(SOURCE, AddressSet((ip_network("0.0.0.0/0"),)), negate=True), context(SIX), False,
    ),
    "an address in a set": (InNamedSet(DESTINATION, "cluster-ips"), context(), True),
    "an address that is not in a set": (InNamedSet(SOURCE, "cluster-ips"), context(), False),
    "the protocol": (ProtocolIs(Protocol.TCP), context(), True),
    "another protocol": (ProtocolIs(Protocol.UDP), context(), False),
    "a new connection": (StateIs((ConnectionState.NEW,)), context(), True),
    "no known connection": (StateIs((ConnectionState.ESTABLISHED, ConnectionState.RELATED)), context(), False),
    "a translated connection": (DestinationTranslated(), context(states=frozenset({ConnectionState.DNAT})), True),
    "a connection that is not translated": (DestinationTranslated(), context(), False),
    "an own address": (AddressIsLocal(Side.DESTINATION), context(), True),
    "another's address": (AddressIsLocal(Side.SOURCE), context(), False),
    "the device": (InInterface("cni0"), context(), True),
    "a device by the start of its name": (InInterface("cn*"), context(), True),
    "another device": (InInterface("eth0"), context(), False),
    "not another device": (InInterface("eth0", negate=True), context(), True),
    "a device and a packet from here": (InInterface("cni0"), context(in_interface=None), False),
    "a mark": (MarkHas(0x4000), context(PACKET.marked(0x4001)), True),
    "another mark": (MarkHas(0x4000), context(PACKET.marked(1)), False),
}  # fmt: skip


@pytest.mark.parametrize(("statement", "on", "matches"), MATCHES.values(), ids=MATCHES.keys())
def test_a_condition_holds_or_breaks_the_rule_off(statement: Statement, on: RuleContext, matches: bool) -> None:
    made = table(base=[Rule((statement, Drop()))])
    made.add_set(CLUSTER_IPS)

    assert walk(made, on)[0] == ("drop" if matches else "accept")


def service_map() -> VerdictMap:
    named = VerdictMap("service-ips", (DataType.IPV4_ADDR, DataType.INET_PROTO, DataType.INET_SERVICE))
    named.add(key_of(ip_address("10.96.41.80"), Protocol.TCP, 80), Goto("web"), "shop/web")
    named.add(key_of(ip_address("10.96.41.80"), Protocol.TCP, 81), Drop())
    return named


@pytest.mark.parametrize(
    ("packet", "expected"),
    [
        (PACKET, ("dnat to 10.244.1.5:8080", ["base/1", "web/1"], 2)),
        (Packet(PACKET.source, PACKET.destination, Protocol.TCP, Tcp(1, 81)), ("drop", ["base/1"], 1)),
        (Packet(PACKET.source, PACKET.destination, Protocol.TCP, Tcp(1, 82)), ("accept", [], 1)),
        (PING, ("accept", [], 1)),
    ],
    ids=["a key with a chain", "a key with a verdict", "no such key", "a packet without a port"],
)
def test_a_verdict_map_is_asked_once_however_many_elements_it_has(
    packet: Packet, expected: tuple[str, list[str], int]
) -> None:
    made = table(base=[Rule((LookUpVerdict(SERVICE, "service-ips"),))],
                 web=[Rule((Dnat(ip_address("10.244.1.5"), 8080),))])  # fmt: skip
    made.add_set(service_map())

    assert walk(made, context(packet)) == expected


def test_a_hit_names_the_element_that_was_found() -> None:
    made = table(base=[Rule((LookUpVerdict(SERVICE, "service-ips"),))], web=[])
    made.add_set(service_map())
    namespace = NetworkNamespace("n1")
    namespace.nftables.add(made)
    hits: list[RuleHit] = []
    namespace.nftables.base_chains(4, Hook.INPUT)[0].walk(context(), hits)

    assert hits[0].element == '10.96.41.80 . tcp . 80 comment "shop/web" : goto web'
    assert hits[0].text == f"base: {hits[0].rule.text} ({hits[0].element})"


def test_an_element_that_is_deleted_is_not_found() -> None:
    made = table(base=[Rule((LookUpVerdict(SERVICE, "service-ips"),))], web=[Rule((Drop(),))])
    made.add_set(service_map())
    made.map("service-ips").elements.clear()

    assert walk(made)[0] == "accept"


@pytest.mark.parametrize("count", [1, 2, 3, 7, 100])
def test_every_endpoint_is_as_likely(count: int) -> None:
    endpoints = tuple(Endpoint(ip_address("10.244.1.0") + number, 8080) for number in range(count))
    made = table(base=[Rule((RandomDnat(endpoints),))])
    found = {text: chance for (text, _, _), chance in every_branch(lambda c: walk(made, context(decide=c.decide)))}

    assert found == {f"dnat to {each.address}:8080": pytest.approx(1 / count) for each in endpoints}


def test_a_random_verdict_goes_to_one_of_its_chains() -> None:
    made = table(base=[Rule((RandomVerdict((Goto("a"), Goto("b"))),))], a=[Rule((Accept(),))], b=[Rule((Drop(),))])

    assert walk(made, context(decide=lambda _: False))[1] == ["base/1", "b/1"]


def test_a_remembered_source_is_in_the_set_from_then_on() -> None:
    made = table(base=[Rule((InNamedSet(SOURCE, "clients"), Drop())), Rule((Remember("clients"),))])
    made.add_set(NamedSet("clients", (DataType.IPV4_ADDR,), timeout=10))
    remembered: dict[str, set[int]] = {}

    assert walk(made, context(remembered=remembered))[0] == "accept"
    assert walk(made, context(remembered=remembered))[0] == "drop"
    other = Packet(ip_address("10.244.1.10"), PACKET.destination, Protocol.TCP, Tcp(1, 80))
    assert walk(made, context(other, remembered=remembered))[0] == "accept"


def test_marks_are_set_and_flipped_back() -> None:
    on = context(PACKET.marked(1))
    walk(table(base=[Rule((SetMarkBits(0x4000),))]), on)
    assert on.mark == 0x4001
    walk(table(base=[Rule((FlipMarkBits(0x4000),))]), on)
    assert on.mark == 1


@pytest.mark.parametrize(
    ("statement", "verdict"),
    [
        (Reject(), netfilter.Reject()),
        (Masquerade(), netfilter.Masquerade(random_fully=True)),
        (Dnat(ip_address("10.244.1.5"), 8080), netfilter.Dnat(ip_address("10.244.1.5"), 8080)),
    ],
    ids=["reject", "masquerade", "dnat"],
)
def test_a_statement_comes_to_the_verdict_that_hooks_know(statement: Statement, verdict: object) -> None:
    namespace = NetworkNamespace("n1")
    namespace.nftables.add(table(base=[Rule((statement,))]))

    assert namespace.nftables.base_chains(4, Hook.INPUT)[0].walk(context(), []).verdict == verdict


def test_a_reject_answers_in_the_packets_ip_version() -> None:
    namespace = NetworkNamespace("n1")
    made = namespace.nftables.add(Table(Family.INET, "test"))
    made.add_base_chain("base", ChainType.FILTER, Hook.INPUT, 0).append(Reject())

    (base,) = namespace.nftables.base_chains(6, Hook.INPUT)
    assert base.walk(context(SIX), []).verdict == netfilter.Reject(version=6)


@pytest.mark.parametrize(
    ("family", "versions"), [(Family.IP, [4]), (Family.IP6, [6]), (Family.INET, [4, 6])], ids=["ip", "ip6", "inet"]
)
def test_a_table_sees_the_packets_of_its_family(family: Family, versions: list[int]) -> None:
    namespace = NetworkNamespace("n1")
    namespace.nftables.add(Table(family, "test")).add_base_chain("base", ChainType.FILTER, Hook.INPUT, 0)

    assert [version for version in (4, 6) if namespace.nftables.base_chains(version, Hook.INPUT)] == versions


def entries(namespace: NetworkNamespace, hook: Hook) -> list[tuple[int, list[str]]]:
    return [(entry.priority, [f"{c.table_name} {c.name}" for c in entry.chains])
            for entry in namespace.hook_entries(4, hook)]  # fmt: skip


def test_chains_of_both_kinds_run_in_the_order_of_their_priorities() -> None:
    namespace = NetworkNamespace("n1")
    for name in ("filter", "mangle", "nat"):
        namespace.netfilter.table(name)
    made = namespace.nftables.add(Table(Family.IP, "test"))
    made.add_base_chain("early", ChainType.FILTER, Hook.OUTPUT, Priority.DSTNAT - 10)
    made.add_base_chain("translate", ChainType.NAT, Hook.OUTPUT, Priority.DSTNAT)
    made.add_base_chain("check", ChainType.FILTER, Hook.OUTPUT, Priority.FILTER)

    assert entries(namespace, Hook.OUTPUT) == [
        (-150, ["mangle OUTPUT"]),
        (-110, ["ip test early"]),
        (-100, ["ip test translate", "nat OUTPUT"]),
        (0, ["ip test check"]),
        (0, ["filter OUTPUT"]),
    ]


def test_a_nat_chain_anywhere_makes_every_nat_hook_translate() -> None:
    namespace = NetworkNamespace("n1")
    made = namespace.nftables.add(Table(Family.IP, "test"))
    made.add_base_chain("translate", ChainType.NAT, Hook.PREROUTING, Priority.DSTNAT)

    assert entries(namespace, Hook.INPUT) == [(100, [])]
    assert entries(namespace, Hook.FORWARD) == []


def test_a_chain_that_comes_later_is_noticed() -> None:
    namespace = NetworkNamespace("n1")
    made = namespace.nftables.add(Table(Family.IP, "test"))
    assert entries(namespace, Hook.INPUT) == []
    made.add_base_chain("check", ChainType.FILTER, Hook.INPUT, 0)
    assert entries(namespace, Hook.INPUT) == [(0, ["ip test check"])]
    del made.chains["check"]
    assert entries(namespace, Hook.INPUT) == []


@pytest.mark.parametrize(
    ("hook", "priority", "text"),
    [
        (Hook.PREROUTING, -300, "raw"),
        (Hook.PREROUTING, -100, "dstnat"),
        (Hook.PREROUTING, -110, "dstnat - 10"),
        (Hook.PREROUTING, -111, "-111"),
        (Hook.OUTPUT, -100, "-100"),
        (Hook.INPUT, 5, "filter + 5"),
        (Hook.POSTROUTING, 100, "srcnat"),
        (Hook.INPUT, 100, "100"),
    ],
    ids=str,
)
def test_a_priority_has_the_name_that_its_hook_knows(hook: Hook, priority: int, text: str) -> None:
    assert priority_text(hook, priority) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0s"), (1, "1s"), (5430, "1h30m30s"), (10800, "3h"), (86400, "1d")], ids=str
)
def test_a_timeout_is_printed_in_units(seconds: int, text: str) -> None:
    assert duration_text(seconds) == text


@pytest.mark.parametrize("wanted", ["set", "map"])
def test_a_set_is_no_map(wanted: str) -> None:
    made = table()
    made.add_set(service_map() if wanted == "set" else CLUSTER_IPS)
    name = next(iter(made.sets))

    with pytest.raises(TypeError, match=f"{name} is a {'map' if wanted == 'set' else 'set'}"):
        getattr(made, wanted)(name)


def test_a_chain_is_made_once() -> None:
    made = table()
    assert made.chain("first") is made.chain("first")
    assert isinstance(made.chain("first"), Chain)
