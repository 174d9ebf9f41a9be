"""Chains with many exact destinations: found at once, counted as the kernel would evaluate them.

OUTPUT ── jump ──> SERVICES: rule k of 100 asks for 10.96.0.k, tcp port 80, and goes to SERVICE, which accepts
"""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address, ip_network

import pytest

from netsim.linux.netfilter import (
    Accept,
    Chain,
    Destination,
    DestinationPort,
    Drop,
    Hook,
    Jump,
    Outcome,
    ProtocolIs,
    Return,
    Rule,
    RuleContext,
    RuleHit,
    Statistic,
    Table,
    iptables_table,
    traverse,
)
from netsim.packet import Packet, Protocol, Tcp

RULES = 100


def to_service(number: int, chain: str = "SERVICE") -> Rule:
    where = Destination(ip_network(f"10.96.0.{number}"))
    return Rule((where, ProtocolIs(Protocol.TCP), DestinationPort(Protocol.TCP, 80)), Jump(chain))


@pytest.fixture
def table() -> Table:
    table = iptables_table("nat", 4)
    table.chain(Hook.OUTPUT).append(Jump("SERVICES"))
    table.chain("SERVICES").rules.extend(to_service(number) for number in range(1, RULES + 1))
    table.chain("SERVICE").append(Accept())
    return table


def walk(table: Table, destination: str, port: int = 80, chance: Callable[[float], bool] = lambda _: True) -> tuple[
    Outcome, list[str]
]:  # fmt: skip
    packet = Packet(ip_address("10.244.1.9"), ip_address(destination), Protocol.TCP, Tcp(41000, port))
    context = RuleContext(
        packet, in_interface=None, out_interface="eth0", states=frozenset(), is_local=lambda _: False, decide=chance
    )
    hits: list[RuleHit] = []
    outcome = traverse(table, table.chains[Hook.OUTPUT], context, hits)
    return outcome, [f"{hit.chain}/{hit.number}" for hit in hits]


@pytest.mark.parametrize("number", [1, 50, 100], ids=["the first", "one in the middle", "the last"])
def test_a_rule_is_hit_wherever_it_stands_and_those_before_it_count(table: Table, number: int) -> None:
    outcome, hits = walk(table, f"10.96.0.{number}")

    assert hits == ["OUTPUT/1", f"SERVICES/{number}", "SERVICE/1"]
    assert outcome == Outcome(Accept(), "ACCEPT", evaluated=1 + number + 1, by_rule=True)


def test_a_packet_that_nothing_matches_is_compared_with_every_rule(table: Table) -> None:
    outcome, hits = walk(table, "10.96.0.200")

    assert hits == ["OUTPUT/1"]
    assert outcome == Outcome(Accept(), "ACCEPT", evaluated=1 + RULES, by_rule=False)


def test_a_walk_goes_on_behind_the_rule_that_it_left_from(table: Table) -> None:
    table.chain("SERVICE").rules[:] = [Rule((), Return())]
    table.chain("SERVICES").append(Drop())

    outcome, hits = walk(table, "10.96.0.7")

    assert hits == ["OUTPUT/1", "SERVICES/7", "SERVICE/1", "SERVICES/101"]
    assert outcome.evaluated == 1 + 7 + 1 + (RULES + 1 - 7)


def _add(rules: list[Rule]) -> list[Rule]:
    rules += [to_service(200)]
    return rules


EDITS: dict[str, tuple[Callable[[list[Rule]], object], int, int]] = {
    "insert": (lambda rules: rules.insert(0, to_service(200)), 50, 51),
    "append": (lambda rules: rules.append(to_service(200)), 200, 101),
    "extend": (lambda rules: rules.extend([to_service(200)]), 200, 101),
    "add another list": (_add, 200, 101),
    "pop": (lambda rules: rules.pop(0), 50, 49),
    "remove": (lambda rules: rules.remove(to_service(7)), 50, 49),
    "delete": (lambda rules: rules.__delitem__(slice(0, 10)), 50, 40),
    "exchange": (lambda rules: rules.__setitem__(0, to_service(200)), 200, 1),
    "reverse": (lambda rules: rules.reverse(), 50, 51),
    "sort": (lambda rules: rules.sort(key=lambda rule: -int(rule.text.split()[1].split("/")[0].split(".")[3])), 50, 51),
}
"""An edit, the last number of an address that is asked for then, and where its rule stands now."""


@pytest.mark.parametrize(("edit", "address", "number"), EDITS.values(), ids=EDITS.keys())
def test_an_edited_chain_is_walked_as_it_is_now(
    table: Table, edit: Callable[[list[Rule]], object], address: int, number: int
) -> None:
    walk(table, "10.96.0.50")
    edit(table.chain("SERVICES").rules)

    assert walk(table, f"10.96.0.{address}")[1] == ["OUTPUT/1", f"SERVICES/{number}", "SERVICE/1"]


def test_a_flushed_chain_has_no_rules(table: Table) -> None:
    walk(table, "10.96.0.50")
    table.chain("SERVICES").rules.clear()

    assert walk(table, "10.96.0.50")[1] == ["OUTPUT/1"]


def test_a_chain_may_be_given_a_new_list(table: Table) -> None:
    walk(table, "10.96.0.7")
    table.chain("SERVICES").rules = [Rule((), Drop())] * RULES

    assert walk(table, "10.96.0.7")[0].verdict == Drop()


def test_rules_for_ports_are_found_by_port() -> None:
    table = iptables_table("nat", 4)
    for number in range(30000, 30100):
        table.chain(Hook.OUTPUT).append(Accept(), ProtocolIs(Protocol.TCP), DestinationPort(Protocol.TCP, number))

    assert walk(table, "192.168.1.11", 30042)[1] == ["OUTPUT/43"]


@pytest.mark.parametrize(
    "condition",
    [Destination(ip_network("10.96.0.0/16")), Destination(ip_network("10.96.9.9"), negate=True)],
    ids=["a range", "all but one address"],
)
def test_a_rule_for_more_than_one_destination_keeps_its_place(table: Table, condition: Destination) -> None:
    table.chain("SERVICES").rules.insert(2, Rule((condition,), Drop()))

    assert walk(table, "10.96.0.7") == (Outcome(Drop(), "DROP", 4, by_rule=True), ["OUTPUT/1", "SERVICES/3"])


def test_a_rule_that_rolls_dice_rolls_them_for_every_packet(table: Table) -> None:
    rolled: list[float] = []
    dice = Rule((Statistic(0.25), Destination(ip_network("10.96.0.99"))), Drop())
    table.chain("SERVICES").rules.insert(0, dice)

    walk(table, "10.96.0.7", chance=lambda probability: rolled.append(probability) is None)

    assert rolled == [0.25]


def test_a_chain_made_of_a_plain_list_is_indexed_too() -> None:
    chain = Chain("SERVICES", [to_service(number) for number in range(1, RULES + 1)])
    table = iptables_table("nat", 4)
    table.chains["SERVICES"] = chain
    table.chain(Hook.OUTPUT).append(Jump("SERVICES"))
    table.chain("SERVICE").append(Drop())

    assert walk(table, "10.96.0.7")[0] == Outcome(Drop(), "DROP", 9, by_rule=True)
